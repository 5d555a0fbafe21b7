import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { equalBytes, fromHex, toHex } from '@elcert/core';
import { KzError } from './errors.js';
import {
  decodeKzHeader,
  joinKzFrame,
  type KzHeader,
  type KzSizedHeader,
  type KzVersion,
  kzHeaderBytes,
  kzMaxFrameBytes,
} from './header.js';
import { type KzKind, type KzSchemas, kzSchemas } from './schema.js';

/** A field that the schema of the version does not know, or an enum's number that it does not list. */
export interface KzUnknownField {
  /** Path of the message it stands in, as in the JSON form: `` for the outermost, `ticket/items[0]/commodity`. */
  readonly path: string;
  /** Field number. */
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 length and bytes, 3 group, 5 four bytes. */
  readonly wireType: number;
  /** Everything after the tag, in hex. */
  readonly hex: string;
}

/** A whole message. */
export interface KzFrame {
  readonly kind: KzKind;
  readonly header: KzHeader;
  /** The message in protobuf's JSON form: `lowerCamelCase` names, enum values by name, 64-bit numbers as text, bytes as base64. */
  readonly message: JsonObject;
  /** Kept and written back. */
  readonly unknown?: readonly KzUnknownField[];
  /**
   * The payload in hex, present when it has another order or spelling than ours or lacks a required field; it is written again
   * as long as it says what `message` and `unknown` say.
   */
  readonly payload?: string;
}

/** A {@link KzFrame} that was read. */
export interface DecodedKzFrame extends KzFrame {
  readonly header: KzSizedHeader;
  readonly unknown: readonly KzUnknownField[];
}

/**
 * Reads one message, header included.
 *
 * @param options.kind - which way it goes; recognised unless told
 * @throws KzError `BAD_SIZE`, `BAD_HEADER`, `UNSUPPORTED_VERSION`, `FRAME_TOO_LONG`, `BAD_MESSAGE`, `UNKNOWN_KIND`
 * @example
 * ```ts
 * const { kind, header, message } = decodeKzFrame(bytes);
 * ```
 */
export function decodeKzFrame(
  bytes: Uint8Array,
  options: { readonly kind?: KzKind | undefined; readonly maxFrameBytes?: number } = {},
): DecodedKzFrame {
  const header = decodeKzHeader(bytes);
  const { size } = header;
  const limit = options.maxFrameBytes ?? kzMaxFrameBytes;
  if (size > limit)
    throw new KzError({
      code: 'FRAME_TOO_LONG',
      message: `a message of ${size} bytes, at most ${limit} are taken`,
      position: 4,
    });
  if (bytes.length !== size)
    throw new KzError({
      code: 'BAD_SIZE',
      message: `the header says ${size} bytes, ${bytes.length} are there`,
      position: Math.min(size, bytes.length),
    });
  const payload = bytes.subarray(kzHeaderBytes);
  const kind = options.kind ?? recogniseKzKind(payload);
  const read = readPayload(header.version, kind, payload);
  const spelledAlike =
    missingField(reflect(read.schema, read.message), '', kzSchemas(header.version)) === undefined &&
    equalBytes(toBinary(read.schema, read.message), payload);
  return {
    kind,
    header,
    message: read.json,
    unknown: read.unknown,
    ...(spelledAlike ? {} : { payload: toHex(payload) }),
  };
}

/**
 * Writes one message (the size comes from what is written): fields in the order of their numbers, as the protocol's own implementations do.
 *
 * @throws KzError `BAD_VALUE` (a name or a value the schema of this version does not have), `MISSING_FIELD`, `FRAME_TOO_LONG`, with a path
 * @example
 * ```ts
 * const bytes = encodeKzFrame({
 *   kind: 'request',
 *   header: { version: 203, id: 100500, token: 305419896, reqnum: 1 },
 *   message: { command: 'COMMAND_SYSTEM' },
 * });
 * ```
 */
