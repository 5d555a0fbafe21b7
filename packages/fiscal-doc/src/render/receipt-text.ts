import { formatDecimal, formatRubles, type Kopecks, normalizeDecimal, parseDecimal } from '@elcert/core';
import { fiscalDocError } from '../errors.js';
import { formatFiscalQr } from '../fiscal-qr.js';
import type { Receipt, ReceiptLine } from '../receipt.js';
import { fiscalQrOf, type ReceiptFacts } from '../receipt-codec.js';
import { paymentMethods, quantityUnits, settlementTypes, taxationTypes, vatRates } from '../tags/codes.js';
import { lineAmount, receiptTotals } from '../totals.js';
import { centred, chopped, spread, wrap } from './lines.js';

/** How a receipt is laid out. */
export interface RenderOptions {
  /** Characters a line: 32, 42 and 48 are usual, 24 to 120 possible. */
  readonly columns: number;
  /** Draws the QR of a payload, e.g. `renderQrText`; its payload alone is printed when absent. */
  readonly drawQr?: ((payload: string) => string) | undefined;
}

const titles: Readonly<Record<number, string>> = {
  3: 'КАССОВЫЙ ЧЕК',
  4: 'БЛАНК СТРОГОЙ ОТЧЕТНОСТИ',
  31: 'КАССОВЫЙ ЧЕК КОРРЕКЦИИ',
  41: 'БСО КОРРЕКЦИИ',
};

function money(value: Kopecks): string {
  return `=${formatRubles(value)}`;
}

function dateAndTime(local: string): string {
  const [date = '', time = ''] = local.split('T');
  return `${date.split('-').reverse().join('.')} ${time.slice(0, 5)}`;
}

function goods(line: ReceiptLine, index: number, columns: number): string[] {
  const amount = lineAmount(line);
  const quantity = formatDecimal(normalizeDecimal(parseDecimal(line.quantity)));
  const unit = line.unit === undefined ? '' : ` ${quantityUnits[line.unit].label}`;
  const rows = [
    ...wrap(`${index + 1}. ${line.name}`, columns),
    ...spread(`  ${quantity}${unit} x ${formatRubles(line.price)}`, money(amount), columns),
    ...wrap(vatRates[line.vat].label, columns - 2).map((row) => `  ${row}`),
  ];
  if (line.method !== 'full')
    rows.push(...wrap(paymentMethods[line.method].label, columns - 2).map((row) => `  ${row}`));
  if (line.truCode !== undefined) {
    const caption = `ТРУ (КОД): ${line.truCode}`;
    if (caption.length <= columns) rows.push(caption);
    else rows.push('ТРУ (КОД):', ...chopped(line.truCode, columns));
  }
  return rows;
}

function payments(receipt: Receipt, columns: number): string[] {
  const { cash, electronic, prepaid, credit, other } = receipt.payments;
  const rows: string[] = [];
  const sum = (caption: string, value: Kopecks | undefined) => {
    if (value !== undefined && value > 0) rows.push(...spread(caption, money(value), columns));
  };
  sum('НАЛИЧНЫМИ', cash);
  sum('БЕЗНАЛИЧНЫМИ', electronic);
  if (receipt.certificate !== undefined) {
    sum('  СЕРТИФИКАТОМ', receipt.certificate.certificateAmount);
    sum('  КАРТА МИР', receipt.certificate.cardAmount);
  }
  sum('ПРЕДВАРИТЕЛЬНАЯ ОПЛАТА (АВАНС)', prepaid);
  sum('ПОСЛЕДУЮЩАЯ ОПЛАТА (КРЕДИТ)', credit);
  sum('ИНАЯ ФОРМА ОПЛАТЫ', other);
  return rows;
}

function vat(receipt: Receipt, facts: ReceiptFacts, columns: number): string[] {
  const rows: string[] = [];
  for (const { rate, base, vat: sum } of facts.vat ?? receiptTotals(receipt).vat) {
    if (rate === 'none') rows.push(...spread('СУММА БЕЗ НДС', money(base), columns));
    else if (rate === '0') rows.push(...spread('СУММА С НДС 0%', money(base), columns));
    else rows.push(...spread(`СУММА ${vatRates[rate].label}`, money(sum), columns));
  }
  return rows;
}

