import { manualClock } from '@elcert/core';
import { expect, test } from 'vitest';
import { bench, controlTimeoutMs, key, sale } from '../shtrih-m-day.js';

test('standard: the closing is done and nothing comes back; ENQ fetches the answer', async () => {
  const clock = manualClock();
  const one = await bench({ clock, shift: false });
  await one.register.openShift(undefined, key());
  one.kkt.faults.add({ at: 'shtrih-m', do: 'silent-after-effect', when: { operation: 'FF45' } });
  const result = one.register.registerReceipt(sale, key());
  await one.kkt.records.waitFor((entry) => entry.operation === 'FF45' && entry.direction === 'out');
  await clock.waitForTimers();
  await clock.advance(controlTimeoutMs);
  expect((await result).fiscalDocumentNumber).toBe(3);
  expect(one.count('FF45')).toBe(1);
  expect(one.receipts()).toBe(1);
  await one.close();
});

test('protocol 2: the same number again gets the same answer', async () => {
  const clock = manualClock();
  const one = await bench({ clock, driver: { layer: 'protocol2' } });
  one.kkt.faults.add({ at: 'shtrih-m', do: 'silent-after-effect', when: { operation: 'FF45' } });
  const result = one.register.registerReceipt(sale, key());
  await one.kkt.records.waitFor((entry) => entry.operation === 'FF45' && entry.direction === 'out');
  await clock.waitForTimers();
  await clock.advance(30_000);
  expect((await result).fiscalDocumentNumber).toBe(3);
  expect(one.count('FF45')).toBe(1);
  expect(one.receipts()).toBe(1);
  await one.close();
});

test('protocol 2: a new connection goes on with the old numbering, whatever was lost', async () => {
  for (const operation of ['FF46', 'FF45', 'E0', '10']) {
    const one = await bench({
      shift: false,
      faults: [{ at: 'shtrih-m', do: 'disconnect', when: { operation, nth: 1 } }],
      driver: { layer: 'protocol2' },
    });
    await one.register.openShift(undefined, key());
    await one.register.registerReceipt(sale, key());
    expect(one.receipts()).toBe(1);
    expect(one.count('FF46')).toBe(2);
    expect(one.count('FF45')).toBe(1);
    expect(one.count('E0')).toBe(1);
    await one.close();
  }
});
