import { type ElcertError, isElcertError, redactedMark } from '@elcert/core';
import { clearCardNumbers, peopleText } from '../people-text.js';
import { type Lan4GateErrorCode, lan4GateError } from './errors.js';
import {
  type Lan4GateField,
  type Lan4GateFieldKind,
  type Lan4GateOperationName,
  type Lan4GateRequestValues,
  type Lan4GateValues,
  lan4GateFields,
  lan4GateMaxAmount,
  lan4GateOperations,
} from './table.js';

/** Members that the table does not know, or whose value is not of their kind: kept as they came and written back. */
export type Lan4GateUnknown = Readonly<Record<string, unknown>>;

/** The till asks. */
export interface Lan4GateRequest {
  readonly type: 'request';
  /** 1 … 999. */
  readonly ecrNumber: number;
  readonly operationCode: number;
  readonly fields: Lan4GateValues;
  readonly unknown?: Lan4GateUnknown;
}

/** The terminal answers. */
export interface Lan4GateResponse {
  readonly type: 'response';
  readonly ecrNumber: number | undefined;
  readonly operationCode: number;
  readonly status: number;
  readonly fields: Lan4GateValues;
  readonly unknown?: Lan4GateUnknown;
}

/** The terminal shows what it is doing. */
export interface Lan4GateNotification {
  readonly type: 'notification';
  readonly code: number;
  readonly message?: string;
  readonly additional?: string;
}

/** The till interferes: code 1 aborts the running operation. */
export interface Lan4GateInteraction {
  readonly type: 'interaction';
  readonly code: number;
}

/** Lines of a slip for the till's printer: code 1 begins, 2 carries lines, 3 ends. */
export interface Lan4GateReceipt {
  readonly type: 'receipt';
  readonly code: number;
  readonly lines: readonly string[];
}

/** The terminal asks the cashier, or the till answers with `result`. */
export interface Lan4GateInterface {
  readonly type: 'interface';
  /** `TypeUI`: 1 yes/no, 2 amount, 3 text, 4 menu. */
  readonly dialog: number;
  readonly title?: string;
  readonly value?: string;
  readonly infoText?: string;
  readonly minLen?: string;
  readonly maxLen?: string;
  readonly result?: string;
}

/** A message of another class, e.g. `Com`, the relay of the bank's traffic. */
export interface Lan4GateOther {
  readonly type: 'other';
  readonly className: string;
  readonly object: Lan4GateUnknown;
}

/** Any message of the protocol. */
export type Lan4GateMessage =
  | Lan4GateRequest
  | Lan4GateResponse
  | Lan4GateNotification
  | Lan4GateInteraction
  | Lan4GateReceipt
  | Lan4GateInterface
  | Lan4GateOther;

const classes = {
  request: 'LANTER::Request',
  response: 'LANTER::Response',
  notification: 'LANTER::Notification',
  interaction: 'LANTER::Interaction',
  receipt: 'LANTER::Receipt',
  interface: 'LANTER::Interface',
} as const;

const interfaceMembers = {
  title: 'Title',
  value: 'Value',
  infoText: 'InfoText',
  minLen: 'MinLen',
  maxLen: 'MaxLen',
  result: 'Result',
} as const;

// The vendor's own limits.
const maxText = 8192;
const maxRows = 999;

const fieldOfWire = new Map<string, Lan4GateField>(
  Object.entries(lan4GateFields).flatMap(([name, spec]) =>
    ('wire' in spec ? [spec.wire, name] : [name]).map((wire) => [wire, name as Lan4GateField] as const),
  ),
);

const wireOf = (field: Lan4GateField): string => {
  const spec = lan4GateFields[field];
  return 'wire' in spec ? spec.wire : field;
};

// ── writing: strict ──────────────────────────────────────────────────────────────────────────────────────────────

function badField(path: string, message: string): ElcertError<Lan4GateErrorCode> {
  return lan4GateError({ code: 'BAD_FIELD', message: `${path}: ${message}`, path, outcome: 'not-sent' });
}

function writeValue(kind: Lan4GateFieldKind, value: unknown, path: string): unknown {
  switch (kind) {
    case 'amount':
      if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > lan4GateMaxAmount)
        throw badField(path, 'not a sum in whole kopecks');
      return value;
    case 'int':
      if (!Number.isSafeInteger(value)) throw badField(path, 'not a whole number');
      return value;
    case 'flag':
      if (typeof value !== 'boolean') throw badField(path, 'not true or false');
      return value ? 1 : 0;
    case 'text':
      if (typeof value !== 'string' || value.length === 0 || value.length > maxText)
        throw badField(path, `not a text of 1 to ${maxText} characters`);
      return value;
    case 'rows':
      if (!Array.isArray(value) || value.length > maxRows)
        throw badField(path, `not a list of at most ${maxRows} rows`);
      return value.map((row: Lan4GateValues, index) => writeFields(row, `${path}[${index}]/`));
  }
}

