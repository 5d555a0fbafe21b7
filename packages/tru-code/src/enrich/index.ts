export { type CellRole, type ExcelDamage, type ExcelDamageCode, excelDamage } from '../csv/excel-damage.js';
export type { CsvEncoding } from '../csv/input.js';
export type { BadRows, RowProblem, RowProblemCode } from '../csv/problems.js';
export type { ColumnRef, CsvDialect, CsvOptions, CsvProgress } from '../csv/table.js';
export type { CsvErrorCode, CsvRowProblemCode, CsvSource } from '../csv/types.js';
export {
  type AssortmentItem,
  type EnrichedItem,
  type EnrichmentReport,
  type EnrichmentSources,
  enrichItems,
  type ItemReason,
  type ItemStatus,
  itemEnricher,
  type TruCandidate,
} from './enrich.js';
export * from './enrich-csv.js';
export { type CollectedMapping, collectMapping, readMappingCsv, type TruMapping } from './mapping.js';
export {
  type MappingColumn,
  type MappingEntry,
  type MappingFields,
  type MappingRow,
  readMappingFields,
} from './mapping-fields.js';