export function encodeKzFrame(frame: KzFrame): Uint8Array {
  const { kind, header, unknown = [] } = frame;
  // The header first: its version picks the schema.
  joinKzFrame(header, new Uint8Array(0));
  if (kind !== 'request' && kind !== 'response') throw badValue('kind', `'request' or 'response' wanted`);
  const schema = kzSchemas(header.version)[kind];
  const message = messageOfJson(schema, frame.message);
  if (!Array.isArray(unknown)) throw badValue('unknown', 'a list wanted');
  unknown.forEach((field, index) => {
    addUnknown(schema, message, field, `unknown[${index}]`);
  });
  const bytes = joinKzFrame(
    header,
    givenPayload(frame, schema, message) ?? write(header.version, schema, message),
  );
  if (bytes.length > kzMaxFrameBytes)
    throw new KzError({
      code: 'FRAME_TOO_LONG',
      message: `a message of ${bytes.length} bytes, at most ${kzMaxFrameBytes} are possible`,
      path: 'message',
    });
  return bytes;
}

/**
 * Tells a request from a response by its payload: a response always holds a result at 2, where a request holds nothing or a
 * ticket, and a ticket always has fields that a result has not.
 *
 * @throws KzError `UNKNOWN_KIND`, `BAD_MESSAGE`
 */
export function recogniseKzKind(payload: Uint8Array): KzKind {
  const fields = fieldNumbers(payload);
  if (!fields.has(1) && fields.size > 0)
    throw new KzError({
      code: 'UNKNOWN_KIND',
      message: 'a message without a command: say whether it is a request or a response',
      position: kzHeaderBytes,
    });
  const second = fields.get(2);
  if (second === undefined) return 'request';
  for (const number of fieldNumbers(second).keys()) if (number > 2) return 'request';
  return 'response';
}

/** Field numbers of a message, with the bytes of the last one of each that has a length. */
function fieldNumbers(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  guarded(() => {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (wireType === WireType.LengthDelimited) found.set(number, reader.bytes());
      else {
        reader.skip(wireType, number);
        found.set(number, new Uint8Array(0));
      }
    }
  });
  return found;
}

interface ReadPayload {
  readonly schema: DescMessage;
  readonly message: Message;
  readonly json: JsonObject;
  readonly unknown: readonly KzUnknownField[];
}

function readPayload(version: KzVersion, kind: KzKind, payload: Uint8Array): ReadPayload {
  const schema = kzSchemas(version)[kind];
  const message = guarded(() => fromBinary(schema, payload));
  partUnknownNames(reflect(schema, message));
  const unknown: KzUnknownField[] = [];
  collectUnknown(reflect(schema, message), '', unknown);
  return { schema, message, json: toJson(schema, message) as JsonObject, unknown };
}

/** What protobuf's reader throws – also at the depth of a hostile nesting – is a fault of the bytes. */
function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new KzError({
      code: 'BAD_MESSAGE',
      message: `not a message: ${cause instanceof Error ? cause.message : 'unreadable'}`,
      position: kzHeaderBytes,
      cause,
    });
  }
}

/** Nested messages that are set, each with its path. */
function* children(message: ReflectMessage, path: string): Generator<[ReflectMessage, string]> {
  const prefix = path === '' ? '' : `${path}/`;
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    if (field.fieldKind === 'message') yield [message.get(field), `${prefix}${field.jsonName}`];
    else if (field.fieldKind === 'list' && field.listKind === 'message') {
      let index = 0;
      for (const item of message.get(field)) {
        yield [item as ReflectMessage, `${prefix}${field.jsonName}[${index}]`];
        index += 1;
      }
    }
  }
}

/**
 * The runtime keeps a number that an enum does not list as an unknown field where it stands alone, but leaves it among the others of a
 * list, where the JSON form could not be read again.
 */
function partUnknownNames(message: ReflectMessage): void {
  for (const field of message.fields) {
    if (field.fieldKind !== 'list' || field.listKind !== 'enum' || !message.isSet(field)) continue;
    const list = message.get(field);
    const numbers = [...list] as number[];
    const isListed = (number: number) => field.enum.value[number] !== undefined;
    if (numbers.every(isListed)) continue;
    list.clear();
    for (const number of numbers.filter(isListed)) list.add(number);
    const strange = numbers.filter((number) => !isListed(number));
    message.setUnknown([
      ...(message.getUnknown() ?? []),
      ...strange.map((number) => ({
        no: field.number,
        wireType: WireType.Varint,
        data: new BinaryWriter().int32(number).finish(),
      })),
    ]);
  }
  for (const [child] of children(message, '')) partUnknownNames(child);
}

