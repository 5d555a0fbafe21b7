import { fromHex, isElcertError } from '@elcert/core';
import {
  type DocumentCode,
  documentFromTags,
  type FiscalDocument,
  ffdVersionOf,
  isDocumentCode,
} from './document.js';
import { fiscalDocError } from './errors.js';
import { documentToJson, type JsonObject, type JsonValue } from './json.js';
import { fiscalSignBytes } from './signs.js';
import type { TagDefinition } from './tags/definition.js';
import { type TagPlace, tagByName, tagDefinition } from './tags/dictionary.js';
import type { TagEntry, TagList, TagValue } from './tags.js';

/** Most characters a text of JSON may have here: a document of 64 KB in hex, with names. */
const maxText = 4_000_000;

/** Strings of JSON, or numbers; strings come first so that digits inside them are left alone. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Reads JSON without losing digits: whole numbers above 2⁵³ – `messageFiscalSign` – become decimal text, everything else is as
 * `JSON.parse` gives it.
 *
 * @throws ElcertError `TAG_VALUE` for a text that is no JSON, or longer than 4 million characters
 */
export function parseExactJson(text: string): JsonValue {
  if (text.length > maxText) {
    throw fiscalDocError({
      code: 'TAG_VALUE',
      message: `JSON of more than ${maxText} characters`,
      path: 'json',
    });
  }
  try {
    const plain = JSON.parse(text) as JsonValue;
    // Tokens are looked for in what is known to be JSON: in other texts a quotation mark without its end costs a search to the end each.
    if (!/\d{16}/.test(text)) return plain;
    const exact = text.replaceAll(tokens, (token) =>
      /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
    );
    return JSON.parse(exact) as JsonValue;
  } catch (cause) {
    throw fiscalDocError({ code: 'TAG_VALUE', message: 'not JSON', path: 'json', cause });
  }
}

/**
 * {@link documentToJson} as text in the tax service's spelling: `messageFiscalSign` is a bare number, though no double holds it.
 */
export function documentToJsonText(
  document: FiscalDocument,
  options: { readonly messageSign?: Uint8Array | undefined; readonly indent?: number } = {},
): string {
  const text = JSON.stringify(documentToJson(document, options), undefined, options.indent);
  return text.replace(/("messageFiscalSign": ?)"(\d+)"/, '$1$2');
}

/** What was read out of the tax service's JSON. */
export interface JsonDocument {
  readonly document: FiscalDocument;
  /** Members that are no requisites, by path: the service's own remarks. */
  readonly ignored: readonly string[];
  /** Decimal text of `messageFiscalSign`, when it is there. */
  readonly messageFiscalSign: string | undefined;
  /** Base64 text of the document's bytes, when the service gave them. */
  readonly rawData: string | undefined;
}

/** Members beside the requisites of a document. */
const beside: ReadonlySet<string> = new Set(['code', 'receiptCode', 'rawData', 'messageFiscalSign']);

const maxDepth = 8;

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The document inside `[{ ticket: { document: { receipt: … } } }]`, and the form code that its name tells. */
function unwrap(
  value: JsonValue,
  depth = 0,
): { readonly fields: JsonObject; readonly code: number | undefined } {
  if (Array.isArray(value) && value.length === 1 && depth < maxDepth)
    return unwrap(value[0] as JsonValue, depth + 1);
  if (isObject(value) && depth < maxDepth) {
    for (const name of ['ticket', 'document']) {
      const inner = value[name];
      if (isObject(inner)) return unwrap(inner, depth + 1);
    }
    const names = Object.keys(value);
    const only = names.length === 1 ? (names[0] as string) : undefined;
    if (only !== undefined) {
      const code = documentCodeOf(only);
      const inner = value[only];
      if (code !== undefined && isObject(inner)) return { fields: inner, code };
    }
    return { fields: value, code: undefined };
  }
  throw fiscalDocError({ code: 'NOT_A_DOCUMENT', message: 'no document in this JSON', path: 'json' });
}

function documentCodeOf(name: string): DocumentCode | undefined {
  for (const code of [1, 2, 3, 4, 5, 6, 7, 11, 21, 31, 41, 81, 82, 83, 84])
    if (isDocumentCode(code) && tagDefinition(code)?.name === name) return code;
  return undefined;
}

interface Reading {
  readonly code: DocumentCode;
  readonly ignored: string[];
}

function wrong(path: string, wanted: string): never {
  throw fiscalDocError({ code: 'TAG_VALUE', message: `${path}: ${wanted} wanted`, path });
}

