import {
  equalBytes,
  isElcertError,
  localToUnixSeconds,
  parseDecimal,
  type Replacement,
  type UnmappablePolicy,
  unixSecondsToLocal,
} from '@elcert/core';
import { readCp866, replaceCp866, writeCp866 } from './cp866.js';
import { type FiscalDocErrorCode, fiscalDocError } from './errors.js';
import type { FfdVersion, TagDefinition } from './tags/definition.js';
import { definitionsOf, type TagLookup } from './tags/dictionary.js';
import { maxTlvLength } from './tlv.js';

/**
 * A decoded value, by the kind of its tag: texts, quantities (exact decimal) and times (ISO local) are strings, numbers
 * and bit masks numbers (a `vln` above 2⁵³ a bigint), flags booleans, byte strings and unknown tags `Uint8Array`, an STLV
 * its own list.
 */
export type TagValue = string | number | bigint | boolean | Uint8Array | TagList;

/** One requisite with its value. */
export interface TagEntry {
  readonly tag: number;
  readonly value: TagValue;
  /**
   * The value's own bytes, present only when the encoder would have spelled it otherwise: a zero-length number, trailing
   * zero bytes, a taxpayer number padded on the left, a text longer than its tag allows. They are written back as long as they still mean
   * `value`.
   */
  readonly raw?: Uint8Array;
}

/** Requisites in the order of the wire; a repeated one stands several times. */
export type TagList = readonly TagEntry[];

/** What decides how tags are read, and how errors are named. */
export interface TagContext {
  /** Form code of the document that the list is the content of. */
  readonly document?: number | undefined;
  /** Told by tag 1209 when absent. `'1.0'` gives reused numbers their old meaning. */
  readonly ffdVersion?: FfdVersion | undefined;
  /** What error paths begin with; the document's name by default. */
  readonly path?: string | undefined;
}

/** A character of a text that CP866 lacks and that was replaced. */
export interface TagReplacement extends Replacement {
  readonly path: string;
}

/** {@link TagContext} and what to do with characters outside CP866. */
export interface EncodeTagsOptions extends TagContext {
  /** `replace` (default) reports to `onReplaced`; `refuse` throws `UNMAPPABLE_CHARACTER` with a path. */
  readonly unmappable?: UnmappablePolicy | undefined;
  readonly onReplaced?: ((replacement: TagReplacement) => void) | undefined;
}

/** Deepest nesting of a real document is four. */
const maxDepth = 8;

/** Documents that never carry tag 1209, in any version. */
const versionless: ReadonlySet<number> = new Set([7, 81, 82, 83, 84]);

interface Level {
  readonly tag: number;
  readonly before: TagList;
  readonly index: number;
}

function segment(definitions: TagLookup, level: Level, leaf: boolean): string {
  const definition = definitions.get(level.tag);
  const named = definition !== undefined && definition.name !== '' && (!leaf || definition.kind === 'stlv');
  const name = named ? definition.name : String(level.tag);
  let count = 0;
  for (let at = 0; at < level.index; at += 1) if (level.before[at]?.tag === level.tag) count += 1;
  return definition?.repeated === true || count > 0 ? `${name}[${count}]` : name;
}

function pathOf(
  definitions: TagLookup,
  root: string,
  trail: readonly Level[],
  leaf: Level | undefined,
): string {
  const parts = root === '' ? [] : [root];
  for (const level of trail) parts.push(segment(definitions, level, false));
  if (leaf !== undefined) parts.push(segment(definitions, leaf, true));
  return parts.length === 0 ? 'tlv' : parts.join('/');
}

function rootPath(context: TagContext): string {
  if (context.path !== undefined) return context.path;
  if (context.document === undefined) return '';
  return definitionsOf(false).get(context.document)?.name || String(context.document);
}

function isLegacy(context: TagContext, version: number | undefined): boolean {
  if (context.ffdVersion !== undefined) return context.ffdVersion === '1.0';
  if (version !== undefined) return version < 2;
  return context.document !== undefined && !versionless.has(context.document);
}

