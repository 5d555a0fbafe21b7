import {
  type ElcertError,
  encodeText,
  formatRubles,
  isElcertError,
  type Kopecks,
  parseDecimal,
} from '@elcert/core';
import {
  encodeTags,
  numberOf,
  type Receipt,
  type ReceiptLine,
  type ReceiptTotals,
  type RussianVatRate,
  receiptToTags,
  receiptTotals,
  russianVatRate,
  type SettlementType,
  settlementTypes,
  type TagEntry,
  type TagFields,
  type TagList,
  tagList,
  taxationTypes,
  type VatRate,
  vatRates,
} from '@elcert/fiscal-doc';
import type { AnyFields } from './codec.js';
import type { CommandCode } from './commands.js';
import { RegisterError } from './register-error.js';

/** One command of a receipt; the password is added by the driver. */
export interface ReceiptStep {
  readonly code: CommandCode;
  readonly fields: AnyFields;
}

/** A receipt as commands: everything before the closing, and the closing (FF45, or FF4A) that makes it fiscal. */
export interface ReceiptPlan {
  readonly open: ReceiptStep;
  readonly body: readonly ReceiptStep[];
  readonly close: ReceiptStep;
  readonly totals: ReceiptTotals;
}

/** What differs between models. */
export interface ReceiptPlanOptions {
  /** Characters in a line of the tape; 48 when not known. */
  readonly columns?: number | undefined;
  /** Rate byte of FF46 where the firmware wants another one than {@link vatRateBytes}. */
  readonly vatRateBytes?: Partial<Readonly<Record<VatRate, number>>> | undefined;
  /** Print TRU codes and certificate lines; on unless told. */
  readonly printCertificateLines?: boolean | undefined;
  /**
   * FFD of the register's documents, 1.2 unless told: a correction of 1.05 has no lines, it is one command with its sums. The
   * driver asks the register.
   */
  readonly ffdVersion?: '1.05' | '1.1' | '1.2' | undefined;
}

/** Document types of 8Dh. */
export const receiptTypes: Readonly<Record<SettlementType, number>> = {
  sale: 0,
  purchase: 1,
  saleReturn: 2,
  purchaseReturn: 3,
};

/**
 * Rate byte of FF46. The first six are one bit each, as the protocol text has them; for rates of 2025 and 2026 the byte is
 * C0h plus the row of table 6, whose rows are numbered as tag 1199 (firmware C.3.664; 7/107 has no consistent bit form).
 */
export const vatRateBytes: Readonly<Record<RussianVatRate, number>> = {
  '20': 0x01,
  '10': 0x02,
  '0': 0x04,
  none: 0x08,
  '20/120': 0x10,
  '10/110': 0x20,
  '5': 0xc7,
  '7': 0xc8,
  '5/105': 0xc9,
  '7/107': 0xca,
  '22': 0xcb,
  '22/122': 0xcc,
};

/** The tax slot of FF45 (1 to 6) of a rate; newer rates have none and are left to the register. */
const taxSlots: Partial<Readonly<Record<VatRate, 1 | 2 | 3 | 4 | 5 | 6>>> = {
  '20': 1,
  '10': 2,
  '0': 3,
  none: 4,
  '20/120': 5,
  '10/110': 6,
};

function unsupported(message: string, path: string, userMessage?: string): RegisterError {
  return new RegisterError({
    code: 'RECEIPT_NOT_SUPPORTED',
    message,
    path,
    userMessage,
    outcome: 'not-sent',
  });
}

function wrap(text: string, columns: number): string[] {
  const out: string[] = [];
  for (let rest = text; rest.length > 0; rest = rest.slice(columns)) out.push(rest.slice(0, columns));
  return out;
}

/** A line of the tape with a text on the left and a sum on the right. */
function withSum(left: string, sum: Kopecks, columns: number): string {
  const right = `=${formatRubles(sum)}`;
  return left.length + right.length + 1 <= columns
    ? left + ' '.repeat(columns - left.length - right.length) + right
    : `${left} ${right}`;
}

