import { sumKopecks } from '@elcert/core';
import type { Receipt, ReceiptLine } from '@elcert/fiscal-doc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeKzFrame, fitKzMessage } from './codec.js';
import { type KzTicket, kzDateTime, kzMoney, tiynOf } from './messages.js';
import { kzTicketOf } from './ticket.js';
import type { KzReceiptDetails, KzTicketRules } from './ticket-details.js';
import { readKzTicket } from './ticket-reader.js';
import { kzVatIncluded, kzVatOfLines, kzVatRatesOn } from './vat.js';

const at = '2026-03-02T12:34:56';
const line = (more: Partial<ReceiptLine> = {}): ReceiptLine => ({
  name: 'Нан',
  price: 50_000,
  quantity: '2',
  vat: '16',
  method: 'full',
  subject: 'goods',
  ...more,
});
const sale = (more: Partial<Receipt> = {}): Receipt => ({
  settlementType: 'sale',
  taxation: 'general',
  lines: [line()],
  payments: { cash: 100_000 },
  ...more,
});
const parent = {
  number: '1234567890',
  dateTime: '2025-12-30T10:00:00',
  registrationNumber: '010100000001/010101012345',
  total: 100_000,
  offline: false,
};
const ticket = (
  receipt: Receipt,
  details: KzReceiptDetails = {},
  rules: KzTicketRules = {},
  now = at,
): KzTicket => ({ ...kzTicketOf(receipt, { at: now, details, rules }), dateTime: kzDateTime(now) });