function writeFields(fields: Lan4GateValues, prefix = ''): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const spec = lan4GateFields[name as Lan4GateField];
    if (spec === undefined) throw badField(`${prefix}${name}`, 'no such member');
    object[wireOf(name as Lan4GateField)] = writeValue(spec.kind, value, `${prefix}${name}`);
  }
  return object;
}

function checkNumber(value: number, name: string, from: number, to: number): number {
  if (!Number.isInteger(value) || value < from || value > to)
    throw badField(name, `not a number from ${from} to ${to}`);
  return value;
}

function toObject(message: Lan4GateMessage): readonly [className: string, object: Record<string, unknown>] {
  switch (message.type) {
    case 'request':
      return [
        classes.request,
        {
          EcrNumber: checkNumber(message.ecrNumber, 'EcrNumber', 1, 999),
          OperationCode: checkNumber(message.operationCode, 'OperationCode', 1, 9999),
          ...writeFields(message.fields),
          ...message.unknown,
        },
      ];
    case 'response':
      return [
        classes.response,
        {
          ...(message.ecrNumber === undefined
            ? {}
            : { EcrNumber: checkNumber(message.ecrNumber, 'EcrNumber', 1, 999) }),
          OperationCode: checkNumber(message.operationCode, 'OperationCode', 1, 9999),
          Status: checkNumber(message.status, 'Status', 0, 9999),
          ...writeFields(message.fields),
          ...message.unknown,
        },
      ];
    case 'notification':
      return [
        classes.notification,
        {
          Code: checkNumber(message.code, 'Code', 0, 9999),
          ...(message.message === undefined ? {} : { Message: message.message }),
          ...(message.additional === undefined ? {} : { Additional: message.additional }),
        },
      ];
    case 'interaction':
      return [classes.interaction, { Code: checkNumber(message.code, 'Code', 0, 9999) }];
    case 'receipt':
      return [
        classes.receipt,
        {
          Code: checkNumber(message.code, 'Code', 0, 9999),
          ...(message.lines.length === 0 ? {} : { Lines: message.lines }),
        },
      ];
    case 'interface': {
      const object: Record<string, unknown> = { TypeUI: checkNumber(message.dialog, 'TypeUI', 0, 9999) };
      for (const [name, wire] of Object.entries(interfaceMembers)) {
        const value = message[name as keyof typeof interfaceMembers];
        if (value !== undefined) object[wire] = value;
      }
      return [classes.interface, object];
    }
    case 'other':
      return [message.className, { ...message.object }];
  }
}

/**
 * The JSON text of a message, without its size prefix.
 *
 * @throws ElcertError `BAD_FIELD` (`not-sent`) with the path of the member at fault
 */
export function encodeLan4GateBody(message: Lan4GateMessage): Uint8Array {
  const [className, object] = toObject(message);
  return new TextEncoder().encode(JSON.stringify({ __class: className, __object: object }));
}

/**
 * The size prefix of a message: its length in **bytes** as four lower-case hex digits; from 65535 on `ffff` and eight more.
 *
 * The vendor's library writes the two bytes FF FF in place of the text `ffff` and reads only the text; the text is what
 * is written here.
 */
export function lan4GatePrefix(length: number): string {
  return length < 0xffff
    ? length.toString(16).padStart(4, '0')
    : `ffff${length.toString(16).padStart(8, '0')}`;
}

/**
 * A message as it goes over the wire, size prefix first.
 *
 * @throws ElcertError `BAD_FIELD` (`not-sent`) with the path of the member at fault
 * @example
 * ```ts
 * encodeLan4Gate({ type: 'interaction', code: 1 });
 * // 0037{"__class":"LANTER::Interaction","__object":{"Code":1}}
 * ```
 */
export function encodeLan4Gate(message: Lan4GateMessage): Uint8Array {
  const body = encodeLan4GateBody(message);
  const prefix = new TextEncoder().encode(lan4GatePrefix(body.length));
  const frame = new Uint8Array(prefix.length + body.length);
  frame.set(prefix);
  frame.set(body, prefix.length);
  return frame;
}

/**
 * Makes the request of a named operation: members in the order of the table, nothing missing, nothing too much.
 *
 * @throws ElcertError `BAD_FIELD` (`not-sent`)
 */
