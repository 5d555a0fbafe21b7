import { formatDecimal, formatRubles, type Kopecks, normalizeDecimal, parseDecimal } from '@elcert/core';
import { formatFiscalQr } from '../fiscal-qr.js';
import type { AgentData, IndustryDetail, Receipt, ReceiptLine, VatRate } from '../receipt.js';
import { fiscalQrOf, type ReceiptFacts } from '../receipt-codec.js';
import {
  agentTypes,
  paymentMethods,
  paymentSubjects,
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

/** Until the end of 2018 the codes of 20 % and 20/120 meant 18 % and 18/118. */
function vatLabel(rate: VatRate, day: string): string {
  if (rate === '16' || rate === '12') return `НДС ${rate}%`;
  if (day < '2019-01-01' && rate === '20') return 'НДС 18%';
  if (day < '2019-01-01' && rate === '20/120') return 'НДС 18/118';
  return vatRates[rate].label;
}

function agentData(data: AgentData | undefined, indent: number): Row[] {
  if (data === undefined) return [];
  const phones = (caption: string, list: readonly string[] = []) =>
    list.flatMap((phone) => pair(caption, phone, indent));
  return [
    ...pair('ОПЕРАЦИЯ АГЕНТА', data.operation, indent),
    ...phones('ТЕЛ. АГЕНТА', data.payingAgentPhones),
    ...phones('ТЕЛ. ОП. ПРИЕМА', data.receivingOperatorPhones),
    ...phones('ТЕЛ. ОП. ПЕРЕВОДА', data.transferOperatorPhones),
    ...pair('ОП. ПЕРЕВОДА', data.transferOperatorName, indent),
    ...pair('АДР. ОП. ПЕРЕВОДА', data.transferOperatorAddress, indent),
    ...pair('ИНН ОП. ПЕРЕВОДА', data.transferOperatorInn, indent),
  ];
}

function industry(details: readonly IndustryDetail[] = [], indent = 0): Row[] {
  return details.flatMap(({ body, date, number, value }) =>
    text(`ОТР. РЕКВИЗИТ: ${body} ${dayOf(date)} ${number} ${value}`, indent),
  );
}

function goods(line: ReceiptLine, index: number, day: string): Row[] {
  const quantity = formatDecimal(normalizeDecimal(parseDecimal(line.quantity)));
  const unit = line.unit === undefined ? '' : ` ${quantityUnits[line.unit].label}`;
  const mark = line.markingCheck === undefined ? '' : ` ${markOf(line.markingCheck)}`;
  const { fraction, productCode, agent, supplier, truCode } = line;
  return [
    ...text(`${index + 1}. ${line.name}${mark}`),
    ...pair(`${quantity}${unit} x ${formatRubles(line.price)}`, money(lineAmount(line)), 2),
    ...(fraction === undefined ? [] : text(`ЧАСТЬ ${fraction.numerator}/${fraction.denominator}`, 2)),
    ...text(vatLabel(line.vat, day), 2),
    ...(line.subject === 'goods' ? [] : text(paymentSubjects[line.subject].label, 2)),
    ...(line.method === 'full' ? [] : text(paymentMethods[line.method].label, 2)),
    ...(productCode === undefined ? [] : text(productCodeKinds[productCode.kind].label, 2)),
    ...(line.excise === undefined ? [] : pair('АКЦИЗ', money(line.excise), 2)),
    ...pair('СТРАНА', line.countryCode, 2),
    ...pair('ДЕКЛАРАЦИЯ', line.customsDeclaration, 2),
    ...(agent === undefined ? [] : text(agentTypes[agent].label, 2)),
    ...agentData(line.agentData, 2),
    ...(supplier === undefined
      ? []
      : [
          ...text(supplier.name === undefined ? undefined : `ПОСТАВЩИК: ${supplier.name}`, 2),
          ...pair('ИНН ПОСТАВЩИКА', supplier.inn, 2),
          ...(supplier.phones ?? []).flatMap((phone) => pair('ТЕЛ. ПОСТАВЩИКА', phone, 2)),
        ]),
    ...industry(line.industry, 2),
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
    ...(receipt.nonCashPayments ?? []).flatMap(({ amount, identifiers, details }) => [
      ...pair(identifiers, money(amount), 2),
      ...text(details, 4),
    ]),
    ...sum('ПРЕДВАРИТЕЛЬНАЯ ОПЛАТА (АВАНС)', prepaid),
    ...sum('ПОСЛЕДУЮЩАЯ ОПЛАТА (КРЕДИТ)', credit),
    ...sum('ИНАЯ ФОРМА ОПЛАТЫ', other),
  ];
}

function vat({ receipt, facts }: ReceiptView, day: string): Row[] {
  return (facts.vat ?? receiptTotals(receipt).vat).flatMap(({ rate, base, vat: sum }) => {
    if (rate === 'none') return pair('СУММА БЕЗ НДС', money(base));
    if (rate === '0') return pair('СУММА С НДС 0%', money(base));
    return pair(`СУММА ${vatLabel(rate, day)}`, money(sum));
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
  const { name, inn, birthday, citizenship, documentCode, documentData, address } = receipt.buyer;
  return [
    ...text(name === undefined ? undefined : `ПОКУПАТЕЛЬ: ${name}`),
    ...pair('ИНН ПОКУПАТЕЛЯ', inn),
    ...pair('ДАТА РОЖДЕНИЯ', birthday === undefined ? undefined : dayOf(birthday)),
    ...pair('ГРАЖДАНСТВО', citizenship),
    ...pair('ДОКУМЕНТ ПОКУПАТЕЛЯ', [documentCode, documentData].filter((one) => one !== undefined).join(' ')),
    ...pair('АДРЕС ПОКУПАТЕЛЯ', address),
  ];
}

function agentOfReceipt({ agent }: Receipt): Row[] {
  if (agent === undefined) return [];
  return [
    ...text(agent.types.map((type) => agentTypes[type].label).join(', ')),
    ...agentData(agent.data, 0),
    ...(agent.supplierPhones ?? []).flatMap((phone) => pair('ТЕЛ. ПОСТАВЩИКА', phone)),
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
  const { cashier, certificate, property, operation } = receipt;
  const day = (receipt.correction?.date ?? facts.dateTime).slice(0, 10);
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
    ...receipt.lines.flatMap((line, index) => goods(line, index, day)),
    rule,
    ...(receipt.rounding === undefined || receipt.rounding === 0
      ? []
      : pair('ОКРУГЛЕНИЕ', `-${formatRubles(receipt.rounding)}`)),
    { type: 'pair', caption: 'ИТОГ', value: money(total), strong: true },
    ...payments(receipt),
    ...vat(view, day),
    rule,
    ...pair('СНО', taxationTypes[receipt.taxation].label),
    ...agentOfReceipt(receipt),
    ...buyer(receipt),
    ...pair('ЭЛ. АДРЕС ПОКУПАТЕЛЯ', receipt.buyerContact),
    ...pair('ЭЛ. АДРЕС ОТПРАВИТЕЛЯ', facts.senderAddress),
    ...(receipt.internet === true ? text('РАСЧЕТ В СЕТИ ИНТЕРНЕТ') : []),
    ...(property === undefined ? [] : pair(property.name, property.value)),
    ...text(receipt.additional),
    ...industry(receipt.industry),
    ...(operation === undefined
      ? []
      : text(`ОПЕР. РЕКВИЗИТ: ${operation.id} ${dateAndTime(operation.dateTime)} ${operation.data}`)),
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
