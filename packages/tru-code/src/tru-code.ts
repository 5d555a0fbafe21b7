import { ElcertError } from '@elcert/core';

/**
 * A TRU code: what goods paid by an electronic certificate are, who made them, which model, and where.
 *
 * Plain data, so that it can be stored, sent and compared as it is. Zeros in a part mean "unknown". Make one with
 * {@link parseTruCode}; members always agree with each other.
 */
export interface TruCode {
  /** The goods: 19 characters, `329921120.060010102`. */
  readonly base: string;
  /** Four digits, `0000` when unknown. */
  readonly manufacturer: string;
  /** Four digits, `0000` when unknown. */
  readonly model: string;
  /** Three digits of OKSM, `643` is Russia, `000` when unknown. */
  readonly country: string;
  /** All of it: 30 characters, `329921120.06001010200080001643`. */
  readonly full: string;
  /** Whether at least one of the three parts is known. A 19-character code is not enriched. */
  readonly enriched: boolean;
}

/** One of the parts that {@link enrichTruCode} fills in. */
export type TruPart = 'manufacturer' | 'model' | 'country';

/** What can be wrong with the text of a code: the closed list of {@link safeParseTruCode}. */
export type TruCodeIssueCode =
  /** Not a text: a number loses zeros and digits before it gets here. */
  | 'TRU_NOT_TEXT'
  | 'TRU_EMPTY'
  /** Blanks before, after or inside. */
  | 'TRU_WHITESPACE'
  /** `3,29921E+29`: what a spreadsheet makes of a long number. */
  | 'TRU_SCIENTIFIC'
  /** A digit or a comma where the point belongs. */
  | 'TRU_POINT_EXPECTED'
  /** A point or another separator where a digit belongs. */
  | 'TRU_MISPLACED_SEPARATOR'
  /** A letter or any other character that no form of the code has. */
  | 'TRU_BAD_CHARACTER'
  /** It ends too early. */
  | 'TRU_TOO_SHORT'
  /** It goes on after the last digit. */
  | 'TRU_TOO_LONG';

/** Every code that an error of this entry point can carry. */
export type TruErrorCode =
  | TruCodeIssueCode
  /** A manufacturer, model or country that is not the right number of digits. */
  | 'TRU_BAD_PART'
  /** {@link enrichTruCode} would replace a part that is known already. */
  | 'TRU_PART_CONFLICT';

/** What is wrong with a text that was meant to be a code. */
export interface TruCodeIssue {
  readonly code: TruCodeIssueCode;
  /** For a developer, in English. */
  readonly message: string;
  /** Index of the first character that is wrong, from 0; the length of the text when it ends too early. */
  readonly position: number;
  /** For whoever typed the code, in Russian. */
  readonly userMessage: string;
}

/** What {@link safeParseTruCode} returns. */
export type TruCodeResult =
  | { readonly ok: true; readonly value: TruCode }
  | { readonly ok: false; readonly error: TruCodeIssue };

/** A form to write a code in: 30 characters, 19 characters, or as KTSR prints it. */
export type TruCodeForm = 'full' | 'base' | 'ktsr';

const forms = /^(\d{9}\.\d{9})(?:(\d{4})(\d{4})(\d{3})|\.(\d{4})\.(\d{4})\.(\d{3}))?$/;
const unknownParts: Readonly<Record<TruPart, string>> = {
  manufacturer: '0000',
  model: '0000',
  country: '000',
};
const partNames: Readonly<Record<TruPart, string>> = {
  manufacturer: 'Производитель',
  model: 'Модель',
  country: 'Страна',
};

function make(base: string, manufacturer: string, model: string, country: string): TruCode {
  const tail = manufacturer + model + country;
  return { base, manufacturer, model, country, full: base + tail, enriched: tail !== '00000000000' };
}

function issue(
  code: TruCodeIssueCode,
  position: number,
  message: string,
  userMessage: string,
): TruCodeResult {
  return { ok: false, error: { code, message, position, userMessage } };
}

