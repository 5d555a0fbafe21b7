import { expect, test } from 'vitest';
import { bench, key, sale } from '../shtrih-m-day.js';

test('a damaged answer: NAK, ENQ, and the register repeats it', async () => {
  const one = await bench({ faults: [{ at: 'shtrih-m', do: 'corrupt', when: { operation: 'FF45' } }] });
  const result = await one.register.registerReceipt(sale, key());
  expect(result.fiscalSign).toBe(String(one.kkt.fn.document(3)?.fiscalSign).padStart(10, '0'));
  expect(one.count('FF45')).toBe(1);
  expect(one.receipts()).toBe(1);
  await one.close();
});
