import { divideRounded, formatDecimal, parseDecimal, rescaleDecimal } from './decimal.js';
import { type CoreErrorCode, ElcertError } from './errors.js';

/**
 * Money: a whole number of kopecks (tiyn in Kazakhstan), always a safe integer, never a fraction of a ruble in a float.
 */
export type Kopecks = number;

/**
 * Checks that a number may stand for money.
 *
 * @throws ElcertError `BAD_KOPECKS` unless `value` is a safe integer (and, by default, not negative).
 */
export function kopecks(
  value: number,
  options: { readonly allowNegative?: boolean; readonly path?: string } = {},
): Kopecks {
  if (!Number.isSafeInteger(value) || (value < 0 && options.allowNegative !== true)) {
    throw new ElcertError<CoreErrorCode>({
      code: 'BAD_KOPECKS',
      message: `not a whole number of kopecks: ${value}`,
      path: options.path,
    });
  }
  return value === 0 ? 0 : value;
}

/**
 * Reads rubles written as exact decimal text: `"5266.29"` → 526629.
 *
 * @throws ElcertError `BAD_DECIMAL`, `DECIMAL_PRECISION` (more than two digits after the point) or `BAD_KOPECKS`.
 * @example
 * ```ts
 * parseRubles('5266.29'); // 526629
 * ```
 */
export function parseRubles(text: string, options: { readonly allowNegative?: boolean } = {}): Kopecks {
  return kopecks(Number(rescaleDecimal(parseDecimal(text), 2).units), options);
}

/** Writes kopecks as rubles with two digits after the point: 526629 → `"5266.29"`. */
export function formatRubles(value: Kopecks): string {
  return formatDecimal({ units: BigInt(kopecks(value, { allowNegative: true })), scale: 2 });
}

/** Adds money. @throws ElcertError `BAD_KOPECKS` when the sum leaves the safe range. */
export function sumKopecks(values: Iterable<Kopecks>): Kopecks {
  let total = 0;
  for (const value of values)
    total = kopecks(total + kopecks(value, { allowNegative: true }), { allowNegative: true });
  return total;
}

/**
 * Price × quantity, rounded to the nearest kopeck (half away from zero), as tag 1043 wants it.
 *
 * @param quantity - exact decimal text, e.g. `"1.250"`
 */
export function multiplyKopecks(price: Kopecks, quantity: string): Kopecks {
  const { units, scale } = parseDecimal(quantity);
  const product = BigInt(kopecks(price, { allowNegative: true })) * units;
  return kopecks(Number(divideRounded(product, 10n ** BigInt(scale))), { allowNegative: true });
}

/**
 * Splits a sum over weights without losing a kopeck (largest remainder; equal remainders go to the earlier line).
 *
 * @throws ElcertError `BAD_KOPECKS` for a negative sum or weight, `NOTHING_TO_SPLIT_OVER` when all weights are zero
 * and the sum is not.
 * @example
 * ```ts
 * splitKopecks(100, [1, 1, 1]); // [34, 33, 33]
 * ```
 */
export function splitKopecks(total: Kopecks, weights: readonly number[]): Kopecks[] {
  const sum = BigInt(kopecks(total));
  const parts = weights.map((weight) => BigInt(kopecks(weight)));
  const whole = parts.reduce((a, b) => a + b, 0n);
  if (whole === 0n) {
    if (sum === 0n) return weights.map(() => 0);
    throw new ElcertError<CoreErrorCode>({
      code: 'NOTHING_TO_SPLIT_OVER',
      message: `no weight to split ${total} kopecks over`,
    });
  }
  const floors = parts.map((part) => (sum * part) / whole);
  let left = sum - floors.reduce((a, b) => a + b, 0n);
  const byRemainder = parts
    .map((part, index) => ({ index, remainder: (sum * part) % whole }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  const result = floors.map(Number);
  for (const { index } of byRemainder) {
    if (left === 0n) break;
    result[index] = (result[index] ?? 0) + 1;
    left -= 1n;
  }
  return result;
}
