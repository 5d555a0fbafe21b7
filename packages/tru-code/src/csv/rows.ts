import { ElcertError } from '@elcert/core';
import type { TruCodeIssueCode } from '../tru-code.js';
import type { ExcelDamageCode } from './excel-damage.js';
import type { CsvRow } from './table.js';
import type { CsvErrorCode, CsvRowProblemCode } from './types.js';

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

const csvProblems: Readonly<Record<CsvRowProblemCode, readonly [string, string]>> = {
  CSV_STRAY_QUOTE: [
    'a quote where none belongs',
    'Лишняя кавычка: ячейка с кавычками внутри должна быть целиком в кавычках',
  ],
  CSV_UNCLOSED_QUOTE: ['a quoted cell that does not end', 'Кавычка открыта и не закрыта'],
  CSV_CELL_COUNT: ['another number of cells than in the header', 'Число ячеек не такое, как в заголовке'],
};

/** The problem of a row that cannot be read as CSV. */
export function csvProblem(code: CsvRowProblemCode, row: CsvRow): RowProblem {
  const [message, userMessage] = csvProblems[code];
  return { code, line: row.line, message, userMessage, value: row.raw.slice(0, 60) };
}

/** The error of a bad row where bad rows are refused. */
export function badRowError(problem: RowProblem): ElcertError<CsvErrorCode> {
  return new ElcertError({
    code: 'CSV_BAD_ROW',
    message: `line ${problem.line}: ${problem.message}`,
    userMessage: `Строка ${problem.line}: ${problem.userMessage}`,
    path:
      problem.column === undefined
        ? `line ${problem.line}`
        : `line ${problem.line}/column ${JSON.stringify(problem.column)}`,
    position: problem.position,
    details: { problem: problem.code },
  });
}