// ---------------------------------------------------------------- reading

interface Reading {
  readonly bytes: Uint8Array;
  readonly definitions: TagLookup;
  readonly root: string;
  readonly trail: Level[];
}

function readFault(
  reading: Reading,
  code: FiscalDocErrorCode,
  message: string,
  position: number,
  leaf?: Level,
): never {
  const path = pathOf(reading.definitions, reading.root, reading.trail, leaf);
  throw fiscalDocError({ code, message: `${path}: ${message}`, path, position });
}

/** A fault of the entry that would come next after `before`. */
function valueFault(
  reading: Reading,
  code: FiscalDocErrorCode,
  message: string,
  position: number,
  tag: number,
  before: TagList,
): never {
  return readFault(reading, code, message, position, { tag, before, index: before.length });
}

function readUint(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = end - 1; at >= start; at -= 1) value = value * 256 + (bytes[at] as number);
  return value;
}

function readBigUint(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n;
  for (let at = end - 1; at >= start; at -= 1) value = (value << 8n) | BigInt(bytes[at] as number);
  return value;
}

function decimalFrom(units: number | bigint, scale: number): string {
  const digits = String(units);
  if (scale === 0) return digits;
  const padded = digits.padStart(scale + 1, '0');
  const cut = padded.length - scale;
  return `${padded.slice(0, cut)}.${padded.slice(cut)}`;
}

/** Whether an unsigned number takes exactly these bytes when it is written as short as possible, at least one. */
function isMinimal(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 1 || (end > start && bytes[end - 1] !== 0);
}

/** An entry whose spelling is remembered unless it is the canonical one. */
function entryOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  value: TagValue,
  canonical: boolean,
): TagEntry {
  return canonical ? { tag, value } : { tag, value, raw: bytes.subarray(start, end) };
}

function readText(bytes: Uint8Array, start: number, end: number, definition: TagDefinition): TagEntry {
  const { tag, size } = definition;
  const length = end - start;
  if (!definition.padded) {
    const canonical = definition.fixed ? length === size : length <= size;
    return entryOf(bytes, start, end, tag, readCp866(bytes, start, end), canonical);
  }
  let last = end;
  while (last > start && bytes[last - 1] === 0x20) last -= 1;
  const value = readCp866(bytes, start, last);
  // "00" before ten digits is no taxpayer number of a person: no region has the code 00. Twelve zeros mean "none".
  if (definition.inn && last === end && length === size && value.startsWith('00') && !/^0+$/.test(value))
    return entryOf(bytes, start, end, tag, value.slice(2), false);
  return entryOf(bytes, start, end, tag, value, length === size);
}