/** Finds the first character that no form of the code allows; called only for texts that are wrong somewhere. */
function diagnose(text: string): TruCodeResult {
  if (text === '') return issue('TRU_EMPTY', 0, 'the code is empty', 'Код ТРУ не указан');
  const exponent = /^\s*\d+(?:[.,]\d+)?(?=[eEеЕ]\+?\d+\s*$)/.exec(text);
  if (exponent !== null) {
    return issue(
      'TRU_SCIENTIFIC',
      exponent[0].length,
      'a number in scientific notation, the digits of the code are lost',
      'Таблица превратила код ТРУ в число и потеряла цифры: задайте столбцу текстовый формат и вставьте код заново',
    );
  }
  const ktsr = text[19] === '.';
  const length = text.length <= 19 ? 19 : ktsr ? 33 : 30;
  for (let at = 0; at < Math.min(text.length, length); at += 1) {
    const character = text[at] as string;
    const pointHere = at === 9 || (ktsr && (at === 19 || at === 24 || at === 29));
    if (pointHere ? character === '.' : /[0-9]/.test(character)) continue;
    const place = `Код ТРУ, символ ${at + 1}`;
    if (/\s/.test(character)) {
      return issue('TRU_WHITESPACE', at, `white space at ${at}`, `${place}: лишний пробел`);
    }
    if (pointHere && /[0-9,]/.test(character)) {
      return issue(
        'TRU_POINT_EXPECTED',
        at,
        `a point is expected at ${at}`,
        `${place}: здесь должна быть точка`,
      );
    }
    if (/[.,;:_/-]/.test(character)) {
      return issue(
        'TRU_MISPLACED_SEPARATOR',
        at,
        `${JSON.stringify(character)} at ${at}, where a ${pointHere ? 'point' : 'digit'} belongs`,
        `${place}: «${character}» вместо ${pointHere ? 'точки' : 'цифры'}`,
      );
    }
    const point = (text.codePointAt(at) as number).toString(16).toUpperCase().padStart(4, '0');
    return issue(
      'TRU_BAD_CHARACTER',
      at,
      `character U+${point} at ${at}`,
      `${place}: посторонний символ, в коде только цифры и точка`,
    );
  }
  return text.length > length
    ? /^\s+$/.test(text.slice(length))
      ? issue('TRU_WHITESPACE', length, `white space at ${length}`, 'После кода ТРУ лишний пробел')
      : issue(
          'TRU_TOO_LONG',
          length,
          `${text.length} characters, the code ends after ${length}`,
          `Код ТРУ длиннее, чем нужно: ${text.length} символов вместо ${length}`,
        )
    : issue(
        'TRU_TOO_SHORT',
        text.length,
        `${text.length} characters, 19, 30 or 33 (as KTSR prints it) make a code`,
        `Код ТРУ неполный: ${text.length} символов, а должно быть 19 или 30`,
      );
}

/**
 * Reads a code without throwing, whatever it is given.
 *
 * Accepted: 19 characters (`329921120.060010102`), 30 characters (`329921120.06001010200080001643`), and the form that
 * KTSR prints (`329921120.060010102.0008.0001.643`). Nothing is trimmed or repaired: a blank at the end is an issue too.
 *
 * @example
 * ```ts
 * const result = safeParseTruCode('329921120.06001010');
 * if (!result.ok) result.error; // { code: 'TRU_TOO_SHORT', position: 18, … }
 * ```
 */
export function safeParseTruCode(text: string): TruCodeResult {
  if (typeof text !== 'string') {
    return issue(
      'TRU_NOT_TEXT',
      0,
      `a ${typeof text}, not a text`,
      'Код ТРУ передан числом: цифры теряются, нужен текст',
    );
  }
  const match = forms.exec(text);
  if (match === null) return diagnose(text);
  const [, base = '', m1, d1, c1, m2, d2, c2] = match;
  return { ok: true, value: make(base, m1 ?? m2 ?? '0000', d1 ?? d2 ?? '0000', c1 ?? c2 ?? '000') };
}

/**
 * Reads a code in any of its forms (see {@link safeParseTruCode}).
 *
 * @throws ElcertError with a {@link TruCodeIssueCode}, the position and a Russian `userMessage`
 * @example
 * ```ts
 * parseTruCode('329921120.060010102.0008.0001.643').full; // '329921120.06001010200080001643'
 * ```
 */
export function parseTruCode(text: string): TruCode {
  const result = safeParseTruCode(text);
  if (!result.ok) throw new ElcertError<TruErrorCode>(result.error);
  return result.value;
}

