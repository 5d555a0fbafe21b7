import { seededRandom } from '@elcert/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleTill, playTill, randomKill } from '../kill/till.js';

let till: Awaited<ReturnType<typeof bundleTill>>;

beforeAll(async () => {
  till = await bundleTill();
}, 30_000);

afterAll(() => till.remove());

describe('a till killed at random points', () => {
  it.each(['register', 'folder'] as const)(
    '150 seeds, up to three kills each, documents from a %s',
    async (source) => {
      let struck = 0;
      for (let seed = 1; seed <= 150; seed += 1) {
        const random = seededRandom(`kill ${source} ${seed}`);
        const kills = [randomKill(random), randomKill(random), randomKill(random)].filter(
          ({ point }) => source === 'register' || point !== 'register',
        );
        struck += (await playTill(till.file, { seed, kills, source })).struck;
      }
      // Otherwise the points were never reached and nothing was shown.
      expect(struck).toBeGreaterThan(150);
    },
  );
});
