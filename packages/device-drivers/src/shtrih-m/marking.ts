import { byteReader, isElcertError } from '@elcert/core';
import { encodeTags, type MarkedItem, type MarkingCheck, quantityUnits, splitTlv } from '@elcert/fiscal-doc';
import type { ResponseOf } from './codec.js';
import { markingCodeBytes } from './receipt-commands.js';
import { RegisterError } from './register-error.js';

/** Values of tag 2003. */
const plannedStatuses: Readonly<Record<MarkedItem['plannedStatus'], number>> = {
  pieceSold: 1,
  measuredSold: 2,
  pieceReturned: 3,
  measuredReturned: 4,
  unchanged: 255,
};

/** Fields of FF61 for a product. @throws RegisterError `RECEIPT_NOT_SUPPORTED` (`not-sent`), with a path */
export function markingRequest(item: MarkedItem): {
  readonly plannedStatus: number;
  readonly mode: number;
  readonly codeLength: number;
  readonly tlvLength: number;
  readonly code: Uint8Array;
  readonly tlv: Uint8Array;
} {
  const measured = item.plannedStatus === 'measuredSold' || item.plannedStatus === 'measuredReturned';
  const refuse = (message: string, path: string, cause?: unknown) =>
    new RegisterError({ code: 'RECEIPT_NOT_SUPPORTED', message, path, outcome: 'not-sent', cause });
  if (measured !== (item.quantity !== undefined)) {
    throw refuse('a quantity belongs to measured products, and to them only', 'item/quantity');
  }
  const code = markingCodeBytes(item.code, 'item');
  let tlv = new Uint8Array(0);
  if (item.quantity !== undefined) {
    try {
      tlv = encodeTags(
        [
          { tag: 2108, value: quantityUnits[item.unit ?? 'piece'].code },
          { tag: 1023, value: item.quantity },
        ],
        { document: 3, ffdVersion: '1.2', path: '1059' },
      ).slice();
    } catch (error) {
      if (!isElcertError(error)) throw error;
      throw refuse(error.message, 'item/quantity', error);
    }
  }
  return {
    plannedStatus: plannedStatuses[item.plannedStatus],
    mode: 0,
    codeLength: code.length,
    tlvLength: tlv.length,
    code,
    tlv,
  };
}

const locals: readonly MarkingCheck['local'][] = ['notChecked', 'negative', 'notChecked', 'positive'];
const statuses = [undefined, 'correct', 'wrong', 'suspended'] as const;

/**
 * Reads an answer to FF61. The part after `extraLength` comes only when the service was asked: one byte of the drive (FFh
 * when the service did not answer in time), tag 2106 as one byte, and the service's requisites.
 *
 * @throws RegisterError `BAD_ANSWER`
 * @example
 * ```ts
 * readMarkingCheck(answer.fields); // { local: 'notChecked', codeType: 1, online: true, result: 5, negative: true, … }
 * ```
 */
export function readMarkingCheck({
  localStatus,
  codeType,
  extra,
}: Pick<ResponseOf<'FF61'>, 'localStatus' | 'codeType' | 'extra'>): MarkingCheck {
  const local = locals[localStatus & 3] ?? 'notChecked';
  const [driveAnswer = 0xff, given] = extra;
  const online = driveAnswer === 0 && given !== undefined;
  const offline = { local, codeType, online: false, result: undefined, status: undefined } as const;
  if (!online) return { ...offline, negative: local === 'negative' };
  let status: number | undefined;
  try {
    for (const { tag, value } of splitTlv(extra.subarray(2)))
      if (tag === 2109) status = byteReader(value).u8();
  } catch (cause) {
    if (!isElcertError(cause)) throw cause;
    throw new RegisterError({
      code: 'BAD_ANSWER',
      message: `FF61h: the service's requisites do not add up: ${cause.message}`,
      outcome: 'not-sent',
      cause,
    });
  }
  return {
    local,
    codeType,
    online,
    result: given,
    status: statuses[status ?? 0],
    // Bits of tag 2106: 1 checked, 2 and positive; 4 the service was asked, 8 and the status is right.
    negative: local === 'negative' || (given & 3) === 1 || (given & 12) === 4,
  };
}