function printed(text: string, columns: number): ReceiptStep[] {
  return wrap(text, columns).map((part) => ({ code: '17', fields: { flags: 2, text: part } }));
}

/** Bytes of a few requisites, as FF0C and FF4D take them. */
export function tlvOf(fields: TagFields): Uint8Array {
  const place = { document: 3, ffdVersion: '1.2' } as const;
  return encodeTags(tagList(fields, place), place);
}

// Requisites of a line that FF46 has fields for, or that the register writes itself.
const inOperation: ReadonlySet<number> = new Set([1030, 1079, 1023, 1043, 1199, 1200, 1198, 1212, 1214]);
// Requisites of a document that FF45 has fields for, or that the register writes itself.
const inClosing: ReadonlySet<number> = new Set([
  1041, 1037, 1018, 1040, 1012, 1077, 1038, 1042, 1054, 1020, 1059, 1031, 1081, 1215, 1216, 1217, 1021, 1055,
  1048, 1209, 1102, 1103, 1104, 1105, 1106, 1107, 1115,
]);
// Written by the register for a line that a code was bound to.
const byRegisterWhenMarked: ReadonlySet<number> = new Set([1163, 2102, 2106]);
/** Longest marking code: a check of it fits one frame of the standard layer. */
const maxMarkingCode = 220;
/** Longest TLV that FF0C and FF4D take. */
const maxTlv = 250;

/** One command a requisite: firmware is known to take single ones, lists only by the text. */
function tlvSteps(code: 'FF0C' | 'FF4D', tags: TagList, path: string): ReceiptStep[] {
  return tags.map((entry: TagEntry) => {
    const place = { document: 3, ffdVersion: '1.2' } as const;
    const tlv = encodeTags([entry], place);
    if (tlv.length > maxTlv) {
      throw unsupported(`tag ${entry.tag} takes ${tlv.length} bytes, ${maxTlv} go in one command`, path);
    }
    return { code, fields: { tlv } };
  });
}

/** A marking code as it goes to the register. @throws RegisterError `RECEIPT_NOT_SUPPORTED` */
export function markingCodeBytes(code: string, path: string): Uint8Array {
  // The group separator is the only control character of a code.
  if (!/^[\x20-\x7e]+$/.test(code.replaceAll('\u001d', ' ')) || code.length > maxMarkingCode) {
    throw unsupported(
      `a marking code has 1 to ${maxMarkingCode} ASCII characters`,
      `${path}/markingCode`,
      'Код маркировки считан неверно',
    );
  }
  return new TextEncoder().encode(code);
}

function lineSteps(
  line: ReceiptLine,
  tags: TagList,
  settlement: SettlementType,
  path: string,
  options: ReceiptPlanOptions,
): ReceiptStep[] {
  if (parseDecimal(line.quantity).scale > 6) {
    throw unsupported('more than six digits after the point', `${path}/quantity`);
  }
  const name = encodeText(line.name, 'windows-1251');
  if (name.bytes.length === 0 || name.bytes.length > 128) {
    throw unsupported('a name has 1 to 128 characters', `${path}/name`, 'Слишком длинное название товара');
  }
  // NUL would cut the name, ESC would speak to the printer.
  if ([...line.name].some((character) => (character.codePointAt(0) ?? 0) < 0x20)) {
    throw unsupported('a name must not hold control characters', `${path}/name`);
  }
  // `//` at the start would switch printing of the line off.
  if (line.name.startsWith('//')) throw unsupported('a name must not begin with //', `${path}/name`);
  // Tag 2106 is the register's own finding: it takes it, with the code, out of the checks that it keeps.
  if ((line.markingCheck === undefined) !== (line.markingCode === undefined)) {
    throw unsupported('markingCheck and markingCode go together', `${path}/markingCheck`);
  }
  const rate = russianVatRate(line.vat, `${path}/vat`);
  const marked = line.markingCode === undefined ? undefined : markingCodeBytes(line.markingCode, path);
  const bound = tags.filter(
    ({ tag }) => !inOperation.has(tag) && !(marked !== undefined && byRegisterWhenMarked.has(tag)),
  );
  return [
    {
      code: 'FF46',
      fields: {
        operation: settlementTypes[settlement].code,
        quantity: line.quantity,
        price: line.price,
        sum: numberOf(tags, 1043),
        tax: vatRates[rate].numerator > 0 ? (numberOf(tags, 1200) ?? 'auto') : 'auto',
        taxRate: options.vatRateBytes?.[rate] ?? vatRateBytes[rate],
        department: 0,
        method: numberOf(tags, 1214),
        subject: numberOf(tags, 1212),
        name: line.name,
      },
    },
    ...(marked === undefined ? [] : [{ code: 'FF67', fields: { code: marked } } as const]),
    ...tlvSteps('FF4D', bound, path),
    ...(line.truCode === undefined || options.printCertificateLines === false
      ? []
      : printed(`ТРУ ${line.truCode}`, options.columns ?? 48)),
  ];
}

