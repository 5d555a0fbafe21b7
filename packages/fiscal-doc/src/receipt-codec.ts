import { kopecks, type LocalDateTime } from '@elcert/core';
import type { CertificateTags } from './certificate-tags.js';
import {
  type DocumentCode,
  decodeDocument,
  documentFromTags,
  encodeDocument,
  type FiscalDocument,
  ffdVersionCode,
} from './document.js';
import { fiscalDocError } from './errors.js';
import type { FiscalResult } from './fiscal-call.js';
import type { FiscalQr } from './fiscal-qr.js';
import type { Receipt, ReceiptLine, ReceiptPayments, VatRate } from './receipt.js';
import { linePartsOf, linePartTags, optional, receiptPartsOf, receiptPartTags } from './receipt-parts.js';
import { fiscalSignText } from './signs.js';
import { bytesOf, listOf, listsOf, numberOf, tagValue, textOf } from './tag-list.js';
import {
  type CodeRow,
  nameOfCode,
  paymentMethods,
  paymentSubjects,
  quantityUnits,
  russianVatRate,
  settlementTypes,
  taxationTypes,
  vatRateNames,
  vatRates,
} from './tags/codes.js';
import type { FfdVersion } from './tags/definition.js';
import type { EncodeTagsOptions, TagEntry, TagList } from './tags.js';
import { receiptTotals, type VatTotal, vatIncluded } from './totals.js';

/** What the register and its drive add to a receipt. */
export interface RegisterContext {
  /** 16 characters (tag 1041). */
  readonly fiscalDriveNumber: string;
  /** Tag 1040. */
  readonly fiscalDocumentNumber: number;
  /** Six bytes (tag 1077). */
  readonly fiscalSign: Uint8Array;
  /** The register's clock; used when the receipt states no time of its own (tag 1012). */
  readonly dateTime: LocalDateTime;
  readonly shiftNumber: number;
  /** Number of the receipt in the shift (tag 1042). */
  readonly receiptNumber: number;
  /** Tag 1037. */
  readonly kktRegistrationNumber: string;
  /** Tag 1018. */
  readonly userInn: string;
  /** Tag 1048. */
  readonly user?: string | undefined;
  /** Tag 1009, unless the receipt has its own. */
  readonly address: string;
  /** Tag 1187, unless the receipt has its own. */
  readonly place: string;
  /** Tag 1036: an automat. */
  readonly machineNumber?: string | undefined;
  /** Tag 1060. */
  readonly fnsUrl?: string | undefined;
  /** Tag 1117: who sends electronic receipts. */
  readonly senderAddress?: string | undefined;
  /** 1.2 when absent. */
  readonly ffdVersion?: Exclude<FfdVersion, '1.0'> | undefined;
  /** 3 receipt (default) or 4 БСО; a receipt with a correction becomes 31 or 41. */
  readonly documentCode?: 3 | 4 | undefined;
  /** Tag 2107: the register checked the marked goods of this receipt. */
  readonly markingResult?: boolean | undefined;
  /** VAT of lines: `line` writes 1200 (default), `line-and-unit` 1198 too. Both are optional in the format. */
  readonly lineVat?: 'none' | 'line' | 'line-and-unit' | undefined;
  /** Writes what certificates paid into the document, e.g. `certificateTags`; nothing unless told, for no rule names a tag. */
  readonly certificateTags?: CertificateTags | undefined;
}

/** What a receipt's document says beyond the receipt itself. Everything printed is here. */
export interface ReceiptFacts extends FiscalResult {
  readonly ffdVersion?: FfdVersion | undefined;
  readonly kktRegistrationNumber?: string | undefined;
  readonly userInn?: string | undefined;
  readonly user?: string | undefined;
  readonly address?: string | undefined;
  readonly place?: string | undefined;
  readonly machineNumber?: string | undefined;
  readonly fnsUrl?: string | undefined;
  readonly senderAddress?: string | undefined;
  /** VAT as the document states it. */
  readonly vat?: readonly VatTotal[] | undefined;
}

