import { ElcertError, type ElcertErrorInit } from '@elcert/core';

/**
 * Everything that `@elcert/fiscal-doc` throws.
 *
 * - `TLV_TRUNCATED` – a length points past the end, or a header is cut short
 * - `TLV_TOO_LONG` – more bytes than a TLV or the given limit can hold
 * - `TLV_TOO_DEEP` – more levels of nesting than any document has
 * - `TLV_TRAILING` – bytes after the document
 * - `TAG_LENGTH` – a value whose length its tag does not allow
 * - `TAG_VALUE` – a value that its tag cannot hold
 * - `TAG_NAME` – a name that the dictionary does not know at this place
 * - `NOT_A_DOCUMENT` – the bytes are no fiscal document, or not one of the wanted kind
 * - `TAG_MISSING` – a document lacks a requisite that the reading needs
 * - `RECEIPT_VALUE` – a member of a receipt, or of the register's facts, that cannot be
 * - `RECEIPT_SUM` – sums of a receipt that do not agree
 * - `BAD_QR` – a text that is no fiscal QR, or that no QR holds
 * - `BAD_PICTURE` – measures that no picture, text or scale can have
 * - `BAD_FISCAL_SIGN` – a fiscal sign of another form
 */
export type FiscalDocErrorCode =
  | 'TLV_TRUNCATED'
  | 'TLV_TOO_LONG'
  | 'TLV_TOO_DEEP'
  | 'TLV_TRAILING'
  | 'TAG_LENGTH'
  | 'TAG_VALUE'
  | 'TAG_NAME'
  | 'NOT_A_DOCUMENT'
  | 'TAG_MISSING'
  | 'RECEIPT_VALUE'
  | 'RECEIPT_SUM'
  | 'BAD_QR'
  | 'BAD_PICTURE'
  | 'BAD_FISCAL_SIGN';

/** An {@link ElcertError} with a code of this package. */
export function fiscalDocError(init: ElcertErrorInit<FiscalDocErrorCode>): ElcertError<FiscalDocErrorCode> {
  return new ElcertError(init);
}
