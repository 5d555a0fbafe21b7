import { formatRubles, isElcertError, type Kopecks, parseDecimal } from '@elcert/core';
import {
  type PlannedStatus,
  quantityUnits,
  type Receipt,
  type ReceiptLine,
  type ReceiptTotals,
  type RussianVatRate,
  receiptTotals,
} from '@elcert/fiscal-doc';
import { RegisterError } from '../shtrih-m/register-error.js';
import { atolDate, atolRubles } from './codec.js';
import { atolCheckOf, atolMarkBase64 } from './marking.js';
import {
  atolAgents,
  atolMarkStatuses,
  atolMethods,
  atolObjects,
  atolPayments,
  atolProductCodes,
  atolReceiptTypes,
  atolTaxations,
  atolTaxes,
} from './names.js';
import type { AtolObject, AtolTaskType } from './tasks.js';

/** How {@link atolReceiptTask} writes. */
export interface AtolReceiptOptions {
  /** Characters a line of the paper takes; 42 unless told. */
  readonly columns?: number | undefined;
  /** Version that the register works by; 1.2 unless told. Units and industry details depend on it. */
  readonly ffdVersion?: string | undefined;
  /** Print TRU codes and certificate lines; on unless told. */
  readonly printCertificateLines?: boolean | undefined;
  /** Not printed, sent to `buyerContact`, which must be there. */
  readonly electronicOnly?: boolean | undefined;
  /** What was said of a marked product when it was checked; told by the settlement and the unit otherwise. */
  readonly plannedStatus?: ((code: string) => PlannedStatus | undefined) | undefined;
}

/** A receipt as a task. */
export interface AtolReceiptTask {
  readonly type: AtolTaskType;
  readonly task: AtolObject & { readonly type: AtolTaskType };
  readonly totals: ReceiptTotals;
}

function unsupported(message: string, path: string, userMessage?: string): RegisterError {
  return new RegisterError({
    code: 'RECEIPT_NOT_SUPPORTED',
    message: `${path}: ${message}`,
    path,
    userMessage,
    outcome: 'not-sent',
  });
}

/** Members whose value is not `undefined`. */
function some(members: AtolObject): AtolObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function phones(list: readonly string[] | undefined): AtolObject | undefined {
  return list === undefined || list.length === 0 ? undefined : { phones: [...list] };
}

function dotted(iso: string, path: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  if (match === null) throw unsupported('an ISO date is wanted', path);
  return `${match[3]}.${match[2]}.${match[1]}`;
}

function isoDate(value: string, path: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) throw unsupported('an ISO date is wanted', path);
  return atolDate(value);
}

function industry(details: Receipt['industry'], path: string): readonly AtolObject[] | undefined {
  return details?.map(({ body, date, number, value }, index) => ({
    date: isoDate(date, `${path}/industry[${index}]/date`),
    fois: body,
    number,
    industryAttribute: value,
  }));
}

function text(value: string, columns: number): AtolObject[] {
  const lines: AtolObject[] = [];
  for (let rest = value; rest.length > 0; rest = rest.slice(columns))
    lines.push({ type: 'text', text: rest.slice(0, columns) });
  return lines;
}

function withSum(left: string, sum: Kopecks, columns: number): string {
  const right = `=${formatRubles(sum)}`;
  const gap = columns - left.length - right.length;
  return gap > 0 ? left + ' '.repeat(gap) + right : `${left} ${right}`;
}

function agentOf(line: ReceiptLine): AtolObject {
  const { agent, agentData: data, supplier } = line;
  return {
    agentInfo:
      agent === undefined
        ? undefined
        : some({
            agents: [atolAgents[agent]],
            payingAgent:
              data?.operation === undefined && data?.payingAgentPhones === undefined
                ? undefined
                : some({ operation: data.operation, phones: data.payingAgentPhones }),
            receivePaymentsOperator: phones(data?.receivingOperatorPhones),
            moneyTransferOperator:
              data?.transferOperatorName === undefined &&
              data?.transferOperatorPhones === undefined &&
              data?.transferOperatorAddress === undefined &&
              data?.transferOperatorInn === undefined
                ? undefined
                : some({
                    phones: data.transferOperatorPhones,
                    name: data.transferOperatorName,
                    address: data.transferOperatorAddress,
                    vatin: data.transferOperatorInn,
                  }),
          }),
    supplierInfo:
      supplier === undefined
        ? undefined
        : some({ phones: supplier.phones, name: supplier.name, vatin: supplier.inn }),
  };
}

/** Goods leave the shop at a sale, and come back to it otherwise. */
function statusOf(line: ReceiptLine, settlement: Receipt['settlementType']): PlannedStatus {
  const measured = line.fraction !== undefined || (line.unit !== undefined && line.unit !== 'piece');
  return settlement === 'sale' || settlement === 'purchaseReturn'
    ? measured
      ? 'measuredSold'
      : 'pieceSold'
    : measured
      ? 'measuredReturned'
      : 'pieceReturned';
}

