import { columnByContent, columnByHeader, columnName, needColumn } from '../csv/detect.js';
import { csvWriter } from '../csv/output.js';
import type { BadRows, RowProblem } from '../csv/problems.js';
import { badRowError, csvProblem } from '../csv/rows.js';
import {
  type ColumnRef,
  type CsvDialect,
  type CsvOptions,
  type CsvRow,
  cellCountFits,
  findColumn,
  openCsv,
  sampleCells,
} from '../csv/table.js';
import type { CsvSource } from '../csv/types.js';
import { missingTruParts, safeParseTruCode } from '../tru-code.js';
import {
  type AssortmentItem,
  type EnrichedItem,
  type EnrichmentReport,
  type EnrichmentSources,
  type ItemStatus,
  itemEnricher,
  reportCounter,
  truProblem,
} from './enrich.js';
import { headerPatterns } from './mapping-fields.js';

/** An item of a file. */
export interface AssortmentRow extends AssortmentItem {
  /** Line of the file, from 1. */
  readonly line: number;
}

/** How an assortment is enriched. */
export interface EnrichCsvOptions extends CsvOptions, EnrichmentSources {
  /** Columns by name or index; those not named are known by their header, the code also by its form. */
  readonly columns?:
    | { readonly article?: ColumnRef; readonly name?: ColumnRef; readonly tru?: ColumnRef }
    | undefined;
  /** Names of the columns that are written: the code (where the file has none yet), the result and its explanation. */
  readonly written?:
    | { readonly tru?: string; readonly result?: string; readonly explanation?: string }
    | undefined;
  /** Rows that cannot be read as CSV: `report` (the default; they are written back as they are) or `refuse`. */
  readonly badRows?: BadRows | undefined;
  /** Called for each item. */
  readonly onItem?: ((item: EnrichedItem<AssortmentRow>) => void) | undefined;
  /** How many items that got no full code, and bad rows, the report keeps; 1000 unless told. All are counted. */
  readonly maxDetails?: number | undefined;
}

/** The report of a file. */
export interface EnrichCsvReport extends EnrichmentReport {
  /** Rows that could not be read as CSV; they are not in `total`. */
  readonly unreadable: number;
  /** The first items without a full code. */
  readonly details: readonly EnrichedItem<AssortmentRow>[];
  /** The first rows that could not be read. */
  readonly problems: readonly RowProblem[];
}

/** A file on its way through enrichment. */
export interface CsvEnrichment {
  readonly dialect: CsvDialect;
  /** The file with its codes, in the encoding and dialect that it came in. Read it once, to the end. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Grows while the output is read, complete after it. */
  readonly report: EnrichCsvReport;
}

const resultTexts: Readonly<Record<ItemStatus, string>> = {
  enriched: 'обогащён',
  'enriched-with-zeros': 'обогащён, есть нули',
  ambiguous: 'неоднозначно',
  'not-found': 'не найден',
  conflicting: 'противоречие',
  damaged: 'повреждён',
};

const results: ReadonlySet<string> = new Set(Object.values(resultTexts));

/**
 * Enriches the CSV file of a shop's assortment, in memory that does not grow with it.
 *
 * The file needs a header and a column of articles. The code goes into its column of TRU codes, or into a new one; result
 * and explanation go into two columns more. Every other cell stays as it is, a row that cannot be read is written back as
 * it stands (with empty cells for the new columns; a line with a quote that never ends as one quoted cell), and a second run
 * over the output changes no byte.
 *
 * @throws ElcertError with a `CsvErrorCode`; while the output is read also `CSV_BAD_ROW` where bad rows are refused
 * @example
 * ```ts
 * const run = await enrichCsv(createReadStream('goods.csv'), { catalogue, mapping });
 * await pipeline(run.output, createWriteStream('goods-tru.csv'));
 * run.report.byStatus;
 * ```
 */
