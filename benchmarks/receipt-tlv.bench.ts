import {
  decodeDocument,
  documentToJson,
  encodeDocument,
  encodeReceipt,
  fiscalSignBytes,
  type Receipt,
  type RegisterContext,
} from '@elcert/fiscal-doc';
import { validateDocument } from '@elcert/fiscal-doc/rules';
import type { Comparison } from './harness.js';
import { protobufPeer } from './protobuf-peer.js';

const goods = [
  'Трость опорная',
  'Кресло-коляска с ручным приводом',
  'Подгузники для взрослых, размер L, 30 шт.',
];

function receiptOf(count: number): Receipt {
  const lines: Receipt['lines'] = Array.from({ length: count }, (_, i) => ({
    name: `${goods[i % goods.length]} № ${i + 1}`,
    price: 150_000 + i,
    quantity: i % 3 === 0 ? '2' : '1',
    vat: i % 2 === 0 ? '10' : 'none',
    method: 'full',
    subject: 'goods',
  }));
  const electronic = lines.reduce((sum, line) => sum + line.price * Number(line.quantity), 0);
  return {
    settlementType: 'sale',
    taxation: 'general',
    lines,
    payments: { electronic },
    cashier: { name: 'Иванова А. П.' },
  };
}

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

function comparisonsOf(count: number): Comparison[] {
  const bytes = encodeReceipt(receiptOf(count), context);
  const document = decodeDocument(bytes);
  const json = documentToJson(document);
  const text = JSON.stringify(json);
  const protobuf = protobufPeer(document.tags, document.ffdVersion);
  const decode = { ours: 'decodeDocument', run: () => decodeDocument(bytes) };
  const encode = { ours: 'encodeDocument', run: () => encodeDocument(document) };
  const lines = `a receipt of ${count} lines`;
  return [
    {
      ...decode,
      name: `decode ${lines} (${bytes.length} bytes of TLV, ${text.length} characters of JSON)`,
      peer: 'JSON.parse',
      runPeer: () => JSON.parse(text),
    },
    {
      ...decode,
      name: `decode ${lines} (${protobuf.bytes.length} bytes of protobuf)`,
      peer: 'protobuf-es fromBinary',
      runPeer: protobuf.decode,
    },
    { ...encode, name: `encode ${lines}`, peer: 'JSON.stringify', runPeer: () => JSON.stringify(json) },
    { ...encode, name: `encode ${lines}`, peer: 'protobuf-es toBinary', runPeer: protobuf.encode },
    {
      name: `check ${lines} by all rules`,
      ours: 'validateDocument',
      peer: 'decodeDocument',
      run: () => validateDocument(document),
      runPeer: decode.run,
    },
  ];
}

/** The same document as TLV, in the JSON form in which the tax service gives it out, and as an equal message of protobuf-es. */
export const comparisons: readonly Comparison[] = [3, 40, 170].flatMap(comparisonsOf);
