import { columnByContent, columnByHeader, columnName, columnOfNames, needColumn } from '../csv/detect.js';
import { excelDamage } from '../csv/excel-damage.js';
import type { RowProblem } from '../csv/problems.js';
import { csvProblem } from '../csv/rows.js';
import {
  type ColumnRef,
  type CsvOptions,
  type CsvTable,
  cellCountFits,
  findColumn,
  openCsv,
  sampleCells,
} from '../csv/table.js';
import type { CsvSource } from '../csv/types.js';
import { safeParseTruCode } from '../tru-code.js';
import type { ListRow, TruCatalogueEntry } from './catalogue.js';
import { safeParseKtsrArticle } from './ktsr-article.js';

/** How the columns of a list are found. */
export interface ListOptions<Role extends string> extends CsvOptions {
  /** Columns by name or index; what is not named is recognised by its content or header. */
  readonly columns?: Partial<Readonly<Record<Role, ColumnRef>>> | undefined;
  /** Whether the first row names the columns; seen by whether it holds a code when absent. */
  readonly header?: boolean | undefined;
}

interface Layout {
  readonly header: readonly string[] | undefined;
  readonly code: number;
  readonly name: number;
}

const nameHeader = /^(?:полное |краткое )?(?:наименование|название|имя|name)/i;

/** Finds the columns of codes and names, and whether there is a header. */
function layOut(
  table: CsvTable,
  options: ListOptions<'code' | 'name'>,
  looksLikeCode: (cell: string) => boolean,
  what: string,
): Layout {
  const first = table.first.cells;
  const rows = sampleCells(table);
  const { columns = {} } = options;
  const code =
    columns.code === undefined
      ? columnByContent([first, ...rows], looksLikeCode, 'code', what)
      : findColumn(first, columns.code, 'code');
  const hasHeader = options.header ?? !looksLikeCode(first[code] ?? '');
  const name =
    columns.name === undefined
      ? needColumn(
          (hasHeader ? columnByHeader(first, nameHeader) : undefined) ??
            columnOfNames(hasHeader ? rows : [first, ...rows], [code]),
          'name',
          'Наименование',
        )
      : findColumn(first, columns.name, 'name');
  return { header: hasHeader ? first : undefined, code, name };
}

async function* readList<Entry>(
  table: CsvTable,
  layout: Layout,
  read: (cells: readonly string[], line: number) => Entry | RowProblem,
): AsyncGenerator<ListRow<Entry>> {
  const one = (row: CsvTable['first']): ListRow<Entry> | undefined => {
    if (row.problem !== undefined) return { ok: false, problem: csvProblem(row.problem, row) };
    if (row.cells.every((cell) => cell === '')) return undefined;
    if (!cellCountFits(row, table)) return { ok: false, problem: csvProblem('CSV_CELL_COUNT', row) };
    const entry = read(row.cells, row.line);
    return isProblem(entry) ? { ok: false, problem: entry } : { ok: true, line: row.line, entry };
  };
  if (layout.header === undefined) {
    const row = one(table.first);
    if (row !== undefined) yield row;
  }
  for await (const block of table.blocks) {
    for (const item of block) {
      const row = one(item);
      if (row !== undefined) yield row;
    }
  }
}

function isProblem(value: unknown): value is RowProblem {
  return typeof value === 'object' && value !== null && 'userMessage' in value;
}

function nameProblem(layout: Layout, line: number): RowProblem {
  return {
    code: 'NAME_EMPTY',
    line,
    column: columnName(layout.header, layout.name),
    message: 'no name',
    userMessage: 'Нет наименования',
  };
}

/**
 * Reads a list of TRU codes: an ESNSI classifier saved as CSV, or any other with a column of codes and one of names. Row by
 * row, in memory that does not grow with the file.
 *
 * The column of codes is recognised by what stands in it, that of names by its header or its Russian letters; both can be
 * named. Codes have 19 characters; one with a manufacturer, model or country is a problem of its row.
 *
 * @throws ElcertError with a `CsvErrorCode`
 * @example
 * ```ts
 * for await (const row of readTruCsv(createReadStream('esnsi.csv'))) {
 *   if (row.ok) console.log(row.entry.code, row.entry.name);
 *   else console.warn(row.problem.line, row.problem.userMessage);
 * }
 * ```
 */
