import type { Kopecks } from '@elcert/core';
import { type FiscalDocument, numberOf, type TagList, textOf } from '@elcert/fiscal-doc';
import { validateDocument } from '@elcert/fiscal-doc/rules';

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
 * The operator's check of format and logic: the document is the one that the container announces, and keeps every rule of its version.
 * Warnings do not count.
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
  strictness: 'strict' | 'field',
): OfdFinding[] {
  const { tags, name } = document;
  const findings: OfdFinding[] = [];
  const drive = textOf(tags, 1041)?.trim();
  if (drive !== announced.fiscalDriveNumber.trim())
    findings.push({ path: `${name}/1041`, message: `drive ${drive ?? 'missing'} in the document` });
  // Marking documents carry numbers of their own.
  if (document.code < 80) {
    const number = numberOf(tags, 1040);
    if (number !== announced.fiscalDocumentNumber)
      findings.push({ path: `${name}/1040`, message: `document number ${number ?? 'missing'}` });
  }
  for (const { severity, path, message } of validateDocument(document, { strictness }))
    if (severity === 'error') findings.push({ path, message });
  return findings;
}
