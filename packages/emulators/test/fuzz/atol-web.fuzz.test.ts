import { isElcertError, outcomeOf, randomUuid } from '@elcert/core';
import {
  decodeAtolAnswers,
  decodeAtolRequest,
  isAtolCodecError,
  openAtolWeb,
} from '@elcert/device-drivers/atol';
import type { Receipt } from '@elcert/fiscal-doc';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FaultRule } from '../../src/kernel/index.js';
import { atolBench, atolCashier, quickTimings } from '../atol-day.js';

// Whatever happens over HTTP: an operation that reports a result was done once, one that reports `refused` or `not-sent` was not
// done at all, and after `unknown` the lookup – also that of another process – tells which, or says that it cannot.

const accident: fc.Arbitrary<FaultRule> = fc.record({
  at: fc.constant('atol-web'),
  do: fc.constantFrom('drop', 'silent-after-effect', 'disconnect', 'cut', 'corrupt', 'duplicate', 'refuse'),
  code: fc.constantFrom<(number | string)[]>(2, 44, 68, 177, 241, 1500, 'http-503', 'http-502'),
  times: fc.constantFrom(1, 1, 2),
  keepBytes: fc.nat(200),
  when: fc.record({
    operation: fc.constantFrom(
      'sell',
      'sell',
      'cashIn',
      'result',
      'getFnInfo',
      'getFnDocument',
      'getCashDrawerStatus',
    ),
    nth: fc.integer({ min: 1, max: 4 }),
  }),
});

/** What happens to the server when it hears of the task. */
const blow = fc.constantFrom('nothing', 'nothing', 'restart', 'restart and forget', 'power cut');

test('never twice, never lost, never lied', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(accident, { maxLength: 3 }),
      blow,
      fc.constantFrom('receipt', 'cash'),
      fc.integer({ min: 1, max: 99 }),
      async (faults, what, kind, rubles) => {
        const bench = await atolBench({ driver: { timings: { ...quickTimings, taskTimeoutMs: 300 } } });
        try {
          const { kkt } = bench;
          const open = () =>
            openAtolWeb({
              baseUrl: kkt.url,
              fetch: kkt.fetch,
              timings: { ...quickTimings, taskTimeoutMs: 300 },
            });
          const receipt: Receipt = {
            settlementType: 'sale',
            taxation: 'general',
            lines: [
              {
                name: 'Трость',
                price: rubles * 100,
                quantity: '1',
                vat: '22',
                method: 'full',
                subject: 'goods',
              },
            ],
            payments: { electronic: rubles * 100 },
            cashier: atolCashier,
          };
          const movement = { direction: 'in', amount: rubles * 100 } as const;
          const done = () => (kind === 'receipt' ? bench.receipts() : kkt.drawer() / movement.amount);
          const register = await open();
          kkt.faults.add(...faults);
          const stop = kkt.records.subscribe(({ operation, facts }) => {
            if (operation !== 'task' || (facts?.type !== 'sell' && facts?.type !== 'cashIn')) return;
            stop();
            if (what === 'restart') kkt.restart();
            if (what === 'restart and forget') kkt.restart({ forget: true });
            if (what === 'power cut') kkt.setPower(false);
          });
          const operationKey = randomUuid();
          let outcome = 'done';
          try {
            if (kind === 'receipt') await register.registerReceipt(receipt, { operationKey });
            else await register.moveCash(movement, { operationKey });
          } catch (error) {
            if (!isElcertError(error)) throw error;
            outcome = outcomeOf(error);
          }
          expect(done()).toBeLessThanOrEqual(1);
          if (outcome === 'done') expect(done()).toBe(1);
          if (outcome === 'refused' || outcome === 'not-sent') expect(done()).toBe(0);
          kkt.faults.clear();
          kkt.setPower(true);
          for (const one of [register, await open()]) {
            const told =
              kind === 'receipt'
                ? await one.lookup(operationKey, {
                    afterDocumentNumber: 2,
                    fiscalDriveNumber: kkt.fn.fiscalDriveNumber,
                    receipt,
                  })
                : await one.lookupCash(operationKey, { movement, drawerBefore: 0 });
            if (told.state === 'done') expect(done()).toBe(1);
            if (told.state === 'not-done') expect(done()).toBe(0);
            expect(told.state).not.toBe('unknown');
          }
          // The same key once more does it, or gives what was done.
          if (kind === 'receipt') await register.registerReceipt(receipt, { operationKey });
          else await register.moveCash(movement, { operationKey });
          expect(done()).toBe(1);
        } finally {
          await bench.close();
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('whatever a server or a client says, the codec reads it or refuses it', () => {
  const uuid = randomUuid();
  const value = fc.oneof(
    fc.jsonValue(),
    fc.record({ uuid: fc.constantFrom(uuid, 'x'), results: fc.jsonValue(), request: fc.jsonValue() }),
    fc.array(
      fc.record({
        uuid: fc.constantFrom(uuid, 'x'),
        results: fc.array(
          fc.record({ status: fc.constantFrom('ready', 'error', 'odd'), result: fc.jsonValue() }),
        ),
      }),
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        value.map((one) => new TextEncoder().encode(JSON.stringify(one))),
        fc.uint8Array(),
      ),
      (bytes) => {
        for (const read of [() => decodeAtolAnswers(bytes, uuid), () => decodeAtolRequest(bytes)]) {
          try {
            read();
          } catch (error) {
            if (!isAtolCodecError(error)) throw error;
          }
        }
      },
    ),
    { numRuns: 20_000 },
  );
});
