import { encodeText, formatRubles, isElcertError, type Kopecks, parseDecimal } from '@elcert/core';
import {
  encodeTags,
  paymentMethods,
  paymentSubjects,
  quantityUnits,
  type Receipt,
  type ReceiptLine,
  type ReceiptTotals,
  receiptTotals,
  type SettlementType,
  settlementTypes,
  type TagFields,
  tagList,
  taxationTypes,
  type VatRate,
} from '@elcert/fiscal-doc';
import type { AnyFields } from './codec.js';
import type { CommandCode } from './commands.js';
import { RegisterError } from './register-error.js';

/** One command of a receipt; the password is added by the driver. */
export interface ReceiptStep {
  readonly code: CommandCode;
  readonly fields: AnyFields;
}

/** A receipt as commands: everything before the closing, and the closing (FF45) that makes it fiscal. */
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
export const vatRateBytes: Readonly<Record<VatRate, number>> = {
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

function lineSteps(
  line: ReceiptLine,
  sums: { readonly amount: Kopecks; readonly vat: Kopecks },
  path: string,
  settlement: SettlementType,
  options: ReceiptPlanOptions,
): ReceiptStep[] {
  if (parseDecimal(line.quantity).scale > 6) {
    throw unsupported('more than six digits after the point', `${path}/quantity`);
  }
  const name = encodeText(line.name, 'windows-1251');
  if (name.bytes.length === 0 || name.bytes.length > 128) {
    throw unsupported('a name has 1 to 128 characters', `${path}/name`, 'Слишком длинное название товара');
  }
  // `//` at the start would switch printing of the line off.
  if (line.name.startsWith('//')) throw unsupported('a name must not begin with //', `${path}/name`);
  return [
    {
      code: 'FF46',
      fields: {
        operation: settlementTypes[settlement].code,
        quantity: line.quantity,
        price: line.price,
        sum: sums.amount,
        tax: sums.vat,
        taxRate: options.vatRateBytes?.[line.vat] ?? vatRateBytes[line.vat],
        department: 0,
        method: paymentMethods[line.method].code,
        subject: paymentSubjects[line.subject].code,
        name: line.name,
      },
    },
    {
      code: 'FF4D',
      fields: { tlv: tlvOf({ itemsQuantityMeasure: quantityUnits[line.unit ?? 'piece'].code }) },
    },
    ...(line.truCode === undefined || options.printCertificateLines === false
      ? []
      : printed(`ТРУ ${line.truCode}`, options.columns ?? 48)),
  ];
}

function totalsOf(receipt: Receipt): ReceiptTotals {
  try {
    return receiptTotals(receipt);
  } catch (error) {
    if (!isElcertError(error)) throw error;
    throw new RegisterError({
      code: 'RECEIPT_NOT_SUPPORTED',
      message: error.message,
      userMessage: error.userMessage,
      path: error.path,
      details: error.details,
      outcome: 'not-sent',
      cause: error,
    });
  }
}

/**
 * Turns a receipt into commands. Nothing is sent: whatever this register cannot be told is refused here, `not-sent`.
 *
 * Sums are exact and stated by us: the amount and the VAT of each line (FF46), the payments, and the VAT of the six rates
 * that FF45 has slots for. VAT of the rates of 2025 and 2026 has no slot and is left to the register, as are empty slots.
 *
 * @throws RegisterError `RECEIPT_NOT_SUPPORTED` with a path such as `receipt/lines[2]/quantity`
 */
export function planReceipt(receipt: Receipt, options: ReceiptPlanOptions = {}): ReceiptPlan {
  const columns = options.columns ?? 48;
  const totals = totalsOf(receipt);
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
  const tags: TagFields = {
    buyerPhoneOrAddress: receipt.buyerContact,
    retailPlaceAddress: receipt.address,
    retailPlace: receipt.place,
    operatorInn: receipt.cashier?.inn,
  };
  const documentTlv = Object.values(tags).every((value) => value === undefined) ? undefined : tlvOf(tags);
  const slots: Record<string, number | 'auto'> = {};
  for (let slot = 1; slot <= 6; slot += 1) {
    const total = totals.vat.find(({ rate }) => taxSlots[rate] === slot);
    slots[`tax${slot}`] = total === undefined ? 'auto' : slot === 3 || slot === 4 ? total.base : total.vat;
  }
  return {
    open: { code: '8D', fields: { type: receiptTypes[receipt.settlementType] } },
    body: [
      ...receipt.lines.flatMap((line, index) =>
        lineSteps(
          line,
          totals.lines[index] ?? { amount: 0, vat: 0 },
          `receipt/lines[${index}]`,
          receipt.settlementType,
          options,
        ),
      ),
      ...(documentTlv === undefined ? [] : [{ code: 'FF0C', fields: { tlv: documentTlv } } as const]),
      ...certificateLines,
    ],
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
