import type {
  AgentType,
  PaymentMethod,
  PaymentSubject,
  PlannedStatus,
  ProductCodeKind,
  QuantityUnit,
  ReceiptPayments,
  RussianVatRate,
  SettlementType,
  TaxationType,
} from '@elcert/fiscal-doc';
import type { AtolTaskType } from './tasks.js';

// The words of the receipt model in the words of the tasks. The emulator reads the same tables backwards.

/** Type of a receipt task, and of its correction. */
export const atolReceiptTypes: Readonly<
  Record<SettlementType, { readonly receipt: AtolTaskType; readonly correction: AtolTaskType }>
> = {
  sale: { receipt: 'sell', correction: 'sellCorrection' },
  saleReturn: { receipt: 'sellReturn', correction: 'sellReturnCorrection' },
  purchase: { receipt: 'buy', correction: 'buyCorrection' },
  purchaseReturn: { receipt: 'buyReturn', correction: 'buyReturnCorrection' },
};

/** `taxationType`. */
export const atolTaxations: Readonly<Record<TaxationType, string>> = {
  general: 'osn',
  simplifiedIncome: 'usnIncome',
  simplifiedIncomeMinusExpenses: 'usnIncomeOutcome',
  imputed: 'envd',
  agricultural: 'esn',
  patent: 'patent',
};

/** `tax.type`. */
export const atolTaxes: Readonly<Record<RussianVatRate, string>> = {
  '22': 'vat22',
  '20': 'vat20',
  '10': 'vat10',
  '7': 'vat7',
  '5': 'vat5',
  '0': 'vat0',
  none: 'none',
  '22/122': 'vat122',
  '20/120': 'vat120',
  '10/110': 'vat110',
  '7/107': 'vat107',
  '5/105': 'vat105',
};

/** `payments[].type`. */
export const atolPayments: Readonly<Record<keyof ReceiptPayments, string>> = {
  cash: 'cash',
  electronic: 'electronically',
  prepaid: 'prepaid',
  credit: 'credit',
  other: 'other',
};

/** `paymentMethod`. */
export const atolMethods: Readonly<Record<PaymentMethod, string>> = {
  prepaymentFull: 'fullPrepayment',
  prepaymentPartial: 'prepayment',
  advance: 'advance',
  full: 'fullPayment',
  partialWithCredit: 'partialPayment',
  credit: 'credit',
  creditPayment: 'creditPayment',
};

/** `paymentObject`. */
export const atolObjects: Readonly<Record<PaymentSubject, string>> = {
  goods: 'commodity',
  exciseGoods: 'excise',
  work: 'job',
  service: 'service',
  gamblingStake: 'gamblingBet',
  gamblingWin: 'gamblingPrize',
  lotteryTicket: 'lottery',
  lotteryWin: 'lotteryPrize',
  intellectualProperty: 'intellectualActivity',
  payment: 'payment',
  agentFee: 'agentCommission',
  composite: 'composite',
  other: 'another',
  propertyRight: 'proprietaryLaw',
  nonOperatingIncome: 'nonOperatingIncome',
  insuranceContribution: 'otherContributions',
  tradeLevy: 'merchantTax',
  resortLevy: 'resortFee',
  pledge: 'deposit',
  expense: 'consumption',
  ownPensionContribution: 'soleProprietorCpiContributions',
  pensionContribution: 'cpiContributions',
  ownMedicalContribution: 'soleProprietorCmiContributions',
  medicalContribution: 'cmiContributions',
  socialContribution: 'csiContributions',
  casinoPayment: 'casinoPayment',
  bankAgentPayout: 'fundsIssuance',
  exciseMarkedWithoutCode: 'exciseWithoutMarking',
  exciseMarkedWithCode: 'exciseWithMarking',
  markedWithoutCode: 'commodityWithoutMarking',
  markedWithCode: 'commodityWithMarking',
};

/** `agentInfo.agents[]`. */
export const atolAgents: Readonly<Record<AgentType, string>> = {
  bankPayingAgent: 'bankPayingAgent',
  bankPayingSubagent: 'bankPayingSubagent',
  payingAgent: 'payingAgent',
  payingSubagent: 'payingSubagent',
  attorney: 'attorney',
  commissionAgent: 'commissionAgent',
  other: 'another',
};

/** `itemEstimatedStatus` (tag 2003). */
export const atolMarkStatuses: Readonly<Record<PlannedStatus, string>> = {
  pieceSold: 'itemPieceSold',
  measuredSold: 'itemDryForSale',
  pieceReturned: 'itemPieceReturn',
  measuredReturned: 'itemDryReturn',
  unchanged: 'itemStatusUnchanged',
};

/** `measurementUnit` and `itemUnits` of FFD 1.2 (tag 2108). */
export const atolUnits: Readonly<Record<QuantityUnit, string>> = {
  piece: 'piece',
  gram: 'gram',
  kilogram: 'kilogram',
  ton: 'ton',
  centimeter: 'centimeter',
  decimeter: 'decimeter',
  meter: 'meter',
  squareCentimeter: 'squareCentimeter',
  squareDecimeter: 'squareDecimeter',
  squareMeter: 'squareMeter',
  milliliter: 'milliliter',
  liter: 'liter',
  cubicMeter: 'cubicMeter',
  kilowattHour: 'kilowattHour',
  gigacalorie: 'gkal',
  day: 'day',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
  kilobyte: 'kilobyte',
  megabyte: 'megabyte',
  gigabyte: 'gigabyte',
  terabyte: 'terabyte',
  other: 'otherUnits',
};

/** Members of `productCodes`. */
export const atolProductCodes: Readonly<Record<ProductCodeKind, string>> = {
  undefined: 'undefined',
  ean8: 'ean8',
  ean13: 'ean13',
  itf14: 'itf14',
  gs1: 'gs10',
  gs1m: 'gs1m',
  kmk: 'short',
  mi: 'furs',
  egais2: 'egais20',
  egais3: 'egais30',
  f1: 'f1',
  f2: 'f2',
  f3: 'f3',
  f4: 'f4',
  f5: 'f5',
  f6: 'f6',
};

/** `documentTLV.fiscalDocumentType`, with the form code of the document. */
export const atolDocumentTypes: Readonly<Record<string, number>> = {
  registration: 1,
  openShift: 2,
  receipt: 3,
  bso: 4,
  closeShift: 5,
  closeArchive: 6,
  changeRegistrationParameters: 11,
  ofdExchangeStatus: 21,
  receiptCorrection: 31,
  bsoCorrection: 41,
};

/** The name that a table gives to a word of the tasks. */
export function nameOfAtolWord<Name extends string>(
  table: Readonly<Record<Name, string>>,
  word: unknown,
): Name | undefined {
  return (Object.keys(table) as Name[]).find((name) => table[name] === word);
}