function asRegisterError(error: unknown): unknown {
  if (!isElcertError(error) || error instanceof RegisterError) return error;
  const { message, userMessage, path, details }: ElcertError = error;
  return new RegisterError({
    code: 'RECEIPT_NOT_SUPPORTED',
    message,
    userMessage,
    path,
    details,
    outcome: 'not-sent',
    cause: error,
  });
}

/** Requisites of a correction of FFD 1.05 that FF4A has no fields for. */
const besideSummary: ReadonlySet<number> = new Set([1009, 1174, 1187, 1203]);
/** Requisites that FF4A has fields for, or that belong to FFD 1.2 alone. */
const inSummary: ReadonlySet<number> = new Set([...inClosing, 1173]);

/** Fields of FF4A for the rates that it knows. */
const summaryVat: Partial<Readonly<Record<VatRate, string>>> = {
  '20': 'vat20',
  '10': 'vat10',
  '0': 'vat0',
  none: 'noVat',
  '20/120': 'vat20120',
  '10/110': 'vat10110',
};

/**
 * A correction of FFD 1.05: FF35, its grounds as TLV, and FF4A with the sums. VAT of `0` and `none` is the sum of the lines,
 * as in 1104 and 1105; of the others the tax.
 */
function correctionSummary(receipt: Receipt, tags: TagList, totals: ReceiptTotals): ReceiptPlan {
  const stray = tags.find(({ tag }) => !inSummary.has(tag) && !besideSummary.has(tag));
  if (stray !== undefined) {
    throw unsupported(`a correction of FFD 1.05 has no tag ${stray.tag}`, 'receipt');
  }
  if (receipt.lines.some((line) => line.markingCode !== undefined || line.agent !== undefined)) {
    throw unsupported('a correction of FFD 1.05 has no lines', 'receipt/lines');
  }
  if (receipt.settlementType !== 'sale' && receipt.settlementType !== 'purchase') {
    throw unsupported('a correction of FFD 1.05 is one of a sale or of a purchase', 'receipt/settlementType');
  }
  if (receipt.rounding !== undefined && receipt.rounding !== 0) {
    throw unsupported('a correction of FFD 1.05 is not rounded', 'receipt/rounding');
  }
  const sums: Record<string, number> = {};
  for (const name of Object.values(summaryVat)) sums[name] = 0;
  for (const { rate, base, vat } of totals.vat) {
    const name = summaryVat[rate];
    if (name === undefined)
      throw unsupported(`a correction of FFD 1.05 has no VAT rate ${rate}`, 'receipt/lines');
    sums[name] = rate === '0' || rate === 'none' ? base : vat;
  }
  const { cash = 0, electronic = 0, prepaid = 0, credit = 0, other = 0 } = receipt.payments;
  return {
    open: { code: 'FF35', fields: {} },
    body: tlvSteps(
      'FF0C',
      tags.filter(({ tag }) => besideSummary.has(tag)),
      'receipt',
    ),
    close: {
      code: 'FF4A',
      fields: {
        correctionType: receipt.correction?.type === 'ordered' ? 1 : 0,
        operation: settlementTypes[receipt.settlementType].code,
        total: totals.total,
        cash,
        electronic,
        prepaid,
        credit,
        other,
        ...sums,
        taxation: taxationTypes[receipt.taxation].code,
      },
    },
    totals,
  };
}

