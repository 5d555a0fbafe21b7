import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRubles, kopecks, multiplyKopecks, parseRubles, splitKopecks, sumKopecks } from './index.js';

const money = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('kopecks', () => {
  it.each([0, 1, Number.MAX_SAFE_INTEGER])('takes %s', (value) => {
    expect(kopecks(value)).toBe(value);
  });

  it.each([
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '1' as never,
    undefined as never,
    1n as never,
  ])('refuses %s', (value) => {
    expect(() => kopecks(value, { path: 'items[0]/price' })).toThrow(
      expect.objectContaining({ code: 'BAD_KOPECKS', path: 'items[0]/price' }),
    );
  });

  it('takes less than nothing when told to, and knows one zero only', () => {
    expect(kopecks(-1, { allowNegative: true })).toBe(-1);
    expect(Object.is(kopecks(-0), 0)).toBe(true);
  });
});

describe('rubles', () => {
  it.each([
    ['5266.29', 526629],
    ['0', 0],
    ['0.05', 5],
    ['12.5', 1250],
    ['12.500', 1250],
    ['90071992547409.91', Number.MAX_SAFE_INTEGER],
  ])('reads %s', (text, value) => {
    expect(parseRubles(text)).toBe(value);
  });

  it.each([
    ['0.001', 'DECIMAL_PRECISION'],
    ['-1', 'BAD_KOPECKS'],
    ['90071992547409.92', 'BAD_KOPECKS'],
    ['90071992547409.93', 'BAD_KOPECKS'],
    ['12,50', 'BAD_DECIMAL'],
    [12.5 as never, 'BAD_DECIMAL'],
  ])('refuses %s', (text, expected) => {
    expect(() => parseRubles(text)).toThrow(code(expected));
  });

  it('goes there and back', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const one = value === 0 ? 0 : value;
        expect(parseRubles(formatRubles(one), { allowNegative: true })).toBe(one);
        expect(formatRubles(one)).toMatch(/^-?\d+\.\d\d$/);
      }),
    );
  });

  it('does not write half a kopeck', () => {
    expect(() => formatRubles(0.5)).toThrow(code('BAD_KOPECKS'));
  });
});

describe('sumKopecks', () => {
  it('adds, and stops at the end of exact numbers', () => {
    expect(sumKopecks([])).toBe(0);
    expect(sumKopecks([100, -30, 5])).toBe(75);
    expect(() => sumKopecks([Number.MAX_SAFE_INTEGER, 1])).toThrow(code('BAD_KOPECKS'));
    expect(() => sumKopecks([0.1, 0.2])).toThrow(code('BAD_KOPECKS'));
  });
});

describe('multiplyKopecks', () => {
  it.each([
    [100, '1.250', 125],
    [333, '0.5', 167],
    [1, '0.5', 1],
    [1, '0.499999', 0],
    [12345, '2', 24690],
    [333, '-0.5', -167],
    [0, '1000', 0],
  ])('%s × %s', (price, quantity, amount) => {
    expect(multiplyKopecks(price, quantity)).toBe(amount);
  });

  it('agrees with whole-number arithmetic', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 1, max: 6 }),
        (price, units, scale) => {
          const digits = String(units).padStart(scale + 1, '0');
          const quantity = `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
          const divisor = 10n ** BigInt(scale);
          const product = BigInt(price) * BigInt(units);
          const expected = product / divisor + (product % divisor >= divisor / 2n ? 1n : 0n);
          if (expected <= BigInt(Number.MAX_SAFE_INTEGER)) {
            expect(multiplyKopecks(price, quantity)).toBe(Number(expected));
          } else expect(() => multiplyKopecks(price, quantity)).toThrow(code('BAD_KOPECKS'));
        },
      ),
    );
  });
});

describe('splitKopecks', () => {
  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [100, [1, 2], [33, 67]],
    [1, [1, 1], [1, 0]],
    [5, [0, 1, 0], [0, 5, 0]],
    [0, [0, 0], [0, 0]],
    [0, [], []],
  ])('%s over %j', (total, weights, parts) => {
    expect(splitKopecks(total, weights)).toEqual(parts);
  });

  it('loses nothing, and is within a kopeck of the exact share', () => {
    fc.assert(
      fc.property(
        money,
        fc.array(money, { minLength: 1, maxLength: 30 }).filter((all) => all.some((one) => one > 0)),
        (total, weights) => {
          const parts = splitKopecks(total, weights);
          expect(parts.map(BigInt).reduce((a, b) => a + b, 0n)).toBe(BigInt(total));
          const whole = weights.map(BigInt).reduce((a, b) => a + b, 0n);
          parts.forEach((part, index) => {
            const off = BigInt(part) * whole - BigInt(total) * BigInt(weights[index] ?? 0);
            expect((off < 0n ? -off : off) < whole).toBe(true);
            if (weights[index] === 0) expect(part).toBe(0);
          });
        },
      ),
    );
  });

  it('refuses what cannot be split', () => {
    expect(() => splitKopecks(1, [0, 0])).toThrow(code('NOTHING_TO_SPLIT_OVER'));
    expect(() => splitKopecks(1, [])).toThrow(code('NOTHING_TO_SPLIT_OVER'));
    expect(() => splitKopecks(-1, [1])).toThrow(code('BAD_KOPECKS'));
    expect(() => splitKopecks(1, [-1, 2])).toThrow(code('BAD_KOPECKS'));
    expect(() => splitKopecks(1, [0.5])).toThrow(code('BAD_KOPECKS'));
  });
});
