import { formatDecimal, formatRubles, type Kopecks, normalizeDecimal, parseDecimal } from '@elcert/core';
import { formatFiscalQr } from '../fiscal-qr.js';
import type { Receipt, ReceiptLine, VatRate } from '../receipt.js';
import { fiscalQrOf, type ReceiptFacts } from '../receipt-codec.js';
import {
  agentTypes,
  paymentMethods,
  productCodeKinds,
  quantityUnits,
  settlementTypes,
  taxationTypes,
  vatRates,
} from '../tags/codes.js';
import { tagValueTitle } from '../tags/enumerations.js';
import { lineAmount, receiptTotals } from '../totals.js';
import { centre, dateAndTime, dayOf, money, pair, type Row, rule, text } from './row.js';

/** A receipt and what is known of its document. */
export interface ReceiptView {
  readonly receipt: Receipt;
  readonly facts: ReceiptFacts;
}

const titles: Readonly<Record<number, string>> = {
  3: 'КАССОВЫЙ ЧЕК',
  4: 'БЛАНК СТРОГОЙ ОТЧЕТНОСТИ',
  31: 'КАССОВЫЙ ЧЕК КОРРЕКЦИИ',
  41: 'БСО КОРРЕКЦИИ',
};

/** `[М+]` and the like: the mark that paper carries for the check of a marked product. */
function markOf(check: number): string {
  return /\[.*?\]/.exec(tagValueTitle(2106, check) ?? '')?.[0] ?? '';
}

function vatLabel(rate: VatRate): string {
  return rate === '16' || rate === '12' ? `НДС ${rate}%` : vatRates[rate].label;
}

function goods(line: ReceiptLine, index: number): Row[] {
  const quantity = formatDecimal(normalizeDecimal(parseDecimal(line.quantity)));
  const unit = line.unit === undefined ? '' : ` ${quantityUnits[line.unit].label}`;
  const mark = line.markingCheck === undefined ? '' : ` ${markOf(line.markingCheck)}`;
  const { fraction, productCode, agent, supplier, truCode } = line;
  return [
    ...text(`${index + 1}. ${line.name}${mark}`),
    ...pair(`${quantity}${unit} x ${formatRubles(line.price)}`, money(lineAmount(line)), 2),
    ...(fraction === undefined ? [] : text(`ЧАСТЬ ${fraction.numerator}/${fraction.denominator}`, 2)),
    ...text(vatLabel(line.vat), 2),
    ...(line.method === 'full' ? [] : text(paymentMethods[line.method].label, 2)),
    ...(productCode === undefined ? [] : text(productCodeKinds[productCode.kind].label, 2)),
    ...(line.excise === undefined ? [] : pair('АКЦИЗ', money(line.excise), 2)),
    ...pair('СТРАНА', line.countryCode, 2),
    ...pair('ДЕКЛАРАЦИЯ', line.customsDeclaration, 2),
    ...(agent === undefined ? [] : text(agentTypes[agent].label, 2)),
    ...(supplier === undefined
      ? []
      : [
          ...text(supplier.name === undefined ? undefined : `ПОСТАВЩИК: ${supplier.name}`, 2),
          ...pair('ИНН ПОСТАВЩИКА', supplier.inn, 2),
          ...(supplier.phones ?? []).flatMap((phone) => pair('ТЕЛ. ПОСТАВЩИКА', phone, 2)),
        ]),
    ...text(line.additional, 2),
    ...(truCode === undefined ? [] : [{ type: 'code', caption: 'ТРУ (КОД):', text: truCode } as const]),
  ];
}

function payments(receipt: Receipt): Row[] {
  const { cash, electronic, prepaid, credit, other } = receipt.payments;
  const sum = (caption: string, value: Kopecks | undefined, indent = 0) =>
    value === undefined || value === 0 ? [] : pair(caption, money(value), indent);
  return [
    ...sum('НАЛИЧНЫМИ', cash),
    ...sum('БЕЗНАЛИЧНЫМИ', electronic),
    ...sum('СЕРТИФИКАТОМ', receipt.certificate?.certificateAmount, 2),
    ...sum('КАРТА МИР', receipt.certificate?.cardAmount, 2),
    ...sum('ПРЕДВАРИТЕЛЬНАЯ ОПЛАТА (АВАНС)', prepaid),
    ...sum('ПОСЛЕДУЮЩАЯ ОПЛАТА (КРЕДИТ)', credit),
    ...sum('ИНАЯ ФОРМА ОПЛАТЫ', other),
  ];
}