/** What the drive and the register will write themselves stands here as nothing. */
const noContext = {
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
} as const;

/**
 * Turns a receipt into commands. Nothing is sent: whatever this register cannot be told is refused here, `not-sent`.
 *
 * Sums are exact and stated by us: the amount and the VAT of each line (FF46), the payments, and the VAT of the six rates
 * that FF45 has slots for. VAT of the rates of 2025 and 2026 has no slot and is left to the register, as are empty slots.
 * Requisites beyond the fields of those commands go as TLV (FF4D for a line, FF0C for the document). `dateTime` is not told:
 * the register writes its own clock's. A correction is begun by FF35; under FFD 1.05 it has no lines and is made by FF4A.
 *
 * @throws RegisterError `RECEIPT_NOT_SUPPORTED` with a path such as `receipt/lines[2]/quantity`
 */
export function planReceipt(receipt: Receipt, options: ReceiptPlanOptions = {}): ReceiptPlan {
  try {
    return plan(receipt, options);
  } catch (error) {
    throw asRegisterError(error);
  }
}

function plan(receipt: Receipt, options: ReceiptPlanOptions): ReceiptPlan {
  const columns = options.columns ?? 48;
  const totals = receiptTotals(receipt);
  const tags = receiptToTags(receipt, noContext);
  const lines = tags.filter(({ tag }) => tag === 1059).map(({ value }) => value as TagList);
  const document = tags.filter(
    ({ tag }) =>
      !inClosing.has(tag) &&
      !(tag === 1009 && receipt.address === undefined) &&
      !(tag === 1187 && receipt.place === undefined),
  );
  if (receipt.correction !== undefined && options.ffdVersion === '1.05') {
    return correctionSummary(receipt, document, totals);
  }
  const { cash = 0, electronic = 0, prepaid = 0, credit = 0, other = 0 } = receipt.payments;
  const certificateLines: ReceiptStep[] = [];
  if (receipt.certificate !== undefined && options.printCertificateLines !== false) {
    const { certificateAmount, cardAmount, basketId } = receipt.certificate;
    certificateLines.push(
      ...printed(withSum('СЕРТИФИКАТОМ', certificateAmount, columns), columns),
      ...(cardAmount > 0 ? printed(withSum('КАРТА МИР', cardAmount, columns), columns) : []),
      ...printed(`КОРЗИНА ${basketId}`, columns),
    );
  }
  const slots: Record<string, number | 'auto'> = {};
  for (let slot = 1; slot <= 6; slot += 1) {
    const total = totals.vat.find(({ rate }) => taxSlots[rate] === slot);
    slots[`tax${slot}`] = total === undefined ? 'auto' : slot === 3 || slot === 4 ? total.base : total.vat;
  }
  const documentSteps = tlvSteps('FF0C', document, 'receipt');
  const lineCommands = receipt.lines.flatMap((line, index) =>
    lineSteps(line, lines[index] ?? [], receipt.settlementType, `receipt/lines[${index}]`, options),
  );
  const correction = receipt.correction !== undefined;
  return {
    open: correction
      ? { code: 'FF35', fields: {} }
      : { code: '8D', fields: { type: receiptTypes[receipt.settlementType] } },
    // The reasons of a correction come before its lines.
    body: correction
      ? [...documentSteps, ...lineCommands, ...certificateLines]
      : [...lineCommands, ...documentSteps, ...certificateLines],
    close: {
      code: 'FF45',
      fields: {
        cash,
        electronic,
        ...Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`payment${index + 3}`, 0])),
        prepaid,
        credit,
        other,
        rounding: receipt.rounding ?? 0,
        ...slots,
        taxation: taxationTypes[receipt.taxation].code,
        text: '',
      },
    },
    totals,
  };
}
