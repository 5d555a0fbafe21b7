import { describe, expect, it } from 'vitest';
import { lan4GateStatuses } from './table.js';
import { readLan4GateVerdict, slipOf } from './verdict.js';

const asked = { own: 2000, certificate: 8000 };
const verdict = (status: number, fields = {}, of = asked) => readLan4GateVerdict({ status, fields }, of);

describe('the verdict', () => {
  it.each([
    ['approved, no sums', 1, {}, { own: 'done', certificate: 'done' }],
    [
      'approved, whole sum',
      1,
      { TotalAmount: 10_000, ECertAmount: 8000 },
      { own: 'done', certificate: 'done' },
    ],
    ['approved, own sum', 1, { TotalAmount: 2000, ECertAmount: 8000 }, { own: 'done', certificate: 'done' }],
    [
      'approved with a fee',
      1,
      { TotalAmount: 2050, TerminalFeeAmount: 50 },
      { own: 'done', certificate: 'done' },
    ],
    ['declined, no sums', 3, {}, { own: 'refused', certificate: 'not-attempted' }],
    [
      'declined, the request echoed',
      3,
      { TotalAmount: 2000, ECertAmount: 8000 },
      { own: 'refused', certificate: 'not-attempted' },
    ],
    [
      'declined, the total echoed',
      3,
      { TotalAmount: 10_000, ECertAmount: 8000 },
      { own: 'refused', certificate: 'not-attempted' },
    ],
    [
      'own done, certificate refused',
      3,
      { TotalAmount: 2000, ECertAmount: 0 },
      { own: 'done', certificate: 'refused' },
    ],
    [
      'certificate done, own refused',
      3,
      { TotalAmount: 8000, ECertAmount: 8000 },
      { own: 'refused', certificate: 'done' },
    ],
    [
      'the same where the sum means own money',
      3,
      { TotalAmount: 0, ECertAmount: 8000 },
      { own: 'refused', certificate: 'done' },
    ],
    [
      'nothing moved, said in zeros',
      3,
      { TotalAmount: 0, ECertAmount: 0 },
      { own: 'refused', certificate: 'not-attempted' },
    ],
    ['no link to the bank', 4, {}, { own: 'unknown', certificate: 'unknown' }],
    ['taken back by the terminal', 5, {}, { own: 'unknown', certificate: 'unknown' }],
    ['a status from the future', 77, {}, { own: 'unknown', certificate: 'unknown' }],
  ])('%s', (_what, status, fields, expected) => expect(verdict(status, fields)).toEqual(expected));

  it('a card payment that the terminal took back is refused', () => {
    expect(verdict(5, {}, { own: 100, certificate: 0 })).toEqual({
      own: 'refused',
      certificate: 'not-attempted',
    });
  });

  it('calls "done" with other sums a mismatch', () => {
    expect(verdict(1, { ECertAmount: 7999 }).mismatch).toContain('7999');
    expect(verdict(1, { TotalAmount: 5000 }).mismatch).toContain('5000');
  });

  it('cannot tell an echo from a debit when both sums are equal', () => {
    const equal = { own: 5000, certificate: 5000 };
    expect(verdict(3, { TotalAmount: 5000, ECertAmount: 5000 }, equal)).toEqual({
      own: 'unknown',
      certificate: 'unknown',
    });
  });

  it('never attempts a part that was not asked for', () => {
    for (const status of Object.keys(lan4GateStatuses).map(Number)) {
      expect(verdict(status, {}, { own: 0, certificate: 5 })).toMatchObject({ own: 'not-attempted' });
      expect(verdict(status, {}, { own: 5, certificate: 0 })).toMatchObject({ certificate: 'not-attempted' });
    }
  });
});

describe('the slip', () => {
  it('prefers what was printed line by line', () => {
    expect(slipOf({ fields: { ReceiptLine1: 'a', ReceiptLine3: 'c' } }, ['x'])).toEqual(['x']);
    expect(slipOf({ fields: { ReceiptLine1: 'a', ReceiptLine3: 'c' } }, [])).toEqual(['a', 'c']);
    expect(slipOf({ fields: {} }, [])).toBeUndefined();
  });
});