function codeOf<Name extends string>(
  table: Readonly<Record<Name, CodeRow>>,
  name: Name,
  path: string,
): number {
  if (!Object.hasOwn(table, name)) {
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `${path}: unknown name ${JSON.stringify(name)}`,
      path,
    });
  }
  return table[name].code;
}

function lineTags(
  line: ReceiptLine,
  amount: number,
  vat: number,
  index: number,
  context: RegisterContext,
): TagList {
  const path = `receipt/lines[${index}]`;
  const version = context.ffdVersion ?? '1.2';
  const lineVat = context.lineVat ?? 'line';
  const vatRow = vatRates[russianVatRate(line.vat, `${path}/vat`)];
  const taxed = vatRow.numerator > 0;
  const unit = line.unit ?? 'piece';
  const tags: TagEntry[] = [
    { tag: 1030, value: line.name },
    { tag: 1079, value: line.price },
    { tag: 1023, value: line.quantity },
  ];
  if (version === '1.2') tags.push({ tag: 2108, value: codeOf(quantityUnits, unit, `${path}/unit`) });
  else if (line.unit !== undefined) {
    codeOf(quantityUnits, unit, `${path}/unit`);
    tags.push({ tag: 1197, value: quantityUnits[unit].label });
  }
  tags.push({ tag: 1043, value: amount }, { tag: 1199, value: vatRow.code });
  if (taxed && lineVat !== 'none') tags.push({ tag: 1200, value: vat });
  if (taxed && lineVat === 'line-and-unit') {
    tags.push({ tag: 1198, value: vatIncluded(line.price, line.vat) });
  }
  tags.push(
    { tag: 1212, value: codeOf(paymentSubjects, line.subject, `${path}/subject`) },
    { tag: 1214, value: codeOf(paymentMethods, line.method, `${path}/method`) },
    ...linePartTags(line, version, path),
  );
  const mapping = context.certificateTags?.line;
  if (mapping === undefined || line.truCode === undefined) return tags;
  return withMapped(tags, { tag: mapping.tag, value: mapping.write(line.truCode) }, `${path}/truCode`);
}

/** Adds a requisite of a mapping, which may not stand there already. */
function withMapped(tags: TagList, entry: TagEntry, path: string): TagList {
  if (tags.some(({ tag }) => tag === entry.tag)) {
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `${path}: tag ${entry.tag} of the mapping is taken by the receipt itself`,
      path,
    });
  }
  return [...tags, entry];
}

function vatTags(totals: readonly VatTotal[]): TagEntry[] {
  const tags: TagEntry[] = [];
  const block: TagEntry[] = [];
  for (const { rate, base, vat } of totals) {
    const { code, totalTag } = vatRates[russianVatRate(rate, 'receipt/lines')];
    if (totalTag === 1115) {
      block.push({
        tag: 1119,
        value: [
          { tag: 1199, value: code },
          { tag: 1120, value: vat },
        ],
      });
    } else tags.push({ tag: totalTag, value: totalTag === 1104 || totalTag === 1105 ? base : vat });
  }
  if (block.length > 0) tags.push({ tag: 1115, value: block });
  return tags;
}

/**
 * The requisites of a receipt or БСО in the order real registers write them: everything that the composition of the format
 * demands, VAT by rate included (1102–1107; 1115 for 5, 7, 22 % and their calculated rates).
 *
 * @throws ElcertError as {@link receiptTotals}; `RECEIPT_VALUE` with a path for a name that no table has
 */
