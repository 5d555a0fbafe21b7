import {
  compareDecimal,
  type Decimal,
  divideRounded,
  formatDecimal,
  isElcertError,
  type Kopecks,
  kopecks,
  localToUnixSeconds,
  multiplyKopecks,
  parseDecimal,
  rescaleDecimal,
  sumKopecks,
} from '@elcert/core';
import { fiscalDocError } from './errors.js';
import type {
  CertificatePart,
  Correction,
  Receipt,
  ReceiptLine,
  ReceiptPayments,
  RussianVatRate,
  SettlementType,
} from './receipt.js';
import { vatRateNames } from './tags/codes.js';
import type { FfdVersion } from './tags/definition.js';
import { lineAmount, receiptTotals } from './totals.js';

// Receipts made of other receipts: the return of a sale, and what mends a wrong receipt. Rates of VAT are those of the receipt they are made
// of: they are chosen by the date of the original settlement, never by today's.

const opposite: Readonly<Record<SettlementType, SettlementType>> = {
  sale: 'saleReturn',
  saleReturn: 'sale',
  purchase: 'purchaseReturn',
  purchaseReturn: 'purchase',
};

function wrong(code: 'RECEIPT_VALUE' | 'RECEIPT_SUM', path: string, message: string): never {
  throw fiscalDocError({ code, message: `${path}: ${message}`, path });
}

/** A line as it goes back: without what the register found out at the sale, which it checks anew. */
function undone({ markingCheck: _check, industry, ...line }: ReceiptLine): ReceiptLine {
  // The answer of the permission mode belongs to the sale.
  const kept = industry?.filter(({ body, value }) => body !== '030' || !/(^|&)UUID=/.test(value));
  return { ...line, ...(kept === undefined || kept.length === 0 ? {} : { industry: kept }) };
}

/** Which goods of a receipt come back. */
export interface ReturnedLine {
  /** Of the line in the original receipt, from 0. */
  readonly index: number;
  /** Exact decimal text; the whole line unless told. */
  readonly quantity?: string | undefined;
}

/** What a return takes back, when it is not everything. */
export interface ReturnOptions {
  /** The whole receipt unless told. */
  readonly lines?: readonly ReturnedLine[] | undefined;
  /**
   * How the money goes back. Needed for a part of a receipt that was paid in several ways; the kopecks must add up to the returned
   * lines minus `rounding`.
   */
  readonly payments?: ReceiptPayments | undefined;
  /**
   * What goes back to certificates and to the card, as the processing said it; needed for a part of a certificate sale, unless the goods
   * with a TRU code all stay with the buyer.
   */
  readonly certificate?: CertificatePart | undefined;
  /** Kopecks that the return is rounded down by; that of the receipt for a whole return, none for a part. */
  readonly rounding?: Kopecks | undefined;
}

function decimalOf(quantity: string, path: string): Decimal {
  try {
    return parseDecimal(quantity);
  } catch (cause) {
    if (!isElcertError(cause)) throw cause;
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `${path}: not exact decimal text`,
      path,
      cause,
    });
  }
}

/** The part of a sum that falls to a part of a quantity, to the nearest kopeck. */
function partOf(sum: Kopecks, part: Decimal, whole: Decimal): Kopecks {
  const scale = Math.max(part.scale, whole.scale);
  const units = (one: Decimal) => rescaleDecimal(one, scale).units;
  return Number(divideRounded(BigInt(sum) * units(part), units(whole)));
}

function returnedLine(line: ReceiptLine, quantity: string | undefined, path: string): ReceiptLine {
  const back = undone(line);
  if (quantity === undefined) return back;
  const wanted = decimalOf(quantity, `${path}/quantity`);
  const order = compareDecimal(wanted, parseDecimal(line.quantity));
  if (wanted.units <= 0n || order > 0)
    return wrong(
      'RECEIPT_VALUE',
      `${path}/quantity`,
      `more than zero and at most ${line.quantity} can come back`,
    );
  if (order === 0) return back;
  if (line.fraction !== undefined)
    return wrong('RECEIPT_VALUE', `${path}/quantity`, 'a part of a marked unit comes back whole');
  const { amount: _amount, excise, ...rest } = back;
  // The part is never dearer than the line, also where the line states an amount below its product.
  const product = multiplyKopecks(line.price, formatDecimal(wanted));
  return product > lineAmount(line)
    ? wrong('RECEIPT_VALUE', `${path}/quantity`, 'the line costs less than this part of it')
    : {
        ...rest,
        quantity,
        ...(excise === undefined ? {} : { excise: partOf(excise, wanted, parseDecimal(line.quantity)) }),
      };
}

function used(payments: ReceiptPayments): (keyof ReceiptPayments)[] {
  return (Object.keys(payments) as (keyof ReceiptPayments)[]).filter((kind) => (payments[kind] ?? 0) > 0);
}

