import { type CoreErrorCode, ElcertError } from './errors.js';

/** An exact decimal number: `units × 10^-scale`. `{ units: 1250n, scale: 3 }` is 1.250. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const decimalText = /^(-?)(\d{1,30})(?:\.(\d{1,18}))?$/;

/**
 * Reads exact decimal text (`"1.250"`, `"-3"`). The scale is the number of digits after the point, as written.
 *
 * @throws ElcertError `BAD_DECIMAL` for anything else: a number, spaces, commas, exponents, signs other than a leading minus, more
 * than 30 digits before the point or 18 after it.
 * @example
 * ```ts
 * parseDecimal('1.250'); // { units: 1250n, scale: 3 }
 * ```
 */
export function parseDecimal(text: string): Decimal {
  // A number would be turned to text by the pattern, floating-point noise included.
  const match = typeof text === 'string' ? decimalText.exec(text) : null;
  if (match === null) {
    throw new ElcertError<CoreErrorCode>({
      code: 'BAD_DECIMAL',
      message: `not a decimal number: ${JSON.stringify(String(text).slice(0, 40))}`,
    });
  }
  const [, sign, whole, fraction = ''] = match;
  const units = BigInt(`${whole}${fraction}`);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

/** Writes a decimal with all the digits its scale asks for: `{ 1250n, 3 }` → `"1.250"`. */
export function formatDecimal({ units, scale }: Decimal): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, '0');
  const cut = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
  return negative ? `-${text}` : text;
}

/** The same number with as few digits after the point as it needs. */
export function normalizeDecimal({ units, scale }: Decimal): Decimal {
  let rest = units;
  let left = scale;
  while (left > 0 && rest % 10n === 0n) {
    rest /= 10n;
    left -= 1;
  }
  return { units: rest, scale: left };
}

/**
 * The same number with exactly `scale` digits.
 *
 * @throws ElcertError `DECIMAL_PRECISION` when digits other than zero would be lost.
 */
export function rescaleDecimal(value: Decimal, scale: number): Decimal {
  if (scale >= value.scale) return { units: value.units * 10n ** BigInt(scale - value.scale), scale };
  const divisor = 10n ** BigInt(value.scale - scale);
  if (value.units % divisor !== 0n) {
    throw new ElcertError<CoreErrorCode>({
      code: 'DECIMAL_PRECISION',
      message: `${formatDecimal(value)} does not fit ${scale} digits after the point`,
    });
  }
  return { units: value.units / divisor, scale };
}

/** −1, 0 or 1: how `a` compares to `b`, whatever their scales. */
export function compareDecimal(a: Decimal, b: Decimal): -1 | 0 | 1 {
  const scale = Math.max(a.scale, b.scale);
  const left = rescaleDecimal(a, scale).units;
  const right = rescaleDecimal(b, scale).units;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `dividend / divisor` rounded half away from zero, in whole numbers. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const a = dividend < 0n ? -dividend : dividend;
  const b = divisor < 0n ? -divisor : divisor;
  const quotient = (2n * a + b) / (2n * b);
  return negative ? -quotient : quotient;
}
