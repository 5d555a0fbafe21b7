import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../test/support/sale.js';
import { decodeDocument } from './document.js';
import type { Receipt, ReceiptLine } from './receipt.js';
import { decodeReceipt, encodeReceipt } from './receipt-codec.js';
import { validateDocument } from './rules/index.js';
import { listOf, listsOf, numberOf, textOf } from './tag-list.js';

const [first, second, third] = certificateSale.lines as readonly [ReceiptLine, ReceiptLine, ReceiptLine];

/** Every rarer requisite at once. */
const rich: Receipt = {
  ...certificateSale,
  lines: [
    {
      ...first,
      amount: 150_000,
      subject: 'markedWithCode',
      productCode: { kind: 'gs1m', value: '0104600439931256215abcdef' },
      markingCheck: 15,
      excise: 100,
      countryCode: '643',
      customsDeclaration: '10702020/060520/0013422',
      additional: 'серия 5',
      industry: [{ body: '030', date: '2023-11-21', number: '1944', value: 'UUID=1&Time=2' }],
    },
    {
      ...second,
      amount: 1_100_000,
      agent: 'bankPayingAgent',
      agentData: {
        operation: 'Перевод',
        transferOperatorPhones: ['+74950000001', '+74950000002'],
        transferOperatorName: 'Оператор',
        transferOperatorAddress: 'Москва',
        transferOperatorInn: '7707083893',
      },
      supplier: { inn: '7704358518', name: 'Поставщик', phones: ['+74950000003'] },
    },
    {
      ...third,
      amount: 1099,
      supplier: { name: 'Иностранный поставщик', phones: ['+375290000000'] },
      agent: 'other',
    },
  ],
  buyer: {
    name: 'Петров П. П.',
    inn: '500100732259',
    birthday: '1980-02-29',
    citizenship: '643',
    documentCode: '21',
    documentData: '4500 000000',
    address: 'Тверь',
  },
  internet: true,
  property: { name: 'Заказ', value: '15' },
  additional: 'акция',
  industry: [{ body: '012', date: '2024-01-01', number: '1', value: 'x' }],
  operation: { id: 1, data: 'y', dateTime: '2026-11-22T14:00:00' },
};

describe('a receipt with everything', () => {
  const bytes = encodeReceipt(rich, { ...register, markingResult: true });

  it('comes back whole', () => {
    const { certificate: _certificate, ...expected } = rich;
    const lines = expected.lines.map(({ truCode: _truCode, ...line }) => line);
    expect(decodeReceipt(bytes).receipt).toEqual({ ...expected, lines, dateTime: register.dateTime });
  });

  it('is right by the rules', () => {
    expect(validateDocument(decodeDocument(bytes))).toEqual([]);
  });

  it('writes twelve zeros for a supplier without a Russian number', () => {
    expect(textOf(listsOf(decodeDocument(bytes).tags, 1059)[2] ?? [], 1226)).toBe('000000000000');
  });
});

describe('corrections', () => {
  const correct = (correction: Receipt['correction'], documentCode?: 3 | 4) =>
    encodeReceipt({ ...certificateSale, ...(correction && { correction }) }, { ...register, documentCode });

  it('have forms of their own, and come back', () => {
    const correction = { type: 'ordered', date: '2026-11-20', orderNumber: '12-3' } as const;
    const { document, receipt } = decodeReceipt(correct(correction));
    expect(document.code).toBe(31);
    expect(receipt.correction).toEqual(correction);
    expect(numberOf(document.tags, 1173)).toBe(1);
    expect(textOf(listOf(document.tags, 1174) ?? [], 1178)).toBe('2026-11-20');
    expect(decodeDocument(correct({ type: 'own', date: '2026-11-20' }, 4)).code).toBe(41);
  });

  it('are right by the rules of each version', () => {
    for (const ffdVersion of ['1.05', '1.1', '1.2'] as const) {
      const bytes = encodeReceipt(
        { ...certificateSale, correction: { type: 'own', date: '2026-11-20' } },
        { ...register, ffdVersion },
      );
      expect(validateDocument(decodeDocument(bytes)).filter((issue) => issue.severity === 'error')).toEqual(
        [],
      );
    }
  });

  it('need the number of the order that asks for them', () => {
    expect(() => correct({ type: 'ordered', date: '2026-11-20' })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/correction/orderNumber' }),
    );
  });

  it('need a date that exists', () => {
    expect(() => correct({ type: 'own', date: '20.11.2026' })).toThrow(
      expect.objectContaining({ code: 'TAG_VALUE', path: 'receiptCorrection/correctionBase/1178' }),
    );
  });
});

describe('older versions', () => {
  it('know the name and number of a buyer alone', () => {
    const buyer = { name: 'Петров П. П.', inn: '500100732259' };
    const bytes = encodeReceipt({ ...certificateSale, buyer }, { ...register, ffdVersion: '1.05' });
    expect(textOf(decodeDocument(bytes).tags, 1227)).toBe('Петров П. П.');
    expect(decodeReceipt(bytes).receipt.buyer).toEqual(buyer);
    expect(() =>
      encodeReceipt({ ...certificateSale, buyer: { address: 'Тверь' } }, { ...register, ffdVersion: '1.05' }),
    ).toThrow(expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/buyer/address' }));
  });

  it.each([
    ['productCode', { kind: 'f1', value: '46004399' }],
    ['markingCheck', 15],
    ['fraction', { numerator: 1, denominator: 2 }],
    ['industry', []],
  ])('have no %s', (name, value) => {
    const lines = [{ ...first, [name]: value }, second, third];
    expect(() => encodeReceipt({ ...certificateSale, lines }, { ...register, ffdVersion: '1.1' })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: `receipt/lines[0]/${name}` }),
    );
  });
});

describe('names that no table has', () => {
  it.each([
    ['agent', { agent: 'spy' }],
    ['productCode', { productCode: { kind: 'constructor', value: '1' } }],
  ])('%s', (name, change) => {
    const lines = [{ ...first, ...change } as ReceiptLine, second, third];
    expect(() => encodeReceipt({ ...certificateSale, lines }, register)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: `receipt/lines[0]/${name}` }),
    );
  });

  it('a birthday in another form', () => {
    expect(() => encodeReceipt({ ...certificateSale, buyer: { birthday: '29.02.1980' } }, register)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/buyer/birthday' }),
    );
  });
});