/**
 * The return of a given sale (or purchase), or of a part of it: the same goods with the prices and the rates of VAT that they
 * were sold with, the money back the way it came. What belongs to the sale alone – its time, results of marking checks, answers of the
 * permission mode, the operational requisite, payment identifiers, rounding of a part – is left out.
 *
 * @throws ElcertError `RECEIPT_VALUE` with a path for lines or quantities that the receipt does not have, for a correction, for a return of
 * a return; `RECEIPT_SUM` when payments do not add up or must be told; `BAD_KOPECKS` for a payment below zero; what {@link receiptTotals}
 * throws
 * @example
 * ```ts
 * const back = returnOf(sale); // everything
 * const part = returnOf(cashSale, { lines: [{ index: 1, quantity: '1' }] }); // one of two pieces, paid in cash alone
 * ```
 */
export function returnOf(receipt: Receipt, options: ReturnOptions = {}): Receipt {
  const {
    settlementType,
    correction,
    dateTime: _time,
    operation: _operation,
    nonCashPayments: _ids,
    ...kept
  } = receipt;
  if (settlementType !== 'sale' && settlementType !== 'purchase')
    return wrong('RECEIPT_VALUE', 'receipt/settlementType', `${settlementType} cannot be returned`);
  if (correction !== undefined)
    return wrong('RECEIPT_VALUE', 'receipt/correction', 'a correction is mended by another correction');
  if (options.lines?.length === 0) return wrong('RECEIPT_VALUE', 'lines', 'nothing comes back');
  const seen = new Set<number>();
  const lines =
    options.lines?.map(({ index, quantity }, at) => {
      const line = receipt.lines[index];
      if (line === undefined || seen.has(index))
        return wrong(
          'RECEIPT_VALUE',
          `lines[${at}]/index`,
          `${index} is no line of the receipt, or stands twice`,
        );
      seen.add(index);
      return returnedLine(line, quantity, `lines[${at}]`);
    }) ?? receipt.lines.map(undone);
  const total = sumKopecks(lines.map(lineAmount));
  const whole = total === sumKopecks(receipt.lines.map(lineAmount));
  const rounding = kopecks(options.rounding ?? (whole ? (receipt.rounding ?? 0) : 0), { path: 'rounding' });
  const payments = options.payments ?? (whole ? receipt.payments : paidBack(receipt, total - rounding));
  const paid = sumKopecks(
    Object.entries(payments).map(([kind, value]: [string, Kopecks | undefined]) =>
      kopecks(value ?? 0, { path: `payments/${kind}` }),
    ),
  );
  if (paid !== total - rounding)
    return wrong('RECEIPT_SUM', 'payments', `${paid} kopecks go back, the lines are ${total - rounding}`);
  const certificate = options.certificate ?? (whole ? receipt.certificate : undefined);
  // Where goods of the certificate are known by their code and none of them comes back, nothing goes back to it.
  const withCode = (all: readonly ReceiptLine[]) => all.some(({ truCode }) => truCode !== undefined);
  const ownAlone = withCode(receipt.lines) && !withCode(lines);
  if (receipt.certificate !== undefined && certificate === undefined && !ownAlone)
    return wrong(
      'RECEIPT_SUM',
      'certificate',
      'what goes back to the certificate must be told for a part of a sale',
    );
  const { certificate: _certificate, rounding: _rounding, ...rest } = kept;
  const back: Receipt = {
    ...rest,
    settlementType: opposite[settlementType],
    lines,
    payments,
    ...(rounding === 0 ? {} : { rounding }),
    ...(certificate === undefined ? {} : { certificate }),
  };
  // A rounding or a certificate that no receipt can have is refused here, not at the register.
  receiptTotals(back);
  return back;
}

function paidBack({ payments }: Receipt, amount: Kopecks): ReceiptPayments {
  const [only, another] = used(payments);
  if (only === undefined || another !== undefined)
    return wrong('RECEIPT_SUM', 'payments', 'paid in several ways: how the part goes back must be told');
  return { [only]: amount };
}

/** Why a correction is made, and of what. */
export interface CorrectionOptions {
  /** ISO date of the settlement; the day of the receipt itself, or of what it corrects, unless told. */
  readonly date?: string | undefined;
  /** `own` unless told. */
  readonly type?: Correction['type'] | undefined;
  /** Number of the tax service's order, for `ordered`. */
  readonly orderNumber?: string | undefined;
  /** Sign (ФПД) of the receipt that is mended: written into 1192, so that the two belong together. */
  readonly fiscalSign?: string | undefined;
}

function isDay(text: string): boolean {
  try {
    localToUnixSeconds(`${text}T00:00`);
    return true;
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return false;
  }
}

function signed(receipt: Receipt, fiscalSign: string | undefined): Receipt {
  if (fiscalSign === undefined) return receipt;
  if (receipt.additional !== undefined && receipt.additional !== fiscalSign)
    return wrong(
      'RECEIPT_VALUE',
      'receipt/additional',
      'taken, where the sign of the mended receipt belongs (tag 1192)',
    );
  return { ...receipt, additional: fiscalSign };
}

