import { byteWriter, concatBytes, formatRubles, type Kopecks, sumKopecks } from '@elcert/core';
import { encodeTags, type RussianVatRate, splitTlv } from '@elcert/fiscal-doc';
import type { FnDocument } from '../fn/index.js';
import type { Core } from './core.js';
import {
  type OpenReceipt,
  type RegisterLine,
  receiptRequisites,
  settledLines,
  spread,
  totalOf,
  vatOf,
} from './receipt.js';
import { byDrive, refuse, results } from './refusal.js';
import { countOf, totalName } from './totals.js';

/** Names of the four document types of 8Dh, as they are printed. */
export const typeNames = ['ПРИХОД', 'РАСХОД', 'ВОЗВРАТ ПРИХОДА', 'ВОЗВРАТ РАСХОДА'] as const;

/** Lines that a receipt takes. */
const mostLines = 200;

/** Rows of table 6 whose turnover the money registers of the first four taxes hold. */
const registerRows: readonly RussianVatRate[] = ['20', '10', '0', 'none'];

/** What a receipt is closed with. */
export interface Closing {
  /** Sums of the sixteen payments, kopecks; the first is cash, 14 prepayment, 15 credit, 16 other. */
  readonly payments: readonly Kopecks[];
  /** Kopecks that the total is rounded down by. */
  readonly rounding?: number;
  /** Tag 1055; the lowest registered tax system unless told. */
  readonly taxation?: number;
  readonly text?: string;
}

/** The receipts of a register: what its old and its new commands have in common. */
export interface Receipts {
  /** Opens one. @param type - of 8Dh; nothing for a correction whose first line tells it */
  open(type: number | undefined, correction: boolean): OpenReceipt;
  /** The one that is open. */
  need(): OpenReceipt;
  /** Adds a line; opens a receipt of its type when the host did not. */
  add(type: number, line: RegisterLine): void;
  /** Takes a line back. */
  void(price: Kopecks, amount: Kopecks): void;
  /** Spreads a discount (negative) or a charge over the lines. */
  change(amount: Kopecks, text: string): void;
  close(closing: Closing): { readonly document: FnDocument; readonly change: Kopecks };
  cancel(): void;
  /** Puts a text between the lines, or prints it when no receipt is open. */
  text(lines: readonly string[]): void;
}

