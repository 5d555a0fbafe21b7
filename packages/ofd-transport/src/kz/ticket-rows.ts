import { formatDecimal, formatRubles, type Kopecks, normalizeDecimal } from '@elcert/core';
import type { Row } from '@elcert/fiscal-doc/render';
import { inLanguage, type KzLanguage, type Label, labels, operationLabels, paymentLabels } from './labels.js';
import {
  type KzCommodity,
  type KzItem,
  type KzModifier,
  type KzMoney,
  type KzTax,
  type KzTicket,
  kzMoney,
  localOfKz,
  tiynOf,
} from './messages.js';
import { newestKzRegistrationNumber } from './taxpayer-number.js';
import { kzUnit } from './units.js';

/** The seller and his register, as papers show them. */
export interface KzSeller {
  /** Name of the taxpayer. */
  readonly title: string;
  /** Where the register is used. */
  readonly address: string;
  readonly addressKk?: string | undefined;
  /** IIN or BIN. */
  readonly taxpayerNumber: string;
  /** ЗНМ. */
  readonly serialNumber: string;
  /** РНМ; of `old/new` the newest is shown. */
  readonly registrationNumber: string;
  /** Certificate of a payer of VAT; absent for a seller who pays none. */
  readonly vat?: { readonly series: string; readonly number: string } | undefined;
}

/** The operator that a receipt names. */
export interface KzOfd {
  readonly title: string;
  /** Site where a buyer checks a receipt: `consumer.oofd.kz`. */
  readonly site: string;
}

/** What a receipt of paper is made of. */
export interface KzTicketView {
  readonly seller: KzSeller;
  readonly ofd: KzOfd;
  /** As it went out. */
  readonly ticket: KzTicket;
  /** Of the device; 0 when it is not known. */
  readonly documentNumber: number;
  readonly shiftNumber: number;
  /** The operator's sign; absent until it has answered. */
  readonly fiscalSign?: string | undefined;
  /** Sign of a ticket that was made without connection. */
  readonly offlineSign?: string | undefined;
  /** What the QR says: the operator's link, or one of ours for a ticket without connection. */
  readonly link: string;
  /** Texts of the operator. */
  readonly ads?: readonly string[] | undefined;
  /** A copy of a receipt that was given out before. */
  readonly copy?: boolean | undefined;
}

/** How papers are written. */
export interface KzRowOptions {
  /** Both languages unless told. */
  readonly language?: KzLanguage | undefined;
}

const rule: Row = { type: 'rule' };

function money(sum: Kopecks): string {
  return formatRubles(sum);
}

/** `02.03.2026 12:34:56` */
export function printedTime(local: string): string {
  const [day = '', time = ''] = local.split('T');
  return `${day.split('-').reverse().join('.')} ${time}`;
}

/** Who sells, and at which register: the head of every paper. */
export function headRows(seller: KzSeller, language: KzLanguage): Row[] {
  const of = (label: Label) => inLanguage(label, language);
  const addresses =
    language === 'ru'
      ? [seller.address]
      : language === 'kk'
        ? [seller.addressKk ?? seller.address]
        : [...new Set([seller.addressKk ?? seller.address, seller.address])];
  return [
    { type: 'centre', text: seller.title },
    ...addresses.map((text) => ({ type: 'centre', text }) as const),
    { type: 'pair', caption: of(labels.taxpayer), value: seller.taxpayerNumber },
    ...(seller.vat === undefined
      ? []
      : ([
          { type: 'pair', caption: of(labels.vatSeries), value: seller.vat.series },
          { type: 'pair', caption: of(labels.vatNumber), value: seller.vat.number },
        ] as const)),
    { type: 'pair', caption: of(labels.serialNumber), value: seller.serialNumber },
    {
      type: 'pair',
      caption: of(labels.registrationNumber),
      value: newestKzRegistrationNumber(seller.registrationNumber, 'seller/registrationNumber'),
    },
  ];
}

function percentText(percent: number): string {
  return `${formatDecimal(normalizeDecimal({ units: BigInt(percent), scale: 3 }))}%`;
}

function taxRow(tax: KzTax, caption: string, indent = 0): Row {
  return {
    type: 'pair',
    caption: `${caption} ${percentText(tax.percent)}`,
    value: money(tiynOf(tax.sum)),
    indent,
  };
}

function modifierRow(modifier: KzModifier, caption: string, sign: '-' | '+', indent: number): Row {
  return {
    type: 'pair',
    caption: modifier.name ?? caption,
    value: `${sign}${money(tiynOf(modifier.sum))}`,
    indent,
  };
}

