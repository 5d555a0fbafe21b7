import { expect, test } from 'vitest';
import { bench, key, sale } from '../shtrih-m-day.js';

test('the ACK of a frame is lost: the answer itself is the confirmation, no line is added twice', async () => {
  const one = await bench({
    faults: [{ at: 'shtrih-m', do: 'drop', when: { operation: 'ACK', match: { command: 'FF46' } } }],
  });
  const result = await one.register.registerReceipt(sale, key());
  expect(result.totalSum).toBe(249_999);
  expect(one.count('FF46')).toBe(2);
  expect(one.receipts()).toBe(1);
  await one.close();
});
