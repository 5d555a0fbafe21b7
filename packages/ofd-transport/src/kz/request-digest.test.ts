import type { Receipt } from '@elcert/fiscal-doc';
import { describe, expect, it } from 'vitest';
import { areOtherRequests, fnv1a64, receiptDigest } from './request-digest.js';

const receipt: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [{ name: 'Нан', price: 50_000, quantity: '2', vat: '16', method: 'full', subject: 'goods' }],
  payments: { cash: 100_000 },
};

describe('the digest of a request', () => {
  // The published vectors of FNV-1a, 64 bits (draft-eastlake-fnv).
  it.each([
    ['', 'cbf29ce484222325'],
    ['a', 'af63dc4c8601ec8c'],
    ['foobar', '85944171f73967e8'],
  ])('of %j is %s', (text, hash) => {
    expect(fnv1a64(text)).toBe(hash);
  });

  it('is the same whoever asks, whenever, in whatever order, with or without what is empty', () => {
    const digest = receiptDigest(receipt, undefined);
    const { lines, ...rest } = receipt;
    const other = {
      lines,
      cashier: { name: 'Иван' },
      dateTime: '2026-03-02T12:00:00',
      rounding: undefined,
      ...rest,
    };
    expect(receiptDigest(other as Receipt, { lines: [], discount: undefined } as never)).toBe(digest);
  });

  it.each<[string, Partial<Receipt>, object | undefined]>([
    ['a return', { settlementType: 'saleReturn' }, undefined],
    ['another way to pay', { payments: { electronic: 100_000 } }, undefined],
    ['another buyer', { buyer: { inn: '200140000014' } }, undefined],
    ['other marking codes', {}, { lines: [{ markingCodes: ['1'] }] }],
  ])('tells %s', (_what, more, details) => {
    const digest = receiptDigest({ ...receipt, ...more }, details as never);
    expect(areOtherRequests(digest, receiptDigest(receipt, undefined))).toBe(true);
  });

  it('is compared with nothing but one that was made alike', () => {
    expect(areOtherRequests('1:a', undefined)).toBe(false);
    expect(areOtherRequests('1:a', '2:b')).toBe(false);
    expect(areOtherRequests('1:a', '1:b')).toBe(true);
  });
});
