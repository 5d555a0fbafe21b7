import { ElcertError } from '@elcert/core';

/**
 * An article of KTSR, the catalogue of technical means of rehabilitation: `06-01-02.0001`, or `09-01-04-000101.0001` where a
 * class is split (footwear).
 */
export interface KtsrArticle {
  /** `06-01-02`. */
  readonly ktsrClass: string;
  /** Six digits that split a class. */
  readonly split?: string;
  /** Four digits of the product. *Inferred*: probably the model code of the full TRU code; never copied there by itself. */
  readonly product: string;
  /** All of it, as it is printed. */
  readonly text: string;
}

/** Every code that an error about an article can carry. */
export type KtsrErrorCode = 'KTSR_BAD_ARTICLE';

/** What {@link safeParseKtsrArticle} returns. */
export type KtsrArticleResult =
  | { readonly ok: true; readonly value: KtsrArticle }
  | {
      readonly ok: false;
      readonly error: {
        readonly code: KtsrErrorCode;
        readonly message: string;
        readonly position: number;
        readonly userMessage: string;
      };
    };

const article = /^(\d{2}-\d{2}-\d{2})(?:-(\d{6}))?\.(\d{4})$/;
const shapes = ['00-00-00.0000', '00-00-00-000000.0000'];

/** Reads an article without throwing. */
export function safeParseKtsrArticle(text: string): KtsrArticleResult {
  const match = typeof text === 'string' ? article.exec(text) : null;
  if (match !== null) {
    const [, ktsrClass = '', split, product = ''] = match;
    return { ok: true, value: { ktsrClass, ...(split === undefined ? {} : { split }), product, text } };
  }
  const given = String(text);
  const shape = shapes[given[8] === '-' ? 1 : 0] as string;
  let position = 0;
  while (position < given.length && position < shape.length) {
    const fits =
      shape[position] === '0' ? /[0-9]/.test(given[position] as string) : given[position] === shape[position];
    if (!fits) break;
    position += 1;
  }
  return {
    ok: false,
    error: {
      code: 'KTSR_BAD_ARTICLE',
      message: `not an article of KTSR (SS-GG-II.MMMM or SS-GG-II-NNNNNN.MMMM), wrong at ${position}`,
      position,
      userMessage: `Не артикул КТСР, ошибка в символе ${position + 1}: нужен вид 06-01-02.0001 или 09-01-04-000101.0001`,
    },
  };
}

/**
 * Reads an article.
 *
 * @throws ElcertError `KTSR_BAD_ARTICLE` with the position
 * @example
 * ```ts
 * parseKtsrArticle('06-01-02.0001').ktsrClass; // '06-01-02'
 * ```
 */
export function parseKtsrArticle(text: string): KtsrArticle {
  const result = safeParseKtsrArticle(text);
  if (!result.ok) throw new ElcertError<KtsrErrorCode>(result.error);
  return result.value;
}
