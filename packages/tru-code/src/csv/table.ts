import { ElcertError } from '@elcert/core';
import { type CsvEncoding, textInput } from './input.js';
import { type CsvRecord, maxRecordLength, recordReader } from './records.js';
import type { CsvErrorCode, CsvRowProblemCode, CsvSource } from './types.js';

/** How a list is written; what is read is written back the same way. */
export interface CsvDialect {
  readonly encoding: CsvEncoding;
  /** Whether it begins with a byte order mark. */
  readonly bom: boolean;
  readonly delimiter: ';' | ',' | '\t';
  readonly newline: '\r\n' | '\n';
  /** Whether its first line is Excel's `sep=;`. */
  readonly sepLine: boolean;
}

/** A column by its name in the header, or by its index from 0. */
export type ColumnRef = string | number;

/** How far reading has come. */
export interface CsvProgress {
  /** Bytes taken from the source (characters where it gives texts). */
  readonly bytes: number;
  /** Rows, the header not counted. */
  readonly rows: number;
}

/** What a list is read with. */
export interface CsvOptions {
  /** Found by itself when absent; `ibm866` never is. */
  readonly encoding?: CsvEncoding | undefined;
  readonly delimiter?: ';' | ',' | '\t' | undefined;
  /** Called after each block of rows. */
  readonly onProgress?: ((progress: CsvProgress) => void) | undefined;
  /** Ends the reading with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A row of a list. */
export interface CsvRow {
  readonly line: number;
  readonly raw: string;
  /** Empty when the row cannot be read. */
  readonly cells: readonly string[];
  readonly problem?: CsvRowProblemCode;
}

/** A list that has been opened: its beginning is read, its rows come in blocks. */
export interface CsvTable {
  readonly dialect: CsvDialect;
  /** The first record; whether it is a header, the caller decides. */
  readonly first: CsvRow;
  /** A few dozen rows after the first, or all there are: to recognise columns by what stands in them. */
  readonly sample: readonly CsvRow[];
  /** The rows after the first, those of the sample again among them. Can be read once. */
  readonly blocks: AsyncIterable<readonly CsvRow[]>;
}

const sampleRows = 50;

function countOutsideQuotes(line: string, character: string): number {
  let count = 0;
  let quoted = false;
  for (const one of line) {
    if (one === '"') quoted = !quoted;
    else if (!quoted && one === character) count += 1;
  }
  return count;
}

// A semicolon or a tab in a header separates; a comma may be part of a column's name.
function guessDelimiter(line: string): CsvDialect['delimiter'] {
  for (const candidate of [';', '\t'] as const) if (countOutsideQuotes(line, candidate) > 0) return candidate;
  return countOutsideQuotes(line, ',') > 0 ? ',' : ';';
}

interface FirstLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Index of its end. */
  readonly end: number;
  /** Whether its line break was seen. */
  readonly ended: boolean;
  readonly newline: CsvDialect['newline'];
}

/** The first line that is not blank. */
function findFirstLine(text: string): FirstLine | undefined {
  for (let from = 0, number = 1; from < text.length; number += 1) {
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    const carriage = end > from && text[end - 1] === '\r';
    const line = text.slice(from, carriage ? end - 1 : end);
    if (line.trim() !== '') {
      return { text: line, number, end, ended: newline >= 0, newline: carriage ? '\r\n' : '\n' };
    }
    from = end + 1;
  }
  return undefined;
}

function empty(): ElcertError<CsvErrorCode> {
  return new ElcertError({ code: 'CSV_EMPTY', message: 'no rows', userMessage: 'Файл пуст' });
}

/**
 * Opens a list: finds its encoding, delimiter and line breaks, and reads the first rows.
 *
 * @throws ElcertError with a `CsvErrorCode`
 */
