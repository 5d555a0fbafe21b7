import { isElcertError } from '@elcert/core';
import { expect, test } from 'vitest';
import { bench, controlTimeoutMs, key, sale } from '../shtrih-m-day.js';

test('NAK to a frame: it is sent again, and executed once', async () => {
  const one = await bench({
    faults: [{ at: 'shtrih-m', do: 'nak', when: { operation: 'FF45' }, times: 3 }],
  });
  await one.register.registerReceipt(sale, key());
  expect(one.count('FF45')).toBe(4);
  expect(one.receipts()).toBe(1);
  await one.close();
});

test('NAK for ever: nothing was registered, and the next sale works', async () => {
  const one = await bench({
    // Each NAK is followed by a wait for an ACK, as it may be the reply to noise.
    driver: { timings: { controlTimeoutMs, retries: 3 } },
    faults: [{ at: 'shtrih-m', do: 'nak', when: { operation: 'FF45' } }],
  });
  const error = await one.register.registerReceipt(sale, key()).catch((caught: unknown) => caught);
  expect(isElcertError(error, 'LINK_LOST') && error.outcome).toBe('not-sent');
  expect(one.receipts()).toBe(0);
  one.kkt.faults.clear();
  await one.register.registerReceipt(sale, key());
  expect(one.receipts()).toBe(1);
  await one.close();
});
