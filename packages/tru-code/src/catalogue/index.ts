export type { ExcelDamageCode } from '../csv/excel-damage.js';
export type { CsvEncoding } from '../csv/input.js';
export type { BadRows, RowProblem, RowProblemCode } from '../csv/problems.js';
export type { ColumnRef, CsvOptions, CsvProgress } from '../csv/table.js';
export type { CsvErrorCode, CsvRowProblemCode, CsvSource } from '../csv/types.js';
export * from './catalogue.js';
export * from './ktsr-article.js';
export * from './read-csv.js';
export * from './read-esnsi.js';
