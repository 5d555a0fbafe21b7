import { randomInt, seededRandom } from '@elcert/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleKzTill, playKzTill, randomKzFaults, randomKzLife } from '../kill/kz-till.js';

const seeds = Number(process.env.ELCERT_KZ_SEEDS ?? 300);

let till: Awaited<ReturnType<typeof bundleKzTill>>;

beforeAll(async () => {
  till = await bundleKzTill();
}, 30_000);

afterAll(() => till.remove());

it(`a till of Kazakhstan killed at random points: ${seeds} seeds, up to four kills each, outages and a bad wire between them`, async () => {
  const total = { struck: 0, repeats: 0, offlineDocuments: 0 };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const random = seededRandom(`kz kill ${seed}`);
    const lives = Array.from({ length: 1 + randomInt(random, 4) }, () => randomKzLife(random));
    const report = await playKzTill(till.file, { seed, lives, faults: randomKzFaults(random) });
    total.struck += report.struck;
    total.repeats += report.repeats;
    total.offlineDocuments += report.offlineDocuments;
  }
  process.stdout.write(`${JSON.stringify(total)}\n`);
  // Otherwise the points were never reached and nothing was shown.
  expect(total.struck).toBeGreaterThan(seeds);
  expect(total.repeats).toBeGreaterThan(0);
  expect(total.offlineDocuments).toBeGreaterThan(0);
});
