import { KzError } from './errors.js';

/** What a number of a taxpayer of Kazakhstan says of itself. */
export type KzTaxpayerNumber =
  | {
      readonly kind: 'iin';
      readonly number: string;
      /** ISO date; absent where the century is not told (seventh digit 0). */
      readonly birthday?: string;
      readonly sex?: 'male' | 'female';
    }
  | {
      readonly kind: 'bin';
      readonly number: string;
      /** `YYYY-MM` of the registration. */
      readonly registered: string;
      readonly holder: 'resident' | 'nonResident' | 'jointEnterprise';
      /** Sixth digit: head office, branch, representation, peasant farm; absent for another digit. */
      readonly office?: 'head' | 'branch' | 'representation' | 'farm';
    };

const weights = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as const;
const secondWeights = [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2] as const;

function remainder(digits: string, by: readonly number[]): number {
  return by.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0) % 11;
}

/**
 * The twelfth digit of an IIN or BIN.
 *
 * @param digits - the first eleven; more are not looked at
 * @returns nothing when no number begins so: both rows of weights give ten
 * @example
 * ```ts
 * kzControlDigit('90010130001'); // 7
 * ```
 */
export function kzControlDigit(digits: string): number | undefined {
  if (!/^\d{11}/.test(digits)) return undefined;
  const first = remainder(digits, weights);
  if (first < 10) return first;
  const second = remainder(digits, secondWeights);
  return second < 10 ? second : undefined;
}

function bad(message: string, userMessage: string, path: string | undefined): never {
  throw new KzError({ code: 'BAD_VALUE', message, userMessage, path });
}

/**
 * Reads an IIN (of a person) or a BIN (of a company): twelve digits, the date in it, the control digit.
 *
 * The fifth digit tells them apart: it begins the day of a birthday (0 to 3), or is 4 to 6 in a BIN.
 *
 * @param path - where the number stands, for the error
 * @throws KzError `BAD_VALUE`: not twelve digits, no such date, no such kind, another control digit
 * @example
 * ```ts
 * parseKzTaxpayerNumber('900101300017'); // { kind: 'iin', birthday: '1990-01-01', sex: 'male', … }
 * ```
 */
export function parseKzTaxpayerNumber(text: string, path?: string): KzTaxpayerNumber {
  if (typeof text !== 'string' || !/^\d{12}$/.test(text))
    bad('an IIN or BIN has twelve digits', 'ИИН/БИН состоит из 12 цифр.', path);
  const control = kzControlDigit(text);
  if (control === undefined)
    bad('no IIN or BIN has these first eleven digits', 'Такого ИИН/БИН не существует.', path);
  if (control !== Number(text[11]))
    bad(
      `the control digit of ${text} is ${text[11]}, ${control} is right`,
      'Ошибка в ИИН/БИН: не сходится контрольная цифра.',
      path,
    );
  return Number(text[4]) < 4 ? iin(text, path) : bin(text, path);
}

function iin(number: string, path: string | undefined): KzTaxpayerNumber {
  const [year, month, day] = [number.slice(0, 2), number.slice(2, 4), number.slice(4, 6)];
  const mark = Number(number[6]);
  if (mark > 6) bad(`seventh digit ${mark} of an IIN`, 'Ошибка в ИИН: неверная седьмая цифра.', path);
  // Without a century any leap year will do to check the day.
  const century = mark === 0 ? 20 : 17 + Math.ceil(mark / 2);
  const fullYear = mark === 0 ? 2000 : century * 100 + Number(year);
  const date = new Date(Date.UTC(fullYear, Number(month) - 1, Number(day)));
  if (date.getUTCMonth() + 1 !== Number(month) || date.getUTCDate() !== Number(day))
    bad(`no such birthday: ${number.slice(0, 6)}`, 'Ошибка в ИИН: нет такой даты рождения.', path);
  if (mark === 0) return { kind: 'iin', number };
  return {
    kind: 'iin',
    number,
    birthday: `${fullYear}-${month}-${day}`,
    sex: mark % 2 === 1 ? 'male' : 'female',
  };
}

const holders = { 4: 'resident', 5: 'nonResident', 6: 'jointEnterprise' } as const;
const offices = ['head', 'branch', 'representation', 'farm'] as const;

function bin(number: string, path: string | undefined): KzTaxpayerNumber {
  const month = Number(number.slice(2, 4));
  if (month < 1 || month > 12)
    bad(`no such month of registration: ${number.slice(0, 4)}`, 'Ошибка в БИН: нет такого месяца.', path);
  const holder = holders[Number(number[4]) as keyof typeof holders];
  if (holder === undefined)
    bad(`fifth digit ${number[4]} of a BIN`, 'Ошибка в БИН: неверная пятая цифра.', path);
  const office = offices[Number(number[5])];
  // Numbers are given out since 2007; companies that were there before carry the two digits of an earlier year.
  const year = Number(number.slice(0, 2));
  return {
    kind: 'bin',
    number,
    registered: `${year >= 80 ? 19 : 20}${number.slice(0, 2)}-${number.slice(2, 4)}`,
    holder,
    ...(office === undefined ? {} : { office }),
  };
}

/** Whether a text is a number that {@link parseKzTaxpayerNumber} takes. */
export function isKzTaxpayerNumber(text: string): boolean {
  try {
    parseKzTaxpayerNumber(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The registration number (РНМ) in force. After a change of registration papers print `old/new`, and cabinets do with spaces around:
 * the newest is the last.
 *
 * @param path - where the number stands, for the error
 * @throws KzError `BAD_VALUE` unless every part is digits, at most 20
 * @example
 * ```ts
 * newestKzRegistrationNumber('010100000001/010101012345'); // '010101012345'
 * ```
 */
export function newestKzRegistrationNumber(text: string, path?: string): string {
  const parts = String(text)
    .split('/')
    .map((part) => part.trim());
  const newest = parts.at(-1) ?? '';
  if (!parts.every((part) => /^\d{1,20}$/.test(part)))
    bad('a registration number is digits, or old/new', 'Регистрационный номер кассы указан неверно.', path);
  return newest;
}
