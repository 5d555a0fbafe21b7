import { ElcertError, formatRubles, isElcertError, type Kopecks, parseRubles } from '@elcert/core';
import { type AtolFieldType, type AtolLayout, type AtolObject, atolTasks, isAtolTaskType } from './tasks.js';

/**
 * What the codec refuses.
 *
 * - `NOT_JSON` – the text is no JSON object, or too long
 * - `BAD_TASK` – a task that the table does not describe
 * - `BAD_RESULT` – an answer without what the table demands
 */
export type AtolCodecErrorCode = 'NOT_JSON' | 'BAD_TASK' | 'BAD_RESULT';

/** Shape of the web server's interface. */
export type AtolVersion = 'v1' | 'v2';

/** States of a task in the web server's queue. */
export const atolStatuses = [
  'wait',
  'inProgress',
  'ready',
  'error',
  'interrupted',
  'blocked',
  'canceled',
] as const;

/** State of a task in the web server's queue. */
export type AtolStatus = (typeof atolStatuses)[number];

/** What the queue says of one task. */
export interface AtolTaskAnswer {
  readonly status: AtolStatus;
  /** 0 while nothing went wrong. */
  readonly errorCode: number;
  readonly errorDescription: string;
  /** Absent until `ready`, and sometimes even then. */
  readonly result: AtolObject | undefined;
}

/** Longest body that is read, bytes. */
export const maxAtolBody = 4 * 1024 * 1024;

/** Paths of the interface. */
export const atolPaths: Readonly<Record<AtolVersion, string>> = { v1: '/requests', v2: '/api/v2/requests' };

function failed(
  code: AtolCodecErrorCode,
  message: string,
  path?: string,
  cause?: unknown,
): ElcertError<AtolCodecErrorCode> {
  return new ElcertError({ code, message, path, cause });
}

/** Whether a value is a JSON object (not a list, not null). */
export function isAtolObject(value: unknown): value is AtolObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a body as JSON.
 *
 * @throws ElcertError `NOT_JSON`
 */
export function parseAtolJson(bytes: Uint8Array): unknown {
  if (bytes.length > maxAtolBody) throw failed('NOT_JSON', `${bytes.length} bytes are too many`);
  try {
    // Some servers begin with a byte order mark; TextDecoder leaves it out.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw failed('NOT_JSON', 'the body is no JSON', undefined, cause);
  }
}

// ------------------------------------------------------------------------------------------------------------- values

/** Kopecks as the tasks carry money: a JSON number of roubles with at most two digits after the point. */
export function atolRubles(value: Kopecks): number {
  // The shortest decimal text of the nearest double is exactly these two digits: 2⁵³ kopecks have sixteen digits.
  return Number(formatRubles(value));
}

/**
 * Money of an answer in kopecks.
 *
 * @throws ElcertError `BAD_RESULT` unless it is a number of roubles with whole kopecks
 */
export function kopecksOfAtol(value: unknown, path: string): Kopecks {
  try {
    const text = typeof value === 'number' ? value.toFixed(2) : '';
    // Some writers print a double with all its digits (100.30000000000001); half a kopeck is another thing.
    if (Math.abs(Number(text) - (value as number)) > 1e-6) throw new Error('more than two digits');
    return parseRubles(text, { allowNegative: true });
  } catch (cause) {
    throw failed('BAD_RESULT', `${path}: no sum of money`, path, cause);
  }
}

/** `2026-11-22` as the tasks write dates: `2026.11.22`. */
export function atolDate(iso: string): string {
  return iso.replaceAll('-', '.');
}

/** The wall-clock time of an answer's time with a zone: `2025-11-24T12:00:00+03:00` → `2025-11-24T12:00`. */
export function localTimeOfAtol(value: unknown): string | undefined {
  const match = typeof value === 'string' ? /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(value) : null;
  return match === null ? undefined : `${match[1]}T${match[2]}`;
}

// ------------------------------------------------------------------------------------------------------------- layouts

function fits(type: AtolFieldType, value: unknown): boolean {
  switch (type.replace('?', '')) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'flag':
      return typeof value === 'boolean';
    case 'word':
      return typeof value === 'string' || typeof value === 'number';
    case 'object':
      return isAtolObject(value);
    case 'objects':
      return isAtolObject(value) || Array.isArray(value);
    default:
      return Array.isArray(value);
  }
}

function checkLayout(layout: AtolLayout, value: AtolObject, code: AtolCodecErrorCode, path: string): void {
  for (const [name, type] of Object.entries(layout)) {
    const member = value[name];
    if (member === undefined || member === null) {
      if (type.endsWith('?')) continue;
      throw failed(code, `${path}/${name}: missing`, `${path}/${name}`);
    }
    if (!fits(type, member))
      throw failed(code, `${path}/${name}: ${type.replace('?', '')} is wanted`, `${path}/${name}`);
  }
}

/**
 * Checks a task against the table. Strict on what is sent: unknown members are refused too.
 *
 * @throws ElcertError `BAD_TASK` with a path such as `task/items`
 */
export function checkAtolTask(task: unknown): void {
  if (!isAtolObject(task) || !isAtolTaskType(task.type))
    throw failed('BAD_TASK', 'task/type: no known type', 'task/type');
  const layout: AtolLayout = atolTasks[task.type].request;
  for (const name of Object.keys(task)) {
    if (name !== 'type' && !Object.hasOwn(layout, name))
      throw failed('BAD_TASK', `task/${name}: ${task.type} has no such member`, `task/${name}`);
  }
  checkLayout(layout, task, 'BAD_TASK', 'task');
}

