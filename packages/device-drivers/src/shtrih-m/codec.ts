import {
  type ByteReader,
  type ByteWriter,
  byteReader,
  byteWriter,
  decodeText,
  ElcertError,
  encodeText,
  formatDecimal,
  parseDecimal,
  rescaleDecimal,
} from '@elcert/core';
import { type CommandCode, type CommandRow, commands } from './commands.js';
import { codecError, type FieldsOf, type FieldValue, type Layout } from './layout.js';

/** Parameters of a command, by its code. */
export type RequestOf<C extends CommandCode> = FieldsOf<(typeof commands)[C]['request']>;

/** Data of an answer, by the code of its command. */
export type ResponseOf<C extends CommandCode> = FieldsOf<(typeof commands)[C]['response']>;

/** Fields whose command is known at run time only. */
export type AnyFields = Readonly<Record<string, FieldValue>>;

/** A command as it came over the wire. */
export interface DecodedRequest {
  readonly code: CommandCode;
  readonly fields: AnyFields;
}

/** An answer as it came over the wire: `fields` only when `error` is 0. */
export interface DecodedAnswer {
  readonly code: CommandCode;
  /** 0, or a result code of the errors table. */
  readonly error: number;
  readonly fields: AnyFields | undefined;
}

/** The longest body of protocol 2 that is believed. */
export const maxBodyLength = 4096;

const allOnes = 2n ** 40n - 1n;
const integerSizes: Readonly<Record<string, number>> = {
  u8: 1,
  u16: 2,
  u24: 3,
  u32: 4,
  u40: 5,
  u48: 6,
  u56: 7,
  u64: 8,
  operatorPassword: 4,
  adminPassword: 4,
  sum: 5,
  sum6: 6,
  sum8: 8,
};

const rowOf = (code: string): CommandRow | undefined =>
  Object.hasOwn(commands, code) ? (commands[code as CommandCode] as CommandRow) : undefined;

/** Whether the table has this code. */
export function isCommandCode(code: string): code is CommandCode {
  return Object.hasOwn(commands, code);
}

/** The code at the beginning of a body: one byte, or two when the first is FFh. `undefined` for an empty body or a lone FFh. */
export function commandCodeOf(body: Uint8Array): string | undefined {
  const first = body[0];
  if (first === undefined) return undefined;
  if (first !== 0xff) return first.toString(16).padStart(2, '0').toUpperCase();
  const second = body[1];
  return second === undefined ? undefined : `FF${second.toString(16).padStart(2, '0').toUpperCase()}`;
}

function writeCode(writer: ByteWriter, code: string): void {
  for (let at = 0; at < code.length; at += 2) writer.u8(Number.parseInt(code.slice(at, at + 2), 16));
}

const asNumber = (value: FieldValue, path: string): number => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw codecError('BAD_FIELD', `${path} wants a whole number`, path);
  }
  return value;
};
const asText = (value: FieldValue, path: string): string => {
  if (typeof value !== 'string') throw codecError('BAD_FIELD', `${path} wants a text`, path);
  return value;
};
const asBytes = (value: FieldValue, path: string): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw codecError('BAD_FIELD', `${path} wants bytes`, path);
  return value;
};

function matchNumbers(text: string, pattern: RegExp, path: string): number[] {
  const match = pattern.exec(text);
  if (match === null)
    throw codecError('BAD_FIELD', `${path}: ${JSON.stringify(text.slice(0, 40))} has another form`, path);
  return match.slice(1).map(Number);
}

function yearOfCentury(year: number, path: string): number {
  if (year < 2000 || year > 2099) throw codecError('BAD_FIELD', `${path}: years 2000 to 2099 only`, path);
  return year - 2000;
}

function padded(bytes: Uint8Array, size: number, fill: number, path: string): Uint8Array {
  if (bytes.length > size) throw codecError('BAD_FIELD', `${path}: more than ${size} bytes`, path);
  const out = new Uint8Array(size).fill(fill);
  out.set(bytes);
  return out;
}

