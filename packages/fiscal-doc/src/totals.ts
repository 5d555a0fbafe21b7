import {
  divideRounded,
  type Kopecks,
  kopecks,
  multiplyKopecks,
  parseDecimal,
  sumKopecks,
} from '@elcert/core';
import { fiscalDocError } from './errors.js';
import type { Receipt, ReceiptLine, VatRate } from './receipt.js';
import { vatRateNames } from './tags/codes.js';

/** VAT of one rate over a receipt. */
export interface VatTotal {
  readonly rate: VatRate;
  /** Sum of the lines of this rate, VAT included. Kopecks. */
  readonly base: Kopecks;
  /** VAT inside `base`, of the sum of the lines; 0 for `0` and `none`. Kopecks. */
  readonly vat: Kopecks;
}

/** Computed sums of a receipt. All in kopecks. */
export interface ReceiptTotals {
  /** Amount and VAT of each line, in the order of the lines. */
  readonly lines: readonly { readonly amount: Kopecks; readonly vat: Kopecks }[];
  /** Sum of the lines. */
  readonly linesTotal: Kopecks;
  /** What is paid (tag 1020): the lines minus the rounding. */
  readonly total: Kopecks;
  /** Rates that occur, the highest first, calculated ones last. */
  readonly vat: readonly VatTotal[];
}

/** Every rate, in the order in which receipts list them. */
const rateOrder: readonly VatRate[] = [...new Set<VatRate>(['22', '20', '16', '12', ...vatRateNames])];

/** What part of a sum the VAT inside it is: 22/122 for `22` and for `22/122`, nothing for `0` and `none`. */
const fractions: Readonly<Record<VatRate, readonly [numerator: number, denominator: number]>> = {
  '22': [22, 122],
  '20': [20, 120],
  '16': [16, 116],
  '12': [12, 112],
  '10': [10, 110],
  '7': [7, 107],
  '5': [5, 105],
  '0': [0, 100],
  none: [0, 100],
  '22/122': [22, 122],
  '20/120': [20, 120],
  '10/110': [10, 110],
  '7/107': [7, 107],
  '5/105': [5, 105],
};

function fractionOf(rate: VatRate): readonly [numerator: number, denominator: number] {
  if (Object.hasOwn(fractions, rate)) return fractions[rate];
  throw fiscalDocError({
    code: 'RECEIPT_VALUE',
    message: `unknown rate ${JSON.stringify(rate)}`,
    path: 'vat',
  });
}

/** The nearest whole number to `amount × numerator / denominator`, halves up. */
function partOf(amount: Kopecks, numerator: number, denominator: number): Kopecks {
  const doubled = kopecks(amount) * numerator * 2 + denominator;
  if (!Number.isSafeInteger(doubled))
    return Number(divideRounded(BigInt(amount) * BigInt(numerator), BigInt(denominator)));
  return (doubled - (doubled % (denominator * 2))) / (denominator * 2);
}

/**
 * VAT that a sum includes, rounded to the nearest kopeck.
 *
 * @throws ElcertError `RECEIPT_VALUE` for an unknown rate, `BAD_KOPECKS`
 * @example
 * ```ts
 * vatIncluded(24697, '22'); // 4454
 * ```
 */
export function vatIncluded(amount: Kopecks, rate: VatRate): Kopecks {
  const [numerator, denominator] = fractionOf(rate);
  return partOf(amount, numerator, denominator);
}

/**
 * VAT that comes on top of a sum, rounded to the nearest kopeck. Calculated rates have none on top.
 *
 * @throws ElcertError `RECEIPT_VALUE` for a calculated or an unknown rate, `BAD_KOPECKS`
 */
export function vatAdded(amount: Kopecks, rate: VatRate): Kopecks {
  const [numerator] = fractionOf(rate);
  if (rate.includes('/')) {
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `a calculated rate is never added: ${rate}`,
      path: 'vat',
    });
  }
  return partOf(amount, numerator, 100);
}

/** Amount of a line: as given, or price × quantity rounded to the nearest kopeck. */
export function lineAmount(line: Pick<ReceiptLine, 'price' | 'quantity' | 'amount'>): Kopecks {
  return line.amount ?? multiplyKopecks(line.price, line.quantity);
}

