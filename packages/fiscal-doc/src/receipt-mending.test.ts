import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../test/support/sale.js';
import { decodeDocument } from './document.js';
import type { Receipt, ReceiptLine } from './receipt.js';
import { encodeReceipt } from './receipt-codec.js';
import { correctionOf, mendingOf, returnOf, vatRatesOn } from './receipt-mending.js';
import { validateDocument } from './rules/index.js';
import { numberOf } from './tag-list.js';
import { receiptTotals } from './totals.js';

const { certificate: _certificate, ...plain } = certificateSale;
const [first, second, third] = certificateSale.lines as readonly [ReceiptLine, ReceiptLine, ReceiptLine];
const sold: Receipt = { ...certificateSale, dateTime: '2026-11-20T10:00:00' };

describe('returnOf', () => {
  it('takes everything back the way it came, at the rates it was sold with', () => {
    const old: Receipt = {
      ...plain,
      dateTime: '2025-12-30T10:00:00',
      lines: [{ ...third, vat: '20' }],
      payments: { cash: 1000 },
      rounding: 99,
    };
    const back = returnOf(old);
    expect(back).toEqual({
      ...plain,
      settlementType: 'saleReturn',
      lines: old.lines,
      payments: { cash: 1000 },
      rounding: 99,
    });
    const document = decodeDocument(encodeReceipt(back, register));
    expect(numberOf(document.tags, 1054)).toBe(2);
    // Only the day of the sale can tell that 20 % is right.
    expect(validateDocument(document).map(({ code }) => code)).toEqual(['vat-rate']);
    expect(validateDocument(document, { originalDate: '2025-12-30' })).toEqual([]);
    expect(returnOf(sold).certificate).toEqual(certificateSale.certificate);
    expect(returnOf({ ...old, settlementType: 'purchase' }).settlementType).toBe('purchaseReturn');
  });

  it('takes a part, and asks what cannot be known', () => {
    const cash: Receipt = { ...plain, payments: { cash: 1_251_099 } };
    const back = returnOf(cash, { lines: [{ index: 1, quantity: '1' }] });
    expect(back.lines).toEqual([{ ...second, quantity: '1' }]);
    expect(back.payments).toEqual({ cash: 550_000 });
    expect(receiptTotals(back).total).toBe(550_000);
    const mixed: Receipt = { ...plain, payments: { cash: 1_000_000, electronic: 251_099 } };
    const part = { lines: [{ index: 2 }] };
    expect(() => returnOf(mixed, part)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_SUM', path: 'payments' }),
    );
    expect(returnOf(mixed, { ...part, payments: { cash: 1099 } }).payments).toEqual({ cash: 1099 });
    expect(() => returnOf(mixed, { ...part, payments: { cash: 1100 } })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_SUM', path: 'payments' }),
    );
    expect(() => returnOf(sold, { lines: [{ index: 1, quantity: '1' }] })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_SUM', path: 'certificate' }),
    );
  });

  it('takes the excise of the part that comes back', () => {
    const cash: Receipt = {
      ...plain,
      lines: [{ ...first, price: 1000, quantity: '3', excise: 100 }],
      payments: { cash: 3000 },
    };
    const part = (quantity: string) => returnOf(cash, { lines: [{ index: 0, quantity }] }).lines[0]?.excise;
    expect([part('1'), part('2'), part('3'), part('0.5')]).toEqual([33, 67, 100, 17]);
  });

  it('asks for the certificate only where its goods come back', () => {
    const back = returnOf(sold, { lines: [{ index: 2 }] });
    expect(back.certificate).toBeUndefined();
    expect(back.payments).toEqual({ electronic: 1099 });
    expect(() => returnOf(sold, { lines: [{ index: 2 }, { index: 1 }] })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_SUM', path: 'certificate' }),
    );
    const lines = sold.lines.map(({ truCode: _code, ...line }) => line);
    expect(() => returnOf({ ...sold, lines }, { lines: [{ index: 2 }] })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_SUM', path: 'certificate' }),
    );
  });

  it('makes no receipt that cannot be', () => {
    const part = { lines: [{ index: 1, quantity: '1' }] };
    const certificate = { basketId: 'b', certificateAmount: 550_001, cardAmount: 0 };
    for (const [options, error] of [
      [
        { ...part, certificate },
        { code: 'RECEIPT_SUM', path: 'receipt/certificate' },
      ],
      [
        { ...part, rounding: 100, certificate: { ...certificate, certificateAmount: 0 } },
        { code: 'RECEIPT_VALUE', path: 'receipt/rounding' },
      ],
      [{ lines: [{ index: 1, quantity: '1,5' }] }, { code: 'RECEIPT_VALUE', path: 'lines[0]/quantity' }],
    ] as const)
      expect(() => returnOf(sold, options)).toThrow(expect.objectContaining(error));
  });

  it('takes no payment below zero', () => {
    const payments = { cash: -1, electronic: 1100 };
    expect(() =>
      returnOf({ ...plain, payments: { cash: 1_251_099 } }, { lines: [{ index: 2 }], payments }),
    ).toThrow(expect.objectContaining({ code: 'BAD_KOPECKS', path: 'payments/cash' }));
  });

  it('leaves out what belongs to the sale alone', () => {
    const marked: ReceiptLine = {
      ...third,
      subject: 'markedWithCode',
      productCode: { kind: 'gs1m', value: '0104600439931256215abcdef' },
      markingCode: '0104600439931256215abcdef',
      markingCheck: 15,
      industry: [
        { body: '030', date: '2023-11-21', number: '1944', value: 'UUID=1&Time=2' },
        { body: '012', date: '2024-01-01', number: '1', value: 'x' },
      ],
    };
    const back = returnOf({
      ...plain,
      lines: [marked],
      payments: { electronic: 1099 },
      operation: { id: 1, data: 'y', dateTime: '2026-11-22T14:00:00' },
      nonCashPayments: [{ amount: 1099, method: 1, identifiers: 'rrn=1' }],
    });
    const { markingCheck: _check, ...kept } = marked;
    expect(back.lines).toEqual([{ ...kept, industry: [marked.industry?.[1]] }]);
    expect(back).not.toHaveProperty('operation');
    expect(back).not.toHaveProperty('nonCashPayments');
  });

  it.each([
    ['a line that is not there', plain, { lines: [{ index: 3 }] }, 'lines[0]/index'],
    ['a line twice', plain, { lines: [{ index: 1 }, { index: 1 }] }, 'lines[1]/index'],
    ['nothing', plain, { lines: [] }, 'lines'],
    ['more than was sold', plain, { lines: [{ index: 1, quantity: '2.001' }] }, 'lines[0]/quantity'],
    ['less than something', plain, { lines: [{ index: 1, quantity: '0' }] }, 'lines[0]/quantity'],
    ['a return', { ...plain, settlementType: 'saleReturn' } as const, {}, 'receipt/settlementType'],
    [
      'a correction',
      { ...plain, correction: { type: 'own', date: '2026-01-01' } } as const,
      {},
      'receipt/correction',
    ],
    [
      'a piece of a part',
      { ...plain, lines: [{ ...first, fraction: { numerator: 1, denominator: 2 } }] },
      { lines: [{ index: 0, quantity: '0.5' }] },
      'lines[0]/quantity',
    ],
  ])('refuses %s', (_, receipt, options, path) => {
    expect(() => returnOf(receipt, options)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path }),
    );
  });
});

