import type {
  PaymentMethod,
  PaymentSubject,
  QuantityUnit,
  SettlementType,
  TaxationType,
  VatRate,
} from '../receipt.js';

// The numbers that documents carry for the names of the receipt model, and what is printed for them.

/** A code of the format and its printed text. */
export interface CodeRow {
  readonly code: number;
  readonly label: string;
}

const row = (code: number, label: string): CodeRow => ({ code, label });

/** Tag 1054. */
export const settlementTypes: Readonly<Record<SettlementType, CodeRow>> = {
  sale: row(1, 'ПРИХОД'),
  saleReturn: row(2, 'ВОЗВРАТ ПРИХОДА'),
  purchase: row(3, 'РАСХОД'),
  purchaseReturn: row(4, 'ВОЗВРАТ РАСХОДА'),
};

/** Tag 1055 (one bit) and 1062 (a sum of bits). */
export const taxationTypes: Readonly<Record<TaxationType, CodeRow>> = {
  general: row(1, 'ОСН'),
  simplifiedIncome: row(2, 'УСН доход'),
  simplifiedIncomeMinusExpenses: row(4, 'УСН доход - расход'),
  imputed: row(8, 'ЕНВД'),
  agricultural: row(16, 'ЕСХН'),
  patent: row(32, 'Патент'),
};

/** Tag 1214. */
export const paymentMethods: Readonly<Record<PaymentMethod, CodeRow>> = {
  prepaymentFull: row(1, 'ПРЕДОПЛАТА 100%'),
  prepaymentPartial: row(2, 'ПРЕДОПЛАТА'),
  advance: row(3, 'АВАНС'),
  full: row(4, 'ПОЛНЫЙ РАСЧЕТ'),
  partialWithCredit: row(5, 'ЧАСТИЧНЫЙ РАСЧЕТ И КРЕДИТ'),
  credit: row(6, 'ПЕРЕДАЧА В КРЕДИТ'),
  creditPayment: row(7, 'ОПЛАТА КРЕДИТА'),
};

/** Tag 1212; 28 and 29 are not used. */
export const paymentSubjects: Readonly<Record<PaymentSubject, CodeRow>> = {
  goods: row(1, 'ТОВАР'),
  exciseGoods: row(2, 'ПОДАКЦИЗНЫЙ ТОВАР'),
  work: row(3, 'РАБОТА'),
  service: row(4, 'УСЛУГА'),
  gamblingStake: row(5, 'СТАВКА АЗАРТНОЙ ИГРЫ'),
  gamblingWin: row(6, 'ВЫИГРЫШ АЗАРТНОЙ ИГРЫ'),
  lotteryTicket: row(7, 'ЛОТЕРЕЙНЫЙ БИЛЕТ'),
  lotteryWin: row(8, 'ВЫИГРЫШ ЛОТЕРЕИ'),
  intellectualProperty: row(9, 'ПРЕДОСТАВЛЕНИЕ РИД'),
  payment: row(10, 'ПЛАТЕЖ'),
  agentFee: row(11, 'АГЕНТСКОЕ ВОЗНАГРАЖДЕНИЕ'),
  composite: row(12, 'ВЫПЛАТА'),
  other: row(13, 'ИНОЙ ПРЕДМЕТ РАСЧЕТА'),
  propertyRight: row(14, 'ИМУЩЕСТВЕННОЕ ПРАВО'),
  nonOperatingIncome: row(15, 'ВНЕРЕАЛИЗАЦИОННЫЙ ДОХОД'),
  insuranceContribution: row(16, 'СТРАХОВЫЕ ВЗНОСЫ'),
  tradeLevy: row(17, 'ТОРГОВЫЙ СБОР'),
  resortLevy: row(18, 'ТУРИСТИЧЕСКИЙ НАЛОГ'),
  pledge: row(19, 'ЗАЛОГ'),
  expense: row(20, 'РАСХОД'),
  ownPensionContribution: row(21, 'ВЗНОСЫ НА ОПС ИП'),
  pensionContribution: row(22, 'ВЗНОСЫ НА ОПС'),
  ownMedicalContribution: row(23, 'ВЗНОСЫ НА ОМС ИП'),
  medicalContribution: row(24, 'ВЗНОСЫ НА ОМС'),
  socialContribution: row(25, 'ВЗНОСЫ НА ОСС'),
  casinoPayment: row(26, 'ПЛАТЕЖ КАЗИНО'),
  bankAgentPayout: row(27, 'ВЫДАЧА ДЕНЕЖНЫХ СРЕДСТВ'),
  exciseMarkedWithoutCode: row(30, 'ПОДАКЦИЗНЫЙ ТОВАР БЕЗ КМ'),
  exciseMarkedWithCode: row(31, 'ПОДАКЦИЗНЫЙ ТОВАР С КМ'),
  markedWithoutCode: row(32, 'ТОВАР БЕЗ КМ'),
  markedWithCode: row(33, 'ТОВАР С КМ'),
};

