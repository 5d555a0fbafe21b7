import {
  type Kopecks,
  kopecks,
  type LocalDateTime,
  localToUnixSeconds,
  multiplyKopecks,
  parseDecimal,
  rescaleDecimal,
  splitKopecks,
  sumKopecks,
} from '@elcert/core';
import type { KazakhVatRate, Receipt, ReceiptLine, SettlementType, TaxationType } from '@elcert/fiscal-doc';
import { KzError } from './errors.js';
import {
  type KzCommodity,
  type KzItem,
  type KzModifier,
  type KzOperation,
  type KzTax,
  type KzTicket,
  kzDateTime,
  kzMoney,
} from './messages.js';
import { newestKzRegistrationNumber } from './taxpayer-number.js';
import {
  type KzLineDetails,
  type KzParentTicket,
  type KzReceiptDetails,
  type KzTicketContent,
  type KzTicketContext,
  type KzTicketRules,
  kzTicketLimits,
} from './ticket-details.js';
import { customerOf, paymentsOf } from './ticket-payments.js';
import { kzUnitCode } from './units.js';
import { at, fail, present, text, uint32, uint64 } from './values.js';
import { kzPercent, kzVatOfLines, kzVatRatesOn } from './vat.js';

const operations: Readonly<Record<SettlementType, KzOperation>> = {
  sale: 'OPERATION_SELL',
  saleReturn: 'OPERATION_SELL_RETURN',
  purchase: 'OPERATION_BUY',
  purchaseReturn: 'OPERATION_BUY_RETURN',
};

/** The tax regimes of the protocol, by the names of the neutral receipt. */
const taxations: Readonly<Partial<Record<TaxationType, number>>> = {
  simplifiedIncome: 100,
  general: 101,
  agricultural: 102,
  patent: 103,
};

/** The neutral regime of a number of the protocol. */
export function kzTaxationOf(number: number | string | undefined): TaxationType | undefined {
  const byName: Readonly<Record<string, number>> = { STS: 100, RTS: 101, TRFF: 102, TRBP: 103 };
  const wanted = typeof number === 'string' ? (byName[number] ?? Number(number)) : number;
  return (Object.keys(taxations) as TaxationType[]).find((name) => taxations[name] === wanted);
}

/** What Russian documents say and a ticket has no place for: refused, so that nothing is lost silently. */
const foreignToLines = [
  'fraction',
  'agent',
  'agentData',
  'supplier',
  'excise',
  'countryCode',
  'customsDeclaration',
  'industry',
  'markingCheck',
  'truCode',
  'additional',
] as const satisfies readonly (keyof ReceiptLine)[];
const foreignToReceipts = [
  'certificate',
  'correction',
  'industry',
  'operation',
  'property',
  'additional',
] as const satisfies readonly (keyof Receipt)[];

interface Line {
  readonly rate: KazakhVatRate;
  /** Before its own discount or markup. */
  readonly gross: Kopecks;
  /** After it. */
  readonly net: Kopecks;
  readonly commodity: KzCommodity;
  readonly modifierName: string | undefined;
}

/** The GTIN in a code of the neutral receipt, when it holds one. */
function gtinOf({ productCode, markingCode }: ReceiptLine): string | undefined {
  if (productCode !== undefined && ['ean8', 'ean13', 'itf14'].includes(productCode.kind))
    return productCode.value;
  const whole = markingCode ?? (productCode?.kind.startsWith('gs1') === true ? productCode.value : undefined);
  const gtin = /^01(\d{14})/.exec((whole ?? '').replace(/^\p{Cc}/u, ''))?.[1];
  return gtin?.replace(/^0/, '');
}

