import { formatRubles, isElcertError, parseRubles } from '@elcert/core';
import type { CertificatePart } from './receipt.js';
import { textOf } from './tag-list.js';
import type { TagValue } from './tags.js';

/** A requisite that holds a value of another kind, and the way there and back. */
export interface TagMapping<Value> {
  readonly tag: number;
  readonly write: (value: Value) => TagValue;
  /** Nothing when the requisite holds something else. */
  readonly read: (value: TagValue) => Value | undefined;
}

/**
 * Where a document holds what a certificate paid. No public rule names a tag for it, so that documents hold nothing of the kind
 * unless a mapping is given to the encoder; then the same one is given to the reader.
 */
export interface CertificateTags {
  /** At the receipt. */
  readonly receipt?: TagMapping<CertificatePart> | undefined;
  /** At each line with a TRU code. */
  readonly line?: TagMapping<string> | undefined;
}

const propertyName = 'ЭС (ФЗ-491)';
const truMark = 'ТРУ ';

/** A basket and two sums in rubles, in one text. */
function partOf(text: string): CertificatePart | undefined {
  const [, basketId = '', certificate = '', card = ''] =
    /^(\S{1,64}) (\d{1,12}\.\d{2}) (\d{1,12}\.\d{2})$/.exec(text) ?? [];
  if (basketId === '') return undefined;
  try {
    return { basketId, certificateAmount: parseRubles(certificate), cardAmount: parseRubles(card) };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return undefined;
  }
}

/**
 * A mapping of our own: the user's requisite (1084) `ЭС (ФЗ-491)` = `<basket> <certificate's rubles> <card's rubles>`, and the additional
 * requisite of a line (1191) `ТРУ <code>`. A receipt that uses these requisites for something else cannot take it.
 *
 * @example
 * ```ts
 * const bytes = encodeReceipt(receipt, { ...register, certificateTags });
 * const { receipt: read } = decodeReceipt(bytes, { certificateTags });
 * ```
 */
export const certificateTags: CertificateTags = {
  receipt: {
    tag: 1084,
    write: ({ basketId, certificateAmount, cardAmount }) => [
      { tag: 1085, value: propertyName },
      { tag: 1086, value: `${basketId} ${formatRubles(certificateAmount)} ${formatRubles(cardAmount)}` },
    ],
    read: (value) =>
      Array.isArray(value) && textOf(value, 1085) === propertyName
        ? partOf(textOf(value, 1086) ?? '')
        : undefined,
  },
  line: {
    tag: 1191,
    write: (truCode) => `${truMark}${truCode}`,
    read: (value) =>
      typeof value === 'string' && value.startsWith(truMark) ? value.slice(truMark.length) : undefined,
  },
};
