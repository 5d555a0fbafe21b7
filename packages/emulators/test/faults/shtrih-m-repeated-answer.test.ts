import { expect, test } from 'vitest';
import { bench, key, sale } from '../shtrih-m-day.js';

test.each(['standard', 'protocol2'] as const)('%s: every answer comes twice', async (layer) => {
  const one = await bench({ faults: [{ at: 'shtrih-m', do: 'duplicate' }], driver: { layer } });
  await one.register.registerReceipt(sale, key());
  await one.register.registerReceipt({ ...sale, settlementType: 'saleReturn' }, key());
  expect(one.kkt.fn.documents().map(({ settlementType }) => settlementType)).toEqual([
    undefined,
    undefined,
    'sale',
    'saleReturn',
  ]);
  expect(one.count('FF46')).toBe(4);
  await one.close();
});
