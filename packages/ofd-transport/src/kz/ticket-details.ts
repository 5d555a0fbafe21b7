import type { Kopecks, LocalDateTime } from '@elcert/core';
import type { KzTicket } from './messages.js';
import type { KzKilogram } from './units.js';
import type { KzTaxRounding } from './vat.js';

/** The ticket that a return takes back: its five facts, which the operator compares. Keep them with every sale. */
export interface KzParentTicket {
  /** Fiscal sign, or its number when it was made without connection. */
  readonly number: string;
  readonly dateTime: LocalDateTime;
  /** Registration number (РНМ) of the register that made it, which may be another one; of `old/new` the newest. */
  readonly registrationNumber: string;
  /** Tiyn. */
  readonly total: Kopecks;
  /** It was made without connection. */
  readonly offline: boolean;
}

/** What a ticket says of a line and the neutral receipt cannot. */
export interface KzLineDetails {
  /** Section (department); that of {@link KzTicketRules} unless told. */
  readonly section?: string;
  /** Number in the National Catalogue. Its check digit, if it has one, is not known: it is not checked. */
  readonly ntin?: string;
  /** GTIN; that of `productCode` unless told. */
  readonly barcode?: string;
  /** Code of the unit, for one that the neutral receipt does not name: `"778"` for a pack. */
  readonly unitCode?: string;
  /** Marking codes of the units; that of `markingCode` unless told. 2.0.2 takes one. */
  readonly markingCodes?: readonly string[];
  /** Series and number of an excise stamp of paper. */
  readonly physicalLabel?: string;
  /** Number in the virtual warehouse. */
  readonly productId?: string;
  /** Name of the discount or markup by which `amount` differs from price × quantity. */
  readonly modifierName?: string;
}

/** A discount or a markup of the whole ticket. */
export interface KzTicketModifier {
  /** Tiyn. */
  readonly sum: Kopecks;
  readonly name?: string;
}

/** What a ticket says and the neutral receipt cannot. */
export interface KzReceiptDetails {
  /** Needed for returns since 2.0.3; in every version the date of the settlement, and so its rates of VAT, is taken from it. */
  readonly parent?: KzParentTicket;
  /** By the place of the line. */
  readonly lines?: readonly (KzLineDetails | undefined)[];
  /** Tiyn that the buyer gave, at least what is paid in cash: the rest is change. */
  readonly cashGiven?: Kopecks;
  /** Tiyn of `payments.electronic` that were paid from a telephone (QR); the rest is paid by card. */
  readonly mobile?: Kopecks;
  /** From the slip of the card; 2.0.3. */
  readonly card?: {
    readonly terminalId?: string;
    readonly cardType?: string;
    /** Digits. */
    readonly authorizationCode?: string;
    /** Digits. */
    readonly rrn?: string;
    readonly receiptNumber?: number;
  };
  /** Kind and number of the QR; 2.0.3. */
  readonly qr?: { readonly type?: string; readonly id?: string };
  /** Off the whole ticket: the payments are that much less than the lines. Not together with a markup. */
  readonly discount?: KzTicketModifier;
  /** On the whole ticket: the payments are that much more than the lines. */
  readonly markup?: KzTicketModifier;
  /** Kind of trade with what belongs to it, in the JSON form of `TicketRequest.Domain`; a session writes trading unless told. */
  readonly domain?: NonNullable<KzTicket['domain']>;
}

/** How a register writes its tickets. */
export interface KzTicketRules {
  /** 203 unless told. */
  readonly version?: 202 | 203 | undefined;
  /** IIN or BIN of the seller: a buyer with the same number is refused. */
  readonly taxpayer?: string | undefined;
  /** `false` for a seller who pays no VAT: every line has the rate `none`, returns apart. */
  readonly vatPayer?: boolean | undefined;
  /** Number of the cashier at the register; 1 unless told. */
  readonly operatorCode?: number | undefined;
  /** `"1"` unless told. */
  readonly section?: string | undefined;
  /** `"166"` unless told. */
  readonly kilogram?: KzKilogram | undefined;
  /** Each line's tax by itself (`line`) unless told. */
  readonly taxRounding?: KzTaxRounding | undefined;
  /** On the lines unless told; on the whole `ticket` where all lines have one rate, otherwise on the lines all the same. */
  readonly taxPlace?: 'items' | 'ticket' | undefined;
  /** Whether 0 % is an entry with a zero sum (unless told) or none, which practice differs on. */
  readonly zeroRate?: 'entry' | 'omit' | undefined;
}

/** What {@link kzTicketOf} is told beside the receipt. */
export interface KzTicketContext {
  /** Local time of the settlement. */
  readonly at: LocalDateTime;
  readonly details?: KzReceiptDetails | undefined;
  readonly rules?: KzTicketRules | undefined;
}

/** A ticket without what the session adds: time, shift, number without connection. */
export type KzTicketContent = Omit<
  KzTicket,
  'dateTime' | 'frShiftNumber' | 'offlineTicketNumber' | 'printedDocumentNumber'
>;

/** Most lines and most characters of a name. *Ours*: the protocol names no limits. */
export const kzTicketLimits = { lines: 1000, name: 1000, text: 256, markingCodes: 1000 } as const;