export async function openCsv(source: CsvSource, options: CsvOptions = {}): Promise<CsvTable> {
  const input = textInput(source, options.encoding);
  let head = '';
  let complete = false;
  let firstLine: FirstLine | undefined;
  // A first line that never ends is refused by the reader of records, which knows its limit.
  while (!complete && firstLine?.ended !== true && head.length <= 2 * maxRecordLength) {
    const next = await input.texts.next();
    if (next.done) complete = true;
    else head += next.value;
    firstLine = findFirstLine(head);
  }
  if (firstLine === undefined) throw empty();
  const separator = /^sep=([;,\t])$/i.exec(firstLine.text);
  let preface = 0;
  if (separator !== null) {
    preface = firstLine.number;
    head = head.slice(firstLine.end + 1);
  }
  const delimiter =
    options.delimiter ??
    (separator?.[1] as CsvDialect['delimiter'] | undefined) ??
    guessDelimiter(firstLine.text);
  const reader = recordReader(delimiter);
  let rows = 0;
  const shift = (records: CsvRecord[]): CsvRow[] =>
    preface === 0 ? records : records.map((record) => ({ ...record, line: record.line + preface }));
  async function* read(): AsyncGenerator<CsvRow[]> {
    let block = shift(reader.push(head));
    head = '';
    for (;;) {
      if (block.length > 0) yield block;
      options.signal?.throwIfAborted();
      const next = complete ? undefined : await input.texts.next();
      if (next === undefined || next.done) break;
      block = shift(reader.push(next.value));
    }
    const last = shift(reader.end());
    if (last.length > 0) yield last;
  }
  const blocks = read();
  const held: CsvRow[] = [];
  while (held.length <= sampleRows) {
    const next = await blocks.next();
    if (next.done) break;
    held.push(...next.value);
  }
  const [first, ...after] = held;
  if (first === undefined) throw empty();
  async function* all(): AsyncGenerator<readonly CsvRow[]> {
    const report = (count: number) => {
      rows += count;
      options.onProgress?.({ bytes: input.taken, rows });
    };
    try {
      if (after.length > 0) {
        yield after;
        report(after.length);
      }
      for await (const block of blocks) {
        yield block;
        report(block.length);
      }
    } finally {
      await input.texts.return?.(undefined);
    }
  }
  return {
    dialect: {
      encoding: input.encoding,
      bom: input.bom,
      delimiter,
      newline: firstLine.newline,
      sepLine: separator !== null,
    },
    first,
    sample: after.slice(0, sampleRows),
    blocks: all(),
  };
}

/**
 * The index of a column.
 *
 * @throws ElcertError `CSV_NO_COLUMN` with the names that there are, or `CSV_AMBIGUOUS_COLUMN` for a name that stands twice
 */
export function findColumn(header: readonly string[], column: ColumnRef, role: string): number {
  const refuse = (code: 'CSV_NO_COLUMN' | 'CSV_AMBIGUOUS_COLUMN', message: string, userMessage: string) =>
    new ElcertError<CsvErrorCode>({
      code,
      message,
      userMessage,
      path: role,
      details: { columns: header.slice(0, 50) },
    });
  if (typeof column === 'number') {
    if (Number.isInteger(column) && column >= 0 && column < header.length) return column;
    throw refuse(
      'CSV_NO_COLUMN',
      `no column ${column}, there are ${header.length}`,
      `В файле нет столбца с номером ${column + 1}`,
    );
  }
  const at = header.indexOf(column);
  if (at < 0)
    throw refuse('CSV_NO_COLUMN', `no column ${JSON.stringify(column)}`, `В файле нет столбца «${column}»`);
  if (header.indexOf(column, at + 1) >= 0) {
    throw refuse(
      'CSV_AMBIGUOUS_COLUMN',
      `two columns are called ${JSON.stringify(column)}, give its number`,
      `В файле два столбца «${column}»: укажите номер нужного`,
    );
  }
  return at;
}

/**
 * Whether a row has as many cells as the first one. An empty cell too many is not borne: it is what is left when the cells of
 * a row have moved.
 */
export function cellCountFits(row: CsvRow, { first }: CsvTable): boolean {
  return row.cells.length === first.cells.length;
}

/** Cells of the sample's rows that are as they should be. */
export function sampleCells(table: CsvTable): (readonly string[])[] {
  return table.sample
    .filter((row) => row.problem === undefined && cellCountFits(row, table))
    .map((row) => row.cells);
}
