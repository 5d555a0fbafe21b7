import {
  type Clock,
  type FetchLike,
  type Logger,
  type Random,
  randomUuid,
  sleep,
  throwIfAborted,
} from '@elcert/core';
import {
  type AtolTaskAnswer,
  type AtolVersion,
  atolPaths,
  checkAtolResult,
  checkAtolTask,
  decodeAtolAnswers,
  encodeAtolRequest,
  isAtolCodecError,
} from './codec.js';
import { isDoubtfulAtolError } from './errors.js';
import {
  badAnswer,
  busy,
  failed,
  notReached,
  notTaken,
  outcomeUnknown,
  taskRefused,
  wrongSignIn,
} from './failures.js';
import { type AtolHttpOutcome, atolHttp } from './http.js';
import {
  type AtolRequestInput,
  type AtolTimings,
  type AtolVerdict,
  atolAsking,
  atolPosting,
  stepAtolRequest,
} from './machine.js';
import {
  type AtolObject,
  type AtolTaskFields,
  type AtolTaskResult,
  type AtolTaskType,
  atolTasks,
} from './tasks.js';
import type { AtolTrace } from './trace.js';

/** One task and its members. */
export type Question = readonly [AtolTaskType, (AtolObject | undefined)?];

/** The conversation with a web server: tasks in, answers out. Knows nothing of receipts. */
export interface AtolConnection {
  readonly version: AtolVersion;
  readonly logger: Logger | undefined;
  /** Puts tasks into the queue – or, without tasks, only asks for them – and stays with them to their end. */
  converse(uuid: string, tasks: readonly AtolObject[] | undefined, brief?: boolean): Promise<AtolVerdict>;
  /** Tasks that change nothing, in one request and in order; whatever failed, they may be asked again. */
  questions(list: readonly Question[]): Promise<readonly AtolTaskAnswer[]>;
  /** One question whose refusal is an error. */
  question<T extends AtolTaskType>(type: T, fields?: AtolObject): Promise<AtolTaskResult<T>>;
  /** A task of the table, once under its uuid; what it did is told by its end alone. */
  run<T extends AtolTaskType>(type: T, fields: AtolTaskFields<T>, uuid?: string): Promise<AtolTaskResult<T>>;
  /** Waits by the driver's clock. */
  pause(ms: number): Promise<void>;
  /** Whole operations one after the other, whatever the callers do. */
  exclusive<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T>;
  close(): void;
}

/** Whether a task did what it was to do. */
export function succeeded(answer: AtolTaskAnswer): boolean {
  return answer.status === 'ready' && answer.errorCode === 0;
}

/** The members of a good answer. @throws RegisterError `BAD_ANSWER` */
export function resultOf<T extends AtolTaskType>(
  type: T,
  answer: AtolTaskAnswer,
  outcome: 'refused' | 'unknown',
): AtolTaskResult<T> {
  try {
    return checkAtolResult(type, answer.result) as unknown as AtolTaskResult<T>;
  } catch (cause) {
    throw badAnswer(type, cause, outcome);
  }
}

