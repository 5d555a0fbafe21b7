import { expect, it } from 'vitest';
import { playFes } from '../integration/fes-model.js';

it.each(Array.from({ length: 20 }, (_, index) => `fuzz ${index}`))(
  'thousands of purchases, returns and accidents leave even books: %s',
  async (seed) => {
    const report = await playFes({ seed, steps: 600, wire: 'memory' });
    expect(report.purchases).toBeGreaterThan(100);
  },
);
