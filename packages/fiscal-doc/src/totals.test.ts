import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Receipt, ReceiptLine, VatRate } from './receipt.js';
import { receiptTotals, vatAdded, vatIncluded } from './totals.js';

const line = (change: Partial<ReceiptLine>): ReceiptLine => ({
  name: 'Товар',
  price: 100,
  quantity: '1',
  vat: 'none',
  method: 'full',
  subject: 'goods',
  ...change,
});

describe('VAT', () => {
  // Receipts of 2026 that the tax service published.
  it.each([
    [24_697, '22', 4454],
    [31_595, '10', 2872],
    [80_730, '22', 14_558],
    [100, '20', 17],
    [99, '20', 17],
    [3, '20', 1],
    [2, '20', 0],
    [12_200, '22/122', 2200],
    [10_500, '5', 500],
    [10_700, '7/107', 700],
    [10_000, '0', 0],
    [10_000, 'none', 0],
  ] as const)('of %i at %s is %i', (sum, rate, vat) => {
    expect(vatIncluded(sum, rate)).toBe(vat);
  });

  it('on top', () => {
    expect(vatAdded(10_000, '22')).toBe(2200);
    expect(vatAdded(5, '10')).toBe(1);
    expect(() => vatAdded(100, '22/122')).toThrow(expect.objectContaining({ code: 'RECEIPT_VALUE' }));
  });

  it('added and then included is the same VAT', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000_000 }),
        fc.constantFrom('22', '20', '10', '7', '5'),
        (sum, rate) => {
          const vat = vatAdded(sum, rate);
          expect(vatIncluded(sum + vat, rate)).toBe(vat);
        },
      ),
    );
  });
});

describe('VAT inside a sum', () => {
  it('is exact for every rate and any sum, halves up', () => {
    const rates = [
      '22',
      '20',
      '16',
      '12',
      '10',
      '7',
      '5',
      '0',
      'none',
      '22/122',
      '20/120',
      '10/110',
      '7/107',
      '5/105',
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...rates),
        fc.oneof(fc.nat(1_000_000), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
        (rate, amount) => {
          const [percent = '', whole] = rate === 'none' ? ['0'] : rate.split('/');
          const numerator = BigInt(percent);
          const denominator = whole === undefined ? 100n + numerator : BigInt(whole);
          const twice = 2n * BigInt(amount) * numerator + denominator;
          expect(BigInt(vatIncluded(amount, rate))).toBe(twice / (2n * denominator));
          if (whole === undefined)
            expect(BigInt(vatAdded(amount, rate))).toBe((2n * BigInt(amount) * numerator + 100n) / 200n);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('receiptTotals', () => {
  it('adds up lines, and takes VAT of the sum of a rate', () => {
    const totals = receiptTotals({
      lines: [
        line({ price: 8232, quantity: '1', vat: '22' }),
        line({ price: 16_465, quantity: '1', vat: '22' }),
        line({ price: 1000, quantity: '0.3335', vat: '10' }),
        line({ price: 500, quantity: '2' }),
      ],
      payments: { cash: 1, electronic: 26_030 },
    });
    expect(totals.lines.map((one) => one.amount)).toEqual([8232, 16_465, 334, 1000]);
    expect(totals.total).toBe(26_031);
    expect(totals.vat).toEqual([
      { rate: '22', base: 24_697, vat: 4454 },
      { rate: '10', base: 334, vat: 30 },
      { rate: 'none', base: 1000, vat: 0 },
    ]);
  });

  it('knows the rates of Kazakhstan', () => {
    const { vat } = receiptTotals({
      lines: [
        line({ price: 11_600, vat: '16' }),
        line({ price: 11_200, vat: '12' }),
        line({ price: 10_500, vat: '5' }),
      ],
      payments: { cash: 33_300 },
    });
    expect(vat).toEqual([
      { rate: '16', base: 11_600, vat: 1600 },
      { rate: '12', base: 11_200, vat: 1200 },
      { rate: '5', base: 10_500, vat: 500 },
    ]);
  });

  it('rounds a whole receipt down by less than a ruble', () => {
    const receipt = { lines: [line({ price: 12_399 })], payments: { cash: 12_300 }, rounding: 99 };
    expect(receiptTotals(receipt)).toMatchObject({ linesTotal: 12_399, total: 12_300 });
    expect(() => receiptTotals({ ...receipt, rounding: 100 })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/rounding' }),
    );
  });

  const bad: readonly (readonly [
    string,
    Pick<Receipt, 'lines' | 'payments' | 'certificate'>,
    string,
    string,
  ])[] = [
    ['no lines', { lines: [], payments: {} }, 'RECEIPT_VALUE', 'receipt/lines'],
    [
      'payments that fall short',
      { lines: [line({})], payments: { cash: 99 } },
      'RECEIPT_SUM',
      'receipt/payments',
    ],
    [
      'payments that exceed',
      { lines: [line({})], payments: { cash: 101 } },
      'RECEIPT_SUM',
      'receipt/payments',
    ],
    [
      'a negative payment',
      { lines: [line({})], payments: { cash: -1, other: 101 } },
      'BAD_KOPECKS',
      'receipt/payments/cash',
    ],
    [
      'a price with a fraction',
      { lines: [line({ price: 0.5 })], payments: {} },
      'BAD_KOPECKS',
      'receipt/lines[0]/price',
    ],
    [
      'a quantity of zero',
      { lines: [line({}), line({ quantity: '0.00' })], payments: {} },
      'RECEIPT_VALUE',
      'receipt/lines[1]/quantity',
    ],
    [
      'a quantity with a comma',
      { lines: [line({ quantity: '1,5' })], payments: {} },
      'RECEIPT_VALUE',
      'receipt/lines[0]/quantity',
    ],
    [
      'a certificate above what is paid electronically',
      {
        lines: [line({})],
        payments: { cash: 40, electronic: 60 },
        certificate: { basketId: 'x', certificateAmount: 50, cardAmount: 11 },
      },
      'RECEIPT_SUM',
      'receipt/certificate',
    ],
  ];
  it.each(bad)('refuses %s', (_, receipt, code, path) => {
    expect(() => receiptTotals(receipt)).toThrow(expect.objectContaining({ code, path }));
  });
});

describe('a rate that there is not', () => {
  it.each(['18', '', 'constructor'])('%j is refused by name', (rate) => {
    for (const of of [vatIncluded, vatAdded])
      expect(() => of(100, rate as VatRate)).toThrow(
        expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'vat' }),
      );
  });
});