/** Makes the {@link Receipts} of a register. */
export function createReceipts(core: Core): Receipts {
  const { state, tables, totals, center, pair, sum } = core;

  /** Counts in the receipt; the shift gets it when the receipt is closed. */
  const count = (name: string, value: number, times = 1) => {
    totals.receipt.add(name, value);
    totals.receipt.add(countOf(name), times);
  };

  const need = (): OpenReceipt => state.receipt ?? refuse(results.receiptClosed);

  const open: Receipts['open'] = (type, correction) => {
    if (type !== undefined && type > 3) refuse(results.wrongParameters);
    const { shiftOpen, shiftExpired } = state.fn.status();
    if (!shiftOpen) refuse(results.shiftClosed);
    if (shiftExpired) refuse(results.shiftExpired);
    if (state.begun !== undefined) refuse(results.wrongMode);
    totals.receipt.clear();
    state.receipt = {
      type,
      correction,
      operator: state.operator,
      lines: [],
      tlv: [],
      text: [
        center(correction ? 'ЧЕК КОРРЕКЦИИ' : ''),
        ...(type === undefined ? [] : [center(typeNames[type] ?? '')]),
      ].filter((line) => line.trim() !== ''),
    };
    return state.receipt;
  };

  /** The receipt that operations of a type go into. */
  const ofType = (type: number): OpenReceipt => {
    const current = state.receipt ?? open(type, false);
    if (current.type === undefined)
      state.receipt = { ...current, type, text: [...current.text, center(typeNames[type] ?? '')] };
    else if (current.type !== type) refuse(results.otherType);
    return state.receipt ?? current;
  };

  const close: Receipts['close'] = ({ payments, rounding = 0, taxation, text = '' }) => {
    const receipt = need();
    const { fn } = state;
    if (fn.status().shiftExpired) refuse(results.shiftExpired);
    if (receipt.lines.length === 0) refuse(results.totalZero);
    const total = totalOf(receipt) - rounding;
    if (rounding > 99 || total < 0) refuse(results.wrongParameters);
    if (total === 0) refuse(results.totalZero);
    const [cash = 0, ...others] = payments;
    const cashless = sumKopecks(others);
    if (cashless > total) refuse(results.cashlessTooMuch);
    const change = cash + cashless - total;
    if (change < 0) refuse(results.lessThanTotal);
    const type = receipt.type ?? 0;
    const paysOut = type === 1 || type === 2;
    const cashPart = total - cashless;
    if (paysOut && cashPart > state.drawer) refuse(results.notEnoughCash);
    const given = {
      cash,
      electronic: sumKopecks(payments.slice(1, 13)),
      prepaid: payments[13] ?? 0,
      credit: payments[14] ?? 0,
      other: payments[15] ?? 0,
    };
    const registered = fn.registration?.taxation ?? 1;
    const settled: OpenReceipt = { ...receipt, lines: settledLines(receipt.lines) };
    const extra = concatBytes(...receipt.tlv);
    const requisites = receiptRequisites(
      settled,
      { ...given, rounding },
      {
        // Old commands name no tax system: the lowest registered one.
        taxation: taxation === undefined || taxation === 0 ? registered & -registered : taxation,
        cashier: core.cashierName(receipt.operator),
        senderEmail: tables.text(18, 1, 15),
        taxSite: tables.text(18, 1, 13),
        electronicCopy: splitTlv(extra).some(({ tag }) => tag === 1008),
      },
    );
    const items = settled.lines.map((line, index) => {
      const bound = concatBytes(...line.tlv);
      const unit = splitTlv(bound).some(({ tag }) => tag === 2108) ? [] : [{ tag: 2108, value: 0 }];
      const content = concatBytes(
        requisites.lines[index] ?? new Uint8Array(0),
        encodeTags(unit, { document: 3, ffdVersion: '1.2' }),
        bound,
      );
      return concatBytes(byteWriter(4).u16le(1059).u16le(content.length).finish(), content);
    });
    const document = byDrive(() => {
      fn.begin(receipt.correction ? 31 : 3);
      try {
        fn.add(requisites.header);
        for (const item of items) fn.add(item);
        fn.add(extra);
        return fn.commit({ dateTime: core.now() });
      } catch (error) {
        fn.cancel();
        throw error;
      }
    });
    state.drawer += paysOut ? -cashPart : cashPart;
    payments.forEach((value, index) => {
      const part = index === 0 ? cashPart : value;
      if (part > 0) count(totalName.payment(index + 1, type), part);
    });
    for (const { rate, sum: tax } of vatOf(settled.lines)) {
      const row = registerRows.indexOf(rate) + 1;
      if (row === 0) continue;
      const base = sumKopecks(settled.lines.filter((line) => line.rate === rate).map(({ amount }) => amount));
      count(totalName.turnover(row, type), base);
      if (row < 3) count(totalName.tax(row, type), tax);
    }
    totals.shift.addAll(totals.receipt);
    for (const of of [totals.shift, totals.ever]) {
      of.add(totalName.total(type), total);
      of.add(countOf(totalName.documents(type)), 1);
    }
    core.countDocument();
    const paid = [
      ['НАЛИЧНЫМИ', given.cash],
      ['БЕЗНАЛИЧНЫМИ', given.electronic],
      ['ПРЕДВАРИТЕЛЬНАЯ ОПЛАТА (АВАНС)', given.prepaid],
      ['ПОСЛЕДУЮЩАЯ ОПЛАТА (КРЕДИТ)', given.credit],
      ['ИНАЯ ФОРМА ОПЛАТЫ', given.other],
    ] as const;
    state.receipt = undefined;
    core.printDocument('receipt', [
      ...core.headerLines(),
      ...receipt.text,
      pair('ИТОГ', sum(total)),
      ...paid.filter(([, value]) => value > 0).map(([name, value]) => pair(name, sum(value))),
      ...(change > 0 ? [pair('СДАЧА', sum(change))] : []),
      ...vatOf(settled.lines).map(({ rate, sum: value }) =>
        pair(rate === 'none' ? 'СУММА БЕЗ НДС' : `СУММА НДС ${rate}%`, sum(value)),
      ),
      ...(text.trim() === '' ? [] : [text.trim()]),
      `Кассир ${core.cashierName(receipt.operator)}`,
      ...core.fiscalLines(document),
    ]);
    return { document, change };
  };

  return {
    open,
    need,
    close,
    add(type, line) {
      const receipt = ofType(type);
      if (receipt.lines.length >= mostLines) refuse(results.tooManyLines);
      if (line.department > 16) refuse(results.wrongParameters);
      const { name, quantity, price, amount } = line;
      state.receipt = {
        ...receipt,
        lines: [...receipt.lines, line],
        text: [
          ...receipt.text,
          // Two strokes at the beginning: the name is not printed.
          ...(name.startsWith('//') || name === '' ? [] : [name]),
          pair(`${quantity.replace(/\.?0+$/, '')} X ${formatRubles(price)}`, sum(amount)),
        ],
      };
      count(totalName.department(line.department, type), amount);
    },
    void(price, amount) {
      const receipt = need();
      const at = receipt.lines.findLastIndex((line) => line.price === price && line.amount === amount);
      if (at < 0) refuse(results.nothingToVoid);
      const line = receipt.lines[at];
      state.receipt = {
        ...receipt,
        lines: receipt.lines.filter((_, index) => index !== at),
        text: [...receipt.text, pair('СТОРНО', sum(amount))],
      };
      count(totalName.department(line?.department ?? 0, receipt.type ?? 0), -amount, -1);
    },
    change(amount, text) {
      const receipt = need();
      if (receipt.lines.length === 0 || -amount >= totalOf(receipt)) refuse(results.discountTooLarge);
      state.receipt = {
        ...receipt,
        lines: spread(receipt.lines, amount),
        text: [
          ...receipt.text,
          ...(text.trim() === '' ? [] : [text.trim()]),
          pair(amount < 0 ? 'СКИДКА' : 'НАДБАВКА', sum(Math.abs(amount))),
        ],
      };
      const type = receipt.type ?? 0;
      count(amount < 0 ? totalName.discount(type) : totalName.charge(type), Math.abs(amount));
    },
    cancel() {
      const receipt = need();
      const type = receipt.type ?? 0;
      const total = totalOf(receipt);
      state.receipt = undefined;
      totals.shift.add(totalName.cancelled(type), total);
      totals.shift.add(countOf(totalName.cancelled(type)), 1);
      totals.ever.add(countOf(totalName.cancelledCount), 1);
      if (!core.silent()) core.print([...receipt.text, center('ЧЕК АННУЛИРОВАН')]);
    },
    text(lines) {
      if (state.receipt === undefined) core.print(lines);
      else state.receipt = { ...state.receipt, text: [...state.receipt.text, ...lines] };
    },
  };
}