function lineOf(
  line: ReceiptLine,
  details: KzLineDetails,
  rates: readonly KazakhVatRate[],
  rules: KzTicketRules,
  day: string,
  isReturn: boolean,
  path: string,
  detailsPath: string,
): Line {
  for (const name of foreignToLines)
    if (line[name] !== undefined)
      fail(`${path}/${name}`, 'a ticket of Kazakhstan has no place for it', 'Реквизит не передаётся в ОФД.');
  if (text(line.name, `${path}/name`, kzTicketLimits.name) === undefined) fail(`${path}/name`, 'no name');
  const { version = 203 } = rules;
  const quantity = at(`${path}/quantity`, () => rescaleDecimal(parseDecimal(line.quantity), 3).units);
  if (quantity <= 0n || quantity > (version === 203 ? uint64 : uint32))
    fail(`${path}/quantity`, 'a quantity from 0.001 wanted, at most three digits after the point');
  at(`${path}/price`, () => kopecks(line.price));
  const gross = at(`${path}/amount`, () => multiplyKopecks(line.price, line.quantity));
  const net = at(`${path}/amount`, () => kopecks(line.amount ?? gross));
  const rate = rates.find((one) => one === line.vat);
  if (rate === undefined)
    fail(
      `${path}/vat`,
      `${JSON.stringify(line.vat)} was no rate of VAT on ${day}; ${rates.join(', ')} were`,
      `На дату расчёта ${day.split('-').reverse().join('.')} такой ставки НДС нет.`,
    );
  // What was sold by a payer of VAT is taken back with it.
  if (rules.vatPayer === false && rate !== 'none' && !isReturn)
    fail(`${path}/vat`, 'the seller pays no VAT', 'Продавец не является плательщиком НДС.');
  const section = text(details.section, `${detailsPath}/section`, 32) ?? rules.section ?? '1';
  const defaultUnit = line.subject === 'service' ? '5114' : line.subject === 'work' ? '931' : '796';
  const measureUnitCode =
    text(details.unitCode, `${detailsPath}/unitCode`, 16) ??
    (line.unit === undefined
      ? defaultUnit
      : kzUnitCode(line.unit, rules.kilogram === undefined ? {} : { kilogram: rules.kilogram }));
  return {
    rate,
    gross,
    net,
    modifierName: text(details.modifierName, `${detailsPath}/modifierName`),
    commodity: present<KzCommodity>({
      name: line.name,
      sectionCode: section,
      quantity: String(quantity),
      price: kzMoney(line.price),
      sum: kzMoney(gross),
      taxes: undefined,
      barcode: text(details.barcode, `${detailsPath}/barcode`, 64) ?? gtinOf(line),
      measureUnitCode,
      ...stamps(line, details, version, quantity, path, detailsPath),
      physicalLabel: text(details.physicalLabel, `${detailsPath}/physicalLabel`),
      productId: text(details.productId, `${detailsPath}/productId`),
      ntin: text(details.ntin, `${detailsPath}/ntin`, 64),
    }),
  };
}

function stamps(
  line: ReceiptLine,
  details: KzLineDetails,
  version: 202 | 203,
  quantity: bigint,
  path: string,
  detailsPath: string,
): Pick<KzCommodity, 'exciseStamp' | 'listExciseStamp'> {
  const own =
    line.markingCode ??
    (line.productCode !== undefined && !['ean8', 'ean13', 'itf14'].includes(line.productCode.kind)
      ? line.productCode.value
      : undefined);
  const codes = details.markingCodes ?? (own === undefined ? [] : [own]);
  const where = details.markingCodes === undefined ? `${path}/markingCode` : `${detailsPath}/markingCodes`;
  for (const [index, code] of codes.entries())
    text(code, details.markingCodes === undefined ? where : `${where}[${index}]`);
  if (new Set(codes).size < codes.length)
    fail(where, 'a marking code twice', 'Код маркировки указан дважды.');
  // A code is one unit; a part of a unit still carries its one code.
  const units = (quantity + 999n) / 1000n;
  if (BigInt(codes.length) > units || codes.length > kzTicketLimits.markingCodes)
    fail(where, `${codes.length} codes for ${units} units`, 'Кодов маркировки больше, чем единиц товара.');
  if (codes.length === 0) return {};
  if (version === 203) return { listExciseStamp: codes };
  if (codes.length > 1)
    fail(where, '2.0.2 takes one code a line', 'Эта версия протокола принимает один код на строку.');
  return { exciseStamp: codes[0] as string };
}

function parentOf(parent: KzParentTicket, day: string): NonNullable<KzTicket['parentTicket']> {
  const path = 'details/parent';
  at(`${path}/dateTime`, () => localToUnixSeconds(parent.dateTime));
  if (parent.dateTime.slice(0, 10) > day)
    fail(`${path}/dateTime`, 'later than its return', 'Исходный чек не может быть позже возврата.');
  return {
    parentTicketNumber: text(parent.number, `${path}/number`, 64) ?? '',
    parentTicketDataTime: kzDateTime(parent.dateTime),
    kgdKkmId: newestKzRegistrationNumber(parent.registrationNumber, `${path}/registrationNumber`),
    parentTicketTotal: at(`${path}/total`, () => kzMoney(parent.total)),
    parentTicketIsOffline: parent.offline,
  };
}