export function lan4GateRequest<N extends Lan4GateOperationName>(
  name: N,
  ecrNumber: number,
  values: Lan4GateRequestValues<N> & Pick<Lan4GateValues, 'EcrMerchantNumber' | 'CurrencyCode'>,
): Lan4GateRequest {
  const spec = lan4GateOperations[name];
  const given = values as Lan4GateValues;
  if ('fieldsKnown' in spec) return { type: 'request', ecrNumber, operationCode: spec.code, fields: given };
  const fields: Record<string, unknown> = {};
  for (const field of spec.required) {
    if (given[field] === undefined) throw badField(field, `${name} needs it`);
    fields[field] = given[field];
  }
  for (const field of spec.optional) if (given[field] !== undefined) fields[field] = given[field];
  for (const [field, value] of Object.entries(given))
    if (value !== undefined && !(field in fields)) throw badField(field, `${name} has no such member`);
  return { type: 'request', ecrNumber, operationCode: spec.code, fields: fields as Lan4GateValues };
}

// ── reading: tolerant ────────────────────────────────────────────────────────────────────────────────────────────

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A whole number, also one written as text; `undefined` when it is neither. */
function readInt(value: unknown): number | undefined {
  const number =
    typeof value === 'string' && /^-?\d{1,16}$/.test(value)
      ? Number(value)
      : typeof value === 'boolean'
        ? Number(value)
        : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

const readText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;

function readValue(kind: Lan4GateFieldKind, value: unknown): unknown {
  switch (kind) {
    case 'amount': {
      const amount = readInt(value);
      return typeof value === 'boolean' || amount === undefined || amount < 0 ? undefined : amount;
    }
    case 'int':
      return readInt(value);
    case 'flag': {
      if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
      const flag = readInt(value);
      return flag === undefined ? undefined : flag !== 0;
    }
    case 'text':
      return readText(value);
    case 'rows':
      // A row that is no object, or a list too long, spoils the whole list: half a report would be a wrong report.
      return Array.isArray(value) && value.length <= maxRows && value.every(isObject)
        ? value.map((row) => readFields(row).fields)
        : undefined;
  }
}

function readFields(object: JsonObject): {
  readonly fields: Record<string, unknown>;
  readonly unknown: Lan4GateUnknown;
} {
  const fields: Record<string, unknown> = {};
  const unknown: [string, unknown][] = [];
  for (const [wire, raw] of Object.entries(object)) {
    const field = fieldOfWire.get(wire);
    const value = field === undefined ? undefined : readValue(lan4GateFields[field].kind, raw);
    if (field === undefined || value === undefined || field in fields) unknown.push([wire, raw]);
    else fields[field] = value;
  }
  return { fields, unknown: Object.fromEntries(unknown) };
}

function badMessage(message: string, path?: string, cause?: unknown): ElcertError<Lan4GateErrorCode> {
  return lan4GateError({ code: 'BAD_MESSAGE', message, path, outcome: 'unknown', cause });
}

function needInt(object: JsonObject, name: string): number {
  const value = readInt(object[name]);
  if (value === undefined || value < 0) throw badMessage(`${name} is not a number`, `__object/${name}`);
  return value;
}

const some = <K extends string>(name: K, value: string | undefined): { readonly [P in K]?: string } =>
  value === undefined ? {} : ({ [name]: value } as { [P in K]: string });

/**
 * Reads the JSON text of one message (what the framer gives).
 *
 * Tolerant, as the wire demands: numbers may be text and flags numbers, both spellings of a member are taken, members that
 * are unknown or of another kind are kept in `unknown`, bytes that are not UTF-8 become U+FFFD (what decides is ASCII: an
 * approval must not be lost for a badly encoded text). A message without its code or status is refused.
 *
 * @throws ElcertError `BAD_MESSAGE` with the path of what is missing
 */
export function decodeLan4Gate(body: Uint8Array): Lan4GateMessage {
  let root: unknown;
  try {
    root = JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    // The parser's message quotes the text, which may hold card data: only its name goes on.
    throw badMessage(`not JSON (${cause instanceof Error ? cause.name : 'unknown fault'})`);
  }
  if (!isObject(root)) throw badMessage('not a JSON object');
  const className = root.__class;
  const object = root.__object;
  if (typeof className !== 'string') throw badMessage('no class', '__class');
  if (!isObject(object)) throw badMessage('no object', '__object');
  switch (className) {
    case classes.request:
    case classes.response: {
      const operationCode = needInt(object, 'OperationCode');
      const { fields, unknown } = readFields(object);
      const { EcrNumber: ecrNumber, OperationCode: _code, Status: status, ...rest } = fields;
      const more = Object.keys(unknown).length === 0 ? {} : { unknown };
      if (className === classes.response) {
        return {
          type: 'response',
          ecrNumber: ecrNumber as number | undefined,
          operationCode,
          status: status === undefined ? needInt(object, 'Status') : (status as number),
          fields: rest as Lan4GateValues,
          ...more,
        };
      }
      return {
        type: 'request',
        ecrNumber: needInt(object, 'EcrNumber'),
        operationCode,
        fields: (status === undefined ? rest : { ...rest, Status: status }) as Lan4GateValues,
        ...more,
      };
    }
    case classes.notification:
      return {
        type: 'notification',
        code: needInt(object, 'Code'),
        ...some('message', readText(object.Message)),
        ...some('additional', readText(object.Additional)),
      };
    case classes.interaction:
      return { type: 'interaction', code: needInt(object, 'Code') };
    case classes.receipt: {
      const lines = object.Lines;
      return {
        type: 'receipt',
        code: needInt(object, 'Code'),
        lines: Array.isArray(lines)
          ? lines.map((line) => readText(line) ?? '')
          : typeof lines === 'string'
            ? lines.split('\n')
            : [],
      };
    }
    case classes.interface:
      return {
        type: 'interface',
        dialog: needInt(object, 'TypeUI'),
        ...some('title', readText(object.Title)),
        ...some('value', readText(object.Value)),
        ...some('infoText', readText(object.InfoText)),
        ...some('minLen', readText(object.MinLen)),
        ...some('maxLen', readText(object.MaxLen)),
        ...some('result', readText(object.Result)),
      };
    default:
      return { type: 'other', className, object };
  }
}

/** Reads one message, an error as a value: for explaining traffic. */
export function safeDecodeLan4Gate(
  body: Uint8Array,
):
  | { readonly ok: true; readonly message: Lan4GateMessage }
  | { readonly ok: false; readonly error: ElcertError } {
  try {
    return { ok: true, message: decodeLan4Gate(body) };
  } catch (error) {
    if (isElcertError(error)) return { ok: false, error };
    throw error;
  }
}

// ── showing ──────────────────────────────────────────────────────────────────────────────────────────────────────

function maskPan(value: string): string {
  const digits = value.replace(/\D/g, '');
  return digits.length >= 4 ? `${'*'.repeat(Math.max(value.length - 4, 0))}${value.slice(-4)}` : redactedMark;
}

function maskFields(fields: Lan4GateValues): Lan4GateValues {
  const secrets = clearCardNumbers([fields.CardPAN]);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const spec = lan4GateFields[name as Lan4GateField];
      if (name === 'CardPAN' && typeof value === 'string') return [name, maskPan(value)];
      if ('secret' in spec) return [name, redactedMark];
      if (Array.isArray(value)) return [name, value.map((row: Lan4GateValues) => maskFields(row))];
      return [name, typeof value === 'string' ? peopleText(value, secrets) : value];
    }),
  ) as Lan4GateValues;
}