describe('correctionOf', () => {
  it('registers a settlement that was forgotten, by the rules of every version', () => {
    for (const ffdVersion of ['1.05', '1.1', '1.2'] as const) {
      const lines = sold.lines.map(({ unit: _unit, ...line }) => line);
      const corrected = correctionOf({ ...sold, lines });
      expect(corrected.correction).toEqual({ type: 'own', date: '2026-11-20' });
      const document = decodeDocument(encodeReceipt(corrected, { ...register, ffdVersion }));
      expect(document.code).toBe(31);
      expect(validateDocument(document)).toEqual([]);
    }
  });

  it('needs a day, and a number for an order', () => {
    expect(() => correctionOf(plain)).toThrow(expect.objectContaining({ path: 'date' }));
    expect(() => correctionOf(sold, { type: 'ordered' })).toThrow(
      expect.objectContaining({ path: 'orderNumber' }),
    );
    expect(() => correctionOf(sold, { orderNumber: '5' })).toThrow(
      expect.objectContaining({ path: 'orderNumber' }),
    );
    expect(correctionOf(sold, { type: 'ordered', orderNumber: '5' }).correction).toEqual({
      type: 'ordered',
      date: '2026-11-20',
      orderNumber: '5',
    });
  });
});

describe('mendingOf', () => {
  const right: Receipt = { ...sold, lines: [first, second, { ...third, vat: '10' }] };

  it.each(['1.1', '1.2'] as const)(
    'makes two corrections in FFD %s: the opposite and the right one',
    (ffdVersion) => {
      const mended = mendingOf(sold, { ffdVersion, right, fiscalSign: '3153580303' });
      expect(mended.map(({ settlementType }) => settlementType)).toEqual(['saleReturn', 'sale']);
      expect(mended.map(({ correction }) => correction?.date)).toEqual(['2026-11-20', '2026-11-20']);
      expect(mended.map(({ additional }) => additional)).toEqual(['3153580303', '3153580303']);
      for (const receipt of mended) {
        const document = decodeDocument(encodeReceipt(receipt, { ...register, ffdVersion }));
        expect(validateDocument(document).filter(({ severity }) => severity === 'error')).toEqual([]);
      }
    },
  );

  it('makes a return and a receipt in FFD 1.05, where no correction is a return', () => {
    const mended = mendingOf(sold, { ffdVersion: '1.05', right, fiscalSign: '3153580303' });
    expect(mended.map(({ settlementType, correction }) => [settlementType, correction])).toEqual([
      ['saleReturn', undefined],
      ['sale', undefined],
    ]);
    for (const receipt of mended) {
      const document = decodeDocument(encodeReceipt(receipt, { ...register, ffdVersion: '1.05' }));
      expect(document.code).toBe(3);
      expect(validateDocument(document).filter(({ severity }) => severity === 'error')).toEqual([]);
    }
    expect(() => mendingOf(sold, { ffdVersion: '1.05', type: 'ordered', orderNumber: '1' })).toThrow(
      expect.objectContaining({ path: 'type' }),
    );
  });

  it('undoes alone what should not have been, returns too', () => {
    const back = returnOf(sold);
    for (const ffdVersion of ['1.05', '1.2'] as const)
      expect(
        mendingOf({ ...back, dateTime: '2026-11-21T10:00' }, { ffdVersion }).map((one) => one.settlementType),
      ).toEqual(['sale']);
  });

  it('mends a wrong correction by the day that it corrects', () => {
    const wrong = correctionOf(sold, { date: '2026-11-01' });
    const [undo] = mendingOf({ ...wrong, dateTime: '2026-11-21T10:00' }, { ffdVersion: '1.2' });
    expect(undo).toMatchObject({ settlementType: 'saleReturn', correction: { date: '2026-11-01' } });
  });

  it('does not overwrite an additional requisite', () => {
    expect(() => mendingOf({ ...sold, additional: 'акция' }, { ffdVersion: '1.2', fiscalSign: '1' })).toThrow(
      expect.objectContaining({ path: 'receipt/additional' }),
    );
  });
});

describe('vatRatesOn', () => {
  it.each([
    ['2018-06-01', ['20', '10', '0', 'none', '20/120', '10/110']],
    ['2025-12-31T23:59', ['20', '10', '7', '5', '0', 'none', '20/120', '10/110', '7/107', '5/105']],
    ['2026-01-01', ['22', '10', '7', '5', '0', 'none', '22/122', '10/110', '7/107', '5/105']],
  ])('%s', (day, rates) => {
    expect(vatRatesOn(day)).toEqual(rates);
  });
});

describe('the day of a correction', () => {
  it.each(['22.11.2026', '2026-02-30', '2026-11-22T10:00', ''])('is not %j', (date) => {
    expect(() => correctionOf(sold, { date })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'date' }),
    );
  });
});