/**
 * A receipt as text for a paper tape or a screen, in Russian: seller, goods (with the TRU code under goods of a certificate),
 * total, payments, VAT, fiscal requisites, payload of the QR and – when a certificate took part – the caption «ЭС (ФЗ-491)» with
 * the basket.
 *
 * No line is longer than `columns`, sums stand at the right edge, and everything but the caller's own texts is in CP866.
 *
 * @param view - the receipt and what is known of its document; {@link decodeReceipt} gives both
 * @throws ElcertError `RECEIPT_VALUE` for a width that no printer has; sums that do not agree as {@link receiptTotals}
 * @example
 * ```ts
 * console.log(renderReceiptText(decodeReceipt(bytes), { columns: 32 }));
 * ```
 */
export function renderReceiptText(
  view: { readonly receipt: Receipt; readonly facts: ReceiptFacts },
  { columns, drawQr }: RenderOptions,
): string {
  if (!Number.isInteger(columns) || columns < 24 || columns > 120) {
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `a line of ${columns} characters; 24 to 120 are possible`,
      path: 'columns',
    });
  }
  const { receipt, facts } = view;
  const total = facts.totalSum ?? receiptTotals(receipt).total;
  const rule = '-'.repeat(columns);
  const rows: string[] = [];
  const add = (...lines: string[]) => rows.push(...lines);
  const centre = (text: string | undefined) => {
    if (text !== undefined && text !== '') add(...centred(text, columns));
  };
  const pair = (caption: string, value: string | number | undefined) => {
    if (value !== undefined && value !== '') add(...spread(caption, String(value), columns));
  };

  centre(facts.user);
  centre(receipt.address ?? facts.address);
  centre(receipt.place ?? facts.place);
  if (facts.userInn !== undefined) centre(`ИНН ${facts.userInn}`);
  add(rule);
  centre(titles[facts.documentCode] ?? 'КАССОВЫЙ ЧЕК');
  centre(settlementTypes[receipt.settlementType].label);
  add(
    ...spread(
      dateAndTime(facts.dateTime),
      facts.receiptNumber === undefined ? '' : `ЧЕК ${facts.receiptNumber}`,
      columns,
    ),
  );
  pair('СМЕНА', facts.shiftNumber);
  if (receipt.cashier !== undefined) {
    const { name, inn } = receipt.cashier;
    add(...wrap(`КАССИР: ${name}${inn === undefined ? '' : ` ИНН ${inn}`}`, columns));
  }
  add(rule);
  receipt.lines.forEach((line, index) => {
    add(...goods(line, index, columns));
  });
  add(rule);
  if (receipt.rounding !== undefined && receipt.rounding > 0)
    add(...spread('ОКРУГЛЕНИЕ', `-${formatRubles(receipt.rounding)}`, columns));
  add(...spread('ИТОГ', money(total), columns));
  add(...payments(receipt, columns));
  add(...vat(receipt, facts, columns));
  add(rule);
  pair('СНО', taxationTypes[receipt.taxation].label);
  pair('ЭЛ. АДРЕС ПОКУПАТЕЛЯ', receipt.buyerContact);
  pair('ЭЛ. АДРЕС ОТПРАВИТЕЛЯ', facts.senderAddress);
  pair('САЙТ ФНС', facts.fnsUrl);
  pair('АВТОМАТ', facts.machineNumber);
  pair('РН ККТ', facts.kktRegistrationNumber);
  pair('ФН', facts.fiscalDriveNumber);
  pair('ФД', facts.fiscalDocumentNumber);
  pair('ФПД', facts.fiscalSign);
  pair('ФФД', facts.ffdVersion);
  add(rule);
  const payload = formatFiscalQr(
    fiscalQrOf({ ...facts, totalSum: total, settlementType: facts.settlementType ?? receipt.settlementType }),
  );
  if (drawQr !== undefined) add(...drawQr(payload).split('\n'));
  add(...chopped(payload, columns));
  if (receipt.certificate !== undefined) {
    add(rule);
    centre('ЭС (ФЗ-491)');
    add(...chopped(receipt.certificate.basketId, columns));
  }
  return `${rows.map((row) => row.trimEnd()).join('\n')}\n`;
}
