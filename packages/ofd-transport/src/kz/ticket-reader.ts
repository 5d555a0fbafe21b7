import type { JsonObject } from '@bufbuild/protobuf';
import {
  formatDecimal,
  type Kopecks,
  type LocalDateTime,
  localToUnixSeconds,
  normalizeDecimal,
} from '@elcert/core';
import type { KazakhVatRate, Receipt, ReceiptLine, SettlementType } from '@elcert/fiscal-doc';
import { fitKzMessage, missingKzField } from './codec.js';
import type { KzCommodity, KzItem, KzPayment, KzTax, KzTicket } from './messages.js';
import { type KzDateTime, localOfKz, tiynOf } from './messages.js';
import { kzTaxationOf } from './ticket.js';
import type { KzLineDetails, KzReceiptDetails } from './ticket-details.js';
import { kzUnit } from './units.js';
import { at, fail, present } from './values.js';
import { kzVatIncluded, kzVatRateOfPercent } from './vat.js';

const settlements = {
  OPERATION_SELL: 'sale',
  OPERATION_SELL_RETURN: 'saleReturn',
  OPERATION_BUY: 'purchase',
  OPERATION_BUY_RETURN: 'purchaseReturn',
} as const satisfies Record<KzTicket['operation'], SettlementType>;

/** A ticket as a receipt, with what only a ticket says. */
export interface ReadKzTicket {
  readonly receipt: Receipt;
  readonly details: KzReceiptDetails;
}

interface ReadLine {
  readonly line: ReceiptLine;
  readonly amount: Kopecks;
  readonly details: KzLineDetails;
}

/**
 * A ticket back as a receipt. A discount or markup after a line goes into its `amount`, one of the whole ticket into the details, taxes
 * into the rates of the lines.
 *
 * Not told by a ticket, and so chosen: method `full`, subject `goods` (a service or work by its unit). Taxes of the whole ticket fit a
 * receipt only when there is one rate: which line has which is not said.
 *
 * @throws KzError `BAD_VALUE` with the `path` of what a receipt cannot say: an undone line, a rate unknown in Kazakhstan, several taxes;
 * `MISSING_FIELD` for what the protocol requires
 * @example
 * ```ts
 * const { receipt, details } = readKzTicket(frame.message.ticket);
 * ```
 */
export function readKzTicket(ticket: KzTicket): ReadKzTicket {
  // What others have made may lack anything.
  const message = fitKzMessage(203, 'request', {
    command: 'COMMAND_TICKET',
    ticket: ticket as unknown as JsonObject,
  });
  const missing = missingKzField(203, 'request', message);
  if (missing !== undefined) fail(missing, 'the protocol requires it', undefined, 'MISSING_FIELD');
  return readWhole(message.ticket as unknown as KzTicket);
}