/** Finds the server and its interface. @throws RegisterError */
export async function connectAtol(options: {
  readonly baseUrl: string;
  readonly version: AtolVersion | 'auto' | undefined;
  readonly fetch: FetchLike;
  readonly credentials: { readonly login: string; readonly password: string } | undefined;
  readonly deviceId: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly timings: AtolTimings;
  readonly logger: Logger | undefined;
  readonly trace: AtolTrace | undefined;
}): Promise<AtolConnection> {
  const { clock, random, logger, timings } = options;
  const http = atolHttp({ ...options, timeoutMs: timings.httpTimeoutMs });
  let closed = false;

  const detect = async (): Promise<AtolVersion> => {
    if (options.version === 'v1' || options.version === 'v2') return options.version;
    let outcome = await http('GET', '/api/v2/deviceInfo');
    // A connection that was kept open may have died meanwhile.
    if (outcome.type === 'lost') outcome = await http('GET', '/api/v2/deviceInfo');
    if (outcome.type !== 'answer') throw notReached('connecting');
    if (outcome.httpStatus === 401 || outcome.httpStatus === 403) throw wrongSignIn();
    if (outcome.httpStatus === 200) return 'v2';
    // A server that has this path and no register behind it now, or a proxy without a server.
    if (outcome.httpStatus >= 500) throw notReached('connecting', new Error(`HTTP ${outcome.httpStatus}`));
    return 'v1';
  };
  const version = await detect();
  const root = atolPaths[version];

  const inputOf = (outcome: AtolHttpOutcome, uuid: string): AtolRequestInput => {
    if (outcome.type !== 'answer') return outcome;
    const { httpStatus, body } = outcome;
    if (httpStatus !== 200) return { type: 'answer', httpStatus };
    if (body === undefined) return { type: 'answer', httpStatus, broken: true };
    try {
      return { type: 'answer', httpStatus, answers: decodeAtolAnswers(body, uuid) };
    } catch (error) {
      if (!isAtolCodecError(error)) throw error;
      logger?.warn(
        { uuid, code: error.code, path: error.path },
        'an answer of the web server was unreadable',
      );
      return { type: 'answer', httpStatus, broken: true };
    }
  };

  const converse: AtolConnection['converse'] = async (uuid, tasks, brief = false) => {
    if (closed) throw failed('REGISTER_CLOSED', 'the driver was closed', 'not-sent');
    const deadline = clock.now() + timings.taskTimeoutMs;
    const path = `${root}/${uuid}`;
    let state = tasks === undefined ? atolAsking : atolPosting;
    let input: AtolRequestInput;
    if (tasks === undefined) input = inputOf(await http('GET', path), uuid);
    else {
      const outcome = await http('POST', root, encodeAtolRequest(uuid, tasks, options.deviceId));
      input =
        outcome.type === 'answer'
          ? { type: 'answer', httpStatus: outcome.httpStatus }
          : { type: outcome.type };
    }
    for (;;) {
      const step = stepAtolRequest(state, input, {
        late: clock.now() >= deadline,
        removable: version === 'v2',
        settleTimes: timings.settleTimes,
        brief,
      });
      if (step.do === 'end') {
        if (step.verdict.type !== 'answered') logger?.warn({ uuid, ...step.verdict }, 'no end of a task');
        return step.verdict;
      }
      if (step.delay !== 'none')
        await sleep(clock, step.delay === 'poll' ? timings.pollMs : timings.settleMs);
      state = step.state;
      input = inputOf(await http(step.do === 'remove' ? 'DELETE' : 'GET', path), uuid);
    }
  };

  const questions: AtolConnection['questions'] = async (list) => {
    const what = list.map(([type]) => type).join(', ');
    const tasks = list.map(([type, fields]) => ({ type, ...fields }));
    let verdict = await converse(randomUuid(random), tasks, true);
    if ('reason' in verdict && (verdict.reason === 'not-found' || verdict.reason === 'silent'))
      verdict = await converse(randomUuid(random), tasks, true);
    if (verdict.type === 'rejected') throw notTaken(what, verdict.httpStatus);
    if (verdict.type !== 'answered') {
      const { reason } = verdict;
      if (reason === 'still-waiting' || reason === 'still-running' || reason === 'removed') throw busy(what);
      throw notReached(what, new Error(reason));
    }
    if (verdict.answers.length !== list.length)
      throw failed('BAD_ANSWER', `${verdict.answers.length} answers to ${list.length} tasks`, 'refused');
    return verdict.answers;
  };

  const question: AtolConnection['question'] = async (type, fields) => {
    const [answer] = (await questions([[type, fields]])) as readonly [AtolTaskAnswer];
    if (!succeeded(answer)) throw taskRefused(type, answer, 'refused');
    return resultOf(type, answer, 'refused');
  };

  let tail: Promise<unknown> = Promise.resolve();

  return {
    version,
    logger,
    converse,
    questions,
    question,
    async run(type, fields, uuid = randomUuid(random)) {
      const task = { type, ...fields };
      try {
        checkAtolTask(task);
      } catch (error) {
        if (!isAtolCodecError(error)) throw error;
        throw failed('RECEIPT_NOT_SUPPORTED', error.message, 'not-sent', undefined, {
          path: error.path ?? 'task',
          cause: error,
        });
      }
      if (atolTasks[type].effect === 'read') return question(type, fields as AtolObject);
      const verdict = await converse(uuid, [task]);
      if (verdict.type === 'not-queued')
        throw verdict.reason === 'removed' ? busy(type) : notReached(type, new Error(verdict.reason));
      if (verdict.type === 'rejected') throw notTaken(type, verdict.httpStatus);
      if (verdict.type === 'unknown') throw outcomeUnknown(type, new Error(verdict.reason));
      const [answer] = verdict.answers as readonly [AtolTaskAnswer];
      if (!succeeded(answer))
        throw taskRefused(type, answer, isDoubtfulAtolError(answer.errorCode) ? 'unknown' : 'refused');
      // It is done, whatever its answer looks like.
      return resultOf(type, answer, 'unknown');
    },
    pause: (ms) => sleep(clock, ms),
    exclusive(signal, run) {
      const next = tail.then(() => {
        throwIfAborted(signal);
        return run();
      });
      tail = next.catch(() => {});
      return next;
    },
    close() {
      closed = true;
    },
  };
}