function collectUnknown(message: ReflectMessage, path: string, into: KzUnknownField[]): void {
  for (const { no, wireType, data } of message.getUnknown() ?? []) {
    // The runtime keeps the end of a group that never began; nothing could write that back.
    if (wireType === WireType.EndGroup) {
      throw new KzError({
        code: 'BAD_MESSAGE',
        message: `${path === '' ? 'message' : path}: field ${no} ends a group that never began`,
        path: path === '' ? 'message' : path,
      });
    }
    into.push({ path, number: no, wireType, hex: toHex(data) });
  }
  for (const [child, at] of children(message, path)) collectUnknown(child, at, into);
}

function badValue(path: string, what: string, cause?: unknown): KzError {
  return new KzError({ code: 'BAD_VALUE', message: `${path}: ${what}`, path, cause });
}

function messageOfJson(schema: DescMessage, json: JsonValue, ignoreUnknownFields = false): Message {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw badValue('message', 'an object wanted');
  try {
    return fromJson(schema, json, { ignoreUnknownFields });
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : 'unreadable';
    const field = /field elcert\.kz\.v\d+\.(\S+)/.exec(text)?.[1];
    throw badValue(field === undefined ? 'message' : `message/${field}`, text, cause);
  }
}

function addUnknown(schema: DescMessage, message: Message, field: KzUnknownField, at: string): void {
  if (typeof field !== 'object' || field === null || typeof field.hex !== 'string')
    throw badValue(at, 'path, number, wireType and hex wanted');
  const { path, number, wireType } = field;
  if (!Number.isInteger(number) || number < 1 || number >= 2 ** 29)
    throw badValue(`${at}/number`, 'no field number');
  if (![0, 1, 2, 3, 5].includes(wireType)) throw badValue(`${at}/wireType`, 'no wire type');
  let target: ReflectMessage | undefined = reflect(schema, message);
  let reached = '';
  while (target !== undefined && reached !== path) {
    let next: [ReflectMessage, string] | undefined;
    for (const child of children(target, reached))
      if (path === child[1] || String(path).startsWith(`${child[1]}/`)) next = child;
    target = next?.[0];
    reached = next?.[1] ?? '';
  }
  if (target === undefined) throw badValue(`${at}/path`, 'there is no such message');
  target.setUnknown([...(target.getUnknown() ?? []), { no: number, wireType, data: fromHex(field.hex) }]);
}

/** The path of the first required field that is not set. */
function missingField(message: ReflectMessage, path: string, schemas: KzSchemas): string | undefined {
  for (const field of message.sortedFields)
    if (schemas.isRequired(field) && !message.isSet(field))
      return path === '' ? field.jsonName : `${path}/${field.jsonName}`;
  for (const [child, at] of children(message, path)) {
    const missing = missingField(child, at, schemas);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

/** The path of the first field that the schema of the version requires and a message in JSON form does not have. */
export function missingKzField(version: KzVersion, kind: KzKind, message: JsonObject): string | undefined {
  const schema = kzSchemas(version)[kind];
  return missingField(reflect(schema, messageOfJson(schema, message)), '', kzSchemas(version));
}

function write(version: KzVersion, schema: DescMessage, message: Message): Uint8Array {
  const missing = missingField(reflect(schema, message), '', kzSchemas(version));
  if (missing !== undefined)
    throw new KzError({
      code: 'MISSING_FIELD',
      message: `message/${missing}: the schema requires it`,
      path: `message/${missing}`,
    });
  return toBinary(schema, message);
}

/** The payload that came along, when it still says what the message says. */
function givenPayload(frame: KzFrame, schema: DescMessage, message: Message): Uint8Array | undefined {
  if (frame.payload === undefined) return undefined;
  if (typeof frame.payload !== 'string') throw badValue('payload', 'hex wanted');
  const payload = fromHex(frame.payload);
  const given = readPayload(frame.header.version, frame.kind, payload);
  const asked: KzUnknownField[] = [];
  collectUnknown(reflect(schema, message), '', asked);
  const text = (json: JsonValue, unknown: readonly KzUnknownField[]) => JSON.stringify([json, unknown]);
  return text(given.json, given.unknown) === text(toJson(schema, message), asked) ? payload : undefined;
}

/**
 * Drops what a version does not have from a message in JSON form, so that one builder serves several versions.
 *
 * @throws KzError `BAD_VALUE`
 */
export function fitKzMessage(version: KzVersion, kind: KzKind, message: JsonObject): JsonObject {
  const schema = kzSchemas(version)[kind];
  return toJson(schema, messageOfJson(schema, message, true)) as JsonObject;
}
