import { isElcertError, type Kopecks, splitKopecks, sumKopecks } from '@elcert/core';
import {
  decodeDocument,
  lineAmount,
  listsOf,
  numberOf,
  type Receipt,
  type ReceiptLine,
  receiptTotals,
  type TagList,
  type TagValue,
  vatRates,
} from '@elcert/fiscal-doc';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AtolBench, atolBench } from '../atol-day.js';
import { type Bench, bench, cashier, key } from '../shtrih-m-day.js';

// One receipt on both registers: whatever the driver has to say it in – commands and TLV, or a JSON task –, the drive must hold
// the same document.

let shtrih: Bench;
let atol: AtolBench;
beforeAll(async () => {
  shtrih = await bench();
  atol = await atolBench();
  // What returns and purchases are paid out of.
  for (const { register } of [shtrih, atol])
    await register.moveCash({ direction: 'in', amount: 100_000_000_000 }, key());
});
afterAll(async () => {
  await shtrih.close();
  await atol.close();
});

/** What belongs to a register, a drive and a moment, not to the receipt. */
const ofRegister: ReadonlySet<number> = new Set([
  1009, 1012, 1013, 1018, 1021, 1037, 1038, 1040, 1041, 1042, 1048, 1060, 1077, 1117, 1187, 1188, 1209,
]);

/** Tags in an order of their own, nested ones too: registers write them as they like. */
function comparable(tags: TagList): unknown[] {
  const value = (one: TagValue): unknown =>
    Array.isArray(one) ? comparable(one as TagList) : one instanceof Uint8Array ? [...one] : one;
  return tags
    .filter(({ tag }) => !ofRegister.has(tag))
    .map((entry) => [entry.tag, value(entry.value)] as const)
    .sort(([a], [b]) => a - b);
}

const rates = (Object.keys(vatRates) as (keyof typeof vatRates)[]).filter(
  (rate) => !['16', '12'].includes(rate),
);

const line: fc.Arbitrary<ReceiptLine> = fc
  .record({
    name: fc.constantFrom('Трость опорная', 'Кресло-коляска «Ортоника» 2000', 'Ст. 5'),
    price: fc.integer({ min: 1, max: 1_000_000 }),
    quantity: fc.oneof(
      fc.integer({ min: 1, max: 40 }).map((count) => ({ quantity: String(count), unit: 'piece' as const })),
      fc.integer({ min: 1, max: 9_999 }).map((grams) => ({
        quantity: `${Math.floor(grams / 1000)}.${String(grams % 1000).padStart(3, '0')}`,
        unit: 'kilogram' as const,
      })),
    ),
    vat: fc.constantFrom(...rates),
    method: fc.constantFrom('full', 'prepaymentFull', 'credit'),
    subject: fc.constantFrom('goods', 'service', 'work'),
    additional: fc.option(fc.constantFrom('размер 5', 'партия 7'), { nil: undefined }),
  })
  .map(
    ({ quantity, additional, ...rest }) =>
      ({
        ...rest,
        ...quantity,
        ...(additional === undefined ? {} : { additional }),
      }) as ReceiptLine,
  )
  .filter((one) => lineAmount(one) > 0);

const paymentKinds = ['cash', 'electronic', 'prepaid', 'credit', 'other'] as const;

const receipts: fc.Arbitrary<Receipt> = fc
  .record({
    settlementType: fc.constantFrom('sale', 'sale', 'saleReturn', 'purchase', 'purchaseReturn'),
    taxation: fc.constantFrom('general', 'simplifiedIncome', 'patent'),
    lines: fc.array(line, { minLength: 1, maxLength: 5 }),
    weights: fc.tuple(...paymentKinds.map(() => fc.nat({ max: 5 }))),
    buyerContact: fc.option(fc.constantFrom('+79990000000', 'buyer@example.com'), { nil: undefined }),
    withCashier: fc.boolean(),
    internet: fc.boolean(),
    additional: fc.option(fc.constant('заказ 12'), { nil: undefined }),
    rounding: fc.option(fc.integer({ min: 1, max: 99 }), { nil: undefined, freq: 3 }),
    correction: fc.option(
      fc.constantFrom<NonNullable<Receipt['correction']>>(
        { type: 'own', date: '2026-01-10' },
        { type: 'ordered', date: '2026-01-10', orderNumber: '12-34/5' },
      ),
      { nil: undefined, freq: 3 },
    ),
    buyer: fc.option(fc.constant({ name: 'ООО "Покупатель"', inn: '7700000016' }), { nil: undefined }),
  })
  .map(({ weights, lines, buyerContact, withCashier, internet, rounding: wanted, ...rest }): Receipt => {
    const sum = sumKopecks(lines.map((one) => lineAmount(one)));
    const rounding = wanted !== undefined && wanted < sum ? wanted : undefined;
    const total = sum - (rounding ?? 0);
    const shares = splitKopecks(total, weights.some((weight) => weight > 0) ? weights : [1, 0, 0, 0, 0]);
    const payments: Partial<Record<(typeof paymentKinds)[number], Kopecks>> = {};
    for (const [index, kind] of paymentKinds.entries()) if (shares[index]) payments[kind] = shares[index];
    const told = Object.fromEntries(
      Object.entries({ ...rest, buyerContact, rounding }).filter(([, value]) => value !== undefined),
    ) as unknown as Receipt;
    return {
      ...told,
      lines,
      payments,
      ...(withCashier ? { cashier } : {}),
      ...(internet && buyerContact !== undefined ? { internet } : {}),
    };
  });

async function made(register: Bench['register'] | AtolBench['register'], receipt: Receipt) {
  const result = await register.registerReceipt(receipt, key()).catch((error: unknown) => {
    if (!isElcertError(error)) throw error;
    throw new Error(`${error.code} ${error.path ?? ''}: ${error.message}`, { cause: error });
  });
  return { result, document: decodeDocument(await register.readDocument(result.fiscalDocumentNumber)) };
}

test('the same receipt is the same document: totals, taxes and every requisite', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(receipts, async (receipt) => {
      const one = await made(shtrih.register, receipt);
      const other = await made(atol.register, receipt);
      expect(one.result.totalSum).toBe(receiptTotals(receipt).total);
      expect(other.result.totalSum).toBe(one.result.totalSum);
      expect(other.result.settlementType).toBe(receipt.settlementType);
      expect(other.document.code).toBe(one.document.code);
      const { tags } = one.document;
      expect(numberOf(tags, 1020)).toBe(receiptTotals(receipt).total);
      expect(listsOf(tags, 1059)).toHaveLength(receipt.lines.length);
      expect(comparable(tags)).toEqual(comparable(other.document.tags));
    }),
    { numRuns: 60 },
  );
});