/**
 * A correction (forms 31, 41) that registers what the receipt says: a settlement that was made without a register, or – in FFD 1.1 and 1.2 –
 * one half of mending a wrong receipt ({@link mendingOf}). The rates of VAT stay those of the receipt: of the day of the settlement.
 *
 * @throws ElcertError `RECEIPT_VALUE` when no date is known or it is none, or an order has no number
 * @example
 * ```ts
 * correctionOf(forgottenSale, { date: '2026-11-20' });
 * ```
 */
export function correctionOf(receipt: Receipt, options: CorrectionOptions = {}): Receipt {
  const { dateTime, nonCashPayments: _ids, ...kept } = receipt;
  const date = options.date ?? (receipt.correction?.date ?? dateTime)?.slice(0, 10);
  if (date === undefined)
    return wrong('RECEIPT_VALUE', 'date', 'the day of the corrected settlement is not known');
  if (!isDay(date)) return wrong('RECEIPT_VALUE', 'date', `no day like 2026-11-20: ${JSON.stringify(date)}`);
  const type = options.type ?? 'own';
  const { orderNumber } = options;
  if ((type === 'ordered') !== (orderNumber !== undefined))
    return wrong('RECEIPT_VALUE', 'orderNumber', 'an order has a number, a correction of one’s own has none');
  return signed(
    {
      ...kept,
      lines: receipt.lines.map(undone),
      correction: { type, date, ...(orderNumber === undefined ? {} : { orderNumber }) },
    },
    options.fiscalSign,
  );
}

/** How a wrong receipt is mended. */
export interface MendingOptions extends CorrectionOptions {
  /** Version that the register works by. */
  readonly ffdVersion: Exclude<FfdVersion, '1.0'>;
  /** What it should have been; absent when it should not have been at all. */
  readonly right?: Receipt | undefined;
}

/**
 * The receipts that mend a wrong one, in the order in which they are made: first its opposite, then the right one.
 *
 * In FFD 1.1 and 1.2 both are corrections with all the data of the receipt. In FFD 1.05 a correction can neither be a return nor say what was
 * wrong, so that both are ordinary receipts: a return of the wrong one and the right one anew.
 *
 * @throws ElcertError `RECEIPT_VALUE`, also for an order of the tax service in FFD 1.05, where no receipt of the two can name it
 * @example
 * ```ts
 * for (const receipt of mendingOf(wrong, { ffdVersion: '1.2', right, fiscalSign: facts.fiscalSign }))
 *   await register.sell(receipt, { key: randomUuid() });
 * ```
 */
export function mendingOf(receipt: Receipt, options: MendingOptions): readonly Receipt[] {
  const { ffdVersion, right, fiscalSign } = options;
  if (ffdVersion === '1.05') {
    if (options.type === 'ordered')
      return wrong('RECEIPT_VALUE', 'type', 'FFD 1.05 mends a wrong receipt by receipts that name no order');
    const back =
      receipt.settlementType === 'sale' || receipt.settlementType === 'purchase'
        ? returnOf(receipt)
        : (({ dateTime: _time, operation: _operation, ...kept }) => ({
            ...kept,
            settlementType: opposite[receipt.settlementType],
            lines: receipt.lines.map(undone),
          }))(receipt);
    return [
      signed(back, fiscalSign),
      ...(right === undefined ? [] : [signed(withoutTime(right), fiscalSign)]),
    ];
  }
  const date = options.date ?? receipt.correction?.date ?? receipt.dateTime?.slice(0, 10);
  const reason: CorrectionOptions = { ...options, date };
  const undo = correctionOf({ ...receipt, settlementType: opposite[receipt.settlementType] }, reason);
  return [undo, ...(right === undefined ? [] : [correctionOf(right, reason)])];
}

function withoutTime({ dateTime: _time, ...receipt }: Receipt): Receipt {
  return receipt;
}

const since: Partial<Readonly<Record<RussianVatRate, string>>> = {
  '22': '2026-01-01',
  '22/122': '2026-01-01',
  '5': '2025-01-01',
  '5/105': '2025-01-01',
  '7': '2025-01-01',
  '7/107': '2025-01-01',
};

/**
 * The rates of VAT that there were on a day: 22 % from 2026 (20 % before, which until the end of 2018 was 18 % with the same code), 5 and 7 %
 * from 2025. For a return or a correction the day is that of the original settlement.
 *
 * @param day - ISO date, a time behind it is not looked at
 */
export function vatRatesOn(day: string): readonly RussianVatRate[] {
  const date = day.slice(0, 10);
  return vatRateNames.filter((rate) =>
    rate === '20' || rate === '20/120' ? date < '2026-01-01' : date >= (since[rate] ?? ''),
  );
}
