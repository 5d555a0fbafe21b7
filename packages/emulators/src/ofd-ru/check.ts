import { type Kopecks, sumKopecks } from '@elcert/core';
import { type FiscalDocument, listsOf, numberOf, type TagList, tagValue, textOf } from '@elcert/fiscal-doc';
import { mandatoryItemTags, mandatoryTags } from '../fn/composition.js';

/** One reason why the operator does not take a document. */
export interface OfdFinding {
  readonly path: string;
  readonly message: string;
}

/** Kinds of payment by tag: cash, electronic, prepaid, credit, other. */
export const paymentTags = {
  cash: 1031,
  electronic: 1081,
  prepaid: 1215,
  credit: 1216,
  other: 1217,
} as const;

const receiptForms = new Set([3, 4, 31, 41]);

/** Whether a form is a receipt or a correction. */
export function isReceiptForm(code: number): boolean {
  return receiptForms.has(code);
}

/** A sum of a tag list; 0 when absent. */
export function sumOf(tags: TagList, tag: number): Kopecks {
  return numberOf(tags, tag) ?? 0;
}

/**
 * The operator's check of format and logic: the document is the one that the container announces, has its mandatory
 * requisites (FFD 1.2 only: other versions are checked for numbers and sums), and its sums agree.
 *
 * @returns nothing wrong when empty
 */
export function checkDocument(
  document: FiscalDocument,
  announced: {
    readonly fiscalDriveNumber: string;
    readonly fiscalDocumentNumber: number;
    readonly documentCode: number;
  },
): OfdFinding[] {
  const { tags, name } = document;
  const findings: OfdFinding[] = [];
  const find = (tag: number | string, message: string) => findings.push({ path: `${name}/${tag}`, message });

  if (document.code !== announced.documentCode)
    find('', `form ${document.code}, the container announces ${announced.documentCode}`);
  const drive = textOf(tags, 1041)?.trim();
  if (drive !== announced.fiscalDriveNumber.trim()) find(1041, `drive ${drive ?? 'missing'} in the document`);
  // Marking documents carry numbers of their own.
  if (document.code < 80) {
    const number = numberOf(tags, 1040);
    if (number !== announced.fiscalDocumentNumber) find(1040, `document number ${number ?? 'missing'}`);
  }
  if (document.ffdVersion === '1.2') {
    for (const tag of mandatoryTags.get(document.code) ?? [])
      if (tagValue(tags, tag) === undefined) find(tag, 'mandatory, but missing');
  }
  if (isReceiptForm(document.code)) checkReceipt(document, find);
  return findings;
}

function checkReceipt(document: FiscalDocument, find: (tag: number | string, message: string) => void): void {
  const { tags } = document;
  const settlement = numberOf(tags, 1054);
  if (settlement === undefined || settlement < 1 || settlement > 4)
    find(1054, `settlement type ${settlement ?? 'missing'}`);
  const total = sumOf(tags, 1020);
  const paid = sumKopecks(Object.values(paymentTags).map((tag) => sumOf(tags, tag)));
  if (paid !== total) find(1020, `paid ${paid} kopecks, the total is ${total}`);
  const items = listsOf(tags, 1059);
  let sum = 0;
  for (const [index, item] of items.entries()) {
    if (document.ffdVersion === '1.2') {
      for (const tag of mandatoryItemTags)
        if (tagValue(item, tag) === undefined) find(`items[${index}]/${tag}`, 'mandatory, but missing');
    }
    sum = sumKopecks([sum, sumOf(item, 1043)]);
  }
  // A whole receipt may be rounded down to rubles.
  if (items.length > 0 && (total > sum || sum - total > 99))
    find(1020, `the lines add up to ${sum} kopecks, the total is ${total}`);
}
