import { formatDecimal, isElcertError, type Kopecks, kopecks, parseDecimal, sumKopecks } from '@elcert/core';
import {
  type AtolObject,
  atolAgents,
  atolMethods,
  atolObjects,
  atolPayments,
  atolProductCodes,
  atolReceiptTypes,
  atolTaxations,
  atolTaxes,
  atolUnits,
  checkOfAtol,
  isAtolObject,
  kopecksOfAtol,
  nameOfAtolWord,
} from '@elcert/device-drivers/atol';
import {
  encodeTags,
  lineAmount,
  nameOfCode,
  productCodeKinds,
  quantityUnits,
  type Receipt,
  type ReceiptLine,
  receiptToTags,
  type SettlementType,
} from '@elcert/fiscal-doc';
import { tagsOfTheDrive } from '../fn/composition.js';
import type { EmulatedFn } from '../fn/index.js';
import type { DeviceContext } from './context.js';
import { fractionOf, markBytes } from './marking.js';
import { printedItems } from './printing.js';
import { AtolRefusal } from './refusal.js';

/** A receipt task, understood. */
export interface AtolReceipt {
  /** Sums are those of the document: change is taken off the cash. */
  readonly receipt: Receipt;
  readonly change: Kopecks;
  readonly total: Kopecks;
  /** Sums by department, a line each. */
  readonly departments: readonly { readonly department: number; readonly amount: Kopecks }[];
  /** What stands on the paper, in order. */
  readonly text: readonly string[];
}

const refuse = (code: number, why?: string): never => {
  throw new AtolRefusal(code, why);
};

function money(value: unknown, path: string): Kopecks {
  try {
    return kopecks(kopecksOfAtol(value, path));
  } catch {
    return refuse(16, path);
  }
}

