import type { FiscalDocument } from '../document.js';
import { fiscalDocError } from '../errors.js';
import { centred, chopped, spread, wrap } from './lines.js';
import { documentRows, type ReceiptView, type ReportSeller, type Row, receiptRows } from './rows.js';

/** How a document is laid out in text. */
export interface RenderOptions {
  /** Characters a line: 32, 42 and 48 are usual, 24 to 120 possible. */
  readonly columns: number;
  /** Draws the QR of a payload above its text, e.g. `renderQrText`. What it draws is taken as it is, wider than the paper or not. */
  readonly drawQr?: ((payload: string) => string) | undefined;
}

function indented(lines: readonly string[], indent: number): string[] {
  const space = ' '.repeat(indent);
  return lines.map((line) => `${space}${line}`);
}

/** A text of one line: a control character in it – a document may hold any – would command the terminal or the printer. */
function plain(content: string): string {
  return content.replaceAll(/\p{Cc}/gu, ' ');
}

function plainRow(row: Row): Row {
  switch (row.type) {
    case 'pair':
      return { ...row, caption: plain(row.caption), value: plain(row.value) };
    case 'code':
      return {
        ...row,
        text: plain(row.text),
        ...(row.caption === undefined ? {} : { caption: plain(row.caption) }),
      };
    case 'title':
    case 'centre':
    case 'text':
      return { ...row, text: plain(row.text) };
    default:
      return row;
  }
}

function linesOf(given: Row, columns: number, drawQr: RenderOptions['drawQr']): string[] {
  const row = plainRow(given);
  switch (row.type) {
    case 'title':
    case 'centre':
      return centred(row.text, columns);
    case 'text': {
      const indent = row.indent ?? 0;
      return indented(wrap(row.text, columns - indent), indent);
    }
    case 'pair': {
      const indent = row.indent ?? 0;
      return indented(spread(row.caption, row.value, columns - indent), indent);
    }
    case 'code': {
      if (row.caption === undefined) return chopped(row.text, columns);
      const whole = `${row.caption} ${row.text}`;
      return whole.length <= columns ? [whole] : [row.caption, ...chopped(row.text, columns)];
    }
    case 'qr':
      return [
        ...(drawQr === undefined ? [] : drawQr(row.payload).split('\n')),
        ...chopped(plain(row.payload), columns),
      ];
    case 'rule':
      return ['-'.repeat(columns)];
  }
}

/**
 * The lines of each row, none with spaces at its end or control characters in it: for printers, which lay rows out as the renderings do.
 *
 * @throws ElcertError `RECEIPT_VALUE` for a width that no printer has
 */
export function laidOut(
  rows: readonly Row[],
  { columns, drawQr }: RenderOptions,
): { readonly row: Row; readonly lines: readonly string[] }[] {
  if (!Number.isInteger(columns) || columns < 24 || columns > 120) {
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `a line of ${columns} characters; 24 to 120 are possible`,
      path: 'columns',
    });
  }
  return rows.map((row) => ({
    row,
    lines: linesOf(row, columns, drawQr).map((line) => line.trimEnd()),
  }));
}

function layOut(rows: readonly Row[], options: RenderOptions): string {
  return `${laidOut(rows, options)
    .flatMap(({ lines }) => lines)
    .join('\n')}\n`;
}

/**
 * A receipt as text for a paper tape or a screen, in Russian: seller, goods (with the TRU code under goods of a certificate),
 * total, payments, VAT, fiscal requisites, payload of the QR and – when a certificate took part – the caption «ЭС (ФЗ-491)» with
 * the basket, which is a QR of its own.
 *
 * No line is longer than `columns`, sums stand at the right edge, and everything but the caller's own texts is in CP866.
 *
 * @param view - the receipt and what is known of its document; `decodeReceipt` gives both
 * @throws ElcertError `RECEIPT_VALUE` for a width that no printer has; sums that do not agree as `receiptTotals`
 * @example
 * ```ts
 * console.log(renderReceiptText(decodeReceipt(bytes), { columns: 32 }));
 * ```
 */
export function renderReceiptText(view: ReceiptView, options: RenderOptions): string {
  return layOut(receiptRows(view), options);
}

/** {@link RenderOptions} of a document that may be a report. */
export interface RenderDocumentOptions extends RenderOptions {
  /** Head of the paper of a shift report, whose electronic form does not hold it. */
  readonly seller?: ReportSeller | undefined;
}

/**
 * Any document – a shift report, a registration, a confirmation, a receipt too – as its paper has it: {@link documentRows}.
 *
 * @throws ElcertError `RECEIPT_VALUE` for a width that no printer has
 */
export function renderDocumentText(document: FiscalDocument, options: RenderDocumentOptions): string {
  return layOut(documentRows(document, options.seller), options);
}

/** Rows of any origin as text, e.g. those of a slip. @throws ElcertError `RECEIPT_VALUE` for a width that no printer has */
export function renderRowsText(rows: readonly Row[], options: RenderOptions): string {
  return layOut(rows, options);
}