function writeField(writer: ByteWriter, type: string, value: FieldValue, path: string): void {
  const [kind = '', parameter = ''] = type.split(':');
  switch (kind) {
    case 'i16': {
      const number = asNumber(value, path);
      if (number < -0x8000 || number > 0x7fff) throw codecError('BAD_FIELD', `${path}: out of 16 bits`, path);
      writer.u16le(number & 0xffff);
      return;
    }
    case 'sumOrAuto':
      if (value === 'auto') writer.uintLe(allOnes, 5);
      else writer.uintLe(asNumber(value, path), 5);
      return;
    case 'quantity5':
    case 'quantity6': {
      const scale = kind === 'quantity5' ? 3 : 6;
      writer.uintLe(rescaleDecimal(parseDecimal(asText(value, path)), scale).units, scale === 3 ? 5 : 6);
      return;
    }
    case 'date':
    case 'fnDate': {
      const [year = 0, month = 0, day = 0] = matchNumbers(
        asText(value, path),
        /^(\d{4})-(\d\d)-(\d\d)$/,
        path,
      );
      const short = yearOfCentury(year, path);
      if (kind === 'date') writer.u8(day).u8(month).u8(short);
      else writer.u8(short).u8(month).u8(day);
      return;
    }
    case 'time':
      for (const part of matchNumbers(asText(value, path), /^(\d\d):(\d\d):(\d\d)$/, path)) writer.u8(part);
      return;
    case 'fnDateTime': {
      const text = asText(value, path);
      if (text === '') {
        writer.bytes(new Uint8Array(5));
        return;
      }
      const [year = 0, ...rest] = matchNumbers(text, /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::\d\d)?$/, path);
      writer.u8(yearOfCentury(year, path));
      for (const part of rest) writer.u8(part);
      return;
    }
    case 'text': {
      const { bytes } = encodeText(asText(value, path), 'windows-1251');
      writer.bytes(parameter === '' ? bytes : padded(bytes, Number(parameter), 0, path));
      return;
    }
    case 'ascii': {
      const text = asText(value, path);
      if (!/^[\x20-\x7e]*$/.test(text)) throw codecError('BAD_FIELD', `${path}: ASCII only`, path);
      writer.bytes(padded(new TextEncoder().encode(text), Number(parameter), 0x20, path));
      return;
    }
    case 'bytes': {
      const bytes = asBytes(value, path);
      if (/^\d+$/.test(parameter) && bytes.length !== Number(parameter)) {
        throw codecError('BAD_FIELD', `${path}: exactly ${parameter} bytes`, path);
      }
      writer.bytes(bytes);
      return;
    }
    default:
      writer.uintLe(asNumber(value, path), integerSizes[kind] ?? 0);
  }
}

const two = (value: number) => String(value).padStart(2, '0');

function withoutPadding(text: string, characters: RegExp): string {
  return text.replace(characters, '');
}

