/** Where a list comes from: its text or bytes at once, or in pieces of any size (a file stream, a response body). */
export type CsvSource =
  | string
  | Uint8Array
  | Iterable<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>;

/** Errors that end the reading of a list. */
export type CsvErrorCode =
  /** A workbook, or something else that is no text. */
  | 'CSV_NOT_TEXT'
  | 'CSV_BAD_ENCODING'
  /** Nothing but blank lines. */
  | 'CSV_EMPTY'
  /** A line, or a quoted cell, that does not end within the limit. */
  | 'CSV_RECORD_TOO_LONG'
  /** A named column is not there, or no column looks like the one that is needed. */
  | 'CSV_NO_COLUMN'
  /** More than one column looks like the one that is needed: name it. */
  | 'CSV_AMBIGUOUS_COLUMN'
  /** A bad row, where bad rows are refused; the path is `line 7/column "ТРУ"`. */
  | 'CSV_BAD_ROW';

/** What can be wrong with one row as CSV. */
export type CsvRowProblemCode =
  /** A quote in the middle of a cell, or text after a closing quote. */
  | 'CSV_STRAY_QUOTE'
  /** A quoted cell that never ends; the line alone is given up, reading goes on after it. */
  | 'CSV_UNCLOSED_QUOTE'
  /** More or fewer cells than the header has. */
  | 'CSV_CELL_COUNT';
