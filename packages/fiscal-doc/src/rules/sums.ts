import { parseDecimal } from '@elcert/core';
import { listOf, listsOf, numberOf, textOf } from '../tag-list.js';
import { vatIncluded } from '../totals.js';
import { type Context, receiptLaw, rubles } from './receipt-context.js';

// Arithmetic of a receipt: payments, lines, price × quantity.

/** Payments against the total, lines against the total, single non-cash payments against their sum. */
export function checkSums({ tags, path, lines, version, say }: Context): void {
  const total = numberOf(tags, 1020);
  const electronic = numberOf(tags, 1081) ?? 0;
  const single = listOf(tags, 1234);
  if (single !== undefined) {
    const sum = listsOf(single, 1235).reduce((added, one) => added + (numberOf(one, 1082) ?? 0), 0);
    if (sum !== electronic)
      say(
        'sum-payments',
        'warning',
        `${path}/nonCashPayments`,
        1234,
        `single payments are ${rubles(sum)}, ${rubles(electronic)} are paid without cash`,
        `Сумма отдельных безналичных оплат ${rubles(sum)}, в реквизите 1081 указано ${rubles(electronic)}`,
        'ЕД-7-20/236@',
      );
  }
  if (total === undefined) return;
  const paid = [1031, 1081, 1215, 1216, 1217].reduce((sum, tag) => sum + (numberOf(tags, tag) ?? 0), 0);
  if (paid !== total)
    say(
      'sum-total',
      'error',
      `${path}/1020`,
      1020,
      `payments are ${rubles(paid)}, the total is ${rubles(total)}`,
      `Сумма оплат ${rubles(paid)} не равна итогу ${rubles(total)}`,
      receiptLaw,
    );
  // Lines that were cancelled and discounts of a whole receipt exist in FFD 1.0 only.
  if (version === '1.0' || lines.length === 0) return;
  const added = lines.reduce((sum, line) => sum + line.amount, 0);
  if (added - total < 0 || added - total > 99)
    say(
      'sum-lines',
      'error',
      `${path}/1020`,
      1020,
      `lines add up to ${rubles(added)}, the total is ${rubles(total)}`,
      `Сумма позиций ${rubles(added)} не соответствует итогу ${rubles(total)}`,
      receiptLaw,
    );
  const credited = lines.reduce(
    (sum, { tags: line, amount }) => sum + (numberOf(line, 1214) === 6 ? amount : 0),
    0,
  );
  if (credited > (numberOf(tags, 1216) ?? 0) + Math.max(0, added - total))
    say(
      'sum-payments',
      'warning',
      `${path}/1216`,
      1216,
      `${rubles(credited)} are handed over on credit, ${rubles(numberOf(tags, 1216) ?? 0)} stand in 1216`,
      `Передано в кредит ${rubles(credited)}, в реквизите 1216 указано ${rubles(numberOf(tags, 1216) ?? 0)}`,
    );
}

/** How far the amount of a line is from price × quantity: not at all when it is one of the two roundings of a half. */
function differenceOf(
  price: number,
  quantity: string,
  amount: number,
): 'none' | 'kopeck' | 'more' | 'unknown' {
  if (/^\d{1,6}$/.test(quantity) && Number.isSafeInteger(price * 1_000_000)) {
    const difference = Math.abs(price * Number(quantity) - amount);
    return difference === 0 ? 'none' : difference === 1 ? 'kopeck' : 'more';
  }
  let units: bigint;
  let one: bigint;
  try {
    const decimal = parseDecimal(quantity);
    units = decimal.units;
    one = 10n ** BigInt(decimal.scale);
  } catch {
    return 'unknown';
  }
  const exact = BigInt(price) * units - BigInt(amount) * one;
  const distance = exact < 0n ? -exact : exact;
  if (distance * 2n <= one) return 'none';
  return distance * 2n <= one * 3n ? 'kopeck' : 'more';
}

/** Price × quantity, and the VAT that a line states. */
export function checkLineSums({ lines, say }: Context): void {
  for (const line of lines) {
    const price = numberOf(line.tags, 1079);
    const quantity = textOf(line.tags, 1023);
    // A part of a marked unit (1291) is priced as the part, with quantity 1.
    if (price !== undefined && quantity !== undefined && listOf(line.tags, 1291) === undefined) {
      const difference = differenceOf(price, quantity, line.amount);
      if (difference === 'kopeck' || difference === 'more')
        say(
          'sum-line',
          difference === 'kopeck' ? 'warning' : 'error',
          `${line.path}/1043`,
          1043,
          `${rubles(price)} × ${quantity} is not ${rubles(line.amount)}`,
          `Цена ${rubles(price)} × количество ${quantity} не равно стоимости позиции ${rubles(line.amount)}`,
        );
      else if (difference === 'unknown' || /^[0.]*$/.test(quantity))
        say(
          'measure',
          'error',
          `${line.path}/1023`,
          1023,
          'a quantity above zero is wanted',
          'Количество должно быть больше нуля',
        );
    }
    const vat = numberOf(line.tags, 1200);
    if (vat === undefined || line.rate === undefined) continue;
    const expected = vatIncluded(line.amount, line.rate);
    if (Math.abs(expected - vat) > 1)
      say(
        'vat-line',
        'warning',
        `${line.path}/1200`,
        1200,
        `VAT of the line is ${rubles(expected)}, ${rubles(vat)} is stated`,
        `НДС позиции ${rubles(expected)}, указано ${rubles(vat)}`,
      );
  }
}
