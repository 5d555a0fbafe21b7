export * from './page.js';
export { documentRows, type ReceiptView, type Row, receiptRows } from './rows.js';
export { type RenderOptions, renderDocumentText, renderReceiptText } from './text.js';