/**
 * Writes a code: `full` (30 characters, as FES, receipts and terminals take it), `base` (19), or `ktsr`
 * (`329921120.060010102.0008.0001.643`).
 */
export function formatTruCode(code: TruCode, form: TruCodeForm = 'full'): string {
  if (form === 'base') return code.base;
  if (form === 'full') return code.full;
  return [code.base, code.manufacturer, code.model, code.country].join('.');
}

/** What {@link enrichTruCode} fills in. Digits as text, with their leading zeros. */
export interface TruEnrichment {
  /** Four digits. */
  readonly manufacturer?: string | undefined;
  /** Four digits. */
  readonly model?: string | undefined;
  /** Three digits of OKSM. */
  readonly country?: string | undefined;
  /** Replace parts that are known already; otherwise a different known part is an error. */
  readonly overwrite?: boolean | undefined;
}

/**
 * Fills in manufacturer, model and country. What is not given stays as it is; to forget a part, overwrite it with zeros.
 *
 * @throws ElcertError `TRU_BAD_PART` (wrong number of digits; the path names the part) or `TRU_PART_CONFLICT` (the code
 * holds another known value and `overwrite` is not set)
 * @example
 * ```ts
 * enrichTruCode(parseTruCode('329921120.060010102'), { country: '643' }).full; // '329921120.06001010200000000643'
 * ```
 */
export function enrichTruCode(code: TruCode, enrichment: TruEnrichment): TruCode {
  const parts = { manufacturer: code.manufacturer, model: code.model, country: code.country };
  for (const path of Object.keys(unknownParts) as TruPart[]) {
    const wanted = enrichment[path];
    if (wanted === undefined) continue;
    const unknown = unknownParts[path];
    if (typeof wanted !== 'string' || wanted.length !== unknown.length || !/^[0-9]+$/.test(wanted)) {
      throw new ElcertError<TruErrorCode>({
        code: 'TRU_BAD_PART',
        message: `${path} is not ${unknown.length} digits: ${JSON.stringify(String(wanted).slice(0, 20))}`,
        userMessage: `${partNames[path]}: нужно ровно ${unknown.length} цифры, включая нули в начале`,
        path,
      });
    }
    if (parts[path] !== unknown && parts[path] !== wanted && enrichment.overwrite !== true) {
      throw new ElcertError<TruErrorCode>({
        code: 'TRU_PART_CONFLICT',
        message: `${path} is ${parts[path]} already, not ${wanted}`,
        userMessage: `${partNames[path]}: в коде ТРУ уже указано ${parts[path]}, новое значение ${wanted} с ним расходится`,
        path,
      });
    }
    parts[path] = wanted;
  }
  return make(code.base, parts.manufacturer, parts.model, parts.country);
}

/** The parts that are not known (all zeros), in the order they stand in the code. */
export function missingTruParts(code: TruCode): TruPart[] {
  return (Object.keys(unknownParts) as TruPart[]).filter((part) => code[part] === unknownParts[part]);
}

/** The documented code for connection tests, `999999999.999999999`, enriched or not. No goods carry it. */
export function isTestTruCode(code: TruCode): boolean {
  return code.base === '999999999.999999999';
}

/**
 * Order of two codes, for `sort`: by goods, then manufacturer, model and country, an unknown part first. 0 only for
 * equal codes.
 */
export function compareTruCodes(a: TruCode, b: TruCode): -1 | 0 | 1 {
  return a.full < b.full ? -1 : a.full > b.full ? 1 : 0;
}

/**
 * How `a` relates to `b`: `same`; `narrower` (same goods, and `a` knows more); `wider` (`a` knows less);
 * `compatible` (each knows what the other does not); `conflicting` (same goods, a part known to both differs);
 * `different` (other goods).
 */
export function relateTruCodes(
  a: TruCode,
  b: TruCode,
): 'same' | 'narrower' | 'wider' | 'compatible' | 'conflicting' | 'different' {
  if (a.full === b.full) return 'same';
  if (a.base !== b.base) return 'different';
  let more = false;
  let less = false;
  for (const part of Object.keys(unknownParts) as TruPart[]) {
    if (a[part] === b[part]) continue;
    if (b[part] === unknownParts[part]) more = true;
    else if (a[part] === unknownParts[part]) less = true;
    else return 'conflicting';
  }
  return more && less ? 'compatible' : more ? 'narrower' : 'wider';
}
