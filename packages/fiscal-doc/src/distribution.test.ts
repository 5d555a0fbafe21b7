import { sumKopecks } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../test/support/sale.js';
import { discountedLines, distributeCertificate, distributeDiscount } from './distribution.js';
import { decodeDocument } from './document.js';
import type { ReceiptLine } from './receipt.js';
import { encodeReceipt } from './receipt-codec.js';
import { validateDocument } from './rules/index.js';
import { lineAmount } from './totals.js';

const line = fc.record({
  price: fc.integer({ min: 0, max: 10_000_000 }),
  quantity: fc.oneof(
    fc.integer({ min: 1, max: 50 }).map(String),
    fc.integer({ min: 1, max: 50_000 }).map((units) => (units / 1000).toFixed(3)),
  ),
});

const discountedSale = fc.array(line, { minLength: 1, maxLength: 12 }).chain((lines) =>
  fc.record({
    lines: fc.constant(lines),
    discount: fc.integer({ min: 0, max: sumKopecks(lines.map(lineAmount)) }),
  }),
);

describe('distributeDiscount', () => {
  it('loses no kopeck and takes no line below zero', () => {
    fc.assert(
      fc.property(discountedSale, ({ lines, discount }) => {
        const parts = distributeDiscount(lines, discount);
        expect(sumKopecks(parts)).toBe(discount);
        for (const [index, part] of parts.entries())
          expect(part).toBeLessThanOrEqual(lineAmount(lines[index] as (typeof lines)[number]));
      }),
    );
  });

  it('refuses more than there is', () => {
    expect(() => distributeDiscount([{ price: 100, quantity: '1' }], 101)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_SUM', path: 'discount' }),
    );
    expect(() => distributeDiscount([{ price: 100, quantity: '1' }], 0.5)).toThrow(
      expect.objectContaining({ code: 'BAD_KOPECKS' }),
    );
    expect(distributeDiscount([], 0)).toEqual([]);
  });
});

describe('discountedLines', () => {
  it('come to what is paid, to the kopeck', () => {
    fc.assert(
      fc.property(discountedSale, ({ lines, discount }) => {
        const lowered = discountedLines(lines, discount);
        const before = sumKopecks(lines.map(lineAmount));
        expect(sumKopecks(lowered.map(lineAmount))).toBe(before - discount);
        const count = (all: readonly { readonly quantity: string }[]) =>
          all.reduce((sum, { quantity }) => sum + Math.round(Number(quantity) * 1000), 0);
        expect(count(lowered)).toBe(count(lines));
      }),
    );
  });

  it('splits a line whose quantity does not divide its amount', () => {
    expect(discountedLines([{ name: 'Трость', price: 10_000, quantity: '3' }], 1)).toEqual([
      { name: 'Трость', price: 9999, quantity: '1' },
      { name: 'Трость', price: 10_000, quantity: '2' },
    ]);
  });

  it('splits the excise of a line that becomes two', () => {
    expect(discountedLines([{ price: 1000, quantity: '3', excise: 100 }], 1)).toEqual([
      { price: 999, quantity: '1', excise: 33 },
      { price: 1000, quantity: '2', excise: 67 },
    ]);
    expect(discountedLines([{ price: 1000, quantity: '3', excise: 100 }], 3)).toEqual([
      { price: 999, quantity: '3', excise: 100 },
    ]);
  });

  it('breaks a broken quantity the same way', () => {
    expect(discountedLines([{ price: 1000, quantity: '2.5' }], 1)).toEqual([
      { price: 999, quantity: '1' },
      { price: 1000, quantity: '1.5' },
    ]);
    expect(discountedLines([{ price: 1000, quantity: '0.5' }], 1)).toEqual([{ price: 998, quantity: '0.5' }]);
    expect(discountedLines([{ price: 3, quantity: '1.5' }], 1)).toEqual([
      { price: 2, quantity: '0.5' },
      { price: 3, quantity: '1' },
    ]);
  });

  it('are lines that the rules find nothing wrong with', () => {
    fc.assert(
      fc.property(discountedSale, ({ lines, discount }) => {
        const { certificate: _certificate, ...plain } = certificateSale;
        const template = certificateSale.lines[2] as ReceiptLine;
        const lowered = discountedLines(
          lines.map((line) => ({ ...template, unit: 'kilogram' as const, ...line })),
          discount,
        );
        const cash = sumKopecks(lowered.map(lineAmount));
        const bytes = encodeReceipt({ ...plain, lines: lowered, payments: { cash } }, register);
        expect(validateDocument(decodeDocument(bytes))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('distributeCertificate', () => {
  it('goes over the lines with a TRU code alone', () => {
    const parts = distributeCertificate(certificateSale.lines, 1_203_258);
    expect(parts).toEqual([144_391, 1_058_867, 0]);
    expect(sumKopecks(parts)).toBe(1_203_258);
    expect(() => distributeCertificate(certificateSale.lines, 1_250_001)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_SUM', path: 'certificateAmount' }),
    );
  });
});
