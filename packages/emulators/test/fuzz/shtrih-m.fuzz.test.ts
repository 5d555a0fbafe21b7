import { type ElcertError, isElcertError, type Kopecks, outcomeOf } from '@elcert/core';
import type { Receipt } from '@elcert/fiscal-doc';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FaultRule } from '../../src/kernel/index.js';
import { bench, key, sale } from '../shtrih-m-day.js';

// Whatever happens on the wire: an operation that reports a result is in the drive once, one that reports `refused` or
// `not-sent` is not there at all, and after `unknown` the lookup tells which.

const accident: fc.Arbitrary<FaultRule> = fc.record({
  at: fc.constant('shtrih-m'),
  do: fc.constantFrom(
    'drop',
    'silent-after-effect',
    'disconnect',
    'cut',
    'corrupt',
    'duplicate',
    'refuse',
    'nak',
  ),
  times: fc.constantFrom(1, 1, 1, 2),
  keepBytes: fc.nat(30),
  when: fc.record({
    operation: fc.constantFrom(
      '10',
      '88',
      '8D',
      'FF01',
      'FF40',
      'FF46',
      'FF4D',
      'FF45',
      'FF45',
      'FF3A',
      'FF3B',
    ),
    nth: fc.integer({ min: 1, max: 3 }),
  }),
});

test.each(['standard', 'protocol2'] as const)('%s: never twice, never lost, never lied', async (layer) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(accident, { maxLength: 3 }),
      fc.integer({ min: 1, max: 99 }),
      async (faults, rubles) => {
        const price: Kopecks = rubles * 100;
        const receipt: Receipt = {
          ...sale,
          lines: sale.lines.slice(0, 1).map((line) => ({ ...line, price })),
          payments: { electronic: price },
        };
        const one = await bench({
          faults: [],
          driver: {
            layer,
            timings: { controlTimeoutMs: 40, retries: 4 },
            byteTimeoutMs: 40,
            answerTimeoutMs: 40,
          },
        });
        try {
          const afterDocumentNumber = one.kkt.fn.status().lastFiscalDocumentNumber;
          one.kkt.faults.add(...faults);
          const { operationKey } = key();
          let outcome: string;
          try {
            await one.register.registerReceipt(receipt, { operationKey });
            outcome = 'done';
          } catch (error) {
            expect(isElcertError(error)).toBe(true);
            expect((error as ElcertError).outcome).toBeDefined();
            outcome = outcomeOf(error);
          }
          const held = one.receipts();
          if (outcome === 'done') expect(held).toBe(1);
          else if (outcome === 'unknown') {
            one.kkt.faults.clear();
            const answer = await one.register.lookup(operationKey, { afterDocumentNumber, receipt });
            expect(answer.state).toBe(held === 1 ? 'done' : 'not-done');
          } else expect(held).toBe(0);
          // And the next sale works.
          one.kkt.faults.clear();
          await one.register.registerReceipt({ ...receipt, settlementType: 'sale' }, key());
          expect(one.receipts()).toBe(held + 1);
        } finally {
          await one.close();
        }
      },
    ),
    { numRuns: 100 },
  );
});

const cashAccident: fc.Arbitrary<FaultRule> = fc.record({
  at: fc.constant('shtrih-m'),
  do: fc.constantFrom(
    'drop',
    'silent-after-effect',
    'disconnect',
    'cut',
    'corrupt',
    'duplicate',
    'refuse',
    'nak',
  ),
  times: fc.constantFrom(1, 1, 2),
  keepBytes: fc.nat(12),
  when: fc.record({
    operation: fc.constantFrom('10', '1A', '50', '50', '51', '51'),
    nth: fc.integer({ min: 1, max: 3 }),
  }),
});

test.each(['standard', 'protocol2'] as const)(
  '%s: cash is moved once, or it is said that it was not',
  async (layer) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(cashAccident, { maxLength: 3 }),
        fc.array(
          fc.record({ direction: fc.constantFrom('in', 'out'), amount: fc.constantFrom(100, 100, 250) }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        async (faults, movements) => {
          const one = await bench({
            driver: {
              layer,
              timings: { controlTimeoutMs: 40, retries: 4 },
              byteTimeoutMs: 40,
              answerTimeoutMs: 40,
            },
          });
          try {
            await one.register.moveCash({ direction: 'in', amount: 10_000 }, key());
            one.kkt.faults.add(...faults);
            let drawer = 10_000;
            const open: {
              operationKey: string;
              movement: (typeof movements)[number];
              drawerBefore: number;
              moved: boolean;
            }[] = [];
            for (const movement of movements) {
              const { operationKey } = key();
              const drawerBefore = one.kkt.state().drawer;
              const signed = movement.direction === 'in' ? movement.amount : -movement.amount;
              try {
                await one.register.moveCash(movement, { operationKey });
                drawer += signed;
              } catch (error) {
                if (outcomeOf(error) === 'unknown') {
                  drawer = one.kkt.state().drawer;
                  open.push({ operationKey, movement, drawerBefore, moved: drawer !== drawerBefore });
                }
              }
              expect(one.kkt.state().drawer).toBe(drawer);
            }
            // What was left open is found, or nothing is claimed of it.
            one.kkt.faults.clear();
            for (const { operationKey, movement, drawerBefore, moved: wasMoved } of open) {
              const answer = await one.register.lookupCash(operationKey, { movement, drawerBefore });
              if (answer.state === 'unknown') continue;
              expect(answer.state).toBe(wasMoved ? 'done' : 'not-done');
              const before = one.kkt.state().drawer;
              await one.register.moveCash(movement, { operationKey });
              const moved = one.kkt.state().drawer - before;
              expect(moved).toBe(
                answer.state === 'done'
                  ? 0
                  : movement.direction === 'in'
                    ? movement.amount
                    : -movement.amount,
              );
            }
          } finally {
            await one.close();
          }
        },
      ),
      { numRuns: 100 },
    );
  },
);
