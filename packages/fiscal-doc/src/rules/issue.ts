/** How bad an issue is: an `error` makes a document wrong, a `warning` makes it doubtful, `info` is worth knowing. */
export type IssueSeverity = 'error' | 'warning' | 'info';

/**
 * What can be wrong with a document.
 *
 * - `version` – tag 1209 names no version of the format
 * - `missing`, `forbidden`, `unexpected`, `unknown`, `repeated` – composition: a requisite is not there, stands in paper documents only,
 *   belongs elsewhere, is in no dictionary, or stands several times
 * - `spelling`, `length`, `size` – an odd spelling of a value; a value, an STLV or a document that is too long
 * - `character` – CP866 has no such character
 * - `value` – not one of the listed values, or a text of another form
 * - `inn`, `registration-number` – form or check digits of a number
 * - `sum-total`, `sum-lines`, `sum-line`, `sum-payments` – payments against the total, lines against the total, price × quantity against the
 *   line, single payments against what they make up
 * - `sum-counters` – counters of a report that do not add up
 * - `vat-sum`, `vat-missing`, `vat-unexpected`, `vat-line` – VAT by rate against the lines
 * - `vat-rate` – a rate that did not exist on the day, or does not go with the tax system
 * - `taxation` – a tax system that had ended
 * - `marking`, `measure`, `agent`, `correction`, `internet`, `cashier`, `registration` – requisites that go together and do not
 * - `date` – a date that cannot be
 */
export type IssueCode =
  | 'version'
  | 'missing'
  | 'forbidden'
  | 'unexpected'
  | 'unknown'
  | 'repeated'
  | 'spelling'
  | 'length'
  | 'size'
  | 'character'
  | 'value'
  | 'inn'
  | 'registration-number'
  | 'sum-total'
  | 'sum-lines'
  | 'sum-line'
  | 'sum-payments'
  | 'sum-counters'
  | 'vat-sum'
  | 'vat-missing'
  | 'vat-unexpected'
  | 'vat-line'
  | 'vat-rate'
  | 'taxation'
  | 'marking'
  | 'measure'
  | 'agent'
  | 'correction'
  | 'internet'
  | 'cashier'
  | 'registration'
  | 'date';

/** One finding, as data. */
export interface Issue {
  readonly code: IssueCode;
  /** Where: `receipt/items[2]/1079`. */
  readonly path: string;
  /** The requisite at fault, or 0 for the document as a whole. */
  readonly tag: number;
  readonly severity: IssueSeverity;
  /** English, for a developer. */
  readonly message: string;
  /** Russian, for whoever makes out the document. */
  readonly message_ru: string;
  /** What it rests on: a law, an order, a table of its annex. Never empty. */
  readonly clause: string;
}

/** Collects issues in one pass. */
export type Report = (issue: Issue) => void;
