import { expect, it } from 'vitest';
import { playKzPlan } from '../kz-plan.js';

// Hundreds of seeds run as test/fuzz/ofd-kz-wire.fuzz.test.ts.

it.each([1, 2, 3, 4, 5, 6])(
  'a day of Kazakhstan over a bad wire: each document once (seed %i)',
  async (seed) => {
    const { strikes } = await playKzPlan(seed);
    expect(strikes).toBeGreaterThan(0);
  },
);
