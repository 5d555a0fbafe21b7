import type { Kopecks, LocalDateTime } from '@elcert/core';

// The vendor-neutral model of one settlement. Everything is said by name; the encoder of a jurisdiction or a device adds
// its own numbers. Nobody else in Elcert invents a second receipt.

/** Tag 1054. */
export type SettlementType = 'sale' | 'saleReturn' | 'purchase' | 'purchaseReturn';

/**
 * A rate of Russia in per cent as text (tag 1199); `a/b` is a calculated rate; `none` is "not subject to VAT". Documents from before
 * 2019 have 18 % where `20` is read: both share one code.
 */
export type RussianVatRate =
  | '22'
  | '20'
  | '10'
  | '7'
  | '5'
  | '0'
  | 'none'
  | '22/122'
  | '20/120'
  | '10/110'
  | '7/107'
  | '5/105';

/** A rate of Kazakhstan: 16 % from 2026, 12 % before, medicines 5 % in 2026 and 10 % from 2027. */
export type KazakhVatRate = '16' | '12' | '10' | '5' | '0' | 'none';

/** A rate of any jurisdiction. A Russian document or register refuses `16` and `12`: {@link russianVatRate}. */
export type VatRate = RussianVatRate | KazakhVatRate;

/** Tax system of the receipt (tag 1055). `imputed` (ЕНВД) ended in 2020 and is only read. */
export type TaxationType =
  | 'general'
  | 'simplifiedIncome'
  | 'simplifiedIncomeMinusExpenses'
  | 'imputed'
  | 'agricultural'
  | 'patent';

/** Way of settlement of a line (tag 1214). */
export type PaymentMethod =
  | 'prepaymentFull'
  | 'prepaymentPartial'
  | 'advance'
  | 'full'
  | 'partialWithCredit'
  | 'credit'
  | 'creditPayment';

/** Subject of settlement of a line (tag 1212). */
export type PaymentSubject =
  | 'goods'
  | 'exciseGoods'
  | 'work'
  | 'service'
  | 'gamblingStake'
  | 'gamblingWin'
  | 'lotteryTicket'
  | 'lotteryWin'
  | 'intellectualProperty'
  | 'payment'
  | 'agentFee'
  | 'composite'
  | 'other'
  | 'propertyRight'
  | 'nonOperatingIncome'
  | 'insuranceContribution'
  | 'tradeLevy'
  | 'resortLevy'
  | 'pledge'
  | 'expense'
  | 'ownPensionContribution'
  | 'pensionContribution'
  | 'ownMedicalContribution'
  | 'medicalContribution'
  | 'socialContribution'
  | 'casinoPayment'
  | 'bankAgentPayout'
  | 'exciseMarkedWithoutCode'
  | 'exciseMarkedWithCode'
  | 'markedWithoutCode'
  | 'markedWithCode';

/** Measure of quantity (tag 2108 of FFD 1.2). */
export type QuantityUnit =
  | 'piece'
  | 'gram'
  | 'kilogram'
  | 'ton'
  | 'centimeter'
  | 'decimeter'
  | 'meter'
  | 'squareCentimeter'
  | 'squareDecimeter'
  | 'squareMeter'
  | 'milliliter'
  | 'liter'
  | 'cubicMeter'
  | 'kilowattHour'
  | 'gigacalorie'
  | 'day'
  | 'hour'
  | 'minute'
  | 'second'
  | 'kilobyte'
  | 'megabyte'
  | 'gigabyte'
  | 'terabyte'
  | 'other';

/** Kind of agent of a line (tag 1222). */
export type AgentType =
  | 'bankPayingAgent'
  | 'bankPayingSubagent'
  | 'payingAgent'
  | 'payingSubagent'
  | 'attorney'
  | 'commissionAgent'
  | 'other';