// Reading makes no closures and no objects but the entries: a document has hundreds of values.
function readValue(
  reading: Reading,
  definition: TagDefinition,
  before: TagList,
  start: number,
  end: number,
): TagEntry {
  const { bytes } = reading;
  const { tag, size, kind } = definition;
  const length = end - start;
  switch (kind) {
    case 'string':
      return readText(bytes, start, end, definition);
    case 'vln': {
      if (length > 8 && length > size)
        valueFault(
          reading,
          'TAG_LENGTH',
          `${length} bytes in a number of at most ${size}`,
          start,
          tag,
          before,
        );
      const canonical = length <= size && isMinimal(bytes, start, end);
      if (length <= 6) return entryOf(bytes, start, end, tag, readUint(bytes, start, end), canonical);
      const big = readBigUint(bytes, start, end);
      return entryOf(bytes, start, end, tag, big <= 0x1f_ffff_ffff_ffffn ? Number(big) : big, canonical);
    }
    case 'uint':
    case 'mask':
    case 'bool':
    case 'unixtime':
    case 'date': {
      if (length !== size)
        valueFault(
          reading,
          'TAG_LENGTH',
          `${length} bytes where there are always ${size}`,
          start,
          tag,
          before,
        );
      const value = readUint(bytes, start, end);
      if (kind === 'bool') return entryOf(bytes, start, end, tag, value !== 0, value <= 1);
      if (kind === 'unixtime') return { tag, value: unixSecondsToLocal(value) };
      if (kind === 'date') {
        const text = unixSecondsToLocal(value);
        return { tag, value: value % 86_400 === 0 ? text.slice(0, 10) : text };
      }
      return { tag, value };
    }
    case 'fvln': {
      if (length > 8)
        valueFault(
          reading,
          'TAG_LENGTH',
          `${length} bytes in a quantity of at most ${size}`,
          start,
          tag,
          before,
        );
      if (length === 0) return entryOf(bytes, start, end, tag, '0', false);
      const scale = bytes[start] as number;
      if (scale > 18)
        valueFault(
          reading,
          'TAG_VALUE',
          `a quantity with ${scale} digits after the point`,
          start,
          tag,
          before,
        );
      const units = length <= 7 ? readUint(bytes, start + 1, end) : readBigUint(bytes, start + 1, end);
      const canonical = length <= size && isMinimal(bytes, start + 1, end);
      return entryOf(bytes, start, end, tag, decimalFrom(units, scale), canonical);
    }
    case 'bytes':
      return entryOf(
        bytes,
        start,
        end,
        tag,
        bytes.subarray(start, end),
        definition.fixed ? length === size : length <= size,
      );
    case 'stlv': {
      if (reading.trail.length >= maxDepth)
        valueFault(reading, 'TLV_TOO_DEEP', `more than ${maxDepth} levels`, start, tag, before);
      reading.trail.push({ tag, before, index: before.length });
      const value = readList(reading, start, end);
      reading.trail.pop();
      return { tag, value };
    }
  }
}

function readList(reading: Reading, start: number, end: number): TagList {
  const { bytes, definitions } = reading;
  const list: TagEntry[] = [];
  let offset = start;
  while (offset < end) {
    const left = end - offset - 4;
    if (left < 0) readFault(reading, 'TLV_TRUNCATED', `${left + 4} bytes left, a TLV header has 4`, offset);
    const tag = (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8);
    const length = (bytes[offset + 2] as number) | ((bytes[offset + 3] as number) << 8);
    if (length > left)
      valueFault(reading, 'TLV_TRUNCATED', `says ${length} bytes, ${left} are left`, offset, tag, list);
    const definition = definitions.get(tag);
    const at = offset + 4;
    offset = at + length;
    list.push(
      definition === undefined
        ? { tag, value: bytes.subarray(at, offset) }
        : readValue(reading, definition, list, at, offset),
    );
  }
  return list;
}

/** The first one-byte tag 1209 of a list, without decoding anything else. */
function versionInBytes(bytes: Uint8Array, start: number, end: number): number | undefined {
  let offset = start;
  while (offset + 4 < end) {
    const length = (bytes[offset + 2] as number) | ((bytes[offset + 3] as number) << 8);
    if (bytes[offset] === 0xb9 && bytes[offset + 1] === 0x04 && length === 1) return bytes[offset + 4];
    offset += 4 + length;
  }
  return undefined;
}

/**
 * Decodes a TLV list by the dictionary. Unknown tags are kept as bytes, odd spellings are remembered, order and duplicates
 * stay, so that {@link encodeTags} gives back the very same bytes. Byte values are views into the input.
 *
 * @throws ElcertError `TLV_TRUNCATED`, `TLV_TOO_DEEP`, `TAG_LENGTH` or `TAG_VALUE`, each with `path` and `position`
 * @example
 * ```ts
 * decodeTags(Uint8Array.of(0xff, 0x03, 0x03, 0x00, 0x03, 0xd0, 0x07)); // [{ tag: 1023, value: '2.000' }]
 * ```
 */
export function decodeTags(bytes: Uint8Array, context: TagContext = {}): TagList {
  return readRange(bytes, 0, bytes.length, context);
}

