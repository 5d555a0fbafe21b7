import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareDecimal,
  type Decimal,
  divideRounded,
  formatDecimal,
  normalizeDecimal,
  parseDecimal,
  rescaleDecimal,
} from './index.js';

const decimal = fc.record({
  units: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  scale: fc.integer({ min: 0, max: 18 }),
});

describe('decimals', () => {
  it.each<[string, Decimal]>([
    ['0', { units: 0n, scale: 0 }],
    ['1.250', { units: 1250n, scale: 3 }],
    ['-0.5', { units: -5n, scale: 1 }],
    ['007.10', { units: 710n, scale: 2 }],
    [
      '123456789012345678901234567890.123456789012345678',
      { units: 123456789012345678901234567890123456789012345678n, scale: 18 },
    ],
  ])('reads %s', (text, value) => {
    expect(parseDecimal(text)).toEqual(value);
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '1,5',
    '.5',
    '5.',
    '1e3',
    '+1',
    '--1',
    '1.2.3',
    '1_000',
    '١',
    'NaN',
    '1\n',
    '1234567890123456789012345678901',
    '0.1234567890123456789',
    0.1,
    1n,
    null,
    undefined,
    {},
  ])('refuses %s', (text) => {
    expect(() => parseDecimal(text as string)).toThrow(expect.objectContaining({ code: 'BAD_DECIMAL' }));
  });

  it('goes there and back', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        expect(parseDecimal(formatDecimal(value))).toEqual(value);
      }),
    );
  });

  it.each([
    [{ units: -5n, scale: 2 }, '-0.05'],
    [{ units: 5n, scale: 0 }, '5'],
    [{ units: 1250n, scale: 3 }, '1.250'],
    [{ units: 0n, scale: 2 }, '0.00'],
  ])('writes %o as %s', (value, text) => {
    expect(formatDecimal(value)).toBe(text);
  });

  it('changes the scale without changing the number', () => {
    expect(normalizeDecimal({ units: 1250n, scale: 3 })).toEqual({ units: 125n, scale: 2 });
    expect(normalizeDecimal({ units: 0n, scale: 3 })).toEqual({ units: 0n, scale: 0 });
    expect(normalizeDecimal({ units: 100n, scale: 0 })).toEqual({ units: 100n, scale: 0 });
    expect(rescaleDecimal({ units: 125n, scale: 2 }, 3)).toEqual({ units: 1250n, scale: 3 });
    expect(rescaleDecimal({ units: 1250n, scale: 3 }, 2)).toEqual({ units: 125n, scale: 2 });
    expect(() => rescaleDecimal({ units: 1251n, scale: 3 }, 2)).toThrow(
      '1.251 does not fit 2 digits after the point',
    );
    fc.assert(
      fc.property(decimal, (value) => {
        expect(compareDecimal(normalizeDecimal(value), value)).toBe(0);
      }),
    );
  });

  it('compares across scales', () => {
    expect(compareDecimal(parseDecimal('1.5'), parseDecimal('1.50'))).toBe(0);
    expect(compareDecimal(parseDecimal('-1.5'), parseDecimal('-1.49'))).toBe(-1);
    expect(compareDecimal(parseDecimal('2'), parseDecimal('1.999'))).toBe(1);
  });

  it.each([
    [5n, 2n, 3n],
    [-5n, 2n, -3n],
    [5n, -2n, -3n],
    [-5n, -2n, 3n],
    [4n, 3n, 1n],
    [-1n, 3n, 0n],
    [1n, 2n, 1n],
  ])('divides %s by %s to %s', (a, b, quotient) => {
    expect(divideRounded(a, b)).toBe(quotient);
  });

  it('rounds to the nearest whole number', () => {
    const big = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
    fc.assert(
      fc.property(
        big,
        big.filter((b) => b !== 0n),
        (a, b) => {
          const twice = 2n * (divideRounded(a, b) * b - a);
          const off = twice < 0n ? -twice : twice;
          expect(off <= (b < 0n ? -b : b)).toBe(true);
        },
      ),
    );
  });
});
