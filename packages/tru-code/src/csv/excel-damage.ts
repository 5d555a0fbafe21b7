import { safeParseTruCode } from '../tru-code.js';

/** What a spreadsheet does to codes whose column is not formatted as text. */
export type ExcelDamageCode =
  /** `3,29921E+29`: the digits are gone. */
  | 'EXCEL_SCIENTIFIC'
  /** `329921120,06001` or `8,0`: taken for a number, digits cut off or added. */
  | 'EXCEL_NUMBER'
  /** `8` for `0008`, `36` for `036`. */
  | 'EXCEL_LOST_ZEROS'
  /** `06.01.2002` for `06-01-02`. */
  | 'EXCEL_DATE'
  /** `#Н/Д`, `#REF!`, `########`. */
  | 'EXCEL_ERROR'
  /** `'0008` or `="0008"`: the mark that protects a text came along with it. */
  | 'EXCEL_TEXT_MARK';

/** Damage that was recognised. */
export interface ExcelDamage {
  readonly code: ExcelDamageCode;
  readonly message: string;
  /** What happened and what to do, in Russian. */
  readonly userMessage: string;
}

/** What a cell was meant to hold. */
export type CellRole = 'tru' | 'manufacturer' | 'model' | 'country' | 'article' | 'ktsr';

const advice = 'Задайте столбцу текстовый формат до вставки данных и вставьте их заново';
const digitsOf: Partial<Readonly<Record<CellRole, number>>> = { manufacturer: 4, model: 4, country: 3 };

function damage(code: ExcelDamageCode, message: string, what: string): ExcelDamage {
  return { code, message, userMessage: `${what}. ${advice}` };
}

/**
 * Recognises what Excel (or another spreadsheet) has made of a code. Damage is never repaired: `8` may have been `0008`
 * and may have been `8000`.
 *
 * @returns nothing for a text that shows no damage, which does not mean that it is right
 * @example
 * ```ts
 * excelDamage('3,29921E+29', 'tru')?.code; // 'EXCEL_SCIENTIFIC'
 * excelDamage('8', 'manufacturer')?.code; // 'EXCEL_LOST_ZEROS'
 * ```
 */
export function excelDamage(text: string, role: CellRole): ExcelDamage | undefined {
  if (
    /^#(?:#+|Н\/Д|ССЫЛКА!|ЗНАЧ!|ИМЯ\?|ДЕЛ\/0!|ЧИСЛО!|ПУСТО!|N\/A|REF!|VALUE!|NAME\?|DIV\/0!|NUM!|NULL!)$/i.test(
      text,
    )
  ) {
    return damage(
      'EXCEL_ERROR',
      'an error of a formula',
      `В ячейке ошибка формулы или узкого столбца: ${text}`,
    );
  }
  if (/^'/.test(text) || /^="[^"]*"$/.test(text)) {
    return damage(
      'EXCEL_TEXT_MARK',
      'the mark of a text came along',
      'Вместе с кодом сохранился служебный знак текста (апостроф или ="…")',
    );
  }
  if (/^\d(?:[.,]\d+)?[EЕ]\+?\d+$/i.test(text)) {
    return damage(
      'EXCEL_SCIENTIFIC',
      'scientific notation, digits are lost',
      'Таблица превратила код в число вида 3,29921E+29, цифры потеряны',
    );
  }
  if (role === 'article') return undefined;
  if (
    /^\d{1,2}[./]\d{1,2}[./](?:\d{2}|\d{4})$/.test(text) ||
    /^\d{4}-\d{2}-\d{2}(?:[T ].*)?$/.test(text) ||
    /^\d{1,2}[-. ](?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[а-яa-z]*(?:[-. ]\d{2,4})?$/i.test(
      text,
    )
  ) {
    return damage('EXCEL_DATE', 'a date', 'Таблица превратила код в дату');
  }
  const length = digitsOf[role];
  if (length !== undefined) {
    if (/^\d+[.,]\d+$/.test(text))
      return damage('EXCEL_NUMBER', 'a number with a fraction', 'Таблица превратила код в дробное число');
    if (/^\d+$/.test(text) && text.length < length) {
      return damage(
        'EXCEL_LOST_ZEROS',
        `${text.length} digits of ${length}`,
        `Потеряны нули в начале: «${text}», а должно быть ${length} цифры`,
      );
    }
    return undefined;
  }
  if (role === 'tru' && !safeParseTruCode(text).ok) {
    // 15 significant digits are all that a spreadsheet keeps of a number.
    if (/^\d{1,9}[.,]\d{1,17}$/.test(text)) {
      const [whole = '', fraction = ''] = text.split(/[.,]/);
      if (whole.length < 9 && fraction.length >= 9) {
        return damage(
          'EXCEL_LOST_ZEROS',
          `${whole.length} digits of 9 before the point`,
          'Потеряны нули в начале кода ТРУ',
        );
      }
      if (whole.length + fraction.length <= 15) {
        return damage(
          'EXCEL_NUMBER',
          'a number, digits after the fifteenth are cut off',
          'Таблица превратила код ТРУ в число и отбросила последние цифры',
        );
      }
    }
    if (/^\d{14,15}0{4,}$/.test(text)) {
      return damage(
        'EXCEL_NUMBER',
        'a number, digits after the fifteenth are zeros',
        'Таблица превратила код ТРУ в число и заменила последние цифры нулями',
      );
    }
  }
  return undefined;
}
