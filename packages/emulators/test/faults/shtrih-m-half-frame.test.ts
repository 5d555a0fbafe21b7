import { expect, test } from 'vitest';
import { bench, key, sale } from '../shtrih-m-day.js';

// ACK is one byte, the answer's frame 24: the link is cut after each of them.
test.each(Array.from({ length: 25 }, (_, keepBytes) => keepBytes))(
  'the link is cut after %i bytes of the closing answer: the drive tells that it is done',
  async (keepBytes) => {
    const one = await bench({
      faults: [{ at: 'shtrih-m', do: 'cut', keepBytes, when: { operation: 'FF45' }, times: 1 }],
    });
    const result = await one.register.registerReceipt(sale, key());
    expect(result).toMatchObject({
      fiscalDocumentNumber: 3,
      totalSum: 249_999,
      shiftNumber: 1,
      receiptNumber: 1,
    });
    expect(one.receipts()).toBe(1);
    expect(one.count('FF45')).toBe(1);
    await one.close();
  },
);