/** Tag 2108; the label is also what FFD 1.05 and 1.1 write as text in 1197. */
export const quantityUnits: Readonly<Record<QuantityUnit, CodeRow>> = {
  piece: row(0, 'шт.'),
  gram: row(10, 'г'),
  kilogram: row(11, 'кг'),
  ton: row(12, 'т'),
  centimeter: row(20, 'см'),
  decimeter: row(21, 'дм'),
  meter: row(22, 'м'),
  squareCentimeter: row(30, 'кв. см'),
  squareDecimeter: row(31, 'кв. дм'),
  squareMeter: row(32, 'кв. м'),
  milliliter: row(40, 'мл'),
  liter: row(41, 'л'),
  cubicMeter: row(42, 'куб. м'),
  kilowattHour: row(50, 'кВт·ч'),
  gigacalorie: row(51, 'Гкал'),
  day: row(70, 'сутки'),
  hour: row(71, 'час'),
  minute: row(72, 'мин'),
  second: row(73, 'с'),
  kilobyte: row(80, 'Кбайт'),
  megabyte: row(81, 'Мбайт'),
  gigabyte: row(82, 'Гбайт'),
  terabyte: row(83, 'Тбайт'),
  other: row(255, 'ед.'),
};

/** A VAT rate: its code in tag 1199, its fraction of a sum that includes it, and where a receipt totals it. */
export interface VatRow extends CodeRow {
  readonly numerator: number;
  readonly denominator: number;
  /** 1102 to 1107, or 1115 for the rates that have no tag of their own. */
  readonly totalTag: number;
}

const vat = (
  code: number,
  numerator: number,
  denominator: number,
  totalTag: number,
  label: string,
): VatRow => ({
  code,
  numerator,
  denominator,
  totalTag,
  label,
});

/** Tag 1199. Tags 1104 and 1105 total the sums of settlement, the others the VAT itself. */
export const vatRates: Readonly<Record<VatRate, VatRow>> = {
  '22': vat(11, 22, 122, 1115, 'НДС 22%'),
  '20': vat(1, 20, 120, 1102, 'НДС 20%'),
  '10': vat(2, 10, 110, 1103, 'НДС 10%'),
  '7': vat(8, 7, 107, 1115, 'НДС 7%'),
  '5': vat(7, 5, 105, 1115, 'НДС 5%'),
  '0': vat(5, 0, 100, 1104, 'НДС 0%'),
  none: vat(6, 0, 100, 1105, 'БЕЗ НДС'),
  '22/122': vat(12, 22, 122, 1115, 'НДС 22/122'),
  '20/120': vat(3, 20, 120, 1106, 'НДС 20/120'),
  '10/110': vat(4, 10, 110, 1107, 'НДС 10/110'),
  '7/107': vat(10, 7, 107, 1115, 'НДС 7/107'),
  '5/105': vat(9, 5, 105, 1115, 'НДС 5/105'),
};

/** The rates in the order in which receipts list them. (Keys of an object that look like numbers come sorted by value.) */
export const vatRateNames: readonly VatRate[] = [
  '22',
  '20',
  '10',
  '7',
  '5',
  '0',
  'none',
  '22/122',
  '20/120',
  '10/110',
  '7/107',
  '5/105',
];

/** The name that a table gives to a code, or nothing. */
export function nameOfCode<Name extends string>(
  table: Readonly<Record<Name, CodeRow>>,
  code: number,
): Name | undefined {
  for (const name of Object.keys(table) as Name[]) if (table[name].code === code) return name;
  return undefined;
}
