import { concatBytes, ElcertError, type FetchLike, redact } from '@elcert/core';
import { isDocumentCode, joinTlv, splitTlv } from '@elcert/fiscal-doc';
import { isAtolObject } from './codec.js';
import { describeAtolError } from './errors.js';
import { atolTasks, isAtolTaskType } from './tasks.js';

// What went over HTTP: masked before anybody sees it, explained task by task, and played back to a driver.

/** Half an HTTP exchange, masked: the sign-in is never part of it, nor is what a buyer told of himself. */
export interface AtolTraceEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly direction: 'out' | 'in';
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Of an answer; absent when none came. */
  readonly httpStatus?: number | undefined;
  /** JSON when it is, text otherwise. */
  readonly body?: unknown;
  /** Why no answer came. */
  readonly failure?: 'not-connected' | 'lost' | undefined;
}

/** Receives a trace. */
export type AtolTrace = (entry: AtolTraceEntry) => void;

/** What stands where a person's data stood. */
const mark = '***';

/** Objects of the tasks that are about a buyer, and requisites (by number) that are. */
const personal: ReadonlySet<string> = new Set(['clientInfo', '1008', '1203', '1227', '1228', '1256']);
/** The same, and what a buyer (1256) consists of, in the bytes of a document; 1203 is the cashier's own number. */
const personalTags: ReadonlySet<number> = new Set([1008, 1203, 1227, 1228, 1243, 1244, 1245, 1246, 1254]);
/** Requisites that hold others. */
const holders: ReadonlySet<number> = new Set([1256]);

function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidden);
  if (isAtolObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hidden(member)]));
  return value === undefined || value === null ? value : mark;
}

/** Texts of a person become asterisks, so that the document stays one that can be read. */
function hiddenTlv(bytes: Uint8Array): Uint8Array {
  return joinTlv(
    splitTlv(bytes).map(({ tag, value }) => ({
      tag,
      value: holders.has(tag)
        ? hiddenTlv(value)
        : personalTags.has(tag)
          ? new Uint8Array(value.length).fill(0x2a)
          : value,
    })),
  );
}

function hiddenDocument(text: string): string {
  try {
    const raw = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const whole =
      raw.length >= 4 &&
      isDocumentCode((raw[0] as number) | ((raw[1] as number) << 8)) &&
      ((raw[2] as number) | ((raw[3] as number) << 8)) + 4 === raw.length;
    const safe = whole ? concatBytes(raw.subarray(0, 4), hiddenTlv(raw.subarray(4))) : hiddenTlv(raw);
    return btoa(Array.from(safe, (byte) => String.fromCharCode(byte)).join(''));
  } catch {
    // What cannot be read cannot be known to be harmless.
    return mark;
  }
}

function withoutPeople(value: unknown, name = ''): unknown {
  if (personal.has(name)) return hidden(value);
  if (name === 'rawData') return typeof value === 'string' ? hiddenDocument(value) : hidden(value);
  if (Array.isArray(value)) return value.map((one) => withoutPeople(one));
  if (!isAtolObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, one]) => [
      member,
      name === 'operator' && member === 'vatin' ? hidden(one) : withoutPeople(one, member),
    ]),
  );
}

/** A body as a trace shows it: buyers' data and what looks like a secret are masked. */
export function maskAtolBody(body: unknown): unknown {
  return redact(withoutPeople(body));
}

// ------------------------------------------------------------------------------------------------------------ explained

/** One thing that an entry of a trace says. */
export interface AtolExplanation {
  /** `false` for an error, or for what is no message of the interface. */
  readonly ok: boolean;
  /** One line of English. */
  readonly title: string;
  readonly lines: readonly string[];
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function fields(value: unknown, except: readonly string[] = []): string[] {
  return isAtolObject(value)
    ? Object.entries(value)
        .filter(([name]) => !except.includes(name))
        .map(([name, member]) => `${name}: ${short(member)}`)
    : [];
}

function explainedTask(task: unknown): AtolExplanation {
  const type = isAtolObject(task) ? task.type : undefined;
  if (!isAtolTaskType(type))
    return { ok: false, title: `task ${short(type)} of no known type`, lines: fields(task) };
  const { titleRu, effect } = atolTasks[type];
  return { ok: true, title: `task ${type} (${titleRu}), ${effect}`, lines: fields(task, ['type']) };
}

function explainedResult(entry: unknown): AtolExplanation {
  if (!isAtolObject(entry)) return { ok: false, title: 'a result that is none', lines: [short(entry)] };
  const error = isAtolObject(entry.error) ? entry.error : {};
  const code = Number(entry.errorCode ?? error.code ?? 0);
  const { text, textRu } = describeAtolError(code);
  const verdict = code === 0 ? '' : `, error ${code}: ${text} (${textRu})`;
  return {
    ok: code === 0 && entry.status !== 'error',
    title: `${short(entry.status)}${verdict}`,
    lines: fields(entry.result),
  };
}

/**
 * Explains one entry of a trace: each task of a request, each result of an answer.
 *
 * @example
 * ```ts
 * explainAtol(entry)[0]?.title; // 'POST /api/v2/requests 0b5c…: 1 task'
 * ```
 */
export function explainAtol({
  direction,
  method,
  path,
  httpStatus,
  body,
  failure,
}: Omit<AtolTraceEntry, 'at'>): readonly AtolExplanation[] {
  const call = `${method} ${path}`;
  if (direction === 'out') {
    if (!isAtolObject(body)) return [{ ok: true, title: call, lines: [] }];
    const tasks = Array.isArray(body.request) ? body.request : [body.request];
    const title = `${call} ${short(body.uuid)}: ${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'}`;
    return [{ ok: true, title, lines: [] }, ...tasks.map(explainedTask)];
  }
  if (failure !== undefined)
    return [
      {
        ok: false,
        title: `${call}: ${failure === 'lost' ? 'no answer came' : 'no connection came about'}`,
        lines: [],
      },
    ];
  const ok = httpStatus !== undefined && httpStatus < 400 && httpStatus !== 0;
  const results = isAtolObject(body) && Array.isArray(body.results) ? body.results : undefined;
  const head = {
    ok,
    title: `${call}: HTTP ${httpStatus ?? '?'}`,
    lines: results === undefined ? fields(body) : [],
  };
  return [head, ...(results ?? []).map(explainedResult)];
}

// ---------------------------------------------------------------------------------------------------------- played back

/** A server that plays a trace back. */
export interface ReplayedAtol {
  /** For the driver's `fetch`. */
  readonly fetch: FetchLike;
  /** Everything of the trace has been played. */
  readonly finished: boolean;
  /** The first thing that went another way than in the trace. */
  readonly mismatch: ElcertError<'REPLAY_MISMATCH'> | undefined;
}

const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** The same value with its members in one order: JSON has none. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isAtolObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, ordered(value[name])]),
  );
}

