import type { DocumentCode } from './document.js';
import { fiscalDocError } from './errors.js';

/**
 * The fiscal sign (ФПД) as it is printed, put in the QR and asked for: the last four of the six bytes of tag 1077, read
 * big-endian, as ten decimal digits.
 *
 * @throws ElcertError `BAD_FISCAL_SIGN` unless there are six bytes
 * @example
 * ```ts
 * fiscalSignText(Uint8Array.of(0x31, 0x04, 0xbb, 0xf7, 0xd1, 0x0f)); // '3153580303'
 * ```
 */
export function fiscalSignText(bytes: Uint8Array): string {
  if (bytes.length !== 6) {
    throw fiscalDocError({
      code: 'BAD_FISCAL_SIGN',
      message: `a fiscal sign has 6 bytes, not ${bytes.length}`,
    });
  }
  let value = 0;
  for (let at = 2; at < 6; at += 1) value = value * 256 + (bytes[at] as number);
  return String(value).padStart(10, '0');
}

/**
 * The six bytes of tag 1077 for a printed sign. The first byte is 21h in registrations, 33h in corrections and 31h elsewhere,
 * the second says "four bytes": seen in real documents, not documented.
 *
 * @param text - one to ten decimal digits, at most 4294967295
 * @throws ElcertError `BAD_FISCAL_SIGN`
 */
export function fiscalSignBytes(text: string, documentCode: DocumentCode = 3): Uint8Array {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 0xffff_ffff)) {
    throw fiscalDocError({
      code: 'BAD_FISCAL_SIGN',
      message: 'a fiscal sign is a decimal number of 32 bits',
      path: 'fiscalSign',
    });
  }
  const type =
    documentCode === 1 || documentCode === 11
      ? 0x21
      : documentCode === 31 || documentCode === 41
        ? 0x33
        : 0x31;
  return Uint8Array.of(type, 4, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/**
 * The message sign (ФПС) as the tax service's `messageFiscalSign`: its eight bytes as a big-endian number. It is above 2⁵³.
 *
 * @throws ElcertError `BAD_FISCAL_SIGN` unless there are eight bytes
 */
export function messageSignNumber(bytes: Uint8Array): bigint {
  if (bytes.length !== 8) {
    throw fiscalDocError({
      code: 'BAD_FISCAL_SIGN',
      message: `a message sign has 8 bytes, not ${bytes.length}`,
    });
  }
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** The eight bytes of such a number. @throws ElcertError `BAD_FISCAL_SIGN` when it does not fit */
export function messageSignBytes(value: bigint): Uint8Array {
  if (value < 0n || value >> 64n !== 0n) {
    throw fiscalDocError({ code: 'BAD_FISCAL_SIGN', message: 'a message sign is a number of 64 bits' });
  }
  return Uint8Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(8 * (7 - at))) & 0xffn));
}