/** A number of JSON as exact decimal text, never in exponents. */
function decimalText(value: number, path: string): string {
  // Above that a number of JSON is no longer exact.
  if (!(value >= 0 && value < 1e15)) wrong(path, 'a quantity');
  const text = String(value);
  if (!/e/i.test(text)) return text;
  const fixed = value.toFixed(18);
  return fixed.replace(/\.?0+$/, '');
}

function whole(value: JsonValue, path: string): number | bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' && /^\d{1,40}$/.test(value)) {
    const big = BigInt(value);
    return big <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(big) : big;
  }
  return wrong(path, 'a whole number');
}

function scalarOf(definition: TagDefinition, value: JsonValue, path: string, reading: Reading): TagValue {
  switch (definition.kind) {
    case 'string': {
      if (typeof value === 'number') return String(value);
      // Marking codes come taken apart, with the code itself beside the parts.
      const text = isObject(value) ? value.rawProductCode : value;
      if (typeof text !== 'string') return wrong(path, 'a text');
      return definition.padded ? text.trimEnd() : text;
    }
    case 'uint':
    case 'mask':
    case 'vln':
      return whole(value, path);
    case 'bool':
      return Number(whole(value, path)) !== 0;
    case 'fvln':
      return typeof value === 'number'
        ? decimalText(value, path)
        : typeof value === 'string'
          ? value
          : wrong(path, 'a quantity');
    case 'unixtime':
    case 'date':
      return timeOf(definition, value, path);
    case 'bytes':
      if (definition.tag === 1077) return fiscalSignBytes(String(whole(value, path)), reading.code);
      if (typeof value !== 'string') return wrong(path, 'bytes as hex');
      return hexOf(value, path);
    case 'stlv':
      return wrong(path, 'an object');
  }
}

function hexOf(text: string, path: string): Uint8Array {
  try {
    return fromHex(text);
  } catch (cause) {
    if (!isElcertError(cause)) throw cause;
    throw fiscalDocError({ code: 'TAG_VALUE', message: `${path}: bytes as hex wanted`, path, cause });
  }
}

function timeOf(definition: TagDefinition, value: JsonValue, path: string): string {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) {
    const text = new Date(value * 1000).toISOString().slice(0, 19);
    return definition.kind === 'date' && text.endsWith('T00:00:00') ? text.slice(0, 10) : text;
  }
  if (typeof value !== 'string') return wrong(path, 'a time');
  // Some answers add fractions of a second or a zone; the wall clock is what the document holds.
  const match = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2})?)?/.exec(value);
  if (match === null) return wrong(path, 'a time');
  const [, day = '', time] = match;
  return definition.kind === 'date' && (time === undefined || /^T00:00(:00)?$/.test(time))
    ? day
    : `${day}${time ?? 'T00:00'}`;
}

function readMember(
  definition: TagDefinition,
  value: JsonValue,
  place: TagPlace,
  path: string,
  reading: Reading,
  depth: number,
): TagEntry[] {
  const { tag } = definition;
  if (Array.isArray(value))
    return value.flatMap((one: JsonValue, index) => {
      const here = `${path}[${index}]`;
      return Array.isArray(one)
        ? wrong(here, 'a value, not a list,')
        : readMember(definition, one, place, here, reading, depth);
    });
  // The service writes "" and null for requisites that the document lacks.
  if (value === null || value === '') return [];
  if (definition.kind !== 'stlv') return [{ tag, value: scalarOf(definition, value, path, reading) }];
  if (!isObject(value)) return wrong(path, 'an object');
  if (depth >= maxDepth) {
    throw fiscalDocError({ code: 'TLV_TOO_DEEP', message: `${path}: more than ${maxDepth} levels`, path });
  }
  return [{ tag, value: readFields(value, { ...place, parent: tag }, path, reading, depth + 1) }];
}

function readFields(
  fields: JsonObject,
  place: TagPlace,
  path: string,
  reading: Reading,
  depth: number,
): TagList {
  const list: TagEntry[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (depth === 0 && beside.has(name)) continue;
    const here = `${path}/${name}`;
    if (/^\d{1,5}$/.test(name)) {
      const tag = Number(name);
      const definition = tagDefinition(tag, place.ffdVersion);
      if (definition !== undefined) list.push(...readMember(definition, value, place, here, reading, depth));
      else if (typeof value === 'string') list.push({ tag, value: hexOf(value, here) });
      else wrong(here, 'bytes as hex');
      continue;
    }
    const definition = tagByName(name, place);
    // Some answers state a requisite under its old and its new name.
    const repeatsAnother = definition !== undefined && definition.name !== name && definition.name in fields;
    if (definition === undefined || repeatsAnother) reading.ignored.push(here);
    else list.push(...readMember(definition, value, place, here, reading, depth));
  }
  return list;
}

