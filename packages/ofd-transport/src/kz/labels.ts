import type { KzOperation } from './messages.js';

/** What a paper is written in: Kazakh and Russian side by side, as the law wants it, or one of them. */
export type KzLanguage = 'kk-ru' | 'kk' | 'ru';

/** A word in Kazakh and Russian. */
export type Label = readonly [kk: string, ru: string];

/** Words of receipts and reports, Kazakh and Russian. The short ones (ФБ/ФП, МЗН/ЗНМ …) are those that CashCore prints. */
export const labels = {
  sale: ['САТУ', 'ПРОДАЖА'],
  saleReturn: ['САТУДЫ ҚАЙТАРУ', 'ВОЗВРАТ ПРОДАЖИ'],
  purchase: ['САТЫП АЛУ', 'ПОКУПКА'],
  purchaseReturn: ['САТЫП АЛУДЫ ҚАЙТАРУ', 'ВОЗВРАТ ПОКУПКИ'],
  fiscalReceipt: ['ФИСКАЛДЫ ЧЕК', 'ФИСКАЛЬНЫЙ ЧЕК'],
  copy: ['КӨШІРМЕ', 'КОПИЯ'],
  autonomous: ['АВТОНОМДЫ РЕЖИМ', 'АВТОНОМНЫЙ РЕЖИМ'],
  taxpayer: ['ЖСН(БСН)', 'ИИН(БИН)'],
  buyer: ['Сатып алушының ЖСН(БСН)', 'ИИН(БИН) покупателя'],
  vatSeries: ['ҚҚС сериясы', 'Серия НДС'],
  vatNumber: ['ҚҚС нөмірі', 'Номер НДС'],
  serialNumber: ['МЗН', 'ЗНМ'],
  registrationNumber: ['МТН', 'РНМ'],
  documentNumber: ['Реттік нөмірі', 'Порядковый номер'],
  shift: ['Ауысым', 'Смена'],
  cashier: ['Кассир', 'Кассир'],
  dateTime: ['Күні, уақыты', 'Дата, время'],
  parent: ['Бастапқы чек', 'Исходный чек'],
  ntin: ['ҰТК', 'НКТ'],
  barcode: ['Штрихкод', 'Штрихкод'],
  markingCode: ['ТК', 'КМ'],
  stamp: ['Есепке алу-бақылау маркасы', 'УКМ'],
  discount: ['Жеңілдік', 'Скидка'],
  markup: ['Үстеме', 'Наценка'],
  vat: ['ҚҚС', 'НДС'],
  vatInside: ['оның ішінде ҚҚС', 'в т.ч. НДС'],
  noVat: ['ҚҚС-сыз', 'Без НДС'],
  total: ['ЖИЫНЫ', 'ИТОГО'],
  taken: ['Қабылданды', 'Принято'],
  change: ['Қайтарым', 'Сдача'],
  fiscalSign: ['ФБ', 'ФП'],
  autonomousSign: ['Автономды ФБ', 'Автономный ФП'],
  ofd: ['ФДО', 'ОФД'],
  check: ['Чекті тексеру', 'Проверка чека'],
  xReport: ['X-ЕСЕП', 'X-ОТЧЕТ'],
  zReport: ['Z-ЕСЕП', 'Z-ОТЧЕТ'],
  opened: ['Ауысым ашылды', 'Смена открыта'],
  closed: ['Ауысым жабылды', 'Смена закрыта'],
  startSums: ['АУЫСЫМ БАСЫНДАҒЫ ЖИНАҚТАЛҒАН СОМА', 'НЕОБНУЛЯЕМАЯ СУММА НА НАЧАЛО СМЕНЫ'],
  endSums: ['ЖИНАҚТАЛҒАН СОМА', 'НЕОБНУЛЯЕМАЯ СУММА'],
  tickets: ['Чектер', 'Чеков'],
  ticketsTotal: ['Барлық уақыттағы чектер', 'Чеков за все время'],
  offlineTickets: ['Автономды чектер', 'Автономных чеков'],
  section: ['Секция', 'Секция'],
  sections: ['СЕКЦИЯЛАР', 'СЕКЦИИ'],
  taxes: ['САЛЫҚТАР', 'НАЛОГИ'],
  turnover: ['Айналым', 'Оборот'],
  deposit: ['Кассаға салу', 'Внесение'],
  withdrawal: ['Кассадан алу', 'Изъятие'],
  cash: ['Кассадағы қолма-қол ақша', 'Наличных в кассе'],
  revenue: ['Түсім', 'Выручка'],
  checksum: ['Бақылау сомасы', 'Контрольная сумма'],
  document: ['Құжат', 'Документ'],
} as const satisfies Readonly<Record<string, Label>>;

/** Ways of payment. */
export const paymentLabels: Readonly<Record<string, Label>> = {
  PAYMENT_CASH: ['Қолма-қол', 'Наличные'],
  PAYMENT_CARD: ['Карта', 'Карта'],
  PAYMENT_MOBILE: ['Мобильді төлем', 'Мобильный платеж'],
  PAYMENT_CREDIT: ['Несие', 'Кредит'],
  PAYMENT_TARE: ['Ыдыс', 'Тара'],
};

/** The operations of a ticket. */
export const operationLabels: Readonly<Record<KzOperation, Label>> = {
  OPERATION_SELL: labels.sale,
  OPERATION_SELL_RETURN: labels.saleReturn,
  OPERATION_BUY: labels.purchase,
  OPERATION_BUY_RETURN: labels.purchaseReturn,
};

/** A label in a language; words that are the same in both stand once. */
export function inLanguage([kk, ru]: Label, language: KzLanguage): string {
  if (language === 'kk') return kk;
  if (language === 'ru') return ru;
  return kk === ru ? ru : `${kk}/${ru}`;
}
