import type { QuantityUnit } from '@elcert/fiscal-doc';

/** A unit of measure as tickets name it: by the code of the tax service's invoices (ЭСФ), mostly that of OKEI. */
export interface KzUnit {
  /** With its leading zeros, as text. */
  readonly code: string;
  /** Printed after a quantity. */
  readonly label: { readonly ru: string; readonly kk: string };
  /** The same unit in the neutral receipt, where it has one. */
  readonly unit?: QuantityUnit;
}

const row = (code: string, ru: string, kk: string, unit?: QuantityUnit): KzUnit => ({
  code,
  label: { ru, kk },
  ...(unit === undefined ? {} : { unit }),
});

/**
 * Known units: those of the lists of CashCore and Webkassa, and the rest of the neutral receipt's by OKEI. A ticket takes any other
 * code too.
 *
 * The lists disagree on the kilogram: 166 (Webkassa, and OKEI itself) and 116 (CashCore). Both are read; which one is written is a
 * setting, 166 unless told.
 */
export const kzUnits: readonly KzUnit[] = [
  row('796', 'шт', 'дана', 'piece'),
  row('166', 'кг', 'кг', 'kilogram'),
  row('116', 'кг', 'кг', 'kilogram'),
  row('163', 'г', 'г', 'gram'),
  row('168', 'т', 'т', 'ton'),
  row('004', 'см', 'см', 'centimeter'),
  row('005', 'дм', 'дм', 'decimeter'),
  row('006', 'м', 'м', 'meter'),
  row('051', 'см²', 'см²', 'squareCentimeter'),
  row('053', 'дм²', 'дм²', 'squareDecimeter'),
  row('055', 'м²', 'м²', 'squareMeter'),
  row('111', 'мл', 'мл', 'milliliter'),
  row('112', 'л', 'л', 'liter'),
  row('113', 'м³', 'м³', 'cubicMeter'),
  row('245', 'кВт·ч', 'кВт·сағ', 'kilowattHour'),
  row('233', 'Гкал', 'Гкал', 'gigacalorie'),
  row('359', 'сут', 'тлк', 'day'),
  row('356', 'ч', 'сағ', 'hour'),
  row('355', 'мин', 'мин', 'minute'),
  row('354', 'с', 'с', 'second'),
  row('256', 'Кбайт', 'Кбайт', 'kilobyte'),
  row('257', 'Мбайт', 'Мбайт', 'megabyte'),
  row('2553', 'Гбайт', 'Гбайт', 'gigabyte'),
  row('2554', 'Тбайт', 'Тбайт', 'terabyte'),
  row('642', 'ед', 'брл', 'other'),
  row('5114', 'усл', 'қзм'),
  row('931', 'раб', 'жұм'),
  row('003', 'мм', 'мм'),
  row('008', 'км', 'км'),
  row('018', 'м.пог', 'м.пог'),
  row('021', 'пог.м', 'өқм'),
  row('059', 'га', 'га'),
  row('061', 'км²', 'км²'),
  row('110', 'мм³', 'мм³'),
  row('122', 'гл', 'гл'),
  row('160', 'гг', 'гг'),
  row('161', 'мг', 'мг'),
  row('162', 'кар', 'мкар'),
  row('164', 'мкг', 'мкг'),
  row('206', 'ц', 'ц'),
  row('360', 'нед', 'апт'),
  row('362', 'мес', 'ай'),
  row('383', 'руб', 'рубль'),
  row('469', 'тг', 'тг'),
  row('625', 'лист', 'прқ'),
  row('643', 'тыс.ед', 'мың брл'),
  row('704', 'набор', 'жиынт'),
  row('715', 'пар', 'жұп'),
  row('728', 'пач', 'бм'),
  row('736', 'рул', 'орам'),
  row('778', 'упак', 'орм'),
  row('792', 'чел', 'адам'),
  row('797', '100 шт', '100 дана'),
  row('812', 'ящ', 'жәш'),
  row('839', 'компл', 'жиынт'),
  row('868', 'бут', 'бөт'),
  row('870', 'амп', 'амп'),
  row('872', 'фл', 'шиша'),
  row('5110', 'исслед', 'зерттеу'),
  row('5111', 'пач', 'бума'),
  row('5113', 'процед', 'рәсім'),
];

/** Which code a kilogram is written with. */
export type KzKilogram = '166' | '116';

const significant = (code: string) => code.replace(/^0+(?=.)/, '');

/** The unit of a code, however many zeros it begins with; nothing for a code that is in no list. */
export function kzUnit(code: string): KzUnit | undefined {
  const wanted = significant(code);
  return kzUnits.find((one) => significant(one.code) === wanted);
}

/** The code of a unit of the neutral receipt. */
export function kzUnitCode(unit: QuantityUnit, { kilogram = '166' }: { kilogram?: KzKilogram } = {}): string {
  if (unit === 'kilogram') return kilogram;
  // Every unit of the neutral receipt has a row.
  return kzUnits.find((one) => one.unit === unit)?.code ?? '642';
}
