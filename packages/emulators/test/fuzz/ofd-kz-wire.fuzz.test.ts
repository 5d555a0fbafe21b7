import { expect, it } from 'vitest';
import { playKzPlan } from '../kz-plan.js';

const seeds = Number(process.env.ELCERT_KZ_SEEDS ?? 300);

it(`days of Kazakhstan over a bad wire: ${seeds} seeds`, async () => {
  const total = { strikes: 0, repeats: 0, offlineDocuments: 0 };
  for (let seed = 100; seed < 100 + seeds; seed += 1) {
    const report = await playKzPlan(seed);
    total.strikes += report.strikes;
    total.repeats += report.repeats;
    total.offlineDocuments += report.offlineDocuments;
  }
  process.stdout.write(`${JSON.stringify(total)}\n`);
  expect(total.repeats).toBeGreaterThan(0);
  expect(total.offlineDocuments).toBeGreaterThan(0);
});
