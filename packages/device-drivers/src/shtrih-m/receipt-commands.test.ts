import { isElcertError, toHex } from '@elcert/core';
import type { Receipt, VatRate } from '@elcert/fiscal-doc';
import { expect, test } from 'vitest';
import { encodeRequest } from './codec.js';
import { planReceipt, vatRateBytes } from './receipt-commands.js';

const base: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [{ name: 'Трость', price: 10_050, quantity: '2', vat: '10', method: 'full', subject: 'goods' }],
  payments: { cash: 20_100 },
};

test('a plain sale: open, line, its TLV, close', () => {
  const plan = planReceipt(base);
  expect([plan.open, ...plan.body, plan.close].map((step) => step.code)).toEqual([
    '8D',
    'FF46',
    'FF4D',
    'FF45',
  ]);
  expect(plan.body[0]?.fields).toMatchObject({
    operation: 1,
    quantity: '2',
    price: 10_050,
    sum: 20_100,
    tax: 1_827,
    taxRate: 2,
  });
  // 2108 = 0 (pieces), one byte.
  expect(toHex(plan.body[1]?.fields.tlv as Uint8Array)).toBe('3c08010000');
  expect(plan.close.fields).toMatchObject({
    cash: 20_100,
    tax2: 1_827,
    tax1: 'auto',
    tax4: 'auto',
    taxation: 1,
  });
  for (const step of [plan.open, ...plan.body, plan.close]) {
    expect(encodeRequest(step.code, { password: 30, ...step.fields } as never).length).toBeLessThanOrEqual(
      255,
    );
  }
});

test.each([
  ['sale', 0, 1],
  ['purchase', 1, 3],
  ['saleReturn', 2, 2],
  ['purchaseReturn', 3, 4],
] as const)('%s: document type %i, operation %i', (settlementType, type, operation) => {
  const plan = planReceipt({ ...base, settlementType });
  expect(plan.open.fields.type).toBe(type);
  expect(plan.body[0]?.fields.operation).toBe(operation);
});

test('certificate lines fit the width, and can be left out', () => {
  const receipt: Receipt = {
    ...base,
    payments: { electronic: 20_100 },
    lines: base.lines.map((line) => ({ ...line, truCode: '329921120.06001010200000000643' })),
    certificate: { basketId: '5f8f6f3e', certificateAmount: 15_000, cardAmount: 5_100 },
  };
  const texts = planReceipt(receipt, { columns: 32 }).body.flatMap((step) =>
    step.code === '17' ? [step.fields.text as string] : [],
  );
  expect(texts).toEqual([
    'ТРУ 329921120.060010102000000006',
    '43',
    `СЕРТИФИКАТОМ${' '.repeat(13)}=150.00`,
    `КАРТА МИР${' '.repeat(17)}=51.00`,
    'КОРЗИНА 5f8f6f3e',
  ]);
  expect(planReceipt(receipt, { printCertificateLines: false }).body.some((step) => step.code === '17')).toBe(
    false,
  );
});

test('rate bytes: one for each rate, and a model may differ', () => {
  const bytes = Object.values(vatRateBytes);
  expect(new Set(bytes).size).toBe(bytes.length);
  const plan = planReceipt(
    { ...base, lines: base.lines.map((line) => ({ ...line, vat: '22' as VatRate })) },
    { vatRateBytes: { '22': 1 } },
  );
  expect(plan.body[0]?.fields.taxRate).toBe(1);
  expect(plan.close.fields).toMatchObject({ tax1: 'auto' });
});

test.each([
  ['no lines', { lines: [] }, 'receipt/lines'],
  ['payments that do not add up', { payments: { cash: 1 } }, 'receipt/payments'],
  ['a rounding above 99 kopecks', { rounding: 100, payments: { cash: 20_000 } }, 'receipt/rounding'],
  [
    'a name that would not be printed',
    { lines: [{ ...base.lines[0], name: '//Трость' }] },
    'receipt/lines[0]/name',
  ],
  [
    'a name of 129 characters',
    { lines: [{ ...base.lines[0], name: 'я'.repeat(129) }] },
    'receipt/lines[0]/name',
  ],
  [
    'seven digits of quantity',
    { lines: [{ ...base.lines[0], quantity: '2.0000000' }] },
    'receipt/lines[0]/quantity',
  ],
])('%s is refused before anything is sent', (_title, change, path) => {
  try {
    planReceipt({ ...base, ...change } as Receipt);
    expect.unreachable();
  } catch (error) {
    if (!isElcertError(error)) throw error;
    expect(error).toMatchObject({ code: 'RECEIPT_NOT_SUPPORTED', outcome: 'not-sent', path });
  }
});