function readField(reader: ByteReader, type: string, fields: Record<string, FieldValue>): FieldValue {
  const [kind = '', parameter = ''] = type.split(':');
  switch (kind) {
    case 'i16': {
      const value = reader.u16le();
      return value > 0x7fff ? value - 0x10000 : value;
    }
    case 'sumOrAuto': {
      const value = reader.uintLe(5);
      return value === allOnes ? 'auto' : Number(value);
    }
    case 'quantity5':
      return formatDecimal({ units: reader.uintLe(5), scale: 3 });
    case 'quantity6':
      return formatDecimal({ units: reader.uintLe(6), scale: 6 });
    case 'date': {
      const [day = 0, month = 0, year = 0] = reader.take(3);
      return `20${two(year)}-${two(month)}-${two(day)}`;
    }
    case 'fnDate': {
      const [year = 0, month = 0, day = 0] = reader.take(3);
      return `20${two(year)}-${two(month)}-${two(day)}`;
    }
    case 'time':
      return [...reader.take(3)].map(two).join(':');
    case 'fnDateTime': {
      const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = reader.take(5);
      return (year | month | day | hour | minute) === 0
        ? ''
        : `20${two(year)}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
    }
    case 'text': {
      const bytes = reader.take(parameter === '' ? reader.remaining : Number(parameter));
      const end = bytes.indexOf(0);
      return decodeText(end < 0 ? bytes : bytes.subarray(0, end), 'windows-1251');
    }
    case 'ascii':
      return withoutPadding(decodeText(reader.take(Number(parameter)), 'windows-1251'), /[ \0]+$/);
    case 'bytes': {
      if (parameter === '') return reader.take(reader.remaining).slice();
      if (parameter.startsWith('@')) return reader.take(Number(fields[parameter.slice(1)])).slice();
      return reader.take(Number(parameter)).slice();
    }
    default: {
      const value = reader.uintLe(integerSizes[kind] ?? 0);
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
        throw codecError('NUMBER_OUT_OF_RANGE', `${value} is no safe integer`, '', reader.position);
      }
      return Number(value);
    }
  }
}

/** Puts the path of the field into an error of the reader or writer. */
function withPath(error: unknown, path: string, position: number): never {
  if (error instanceof ElcertError && error.path === undefined) {
    throw new ElcertError({
      code: error.code,
      message: `${path}: ${error.message}`,
      path,
      position: error.position ?? position,
      cause: error,
    });
  }
  throw error;
}

function writeFields(writer: ByteWriter, layout: Layout, fields: AnyFields, code: string): void {
  for (const [name, type] of Object.entries(layout)) {
    const path = `${code}/${name}`;
    let value = fields[name];
    if (value === undefined) {
      if (type.endsWith('?')) return;
      // A length may be left to the bytes that it counts.
      const counted = Object.entries(layout).find(([, other]) => other === `bytes:@${name}`)?.[0];
      const bytes = counted === undefined ? undefined : fields[counted];
      if (!(bytes instanceof Uint8Array)) throw codecError('BAD_FIELD', `${path} is missing`, path);
      value = bytes.length;
    }
    try {
      writeField(writer, type.replace(/\?$/, ''), value, path);
    } catch (error) {
      withPath(error, path, writer.length);
    }
  }
}

function readFields(reader: ByteReader, layout: Layout, code: string): AnyFields {
  const fields: Record<string, FieldValue> = {};
  for (const [name, type] of Object.entries(layout)) {
    if (type.endsWith('?') && reader.remaining === 0) break;
    try {
      fields[name] = readField(reader, type.replace(/\?$/, ''), fields);
    } catch (error) {
      withPath(error, `${code}/${name}`, reader.position);
    }
  }
  reader.end();
  return fields;
}

function needRow(code: string): CommandRow {
  const row = rowOf(code);
  if (row === undefined) throw codecError('UNKNOWN_COMMAND', `no command ${code}h`, code, 0);
  return row;
}

/**
 * The body of a command: code and parameters, without the frame of a link layer.
 *
 * @throws ElcertError with a code of {@link ShtrihCodecErrorCode} and the path of the field
 * @example
 * ```ts
 * encodeRequest('8D', { password: 1, type: 0 }); // 8D 01 00 00 00 00
 * ```
 */
export function encodeRequest<C extends CommandCode>(code: C, fields: RequestOf<C>): Uint8Array {
  const writer = byteWriter(maxBodyLength);
  writeCode(writer, code);
  writeFields(writer, needRow(code).request, fields as AnyFields, code);
  return writer.finish();
}

/** Reads the body of a command. @throws ElcertError with a code of {@link ShtrihCodecErrorCode} */
export function decodeRequest(body: Uint8Array): DecodedRequest {
  const code = commandCodeOf(body);
  if (code === undefined) throw codecError('SHORT_INPUT', 'no command code', '', body.length);
  const row = needRow(code);
  const reader = byteReader(body);
  reader.take(code.length / 2);
  return { code: code as CommandCode, fields: readFields(reader, row.request, code) };
}

/** The body of an answer without an error. */
export function encodeAnswer<C extends CommandCode>(code: C, fields: ResponseOf<C>): Uint8Array {
  const writer = byteWriter(maxBodyLength);
  writeCode(writer, code);
  writer.u8(0);
  writeFields(writer, needRow(code).response, fields as AnyFields, code);
  return writer.finish();
}

/** The body of an answer with an error: the code and the error byte, nothing else. */
export function encodeErrorAnswer(code: string, error: number): Uint8Array {
  const writer = byteWriter(4);
  writeCode(writer, code);
  return writer.u8(error).finish();
}

/**
 * Reads the body of an answer. After an error byte other than 0 the rest is not looked at.
 *
 * @throws ElcertError with a code of {@link ShtrihCodecErrorCode}
 */
export function decodeAnswer(body: Uint8Array): DecodedAnswer {
  const code = commandCodeOf(body);
  if (code === undefined) throw codecError('SHORT_INPUT', 'no command code', '', body.length);
  const row = needRow(code);
  const reader = byteReader(body);
  reader.take(code.length / 2);
  const error = reader.u8();
  return {
    code: code as CommandCode,
    error,
    fields: error === 0 ? readFields(reader, row.response, code) : undefined,
  };
}
