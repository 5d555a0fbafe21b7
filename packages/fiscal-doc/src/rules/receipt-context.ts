import type { FiscalDocument } from '../document.js';
import type { RussianVatRate } from '../receipt.js';
import { listOf, listsOf, numberOf, textOf } from '../tag-list.js';
import { nameOfCode, vatRates } from '../tags/codes.js';
import type { FfdVersion } from '../tags/definition.js';
import type { TagList } from '../tags.js';
import { clauseAt } from './clause.js';
import type { IssueCode, IssueSeverity, Report } from './issue.js';

// What the rules of receipts, БСО and their corrections share.

/** One line of a receipt. */
export interface Line {
  readonly tags: TagList;
  readonly path: string;
  readonly amount: number;
  readonly rate: RussianVatRate | undefined;
}

/** A receipt under examination. */
export interface Context {
  readonly tags: TagList;
  readonly path: string;
  readonly version: FfdVersion;
  readonly lines: readonly Line[];
  readonly correction: boolean;
  /** Calendar day whose VAT rates hold: of the original settlement where it is known, or of the receipt. */
  readonly day: string;
  /** That day is the original's, or the receipt undoes nothing. */
  readonly dayIsSure: boolean;
  /** Tables of the format that the receipt and its lines rest on. */
  readonly clauses: { readonly receipt: string; readonly line: string };
  readonly say: (
    code: IssueCode,
    severity: IssueSeverity,
    path: string,
    tag: number,
    message: string,
    message_ru: string,
    clause?: string,
  ) => void;
}

/** Requirements to every receipt: sums, forms of payment, VAT by rate. */
export const receiptLaw = '54-ФЗ, ст. 4.7, п. 1';

/** `12510.99`. */
export function rubles(kopecks: number): string {
  return `${Math.trunc(kopecks / 100)}.${String(Math.abs(kopecks) % 100).padStart(2, '0')}`;
}

/** Reads what the rules look at. */
export function contextOf(
  document: FiscalDocument,
  version: FfdVersion,
  originalDate: string | undefined,
  report: Report,
): Context {
  const { tags, name: path, code: form } = document;
  const correction = form > 4;
  const original = originalDate ?? (correction ? textOf(listOf(tags, 1174) ?? [], 1178) : undefined);
  const settlement = numberOf(tags, 1054);
  const clauses = { receipt: clauseAt(version, form, 0), line: clauseAt(version, form, 1059) };
  return {
    tags,
    path,
    version,
    correction,
    day: (original ?? textOf(tags, 1012) ?? '').slice(0, 10),
    dayIsSure: original !== undefined || settlement === 1 || settlement === 3,
    clauses,
    lines: listsOf(tags, 1059).map((line, index): Line => {
      const code = numberOf(line, 1199);
      return {
        tags: line,
        path: `${path}/items[${index}]`,
        amount: numberOf(line, 1043) ?? 0,
        rate: code === undefined ? undefined : nameOfCode(vatRates, code),
      };
    }),
    say: (code, severity, where, tag, message, message_ru, clause) =>
      report({
        code,
        severity,
        path: where,
        tag,
        message,
        message_ru,
        clause: clause ?? (where.includes('/items[') ? clauses.line : clauses.receipt),
      }),
  };
}
