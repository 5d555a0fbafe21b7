import { byteWriter, compareDecimal, concatBytes, isElcertError, parseDecimal } from '@elcert/core';
import {
  bytesOf,
  decodeDocument,
  type FiscalDocument,
  type FiscalResult,
  fiscalSignText,
  listsOf,
  nameOfCode,
  numberOf,
  type Receipt,
  receiptTotals,
  settlementTypes,
  textOf,
} from '@elcert/fiscal-doc';
import { RegisterError } from './register-error.js';

/** A document TLV out of its form code and its requisites, as FF3A and FF3B give them apart. */
export function wrapDocument(type: number, content: Uint8Array): Uint8Array {
  return concatBytes(byteWriter(4).u16le(type).u16le(content.length).finish(), content);
}

/** Decodes a document that came out of the drive. @throws RegisterError `BAD_ANSWER` */
export function readDriveDocument(bytes: Uint8Array): FiscalDocument {
  try {
    return decodeDocument(bytes);
  } catch (cause) {
    if (!isElcertError(cause)) throw cause;
    throw new RegisterError({
      code: 'BAD_ANSWER',
      message: `the drive's document cannot be read: ${cause.message}`,
      path: cause.path,
      position: cause.position,
      outcome: 'refused',
      cause,
    });
  }
}

/** What a document in the drive says of itself. */
export function resultOfDocument(
  document: FiscalDocument,
  known: { readonly fiscalDriveNumber: string; readonly fiscalDocumentNumber: number },
): FiscalResult {
  const { tags } = document;
  const sign = bytesOf(tags, 1077);
  const dateTime = textOf(tags, 1012);
  if (sign === undefined || dateTime === undefined) {
    throw new RegisterError({
      code: 'BAD_ANSWER',
      message: `document ${known.fiscalDocumentNumber} has no sign or no time`,
      outcome: 'refused',
    });
  }
  const settlement = numberOf(tags, 1054);
  return {
    documentCode: document.code,
    fiscalDriveNumber: known.fiscalDriveNumber,
    fiscalDocumentNumber: known.fiscalDocumentNumber,
    fiscalSign: fiscalSignText(sign),
    dateTime: dateTime.slice(0, 16),
    shiftNumber: numberOf(tags, 1038),
    receiptNumber: numberOf(tags, 1042),
    totalSum: numberOf(tags, 1020),
    settlementType: settlement === undefined ? undefined : nameOfCode(settlementTypes, settlement),
  };
}

/**
 * Whether a document of the drive is this receipt: type of settlement, payments by kind, and every line by price, quantity and
 * amount. Names are not compared – a register cuts and replaces characters.
 */
export function isThisReceipt(document: FiscalDocument, receipt: Receipt): boolean {
  const forms = receipt.correction === undefined ? [3, 4] : [31, 41];
  if (!forms.includes(document.code)) return false;
  const { tags } = document;
  const totals = receiptTotals(receipt);
  const { payments } = receipt;
  const sums: readonly (readonly [number, number | undefined])[] = [
    [1020, totals.total],
    [1054, settlementTypes[receipt.settlementType].code],
    [1031, payments.cash],
    [1081, payments.electronic],
    [1215, payments.prepaid],
    [1216, payments.credit],
    [1217, payments.other],
  ];
  if (sums.some(([tag, value]) => (numberOf(tags, tag) ?? 0) !== (value ?? 0))) return false;
  const lines = listsOf(tags, 1059);
  // A correction of FFD 1.05 has its sums alone.
  if (receipt.correction !== undefined && lines.length === 0) {
    return numberOf(tags, 1173) === (receipt.correction.type === 'ordered' ? 1 : 0);
  }
  return (
    lines.length === receipt.lines.length &&
    receipt.lines.every((line, index) => {
      const item = lines[index] ?? [];
      const quantity = textOf(item, 1023);
      return (
        numberOf(item, 1079) === line.price &&
        numberOf(item, 1043) === totals.lines[index]?.amount &&
        quantity !== undefined &&
        compareDecimal(parseDecimal(quantity), parseDecimal(line.quantity)) === 0
      );
    })
  );
}