export async function enrichCsv(source: CsvSource, options: EnrichCsvOptions): Promise<CsvEnrichment> {
  const { columns = {}, written = {}, badRows = 'report', maxDetails = 1000, onItem } = options;
  const table = await openCsv(source, options);
  const header = table.first.cells;
  const sample = sampleCells(table);
  const article =
    columns.article === undefined
      ? needColumn(columnByHeader(header, headerPatterns.article), 'article', 'Артикул')
      : findColumn(header, columns.article, 'article');
  const name =
    columns.name === undefined
      ? columnByHeader(header, /^(?:наименование|название|товар|name)/i)
      : findColumn(header, columns.name, 'name');
  const own =
    columns.tru === undefined
      ? (columnByHeader(header, headerPatterns.tru) ?? codeColumn(sample))
      : findColumn(header, columns.tru, 'tru');
  const outHeader = [...header];
  const place = (title: string): number => {
    const at = outHeader.indexOf(title);
    return at >= 0 ? at : outHeader.push(title) - 1;
  };
  const codeAt = own ?? place(written.tru ?? 'Код ТРУ');
  const resultAt = place(written.result ?? 'ТРУ: результат');
  const explanationAt = place(written.explanation ?? 'ТРУ: пояснение');

  const enrich = itemEnricher(options);
  const counter = reportCounter();
  const details: EnrichedItem<AssortmentRow>[] = [];
  const problems: RowProblem[] = [];
  const report = Object.assign(counter.report, { unreadable: 0, details, problems });
  const writer = csvWriter(table.dialect);

  const problemOf = (row: CsvRow): RowProblem | undefined => {
    if (row.problem !== undefined) return csvProblem(row.problem, row);
    if (!cellCountFits(row, table)) return csvProblem('CSV_CELL_COUNT', row);
    // A column of that name may be the shop's own.
    const before = row.cells[resultAt] ?? '';
    if (before === '' ? (row.cells[explanationAt] ?? '') === '' : results.has(before)) return undefined;
    return {
      code: 'FOREIGN_RESULT',
      line: row.line,
      column: columnName(outHeader, resultAt),
      message: 'the column of results holds something else',
      userMessage: 'В столбце результата стоит чужое значение: строка оставлена как есть',
      value: (before || (row.cells[explanationAt] ?? '')).slice(0, 60),
    };
  };

  /** The cells to write, or nothing when the row stays as it is. */
  const work = (row: CsvRow): readonly string[] | undefined => {
    if (row.problem === undefined && row.cells.every((cell) => cell === '')) return undefined;
    const problem = problemOf(row);
    if (problem !== undefined) {
      if (badRows === 'refuse') throw badRowError(problem);
      report.unreadable += 1;
      if (problems.length < maxDetails) problems.push(problem);
      return undefined;
    }
    const item: AssortmentRow = {
      line: row.line,
      article: row.cells[article] ?? '',
      name: name === undefined ? undefined : row.cells[name],
      tru: own === undefined ? undefined : row.cells[own],
    };
    const answer = enrich(item);
    counter.add(answer);
    onItem?.(answer);
    if (answer.status !== 'enriched' && details.length < maxDetails) details.push(answer);
    const cells = outHeader.map((_, index) => row.cells[index] ?? '');
    if (answer.code !== undefined) cells[codeAt] = answer.code.full;
    cells[resultAt] = resultTexts[answer.status];
    cells[explanationAt] =
      answer.candidates.length === 0
        ? answer.userMessage
        : `${answer.userMessage}: ${answer.candidates.map((one) => one.code).join(', ')}`;
    const same = cells.length === row.cells.length && cells.every((cell, index) => cell === row.cells[index]);
    return same ? undefined : cells;
  };

  const added = outHeader.length - header.length;
  // Empty cells for our columns: a row with cells too many or too few stays exactly as wrong as it was.
  const padding = table.dialect.delimiter.repeat(added);

  const asItStood = (row: CsvRow): string => {
    if (row.problem === undefined) return writer.raw(row.raw + padding);
    if (row.problem !== 'CSV_UNCLOSED_QUOTE') return writer.raw(row.raw);
    // Its open quote would swallow what follows as soon as a quote of ours closed it: it becomes one quoted cell, in a row
    // that is as wide as no row should be.
    const width = header.length === 1 ? added + 2 : added + 1;
    return writer.rows([Array.from({ length: width }, (_, index) => (index === 0 ? row.raw : ''))]);
  };

  async function* output(): AsyncGenerator<Uint8Array> {
    let text = writer.begin();
    let changed: (readonly string[])[] = [];
    const flush = () => {
      if (changed.length > 0) text += writer.rows(changed);
      changed = [];
    };
    if (outHeader.length === header.length) text += writer.raw(table.first.raw);
    else changed.push(outHeader);
    let first = true;
    for await (const block of table.blocks) {
      for (const row of block) {
        const cells = work(row);
        if (cells !== undefined) changed.push(cells);
        else {
          flush();
          text += asItStood(row);
        }
      }
      flush();
      yield writer.encode(text, first);
      first = false;
      text = '';
    }
    flush();
    if (text !== '') yield writer.encode(text, first);
  }
  return { dialect: table.dialect, output: output(), report };
}