function lineRows(
  line: KzCommodity,
  number: number,
  sign: '' | '-',
  view: KzTicketView,
  language: KzLanguage,
) {
  const of = (label: Label) => inLanguage(label, language);
  const quantity = formatDecimal(normalizeDecimal({ units: BigInt(line.quantity), scale: 3 }));
  const unit = line.measureUnitCode === undefined ? undefined : kzUnit(line.measureUnitCode);
  const unitText =
    unit === undefined ? (line.measureUnitCode ?? '') : inLanguage([unit.label.kk, unit.label.ru], language);
  const codes = line.listExciseStamp ?? (line.exciseStamp === undefined ? [] : [line.exciseStamp]);
  const code = (label: Label, text: string | undefined): Row[] =>
    text === undefined ? [] : [{ type: 'code', caption: `${of(label)}:`, text: printable(text) }];
  const [tax] = line.taxes ?? [];
  const rows: Row[] = [
    { type: 'text', text: `${number}. ${line.name ?? ''}` },
    {
      type: 'pair',
      caption: `${quantity} ${unitText} x ${money(tiynOf(line.price))}`,
      value: `${sign}${money(tiynOf(line.sum))}`,
      indent: 2,
    },
    ...code(labels.ntin, line.ntin),
    ...code(labels.barcode, line.barcode),
    ...codes.flatMap((one) => code(labels.markingCode, one)),
    ...code(labels.stamp, line.physicalLabel),
  ];
  if (tax !== undefined) rows.push(taxRow(tax, of(labels.vat), 2));
  else if (view.seller.vat !== undefined && (view.ticket.taxes ?? []).length === 0)
    rows.push({ type: 'text', text: of(labels.noVat), indent: 2 });
  return rows;
}

/** Group separators of a marking code cannot be printed. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '');
}

function itemRows(items: readonly KzItem[], view: KzTicketView, language: KzLanguage): Row[] {
  const of = (label: Label) => inLanguage(label, language);
  let number = 0;
  return items.flatMap((item): Row[] => {
    if (item.commodity !== undefined) {
      number += 1;
      return lineRows(item.commodity, number, '', view, language);
    }
    if (item.stornoCommodity !== undefined) {
      number += 1;
      return lineRows(item.stornoCommodity, number, '-', view, language);
    }
    if (item.discount !== undefined) return [modifierRow(item.discount, of(labels.discount), '-', 2)];
    if (item.stornoDiscount !== undefined)
      return [modifierRow(item.stornoDiscount, of(labels.discount), '+', 2)];
    if (item.markup !== undefined) return [modifierRow(item.markup, of(labels.markup), '+', 2)];
    if (item.stornoMarkup !== undefined) return [modifierRow(item.stornoMarkup, of(labels.markup), '-', 2)];
    return [];
  });
}

/** The taxes of a ticket by rate: those of the whole, or those of its lines added up. */
function taxTotals(ticket: KzTicket): KzTax[] {
  const lines = (ticket.items ?? []).flatMap((item) => [
    ...(item.commodity?.taxes ?? []).map((tax) => ({ tax, sign: 1 })),
    ...(item.stornoCommodity?.taxes ?? []).map((tax) => ({ tax, sign: -1 })),
  ]);
  const totals = new Map<number, { readonly tax: KzTax; sum: Kopecks }>();
  for (const { tax, sign } of [...(ticket.taxes ?? []).map((one) => ({ tax: one, sign: 1 })), ...lines]) {
    const before = totals.get(tax.percent) ?? { tax, sum: 0 };
    before.sum += sign * tiynOf(tax.sum);
    totals.set(tax.percent, before);
  }
  return [...totals.values()]
    .sort((a, b) => b.tax.percent - a.tax.percent)
    .map(({ tax, sum }) => ({ ...tax, sum: kzMoney(Math.max(0, sum)) }));
}

/**
 * A ticket as rows of paper, in Kazakh and Russian, with the sixteen items that a receipt of 2026 must have (order 626, item 56). Any
 * rendering and any printer takes them: `renderRowsText(kzTicketRows(view), { columns: 48 })`. A printer of CP866 has no Kazakh letters:
 * print a picture of the rows (`rowsPicture`).
 *
 * @throws KzError `BAD_VALUE` for a registration number or a sum that is none
 */
