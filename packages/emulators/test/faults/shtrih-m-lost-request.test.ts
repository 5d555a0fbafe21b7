import { isElcertError, manualClock } from '@elcert/core';
import { expect, test } from 'vitest';
import { bench, key, sale } from '../shtrih-m-day.js';

test('standard: the closing never arrives; the register is asked, the receipt still stands, it is closed once', async () => {
  const one = await bench({
    faults: [{ at: 'shtrih-m', do: 'drop', when: { operation: 'FF45' }, times: 1 }],
  });
  const result = await one.register.registerReceipt(sale, key());
  expect(result.fiscalDocumentNumber).toBe(3);
  expect(one.receipts()).toBe(1);
  await one.close();
});

test('standard: a line never arrives; the receipt is cancelled, nothing was registered', async () => {
  const one = await bench({
    faults: [{ at: 'shtrih-m', do: 'drop', when: { operation: 'FF46' }, times: 1 }],
  });
  const error = await one.register.registerReceipt(sale, key()).catch((caught: unknown) => caught);
  expect(isElcertError(error, 'LINK_LOST') && error.outcome).toBe('not-sent');
  expect(one.kkt.state().mode).toBe(2);
  expect(one.receipts()).toBe(0);
  await one.register.registerReceipt(sale, key());
  expect(one.receipts()).toBe(1);
  await one.close();
});

test('protocol 2: the same packet again', async () => {
  const clock = manualClock();
  const one = await bench({ clock, driver: { layer: 'protocol2' } });
  one.kkt.faults.add({ at: 'shtrih-m', do: 'drop', when: { operation: 'FF45' }, times: 1 });
  const result = one.register.registerReceipt(sale, key());
  await one.kkt.records.waitFor((entry) => entry.operation === 'FF45');
  await clock.waitForTimers();
  await clock.advance(30_000);
  expect((await result).fiscalDocumentNumber).toBe(3);
  expect(one.receipts()).toBe(1);
  await one.close();
});