function readWhole(ticket: KzTicket): ReadKzTicket {
  const settlementType = Object.hasOwn(settlements, ticket.operation)
    ? settlements[ticket.operation]
    : fail('ticket/operation', 'unknown operation');
  const whole = wholeRate(ticket);
  const lines: ReadLine[] = [];
  for (const [index, item] of (ticket.items ?? []).entries()) {
    const path = `ticket/items[${index}]`;
    const last = lines.at(-1);
    if (item.commodity !== undefined) lines.push(readLine(item.commodity, whole, `${path}/commodity`));
    else if (last !== undefined && (item.discount ?? item.markup) !== undefined)
      lines[lines.length - 1] = modified(last, item, path);
    else fail(path, 'a receipt cannot say it');
  }
  if (lines.length === 0) fail('ticket/items', 'a ticket without lines');
  const { amounts, extensionOptions, parentTicket, operator } = ticket;
  const taxation = (ticket.items ?? [])
    .flatMap(({ commodity }) => commodity?.taxes ?? [])
    .concat(ticket.taxes ?? [])
    .map(({ taxationType }) => kzTaxationOf(taxationType))
    .find((one) => one !== undefined);
  const paid = readPayments(ticket.payments ?? []);
  const taken = amounts.taken === undefined ? undefined : tiynOf(amounts.taken);
  const lineDetails = lines.map(({ details }) => (Object.keys(details).length === 0 ? undefined : details));
  return {
    receipt: present<Receipt>({
      settlementType,
      taxation: taxation ?? 'general',
      lines: lines.map(({ line }) => line),
      payments: paid.payments,
      cashier: operator?.name === undefined ? undefined : { name: operator.name },
      buyerContact: extensionOptions?.customerPhone ?? extensionOptions?.customerEmail,
      dateTime: timeOf(ticket.dateTime, 'ticket/dateTime'),
      buyer:
        extensionOptions?.customerIinOrBin === undefined
          ? undefined
          : { inn: extensionOptions.customerIinOrBin },
    }),
    details: present<KzReceiptDetails>({
      parent:
        parentTicket === undefined
          ? undefined
          : {
              number: parentTicket.parentTicketNumber,
              dateTime: timeOf(parentTicket.parentTicketDataTime, 'ticket/parentTicket/parentTicketDataTime'),
              registrationNumber: parentTicket.kgdKkmId,
              total: tiynOf(parentTicket.parentTicketTotal),
              offline: parentTicket.parentTicketIsOffline,
            },
      lines: lineDetails.every((one) => one === undefined) ? undefined : lineDetails,
      cashGiven: taken !== undefined && taken !== paid.payments.cash ? taken : undefined,
      mobile: paid.mobile === 0 ? undefined : paid.mobile,
      card: paid.card,
      qr: paid.qr,
      discount: readModifier(amounts.discount),
      markup: readModifier(amounts.markup),
      domain: ticket.domain,
    }),
  };
}

function timeOf(time: KzDateTime, path: string): LocalDateTime {
  return at(path, () => {
    const local = localOfKz(time);
    localToUnixSeconds(local);
    return local;
  });
}

function readModifier(modifier: KzTicket['amounts']['discount']): KzReceiptDetails['discount'] {
  if (modifier === undefined) return undefined;
  return present<NonNullable<KzReceiptDetails['discount']>>({
    sum: tiynOf(modifier.sum),
    name: modifier.name,
  });
}

/** The rate of a ticket whose tax stands on the whole. */
function wholeRate({ taxes = [], items = [], amounts }: KzTicket): KazakhVatRate | undefined {
  if (taxes.length === 0) return undefined;
  const [tax] = taxes;
  if (tax === undefined || taxes.length > 1)
    fail('ticket/taxes', 'several rates of the whole ticket: of which line is not said');
  const rate = rateOf(tax, 'ticket/taxes[0]');
  // Half of the lines may be without tax: then it is not that of the total, lines rounded or not.
  const own = kzVatIncluded(tiynOf(amounts.total), rate);
  if (Math.abs(own - tiynOf(tax.sum)) > items.length)
    fail('ticket/taxes[0]/sum', 'not the tax of the whole ticket: of which line it is is not said');
  return rate;
}

function rateOf(tax: KzTax, path: string): KazakhVatRate {
  if ((tax.taxType ?? 100) !== 100) fail(`${path}/taxType`, `tax ${tax.taxType} is not VAT`);
  if (tax.isInTotalSum === false)
    fail(`${path}/isInTotalSum`, 'a tax on top of the price: a receipt cannot say it');
  return (
    kzVatRateOfPercent(tax.percent) ??
    fail(`${path}/percent`, `no rate of Kazakhstan: ${tax.percent} / 1000 %`)
  );
}