function markOf(
  line: ReceiptLine,
  path: string,
  settlement: Receipt['settlementType'],
  ffdVersion: string,
  plannedStatus: AtolReceiptOptions['plannedStatus'],
): AtolObject {
  const { markingCode, markingCheck, fraction } = line;
  if (fraction !== undefined) {
    const { numerator, denominator } = fraction;
    if (markingCode === undefined || ffdVersion !== '1.2')
      throw unsupported('a part belongs to a marked unit of FFD 1.2', `${path}/fraction`);
    if (
      !Number.isSafeInteger(numerator) ||
      !Number.isSafeInteger(denominator) ||
      numerator < 1 ||
      numerator >= denominator
    )
      throw unsupported('a part is less than the whole', `${path}/fraction`);
  }
  if (ffdVersion !== '1.2') {
    if (markingCheck !== undefined)
      throw unsupported('nothing is checked before FFD 1.2', `${path}/markingCheck`);
    if (markingCode === undefined) return {};
    const kind = line.productCode?.kind;
    const type = kind === 'egais2' ? 'egais20' : kind === 'egais3' ? 'egais30' : 'other';
    return { markingCode: { type, mark: atolMarkBase64(markingCode, `${path}/markingCode`) } };
  }
  if ((markingCheck === undefined) !== (markingCode === undefined))
    throw unsupported('markingCheck and markingCode go together', `${path}/markingCheck`);
  if (markingCode === undefined || markingCheck === undefined) return {};
  if (!Number.isInteger(markingCheck) || markingCheck < 0 || markingCheck > 31)
    throw unsupported('a result of five bits', `${path}/markingCheck`);
  return {
    imcParams: some({
      imcType: 'auto',
      imc: atolMarkBase64(markingCode, `${path}/markingCode`),
      itemEstimatedStatus: atolMarkStatuses[plannedStatus?.(markingCode) ?? statusOf(line, settlement)],
      imcModeProcessing: 0,
      itemFractionalAmount:
        fraction === undefined ? undefined : `${fraction.numerator}/${fraction.denominator}`,
      itemInfoCheckResult: atolCheckOf(markingCheck),
    }),
  };
}

function position(
  line: ReceiptLine,
  amount: Kopecks,
  path: string,
  settlement: Receipt['settlementType'],
  { columns = 42, ffdVersion = '1.2', printCertificateLines = true, plannedStatus }: AtolReceiptOptions,
): AtolObject[] {
  const quantity = parseDecimal(line.quantity);
  if (quantity.scale > 6) throw unsupported('more than six digits after the point', `${path}/quantity`);
  // JSON carries numbers as doubles: fifteen digits come through as they are.
  if (String(quantity.units).length > 15) throw unsupported('more than fifteen digits', `${path}/quantity`);
  if (line.name.length === 0 || line.name.length > 128)
    throw unsupported(
      'a name has 1 to 128 characters',
      `${path}/name`,
      'Слишком длинное название товара: сократите до 128 знаков.',
    );
  const unit = quantityUnits[line.unit ?? 'piece'];
  if (unit === undefined) throw unsupported('no known unit', `${path}/unit`);
  const tax: string | undefined = atolTaxes[line.vat as RussianVatRate];
  if (tax === undefined) throw unsupported('no rate of Russia', `${path}/vat`);
  return [
    some({
      type: 'position',
      name: line.name,
      price: atolRubles(line.price),
      quantity: Number(line.quantity),
      amount: atolRubles(amount),
      measurementUnit: ffdVersion === '1.2' ? unit.code : line.unit === undefined ? undefined : unit.label,
      paymentMethod: atolMethods[line.method],
      paymentObject: atolObjects[line.subject],
      tax: { type: tax },
      ...agentOf(line),
      additionalAttribute: line.additional,
      exciseSum: line.excise === undefined ? undefined : atolRubles(line.excise),
      countryCode: line.countryCode,
      customsDeclaration: line.customsDeclaration,
      industryInfo: industry(line.industry, path),
      ...markOf(line, path, settlement, ffdVersion, plannedStatus),
      // Of a marked product the register writes the code itself, out of the whole one.
      productCodes:
        line.productCode === undefined || line.markingCode !== undefined
          ? undefined
          : { [atolProductCodes[line.productCode.kind]]: line.productCode.value },
    }),
    ...(line.truCode === undefined || !printCertificateLines ? [] : text(`ТРУ ${line.truCode}`, columns)),
  ];
}

function correctionOf(receipt: Receipt): AtolObject {
  const { correction } = receipt;
  if (correction === undefined) return {};
  if (correction.type === 'ordered' && (correction.orderNumber ?? '').trim() === '')
    throw unsupported(
      "the number of the tax service's order is needed",
      'receipt/correction/orderNumber',
      'Укажите номер предписания налогового органа.',
    );
  return {
    correctionType: correction.type === 'own' ? 'self' : 'instruction',
    correctionBaseDate: isoDate(correction.date, 'receipt/correction/date'),
    correctionBaseNumber: correction.orderNumber,
  };
}

