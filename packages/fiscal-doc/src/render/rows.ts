import { isElcertError } from '@elcert/core';
import type { FiscalDocument } from '../document.js';
import { receiptOfDocument } from '../receipt-codec.js';
import { receiptRows } from './receipt-rows.js';
import { isReport, type ReportSeller, reportRows } from './report-rows.js';
import { requisiteRows } from './requisite-rows.js';
import type { Row } from './row.js';

export { type ReceiptView, receiptRows } from './receipt-rows.js';
export type { ReportSeller } from './report-rows.js';
export { requisiteRows } from './requisite-rows.js';
export type { Row } from './row.js';

const receiptForms: ReadonlySet<number> = new Set([3, 4, 31, 41]);

/**
 * The rows of any document as its paper has them: a receipt by {@link receiptRows}, a report with its counters, a registration with its
 * modes. What has no paper of its own – the messages about marking –, and a receipt that lacks too much to be laid out, is a list
 * of requisites by {@link requisiteRows}.
 *
 * @param seller - what paper shows and the electronic form of shift reports does not hold
 */
export function documentRows(document: FiscalDocument, seller?: ReportSeller): Row[] {
  if (isReport(document)) return reportRows(document, seller);
  if (!receiptForms.has(document.code)) return requisiteRows(document);
  try {
    return receiptRows(receiptOfDocument(document));
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return requisiteRows(document);
  }
}