function readLine(commodity: KzCommodity, whole: KazakhVatRate | undefined, path: string): ReadLine {
  const { taxes = [] } = commodity;
  if (taxes.length > 1) fail(`${path}/taxes`, 'several taxes of one line');
  const [tax] = taxes;
  const vat = tax === undefined ? (whole ?? 'none') : rateOf(tax, `${path}/taxes[0]`);
  if (!/^\d{1,19}$/.test(String(commodity.quantity))) fail(`${path}/quantity`, 'thousandths wanted');
  const quantity = formatDecimal(normalizeDecimal({ units: BigInt(commodity.quantity), scale: 3 }));
  const unit = commodity.measureUnitCode === undefined ? undefined : kzUnit(commodity.measureUnitCode);
  const stamps =
    commodity.listExciseStamp ?? (commodity.exciseStamp === undefined ? [] : [commodity.exciseStamp]);
  const amount = tiynOf(commodity.sum);
  return {
    amount,
    line: present<ReceiptLine>({
      name: commodity.name ?? '',
      price: tiynOf(commodity.price),
      quantity,
      amount,
      unit: unit?.unit,
      vat,
      method: 'full',
      subject: unit?.code === '5114' ? 'service' : unit?.code === '931' ? 'work' : 'goods',
      markingCode: stamps.length === 1 ? stamps[0] : undefined,
    }),
    details: present<KzLineDetails>({
      section: commodity.sectionCode === '1' ? undefined : commodity.sectionCode,
      ntin: commodity.ntin,
      barcode: commodity.barcode,
      unitCode: unit?.unit === undefined || unit.code === '116' ? commodity.measureUnitCode : undefined,
      markingCodes: stamps.length > 1 ? stamps : undefined,
      physicalLabel: commodity.physicalLabel,
      productId: commodity.productId,
    }),
  };
}

function modified(last: ReadLine, item: KzItem, path: string): ReadLine {
  const change = item.discount ?? item.markup;
  const sum = change === undefined ? 0 : tiynOf(change.sum);
  const amount = last.amount + (item.discount === undefined ? sum : -sum);
  if (amount < 0) fail(`${path}/discount`, 'more than the line costs');
  return {
    line: { ...last.line, amount },
    amount,
    details: { ...last.details, ...(change?.name === undefined ? {} : { modifierName: change.name }) },
  };
}

function readPayments(payments: readonly KzPayment[]) {
  const sums = { cash: 0, electronic: 0, credit: 0, other: 0 };
  let mobile = 0;
  let card: KzReceiptDetails['card'];
  let qr: KzReceiptDetails['qr'];
  for (const [index, payment] of payments.entries()) {
    const sum = tiynOf(payment.sum);
    const path = `ticket/payments[${index}]`;
    switch (payment.type) {
      case 'PAYMENT_CASH':
        sums.cash += sum;
        break;
      case 'PAYMENT_CARD':
        sums.electronic += sum;
        card = cardOf(payment.cardPaymentFields);
        break;
      case 'PAYMENT_MOBILE':
        sums.electronic += sum;
        mobile += sum;
        qr = qrOf(payment.mobilePaymentFields);
        break;
      case 'PAYMENT_CREDIT':
        sums.credit += sum;
        break;
      case 'PAYMENT_TARE':
        sums.other += sum;
        break;
      default:
        fail(`${path}/type`, `unknown payment ${JSON.stringify(payment.type)}`);
    }
  }
  const paid = Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum > 0)) as Receipt['payments'];
  return { payments: paid, mobile, card, qr };
}

function cardOf(fields: KzPayment['cardPaymentFields']): KzReceiptDetails['card'] {
  if (fields === undefined) return undefined;
  return present<NonNullable<KzReceiptDetails['card']>>({
    terminalId: fields.posTerminalId,
    cardType: fields.posCardType,
    authorizationCode: fields.posAutorizationCode?.toString(),
    rrn: fields.posRrn,
    receiptNumber: fields.posReceiptNumber,
  });
}

function qrOf(fields: KzPayment['mobilePaymentFields']): KzReceiptDetails['qr'] {
  return fields === undefined
    ? undefined
    : present<NonNullable<KzReceiptDetails['qr']>>({ type: fields.qrType, id: fields.qrId });
}
