import {
  divideRounded,
  formatDecimal,
  type Kopecks,
  kopecks,
  normalizeDecimal,
  parseDecimal,
  splitKopecks,
  sumKopecks,
} from '@elcert/core';
import { fiscalDocError } from './errors.js';
import type { ReceiptLine } from './receipt.js';
import { lineAmount } from './totals.js';

/** What a line must tell for a sum to be distributed. */
export type DistributedLine = Pick<ReceiptLine, 'price' | 'quantity' | 'amount' | 'excise'>;

function distributed(total: Kopecks, weights: readonly Kopecks[], path: string): Kopecks[] {
  const most = sumKopecks(weights);
  if (kopecks(total, { path }) > most) {
    throw fiscalDocError({
      code: 'RECEIPT_SUM',
      message: `${path}: ${total} kopecks do not fit into lines of ${most}`,
      path,
    });
  }
  return total === 0 ? weights.map(() => 0) : splitKopecks(total, weights);
}

/**
 * A discount over the lines in proportion to their amounts, by the largest remainder: the parts are whole kopecks, make up the discount
 * exactly, and none is above the amount of its line.
 *
 * @throws ElcertError `RECEIPT_SUM` when the discount is above all lines together; `BAD_KOPECKS`
 * @example
 * ```ts
 * distributeDiscount([{ price: 100, quantity: '1' }, { price: 100, quantity: '2' }], 100); // [33, 67]
 * ```
 */
export function distributeDiscount(lines: readonly DistributedLine[], discount: Kopecks): Kopecks[] {
  return distributed(discount, lines.map(lineAmount), 'discount');
}

/**
 * What certificates pay, over the lines that have a TRU code, in proportion to their amounts and never above them; 0 for all
 * other lines. How much a certificate pays for which goods is the processing's to say – this is for reports and returns where only
 * the sum is known.
 *
 * @throws ElcertError `RECEIPT_SUM` when the sum is above the lines with a TRU code; `BAD_KOPECKS`
 */
export function distributeCertificate(
  lines: readonly (DistributedLine & Pick<ReceiptLine, 'truCode'>)[],
  certificateAmount: Kopecks,
): Kopecks[] {
  const weights = lines.map((line) => (line.truCode === undefined ? 0 : lineAmount(line)));
  return distributed(certificateAmount, weights, 'certificateAmount');
}

/**
 * The lines with a discount distributed over them and their prices lowered, because a document knows no discounts: price × quantity
 * is what is paid. Where the quantity does not divide what is paid the line becomes two, with prices one kopeck apart; a broken quantity
 * is broken the same way, and an amount is stated where a product of one of the two ends in half a kopeck. An excise is split over the two.
 *
 * @throws ElcertError as {@link distributeDiscount}; `RECEIPT_VALUE` for a quantity that is not above zero
 * @example
 * ```ts
 * discountedLines([{ ...crutch, price: 10_000, quantity: '3' }], 1); // 2 × 100.00 and 1 × 99.99
 * ```
 */
export function discountedLines<Line extends DistributedLine>(
  lines: readonly Line[],
  discount: Kopecks,
): Line[] {
  const parts = distributeDiscount(lines, discount);
  return lines.flatMap((line, index) => {
    const part = parts[index] ?? 0;
    return part === 0 ? [line] : priced(line, lineAmount(line) - part, `lines[${index}]/quantity`);
  });
}

function priced<Line extends DistributedLine>(
  { amount: _, excise, ...line }: Line,
  amount: Kopecks,
  path: string,
): Line[] {
  const { units, scale } = parseDecimal(line.quantity);
  if (units <= 0n) {
    throw fiscalDocError({ code: 'RECEIPT_VALUE', message: `${path}: must be above zero`, path });
  }
  // With quantities in units of their last digit: p·(q − d) + (p + 1)·d is the amount for d = amount − p·q, whatever p is below amount / q.
  const one = 10n ** BigInt(scale);
  const whole = BigInt(amount) * one;
  const price = whole / units;
  const dearer = whole - price * units;
  const pieces = [
    { price, quantity: units - dearer },
    { price: price + 1n, quantity: dearer },
  ].filter(({ quantity }) => quantity > 0n);
  let left = BigInt(amount);
  let exciseLeft = BigInt(excise ?? 0);
  return pieces.map((piece, index) => {
    const product = divideRounded(piece.price * piece.quantity, one);
    // Two halves of a kopeck would both be rounded up.
    const last = index === pieces.length - 1;
    const own = last ? left : product;
    left -= own;
    const ownExcise = last ? exciseLeft : divideRounded(exciseLeft * piece.quantity, units);
    exciseLeft -= ownExcise;
    return {
      ...line,
      price: Number(piece.price),
      quantity: formatDecimal(normalizeDecimal({ units: piece.quantity, scale })),
      ...(own === product ? {} : { amount: Number(own) }),
      ...(excise === undefined ? {} : { excise: Number(ownExcise) }),
    } as Line;
  });
}
