import type { FiscalDocument } from '../document.js';
import type { FfdVersion } from '../tags/definition.js';
import type { Report } from './issue.js';
import { checkMarking } from './marking.js';
import { checkAgents, checkCircumstances, checkCorrection } from './parties.js';
import { contextOf } from './receipt-context.js';
import { checkLineSums, checkSums } from './sums.js';
import { checkRates, checkVat } from './vat.js';

/** Rules of receipts, БСО and their corrections: arithmetic and requisites that go together; other documents have none here. */
export function checkReceipt(
  document: FiscalDocument,
  version: FfdVersion,
  originalDate: string | undefined,
  report: Report,
): void {
  if (![3, 4, 31, 41].includes(document.code)) return;
  const context = contextOf(document, version, originalDate, report);
  checkSums(context);
  checkLineSums(context);
  checkVat(context);
  checkRates(context);
  checkMarking(context);
  checkAgents(context);
  checkCorrection(context);
  checkCircumstances(context);
}
