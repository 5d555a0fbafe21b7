import { crc16CcittFalse } from '@elcert/core';
import { fiscalDocError } from './errors.js';

/** What a check of a number found: `form` – not such a number at all; `digits` – its check digits are wrong. */
export type NumberCheck = 'ok' | 'form' | 'digits';

const inn10 = [2, 4, 10, 3, 5, 9, 4, 6, 8];
const inn11 = [7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
const inn12 = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];

function checkDigit(text: string, weights: readonly number[]): number {
  let sum = 0;
  weights.forEach((weight, index) => {
    sum += weight * Number(text[index]);
  });
  return (sum % 11) % 10;
}

/**
 * Checks a taxpayer number (ИНН): ten digits of an organisation or twelve of a person. Wrong check digits are a warning, not
 * an error: legitimate test data have them.
 */
export function checkInn(inn: string): NumberCheck {
  if (/^\d{10}$/.test(inn)) return checkDigit(inn, inn10) === Number(inn[9]) ? 'ok' : 'digits';
  if (!/^\d{12}$/.test(inn)) return 'form';
  return checkDigit(inn, inn11) === Number(inn[10]) && checkDigit(inn, inn12) === Number(inn[11])
    ? 'ok'
    : 'digits';
}

/** The parts of a register's registration number (РНМ ККТ, tag 1037). */
export interface KktRegistration {
  /** Running number that the tax service gave, up to ten digits. */
  readonly number: string;
  readonly inn: string;
  /** Factory number of the register, up to 20 characters. */
  readonly kktSerialNumber: string;
}

/**
 * The last six digits of a registration number: CRC-16/CCITT-FALSE over the running number (10), the INN (12) and the factory
 * number (20), each with zeros on the left.
 *
 * @throws ElcertError `RECEIPT_VALUE` with a path when a part is too long or not of digits
 */
export function kktRegistrationNumberCheck({ number, inn, kktSerialNumber }: KktRegistration): string {
  const wrong = (path: string) =>
    fiscalDocError({ code: 'RECEIPT_VALUE', message: `${path} cannot be in a registration number`, path });
  if (!/^\d{1,10}$/.test(number)) throw wrong('number');
  if (!/^\d{1,12}$/.test(inn)) throw wrong('inn');
  if (!/^[\x21-\x7e]{1,20}$/.test(kktSerialNumber)) throw wrong('kktSerialNumber');
  const text = number.padStart(10, '0') + inn.padStart(12, '0') + kktSerialNumber.padStart(20, '0');
  const crc = crc16CcittFalse(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  return String(crc).padStart(6, '0');
}

/** Makes a registration number of 16 digits. */
export function kktRegistrationNumber(registration: KktRegistration): string {
  return registration.number.padStart(10, '0') + kktRegistrationNumberCheck(registration);
}

/**
 * Checks a registration number against its owner and register. Test drives hold arbitrary numbers: a warning, not an error.
 *
 * @param text - 16 digits, spaces around are allowed as in tag 1037
 */
export function checkKktRegistrationNumber(
  text: string,
  owner: Pick<KktRegistration, 'inn' | 'kktSerialNumber'>,
): NumberCheck {
  const digits = text.trim();
  if (!/^\d{16}$/.test(digits)) return 'form';
  const expected = kktRegistrationNumberCheck({ ...owner, number: digits.slice(0, 10) });
  return digits.slice(10) === expected ? 'ok' : 'digits';
}