/**
 * A document out of the tax service's JSON (or ours, {@link documentToJson}): the inverse as far as JSON goes. The service drops
 * requisites, trims texts and rounds long numbers, so that the document is as complete as its JSON: never hold it against the
 * obligations of the format.
 *
 * @param value - the parsed JSON, best by {@link parseExactJson}; a wrapping `{ document: { receipt: … } }` is taken off
 * @param options - `code`: the form, when the JSON does not tell
 * @throws ElcertError `NOT_A_DOCUMENT`, or `TAG_VALUE` with a path such as `receipt/items[2]/quantity`
 */
export function documentFromJson(
  value: JsonValue,
  options: { readonly code?: DocumentCode } = {},
): JsonDocument {
  const { fields, code: wrapped } = unwrap(value);
  const stated = fields.code ?? fields.receiptCode ?? wrapped ?? options.code;
  const code = typeof stated === 'number' ? stated : Number.NaN;
  if (!isDocumentCode(code)) {
    throw fiscalDocError({
      code: 'NOT_A_DOCUMENT',
      message: 'the JSON names no form of a document',
      path: 'json/code',
    });
  }
  const version = fields.fiscalDocumentFormatVer;
  const place: TagPlace = {
    document: code,
    ffdVersion: typeof version === 'number' ? ffdVersionOf(version) : undefined,
  };
  const reading: Reading = { code, ignored: [] };
  const tags = readFields(fields, place, tagDefinition(code)?.name ?? String(code), reading, 0);
  const { messageFiscalSign, rawData } = fields;
  return {
    document: documentFromTags(code, tags),
    ignored: reading.ignored,
    messageFiscalSign:
      typeof messageFiscalSign === 'string' || typeof messageFiscalSign === 'number'
        ? String(messageFiscalSign)
        : undefined,
    rawData: typeof rawData === 'string' ? rawData : undefined,
  };
}

/** A member that a document and its JSON state differently. */
export interface JsonDifference {
  /** Of the normal form, e.g. `receipt/items[0]/sum`. */
  readonly path: string;
  readonly document: JsonValue;
  readonly json: JsonValue;
  /** The two are times that differ by whole hours: a zone, not a contradiction. */
  readonly hours?: number;
}

function compare(document: JsonValue, json: JsonValue, path: string, out: JsonDifference[]): void {
  if (Array.isArray(document) && Array.isArray(json)) {
    if (document.length !== json.length) out.push({ path, document: document.length, json: json.length });
    else
      for (const [index, one] of document.entries())
        compare(one, json[index] as JsonValue, `${path}[${index}]`, out);
    return;
  }
  if (isObject(document) && isObject(json)) {
    for (const [name, one] of Object.entries(document)) {
      const other = json[name];
      if (other !== undefined) compare(one, other, `${path}/${name}`, out);
    }
    return;
  }
  const plain = (value: JsonValue) => (typeof value === 'string' ? value.trim() : value);
  if (plain(document) === plain(json)) return;
  const shift = hoursBetween(document, json);
  out.push(shift === undefined ? { path, document, json } : { path, document, json, hours: shift });
}

function hoursBetween(a: JsonValue, b: JsonValue): number | undefined {
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
  if (typeof a !== 'string' || typeof b !== 'string' || !time.test(a) || !time.test(b)) return undefined;
  const hours = (Date.parse(`${b}Z`) - Date.parse(`${a}Z`)) / 3_600_000;
  return Number.isInteger(hours) && Math.abs(hours) <= 14 ? hours : undefined;
}

/**
 * Holds a document against JSON of the same document: every member that both have must be equal, by the names and in the form of
 * {@link documentToJson}. A time that differs by whole hours is reported with `hours`.
 *
 * @returns differences; empty when the two agree
 * @throws ElcertError as {@link documentFromJson}
 */
export function compareWithJson(document: FiscalDocument, json: JsonValue): JsonDifference[] {
  const theirs = documentFromJson(json, { code: document.code }).document;
  const out: JsonDifference[] = [];
  compare(documentToJson(document), documentToJson(theirs), document.name, out);
  return out;
}
