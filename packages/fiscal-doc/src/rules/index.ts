import type { FiscalDocument } from '../document.js';
import type { FfdVersion } from '../tags/definition.js';
import { annex } from './clause.js';
import { checkComposition } from './composition.js';
import type { Issue } from './issue.js';
import { checkReceipt } from './receipt.js';
import { checkCounters, checkRegistration } from './reports.js';
import { checkRequisites } from './requisites.js';

export type { Issue, IssueCode, IssueSeverity } from './issue.js';

/** How strict {@link validateDocument} is. */
export interface ValidateOptions {
  /**
   * - `strict` (default): what a document must be before it is sent – every departure from the tables is an error
   * - `flc`: what a format-logic control can refuse – errors of composition, form, length, listed values and sums, nothing that is only
   *   doubtful. The operators' own lists of checks are not public: this choice is ours
   * - `field`: what real documents are like – composition faults become warnings; lies in sums, lengths and values stay errors
   */
  readonly strictness?: 'strict' | 'flc' | 'field' | undefined;
  /** For documents without tag 1209; 1.2 when absent and the document never carries it. */
  readonly ffdVersion?: FfdVersion | undefined;
  /**
   * ISO date of the settlement that a return or a correction undoes, when the caller knows it: rates of VAT are judged by it. Corrections
   * say it themselves.
   */
  readonly originalDate?: string | undefined;
}

const compositionCodes: ReadonlySet<string> = new Set([
  'missing',
  'forbidden',
  'unexpected',
  'vat-missing',
  'registration',
]);

/** What depends on days, tax systems and practice, which no control of the format knows. */
const practiceCodes: ReadonlySet<string> = new Set(['vat-rate', 'taxation', 'registration', 'date']);

function graded(issue: Issue, strictness: ValidateOptions['strictness']): Issue | undefined {
  if (strictness === 'flc')
    return issue.severity === 'error' && !practiceCodes.has(issue.code) ? issue : undefined;
  return strictness === 'field' && issue.severity === 'error' && compositionCodes.has(issue.code)
    ? { ...issue, severity: 'warning' }
    : issue;
}

/**
 * Checks a document by the rules of its version: composition, repetition, lengths, listed values, sums, VAT, and requisites that
 * go together. Finds everything in one pass and throws nothing; what comes first in the document comes first in the list of its rule.
 *
 * @returns issues as data; empty when nothing is wrong
 * @example
 * ```ts
 * const wrong = validateDocument(decodeDocument(bytes)).filter((issue) => issue.severity === 'error');
 * ```
 */
export function validateDocument(document: FiscalDocument, options: ValidateOptions = {}): Issue[] {
  const issues: Issue[] = [];
  const report = (found: Issue) => {
    const issue = graded(found, options.strictness);
    if (issue !== undefined) issues.push(issue);
  };
  const stated = document.tags.some((entry) => entry.tag === 1209);
  const version = options.ffdVersion ?? document.ffdVersion ?? (stated ? undefined : '1.2');
  if (version === undefined) {
    report({
      code: 'version',
      path: `${document.name}/1209`,
      tag: 1209,
      severity: 'error',
      message: 'the version of the format is not one of the known',
      message_ru: 'Неизвестная версия ФФД',
      clause: annex('1.2'),
    });
    return issues;
  }
  checkComposition(document, version, report);
  checkRequisites(document, version, report);
  checkReceipt(document, version, options.originalDate, report);
  checkRegistration(document, version, report);
  checkCounters(document, version, report);
  return issues;
}
