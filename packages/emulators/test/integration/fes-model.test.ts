import { describe, expect, it } from 'vitest';
import { playFes } from './fes-model.js';

// The long run is in ../fuzz/fes.fuzz.test.ts.

describe('random tills against FES', () => {
  it('leave even books, over a socket', async () => {
    const report = await playFes({ seed: 'socket', steps: 120, wire: 'socket' });
    expect(report.paid).toBeGreaterThan(5);
    expect(report.unknowns).toBeGreaterThan(0);
  }, 60_000);

  it.each([1, 2, 3])(
    'leave even books, in memory, seed %i',
    async (seed) => {
      const report = await playFes({ seed, steps: 300, wire: 'memory' });
      expect(report.paid).toBeGreaterThan(5);
      expect(report.returned).toBeGreaterThan(0);
    },
    60_000,
  );
});
