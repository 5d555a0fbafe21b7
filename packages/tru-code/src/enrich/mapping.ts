import type { ListOptions } from '../catalogue/read-csv.js';
import { columnByContent, columnByHeader, columnName, needColumn } from '../csv/detect.js';
import { excelDamage } from '../csv/excel-damage.js';
import type { BadRows, RowProblem } from '../csv/problems.js';
import { badRowError, csvProblem } from '../csv/rows.js';
import { cellCountFits, findColumn, openCsv, sampleCells } from '../csv/table.js';
import type { CsvSource } from '../csv/types.js';
import { safeParseTruCode } from '../tru-code.js';
import {
  headerPatterns,
  type MappingColumn,
  type MappingEntry,
  type MappingRow,
  readMappingFields,
} from './mapping-fields.js';

/**
 * Reads a shop's mapping from CSV: `;` or `,`, UTF-8 or windows-1251, with or without a byte order mark. It needs a header;
 * columns are known by their names (артикул, ТРУ, КТСР, производитель, модель, страна, or in English) or named in `columns`.
 *
 * @throws ElcertError with a `CsvErrorCode`
 */
export async function* readMappingCsv(
  source: CsvSource,
  options: Omit<ListOptions<MappingColumn>, 'header'> = {},
): AsyncGenerator<MappingRow> {
  const table = await openCsv(source, options);
  const header = table.first.cells;
  const find = (role: MappingColumn): number | undefined => {
    const named = options.columns?.[role];
    return named === undefined
      ? columnByHeader(header, headerPatterns[role])
      : findColumn(header, named, role);
  };
  const at: Partial<Record<MappingColumn, number>> = {};
  for (const role of Object.keys(headerPatterns) as MappingColumn[]) {
    const found = find(role);
    if (found !== undefined) at[role] = found;
  }
  needColumn(at.article, 'article', 'Артикул');
  if (at.tru === undefined && at.ktsr === undefined) {
    const rows = sampleCells(table);
    at.tru = columnByContent(
      rows,
      (cell) => safeParseTruCode(cell).ok || excelDamage(cell, 'tru') !== undefined,
      'tru',
      'Код ТРУ',
    );
  }
  for await (const block of table.blocks) {
    for (const row of block) {
      if (row.problem !== undefined) {
        yield { ok: false, problem: csvProblem(row.problem, row) };
        continue;
      }
      if (row.cells.every((cell) => cell === '')) continue;
      if (!cellCountFits(row, table)) {
        yield { ok: false, problem: csvProblem('CSV_CELL_COUNT', row) };
        continue;
      }
      const cell = (role: MappingColumn) => (at[role] === undefined ? undefined : row.cells[at[role]]);
      yield readMappingFields(
        {
          article: cell('article') ?? '',
          tru: cell('tru'),
          ktsr: cell('ktsr'),
          manufacturer: cell('manufacturer'),
          model: cell('model'),
          country: cell('country'),
        },
        row.line,
        (role) => columnName(header, at[role] ?? 0),
      );
    }
  }
}

/** A shop's mapping in memory. */
export interface TruMapping {
  /** Articles, damaged ones counted too. */
  readonly size: number;
  /** What the mapping says of an article, each different answer once. */
  get(article: string): readonly MappingEntry[];
  /** Why a row of this article could not be used. */
  problemOf(article: string): RowProblem | undefined;
  /** An article that differs only by blanks, case, look-alike letters or zeros in front. */
  resembling(article: string): string | undefined;
}

/** A mapping and what was wrong with its rows. */
export interface CollectedMapping {
  readonly mapping: TruMapping;
  /** The first problems, at most `maxProblems`. */
  readonly problems: readonly RowProblem[];
  readonly problemCount: number;
}

const cyrillic = 'АВЕКМНОРСТУХ';
const latin = 'ABEKMHOPCTYX';

/** Articles that a person would take for the same. */
function resemblance(article: string): string {
  return article
    .toUpperCase()
    .replace(/\s+/g, '')
    .replace(/[АВЕКМНОРСТУХ]/g, (letter) => latin[cyrillic.indexOf(letter)] as string)
    .replace(/^0+(?=.)/, '');
}

const noEntries: readonly MappingEntry[] = [];

/**
 * Puts a mapping into memory.
 *
 * @param options.badRows - `report` (the default) or `refuse`
 * @throws ElcertError `CSV_BAD_ROW` where bad rows are refused, and what the reader throws
 * @example
 * ```ts
 * const { mapping } = await collectMapping(readMappingCsv(createReadStream('mapping.csv')));
 * ```
 */
export async function collectMapping(
  rows: Iterable<MappingRow> | AsyncIterable<MappingRow>,
  options: { readonly badRows?: BadRows; readonly maxProblems?: number } = {},
): Promise<CollectedMapping> {
  const { badRows = 'report', maxProblems = 1000 } = options;
  const entries = new Map<string, MappingEntry[]>();
  const damaged = new Map<string, RowProblem>();
  const spellings = new Map<string, string>();
  const problems: RowProblem[] = [];
  let problemCount = 0;
  for await (const row of rows) {
    const article = row.ok ? row.entry.article : row.article;
    if (article !== undefined) spellings.set(resemblance(article), article);
    if (!row.ok) {
      if (badRows === 'refuse') throw badRowError(row.problem);
      problemCount += 1;
      if (problems.length < maxProblems) problems.push(row.problem);
      if (article !== undefined) damaged.set(article, row.problem);
      continue;
    }
    const { entry } = row;
    const known = entries.get(entry.article);
    if (known === undefined) entries.set(entry.article, [entry]);
    else if (!known.some((one) => one.code?.full === entry.code?.full && one.ktsrClass === entry.ktsrClass)) {
      known.push(entry);
    }
  }
  return {
    mapping: {
      size: new Set([...entries.keys(), ...damaged.keys()]).size,
      get: (article) => entries.get(article) ?? noEntries,
      problemOf: (article) => damaged.get(article),
      resembling(article) {
        const found = spellings.get(resemblance(article));
        return found === article ? undefined : found;
      },
    },
    problems,
    problemCount,
  };
}