function word<Name extends string>(
  table: Readonly<Record<Name, string>>,
  value: unknown,
  code: number,
  path: string,
): Name {
  return nameOfAtolWord(table, value) ?? refuse(code, `${path}: ${String(value)}`);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function texts(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((one): one is string => typeof one === 'string');
}

/** Members that are there. */
function some<T extends object>(members: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}

function dashed(value: unknown, form: RegExp, order: readonly [number, number, number]): string | undefined {
  const match = typeof value === 'string' ? form.exec(value) : null;
  return match === null ? undefined : order.map((index) => match[index]).join('-');
}

const yearFirst = (value: unknown) => dashed(value, /^(\d{4})\.(\d{2})\.(\d{2})/, [1, 2, 3]);
const dayFirst = (value: unknown) => dashed(value, /^(\d{2})\.(\d{2})\.(\d{4})$/, [3, 2, 1]);

function quantityOf(value: unknown): string {
  if (typeof value !== 'number' || !(value > 0) || value >= 1e9) return refuse(17, 'quantity');
  // At most six digits after the point.
  const rounded = value.toFixed(6);
  if (Math.abs(Number(rounded) - value) > 1e-9) return refuse(17, 'quantity');
  return formatDecimal(parseDecimal(rounded.replace(/\.?0+$/, '')));
}

function industryOf(value: unknown): Receipt['industry'] {
  if (!Array.isArray(value)) return undefined;
  return value.filter(isAtolObject).map((one) => ({
    body: String(one.fois ?? ''),
    date: yearFirst(one.date) ?? refuse(13, 'industryInfo/date'),
    number: String(one.number ?? ''),
    value: String(one.industryAttribute ?? ''),
  }));
}

function agentOf(item: AtolObject): Partial<ReceiptLine> {
  const agent = isAtolObject(item.agentInfo) ? item.agentInfo : undefined;
  const supplier = isAtolObject(item.supplierInfo) ? item.supplierInfo : undefined;
  const part = (name: string): AtolObject => {
    const value = agent?.[name];
    return isAtolObject(value) ? value : {};
  };
  const agents = texts(agent?.agents);
  const paying = part('payingAgent');
  const transfer = part('moneyTransferOperator');
  return some<Partial<ReceiptLine>>({
    agent: agents?.[0] === undefined ? undefined : word(atolAgents, agents[0], 167, 'agents'),
    agentData:
      agent === undefined
        ? undefined
        : some<NonNullable<ReceiptLine['agentData']>>({
            operation: text(paying.operation),
            payingAgentPhones: texts(paying.phones),
            receivingOperatorPhones: texts(part('receivePaymentsOperator').phones),
            transferOperatorPhones: texts(transfer.phones),
            transferOperatorName: text(transfer.name),
            transferOperatorAddress: text(transfer.address),
            transferOperatorInn: text(transfer.vatin),
          }),
    supplier:
      supplier === undefined
        ? undefined
        : some<NonNullable<ReceiptLine['supplier']>>({
            inn: text(supplier.vatin),
            name: text(supplier.name),
            phones: texts(supplier.phones),
          }),
  });
}

function unitOf(value: unknown): ReceiptLine['unit'] {
  if (value === undefined) return 'piece';
  const name =
    typeof value === 'number' ? nameOfCode(quantityUnits, value) : nameOfAtolWord(atolUnits, value);
  return name ?? refuse(49, 'measurementUnit');
}

function productCodeOf(value: unknown): ReceiptLine['productCode'] {
  if (!isAtolObject(value)) return undefined;
  const [entry] = Object.entries(value);
  if (entry === undefined) return undefined;
  return { kind: word(atolProductCodes, entry[0], 146, 'productCodes'), value: String(entry[1]) };
}

/** The mark of a line, as it was checked and accepted before. */
function markOf(
  item: AtolObject,
  validate: boolean,
  fn: EmulatedFn,
  context: DeviceContext,
): Partial<ReceiptLine> {
  // Members of older formats.
  const old = item.markingCode !== undefined || item.nomenclatureCode !== undefined;
  if (item.imcParams === undefined) return old ? refuse(413, 'markingCode') : {};
  if (old || item.productCodes !== undefined) refuse(228);
  const params = isAtolObject(item.imcParams) ? item.imcParams : refuse(501, 'imcParams');
  const code = markBytes(context, params.imc);
  const { byDrive } = context;
  if (validate) {
    byDrive(() => fn.marking.check(code));
    const answer = fn.status().offline ? undefined : context.markingService(code, 1);
    if (answer !== undefined) byDrive(() => fn.marking.answer(answer.result));
    byDrive(() => fn.marking.accept());
  }
  const { product, result } = byDrive(() => fn.marking.bound(code));
  const said = checkOfAtol(params.itemInfoCheckResult);
  if (said !== undefined && said !== result) refuse(420, 'itemInfoCheckResult');
  return some<Partial<ReceiptLine>>({
    productCode: { kind: nameOfCode(productCodeKinds, product.tag) ?? 'undefined', value: product.value },
    markingCheck: result,
    fraction:
      params.itemFractionalAmount === undefined
        ? undefined
        : fractionOf(context, params.itemFractionalAmount),
  });
}

function lineOf(item: AtolObject, mark: Partial<ReceiptLine>): ReceiptLine {
  const name = text(item.name) ?? refuse(8, 'name');
  if (name.length > 128) refuse(13, 'name');
  const quantity = quantityOf(item.quantity);
  const price = money(item.price, 'price');
  const computed = lineAmount({ price, quantity });
  const amount = item.amount === undefined ? computed : money(item.amount, 'amount');
  if (Math.abs(amount - computed) > 1) refuse(16, 'amount');
  const tax = isAtolObject(item.tax) ? item.tax.type : undefined;
  return {
    name,
    price,
    quantity,
    amount,
    vat: word(atolTaxes, tax, 144, 'tax/type'),
    method: word(atolMethods, item.paymentMethod ?? 'fullPayment', 216, 'paymentMethod'),
    subject: word(atolObjects, item.paymentObject ?? 'commodity', 217, 'paymentObject'),
    ...agentOf(item),
    ...some<Partial<ReceiptLine>>({
      unit: unitOf(item.measurementUnit),
      additional: text(item.additionalAttribute),
      excise: item.exciseSum === undefined ? undefined : money(item.exciseSum, 'exciseSum'),
      countryCode: text(item.countryCode),
      customsDeclaration: text(item.customsDeclaration),
      industry: industryOf(item.industryInfo),
      productCode: productCodeOf(item.productCodes),
    }),
    ...mark,
  };
}

interface ReceiptKind {
  readonly settlement: SettlementType;
  readonly correction: boolean;
}

/** By type of task: settlement, and whether it is a correction. */
const kinds: ReadonlyMap<string, ReceiptKind> = new Map(
  (Object.keys(atolReceiptTypes) as SettlementType[]).flatMap((settlement): [string, ReceiptKind][] => [
    [atolReceiptTypes[settlement].receipt, { settlement, correction: false }],
    [atolReceiptTypes[settlement].correction, { settlement, correction: true }],
  ]),
);

/** Whether a type of task is a receipt or a correction. */
export function isReceiptType(type: string): boolean {
  return kinds.has(type);
}

/** The number form of `payments[].type`. */
const paymentNumbers = ['cash', 'electronically', 'prepaid', 'credit', 'other'];

function paymentsOf(task: AtolObject): Record<keyof Receipt['payments'], Kopecks> {
  const sums = { cash: 0, electronic: 0, prepaid: 0, credit: 0, other: 0 };
  for (const entry of Array.isArray(task.payments) ? task.payments : []) {
    if (!isAtolObject(entry)) return refuse(60, 'payments');
    const named = paymentNumbers[Number(entry.type)] ?? entry.type;
    const name = word(atolPayments, named, 60, 'payments/type');
    sums[name] = sumKopecks([sums[name], money(entry.sum, 'payments/sum')]);
  }
  return sums;
}

function correctionOf(task: AtolObject): Receipt['correction'] {
  const date = yearFirst(task.correctionBaseDate) ?? refuse(161, 'correctionBaseDate');
  const orderNumber = text(task.correctionBaseNumber);
  if (task.correctionType === 'instruction') {
    return { type: 'ordered', date, orderNumber: orderNumber ?? refuse(161, 'correctionBaseNumber') };
  }
  if (task.correctionType !== 'self') return refuse(13, 'correctionType');
  return { type: 'own', date, ...(orderNumber === undefined ? {} : { orderNumber }) };
}

function buyerOf(task: AtolObject): Pick<Receipt, 'buyer' | 'buyerContact'> {
  const info = isAtolObject(task.clientInfo) ? task.clientInfo : undefined;
  if (info === undefined) return {};
  const buyer = some<NonNullable<Receipt['buyer']>>({
    name: text(info.name),
    inn: text(info.vatin),
    birthday: dayFirst(info.birthDate),
    citizenship: text(info.citizenship),
    documentCode: text(info.identityDocumentCode),
    documentData: text(info.identityDocumentData),
    address: text(info.address),
  });
  const contact = text(info.emailOrPhone);
  return {
    ...(Object.keys(buyer).length === 0 ? {} : { buyer }),
    ...(contact === undefined ? {} : { buyerContact: contact }),
  };
}

/**
 * Reads a receipt task as a register would.
 *
 * @throws AtolRefusal with the driver's own code
 */
export function readReceiptTask(task: AtolObject, fn: EmulatedFn, context: DeviceContext): AtolReceipt {
  const kind = kinds.get(String(task.type)) ?? refuse(48);
  const items = Array.isArray(task.items) ? task.items.filter(isAtolObject) : [];
  const positions = items.filter((item) => item.type === 'position');
  if (positions.length === 0) refuse(110);
  const departments = positions.map(({ department = 1 }) =>
    typeof department === 'number' && Number.isInteger(department) && department >= 0 && department <= 99
      ? department
      : refuse(59, 'department'),
  );
  // The lines are read before a mark is looked at: a bad line leaves the drive's table as it was.
  for (const item of positions) lineOf(item, {});
  const lines = positions.map((item) =>
    lineOf(item, markOf(item, task.validateMarkingCodes === true, fn, context)),
  );
  const linesTotal = sumKopecks(lines.map(lineAmount));
  const total = task.total === undefined ? linesTotal : money(task.total, 'total');
  const rounding = linesTotal - total;
  if (rounding < 0 || rounding > 99) refuse(227);
  const sums = paymentsOf(task);
  const cashless = sumKopecks([sums.electronic, sums.prepaid, sums.credit, sums.other]);
  if (cashless > total) refuse(52);
  if (cashless + sums.cash < total) refuse(66);
  const change = cashless + sums.cash - total;
  const operator = isAtolObject(task.operator) ? task.operator : {};
  const cashier = text(operator.name);
  const inn = text(operator.vatin);
  const user = items.find((item) => item.type === 'userAttribute');
  const additional = items.find((item) => item.type === 'additionalAttribute');
  const operation = isAtolObject(task.operationInfo) ? task.operationInfo : undefined;
  const receipt: Receipt = {
    settlementType: kind.settlement,
    taxation: word(atolTaxations, task.taxationType ?? 'osn', 143, 'taxationType'),
    lines,
    payments: { ...sums, cash: total - cashless },
    ...(rounding === 0 ? {} : { rounding }),
    ...(cashier === undefined ? {} : { cashier: { name: cashier, ...(inn === undefined ? {} : { inn }) } }),
    ...(task.internet === true ? { internet: true } : {}),
    ...buyerOf(task),
    ...some<Partial<Receipt>>({
      address: text(task.paymentsAddress),
      place: text(task.paymentsPlace),
      correction: kind.correction ? correctionOf(task) : undefined,
      industry: industryOf(task.industryInfo),
      property:
        user === undefined ? undefined : { name: String(user.name ?? ''), value: String(user.value ?? '') },
      additional: text(additional?.value),
      operation:
        operation === undefined
          ? undefined
          : {
              id: Number(operation.id ?? 0),
              data: String(operation.data ?? ''),
              dateTime: `${yearFirst(operation.dateTime) ?? refuse(77, 'operationInfo')}T${String(operation.dateTime).slice(11)}`,
            },
    }),
  };
  const body = items.flatMap((item) => {
    if (item.type !== 'position') return printedItems(context, [item], 'items');
    const line = lines[positions.indexOf(item)] as ReceiptLine;
    return [line.name, `${line.quantity} x ${line.price / 100} =${lineAmount(line) / 100}`];
  });
  return {
    receipt,
    change,
    total,
    departments: lines.map((line, index) => ({
      department: departments[index] ?? 1,
      amount: lineAmount(line),
    })),
    text: [
      ...printedItems(context, task.preItems, 'preItems'),
      ...body,
      ...printedItems(context, task.postItems, 'postItems'),
    ],
  };
}

// What the drive takes from the registration by itself.
const ofTheRegistration: ReadonlySet<number> = new Set([1018, 1037, 1048, 1209]);

/** The form code and the requisites of a receipt for the drive. */
export function receiptRequisites(receipt: Receipt): { readonly form: 3 | 31; readonly tlv: Uint8Array } {
  const form = receipt.correction === undefined ? 3 : 31;
  try {
    const tags = receiptToTags(receipt, {
      fiscalDriveNumber: '',
      fiscalDocumentNumber: 0,
      fiscalSign: new Uint8Array(6),
      dateTime: '2026-01-01T00:00',
      shiftNumber: 0,
      receiptNumber: 0,
      kktRegistrationNumber: '',
      userInn: '',
      address: '',
      place: '',
      fnsUrl: 'www.nalog.gov.ru',
    }).filter(
      ({ tag }) =>
        !tagsOfTheDrive.has(tag) &&
        !ofTheRegistration.has(tag) &&
        !(tag === 1009 && receipt.address === undefined) &&
        !(tag === 1187 && receipt.place === undefined),
    );
    return { form, tlv: encodeTags(tags, { document: form, ffdVersion: '1.2' }) };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    throw new AtolRefusal(148, error.message);
  }
}