function build(receipt: Receipt, options: AtolReceiptOptions): AtolReceiptTask {
  const { columns = 42, printCertificateLines = true } = options;
  const totals = receiptTotals(receipt);
  const { certificate, cashier, buyer, operation, property } = receipt;
  const types = atolReceiptTypes[receipt.settlementType];
  if (types === undefined) throw unsupported('no known settlement', 'receipt/settlementType');
  const type = receipt.correction === undefined ? types.receipt : types.correction;
  if (options.electronicOnly === true && (receipt.buyerContact ?? '') === '')
    throw unsupported(
      'an electronic receipt needs a buyer to send it to',
      'receipt/buyerContact',
      'Укажите телефон или почту покупателя: чек не печатается.',
    );
  const items = receipt.lines.flatMap((line, index) =>
    position(
      line,
      totals.lines[index]?.amount ?? 0,
      `receipt/lines[${index}]`,
      receipt.settlementType,
      options,
    ),
  );
  if (property !== undefined)
    items.push({ type: 'userAttribute', name: property.name, value: property.value, print: true });
  if (receipt.additional !== undefined)
    items.push({ type: 'additionalAttribute', value: receipt.additional, print: true });
  if (certificate !== undefined && printCertificateLines) {
    items.push(...text(withSum('СЕРТИФИКАТОМ', certificate.certificateAmount, columns), columns));
    if (certificate.cardAmount > 0)
      items.push(...text(withSum('КАРТА МИР', certificate.cardAmount, columns), columns));
    items.push(...text(`КОРЗИНА ${certificate.basketId}`, columns));
  }
  const clientInfo = some({
    emailOrPhone: receipt.buyerContact,
    name: buyer?.name,
    vatin: buyer?.inn,
    birthDate: buyer?.birthday === undefined ? undefined : dotted(buyer.birthday, 'receipt/buyer/birthday'),
    citizenship: buyer?.citizenship,
    identityDocumentCode: buyer?.documentCode,
    identityDocumentData: buyer?.documentData,
    address: buyer?.address,
  });
  const payments = (Object.keys(atolPayments) as (keyof typeof atolPayments)[])
    .map((name) => ({ type: atolPayments[name], sum: atolRubles(receipt.payments[name] ?? 0) }))
    .filter(({ sum }) => sum > 0);
  const task = some({
    type,
    taxationType: atolTaxations[receipt.taxation],
    operator: cashier === undefined ? undefined : some({ name: cashier.name, vatin: cashier.inn }),
    electronically: options.electronicOnly === true ? true : undefined,
    internet: receipt.internet === true ? true : undefined,
    paymentsPlace: receipt.place,
    paymentsAddress: receipt.address,
    clientInfo: Object.keys(clientInfo).length === 0 ? undefined : clientInfo,
    industryInfo: industry(receipt.industry, 'receipt'),
    operationInfo:
      operation === undefined
        ? undefined
        : {
            id: operation.id,
            data: operation.data,
            dateTime: isoDate(operation.dateTime.slice(0, 10), 'receipt/operation/dateTime').concat(
              ` ${operation.dateTime.slice(11).padEnd(8, ':00')}`,
            ),
          },
    ...correctionOf(receipt),
    items,
    // A receipt of nothing (everything free) still names a kind of payment.
    payments: payments.length === 0 ? [{ type: 'electronically', sum: 0 }] : payments,
    total: atolRubles(totals.total),
  }) as AtolReceiptTask['task'];
  return { type, task, totals };
}

/**
 * Turns a receipt into a task. Nothing is sent: whatever this register cannot be told is refused here, `not-sent`.
 *
 * Amounts of lines, payments and the total are stated to the kopeck; VAT is named by rate and computed by the register. TRU codes
 * go as text under their lines, certificate and card as text after the last line: the tasks have no member for them. `dateTime` is
 * not told: the register writes its own clock's.
 *
 * @throws RegisterError `RECEIPT_NOT_SUPPORTED` with a path such as `receipt/lines[2]/quantity`
 * @example
 * ```ts
 * atolReceiptTask(receipt).task; // { type: 'sell', taxationType: 'osn', items: [{ type: 'position', … }], … }
 * ```
 */
export function atolReceiptTask(receipt: Receipt, options: AtolReceiptOptions = {}): AtolReceiptTask {
  try {
    return build(receipt, options);
  } catch (error) {
    if (!isElcertError(error) || error instanceof RegisterError) throw error;
    const { message, userMessage, path, details } = error;
    throw new RegisterError({
      code: 'RECEIPT_NOT_SUPPORTED',
      message,
      userMessage,
      path,
      details,
      outcome: 'not-sent',
      cause: error,
    });
  }
}
