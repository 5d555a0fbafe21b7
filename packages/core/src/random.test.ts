import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Random,
  randomBytes,
  randomDigits,
  randomFloat,
  randomInt,
  randomUuid,
  seededRandom,
  systemRandom,
} from './index.js';

/** A generator that gives the listed values. */
function listed(...values: number[]): Random {
  return { uint32: () => values.shift() ?? 0 };
}

describe('random', () => {
  it('gives the same stream for the same seed, another for another', () => {
    const stream = (seed: number | string) => {
      const random = seededRandom(seed);
      return Array.from({ length: 20 }, () => random.uint32());
    };
    expect(stream(7)).toEqual(stream('7'));
    expect(stream(7)).not.toEqual(stream(8));
    for (const value of stream('a')) {
      expect(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff).toBe(true);
    }
  });

  it('is spread evenly enough', () => {
    const random = seededRandom('dice');
    const counts = Array.from({ length: 6 }, () => 0);
    for (let index = 0; index < 60_000; index += 1) {
      const side = randomInt(random, 6);
      counts[side] = (counts[side] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('throws away the values that would favour small numbers', () => {
    // 2³² = 3 × 1431655765 + 1: the last value alone is not used.
    expect(randomInt(listed(0xffff_ffff, 5), 3)).toBe(2);
    expect(randomInt(listed(0xffff_fffe), 3)).toBe(2);
    expect(randomInt(listed(0xffff_ffff), 0x1_0000_0000)).toBe(0xffff_ffff);
    expect(randomInt(listed(123), 1)).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 32 + 1])('refuses the bound %s', (bound) => {
    expect(() => randomInt(seededRandom(1), bound)).toThrow(
      expect.objectContaining({ code: 'NUMBER_OUT_OF_RANGE' }),
    );
  });

  it('stays within its bounds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        const random = seededRandom(seed);
        const value = randomInt(random, bound);
        expect(value >= 0 && value < bound && Number.isInteger(value)).toBe(true);
        const part = randomFloat(random);
        expect(part >= 0 && part < 1).toBe(true);
      }),
    );
    expect(randomFloat(listed(0xffff_ffff))).toBeLessThan(1);
  });

  it.each([
    ['seeded', seededRandom('uuid')],
    ['system', systemRandom()],
  ])('makes version 4 UUIDs, %s', (_name, random) => {
    const all = Array.from({ length: 200 }, () => randomUuid(random));
    for (const uuid of all)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(all).size).toBe(200);
    expect(randomUuid(listed())).toBe('00000000-0000-4000-8000-000000000000');
  });

  it('makes bytes and digits of the length asked for', () => {
    expect(randomBytes(seededRandom(1), 33)).toHaveLength(33);
    expect(randomBytes(seededRandom(1), 0)).toHaveLength(0);
    expect(randomDigits(seededRandom(1), 16)).toMatch(/^\d{16}$/);
  });
});
