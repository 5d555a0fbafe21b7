import { ElcertError } from '@elcert/core';
import { parse } from 'csv-parse/sync';
import type { CsvErrorCode, CsvRowProblemCode } from './types.js';

/** One record: its cells, or why it has none. Blank lines are left out. */
export interface CsvRecord {
  /** Line of the file that it begins on, from 1. */
  readonly line: number;
  /** As it stands in the file, without the line break at its end. */
  readonly raw: string;
  readonly cells: readonly string[];
  readonly problem?: Extract<CsvRowProblemCode, 'CSV_STRAY_QUOTE' | 'CSV_UNCLOSED_QUOTE'>;
}

/** Most characters a record may have: a full row of cells at their Excel limit would not fit, a sane one does. */
export const maxRecordLength = 1 << 18;

interface RawRecord {
  readonly line: number;
  readonly raw: string;
  readonly unclosed: boolean;
}

/**
 * Cuts text into records and has `csv-parse` read their cells.
 *
 * The library reads good records fast, but after a bad one it loses the rows behind it and the count of lines. So records
 * are cut here, where a quoted cell may hold line breaks, and each block goes to it whole; only when it refuses a block is
 * the bad record looked for one by one.
 */
export function recordReader(delimiter: string): {
  /** The records that are complete with this text. */
  push(text: string): CsvRecord[];
  /** What is left at the end of the file. */
  end(): CsvRecord[];
} {
  const options = {
    delimiter,
    record_delimiter: '\n',
    relax_column_count: true,
    quote: '"',
    escape: '"',
  };
  let rest = '';
  let line = 1;

  /** Index of the line break (or end of text) that ends the record at `from`; −1 when it is not complete. */
  const endOf = (text: string, from: number, final: boolean): number => {
    let at = from;
    for (;;) {
      if (text[at] === '"') {
        let close = text.indexOf('"', at + 1);
        while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
        // A quote as the last character so far may be the first half of a doubled one.
        if (close < 0 || (close + 1 === text.length && !final)) return -1;
        at = close + 1;
      }
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? (final ? text.length : -1) : newline;
      const limit = end < 0 ? text.length : end;
      while (at < limit && text[at] !== delimiter) at += 1;
      if (at === limit) return end;
      at += 1;
    }
  };

  const cut = (final: boolean): RawRecord[] => {
    const records: RawRecord[] = [];
    const text = rest;
    let from = 0;
    let quote = -2;
    while (from < text.length) {
      const newline = text.indexOf('\n', from);
      // Looking for a quote anew for each line would read a text without quotes once for each of its lines.
      if (quote !== -1 && quote < from) quote = text.indexOf('"', from);
      const plain = quote === -1 || (newline >= 0 && newline < quote);
      let end = plain ? (newline >= 0 ? newline : final ? text.length : -1) : endOf(text, from, final);
      const tooLong = (end < 0 ? text.length : end) - from > maxRecordLength;
      let unclosed = false;
      if (end < 0 || tooLong) {
        if (!final && !tooLong) break;
        // A quote that nothing closes: give up its first line, go on with the next.
        end = newline >= 0 ? newline : text.length;
        unclosed = true;
        if (end - from > maxRecordLength) {
          throw new ElcertError<CsvErrorCode>({
            code: 'CSV_RECORD_TOO_LONG',
            message: `line ${line} is longer than ${maxRecordLength} characters`,
            userMessage: `Строка ${line} слишком длинная: похоже, это не CSV`,
            path: `line ${line}`,
          });
        }
      }
      const broken = end > from && text[end - 1] === '\r' ? end - 1 : end;
      const raw = text.slice(from, broken);
      if (raw.trim() !== '') records.push({ line, raw, unclosed });
      line += 1;
      if (!plain) for (let at = raw.indexOf('\n'); at >= 0; at = raw.indexOf('\n', at + 1)) line += 1;
      from = end + 1;
    }
    rest = text.slice(from);
    return records;
  };

  const one = ({ line: at, raw, unclosed }: RawRecord): CsvRecord => {
    if (unclosed) return { line: at, raw, cells: [], problem: 'CSV_UNCLOSED_QUOTE' };
    try {
      const [cells = []] = parse(raw, options) as string[][];
      return { line: at, raw, cells };
    } catch {
      return { line: at, raw, cells: [], problem: 'CSV_STRAY_QUOTE' };
    }
  };

  const read = (records: readonly RawRecord[]): CsvRecord[] => {
    if (records.length === 0) return [];
    if (records.every((record) => !record.unclosed)) {
      try {
        const all = parse(records.map((record) => record.raw).join('\n'), options) as string[][];
        if (all.length === records.length) {
          return records.map(({ line: at, raw }, index) => ({ line: at, raw, cells: all[index] ?? [] }));
        }
      } catch {
        // One of them is bad: look for it below.
      }
    }
    return records.map(one);
  };

  return {
    push(text) {
      rest += text;
      return read(cut(false));
    },
    end() {
      return read(cut(true));
    },
  };
}