export function receiptToTags(receipt: Receipt, context: RegisterContext): TagList {
  const totals = receiptTotals(receipt);
  const { payments, cashier, certificate } = receipt;
  const mapping = context.certificateTags?.receipt;
  const tags: TagList = [
    { tag: 1041, value: context.fiscalDriveNumber },
    { tag: 1037, value: context.kktRegistrationNumber },
    { tag: 1018, value: context.userInn },
    { tag: 1040, value: context.fiscalDocumentNumber },
    { tag: 1012, value: receipt.dateTime ?? context.dateTime },
    { tag: 1077, value: context.fiscalSign },
    { tag: 1038, value: context.shiftNumber },
    { tag: 1042, value: context.receiptNumber },
    { tag: 1054, value: codeOf(settlementTypes, receipt.settlementType, 'receipt/settlementType') },
    { tag: 1020, value: totals.total },
    ...receipt.lines.map((line, index): TagEntry => {
      const { amount, vat } = totals.lines[index] ?? { amount: 0, vat: 0 };
      return { tag: 1059, value: lineTags(line, amount, vat, index, context) };
    }),
    { tag: 1031, value: payments.cash ?? 0 },
    { tag: 1081, value: payments.electronic ?? 0 },
    { tag: 1215, value: payments.prepaid ?? 0 },
    { tag: 1216, value: payments.credit ?? 0 },
    { tag: 1217, value: payments.other ?? 0 },
    ...optional(1021, cashier?.name),
    ...optional(1203, cashier?.inn),
    ...optional(1008, receipt.buyerContact),
    { tag: 1055, value: codeOf(taxationTypes, receipt.taxation, 'receipt/taxation') },
    { tag: 1009, value: receipt.address ?? context.address },
    { tag: 1187, value: receipt.place ?? context.place },
    ...optional(1048, context.user),
    ...optional(1036, context.machineNumber),
    ...optional(1060, context.fnsUrl),
    ...optional(1117, context.senderAddress),
    ...receiptPartTags(receipt, context.ffdVersion ?? '1.2'),
    ...optional(2107, context.markingResult),
    { tag: 1209, value: ffdVersionCode(context.ffdVersion ?? '1.2') },
    ...vatTags(totals.vat),
  ];
  if (mapping === undefined || certificate === undefined) return tags;
  return withMapped(tags, { tag: mapping.tag, value: mapping.write(certificate) }, 'receipt/certificate');
}

/**
 * A receipt as the document TLV that a drive would hold: outer tag 3 (4, 31, 41), FFD 1.2 unless the context says otherwise.
 * `certificate` and `truCode` are printed and sent in no tag, unless the context has a mapping for them.
 *
 * @throws ElcertError as {@link receiptToTags} and {@link encodeDocument}
 */
export function encodeReceipt(
  receipt: Receipt,
  context: RegisterContext,
  options?: Pick<EncodeTagsOptions, 'unmappable' | 'onReplaced'>,
): Uint8Array {
  const form = context.documentCode ?? 3;
  const code = receipt.correction === undefined ? form : form === 3 ? 31 : 41;
  return encodeDocument(documentFromTags(code, receiptToTags(receipt, context)), options);
}

// ---------------------------------------------------------------- back

interface Place {
  readonly tags: TagList;
  readonly path: string;
}

function missing(place: Place, tag: number): never {
  const path = `${place.path}/${tag}`;
  throw fiscalDocError({ code: 'TAG_MISSING', message: `${path}: not in the document`, path });
}

function text(place: Place, tag: number): string {
  return textOf(place.tags, tag) ?? missing(place, tag);
}

function number(place: Place, tag: number): number {
  return numberOf(place.tags, tag) ?? missing(place, tag);
}

function named<Name extends string>(
  table: Readonly<Record<Name, CodeRow>>,
  place: Place,
  tag: number,
): Name | undefined {
  const code = numberOf(place.tags, tag);
  if (code === undefined) return undefined;
  const name = nameOfCode(table, code);
  if (name !== undefined) return name;
  const path = `${place.path}/${tag}`;
  throw fiscalDocError({ code: 'TAG_VALUE', message: `${path}: ${code} is in no table`, path });
}

