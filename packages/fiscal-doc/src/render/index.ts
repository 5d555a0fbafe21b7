export * from './page.js';
export { documentRows, type ReceiptView, type Row, receiptRows } from './rows.js';
export * from './text.js';
