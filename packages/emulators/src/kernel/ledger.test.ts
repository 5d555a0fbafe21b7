import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLedger } from './ledger.js';

const posting = (id: string, entries: [string, number][]) => ({
  id,
  at: 0,
  by: 'test',
  operation: 'test',
  entries: entries.map(([account, amount]) => ({ account, amount })),
});

describe('ledger', () => {
  it('moves money between accounts', () => {
    const ledger = createLedger();
    ledger.post(
      posting('1', [
        ['bank', -500],
        ['card/buyer', 500],
      ]),
    );
    ledger.post(
      posting('2', [
        ['card/buyer', -120],
        ['acquirer/clearing', 120],
      ]),
    );
    expect(ledger.balance('card/buyer')).toBe(380);
    expect(ledger.balance('acquirer/clearing')).toBe(120);
    expect([...ledger.balances('card/')]).toEqual([['card/buyer', 380]]);
  });

  it('refuses entries that do not add up to nothing', () => {
    expect(() =>
      createLedger().post(
        posting('1', [
          ['bank', -500],
          ['card/buyer', 499],
        ]),
      ),
    ).toThrow(/do not add up/);
  });

  it('books the same id once, and refuses it with other sums', () => {
    const ledger = createLedger();
    const one = posting('1', [
      ['bank', -500],
      ['card/buyer', 500],
    ]);
    ledger.post(one);
    ledger.post(one);
    expect(ledger.balance('card/buyer')).toBe(500);
    expect(ledger.postings).toHaveLength(1);
    expect(() =>
      ledger.post(
        posting('1', [
          ['bank', -1],
          ['card/buyer', 1],
        ]),
      ),
    ).toThrow(/booked already/);
  });

  it('lets only the treasury and the bank go below zero, and books nothing of a refused posting', () => {
    const ledger = createLedger();
    ledger.post(
      posting('1', [
        ['treasury', -100],
        ['certificate/a', 100],
      ]),
    );
    expect(() =>
      ledger.post(
        posting('2', [
          ['certificate/a', -101],
          ['acquirer/clearing', 101],
        ]),
      ),
    ).toThrow(/100 kopecks only/);
    expect(ledger.balance('certificate/a')).toBe(100);
    expect(ledger.balance('acquirer/clearing')).toBe(0);
  });

  it('counts several entries of one account together', () => {
    const ledger = createLedger();
    ledger.post(
      posting('1', [
        ['bank', -100],
        ['card/a', 100],
      ]),
    );
    expect(() =>
      ledger.post(
        posting('2', [
          ['card/a', -60],
          ['card/a', -60],
          ['x', 120],
        ]),
      ),
    ).toThrow(/only/);
  });

  it('always adds up to nothing, whatever is booked', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.nat(9),
            fc.constantFrom('card/a', 'card/b', 'certificate/c'),
            fc.integer({ min: -1000, max: 1000 }),
          ),
        ),
        (moves) => {
          const ledger = createLedger();
          for (const [id, account, amount] of moves) {
            try {
              ledger.post(
                posting(String(id), [
                  ['bank', -amount],
                  [account, amount],
                ]),
              );
            } catch {
              // A refused posting must leave the book balanced as well.
            }
          }
          const total = [...ledger.balances().values()].reduce((a, b) => a + b, 0);
          expect(total).toBe(0);
          for (const [account, balance] of ledger.balances())
            if (account !== 'bank') expect(balance).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