/**
 * A receipt as a ticket, ready for `KzSession.ticket`.
 *
 * - A line's sum is price × quantity; what its `amount` is less or more becomes a discount or a markup after the line. The rounding of
 *   the receipt is a discount of the whole ticket.
 * - VAT is inside the sums: of each line after its own and its share of the ticket's modifiers, so that the taxes are those of what is
 *   paid. Its rates are those of the day of the settlement; of a return, of the day of `details.parent`.
 * - `payments.electronic` is a card, or a telephone as far as `details.mobile` says; `other` is tare, `credit` is credit (both left the
 *   operator's text in 2.0.1). An advance has no kind of payment here.
 * - Method and subject of a line are not said, but a service or work without a unit gets the unit of one.
 *
 * @throws KzError `BAD_VALUE` or `MISSING_FIELD` with the `path` of the value: `receipt/lines[0]/vat`, `details/parent` …
 * @example
 * ```ts
 * const ticket = kzTicketOf(receipt, { at: '2026-03-02T12:34:56', details: { cashGiven: 100_000 } });
 * await session.ticket(ticket, { operationKey });
 * ```
 */
export function kzTicketOf(receipt: Receipt, { at: now, details = {}, rules = {} }: KzTicketContext) {
  for (const name of foreignToReceipts)
    if (receipt[name] !== undefined)
      fail(`receipt/${name}`, 'a ticket of Kazakhstan has no place for it', 'Реквизит не передаётся в ОФД.');
  const operation = Object.hasOwn(operations, receipt.settlementType)
    ? operations[receipt.settlementType]
    : fail('receipt/settlementType', 'unknown name');
  const day = at('at', () => unixDay(now));
  const isReturn = operation.endsWith('_RETURN');
  const parentTicket = details.parent === undefined ? undefined : parentOf(details.parent, day);
  if (parentTicket !== undefined && !isReturn)
    fail('details/parent', 'only a return has a ticket that it takes back');
  if (parentTicket === undefined && isReturn && (rules.version ?? 203) === 203)
    fail(
      'details/parent',
      'a return names the ticket that it takes back',
      'Для возврата нужны данные исходного чека.',
      'MISSING_FIELD',
    );
  const taxDay = details.parent?.dateTime.slice(0, 10) ?? day;
  if (receipt.lines.length === 0 || receipt.lines.length > kzTicketLimits.lines)
    fail('receipt/lines', `${receipt.lines.length} lines, 1 to ${kzTicketLimits.lines} are possible`);
  if ((details.lines?.length ?? 0) > receipt.lines.length)
    fail('details/lines', 'details of more lines than there are');
  const rates = kzVatRatesOn(taxDay).all;
  const lines = receipt.lines.map((line, index) =>
    lineOf(
      line,
      details.lines?.[index] ?? {},
      rates,
      rules,
      taxDay,
      isReturn,
      `receipt/lines[${index}]`,
      `details/lines[${index}]`,
    ),
  );
  const { amounts, total, finals } = totalsOf(receipt, details, lines);
  if (isReturn && details.parent !== undefined && total > details.parent.total)
    fail('receipt/payments', 'more than the ticket that is taken back', 'Возврат больше исходного чека.');
  const taxationType = Object.hasOwn(taxations, receipt.taxation)
    ? taxations[receipt.taxation]
    : fail('receipt/taxation', 'no tax regime of Kazakhstan', 'Такого налогового режима в Казахстане нет.');
  const taxed = taxesOf(lines, finals, rules, taxationType);
  const operatorCode = rules.operatorCode ?? 1;
  if (!Number.isInteger(operatorCode) || operatorCode < 0 || operatorCode > uint32)
    fail('rules/operatorCode', 'a whole number wanted');
  return present<KzTicketContent>({
    operation,
    operator: present<KzTicket['operator']>({
      code: operatorCode,
      name: text(receipt.cashier?.name, 'receipt/cashier/name'),
    }),
    domain: details.domain,
    items: lines.flatMap((line, index) => itemsOf(line, taxed.items[index])),
    payments: paymentsOf(receipt, details),
    taxes: taxed.ticket,
    amounts,
    extensionOptions: customerOf(receipt, rules.taxpayer),
    parentTicket,
  });
}

function unixDay(local: LocalDateTime): string {
  localToUnixSeconds(local);
  return local.slice(0, 10);
}

function itemsOf(line: Line, tax: KzTax | undefined): KzItem[] {
  const commodity = { ...line.commodity, ...(tax === undefined ? {} : { taxes: [tax] }) };
  const difference = line.net - line.gross;
  const modifier = (sum: Kopecks): KzModifier => ({
    ...(line.modifierName === undefined ? {} : { name: line.modifierName }),
    sum: kzMoney(sum),
  });
  return [
    { type: 'ITEM_TYPE_COMMODITY', commodity },
    ...(difference < 0 ? [{ type: 'ITEM_TYPE_DISCOUNT', discount: modifier(-difference) }] : []),
    ...(difference > 0 ? [{ type: 'ITEM_TYPE_MARKUP', markup: modifier(difference) }] : []),
  ];
}

