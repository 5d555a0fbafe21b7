import { ElcertError } from '@elcert/core';
import type { CsvErrorCode } from './types.js';

function fail(
  code: 'CSV_NO_COLUMN' | 'CSV_AMBIGUOUS_COLUMN',
  role: string,
  what: string,
): ElcertError<CsvErrorCode> {
  return new ElcertError({
    code,
    message:
      code === 'CSV_NO_COLUMN'
        ? `no column looks like the ${role}`
        : `more than one column looks like the ${role}`,
    userMessage:
      code === 'CSV_NO_COLUMN'
        ? `Не найден столбец «${what}»: укажите его явно`
        : `Столбцов, похожих на «${what}», больше одного: укажите нужный явно`,
    path: role,
  });
}

/**
 * The column most of whose filled cells satisfy `fits`.
 *
 * @throws ElcertError `CSV_NO_COLUMN` when none does in half of its cells, `CSV_AMBIGUOUS_COLUMN` when two do
 */
export function columnByContent(
  rows: readonly (readonly string[])[],
  fits: (cell: string) => boolean,
  role: string,
  what: string,
): number {
  const width = Math.max(0, ...rows.map((row) => row.length));
  const found: number[] = [];
  for (let column = 0; column < width; column += 1) {
    const cells = rows.map((row) => row[column] ?? '').filter((cell) => cell !== '');
    const good = cells.filter(fits).length;
    if (good > 0 && good * 2 >= cells.length) found.push(column);
  }
  if (found.length > 1) throw fail('CSV_AMBIGUOUS_COLUMN', role, what);
  if (found[0] === undefined) throw fail('CSV_NO_COLUMN', role, what);
  return found[0];
}

/** The one column whose header matches; nothing when none or several do. */
export function columnByHeader(header: readonly string[], pattern: RegExp): number | undefined {
  const found = header.flatMap((name, column) => (pattern.test(name.trim()) ? [column] : []));
  return found.length === 1 ? found[0] : undefined;
}

/** The column with the most Russian letters: in lists of goods, that of the names. */
export function columnOfNames(
  rows: readonly (readonly string[])[],
  except: readonly number[],
): number | undefined {
  const width = Math.max(0, ...rows.map((row) => row.length));
  let best: number | undefined;
  let most = 0;
  for (let column = 0; column < width; column += 1) {
    if (except.includes(column)) continue;
    let letters = 0;
    for (const row of rows) letters += (row[column] ?? '').match(/[а-яё]/gi)?.length ?? 0;
    if (letters > most) {
      most = letters;
      best = column;
    }
  }
  return best;
}

/** How a cell is called in a message: by its header, else by its ordinal. */
export function columnName(header: readonly string[] | undefined, column: number): string {
  return header?.[column] || `№ ${column + 1}`;
}

/** @throws ElcertError `CSV_NO_COLUMN` when a needed column was not found */
export function needColumn(column: number | undefined, role: string, what: string): number {
  if (column === undefined) throw fail('CSV_NO_COLUMN', role, what);
  return column;
}