const maskUnknown = (unknown: Lan4GateUnknown): Lan4GateUnknown =>
  // Nobody knows what these hold: their names and kinds are all that may be shown.
  Object.fromEntries(Object.entries(unknown).map(([name, value]) => [name, `[${typeof value}]`]));

/**
 * The same message as it may be logged, traced and shown: card numbers keep their last four digits, hashes and card data
 * are masked, members that nobody knows show their kind only. Still a message: it can be encoded again.
 */
export function redactLan4Gate(message: Lan4GateMessage): Lan4GateMessage {
  switch (message.type) {
    case 'request':
    case 'response': {
      const { unknown, ...known } = message;
      return {
        ...known,
        fields: maskFields(message.fields),
        ...(unknown === undefined ? {} : { unknown: maskUnknown(unknown) }),
      };
    }
    case 'notification':
      return {
        ...message,
        ...some('message', message.message === undefined ? undefined : peopleText(message.message)),
        ...some('additional', message.additional === undefined ? undefined : peopleText(message.additional)),
      };
    case 'receipt':
      return { ...message, lines: message.lines.map((line) => peopleText(line)) };
    case 'interface':
      // What the cashier types may be anything, a card number included.
      return {
        ...message,
        ...some('title', message.title === undefined ? undefined : peopleText(message.title)),
        ...some('infoText', message.infoText === undefined ? undefined : peopleText(message.infoText)),
        ...some('value', message.value === undefined ? undefined : peopleText(message.value)),
        ...some('result', message.result === undefined ? undefined : redactedMark),
      };
    case 'other':
      return { ...message, object: maskUnknown(message.object) };
    default:
      return message;
  }
}