export async function* readTruCsv(
  source: CsvSource,
  options: ListOptions<'code' | 'name'> = {},
): AsyncGenerator<ListRow<TruCatalogueEntry>> {
  const table = await openCsv(source, options);
  const looksLikeCode = (cell: string) => safeParseTruCode(cell).ok || excelDamage(cell, 'tru') !== undefined;
  const layout = layOut(table, options, looksLikeCode, 'Код ТРУ');
  yield* readList(table, layout, (cells, line): TruCatalogueEntry | RowProblem => {
    const value = cells[layout.code] ?? '';
    const column = columnName(layout.header, layout.code);
    const parsed = safeParseTruCode(value);
    if (!parsed.ok) {
      const damage = excelDamage(value, 'tru');
      const { code, message, userMessage } = damage ?? parsed.error;
      const { position } = parsed.error;
      return { code, line, column, message, userMessage, value: value.slice(0, 60), position };
    }
    if (parsed.value.enriched) {
      return {
        code: 'ENRICHED_CODE',
        line,
        column,
        message: 'the code names a manufacturer, model or country',
        userMessage: 'В справочнике ТРУ коды без производителя, модели и страны',
        value,
      };
    }
    const name = cells[layout.name] ?? '';
    return name === '' ? nameProblem(layout, line) : { code: parsed.value.base, name };
  });
}

/** One row of KTSR, the catalogue of technical means of rehabilitation. */
export interface KtsrEntry {
  /** The article as it is printed. */
  readonly code: string;
  readonly name: string;
  /** `06-01-02`. */
  readonly ktsrClass: string;
  /** As the list has it: a name or a code. */
  readonly manufacturer?: string;
  /** As the list has it. */
  readonly model?: string;
}

/**
 * Reads a list of KTSR articles, with model and manufacturer where it has columns for them.
 *
 * @throws ElcertError with a `CsvErrorCode`
 */
export async function* readKtsrCsv(
  source: CsvSource,
  options: ListOptions<'code' | 'name' | 'manufacturer' | 'model'> = {},
): AsyncGenerator<ListRow<KtsrEntry>> {
  const table = await openCsv(source, options);
  const looksLikeArticle = (cell: string) => safeParseKtsrArticle(cell).ok;
  const layout = layOut(table, options, looksLikeArticle, 'Артикул КТСР');
  const extra = (role: 'manufacturer' | 'model', pattern: RegExp): number | undefined => {
    const named = options.columns?.[role];
    if (named !== undefined) return findColumn(table.first.cells, named, role);
    return layout.header === undefined ? undefined : columnByHeader(layout.header, pattern);
  };
  const manufacturer = extra('manufacturer', /^(?:производитель|изготовитель|manufacturer)/i);
  const model = extra('model', /^(?:модель|model)/i);
  yield* readList(table, layout, (cells, line): KtsrEntry | RowProblem => {
    const value = cells[layout.code] ?? '';
    const parsed = safeParseKtsrArticle(value);
    if (!parsed.ok) {
      const { code, message, userMessage } = excelDamage(value, 'ktsr') ?? parsed.error;
      const column = columnName(layout.header, layout.code);
      const { position } = parsed.error;
      return { code, line, column, message, userMessage, value: value.slice(0, 60), position };
    }
    const name = cells[layout.name] ?? '';
    if (name === '') return nameProblem(layout, line);
    const made = manufacturer === undefined ? '' : (cells[manufacturer] ?? '');
    const called = model === undefined ? '' : (cells[model] ?? '');
    return {
      code: value,
      name,
      ktsrClass: parsed.value.ktsrClass,
      ...(made === '' ? {} : { manufacturer: made }),
      ...(called === '' ? {} : { model: called }),
    };
  });
}
