import { type Kopecks, kopecks, type LocalDateTime } from '@elcert/core';
import { KzError } from './errors.js';

// The JSON form of the messages that a register and an operator think about, as far as they do. Whatever else a message holds
// passes through the codec untouched.

/** A sum: whole tenge as text, tiyn 0 to 99. */
export interface KzMoney {
  readonly bills: string;
  readonly coins: number;
}

/** Local wall time; the protocol knows no zone. */
export interface KzDateTime {
  readonly date: { readonly year: number; readonly month: number; readonly day: number };
  readonly time: { readonly hour: number; readonly minute: number; readonly second?: number };
}

/** The four operations of a ticket, by the numbers of the protocol 0 to 3. */
export const kzOperations = [
  'OPERATION_BUY',
  'OPERATION_BUY_RETURN',
  'OPERATION_SELL',
  'OPERATION_SELL_RETURN',
] as const;

/** Purchase, return of a purchase, sale, return of a sale. */
export type KzOperation = (typeof kzOperations)[number];

/** A tax of a line or a ticket; `percent` in thousandths (12000 is 12 %). */
export interface KzTax {
  readonly taxType?: number;
  readonly taxationType?: number | string;
  readonly percent: number;
  readonly sum: KzMoney;
  readonly isInTotalSum: boolean;
}

/** A discount or a markup. */
export interface KzModifier {
  readonly name?: string;
  readonly sum: KzMoney;
  readonly taxes?: readonly KzTax[];
}

/** A line; `quantity` in thousandths. */
export interface KzCommodity {
  readonly name?: string;
  readonly sectionCode: string;
  readonly quantity: string | number;
  readonly price: KzMoney;
  readonly sum: KzMoney;
  readonly taxes?: readonly KzTax[];
  readonly barcode?: string;
  readonly measureUnitCode?: string;
  /** The one marking code of a line in 2.0.2. */
  readonly exciseStamp?: string;
  /** Marking codes of a line, one a unit, since 2.0.3. */
  readonly listExciseStamp?: readonly string[];
  /** Series and number of a stamp of paper. */
  readonly physicalLabel?: string;
  /** Number in the virtual warehouse. */
  readonly productId?: string;
  /** Number in the National Catalogue. */
  readonly ntin?: string;
}

/** One way of payment of a ticket; the details are those of 2.0.3. */
export interface KzPayment {
  readonly type: string;
  readonly sum: KzMoney;
  readonly cardPaymentFields?: {
    readonly posTerminalId?: string;
    readonly posCardType?: string;
    readonly posAutorizationCode?: number;
    readonly posRrn?: string;
    readonly posReceiptNumber?: number;
  };
  readonly mobilePaymentFields?: { readonly qrType?: string; readonly qrId?: string };
}

/** An item: a line, or a modifier of the line before it, or the undoing of either. */
export interface KzItem {
  readonly type: string;
  readonly commodity?: KzCommodity;
  readonly stornoCommodity?: KzCommodity;
  readonly markup?: KzModifier;
  readonly stornoMarkup?: KzModifier;
  readonly discount?: KzModifier;
  readonly stornoDiscount?: KzModifier;
}

/** A ticket. */
export interface KzTicket {
  readonly operation: KzOperation;
  readonly dateTime: KzDateTime;
  readonly operator: { readonly code: number; readonly name?: string };
  /** Kind of trade, with what belongs to it; a session writes `DOMAIN_TRADING` when it is absent. */
  readonly domain?: { readonly type?: string };
  readonly items?: readonly KzItem[];
  readonly payments?: readonly KzPayment[];
  readonly taxes?: readonly KzTax[];
  readonly amounts: {
    readonly total: KzMoney;
    readonly taken?: KzMoney;
    readonly change?: KzMoney;
    readonly markup?: KzModifier;
    readonly discount?: KzModifier;
  };
  readonly extensionOptions?: {
    readonly customerEmail?: string;
    readonly customerPhone?: string;
    readonly customerIinOrBin?: string;
  };
  readonly offlineTicketNumber?: number;
  readonly frShiftNumber?: number;
  /** A whole number as text. */
  readonly printedDocumentNumber?: string;
  readonly parentTicket?: {
    readonly parentTicketNumber: string;
    readonly parentTicketDataTime: KzDateTime;
    readonly kgdKkmId: string;
    readonly parentTicketTotal: KzMoney;
    readonly parentTicketIsOffline: boolean;
  };
}

/** Sum of the drawer put in or taken out. */
export interface KzMoneyPlacement {
  readonly datetime: KzDateTime;
  readonly operation: 'MONEY_PLACEMENT_DEPOSIT' | 'MONEY_PLACEMENT_WITHDRAWAL';
  readonly sum: KzMoney;
  readonly isOffline?: boolean;
  readonly frShiftNumber?: number;
  /** A whole number as text. */
  readonly printedDocumentNumber?: string;
  readonly operator?: KzTicket['operator'];
}

/**
 * A sum as the protocol writes it.
 *
 * @param tiyn - whole tiyn, not negative
 */
export function kzMoney(tiyn: Kopecks): KzMoney {
  const value = kopecks(tiyn);
  return { bills: String(Math.floor(value / 100)), coins: value % 100 };
}

/**
 * Whole tiyn of a sum.
 *
 * @throws KzError `BAD_VALUE` when there are 100 coins or more, or the sum is no safe integer
 */
export function tiynOf(money: { readonly bills: string | number; readonly coins: number }): Kopecks {
  const value = Number(money.bills) * 100 + money.coins;
  if (!Number.isSafeInteger(value) || value < 0 || !Number.isInteger(money.coins) || money.coins > 99)
    throw new KzError({
      code: 'BAD_VALUE',
      message: `not a sum: ${money.bills} tenge ${money.coins} tiyn`,
    });
  return value;
}

/** `2026-03-02T12:34:56` as the protocol writes it. @throws KzError `BAD_VALUE` */
export function kzDateTime(local: LocalDateTime): KzDateTime {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(local);
  if (match === null)
    throw new KzError({ code: 'BAD_VALUE', message: 'an ISO local time without a zone wanted' });
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  return { date: { year, month, day }, time: { hour, minute, second } };
}

/** The ISO local text of a protocol's time. */
export function localOfKz({ date, time }: KzDateTime): LocalDateTime {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(date.year).padStart(4, '0')}-${two(date.month)}-${two(date.day)}T${two(time.hour)}:${two(time.minute)}:${two(time.second ?? 0)}`;
}
