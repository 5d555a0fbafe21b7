import {
  byteReader,
  byteWriter,
  decodeText,
  type ElcertError,
  encodeText,
  isElcertError,
  redactText,
} from '@elcert/core';
import { clearCardNumbers, peopleText } from '../people-text.js';
import { type InpasErrorCode, inpasError } from './errors.js';
import { type InpasFieldName, inpasFieldNumber, inpasFieldSpec } from './table.js';

/**
 * The fields of a message by their number, in the order of the wire. Values are text of windows-1251, which has a character for
 * every byte: relayed bytes are carried as they are ({@link inpasBytes}).
 */
export type InpasFields = ReadonlyMap<number, string>;

/** Longest list of fields, bytes: a slip of two long copies is a tenth of it. */
export const inpasMaxMessage = 1 << 16;

/** Makes a message of named fields, in the order of their numbers. */
export function inpasMessage(
  values: Readonly<Partial<Record<InpasFieldName, string | undefined>>>,
): InpasFields {
  const entries = Object.entries(values).flatMap(([name, value]): [number, string][] =>
    value === undefined ? [] : [[inpasFieldNumber(name as InpasFieldName), value]],
  );
  return new Map(entries.sort(([a], [b]) => a - b));
}

/** A named field of a message. */
export function inpasField(fields: InpasFields, name: InpasFieldName): string | undefined {
  return fields.get(inpasFieldNumber(name));
}

/** Bytes as the text that carries them. */
export const inpasText = (bytes: Uint8Array): string => decodeText(bytes, 'windows-1251');

/** @throws ElcertError `UNMAPPABLE_CHARACTER` */
export const inpasBytes = (text: string): Uint8Array => encodeText(text, 'windows-1251', 'refuse').bytes;