function fault(work: () => unknown) {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a receipt as a ticket', () => {
  // The two lines, payments and sums of the operator's sample sale of 2.0.3, taxes computed by hand: 1000·16/116, 160·16/116.
  it('says what the protocol wants', () => {
    const receipt = sale({
      lines: [
        line({ productCode: { kind: 'ean13', value: '4870249811936' } }),
        line({ name: 'Шай', price: 16_000, quantity: '1' }),
      ],
      payments: { cash: 66_000, electronic: 50_000 },
      cashier: { name: 'Кассир 1' },
      buyer: { inn: '900101300017' },
      buyerContact: '+7 700 000-00-00',
    });
    const details: KzReceiptDetails = {
      cashGiven: 100_000,
      lines: [{ ntin: '0200000000001' }],
      card: { terminalId: 'TERM-1', cardType: 'VISA', authorizationCode: '123456', rrn: '612345678901' },
    };
    const made = ticket(receipt, details);
    const tax = (bills: string, coins: number) => ({
      taxType: 100,
      taxationType: 101,
      percent: 16_000,
      sum: { bills, coins },
      isInTotalSum: true,
    });
    expect(made).toEqual({
      operation: 'OPERATION_SELL',
      dateTime: kzDateTime(at),
      operator: { code: 1, name: 'Кассир 1' },
      items: [
        {
          type: 'ITEM_TYPE_COMMODITY',
          commodity: {
            name: 'Нан',
            sectionCode: '1',
            quantity: '2000',
            price: { bills: '500', coins: 0 },
            sum: { bills: '1000', coins: 0 },
            taxes: [tax('137', 93)],
            barcode: '4870249811936',
            measureUnitCode: '796',
            ntin: '0200000000001',
          },
        },
        {
          type: 'ITEM_TYPE_COMMODITY',
          commodity: {
            name: 'Шай',
            sectionCode: '1',
            quantity: '1000',
            price: { bills: '160', coins: 0 },
            sum: { bills: '160', coins: 0 },
            taxes: [tax('22', 7)],
            measureUnitCode: '796',
          },
        },
      ],
      payments: [
        { type: 'PAYMENT_CASH', sum: { bills: '660', coins: 0 } },
        {
          type: 'PAYMENT_CARD',
          sum: { bills: '500', coins: 0 },
          cardPaymentFields: {
            posTerminalId: 'TERM-1',
            posCardType: 'VISA',
            posAutorizationCode: 123_456,
            posRrn: '612345678901',
          },
        },
      ],
      amounts: {
        total: { bills: '1160', coins: 0 },
        taken: { bills: '1000', coins: 0 },
        change: { bills: '340', coins: 0 },
      },
      extensionOptions: { customerPhone: '+77000000000', customerIinOrBin: '900101300017' },
    });
    const { receipt: read, details: readDetails } = readKzTicket(made);
    expect(ticket(read, readDetails)).toEqual(made);
  });

  it('takes discounts, markups and rounding apart', () => {
    const made = ticket(
      sale({
        lines: [
          line({ amount: 90_000 }),
          line({ price: 3_333, quantity: '3', amount: 10_000 }),
          line({ vat: 'none', quantity: '1' }),
        ],
        rounding: 50,
        payments: { electronic: 140_000 - 50, other: 10_000 },
      }),
      { mobile: 40_000, lines: [{ modifierName: 'Акция' }] },
    );
    expect(made.items?.map((item) => [item.type, item.discount?.name])).toEqual([
      ['ITEM_TYPE_COMMODITY', undefined],
      ['ITEM_TYPE_DISCOUNT', 'Акция'],
      ['ITEM_TYPE_COMMODITY', undefined],
      ['ITEM_TYPE_MARKUP', undefined],
      ['ITEM_TYPE_COMMODITY', undefined],
    ]);
    expect(made.items?.[1]?.discount?.sum).toEqual({ bills: '100', coins: 0 });
    expect(made.items?.[3]?.markup?.sum).toEqual({ bills: '0', coins: 1 });
    expect(made.amounts).toEqual({
      total: { bills: '1499', coins: 50 },
      discount: { name: 'Округление', sum: { bills: '0', coins: 50 } },
    });
    expect(made.payments).toEqual([
      { type: 'PAYMENT_CARD', sum: { bills: '999', coins: 50 } },
      { type: 'PAYMENT_MOBILE', sum: { bills: '400', coins: 0 } },
      { type: 'PAYMENT_TARE', sum: { bills: '100', coins: 0 } },
    ]);
    // The taxed 1000 tenge lose their share of the half tenge: 999.67 · 16/116 = 137.89.
    const taxes = made.items?.flatMap((item) => item.commodity?.taxes ?? []) ?? [];
    expect(sumKopecks(taxes.map(({ sum }) => tiynOf(sum)))).toBe(13_789);
  });

  it('takes a discount of the whole ticket off its taxes', () => {
    const two = sale({ lines: [line(), line({ vat: '5' })], payments: { electronic: 150_000 } });
    const details = { discount: { sum: 50_000, name: 'Скидка' } };
    const taxes = (made: KzTicket) =>
      made.items?.map((item) => item.commodity?.taxes?.map(({ percent, sum }) => [percent, tiynOf(sum)]));
    const expected = [[[16_000, kzVatIncluded(75_000, '16')]], [[5_000, kzVatIncluded(75_000, '5')]]];
    expect(taxes(ticket(two, details))).toEqual(expected);
    // Two rates stand on the lines: the turnover of each could not be told otherwise.
    const mixed = ticket(two, details, { taxPlace: 'ticket' });
    expect([taxes(mixed), mixed.taxes]).toEqual([expected, undefined]);
    const one = sale({ lines: [line(), line()], payments: { electronic: 150_000 } });
    const made = ticket(one, details, { taxPlace: 'ticket' });
    expect(made.taxes?.map(({ percent, sum }) => [percent, tiynOf(sum)])).toEqual([
      [16_000, 2 * kzVatIncluded(75_000, '16')],
    ]);
    expect(made.items?.every((item) => item.commodity?.taxes === undefined)).toBe(true);
  });

  it('rounds the tax of each line, or of the whole ticket', () => {
    const receipt = sale({
      lines: Array.from({ length: 3 }, () => line({ price: 350, quantity: '1' })),
      payments: { cash: 1050 },
    });
    const taxes = (rules: KzTicketRules) =>
      ticket(receipt, {}, rules).items?.map((item) => item.commodity?.taxes?.[0]?.sum.coins);
    // 350·16/116 = 48.27…; 1050·16/116 = 144.82….
    expect(taxes({})).toEqual([48, 48, 48]);
    expect(taxes({ taxRounding: 'ticket' })).toEqual([49, 48, 48]);
  });

  it('keeps 0 % and no VAT apart', () => {
    const of = (vat: '0' | 'none', rules: KzTicketRules = {}) =>
      ticket(sale({ lines: [line({ vat })] }), {}, rules).items?.[0]?.commodity?.taxes;
    expect(of('none')).toBeUndefined();
    expect(of('0')).toEqual([
      { taxType: 100, taxationType: 101, percent: 0, sum: { bills: '0', coins: 0 }, isInTotalSum: true },
    ]);
    expect(of('0', { zeroRate: 'omit' })).toBeUndefined();
  });

  it('returns with the five facts of the original and its rate', () => {
    const back = sale({ settlementType: 'saleReturn', lines: [line({ vat: '12' })] });
    const made = ticket(back, { parent });
    expect(made).toMatchObject({
      operation: 'OPERATION_SELL_RETURN',
      parentTicket: {
        parentTicketNumber: '1234567890',
        parentTicketDataTime: kzDateTime('2025-12-30T10:00:00'),
        kgdKkmId: '010101012345',
        parentTicketTotal: { bills: '1000', coins: 0 },
        parentTicketIsOffline: false,
      },
    });
    expect(made.items?.[0]?.commodity?.taxes?.[0]).toMatchObject({
      percent: 12_000,
      sum: { bills: '107', coins: 14 },
    });
    // A seller who pays VAT no longer takes back with it what he sold with it.
    expect(ticket(back, { parent }, { vatPayer: false })).toEqual(made);
    expect(fault(() => ticket(sale({ settlementType: 'saleReturn' }), { parent }))).toMatchObject({
      code: 'BAD_VALUE',
      path: 'receipt/lines[0]/vat',
      userMessage: 'На дату расчёта 30.12.2025 такой ставки НДС нет.',
    });
  });

  it('writes marking codes, GTINs and units', () => {
    const code = '010487024981193621abc\u001d93xyz1';
    const made = ticket(
      sale({
        lines: [
          line({ markingCode: code, quantity: '1' }),
          line({ quantity: '0.250', unit: 'kilogram' }),
          line({ subject: 'service', quantity: '1' }),
          line({ quantity: '2', vat: '5' }),
        ],
        payments: { credit: 212_500 },
      }),
      {
        lines: [
          undefined,
          undefined,
          undefined,
          { unitCode: '778', markingCodes: ['a', 'b'], section: '7', physicalLabel: 'AB 1', productId: '5' },
        ],
      },
    );
    expect(made.items?.map(({ commodity }) => commodity?.measureUnitCode)).toEqual([
      '796',
      '166',
      '5114',
      '778',
    ]);
    expect(made.items?.[0]?.commodity).toMatchObject({ barcode: '4870249811936', listExciseStamp: [code] });
    expect(made.items?.[1]?.commodity).toMatchObject({ quantity: '250', sum: { bills: '125', coins: 0 } });
    expect(made.items?.[3]?.commodity).toMatchObject({
      sectionCode: '7',
      listExciseStamp: ['a', 'b'],
      physicalLabel: 'AB 1',
      productId: '5',
    });
    expect(ticket(sale({ lines: [line({ unit: 'kilogram' })] }), {}, { kilogram: '116' })).toMatchObject({
      items: [{ commodity: { measureUnitCode: '116' } }],
    });
    expect(
      ticket(sale({ lines: [line({ markingCode: code })] }), {}, { version: 202 }).items?.[0]?.commodity,
    ).toMatchObject({ exciseStamp: code });
    expect(
      fault(() => ticket(sale(), { lines: [{ markingCodes: ['a', 'b'] }] }, { version: 202 })),
    ).toMatchObject({ path: 'details/lines[0]/markingCodes' });
  });

  it.each<[string, Receipt, KzReceiptDetails, KzTicketRules]>([
    ['receipt/lines', sale({ lines: [] }), {}, {}],
    ['receipt/lines[0]/name', sale({ lines: [line({ name: ' ' })] }), {}, {}],
    ['receipt/lines[0]/name', sale({ lines: [line({ name: 'я'.repeat(1001) })] }), {}, {}],
    ['receipt/lines[0]/name', sale({ lines: [line({ name: 'Нан \ud83c' })] }), {}, {}],
    ['receipt/lines[0]/quantity', sale({ lines: [line({ quantity: '0.0005' })] }), {}, {}],
    ['receipt/lines[0]/quantity', sale({ lines: [line({ quantity: '0' })] }), {}, {}],
    ['receipt/lines[0]/quantity', sale({ lines: [line({ quantity: '2147484' })] }), {}, { version: 202 }],
    ['receipt/lines[0]/price', sale({ lines: [line({ price: 0.5 })] }), {}, {}],
    ['receipt/lines[0]/vat', sale({ lines: [line({ vat: '12' })] }), {}, {}],
    ['receipt/lines[0]/vat', sale({ lines: [line({ vat: '20' })] }), {}, {}],
    ['receipt/lines[0]/vat', sale({ lines: [line({ vat: '10' })] }), {}, {}],
    ['receipt/lines[0]/vat', sale(), {}, { vatPayer: false }],
    ['receipt/lines[0]/agent', sale({ lines: [line({ agent: 'other' })] }), {}, {}],
    ['receipt/correction', sale({ correction: { type: 'own', date: '2026-01-01' } }), {}, {}],
    ['receipt/taxation', sale({ taxation: 'imputed' }), {}, {}],
    ['receipt/payments', sale({ payments: { cash: 99_999 } }), {}, {}],
    ['receipt/payments', sale({ payments: { cash: 50_000, bonus: 50_000 } as Receipt['payments'] }), {}, {}],
    ['receipt/payments/prepaid', sale({ payments: { prepaid: 100_000 } }), {}, {}],
    ['receipt/rounding', sale({ rounding: 100, payments: { cash: 99_900 } }), {}, {}],
    ['receipt/buyer/inn', sale({ buyer: { inn: '900101300018' } }), {}, {}],
    ['receipt/buyer/inn', sale({ buyer: { inn: '200140000014' } }), {}, { taxpayer: '200140000014' }],
    ['receipt/buyerContact', sale({ buyerContact: 'нет' }), {}, {}],
    ['details/cashGiven', sale(), { cashGiven: 99_999 }, {}],
    ['details/mobile', sale(), { mobile: 1 }, {}],
    ['details/discount/sum', sale(), { discount: { sum: 100_001 } }, {}],
    ['details/markup', sale(), { discount: { sum: 1 }, markup: { sum: 1 } }, {}],
    ['details/parent', sale(), { parent }, {}],
    ['details/parent', sale({ settlementType: 'saleReturn' }), {}, {}],
    [
      'receipt/payments',
      sale({ settlementType: 'saleReturn', lines: [line({ vat: '12' })] }),
      { parent: { ...parent, total: 99_999 } },
      {},
    ],
    [
      'details/parent/dateTime',
      sale({ settlementType: 'saleReturn' }),
      { parent: { ...parent, dateTime: '2026-03-03T00:00:00' } },
      {},
    ],
    [
      'details/parent/registrationNumber',
      sale({ settlementType: 'purchaseReturn' }),
      { parent: { ...parent, registrationNumber: 'x' } },
      {},
    ],
    ['details/lines', sale(), { lines: [{}, {}] }, {}],
    ['details/lines[0]/markingCodes', sale(), { lines: [{ markingCodes: ['a', 'b', 'c'] }] }, {}],
    ['details/lines[0]/markingCodes', sale(), { lines: [{ markingCodes: ['a', 'a'] }] }, {}],
    ['details/card/rrn', sale(), { card: { rrn: '12a' } }, {}],
    ['rules/operatorCode', sale(), {}, { operatorCode: -1 }],
  ])('names the place of a fault: %s', (path, receipt, details, rules) => {
    expect(fault(() => ticket(receipt, details, rules))).toMatchObject({ name: 'KzError', path });
  });
});

