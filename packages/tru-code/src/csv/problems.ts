import type { TruCodeIssueCode } from '../tru-code.js';
import type { ExcelDamageCode } from './excel-damage.js';
import type { CsvRowProblemCode } from './types.js';

/** What can be wrong with a row of a list. */
export type RowProblemCode =
  | CsvRowProblemCode
  | TruCodeIssueCode
  | ExcelDamageCode
  /** The list holds a code a second time. */
  | 'DUPLICATE_CODE'
  /** A list of goods holds a code that names a manufacturer, model or country. */
  | 'ENRICHED_CODE'
  | 'NAME_EMPTY'
  | 'ARTICLE_EMPTY'
  /** Not `SS-GG-II.MMMM`, `SS-GG-II-NNNNNN.MMMM` or, where a class will do, `SS-GG-II`. */
  | 'KTSR_BAD_ARTICLE'
  /** Neither a number of OKSM, nor a code or name of a country. */
  | 'COUNTRY_UNKNOWN'
  /** Not four digits (three for a country). */
  | 'TRU_BAD_PART'
  /** A part that contradicts the code of the same row. */
  | 'TRU_PART_CONFLICT'
  /** The column that the result goes to holds something that is no result: the row is left alone. */
  | 'FOREIGN_RESULT'
  /** A page of JSON without the members that it should have. */
  | 'JSON_BAD_ROW';

/** One row that is not as it should be. */
export interface RowProblem {
  readonly code: RowProblemCode;
  /** Line of the file, from 1 (a row of a JSON list: its ordinal). */
  readonly line: number;
  /** Name of the column, or its ordinal from 1 where there is no header. */
  readonly column?: string;
  /** For a developer, in English. */
  readonly message: string;
  /** In Russian. */
  readonly userMessage: string;
  /** What stood there, at most 60 characters of it. */
  readonly value?: string;
  /** Index in the value of the first character that is wrong. */
  readonly position?: number;
}

/** Whether bad rows are told to the caller (`report`) or end the reading with the first one (`refuse`). */
export type BadRows = 'report' | 'refuse';