function codeColumn(sample: readonly (readonly string[])[]): number | undefined {
  try {
    return columnByContent(sample, (cell) => safeParseTruCode(cell).ok, 'tru', 'Код ТРУ');
  } catch {
    // None, or several: what the header does not say is not guessed, the code gets a column of its own.
    return undefined;
  }
}

/** What {@link checkTruCsv} found. */
export interface TruCheckReport {
  /** Rows with something in them, the header not counted. */
  readonly rows: number;
  readonly valid: number;
  /** Of the valid ones: with manufacturer, model and country all known. */
  readonly complete: number;
  /** Rows without a code. */
  readonly empty: number;
  readonly problemCount: number;
  readonly byProblem: Readonly<Partial<Record<RowProblem['code'], number>>>;
  /** The first ones. */
  readonly problems: readonly RowProblem[];
}

/**
 * Checks a column of codes of a file, row by row.
 *
 * @throws ElcertError with a `CsvErrorCode`
 */
export async function checkTruCsv(
  source: CsvSource,
  options: CsvOptions & {
    readonly columns?: { readonly tru?: ColumnRef };
    readonly maxProblems?: number;
    readonly badRows?: BadRows;
  } = {},
): Promise<TruCheckReport> {
  const { maxProblems = 1000, badRows = 'report' } = options;
  const table = await openCsv(source, options);
  const first = table.first.cells;
  const sample = [first, ...sampleCells(table)];
  const looksLikeCode = (cell: string) => {
    const parsed = safeParseTruCode(cell);
    return parsed.ok || truProblem(cell, parsed.error).code.startsWith('EXCEL_');
  };
  const column =
    options.columns?.tru === undefined
      ? (columnByHeader(first, headerPatterns.tru) ??
        columnByContent(sample, looksLikeCode, 'tru', 'Код ТРУ'))
      : findColumn(first, options.columns.tru, 'tru');
  const hasHeader = !looksLikeCode(first[column] ?? '');
  const report = {
    rows: 0,
    valid: 0,
    complete: 0,
    empty: 0,
    problemCount: 0,
    byProblem: {} as Partial<Record<RowProblem['code'], number>>,
    problems: [] as RowProblem[],
  };
  const note = (problem: RowProblem) => {
    if (badRows === 'refuse') throw badRowError(problem);
    report.problemCount += 1;
    report.byProblem[problem.code] = (report.byProblem[problem.code] ?? 0) + 1;
    if (report.problems.length < maxProblems) report.problems.push(problem);
  };
  const check = (row: CsvRow) => {
    if (row.problem === undefined && row.cells.every((cell) => cell === '')) return;
    report.rows += 1;
    if (row.problem !== undefined) return note(csvProblem(row.problem, row));
    if (!cellCountFits(row, table)) return note(csvProblem('CSV_CELL_COUNT', row));
    const value = row.cells[column] ?? '';
    if (value === '') {
      report.empty += 1;
      return;
    }
    const parsed = safeParseTruCode(value);
    if (parsed.ok) {
      report.valid += 1;
      if (missingTruParts(parsed.value).length === 0) report.complete += 1;
      return;
    }
    note({
      ...truProblem(value, parsed.error),
      line: row.line,
      column: columnName(hasHeader ? first : undefined, column),
      value: value.slice(0, 60),
    });
  };
  if (!hasHeader) check(table.first);
  for await (const block of table.blocks) for (const row of block) check(row);
  return report;
}