/** FFD 1.0 states the VAT of a line by the tag that holds its sum. */
function oldLineVat(tags: TagList): VatRate {
  for (const rate of vatRateNames) {
    const { totalTag } = vatRates[rate];
    if (totalTag !== 1115 && numberOf(tags, totalTag) !== undefined) return rate;
  }
  return 'none';
}

function readLine(place: Place, mapping: CertificateTags['line']): ReceiptLine {
  const stated = mapping === undefined ? undefined : tagValue(place.tags, mapping.tag);
  const truCode = stated === undefined ? undefined : mapping?.read(stated);
  const tags = truCode === undefined ? place.tags : place.tags.filter(({ tag }) => tag !== mapping?.tag);
  const unit = named(quantityUnits, place, 2108) ?? unitOfLabel(textOf(tags, 1197));
  return {
    name: textOf(tags, 1030) ?? '',
    price: kopecks(number(place, 1079), { path: `${place.path}/1079` }),
    quantity: text(place, 1023),
    amount: kopecks(number(place, 1043), { path: `${place.path}/1043` }),
    ...(unit === undefined ? {} : { unit }),
    vat: named(vatRates, place, 1199) ?? oldLineVat(tags),
    method: named(paymentMethods, place, 1214) ?? 'full',
    subject: named(paymentSubjects, place, 1212) ?? 'goods',
    ...linePartsOf(tags),
    ...(truCode === undefined ? {} : { truCode }),
  };
}

function unitOfLabel(label: string | undefined): ReceiptLine['unit'] {
  if (label === undefined) return undefined;
  const plain = (one: string) => one.trim().toLowerCase().replace(/\.$/, '');
  for (const [name, row] of Object.entries(quantityUnits))
    if (plain(row.label) === plain(label)) return name as ReceiptLine['unit'];
  return 'other';
}

function readVat(tags: TagList, lines: readonly ReceiptLine[]): VatTotal[] {
  const base = (rate: VatRate) =>
    lines.filter((line) => line.vat === rate).reduce((sum, line) => sum + (line.amount ?? 0), 0);
  const totals: VatTotal[] = [];
  const block = listsOf(listOf(tags, 1115) ?? [], 1119);
  for (const rate of vatRateNames) {
    const { code, totalTag, numerator } = vatRates[rate];
    const value =
      totalTag === 1115
        ? block
            .filter((entry) => numberOf(entry, 1199) === code)
            .map((entry) => numberOf(entry, 1120) ?? 0)[0]
        : numberOf(tags, totalTag);
    if (value === undefined || (value === 0 && base(rate) === 0)) continue;
    totals.push(numerator === 0 ? { rate, base: value, vat: 0 } : { rate, base: base(rate), vat: value });
  }
  return totals;
}

/** A receipt read out of a document. */
export interface ReadReceipt {
  readonly receipt: Receipt;
  readonly facts: ReceiptFacts;
  /** Everything the document holds, also what the receipt model has no member for. */
  readonly document: FiscalDocument;
}

/** How a receipt is read. */
export interface ReadReceiptOptions {
  readonly certificateTags?: CertificateTags | undefined;
}

const receiptCodes: ReadonlySet<DocumentCode> = new Set([3, 4, 31, 41]);

/**
 * Reads the receipt out of a document of form 3, 4, 31 or 41, of any version. Lenient: what old versions lack gets the
 * meaning they had – a line without 1212 is goods, without 1214 paid in full.
 *
 * @param options - `certificateTags`: the mapping that the document was encoded with
 * @throws ElcertError `NOT_A_DOCUMENT` for another form, `TAG_MISSING` and `TAG_VALUE` with a path
 */
