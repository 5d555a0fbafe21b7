import {
  decodeDocument,
  documentToJson,
  encodeDocument,
  encodeReceipt,
  fiscalSignBytes,
  type Receipt,
  type RegisterContext,
} from '@elcert/fiscal-doc';
import type { Comparison } from './harness.js';

const goods = [
  'Трость опорная',
  'Кресло-коляска с ручным приводом',
  'Подгузники для взрослых, размер L, 30 шт.',
];

const receipt: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: Array.from({ length: 40 }, (_, i) => ({
    name: `${goods[i % goods.length]} № ${i + 1}`,
    price: 150_000 + i,
    quantity: i % 3 === 0 ? '2' : '1',
    vat: i % 2 === 0 ? '10' : 'none',
    method: 'full',
    subject: 'goods',
  })),
  payments: { electronic: 0 },
  cashier: { name: 'Иванова А. П.' },
};
const total = receipt.lines.reduce((sum, line) => sum + line.price * Number(line.quantity), 0);

const context: RegisterContext = {
  fiscalDriveNumber: '9999078900001234',
  fiscalDocumentNumber: 12,
  fiscalSign: fiscalSignBytes('3153580303'),
  dateTime: '2026-11-22T14:05',
  shiftNumber: 1,
  receiptNumber: 3,
  kktRegistrationNumber: '0000000001036066',
  userInn: '7700000009',
  address: '101000, г. Москва, ул. Мясницкая, д. 1',
  place: 'Ортосалон',
};

const bytes = encodeReceipt({ ...receipt, payments: { electronic: total } }, context);
const document = decodeDocument(bytes);
const json = documentToJson(document);
const text = JSON.stringify(json);

/** The same document as TLV, and in the JSON form in which the tax service gives it out. */
export const comparisons: readonly Comparison[] = [
  {
    name: `decode a receipt of 40 lines (${bytes.length} bytes of TLV, ${text.length} characters of JSON)`,
    ours: 'decodeDocument',
    peer: 'JSON.parse',
    run: () => decodeDocument(bytes),
    runPeer: () => JSON.parse(text),
  },
  {
    name: 'encode the same receipt',
    ours: 'encodeDocument',
    peer: 'JSON.stringify',
    run: () => encodeDocument(document),
    runPeer: () => JSON.stringify(json),
  },
];
