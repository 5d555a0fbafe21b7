import { type Kopecks, kopecks } from '@elcert/core';
import type { Receipt } from '@elcert/fiscal-doc';
import { type KzPayment, type KzTicket, kzMoney } from './messages.js';
import { parseKzTaxpayerNumber } from './taxpayer-number.js';
import type { KzReceiptDetails } from './ticket-details.js';
import { at, digits, fail, present, text, uint32, uint64 } from './values.js';

/** How a ticket is paid, one entry for each way. */
export function paymentsOf({ payments }: Receipt, details: KzReceiptDetails): KzPayment[] {
  const sum = (name: keyof Receipt['payments']) =>
    at(`receipt/payments/${name}`, () => kopecks(payments[name] ?? 0));
  if (sum('prepaid') > 0)
    fail('receipt/payments/prepaid', 'no payment of a ticket', 'Зачёт аванса не передаётся в ОФД.');
  const electronic = sum('electronic');
  const mobile = at('details/mobile', () => kopecks(details.mobile ?? 0));
  if (mobile > electronic) fail('details/mobile', 'more than is paid electronically');
  const { card, qr } = details;
  const cardPaymentFields =
    card === undefined
      ? undefined
      : present<NonNullable<KzPayment['cardPaymentFields']>>({
          posTerminalId: text(card.terminalId, 'details/card/terminalId', 64),
          posCardType: text(card.cardType, 'details/card/cardType', 64),
          posAutorizationCode: numberOf(
            digits(card.authorizationCode, 'details/card/authorizationCode', uint32),
          ),
          posRrn: digits(card.rrn, 'details/card/rrn', uint64),
          posReceiptNumber: numberOf(
            digits(card.receiptNumber?.toString(), 'details/card/receiptNumber', uint32),
          ),
        });
  const mobilePaymentFields =
    qr === undefined
      ? undefined
      : present<NonNullable<KzPayment['mobilePaymentFields']>>({
          qrType: text(qr.type, 'details/qr/type', 64),
          qrId: text(qr.id, 'details/qr/id'),
        });
  const kinds: readonly (readonly [string, Kopecks, Omit<KzPayment, 'type' | 'sum'>?])[] = [
    ['PAYMENT_CASH', sum('cash')],
    [
      'PAYMENT_CARD',
      electronic - mobile,
      present<Pick<KzPayment, 'cardPaymentFields'>>({ cardPaymentFields }),
    ],
    ['PAYMENT_MOBILE', mobile, present<Pick<KzPayment, 'mobilePaymentFields'>>({ mobilePaymentFields })],
    ['PAYMENT_CREDIT', sum('credit')],
    ['PAYMENT_TARE', sum('other')],
  ];
  return kinds.flatMap(([type, value, fields]) =>
    value === 0 ? [] : [{ type, sum: kzMoney(value), ...fields }],
  );
}

function numberOf(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** What a ticket says of its buyer. */
export function customerOf(receipt: Receipt, taxpayer: string | undefined): KzTicket['extensionOptions'] {
  const { buyer, buyerContact } = receipt;
  for (const name of ['name', 'birthday', 'citizenship', 'documentCode', 'documentData', 'address'] as const)
    if (buyer?.[name] !== undefined)
      fail(`receipt/buyer/${name}`, 'a ticket of Kazakhstan has no place for it');
  if (buyer?.inn !== undefined) {
    parseKzTaxpayerNumber(buyer.inn, 'receipt/buyer/inn');
    if (buyer.inn === taxpayer)
      fail('receipt/buyer/inn', 'the buyer is the seller', 'ИИН/БИН покупателя совпадает с продавцом.');
  }
  const contact = text(buyerContact?.trim(), 'receipt/buyerContact', 100);
  const isMail = contact?.includes('@') === true;
  const phone = isMail ? undefined : contact?.replaceAll(/[\s()-]/g, '');
  if (phone !== undefined && !/^\+?\d{5,15}$/.test(phone))
    fail('receipt/buyerContact', 'neither a telephone number nor an e-mail address');
  const options = present<NonNullable<KzTicket['extensionOptions']>>({
    customerEmail: isMail ? contact : undefined,
    customerPhone: phone,
    customerIinOrBin: buyer?.inn,
  });
  return Object.keys(options).length === 0 ? undefined : options;
}
