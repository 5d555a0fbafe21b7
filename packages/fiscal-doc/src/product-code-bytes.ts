import { fiscalDocError } from './errors.js';
import type { ProductCode, ProductCodeKind } from './receipt.js';

// Tag 1162 of FFD 1.05 and 1.1: two bytes that name the kind of the code, then the code – article numbers as six bytes, the highest
// first, the rest as ASCII. FFD 1.2 has 1163 in its place, with a tag for each kind.

type OldKind = Extract<
  ProductCodeKind,
  'undefined' | 'ean8' | 'ean13' | 'itf14' | 'gs1m' | 'mi' | 'egais2' | 'egais3'
>;

const marks: Readonly<Record<OldKind, number>> = {
  undefined: 0x0000,
  ean8: 0x4508,
  ean13: 0x450d,
  itf14: 0x490e,
  gs1m: 0x444d,
  mi: 0x5246,
  egais2: 0xc514,
  egais3: 0xc51e,
};

const digitsOf: Partial<Readonly<Record<OldKind, number>>> = { ean8: 8, ean13: 13, itf14: 14 };

const longest = 32;

function ascii(text: string): Uint8Array | undefined {
  return /^[\x21-\x7e]+$/.test(text)
    ? Uint8Array.from(text, (character) => character.charCodeAt(0))
    : undefined;
}

/** An article number as six bytes, the highest first. */
function sixBytes(digits: string): Uint8Array {
  let rest = Number(digits);
  const bytes = new Uint8Array(6);
  for (let at = 5; at >= 0; at -= 1) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/**
 * The value of tag 1162.
 *
 * @throws ElcertError `RECEIPT_VALUE` at `path` for a kind that FFD 1.05 and 1.1 lack, and for a code of another form
 */
export function productCodeBytes({ kind, value }: ProductCode, path: string): Uint8Array {
  const wrong = (message: string): never => {
    throw fiscalDocError({ code: 'RECEIPT_VALUE', message: `${path}: ${message}`, path });
  };
  if (!Object.hasOwn(marks, kind)) return wrong(`tag 1162 has no kind ${JSON.stringify(kind)}`);
  const mark = marks[kind as OldKind];
  const digits = digitsOf[kind as OldKind];
  let body: Uint8Array | undefined;
  if (digits !== undefined) body = new RegExp(`^\\d{${digits}}$`).test(value) ? sixBytes(value) : undefined;
  else if (kind === 'gs1m') {
    const [, gtin = '', serial = ''] = /^01(\d{14})21(.+)$/s.exec(value) ?? [];
    const tail = ascii(serial);
    body = tail === undefined ? undefined : Uint8Array.of(...sixBytes(gtin), ...tail);
  } else body = ascii(value);
  if (body === undefined) return wrong(`no code of the kind ${kind}`);
  if (body.length + 2 > longest)
    return wrong(`a code of ${body.length} bytes, tag 1162 holds ${longest - 2}`);
  return Uint8Array.of(mark >> 8, mark & 0xff, ...body);
}

/** {@link productCodeBytes} back. @returns nothing for a kind or a form that is not known */
export function productCodeOfBytes(bytes: Uint8Array): ProductCode | undefined {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const kind = (Object.keys(marks) as OldKind[]).find((one) => marks[one] === mark);
  if (kind === undefined || bytes.length < 3) return undefined;
  const text = (from: number) => String.fromCharCode(...bytes.subarray(from));
  const number = (digits: number) => {
    const value = bytes.subarray(2, 8).reduce((sum, byte) => sum * 256 + byte, 0);
    const found = String(value).padStart(digits, '0');
    return found.length === digits ? found : undefined;
  };
  const digits = digitsOf[kind];
  if (digits !== undefined) {
    const value = bytes.length === 8 ? number(digits) : undefined;
    return value === undefined ? undefined : { kind, value };
  }
  const from = kind === 'gs1m' ? 8 : 2;
  const gtin = kind === 'gs1m' ? number(14) : '';
  if (gtin === undefined || ascii(text(from)) === undefined) return undefined;
  return { kind, value: kind === 'gs1m' ? `01${gtin}21${text(from)}` : text(from) };
}