describe('a ticket as a receipt', () => {
  it('refuses what a receipt cannot say', () => {
    const made = ticket(sale());
    const { commodity } = made.items?.[0] ?? {};
    if (commodity === undefined) throw new Error('no line');
    const read = (items: KzTicket['items']) => fault(() => readKzTicket({ ...made, items: items ?? [] }));
    expect(read([{ type: 'ITEM_TYPE_STORNO_COMMODITY', stornoCommodity: commodity }])).toMatchObject({
      path: 'ticket/items[0]',
    });
    const taxes = commodity.taxes?.map((tax) => ({ ...tax, percent: 7_000 })) ?? [];
    expect(read([{ type: 'ITEM_TYPE_COMMODITY', commodity: { ...commodity, taxes } }])).toMatchObject({
      path: 'ticket/items[0]/commodity/taxes[0]/percent',
    });
    expect(read([])).toMatchObject({ path: 'ticket/items' });
  });

  it('takes the rate of a tax of the whole ticket, when it is of all of it', () => {
    const two = sale({ lines: [line(), line()], payments: { cash: 200_000 } });
    const made = ticket(two, {}, { taxPlace: 'ticket' });
    expect(readKzTicket(made).receipt.lines.map(({ vat }) => vat)).toEqual(['16', '16']);
    const [tax] = made.taxes ?? [];
    const half = made.taxes?.map((one) => ({ ...one, sum: kzMoney(13_793) })) ?? [];
    expect(fault(() => readKzTicket({ ...made, taxes: half }))).toMatchObject({
      path: 'ticket/taxes[0]/sum',
    });
    expect(fault(() => readKzTicket({ ...made, taxes: tax === undefined ? [] : [tax, tax] }))).toMatchObject({
      path: 'ticket/taxes',
    });
  });

  it('never fails otherwise than by an error of its own', () => {
    const made = ticket(
      sale({
        lines: [line({ amount: 90_000 })],
        payments: { cash: 89_950 },
        rounding: 50,
        buyerContact: 'a@b',
      }),
    );
    const places: (readonly string[])[] = [];
    const walk = (value: unknown, path: readonly string[]) => {
      if (path.length > 0) places.push(path);
      if (typeof value === 'object' && value !== null)
        for (const [name, member] of Object.entries(value)) walk(member, [...path, name]);
    };
    walk(made, []);
    const bad = [undefined, null, '', 'x', -1, 1e99, 0.5, {}, [], '99999999999999999999', [null]];
    for (const path of places) {
      for (const value of bad) {
        const copy = structuredClone(made) as unknown as Record<string, unknown>;
        let at = copy;
        for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
        const last = path.at(-1) ?? '';
        if (value === undefined) delete at[last];
        else at[last] = value;
        try {
          readKzTicket(copy as unknown as KzTicket);
        } catch (error) {
          expect([path, value, (error as Error).name]).toEqual([path, value, 'KzError']);
        }
      }
    }
  });

  it('takes a purchase back', () => {
    const facts = { ...parent, dateTime: '2026-02-01T10:00:00' };
    const back = sale({ settlementType: 'purchaseReturn', lines: [line({ vat: 'none' })] });
    const made = ticket(back, { parent: facts });
    expect(made.operation).toBe('OPERATION_BUY_RETURN');
    const { receipt, details } = readKzTicket(made);
    expect(receipt.settlementType).toBe('purchaseReturn');
    expect(details.parent).toEqual({ ...facts, registrationNumber: '010101012345' });
    expect(ticket(receipt, details)).toEqual(made);
  });

  it('goes there and back: the same ticket, a message that is written, taxes of what is paid', () => {
    const money = fc.integer({ min: 1, max: 5_000_000 });
    const anyLine = fc.record({
      price: money,
      quantity: fc.constantFrom('1', '2', '0.333', '12.5'),
      vat: fc.constantFrom('16' as const, '5' as const, '0' as const, 'none' as const),
      change: fc.integer({ min: -100, max: 100 }),
    });
    fc.assert(
      fc.property(
        fc.array(anyLine, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 99 }),
        fc.constantFrom('line' as const, 'ticket' as const),
        fc.nat({ max: 1000 }),
        fc.nat({ max: 100 }),
        (lines, rounding, taxRounding, more, share) => {
          const made = lines.map(({ price, quantity, vat, change }) => {
            const amount = Math.round(price * Number(quantity));
            return line({ price, quantity, vat, amount: Math.max(100, amount + change) });
          });
          const total = made.reduce((sum, one) => sum + (one.amount ?? 0), 0) - rounding;
          const cash = Math.floor((total * share) / 100);
          const receipt = sale({ lines: made, rounding, payments: { cash, electronic: total - cash } });
          const details = cash === 0 ? {} : { cashGiven: cash + more };
          const first = ticket(receipt, details, { taxRounding });
          expect(tiynOf(first.amounts.total)).toBe(total);
          const back = readKzTicket(JSON.parse(JSON.stringify(first)));
          expect(ticket(back.receipt, back.details, { taxRounding })).toEqual(first);
          const message = { command: 'COMMAND_TICKET', ticket: JSON.parse(JSON.stringify(first)) };
          const header = { version: 203 as const, id: 1, token: 1, reqnum: 1 };
          expect(
            encodeKzFrame({ kind: 'request', header, message: fitKzMessage(203, 'request', message) }).length,
          ).toBeGreaterThan(18);
          const taxed = first.items?.flatMap((item) => item.commodity?.taxes ?? []) ?? [];
          for (const rate of ['16', '5'] as const) {
            const own = taxed.filter((tax) => tax.percent === Number(rate) * 1000);
            const sum = sumKopecks(own.map((tax) => tiynOf(tax.sum)));
            expect(sum).toBeLessThanOrEqual(kzVatIncluded(total, rate) + own.length);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('VAT', () => {
  it('has the rates of the day', () => {
    expect(kzVatRatesOn('2025-12-31').all).toEqual(['12', '0', 'none']);
    expect(kzVatRatesOn('2026-01-01T00:00:00')).toMatchObject({ standard: '16', medicine: '5' });
    expect(kzVatRatesOn('2027-01-01').medicine).toBe('10');
    expect(fault(() => kzVatRatesOn('01.01.2026'))).toMatchObject({ code: 'BAD_VALUE' });
  });

  // By hand: 1000·12/112 = 107.142…, 14 tiyn ·12/112 = 1.5.
  it.each([
    [100_000, '12', 10_714],
    [14, '12', 2],
    [100_000, '16', 13_793],
    [100_000, '5', 4_762],
    [100_000, '10', 9_091],
    [100_000, '0', 0],
    [100_000, 'none', 0],
  ] as const)('is inside %s at %s %%: %s', (sum, rate, tax) => {
    expect(kzVatIncluded(sum, rate)).toBe(tax);
  });

  it('evens lines out to the tax of their sum', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 10_000_000 }), { maxLength: 30 }), (sums) => {
        const taxes = kzVatOfLines(
          sums.map((sum) => ({ sum, rate: '16' as const })),
          'ticket',
        );
        expect(sumKopecks(taxes)).toBe(kzVatIncluded(sumKopecks(sums), '16'));
        for (const [index, tax] of taxes.entries())
          expect(Math.abs(tax - kzVatIncluded(sums[index] ?? 0, '16'))).toBeLessThanOrEqual(1);
      }),
    );
  });
});
