import { ElcertError } from '@elcert/core';
import type { RowProblem } from './problems.js';
import type { CsvRow } from './table.js';
import type { CsvErrorCode, CsvRowProblemCode } from './types.js';

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