/**
 * Sockets give Node's `Buffer`, drives and files give `Uint8Array`. The loops below are compiled for one kind of object: in a
 * process that has read both they would take half as long again.
 */
function plainView(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** {@link decodeTags} of a part of the bytes; positions count from the beginning of all. */
export function readRange(given: Uint8Array, start: number, end: number, context: TagContext): TagList {
  const bytes = plainView(given);
  const legacy = isLegacy(
    context,
    context.ffdVersion === undefined ? versionInBytes(bytes, start, end) : undefined,
  );
  return readList(
    { bytes, definitions: definitionsOf(legacy), root: rootPath(context), trail: [] },
    start,
    end,
  );
}

// ---------------------------------------------------------------- writing

interface Writing {
  buffer: Uint8Array;
  length: number;
  readonly definitions: TagLookup;
  readonly root: string;
  readonly trail: Level[];
  readonly unmappable: UnmappablePolicy;
  readonly onReplaced: ((replacement: TagReplacement) => void) | undefined;
}

function pathAt(writing: Writing, list: TagList, index: number): string {
  const leaf = { tag: list[index]?.tag ?? 0, before: list, index };
  return pathOf(writing.definitions, writing.root, writing.trail, leaf);
}

function writeFault(
  writing: Writing,
  code: FiscalDocErrorCode,
  message: string,
  list: TagList,
  index: number,
): never {
  const path = pathAt(writing, list, index);
  throw fiscalDocError({ code, message: `${path}: ${message}`, path, position: writing.length });
}

function reserve(writing: Writing, extra: number): void {
  if (writing.length + extra > writing.buffer.length) grow(writing, extra);
}

function grow(writing: Writing, extra: number): void {
  const bigger = new Uint8Array(Math.max(writing.length + extra, writing.buffer.length * 2));
  bigger.set(writing.buffer.subarray(0, writing.length));
  writing.buffer = bigger;
}

/** A buffer of the last encoding, for the next: a new one costs as much as writing a receipt of a few lines. */
let spare: Uint8Array | undefined;

/** The buffer is nobody else's until it is given back: `onReplaced` may encode, too. */
function takeBuffer(): Uint8Array {
  const buffer = spare ?? new Uint8Array(4096);
  spare = undefined;
  return buffer;
}

/** What was written, as bytes of their own. */
function finish({ buffer, length }: Writing): Uint8Array {
  const bytes = buffer.slice(0, length);
  if (buffer.length <= 2 * maxTlvLength) spare = buffer;
  return bytes;
}

function writeBytes(writing: Writing, bytes: Uint8Array): void {
  reserve(writing, bytes.length);
  writing.buffer.set(bytes, writing.length);
  writing.length += bytes.length;
}

/** The largest number of so many bytes. */
const largest = [0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff] as const;

/** Room that {@link writeList} reserves for each entry: its header and any number. */
const numberRoom = 64;

function writeUint(writing: Writing, value: number, size: number): void {
  const { buffer } = writing;
  let at = writing.length;
  if (size === 1) {
    buffer[at] = value;
    writing.length = at + 1;
    return;
  }
  let rest = value;
  for (const end = at + size; at < end; at += 1) {
    buffer[at] = rest & 0xff;
    rest = rest < 0x8000_0000 ? rest >>> 8 : Math.floor(rest / 256);
  }
  writing.length = at;
}

/** An unsigned number as short as possible, at least one byte. */
function writeMinimal(writing: Writing, value: number | bigint): void {
  const { buffer } = writing;
  let at = writing.length;
  let rest = typeof value === 'number' && value < 0x8000_0000 ? value : undefined;
  if (rest === undefined) {
    let big = BigInt(value);
    while (big >= 0x8000_0000n) {
      buffer[at] = Number(big & 0xffn);
      at += 1;
      big >>= 8n;
    }
    rest = Number(big);
  }
  do {
    buffer[at] = rest & 0xff;
    at += 1;
    rest >>>= 8;
  } while (rest > 0);
  writing.length = at;
}

function writeText(
  writing: Writing,
  definition: TagDefinition,
  text: string,
  list: TagList,
  index: number,
): void {
  reserve(writing, text.length + definition.size);
  const start = writing.length;
  let written = writeCp866(text, writing.buffer, start);
  if (written < 0) {
    let encoded: ReturnType<typeof replaceCp866>;
    try {
      encoded = replaceCp866(text, writing.unmappable);
    } catch (error) {
      if (!isElcertError(error)) throw error;
      const path = pathAt(writing, list, index);
      throw fiscalDocError({
        code: 'TAG_VALUE',
        message: `${path}: ${error.message}`,
        path,
        position: error.position,
        userMessage: error.userMessage,
        cause: error,
      });
    }
    if (writing.onReplaced !== undefined) {
      const path = pathAt(writing, list, index);
      for (const one of encoded.replaced) writing.onReplaced({ ...one, path });
    }
    reserve(writing, encoded.bytes.length + definition.size);
    writing.buffer.set(encoded.bytes, start);
    written = encoded.bytes.length;
  }
  if (written > definition.size) {
    writeFault(
      writing,
      'TAG_LENGTH',
      `${written} characters where there is room for ${definition.size}`,
      list,
      index,
    );
  }
  if (definition.padded) {
    writing.buffer.fill(0x20, start + written, start + definition.size);
    written = definition.size;
  } else if (definition.fixed && written !== definition.size) {
    writeFault(
      writing,
      'TAG_LENGTH',
      `${written} characters where there are always ${definition.size}`,
      list,
      index,
    );
  }
  writing.length = start + written;
}

const digits = (text: string, at: number): number =>
  (text.charCodeAt(at) - 0x30) * 10 + text.charCodeAt(at + 1) - 0x30;

/**
 * Seconds of an ordinary time – `YYYY-MM-DDTHH:MM` with or without `:SS`, from 2000 to 2099, at most the 28th of its month –
 * without a regular expression and a `Date`. Everything else is NaN and goes the thorough way.
 */
function ordinarySeconds(text: string): number {
  const { length } = text;
  if (length !== 16 && length !== 19) return Number.NaN;
  for (let at = 0; at < length; at += 1) {
    const unit = text.charCodeAt(at);
    const wanted = at === 4 || at === 7 ? 0x2d : at === 10 ? 0x54 : at === 13 || at === 16 ? 0x3a : 0;
    if (wanted === 0 ? unit < 0x30 || unit > 0x39 : unit !== wanted) return Number.NaN;
  }
  const year = digits(text, 2);
  const month = digits(text, 5);
  const day = digits(text, 8);
  const hour = digits(text, 11);
  const minute = digits(text, 14);
  const second = length === 16 ? 0 : digits(text, 17);
  const ordinary =
    digits(text, 0) === 20 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour < 24 && minute < 60;
  if (!ordinary || second > 59) return Number.NaN;
  // Years begin in March here, so that a leap day is the last of its year; from 2000 to 2099 every fourth year has one.
  const march = month < 3 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const days = 11_017 + 365 * march + Math.floor(march / 4) + dayOfYear;
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

function localSeconds(writing: Writing, text: string, list: TagList, index: number): number {
  const ordinary = ordinarySeconds(text);
  if (!Number.isNaN(ordinary)) return ordinary;
  try {
    const seconds = localToUnixSeconds(text);
    if (seconds >= 0 && seconds <= 0xffff_ffff) return seconds;
  } catch (error) {
    if (!isElcertError(error)) throw error;
  }
  return writeFault(
    writing,
    'TAG_VALUE',
    `not a local time from 1970 to 2106: ${JSON.stringify(text.slice(0, 40))}`,
    list,
    index,
  );
}

function writeQuantity(
  writing: Writing,
  definition: TagDefinition,
  text: string,
  list: TagList,
  index: number,
): void {
  // Most quantities are one digit.
  const digit = text.length === 1 ? text.charCodeAt(0) - 0x30 : -1;
  if (digit >= 0 && digit <= 9) {
    writing.buffer[writing.length] = 0;
    writing.buffer[writing.length + 1] = digit;
    writing.length += 2;
    return;
  }
  let decimal: ReturnType<typeof parseDecimal>;
  try {
    decimal = parseDecimal(text);
  } catch (error) {
    if (!isElcertError(error)) throw error;
    writeFault(writing, 'TAG_VALUE', `${error.message}`, list, index);
  }
  if (decimal.units < 0n) writeFault(writing, 'TAG_VALUE', `a negative quantity: ${text}`, list, index);
  writeUint(writing, decimal.scale, 1);
  const start = writing.length;
  writeMinimal(writing, decimal.units <= 0x1f_ffff_ffff_ffffn ? Number(decimal.units) : decimal.units);
  if (writing.length - start > definition.size - 1)
    writeFault(writing, 'TAG_LENGTH', `${text} needs more than ${definition.size} bytes`, list, index);
}

function wrongKind(writing: Writing, wanted: string, list: TagList, index: number): never {
  return writeFault(writing, 'TAG_VALUE', `${wanted} wanted`, list, index);
}

function writeValue(
  writing: Writing,
  definition: TagDefinition,
  value: TagValue,
  list: TagList,
  index: number,
): void {
  const { size } = definition;
  switch (definition.kind) {
    case 'string':
      if (typeof value !== 'string') wrongKind(writing, 'a text', list, index);
      writeText(writing, definition, value, list, index);
      return;
    case 'vln': {
      if (typeof value !== 'number' && typeof value !== 'bigint')
        wrongKind(writing, 'a whole number', list, index);
      if (value < 0 || (typeof value === 'number' && !Number.isSafeInteger(value)))
        wrongKind(writing, 'an exact whole number from 0 on', list, index);
      const start = writing.length;
      // A number that long is refused before it is written.
      if (typeof value === 'bigint' && value >> BigInt(size * 8) !== 0n)
        writeFault(writing, 'TAG_LENGTH', `${value} needs more than ${size} bytes`, list, index);
      writeMinimal(writing, value);
      if (writing.length - start > size)
        writeFault(writing, 'TAG_LENGTH', `${value} needs more than ${size} bytes`, list, index);
      return;
    }
    case 'uint':
    case 'mask':
      if (
        typeof value !== 'number' ||
        !Number.isInteger(value) ||
        value < 0 ||
        value > (largest[size] as number)
      )
        wrongKind(writing, `a whole number of ${size} bytes`, list, index);
      writeUint(writing, value, size);
      return;
    case 'bool':
      if (typeof value !== 'boolean') wrongKind(writing, 'true or false', list, index);
      writeUint(writing, value ? 1 : 0, 1);
      return;
    case 'unixtime':
      if (typeof value !== 'string') wrongKind(writing, 'a local time', list, index);
      writeUint(writing, localSeconds(writing, value, list, index), 4);
      return;
    case 'date':
      if (typeof value !== 'string') wrongKind(writing, 'a date', list, index);
      writeUint(
        writing,
        localSeconds(writing, value.length === 10 ? `${value}T00:00` : value, list, index),
        4,
      );
      return;
    case 'fvln':
      if (typeof value !== 'string') wrongKind(writing, 'exact decimal text', list, index);
      writeQuantity(writing, definition, value, list, index);
      return;
    case 'bytes':
      if (!(value instanceof Uint8Array)) wrongKind(writing, 'bytes', list, index);
      if (value.length > size || (definition.fixed && value.length !== size)) {
        writeFault(
          writing,
          'TAG_LENGTH',
          `${value.length} bytes where there ${definition.fixed ? 'are always' : 'is room for'} ${size}`,
          list,
          index,
        );
      }
      writeBytes(writing, value);
      return;
    case 'stlv':
      if (!Array.isArray(value)) wrongKind(writing, 'a list of tags', list, index);
      if (writing.trail.length >= maxDepth)
        writeFault(writing, 'TLV_TOO_DEEP', `more than ${maxDepth} levels`, list, index);
      writing.trail.push({ tag: definition.tag, before: list, index });
      writeList(writing, value);
      writing.trail.pop();
  }
}

/** Whether an odd spelling still means the value beside it. */
function means(raw: Uint8Array, definition: TagDefinition, value: TagValue): boolean {
  if (value instanceof Uint8Array) return equalBytes(raw, value);
  if (typeof value === 'object') return false;
  try {
    const reading = { bytes: raw, definitions: definitionsOf(false), root: '', trail: [] };
    return readValue(reading, definition, [], 0, raw.length).value === value;
  } catch (error) {
    if (isElcertError(error)) return false;
    throw error;
  }
}

function writeList(writing: Writing, list: TagList): void {
  for (let index = 0; index < list.length; index += 1) {
    const { tag, value, raw } = list[index] as TagEntry;
    if (!Number.isInteger(tag) || tag < 0 || tag > 0xffff)
      writeFault(writing, 'TAG_VALUE', `not a tag number: ${tag}`, list, index);
    reserve(writing, numberRoom);
    const header = writing.length;
    writing.buffer[header] = tag & 0xff;
    writing.buffer[header + 1] = tag >> 8;
    writing.length = header + 4;
    const definition = writing.definitions.get(tag);
    if (definition === undefined) {
      if (!(value instanceof Uint8Array)) wrongKind(writing, 'bytes (the tag is unknown)', list, index);
      else writeBytes(writing, value);
    } else if (raw !== undefined && means(raw, definition, value)) writeBytes(writing, raw);
    else writeValue(writing, definition, value, list, index);
    const length = writing.length - header - 4;
    if (length > maxTlvLength)
      writeFault(writing, 'TLV_TOO_LONG', `${length} bytes do not fit a TLV`, list, index);
    writing.buffer[header + 2] = length & 0xff;
    writing.buffer[header + 3] = length >> 8;
  }
}

function versionInList(list: TagList): number | undefined {
  for (const { tag, value } of list) if (tag === 1209 && typeof value === 'number') return value;
  return undefined;
}

function writingOf(list: TagList, options: EncodeTagsOptions): Writing {
  return {
    buffer: takeBuffer(),
    length: 0,
    definitions: definitionsOf(isLegacy(options, versionInList(list))),
    root: rootPath(options),
    trail: [],
    unmappable: options.unmappable ?? 'replace',
    onReplaced: options.onReplaced,
  };
}

/**
 * Encodes a list of tags: the exact inverse of {@link decodeTags}. New values are spelled in the canonical way – numbers as
 * short as possible but never empty, fixed texts padded – and refused when their tag has no room for them.
 *
 * @throws ElcertError `TAG_LENGTH`, `TAG_VALUE`, `TLV_TOO_LONG` or `TLV_TOO_DEEP`, each with a `path`
 * @example
 * ```ts
 * encodeTags([{ tag: 1018, value: '7700000009' }]); // fa03 0c00 "7700000009  "
 * ```
 */
export function encodeTags(list: TagList, options: EncodeTagsOptions = {}): Uint8Array {
  const writing = writingOf(list, options);
  writeList(writing, list);
  return finish(writing);
}

/** {@link encodeTags} inside an outer tag. */
export function encodeTagged(tag: number, list: TagList, options: EncodeTagsOptions): Uint8Array {
  const writing = writingOf(list, options);
  writing.length = 4;
  writeList(writing, list);
  const length = writing.length - 4;
  if (length > maxTlvLength) {
    throw fiscalDocError({
      code: 'TLV_TOO_LONG',
      message: `${length} bytes do not fit a TLV`,
      path: writing.root,
    });
  }
  writing.buffer.set([tag & 0xff, tag >> 8, length & 0xff, length >> 8]);
  return finish(writing);
}
