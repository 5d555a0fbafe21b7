import { toHex } from '@elcert/core';
import { encodeTags, type Receipt } from '@elcert/fiscal-doc';
import { expect, test } from 'vitest';
import { encodeRequest } from './codec.js';
import { isThisReceipt } from './evidence.js';
import { planReceipt } from './receipt-commands.js';

const correction: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [
    { name: 'А', price: 12_000, quantity: '1', vat: '20', method: 'full', subject: 'goods' },
    { name: 'Б', price: 5_000, quantity: '2', vat: 'none', method: 'full', subject: 'goods' },
  ],
  payments: { cash: 2_000, electronic: 20_000 },
  cashier: { name: 'Иванова А. А.', inn: '770000000004' },
  correction: { type: 'ordered', date: '2026-11-01', orderNumber: '12-34' },
};

test('FFD 1.2: FF35, grounds, lines, FF45', () => {
  const { open, body, close } = planReceipt(correction);
  expect([open.code, ...body.map(({ code }) => code), close.code]).toEqual([
    'FF35',
    ...Array.from({ length: body.findIndex(({ code }) => code === 'FF46') }, () => 'FF0C'),
    ...body.slice(body.findIndex(({ code }) => code === 'FF46')).map(({ code }) => code),
    'FF45',
  ]);
  expect(body.filter(({ code }) => code === 'FF46')).toHaveLength(2);
});

test('FFD 1.05: FF35, grounds, FF4A with the sums of the receipt', () => {
  const { open, body, close } = planReceipt(correction, { ffdVersion: '1.05' });
  expect([open.code, close.code]).toEqual(['FF35', 'FF4A']);
  expect(body.every(({ code }) => code === 'FF0C')).toBe(true);
  expect(body.map(({ fields }) => toHex((fields.tlv as Uint8Array).subarray(0, 2)))).toEqual([
    // 1203 and 1174, little-endian; 1173 stands in the command.
    'b304',
    '9604',
  ]);
  expect(close.fields).toEqual({
    correctionType: 1,
    operation: 1,
    total: 22_000,
    cash: 2_000,
    electronic: 20_000,
    prepaid: 0,
    credit: 0,
    other: 0,
    vat20: 2_000,
    vat10: 0,
    vat0: 0,
    noVat: 10_000,
    vat20120: 0,
    vat10110: 0,
    taxation: 1,
  });
  // 69 bytes, as the table of commands has it: two of the code, four of the password, the fields.
  expect(encodeRequest('FF4A', { password: 30, ...close.fields } as never)).toHaveLength(69);
});

test.each([
  [{ settlementType: 'saleReturn' }, 'receipt/settlementType'],
  [{ buyerContact: 'buyer@example.com' }, 'receipt'],
  [{ lines: correction.lines.map((line) => ({ ...line, vat: '22' as const })) }, 'receipt/lines'],
] as const)('FFD 1.05 cannot say %o', (change, path) => {
  const receipt = { ...correction, ...change } as Receipt;
  expect(() => planReceipt(receipt, { ffdVersion: '1.05' })).toThrow(
    expect.objectContaining({ code: 'RECEIPT_NOT_SUPPORTED', outcome: 'not-sent', path }),
  );
  // A register of FFD 1.2 takes all of it.
  if (path !== 'receipt/settlementType') expect(planReceipt(receipt).close.code).toBe('FF45');
});

test('a correction without lines is found by its sums and its kind', () => {
  const document = (kind: number, total: number) => {
    const tags = [
      { tag: 1054, value: 1 },
      { tag: 1020, value: total },
      { tag: 1031, value: 2_000 },
      { tag: 1081, value: total - 2_000 },
      { tag: 1173, value: kind },
    ];
    return {
      code: 31,
      name: 'receiptCorrection',
      ffdVersion: '1.05' as const,
      tags,
      bytes: encodeTags(tags, { document: 31, ffdVersion: '1.05' }),
    } as unknown as Parameters<typeof isThisReceipt>[0];
  };
  expect(isThisReceipt(document(1, 22_000), correction)).toBe(true);
  expect(isThisReceipt(document(0, 22_000), correction)).toBe(false);
  expect(isThisReceipt(document(1, 22_001), correction)).toBe(false);
});