function totalsOf(
  receipt: Receipt,
  details: KzReceiptDetails,
  lines: readonly Line[],
): { readonly amounts: KzTicket['amounts']; readonly total: Kopecks; readonly finals: readonly Kopecks[] } {
  const modifier = (name: 'discount' | 'markup') =>
    at(`details/${name}/sum`, () => kopecks(details[name]?.sum ?? 0));
  const [discount, markup] = [modifier('discount'), modifier('markup')];
  if (discount > 0 && markup > 0) fail('details/markup', 'a discount and a markup exclude each other');
  const rounding = at('receipt/rounding', () => kopecks(receipt.rounding ?? 0));
  if (rounding > 99) fail('receipt/rounding', 'a receipt is rounded by less than a tenge');
  const nets = lines.map(({ net }) => net);
  const before = at('receipt/lines', () => sumKopecks(nets));
  const difference = markup - discount - rounding;
  const total = before + difference;
  if (total < 0) fail('details/discount/sum', 'more than the lines cost', 'Скидка больше суммы чека.');
  if (before === 0 && difference > 0)
    fail('details/markup/sum', 'a markup on nothing', 'Наценка на нулевую сумму.');
  const finals = difference === 0 ? nets : splitKopecks(total, nets);
  const name =
    text(details.discount?.name, 'details/discount/name') ??
    text(details.markup?.name, 'details/markup/name') ??
    (rounding > 0 && discount === 0 && markup === 0 ? 'Округление' : undefined);
  const whole = present<KzModifier>({ name, sum: kzMoney(Math.abs(difference)) });
  const cash = at('receipt/payments/cash', () => kopecks(receipt.payments.cash ?? 0));
  const given = at('details/cashGiven', () => kopecks(details.cashGiven ?? cash));
  if (given < cash || (cash === 0 && given > 0))
    fail('details/cashGiven', `${given} tiyn were given for ${cash}`, 'Наличных получено меньше, чем нужно.');
  const { electronic = 0, prepaid = 0, credit = 0, other = 0 } = receipt.payments;
  const paid = at('receipt/payments', () => sumKopecks([cash, electronic, prepaid, credit, other]));
  if (paid !== total)
    throw new KzError({
      code: 'BAD_VALUE',
      message: `receipt/payments: ${paid} tiyn are paid, the ticket is ${total}`,
      userMessage: 'Сумма оплат не равна сумме чека.',
      path: 'receipt/payments',
      details: { paid, total },
    });
  return {
    total,
    finals,
    amounts: {
      total: kzMoney(total),
      ...(cash === 0 ? {} : { taken: kzMoney(given), change: kzMoney(given - cash) }),
      ...(difference < 0 ? { discount: whole } : {}),
      ...(difference > 0 ? { markup: whole } : {}),
    },
  };
}

function taxesOf(
  lines: readonly Line[],
  finals: readonly Kopecks[],
  rules: KzTicketRules,
  taxationType: number | undefined,
): { readonly items: readonly (KzTax | undefined)[]; readonly ticket?: readonly KzTax[] } {
  const { taxRounding = 'line', taxPlace = 'items', zeroRate = 'entry' } = rules;
  const sums = kzVatOfLines(
    lines.map(({ rate }, index) => ({ rate, sum: finals[index] ?? 0 })),
    taxRounding,
  );
  const entry = (rate: KazakhVatRate, sum: Kopecks): KzTax | undefined => {
    const percent = kzPercent(rate);
    if (percent === undefined || (percent === 0 && zeroRate === 'omit')) return undefined;
    return {
      taxType: 100,
      ...(taxationType === undefined ? {} : { taxationType }),
      percent,
      sum: kzMoney(sum),
      isInTotalSum: true,
    };
  };
  const rates = [...new Set(lines.map(({ rate }) => rate))];
  const [rate] = rates;
  // Which lines a tax of the whole ticket is of is not said there, so that a report could not tell its turnover.
  if (taxPlace === 'items' || rate === undefined || rates.length > 1)
    return { items: lines.map((line, index) => entry(line.rate, sums[index] ?? 0)) };
  const whole = entry(rate, sumKopecks(sums));
  return { items: [], ...(whole === undefined ? {} : { ticket: [whole] }) };
}