/** What is said of an agent (tag 1223); which members are needed depends on its kind. */
export interface AgentData {
  /** Tag 1044. */
  readonly operation?: string;
  /** Tag 1073, one or several. */
  readonly payingAgentPhones?: readonly string[];
  /** Tag 1074. */
  readonly receivingOperatorPhones?: readonly string[];
  /** Tag 1075. */
  readonly transferOperatorPhones?: readonly string[];
  /** Tag 1026. */
  readonly transferOperatorName?: string;
  /** Tag 1005. */
  readonly transferOperatorAddress?: string;
  /** Tag 1016. */
  readonly transferOperatorInn?: string;
}

/** Whose goods an agent sells. */
export interface Supplier {
  /** Tag 1226; absent when the supplier has no Russian number (twelve zeros are written). */
  readonly inn?: string;
  /** Tag 1225. */
  readonly name?: string;
  /** Tag 1171. */
  readonly phones?: readonly string[];
}

/**
 * An agent's data for a whole receipt (tags 1057, 1171 and those of {@link AgentData} at the receipt): FFD 1.05 and 1.1 alone; 1.2 has
 * them by line.
 */
export interface ReceiptAgent {
  readonly types: readonly AgentType[];
  readonly data?: AgentData;
  /** Tag 1171. */
  readonly supplierPhones?: readonly string[];
}

/** One of the payments that are not cash (tag 1235, from September 2025). */
export interface NonCashPayment {
  /** Kopecks (tag 1082). */
  readonly amount: Kopecks;
  /** Way of the payment (tag 1236); the values are not public, so any of 0 to 255. */
  readonly method: number;
  /** Tag 1237. */
  readonly identifiers: string;
  /** Tag 1238. */
  readonly details?: string;
}

/** Kinds of product codes (children of tag 1163). */
export type ProductCodeKind =
  | 'undefined'
  | 'ean8'
  | 'ean13'
  | 'itf14'
  | 'gs1'
  | 'gs1m'
  | 'kmk'
  | 'mi'
  | 'egais2'
  | 'egais3'
  | 'f1'
  | 'f2'
  | 'f3'
  | 'f4'
  | 'f5'
  | 'f6';

/** Code of a product, also of a marked one: tag 1163 of FFD 1.2, 1162 of FFD 1.05 and 1.1 for the kinds that it knows. */
export interface ProductCode {
  readonly kind: ProductCodeKind;
  readonly value: string;
}

/** A sectoral requisite (tags 1260 of a line, 1261 of a receipt): why it stands there, and what it says. */
export interface IndustryDetail {
  /** Three digits of the federal body (tag 1262). */
  readonly body: string;
  /** ISO date of the founding document (tag 1263). */
  readonly date: string;
  readonly number: string;
  readonly value: string;
}

/** Who bought (tag 1256; FFD 1.05 and 1.1 know name and number alone). */
export interface Buyer {
  readonly name?: string;
  readonly inn?: string;
  /** ISO date. */
  readonly birthday?: string;
  /** Numeric country code, three digits. */
  readonly citizenship?: string;
  /** Two digits (tag 1245). */
  readonly documentCode?: string;
  readonly documentData?: string;
  readonly address?: string;
}

/** Why a correction is made (tags 1173, 1174). */
export interface Correction {
  /** `own` by one's own will, `ordered` by the tax service. */
  readonly type: 'own' | 'ordered';
  /** ISO date of the settlement that is corrected. */
  readonly date: string;
  /** Number of the tax service's order; needed for `ordered`. */
  readonly orderNumber?: string;
}