function checkedLine(line: ReceiptLine, path: string): Kopecks {
  kopecks(line.price, { path: `${path}/price` });
  let units: bigint;
  try {
    units = parseDecimal(line.quantity).units;
  } catch (cause) {
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `${path}/quantity: not exact decimal text`,
      path: `${path}/quantity`,
      cause,
    });
  }
  if (units <= 0n) {
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `${path}/quantity: must be above zero`,
      path: `${path}/quantity`,
    });
  }
  if (!rateOrder.includes(line.vat)) {
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `${path}/vat: unknown rate ${JSON.stringify(line.vat)}`,
      path: `${path}/vat`,
    });
  }
  return kopecks(lineAmount(line), { path: `${path}/amount` });
}

/**
 * Sums of a receipt by exact arithmetic. The VAT of a rate is that of the sum of its lines, as registers of 2026 compute it.
 *
 * @throws ElcertError `RECEIPT_SUM` unless the payments are exactly the lines minus the rounding (path `receipt/payments`) and
 * certificate and card fit into what is paid electronically (path `receipt/certificate`);
 * `RECEIPT_VALUE` for no lines, a quantity that is not above zero, an unknown rate or a rounding above 99 kopecks; `BAD_KOPECKS`
 */
export function receiptTotals(
  receipt: Pick<Receipt, 'lines' | 'payments' | 'rounding' | 'certificate'>,
): ReceiptTotals {
  if (receipt.lines.length === 0) {
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: 'a receipt without lines',
      path: 'receipt/lines',
    });
  }
  const lines = receipt.lines.map((line, index) => {
    const amount = checkedLine(line, `receipt/lines[${index}]`);
    return { amount, vat: vatIncluded(amount, line.vat) };
  });
  const linesTotal = sumKopecks(lines.map((line) => line.amount));
  const rounding = kopecks(receipt.rounding ?? 0, { path: 'receipt/rounding' });
  if (rounding > 99 || rounding > linesTotal) {
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `a receipt is rounded by less than a ruble, not by ${rounding} kopecks`,
      path: 'receipt/rounding',
    });
  }
  const total = linesTotal - rounding;
  const { cash = 0, electronic = 0, prepaid = 0, credit = 0, other = 0 } = receipt.payments;
  for (const [name, value] of Object.entries(receipt.payments))
    if (value !== undefined) kopecks(value, { path: `receipt/payments/${name}` });
  const paid = sumKopecks([cash, electronic, prepaid, credit, other]);
  if (paid !== total) {
    throw fiscalDocError({
      code: 'RECEIPT_SUM',
      message: `payments are ${paid} kopecks, the receipt is ${total}`,
      userMessage: 'Сумма оплат не равна сумме чека.',
      path: 'receipt/payments',
      details: { paid, total },
    });
  }
  if (receipt.certificate !== undefined) {
    const { certificateAmount, cardAmount } = receipt.certificate;
    const shown = sumKopecks([
      kopecks(certificateAmount, { path: 'receipt/certificate/certificateAmount' }),
      kopecks(cardAmount, { path: 'receipt/certificate/cardAmount' }),
    ]);
    if (shown > electronic) {
      throw fiscalDocError({
        code: 'RECEIPT_SUM',
        message: `certificate and card are ${shown} kopecks, only ${electronic} are paid electronically`,
        userMessage: 'Сумма сертификата и карты больше безналичной оплаты чека.',
        path: 'receipt/certificate',
        details: { shown, electronic },
      });
    }
  }
  const bases = new Map<VatRate, Kopecks>();
  receipt.lines.forEach((line, index) => {
    bases.set(line.vat, (bases.get(line.vat) ?? 0) + (lines[index]?.amount ?? 0));
  });
  const vat = rateOrder
    .filter((rate) => bases.has(rate))
    .map((rate) => ({ rate, base: bases.get(rate) ?? 0, vat: vatIncluded(bases.get(rate) ?? 0, rate) }));
  return { lines, linesTotal, total, vat };
}
