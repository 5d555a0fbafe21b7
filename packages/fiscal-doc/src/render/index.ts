export * from './page.js';
export {
  type PictureOptions,
  renderDocumentPng,
  renderReceiptPng,
  rowsPicture,
} from './png.js';
export {
  documentRows,
  type ReceiptView,
  type ReportSeller,
  type Row,
  receiptRows,
  requisiteRows,
} from './rows.js';
export {
  laidOut,
  type RenderDocumentOptions,
  type RenderOptions,
  renderDocumentText,
  renderReceiptText,
  renderRowsText,
} from './text.js';