/** One line of a receipt. */
export interface ReceiptLine {
  /** At most 128 characters in FFD (tag 1030). */
  readonly name: string;
  /** Kopecks for one unit, VAT included (tag 1079). */
  readonly price: Kopecks;
  /** Exact decimal text, e.g. `"1"` or `"0.250"` (tag 1023). */
  readonly quantity: string;
  /** Kopecks of the line; price × quantity, rounded, when absent (tag 1043). */
  readonly amount?: Kopecks;
  readonly unit?: QuantityUnit;
  readonly vat: VatRate;
  readonly method: PaymentMethod;
  readonly subject: PaymentSubject;
  /** Tag 1163, in FFD 1.05 and 1.1 1162. */
  readonly productCode?: ProductCode;
  /** Result of the check of a marked product, as the register gave it (tag 2106). */
  readonly markingCheck?: number;
  /**
   * The whole code of a marked product as it was scanned and checked (tag 2000): told to the register, which writes 1163 and
   * 2106 out of it; stands in no tag of the receipt.
   */
  readonly markingCode?: string;
  /** A part of one marked unit; the quantity is `"1"` (tag 1291). */
  readonly fraction?: { readonly numerator: number; readonly denominator: number };
  readonly agent?: AgentType;
  readonly agentData?: AgentData;
  readonly supplier?: Supplier;
  /** Kopecks (tag 1229). */
  readonly excise?: Kopecks;
  /** Numeric code of the country of origin, three digits (tag 1230). */
  readonly countryCode?: string;
  /** Tag 1231. */
  readonly customsDeclaration?: string;
  /** Tag 1191. */
  readonly additional?: string;
  /** Tag 1260. */
  readonly industry?: readonly IndustryDetail[];
  /** Full 30-character TRU code of goods paid by a certificate: printed under the line, sent in no tag. */
  readonly truCode?: string;
}

/** What the buyer paid, by kind; the sum equals the total of the lines minus `rounding`. Kopecks. */
export interface ReceiptPayments {
  /** Tag 1031. */
  readonly cash?: Kopecks;
  /** Tag 1081: card, SBP and the certificate part together. */
  readonly electronic?: Kopecks;
  /** Tag 1215. */
  readonly prepaid?: Kopecks;
  /** Tag 1216. */
  readonly credit?: Kopecks;
  /** Tag 1217. */
  readonly other?: Kopecks;
}

/** How a certificate took part in the payment: for the printed lines and the basket's QR, in no tag. */
export interface CertificatePart {
  readonly basketId: string;
  /** Kopecks paid by certificates; part of `payments.electronic`. */
  readonly certificateAmount: Kopecks;
  /** Kopecks paid by the card itself; part of `payments.electronic`. */
  readonly cardAmount: Kopecks;
}

/** One settlement, as a till states it before any device or document exists. */
export interface Receipt {
  readonly settlementType: SettlementType;
  readonly taxation: TaxationType;
  readonly lines: readonly ReceiptLine[];
  readonly payments: ReceiptPayments;
  /** Kopecks (0 to 99) by which the whole receipt is rounded down; the payments are that much less than the lines. */
  readonly rounding?: Kopecks;
  readonly cashier?: { readonly name: string; readonly inn?: string };
  /** Phone or e-mail for an electronic receipt (tag 1008). */
  readonly buyerContact?: string;
  /** Date and time of the settlement; a register writes its own clock's when absent (tag 1012). */
  readonly dateTime?: LocalDateTime;
  /** Address and place of settlement, when they differ from the registration (tags 1009, 1187). */
  readonly address?: string;
  readonly place?: string;
  readonly certificate?: CertificatePart;
  /** Makes the document a correction (forms 31 and 41). */
  readonly correction?: Correction;
  readonly buyer?: Buyer;
  readonly agent?: ReceiptAgent;
  /** Tag 1234: if it is there, each payment that is not cash, `payments.electronic` together. */
  readonly nonCashPayments?: readonly NonCashPayment[];
  /** Paid over the internet (tag 1125). */
  readonly internet?: boolean;
  /** The seller's own requisite (tag 1084). */
  readonly property?: { readonly name: string; readonly value: string };
  /** Tag 1192. */
  readonly additional?: string;
  /** Tag 1261. */
  readonly industry?: readonly IndustryDetail[];
  /** Tag 1270. */
  readonly operation?: { readonly id: number; readonly data: string; readonly dateTime: LocalDateTime };
}