/** A whole number of a field; nothing when it is absent, `-1` ("none") or not a number. */
export function inpasNumber(fields: InpasFields, name: InpasFieldName): number | undefined {
  const text = inpasField(fields, name)?.trim();
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Writes fields: number, length (two bytes, little-endian), value.
 *
 * @throws ElcertError `BAD_FIELD` with `path` for a number that is no byte or a text that windows-1251 does not have;
 * `OUTPUT_TOO_LONG` of the core
 */
export function encodeInpasTlv(fields: InpasFields): Uint8Array {
  const writer = byteWriter(inpasMaxMessage);
  for (const [number, value] of fields) {
    const path = String(number);
    if (!Number.isInteger(number) || number < 0 || number > 255)
      throw inpasError({ code: 'BAD_FIELD', message: `no field ${number}`, path });
    let bytes: Uint8Array;
    try {
      bytes = inpasBytes(value);
    } catch (cause) {
      throw inpasError({ code: 'BAD_FIELD', message: 'a character that windows-1251 lacks', path, cause });
    }
    writer.u8(number).u16le(bytes.length).bytes(bytes);
  }
  return writer.finish();
}

/**
 * Reads fields; unknown ones are kept.
 *
 * @throws ElcertError `BAD_MESSAGE` with `position` for a field that is cut, or that stands twice
 */
export function decodeInpasTlv(bytes: Uint8Array): InpasFields {
  const fields = new Map<number, string>();
  const reader = byteReader(bytes);
  const bad = (message: string, position: number, cause?: unknown) =>
    inpasError({ code: 'BAD_MESSAGE', message, position, cause });
  if (bytes.length > inpasMaxMessage) throw bad(`more than ${inpasMaxMessage} bytes`, inpasMaxMessage);
  while (reader.remaining > 0) {
    const position = reader.position;
    try {
      const number = reader.u8();
      const value = inpasText(reader.take(reader.u16le()));
      if (fields.has(number)) throw bad(`field ${number} stands twice`, position);
      fields.set(number, value);
    } catch (error) {
      if (isElcertError(error, 'BAD_MESSAGE')) throw error;
      throw bad('a field is cut', position, error);
    }
  }
  return fields;
}

/** {@link decodeInpasTlv} with its error as a value. */
export function safeDecodeInpasTlv(
  bytes: Uint8Array,
):
  | { readonly ok: true; readonly fields: InpasFields }
  | { readonly ok: false; readonly error: ElcertError<InpasErrorCode> } {
  try {
    return { ok: true, fields: decodeInpasTlv(bytes) };
  } catch (error) {
    if (isElcertError(error)) return { ok: false, error: error as ElcertError<InpasErrorCode> };
    throw error;
  }
}

/** A card number as anybody may see it: stars and the last four digits. */
export function maskedPan(pan: string): string {
  const digits = pan.replace(/[^\d*]/g, '');
  return `${'*'.repeat(Math.max(digits.length - 4, 0))}${digits.slice(-4)}`;
}

/** A copy of a message that may be logged: without card numbers, tracks, PIN blocks and keys. */
export function redactInpas(fields: InpasFields): InpasFields {
  const secrets = inpasCardNumbers(fields);
  return new Map(
    [...fields].map(([number, value]): [number, string] => {
      const mask = inpasFieldSpec(number);
      if (mask === undefined) return [number, value === '' ? '' : '***'];
      switch (mask.mask) {
        case 'all':
          return [number, value === '' ? '' : '***'];
        case 'pan':
          return [number, maskedPan(value)];
        case 'bytes':
          // The address of a relay is no secret, and it is what a support asks for first.
          return [number, /^[\w.:-]+;\d{1,5};?$/.test(value) ? value : `<${value.length} bytes>`];
        case 'text':
          return [number, peopleText(value, secrets)];
        default:
          return [number, redactText(value)];
      }
    }),
  );
}

/** The card numbers that a message names in clear: its texts may repeat them. */
export function inpasCardNumbers(fields: InpasFields): readonly string[] {
  return clearCardNumbers([inpasField(fields, 'pan'), inpasField(fields, 'adminPan')]);
}

/**
 * What a terminal writes for the cashier, without the picture's name (`ОДОБРЕНО^APPROVED.JPG~`), card numbers and hashes.
 *
 * @param secrets - more that must not be shown, e.g. {@link inpasCardNumbers}
 */
export function inpasUserText(text: string, secrets: readonly string[] = []): string {
  return peopleText(text.replace(/\^[^^~]*~\s*$/, '').trim(), secrets);
}

const copyMark = /0x([0-9A-Fa-f]{2})\^\^/;

/**
 * The lines of field 90: its copies (`0xDF^^` the buyer's, `0xDA^^` the shop's), masked, split by a line `[cut]`; other
 * parts (`0xDE^^`, the card's name) are left out. A text without marks is one copy.
 */
export function inpasSlip(
  receiptData: string | undefined,
  secrets: readonly string[] = [],
): readonly string[] | undefined {
  if (receiptData === undefined || receiptData.trim() === '') return undefined;
  // What `split` captures stands at the odd places: text before the first mark, mark, text, mark, text …
  const parts = receiptData.split(copyMark);
  const copies: string[] = [];
  if (parts.length === 1) copies.push(receiptData);
  for (let index = 1; index < parts.length; index += 2) {
    const mark = parts[index]?.toUpperCase();
    if (mark === 'DF' || mark === 'DA') copies.push((parts[index + 1] ?? '').replace(/~\s*$/, ''));
  }
  const lines = copies.map((copy) =>
    peopleText(copy, secrets)
      .split(/\r?\n/)
      .map((line) => line.trimEnd())
      .slice(0, 1000),
  );
  for (const copy of lines) {
    while (copy.length > 0 && copy.at(-1) === '') copy.pop();
    while (copy.length > 0 && copy[0] === '') copy.shift();
  }
  const filled = lines.filter((copy) => copy.length > 0);
  return filled.length === 0
    ? undefined
    : filled.flatMap((copy, index) => (index === 0 ? copy : ['[cut]', ...copy]));
}