export function kzTicketRows(view: KzTicketView, { language = 'kk-ru' }: KzRowOptions = {}): Row[] {
  const { ticket, seller, ofd } = view;
  const of = (label: Label) => inLanguage(label, language);
  const pair = (label: Label, value: string | number | undefined): Row[] =>
    value === undefined ? [] : [{ type: 'pair', caption: of(label), value: String(value) }];
  const { amounts, parentTicket } = ticket;
  const sum = (label: Label, value: KzMoney | undefined) =>
    pair(label, value === undefined ? undefined : money(tiynOf(value)));
  const autonomous = view.offlineSign !== undefined;
  return [
    ...headRows(seller, language),
    rule,
    ...(view.copy === true ? [{ type: 'title', text: of(labels.copy) } as const] : []),
    ...(autonomous ? [{ type: 'title', text: of(labels.autonomous) } as const] : []),
    { type: 'title', text: inLanguage(operationLabels[ticket.operation], language) },
    ...pair(labels.documentNumber, view.documentNumber === 0 ? undefined : view.documentNumber),
    ...pair(labels.shift, view.shiftNumber),
    ...pair(labels.dateTime, printedTime(localOfKz(ticket.dateTime))),
    ...pair(labels.cashier, ticket.operator.name ?? ticket.operator.code),
    ...(parentTicket === undefined
      ? []
      : [
          ...pair(labels.parent, parentTicket.parentTicketNumber),
          ...pair(labels.dateTime, printedTime(localOfKz(parentTicket.parentTicketDataTime))),
        ]),
    rule,
    ...itemRows(ticket.items ?? [], view, language),
    rule,
    ...(amounts.discount === undefined ? [] : [modifierRow(amounts.discount, of(labels.discount), '-', 0)]),
    ...(amounts.markup === undefined ? [] : [modifierRow(amounts.markup, of(labels.markup), '+', 0)]),
    { type: 'pair', caption: of(labels.total), value: `${money(tiynOf(amounts.total))} ₸`, strong: true },
    ...(ticket.payments ?? []).map(
      ({ type, sum: paid }): Row => ({
        type: 'pair',
        caption: inLanguage(paymentLabels[type] ?? [type, type], language),
        value: money(tiynOf(paid)),
      }),
    ),
    ...sum(labels.taken, amounts.taken),
    ...sum(labels.change, amounts.change),
    ...taxTotals(ticket).map((tax) => taxRow(tax, of(labels.vatInside))),
    rule,
    ...pair(labels.buyer, ticket.extensionOptions?.customerIinOrBin),
    ...pair(labels.fiscalSign, view.fiscalSign),
    ...pair(labels.autonomousSign, view.offlineSign),
    ...pair(labels.ofd, ofd.title),
    { type: 'text', text: `${of(labels.check)}: ${ofd.site}` },
    { type: 'qr', payload: view.link },
    ...(view.ads ?? []).map((text) => ({ type: 'centre', text }) as const),
    { type: 'centre', text: of(labels.fiscalReceipt) },
  ];
}

/** The sixteen items of a receipt of 2026 (order of the Minister of Finance № 626, item 56), in the order of the list. */
export const kzReceiptItems = [
  'taxpayerName',
  'address',
  'taxpayerNumber',
  'serialNumber',
  'registrationNumber',
  'documentNumber',
  'itemName',
  'itemCode',
  'quantityAndUnit',
  'unitPrice',
  'total',
  'operator',
  'dateTime',
  'fiscalSign',
  'vat',
  'qr',
] as const;

/** One of {@link kzReceiptItems}. */
export type KzReceiptItem = (typeof kzReceiptItems)[number];

/**
 * Which of the sixteen items a receipt lacks. The code of an item (NTIN or barcode) is wanted since 2026; until July 2026 its absence
 * was not punished. VAT is wanted of its payers alone.
 *
 * @example
 * ```ts
 * missingKzReceiptItems(view); // ['itemCode']
 * ```
 */
export function missingKzReceiptItems(view: KzTicketView): KzReceiptItem[] {
  const { seller, ofd, ticket } = view;
  const lines = (ticket.items ?? []).flatMap(({ commodity }) => commodity ?? []);
  const filled = (text: string | undefined) => text !== undefined && text.trim() !== '';
  const vat = seller.vat === undefined || (filled(seller.vat.series) && filled(seller.vat.number));
  const there: Readonly<Record<KzReceiptItem, boolean>> = {
    taxpayerName: filled(seller.title),
    address: filled(seller.address),
    taxpayerNumber: filled(seller.taxpayerNumber),
    serialNumber: filled(seller.serialNumber),
    registrationNumber: filled(seller.registrationNumber),
    documentNumber: view.documentNumber > 0,
    itemName: lines.length > 0 && lines.every(({ name }) => filled(name)),
    itemCode: lines.every(({ ntin, barcode }) => filled(ntin) || filled(barcode)),
    quantityAndUnit: lines.every(({ measureUnitCode }) => filled(measureUnitCode)),
    unitPrice: true,
    total: true,
    operator: filled(ofd.title) && filled(ofd.site),
    dateTime: true,
    fiscalSign: filled(view.fiscalSign) || filled(view.offlineSign),
    vat,
    qr: filled(view.link),
  };
  return kzReceiptItems.filter((item) => !there[item]);
}
