import { expect, test } from 'vitest';
import { bench, key, sale } from '../shtrih-m-day.js';

test.each(['8D', 'FF46', 'FF4D', 'FF45'])(
  '%s is refused: the receipt is cancelled, the next sale works',
  async (operation) => {
    const one = await bench({
      faults: [{ at: 'shtrih-m', do: 'refuse', code: 0x33, when: { operation }, times: 1 }],
    });
    await expect(one.register.registerReceipt(sale, key())).rejects.toMatchObject({
      code: 'REGISTER_REFUSED',
      outcome: 'refused',
      userMessage: expect.any(String),
      details: { command: operation, result: 0x33 },
    });
    expect(one.kkt.state().mode).toBe(2);
    expect(one.receipts()).toBe(0);
    await one.register.registerReceipt(sale, key());
    expect(one.receipts()).toBe(1);
    await one.close();
  },
);

test('what the register is told twice it says no to once: 50h waits, 58h continues', async () => {
  const one = await bench({
    faults: [
      { at: 'shtrih-m', do: 'refuse', code: 0x50, when: { operation: '8D' }, times: 1 },
      { at: 'shtrih-m', do: 'refuse', code: 0x58, when: { operation: 'FF46' }, times: 1 },
    ],
  });
  await one.register.registerReceipt(sale, key());
  expect(one.count('B0')).toBe(1);
  expect(one.receipts()).toBe(1);
  await one.close();
});