/**
 * Plays the server's side of a trace: what the driver asked then must be what it asks now – masked parts and uuids aside, which are
 * made anew – and it hears what it heard then. For tests of one's own till against a conversation from the field.
 *
 * `fetch` fails with `REPLAY_MISMATCH` (`position` is the entry) when the driver leaves the trace or the trace is at its end.
 */
export function replayAtol(entries: readonly AtolTraceEntry[]): ReplayedAtol {
  let next = 0;
  let mismatch: ElcertError<'REPLAY_MISMATCH'> | undefined;
  /** Uuids of the trace, and those that stand for them now. */
  const now = new Map<string, string>();
  const then = new Map<string, string>();

  /** Whether two texts are the same but for uuids that always stand for one another; learns new pairs. */
  const same = (told: string, said: string): boolean => {
    if (told.replace(uuids, '?') !== said.replace(uuids, '?')) return false;
    const pairs = [...told.matchAll(uuids)].map(([one], index) => [
      one.toLowerCase(),
      ([...said.matchAll(uuids)][index]?.[0] ?? '').toLowerCase(),
    ]);
    if (
      pairs.some(
        ([old = '', young = '']) => (now.get(old) ?? young) !== young || (then.get(young) ?? old) !== old,
      )
    )
      return false;
    for (const [old = '', young = ''] of pairs) {
      now.set(old, young);
      then.set(young, old);
    }
    return true;
  };
  const differ = (said: string): ElcertError<'REPLAY_MISMATCH'> => {
    const entry = entries[next];
    mismatch ??= new ElcertError({
      code: 'REPLAY_MISMATCH',
      message: `the driver asks ${said}, the trace ${entry === undefined ? 'has ended' : `has ${entry.method} ${entry.path}`}`,
      outcome: 'not-sent',
      position: next,
    });
    return mismatch;
  };
  const current = (body: unknown): string =>
    JSON.stringify(body ?? null).replace(uuids, (one) => now.get(one.toLowerCase()) ?? one);

  return {
    get finished() {
      return next === entries.length;
    },
    get mismatch() {
      return mismatch;
    },
    async fetch(url, { method, body }) {
      if (mismatch !== undefined) throw mismatch;
      // A server behind a proxy may have a path of its own in front.
      const path = new URL(url).pathname.replace(/^.*?(?=\/(?:api\/v2\/|requests))/, '');
      const asked = entries[next];
      const said = body === undefined ? undefined : maskAtolBody(JSON.parse(new TextDecoder().decode(body)));
      const text = (value: unknown) => JSON.stringify(ordered(value ?? null));
      if (
        asked?.direction !== 'out' ||
        asked.method !== method ||
        !same(`${asked.path} ${text(asked.body)}`, `${path} ${text(said)}`)
      )
        throw differ(`${method} ${path}`);
      next += 1;
      const answer = entries[next];
      if (answer?.direction !== 'in') throw differ(`${method} ${path} and waits for its answer`);
      next += 1;
      if (answer.failure !== undefined)
        throw Object.assign(new Error(answer.failure), {
          code: answer.failure === 'not-connected' ? 'ECONNREFUSED' : 'ECONNRESET',
        });
      const bytes = new TextEncoder().encode(
        answer.body === undefined ? '' : typeof answer.body === 'string' ? answer.body : current(answer.body),
      );
      return {
        status: answer.httpStatus ?? 200,
        headers: { get: () => null },
        arrayBuffer: async () => bytes.slice().buffer,
      };
    },
  };
}
