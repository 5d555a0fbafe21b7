import { fiscalDocError } from '../errors.js';
import type {
  AgentType,
  PaymentMethod,
  PaymentSubject,
  ProductCodeKind,
  QuantityUnit,
  RussianVatRate,
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

/** Tag 1054. */
export const settlementTypes: Readonly<Record<SettlementType, CodeRow>> = {
  sale: { code: 1, label: 'ПРИХОД' },
  saleReturn: { code: 2, label: 'ВОЗВРАТ ПРИХОДА' },
  purchase: { code: 3, label: 'РАСХОД' },
  purchaseReturn: { code: 4, label: 'ВОЗВРАТ РАСХОДА' },
};

/** Tag 1055 (one bit) and 1062 (a sum of bits). */
export const taxationTypes: Readonly<Record<TaxationType, CodeRow>> = {
  general: { code: 1, label: 'ОСН' },
  simplifiedIncome: { code: 2, label: 'УСН доход' },
  simplifiedIncomeMinusExpenses: { code: 4, label: 'УСН доход - расход' },
  imputed: { code: 8, label: 'ЕНВД' },
  agricultural: { code: 16, label: 'ЕСХН' },
  patent: { code: 32, label: 'Патент' },
};

/** Tag 1214. */
export const paymentMethods: Readonly<Record<PaymentMethod, CodeRow>> = {
  prepaymentFull: { code: 1, label: 'ПРЕДОПЛАТА 100%' },
  prepaymentPartial: { code: 2, label: 'ПРЕДОПЛАТА' },
  advance: { code: 3, label: 'АВАНС' },
  full: { code: 4, label: 'ПОЛНЫЙ РАСЧЕТ' },
  partialWithCredit: { code: 5, label: 'ЧАСТИЧНЫЙ РАСЧЕТ И КРЕДИТ' },
  credit: { code: 6, label: 'ПЕРЕДАЧА В КРЕДИТ' },
  creditPayment: { code: 7, label: 'ОПЛАТА КРЕДИТА' },
};

/** Tag 1212; 28 and 29 are not used. */
export const paymentSubjects: Readonly<Record<PaymentSubject, CodeRow>> = {
  goods: { code: 1, label: 'ТОВАР' },
  exciseGoods: { code: 2, label: 'ПОДАКЦИЗНЫЙ ТОВАР' },
  work: { code: 3, label: 'РАБОТА' },
  service: { code: 4, label: 'УСЛУГА' },
  gamblingStake: { code: 5, label: 'СТАВКА АЗАРТНОЙ ИГРЫ' },
  gamblingWin: { code: 6, label: 'ВЫИГРЫШ АЗАРТНОЙ ИГРЫ' },
  lotteryTicket: { code: 7, label: 'ЛОТЕРЕЙНЫЙ БИЛЕТ' },
  lotteryWin: { code: 8, label: 'ВЫИГРЫШ ЛОТЕРЕИ' },
  intellectualProperty: { code: 9, label: 'ПРЕДОСТАВЛЕНИЕ РИД' },
  payment: { code: 10, label: 'ПЛАТЕЖ' },
  agentFee: { code: 11, label: 'АГЕНТСКОЕ ВОЗНАГРАЖДЕНИЕ' },
  composite: { code: 12, label: 'ВЫПЛАТА' },
  other: { code: 13, label: 'ИНОЙ ПРЕДМЕТ РАСЧЕТА' },
  propertyRight: { code: 14, label: 'ИМУЩЕСТВЕННОЕ ПРАВО' },
  nonOperatingIncome: { code: 15, label: 'ВНЕРЕАЛИЗАЦИОННЫЙ ДОХОД' },
  insuranceContribution: { code: 16, label: 'СТРАХОВЫЕ ВЗНОСЫ' },
  tradeLevy: { code: 17, label: 'ТОРГОВЫЙ СБОР' },
  resortLevy: { code: 18, label: 'ТУРИСТИЧЕСКИЙ НАЛОГ' },
  pledge: { code: 19, label: 'ЗАЛОГ' },
  expense: { code: 20, label: 'РАСХОД' },
  ownPensionContribution: { code: 21, label: 'ВЗНОСЫ НА ОПС ИП' },
  pensionContribution: { code: 22, label: 'ВЗНОСЫ НА ОПС' },
  ownMedicalContribution: { code: 23, label: 'ВЗНОСЫ НА ОМС ИП' },
  medicalContribution: { code: 24, label: 'ВЗНОСЫ НА ОМС' },
  socialContribution: { code: 25, label: 'ВЗНОСЫ НА ОСС' },
  casinoPayment: { code: 26, label: 'ПЛАТЕЖ КАЗИНО' },
  bankAgentPayout: { code: 27, label: 'ВЫДАЧА ДЕНЕЖНЫХ СРЕДСТВ' },
  exciseMarkedWithoutCode: { code: 30, label: 'ПОДАКЦИЗНЫЙ ТОВАР БЕЗ КМ' },
  exciseMarkedWithCode: { code: 31, label: 'ПОДАКЦИЗНЫЙ ТОВАР С КМ' },
  markedWithoutCode: { code: 32, label: 'ТОВАР БЕЗ КМ' },
  markedWithCode: { code: 33, label: 'ТОВАР С КМ' },
};

/** Tag 2108; the label is also what FFD 1.05 and 1.1 write as text in 1197. */
export const quantityUnits: Readonly<Record<QuantityUnit, CodeRow>> = {
  piece: { code: 0, label: 'шт.' },
  gram: { code: 10, label: 'г' },
  kilogram: { code: 11, label: 'кг' },
  ton: { code: 12, label: 'т' },
  centimeter: { code: 20, label: 'см' },
  decimeter: { code: 21, label: 'дм' },
  meter: { code: 22, label: 'м' },
  squareCentimeter: { code: 30, label: 'кв. см' },
  squareDecimeter: { code: 31, label: 'кв. дм' },
  squareMeter: { code: 32, label: 'кв. м' },
  milliliter: { code: 40, label: 'мл' },
  liter: { code: 41, label: 'л' },
  cubicMeter: { code: 42, label: 'куб. м' },
  kilowattHour: { code: 50, label: 'кВт·ч' },
  gigacalorie: { code: 51, label: 'Гкал' },
  day: { code: 70, label: 'сутки' },
  hour: { code: 71, label: 'час' },
  minute: { code: 72, label: 'мин' },
  second: { code: 73, label: 'с' },
  kilobyte: { code: 80, label: 'Кбайт' },
  megabyte: { code: 81, label: 'Мбайт' },
  gigabyte: { code: 82, label: 'Гбайт' },
  terabyte: { code: 83, label: 'Тбайт' },
  other: { code: 255, label: 'ед.' },
};

/** Tag 1222, one bit. */
export const agentTypes: Readonly<Record<AgentType, CodeRow>> = {
  bankPayingAgent: { code: 1, label: 'БАНК. ПЛ. АГЕНТ' },
  bankPayingSubagent: { code: 2, label: 'БАНК. ПЛ. СУБАГЕНТ' },
  payingAgent: { code: 4, label: 'ПЛ. АГЕНТ' },
  payingSubagent: { code: 8, label: 'ПЛ. СУБАГЕНТ' },
  attorney: { code: 16, label: 'ПОВЕРЕННЫЙ' },
  commissionAgent: { code: 32, label: 'КОМИССИОНЕР' },
  other: { code: 64, label: 'АГЕНТ' },
};

/** Children of tag 1163, by their tag. */
export const productCodeKinds: Readonly<Record<ProductCodeKind, CodeRow>> = {
  undefined: { code: 1300, label: 'КТ Н' },
  ean8: { code: 1301, label: 'КТ EAN-8' },
  ean13: { code: 1302, label: 'КТ EAN-13' },
  itf14: { code: 1303, label: 'КТ ITF-14' },
  gs1: { code: 1304, label: 'КТ GS1.0' },
  gs1m: { code: 1305, label: 'КТ GS1.М' },
  kmk: { code: 1306, label: 'КТ КМК' },
  mi: { code: 1307, label: 'КТ МИ' },
  egais2: { code: 1308, label: 'КТ ЕГАИС-2.0' },
  egais3: { code: 1309, label: 'КТ ЕГАИС-3.0' },
  f1: { code: 1320, label: 'КТ Ф.1' },
  f2: { code: 1321, label: 'КТ Ф.2' },
  f3: { code: 1322, label: 'КТ Ф.3' },
  f4: { code: 1323, label: 'КТ Ф.4' },
  f5: { code: 1324, label: 'КТ Ф.5' },
  f6: { code: 1325, label: 'КТ Ф.6' },
};

/** A VAT rate: its code in tag 1199, its fraction of a sum that includes it, and where a receipt totals it. */
export interface VatRow extends CodeRow {
  readonly numerator: number;
  readonly denominator: number;
  /** 1102 to 1107, or 1115 for the rates that have no tag of their own. */
  readonly totalTag: number;
}

/** Tag 1199. Tags 1104 and 1105 total the sums of settlement, the others the VAT itself. */
export const vatRates: Readonly<Record<RussianVatRate, VatRow>> = {
  '22': { code: 11, numerator: 22, denominator: 122, totalTag: 1115, label: 'НДС 22%' },
  '20': { code: 1, numerator: 20, denominator: 120, totalTag: 1102, label: 'НДС 20%' },
  '10': { code: 2, numerator: 10, denominator: 110, totalTag: 1103, label: 'НДС 10%' },
  '7': { code: 8, numerator: 7, denominator: 107, totalTag: 1115, label: 'НДС 7%' },
  '5': { code: 7, numerator: 5, denominator: 105, totalTag: 1115, label: 'НДС 5%' },
  '0': { code: 5, numerator: 0, denominator: 100, totalTag: 1104, label: 'НДС 0%' },
  none: { code: 6, numerator: 0, denominator: 100, totalTag: 1105, label: 'БЕЗ НДС' },
  '22/122': { code: 12, numerator: 22, denominator: 122, totalTag: 1115, label: 'НДС 22/122' },
  '20/120': { code: 3, numerator: 20, denominator: 120, totalTag: 1106, label: 'НДС 20/120' },
  '10/110': { code: 4, numerator: 10, denominator: 110, totalTag: 1107, label: 'НДС 10/110' },
  '7/107': { code: 10, numerator: 7, denominator: 107, totalTag: 1115, label: 'НДС 7/107' },
  '5/105': { code: 9, numerator: 5, denominator: 105, totalTag: 1115, label: 'НДС 5/105' },
};

/** The rates in the order in which receipts list them. (Keys of an object that look like numbers come sorted by value.) */
export const vatRateNames: readonly RussianVatRate[] = [
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

/**
 * The rate as one that Russian documents have.
 *
 * @throws ElcertError `RECEIPT_VALUE` at `path` for a rate of Kazakhstan alone, or none at all
 */
export function russianVatRate(rate: VatRate, path: string): RussianVatRate {
  if (Object.hasOwn(vatRates, rate)) return rate as RussianVatRate;
  throw fiscalDocError({
    code: 'RECEIPT_VALUE',
    message: `${path}: unknown rate ${JSON.stringify(rate)}; Russian documents have none such`,
    userMessage: 'Такой ставки НДС в России нет.',
    path,
  });
}

const namesByCode = new WeakMap<object, ReadonlyMap<number, string>>();

/** The name that a table gives to a code, or nothing. */
export function nameOfCode<Name extends string>(
  table: Readonly<Record<Name, CodeRow>>,
  code: number,
): Name | undefined {
  let names = namesByCode.get(table);
  if (names === undefined) {
    names = new Map((Object.keys(table) as Name[]).map((name) => [table[name].code, name]));
    namesByCode.set(table, names);
  }
  return names.get(code) as Name | undefined;
}