export function receiptOfDocument(document: FiscalDocument, options: ReadReceiptOptions = {}): ReadReceipt {
  if (!receiptCodes.has(document.code)) {
    throw fiscalDocError({
      code: 'NOT_A_DOCUMENT',
      message: `${document.name} is no receipt`,
      path: document.name,
    });
  }
  const mapping = options.certificateTags?.receipt;
  const part = mapping === undefined ? undefined : tagValue(document.tags, mapping.tag);
  const certificate = part === undefined ? undefined : mapping?.read(part);
  const place: Place = {
    tags: certificate === undefined ? document.tags : document.tags.filter(({ tag }) => tag !== mapping?.tag),
    path: document.name,
  };
  const { tags } = place;
  const lines = listsOf(tags, 1059).map((line, index) =>
    readLine({ tags: line, path: `${document.name}/items[${index}]` }, options.certificateTags?.line),
  );
  const sums: [keyof ReceiptPayments, number][] = [
    ['cash', 1031],
    ['electronic', 1081],
    ['prepaid', 1215],
    ['credit', 1216],
    ['other', 1217],
  ];
  const payments: ReceiptPayments = Object.fromEntries(
    sums.map(([name, tag]) => [name, numberOf(tags, tag) ?? 0] as const).filter(([, value]) => value > 0),
  );
  const totalSum = number(place, 1020);
  const rounding = lines.reduce((sum, line) => sum + (line.amount ?? 0), 0) - totalSum;
  const settlementType = named(settlementTypes, place, 1054) ?? missing(place, 1054);
  const cashierName = textOf(tags, 1021);
  const cashierInn = textOf(tags, 1203);
  const contact = textOf(tags, 1008);
  const dateTime = text(place, 1012);
  const sign = bytesOf(tags, 1077) ?? missing(place, 1077);
  const receipt: Receipt = {
    settlementType,
    taxation: named(taxationTypes, place, 1055) ?? 'general',
    lines,
    payments,
    ...(rounding > 0 && rounding < 100 ? { rounding } : {}),
    ...(cashierName === undefined
      ? {}
      : { cashier: { name: cashierName, ...(cashierInn === undefined ? {} : { inn: cashierInn }) } }),
    ...(contact === undefined ? {} : { buyerContact: contact }),
    dateTime,
    ...receiptPartsOf(tags),
    ...(certificate === undefined ? {} : { certificate }),
  };
  const facts: ReceiptFacts = {
    documentCode: document.code,
    fiscalDriveNumber: text(place, 1041),
    fiscalDocumentNumber: number(place, 1040),
    fiscalSign: fiscalSignText(sign),
    dateTime,
    shiftNumber: numberOf(tags, 1038),
    receiptNumber: numberOf(tags, 1042),
    totalSum,
    settlementType,
    ffdVersion: document.ffdVersion,
    kktRegistrationNumber: textOf(tags, 1037),
    userInn: textOf(tags, 1018),
    user: textOf(tags, 1048),
    address: textOf(tags, 1009),
    place: textOf(tags, 1187),
    machineNumber: textOf(tags, 1036),
    fnsUrl: textOf(tags, 1060),
    senderAddress: textOf(tags, 1117),
    vat: readVat(tags, lines),
  };
  return { receipt, facts, document };
}

/** {@link decodeDocument} and {@link receiptOfDocument} in one step. */
export function decodeReceipt(bytes: Uint8Array, options?: ReadReceiptOptions): ReadReceipt {
  return receiptOfDocument(decodeDocument(bytes), options);
}

/**
 * What the QR of a receipt says, out of the register's result. Registers that count minutes have 00 for the seconds that every document
 * holds, and print a time without them: so does this.
 *
 * @throws ElcertError `RECEIPT_VALUE` when the result is not a receipt's
 */
export function fiscalQrOf(result: FiscalResult): FiscalQr {
  const { totalSum, settlementType } = result;
  if (totalSum === undefined || settlementType === undefined) {
    throw fiscalDocError({ code: 'RECEIPT_VALUE', message: 'only receipts have a QR', path: 'totalSum' });
  }
  return {
    dateTime: result.dateTime.replace(/^(.{16}):00$/, '$1'),
    totalSum,
    fiscalDriveNumber: result.fiscalDriveNumber,
    fiscalDocumentNumber: result.fiscalDocumentNumber,
    fiscalSign: result.fiscalSign,
    settlementType,
  };
}
