import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EmulatedCertificate } from '../kernel/index.js';
import {
  addToTally,
  allocate,
  countLeft,
  emptyTally,
  moneyGiven,
  moneyLeft,
  type Tally,
} from './allocation.js';

const shoes = '325022154.090001101';
const cane = '329921120.060020201';
const full = (base: string) => `${base}00000000643`;
const certificate = (change: Partial<EmulatedCertificate>): EmulatedCertificate => ({
  id: '1'.padStart(30, '0'),
  cardId: 'buyer',
  startDate: '2026-01-01',
  expiryDate: '2026-12-31',
  count: 'per-tru',
  money: 'per-unit',
  tru: [{ truCode: shoes, count: 2, unitLimit: 500 }],
  ...change,
});
const nothing = () => emptyTally();
const give = (positions: Parameters<typeof allocate>[0], ...certificates: EmulatedCertificate[]) =>
  allocate(positions, certificates, nothing).map((shares) =>
    shares.map(({ certCount, certPrice, certificateId }) => [Number(certificateId), certCount, certPrice]),
  );

describe('the five kinds of limits', () => {
  const two = [
    { truCode: shoes, count: 2, unitLimit: 500 },
    { truCode: cane, count: 1, unitLimit: 300 },
  ];
  const want = (base: string, count: number, price: number) => ({ truCode: full(base), count, price });

  it('(a) own count and own price limit for each TRU', () => {
    const one = certificate({ tru: two });
    expect(give([want(shoes, 3, 400), want(cane, 2, 900)], one)).toEqual([[[1, 2, 400]], [[1, 1, 300]]]);
    expect(moneyGiven(one)).toBe(1300);
  });

  it('(b) a common count, own price limits', () => {
    const one = certificate({ count: 'total', totalCount: 3, tru: two });
    expect(give([want(shoes, 2, 900), want(cane, 2, 900)], one)).toEqual([[[1, 2, 500]], [[1, 1, 300]]]);
    expect(moneyGiven(one)).toBe(1500);
  });

  it('(c) own counts, common money', () => {
    const one = certificate({ money: 'total', totalMoney: 1000, tru: two });
    expect(give([want(shoes, 3, 400), want(cane, 2, 900)], one)).toEqual([[[1, 2, 400]], [[1, 1, 200]]]);
  });

  it('(d) common count and money', () => {
    const one = certificate({ count: 'total', totalCount: 3, money: 'total', totalMoney: 1000, tru: two });
    expect(give([want(shoes, 2, 300), want(cane, 2, 300)], one)).toEqual([[[1, 2, 300]], [[1, 1, 300]]]);
  });

  it('(e) any count, common money', () => {
    const one = certificate({ count: 'unlimited', money: 'total', totalMoney: 1000, tru: two });
    expect(give([want(shoes, 7, 300)], one)).toEqual([
      [
        [1, 3, 300],
        [1, 1, 100],
      ],
    ]);
    expect(give([want(cane, 7, 100)], one)).toEqual([[[1, 7, 100]]]);
  });
});

describe('which certificate pays', () => {
  const early = certificate({ id: '2'.padStart(30, '0'), expiryDate: '2026-06-30' });
  const late = certificate({ id: '1'.padStart(30, '0') });
  const twin = certificate({ id: '3'.padStart(30, '0') });

  it('the earliest to expire, then the smallest id; a position takes from several', () => {
    expect(give([{ truCode: full(shoes), count: 5, price: 100 }], twin, late, early)).toEqual([
      [
        [2, 2, 100],
        [1, 2, 100],
        [3, 1, 100],
      ],
    ]);
  });

  it('the chosen one alone, where the buyer chose', () => {
    const chosen = { truCode: full(shoes), count: 5, price: 100, certificateLastNumbers: '000003' };
    expect(give([chosen], twin, late, early)).toEqual([[[3, 2, 100]]]);
    expect(give([{ ...chosen, certificateLastNumbers: '000009' }], twin, late, early)).toEqual([[]]);
  });

  it('fits by the first 19 characters of the code', () => {
    const position = { count: 1, price: 100 };
    expect(give([{ ...position, truCode: `${shoes}12345678112` }], late)).toEqual([[[1, 1, 100]]]);
    expect(give([{ ...position, truCode: full(cane) }], late)).toEqual([[]]);
  });

  it('two positions never take the same unit', () => {
    const position = { truCode: full(shoes), count: 2, price: 100 };
    expect(give([position, position], late)).toEqual([[[1, 2, 100]], []]);
  });
});

describe('allocation', () => {
  const kinds = [
    { count: 'per-tru', money: 'per-unit' },
    { count: 'total', money: 'per-unit' },
    { count: 'per-tru', money: 'total' },
    { count: 'total', money: 'total' },
    { count: 'unlimited', money: 'total' },
  ] as const;
  const someCertificate = fc
    .record({
      kind: fc.constantFrom(...kinds),
      totalCount: fc.nat(6),
      totalMoney: fc.nat(5000),
      expiry: fc.constantFrom('2026-03-01', '2026-12-31'),
      tru: fc.uniqueArray(
        fc.record({
          truCode: fc.constantFrom(shoes, cane),
          count: fc.nat(4),
          unitLimit: fc.nat(1500),
        }),
        { selector: (one) => one.truCode, minLength: 1 },
      ),
    })
    .map(({ kind: { count, money }, totalCount, totalMoney, expiry, tru }) =>
      certificate({ count, money, totalCount, totalMoney, expiryDate: expiry, tru }),
    );
  const positions = fc.array(
    fc.record({
      truCode: fc.constantFrom(full(shoes), full(cane)),
      count: fc.integer({ min: 1, max: 6 }),
      price: fc.integer({ min: 1, max: 2000 }),
    }),
    { minLength: 1, maxLength: 5 },
  );

  it('keeps every limit, whatever is asked of whatever certificates', () => {
    fc.assert(
      fc.property(fc.array(someCertificate, { maxLength: 4 }), positions, (list, wanted) => {
        const certificates = list.map((one, index) => ({ ...one, id: String(index + 1).padStart(30, '0') }));
        const result = allocate(wanted, certificates, nothing);
        const tallies = new Map<string, Tally>(certificates.map(({ id }) => [id, emptyTally()]));
        result.forEach((shares, index) => {
          const { truCode, count, price } = wanted[index] as (typeof wanted)[number];
          expect(shares.reduce((sum, share) => sum + share.certCount, 0)).toBeLessThanOrEqual(count);
          for (const share of shares) {
            const one = certificates.find(({ id }) => id === share.certificateId) as EmulatedCertificate;
            const tally = tallies.get(share.certificateId) as Tally;
            expect(share.certCount).toBeGreaterThan(0);
            expect(share.certPrice).toBeGreaterThan(0);
            expect(share.certPrice).toBeLessThanOrEqual(Math.min(price, share.certMaxPrice));
            expect(share.certCount).toBeLessThanOrEqual(countLeft(one, tally, truCode));
            expect(share.certCount * share.certPrice).toBeLessThanOrEqual(moneyLeft(one, tally));
            addToTally(tally, truCode, share, 1);
          }
        });
        for (const one of certificates)
          expect(tallies.get(one.id)?.money ?? 0).toBeLessThanOrEqual(moneyGiven(one));
      }),
      { numRuns: 500 },
    );
  });
});
