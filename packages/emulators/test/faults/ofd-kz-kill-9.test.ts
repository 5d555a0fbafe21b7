import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleKzTill, kzInsidePoints, kzOutsidePoints, playKzTill } from '../kill/kz-till.js';

// A real process, killed with SIGKILL before and after each thing that it keeps, sends or tells. Hundreds of random seeds run as
// test/fuzz/ofd-kz-kill-9.fuzz.test.ts.

let till: Awaited<ReturnType<typeof bundleKzTill>>;

beforeAll(async () => {
  till = await bundleKzTill();
}, 30_000);

afterAll(() => till.remove());

/** The file is written whole once at the start, and once more as it grows. */
const once = (point: string) => /writeFile|rename|disk-sync/.test(point);

describe('a till of Kazakhstan killed at every point', () => {
  it.each([...kzInsidePoints, ...kzOutsidePoints])('at %s', async (point) => {
    const lives = [
      { point, count: once(point) ? 1 : 6 },
      { point, count: once(point) ? 1 : 4, offline: point !== 'operator' && point !== 'operator-answered' },
    ];
    expect((await playKzTill(till.file, { seed: 1, lives })).struck).toBeGreaterThan(0);
  });

  it('is let be: nothing is sent twice', async () => {
    expect(await playKzTill(till.file, { seed: 1, lives: [] })).toEqual({
      struck: 0,
      repeats: 0,
      offlineDocuments: 0,
    });
  });
});