function vat({ receipt, facts }: ReceiptView): Row[] {
  return (facts.vat ?? receiptTotals(receipt).vat).flatMap(({ rate, base, vat: sum }) => {
    if (rate === 'none') return pair('СУММА БЕЗ НДС', money(base));
    if (rate === '0') return pair('СУММА С НДС 0%', money(base));
    return pair(`СУММА ${vatLabel(rate)}`, money(sum));
  });
}

function correction(receipt: Receipt): Row[] {
  if (receipt.correction === undefined) return [];
  const { type, date, orderNumber } = receipt.correction;
  return [
    ...pair('КОРРЕКЦИЯ', type === 'own' ? 'САМОСТОЯТЕЛЬНО' : 'ПО ПРЕДПИСАНИЮ'),
    ...pair('ДАТА РАСЧЕТА', dayOf(date)),
    ...pair('ПРЕДПИСАНИЕ', orderNumber),
  ];
}

function buyer(receipt: Receipt): Row[] {
  if (receipt.buyer === undefined) return [];
  return [
    ...text(receipt.buyer.name === undefined ? undefined : `ПОКУПАТЕЛЬ: ${receipt.buyer.name}`),
    ...pair('ИНН ПОКУПАТЕЛЯ', receipt.buyer.inn),
  ];
}

/**
 * The rows of a receipt.
 *
 * @throws ElcertError as `receiptTotals` when the facts do not hold the sums
 */
export function receiptRows(view: ReceiptView): Row[] {
  const { receipt, facts } = view;
  const total = facts.totalSum ?? receiptTotals(receipt).total;
  const { cashier, certificate, property } = receipt;
  const payload = formatFiscalQr(
    fiscalQrOf({
      ...facts,
      totalSum: total,
      settlementType: facts.settlementType ?? receipt.settlementType,
    }),
  );
  return [
    ...centre(facts.user),
    ...centre(receipt.address ?? facts.address),
    ...centre(receipt.place ?? facts.place),
    ...centre(facts.userInn === undefined ? undefined : `ИНН ${facts.userInn}`),
    rule,
    { type: 'title', text: titles[facts.documentCode] ?? 'КАССОВЫЙ ЧЕК' },
    ...centre(settlementTypes[receipt.settlementType].label),
    {
      type: 'pair',
      caption: dateAndTime(facts.dateTime),
      value: facts.receiptNumber === undefined ? '' : `ЧЕК ${facts.receiptNumber}`,
    },
    ...pair('СМЕНА', facts.shiftNumber),
    ...text(
      cashier === undefined
        ? undefined
        : `КАССИР: ${cashier.name}${cashier.inn === undefined ? '' : ` ИНН ${cashier.inn}`}`,
    ),
    ...correction(receipt),
    rule,
    ...receipt.lines.flatMap(goods),
    rule,
    ...(receipt.rounding === undefined || receipt.rounding === 0
      ? []
      : pair('ОКРУГЛЕНИЕ', `-${formatRubles(receipt.rounding)}`)),
    { type: 'pair', caption: 'ИТОГ', value: money(total), strong: true },
    ...payments(receipt),
    ...vat(view),
    rule,
    ...pair('СНО', taxationTypes[receipt.taxation].label),
    ...buyer(receipt),
    ...pair('ЭЛ. АДРЕС ПОКУПАТЕЛЯ', receipt.buyerContact),
    ...pair('ЭЛ. АДРЕС ОТПРАВИТЕЛЯ', facts.senderAddress),
    ...(receipt.internet === true ? text('РАСЧЕТ В СЕТИ ИНТЕРНЕТ') : []),
    ...(property === undefined ? [] : pair(property.name, property.value)),
    ...text(receipt.additional),
    ...pair('САЙТ ФНС', facts.fnsUrl),
    ...pair('АВТОМАТ', facts.machineNumber),
    ...pair('РН ККТ', facts.kktRegistrationNumber),
    ...pair('ФН', facts.fiscalDriveNumber),
    ...pair('ФД', facts.fiscalDocumentNumber),
    ...pair('ФПД', facts.fiscalSign),
    ...pair('ФФД', facts.ffdVersion),
    rule,
    { type: 'qr', payload },
    ...(certificate === undefined
      ? []
      : [rule, ...centre('ЭС (ФЗ-491)'), { type: 'qr', payload: certificate.basketId } as const]),
  ];
}
