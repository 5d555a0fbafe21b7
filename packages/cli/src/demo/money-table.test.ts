import { describe, expect, it } from 'vitest';
import { disagreements, moneyTable } from './money-table.js';

describe('closing table', () => {
  it('agrees when every end that knows a sum holds the same', () => {
    expect(
      disagreements([
        { who: 'till', certificate: 100, own: 20, total: 120 },
        { who: 'FES', certificate: 100 },
        { who: 'FN', total: 120 },
      ]),
    ).toEqual([]);
  });

  it('names who differs, to the kopeck', () => {
    expect(
      disagreements([
        { who: 'till', certificate: 100, own: 20, total: 120 },
        { who: 'FES', certificate: 99 },
      ]),
    ).toEqual(['certificate: till has 1.00, FES has 0.99']);
  });

  it('sees parts that do not make the whole', () => {
    expect(disagreements([{ who: 'till', certificate: 100, own: 20, total: 121 }])).toHaveLength(1);
  });

  it('lines sums up', () => {
    expect(moneyTable([{ who: 'FES', certificate: 1_234_567 }])).toBe(
      [
        'who holds it  certificate  own (card)  whole receipt',
        '────────────────────────────────────────────────────',
        'FES              12345.67           –              –',
        '',
      ].join('\n'),
    );
  });
});
