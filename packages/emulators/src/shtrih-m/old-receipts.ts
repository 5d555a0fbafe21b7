import { divideRounded, type Kopecks } from '@elcert/core';
import type { RequestOf } from '@elcert/device-drivers/shtrih-m';
import type { Core } from './core.js';
import { amountOf, rateOfGroup, totalOf } from './receipt.js';
import type { Receipts } from './receipts.js';
import { type Handlers, refuse, results } from './refusal.js';

/** Operations of FF0D, FF44 and FF46 by type of 8Dh. */
export const typeOfOperation: readonly (number | undefined)[] = [undefined, 0, 2, 1, 3];

/** A correction is opened by 8Dh with this bit beside the type (newer drivers; not in the public text). */
const correctionBit = 0x80;

/** Receipts by the commands of before the fiscal drives (80h–8Eh), and the lines with discounts of the first drives. */
export function oldReceiptHandlers(core: Core, receipts: Receipts): Handlers {
  const { state, tables } = core;
  const done = () => ({ operator: state.operator });
  const rateOf = (group: number) =>
    rateOfGroup(group, tables.number(17, 1, 71) === 1) ?? refuse(results.wrongParameters);
  const nameOf = (text: string) => (text.trim() === '' ? 'ТОВАР' : text.trim());

  const line = (type: number, fields: RequestOf<'80'>) => {
    receipts.add(type, {
      name: nameOf(fields.text),
      price: fields.price,
      quantity: fields.quantity,
      amount: amountOf(fields.price, fields.quantity),
      rate: rateOf(fields.tax1),
      vat: undefined,
      method: 4,
      subject: 1,
      department: fields.department,
      tlv: [],
    });
    return done();
  };

  /** A line whose discount and charge come with it. */
  const lineWithDiscount = (fields: RequestOf<'FF0D'>) => {
    const type = typeOfOperation[fields.operation];
    if (type === undefined) return refuse(results.wrongParameters);
    const amount = amountOf(fields.price, fields.quantity) - fields.discount + fields.surcharge;
    if (amount < 0) refuse(results.discountTooLarge);
    receipts.add(type, {
      name: nameOf(fields.text),
      price: fields.price,
      quantity: fields.quantity,
      amount,
      rate: rateOf(fields.tax),
      vat: undefined,
      method: 4,
      subject: 1,
      department: fields.department,
      tlv: [],
    });
    return {};
  };

  /** Discount of a closing: hundredths of a percent, a charge when negative. */
  const percent = (hundredths: number) => {
    if (Math.abs(hundredths) > 9999) refuse(results.wrongParameters);
    const change = Number(divideRounded(BigInt(totalOf(receipts.need())) * BigInt(-hundredths), 10_000n));
    if (change !== 0) receipts.change(change, '');
  };

  const change = (amount: Kopecks, text: string) => {
    receipts.change(amount, text);
    return done();
  };

  return {
    '80': (fields) => line(0, fields),
    '81': (fields) => line(1, fields),
    '82': (fields) => line(2, fields),
    '83': (fields) => line(3, fields),
    '84': ({ price, quantity }) => {
      receipts.void(price, amountOf(price, quantity));
      return done();
    },
    '85': (fields) => {
      percent(fields.discountPercent);
      const { cash, payment2, payment3, payment4, text } = fields;
      return {
        operator: state.operator,
        change: receipts.close({ payments: [cash, payment2, payment3, payment4], text }).change,
      };
    },
    '86': ({ amount, text }) => change(-amount, text),
    '87': ({ amount, text }) => change(amount, text),
    '88': () => {
      receipts.cancel();
      return done();
    },
    '89': () => ({ operator: state.operator, subtotal: totalOf(receipts.need()) }),
    '8A': ({ amount, text }) => change(amount, text),
    '8B': ({ amount, text }) => change(-amount, text),
    '8D': ({ type }) => {
      receipts.open(type & ~correctionBit, (type & correctionBit) !== 0);
      return done();
    },
    '8E': (fields) => {
      percent(fields.discountPercent);
      return {
        operator: state.operator,
        change: receipts.close({ payments: paymentsOf(fields), text: fields.text }).change,
      };
    },
    FF0D: lineWithDiscount,
    FF44: lineWithDiscount,
    FF4B: ({ discount, surcharge, text }) => {
      if (discount > 0) receipts.change(-discount, text);
      if (surcharge > 0) receipts.change(surcharge, text);
      receipts.need();
      return {};
    },
  };
}

/** The sixteen payments of a closing, whatever its fields call them. */
export function paymentsOf(fields: Readonly<Record<string, unknown>>): Kopecks[] {
  const special: Readonly<Record<number, string>> = {
    1: 'cash',
    2: 'electronic',
    14: 'prepaid',
    15: 'credit',
    16: 'other',
  };
  return Array.from({ length: 16 }, (_, index) =>
    Number(fields[`payment${index + 1}`] ?? fields[special[index + 1] ?? ''] ?? 0),
  );
}
