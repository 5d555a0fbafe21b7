import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleTill, insidePoints, type Kill, outsidePoints, playTill } from '../kill/till.js';

// A real process, killed with SIGKILL at each point where it could have left something half done. Hundreds of random seeds run as
// test/fuzz/kill-9.fuzz.test.ts.

let till: Awaited<ReturnType<typeof bundleTill>>;

beforeAll(async () => {
  till = await bundleTill();
}, 30_000);

afterAll(() => till.remove());

const points = [...insidePoints, ...outsidePoints];

describe('a till killed at every point', () => {
  it.each(points)('behind a register, at %s', async (point) => {
    const kills: Kill[] = [
      { point, count: 1 },
      { point, count: point === 'register' ? 9 : 2 },
    ];
    const { struck } = await playTill(till.file, { seed: 1, kills, source: 'register' });
    expect(struck).toBe(2);
  });

  it.each(points.filter((point) => point !== 'register'))('with a folder, at %s', async (point) => {
    const { struck } = await playTill(till.file, { seed: 1, kills: [{ point, count: 2 }], source: 'folder' });
    expect(struck).toBe(1);
  });

  it('is let be: nothing is sent twice', async () => {
    expect(await playTill(till.file, { seed: 1, kills: [], source: 'register' })).toEqual({
      struck: 0,
      resent: 0,
    });
  });
});
