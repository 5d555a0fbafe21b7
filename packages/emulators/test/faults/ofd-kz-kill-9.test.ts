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

  it.each(['operator', 'operator-answered', 'after-write', 'before-save', 'after-save'] as const)(
    'in the middle of its queue, at %s',
    async (point) => {
      // One ticket online, the rest of the day without an operator; then the queue goes out, and the process ends in between.
      const lives = [
        { point: 'acknowledged', count: 1 },
        { point: 'acknowledged', count: 99, offline: true },
        { point, count: 4 },
        { point, count: 3 },
      ] as const;
      const report = await playKzTill(till.file, { seed: 1, lives });
      expect(report).toMatchObject({ struck: 3, offlineDocuments: 9 });
      if (point === 'operator-answered') expect(report.repeats).toBeGreaterThan(0);
    },
  );

  it('is let be: nothing is sent twice', async () => {
    expect(await playKzTill(till.file, { seed: 1, lives: [] })).toEqual({
      struck: 0,
      repeats: 0,
      offlineDocuments: 0,
    });
  });
});
