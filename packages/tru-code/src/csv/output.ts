import { concatBytes, encodeText } from '@elcert/core';
import { stringify } from 'csv-stringify/sync';
import type { CsvDialect } from './table.js';

/** Writes rows back in the dialect they were read in. */
export interface CsvWriter {
  /** What stands before the first row: the byte order mark, `sep=;`. */
  begin(): string;
  rows(rows: readonly (readonly string[])[]): string;
  /** A row as it stood in the file. */
  raw(text: string): string;
  encode(text: string, first: boolean): Uint8Array;
}

function utf16le(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    bytes[index * 2] = unit & 0xff;
    bytes[index * 2 + 1] = unit >> 8;
  }
  return bytes;
}

/** Makes a {@link CsvWriter}. */
export function csvWriter(dialect: CsvDialect): CsvWriter {
  const { delimiter, newline, encoding } = dialect;
  const utf8 = new TextEncoder();
  return {
    begin: () => (dialect.sepLine ? `sep=${delimiter}${newline}` : ''),
    rows: (rows) =>
      stringify(rows as string[][], {
        delimiter,
        record_delimiter: newline,
        // The library looks for its own line break only; a lone LF inside a cell would end the row for the next reader.
        quoted_match: /[\r\n]/,
      }),
    raw: (text) => text + newline,
    encode(text, first) {
      const mark = first && dialect.bom;
      if (encoding === 'utf-8') return utf8.encode(mark ? `\ufeff${text}` : text);
      if (encoding === 'utf-16le')
        return mark ? concatBytes(utf16le('\ufeff'), utf16le(text)) : utf16le(text);
      return encodeText(text, encoding).bytes;
    },
  };
}