/**
 * Checks the result of a task. Lenient on what is received: members that the table does not know stay.
 *
 * @throws ElcertError `BAD_RESULT` with a path
 */
export function checkAtolResult(type: keyof typeof atolTasks, result: AtolObject | undefined): AtolObject {
  const value = result ?? {};
  checkLayout(atolTasks[type].result, value, 'BAD_RESULT', 'result');
  return value;
}

// ------------------------------------------------------------------------------------------------------------ exchange

/** The body that puts tasks into the queue. */
export function encodeAtolRequest(
  uuid: string,
  tasks: readonly AtolObject[],
  deviceId?: string,
): Uint8Array<ArrayBuffer> {
  const body = { uuid, ...(deviceId === undefined ? {} : { deviceID: deviceId }), request: tasks };
  return new TextEncoder().encode(JSON.stringify(body));
}

/**
 * Reads the body that {@link encodeAtolRequest} makes; a single object instead of a list is taken too.
 *
 * @throws ElcertError `NOT_JSON` or `BAD_TASK`
 */
export function decodeAtolRequest(bytes: Uint8Array): {
  readonly uuid: string;
  readonly deviceId: string | undefined;
  readonly tasks: readonly AtolObject[];
} {
  const body = parseAtolJson(bytes);
  if (!isAtolObject(body) || typeof body.uuid !== 'string' || body.uuid === '')
    throw failed('BAD_TASK', 'uuid: missing', 'uuid');
  const list = Array.isArray(body.request) ? body.request : [body.request];
  if (list.length === 0 || list.length > 1000 || !list.every(isAtolObject))
    throw failed('BAD_TASK', 'request: no tasks', 'request');
  return {
    uuid: body.uuid,
    deviceId: typeof body.deviceID === 'string' ? body.deviceID : undefined,
    tasks: list,
  };
}

/** The answer about a request in the shape of a version. */
export function encodeAtolAnswers(
  version: AtolVersion,
  answers: readonly AtolTaskAnswer[],
): Record<string, unknown> {
  return {
    results: answers.map(({ status, errorCode, errorDescription, result }) => ({
      status,
      ...(version === 'v1'
        ? { errorCode, errorDescription }
        : { error: { code: errorCode, description: errorDescription } }),
      result: result === undefined ? null : Array.isArray(result.list) ? result.list : result,
    })),
  };
}

const statusNames: ReadonlySet<string> = new Set(atolStatuses);

function readAnswer(entry: unknown, path: string): AtolTaskAnswer {
  if (!isAtolObject(entry) || typeof entry.status !== 'string' || !statusNames.has(entry.status))
    throw failed('BAD_RESULT', `${path}/status: no known state`, `${path}/status`);
  const error = isAtolObject(entry.error) ? entry.error : {};
  const code = entry.errorCode ?? error.code ?? 0;
  const description = entry.errorDescription ?? error.description ?? '';
  return {
    status: entry.status as AtolStatus,
    errorCode: typeof code === 'number' && Number.isInteger(code) ? code : 15,
    errorDescription: String(description).slice(0, 500),
    // Only validateMarks answers with a list.
    result: isAtolObject(entry.result)
      ? entry.result
      : Array.isArray(entry.result)
        ? { list: entry.result.filter(isAtolObject) }
        : undefined,
  };
}

/** The entry of our request: some versions answer with the whole queue whatever was asked for. */
function ownEntry(body: unknown, uuid: string): AtolObject | undefined {
  const same = (entry: unknown): entry is AtolObject =>
    isAtolObject(entry) &&
    typeof entry.uuid === 'string' &&
    entry.uuid.toLowerCase() === uuid.toLowerCase() &&
    Array.isArray(entry.results);
  if (Array.isArray(body)) return body.find(same);
  if (!isAtolObject(body)) return undefined;
  if (Array.isArray(body.results)) {
    // Results of requests, each with its uuid, or results of our tasks, with none.
    const nested = body.results.find(same);
    if (nested !== undefined) return nested;
    const foreign = body.results.some((entry) => isAtolObject(entry) && typeof entry.uuid === 'string');
    return foreign || (typeof body.uuid === 'string' && !same(body)) ? undefined : body;
  }
  for (const member of Object.values(body)) {
    if (!Array.isArray(member)) continue;
    const found = member.find(same);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Reads the answer about a request, of either version.
 *
 * @returns nothing when the answer is about other requests only
 * @throws ElcertError `NOT_JSON`, or `BAD_RESULT` for a state that is not known
 */
export function decodeAtolAnswers(bytes: Uint8Array, uuid: string): readonly AtolTaskAnswer[] | undefined {
  const body = parseAtolJson(bytes);
  const entry = ownEntry(body, uuid);
  if (entry === undefined) return undefined;
  const list = entry.results as readonly unknown[];
  if (list.length === 0) throw failed('BAD_RESULT', 'results: empty', 'results');
  return list.map((one, index) => readAnswer(one, `results[${index}]`));
}

/** Whether an error came from the codec. */
export function isAtolCodecError(error: unknown): error is ElcertError<AtolCodecErrorCode> {
  return isElcertError(error) && ['NOT_JSON', 'BAD_TASK', 'BAD_RESULT'].includes(error.code);
}
