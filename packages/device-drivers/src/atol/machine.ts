import type { AtolTaskAnswer } from './codec.js';

// One request and the questions about it, as a pure transition function. The uuid is the key: the request is put into the queue
// once, and after any doubt it is asked for, not put again.

/** How long things may take, milliseconds. */
export interface AtolTimings {
  /** One HTTP exchange; 5,000 unless told. */
  readonly httpTimeoutMs: number;
  /** Between two questions; 200 unless told. */
  readonly pollMs: number;
  /** A task, from the first byte to its end; 60,000 unless told. */
  readonly taskTimeoutMs: number;
  /** Between two questions about a request that the server does not know; 1,000 unless told. */
  readonly settleMs: number;
  /** How often the server must say that it does not know a request before that is believed; 3 unless told. */
  readonly settleTimes: number;
}

/** The usual timings. */
export const defaultAtolTimings: AtolTimings = {
  httpTimeoutMs: 5000,
  pollMs: 200,
  taskTimeoutMs: 60_000,
  settleMs: 1000,
  settleTimes: 3,
};

/** Where a request stands. */
export interface AtolRequestState {
  /** `unsure`: its removal was asked for, and no answer came. */
  readonly stage: 'posting' | 'asking' | 'removing' | 'removed' | 'unsure';
  /** It was sent, and may have arrived. */
  readonly sent: boolean;
  /** The server has said that it has the request. */
  readonly accepted: boolean;
  /** The server had it before. */
  readonly repeated: boolean;
  /** How often it was not found in a row. */
  readonly misses: number;
  /** How often no answer came, or an unreadable one. */
  readonly silences: number;
  /** It was last seen waiting, so nothing of it has begun. */
  readonly waiting: boolean;
}

/** What happens to a request. */
export type AtolRequestInput =
  /** The server answered; `answers` when it was about our request and readable. */
  | {
      readonly type: 'answer';
      readonly httpStatus: number;
      readonly answers?: readonly AtolTaskAnswer[] | undefined;
      /** The body could not be read: cut, or no JSON. */
      readonly broken?: boolean | undefined;
    }
  /** No connection came about: nothing left this machine. */
  | { readonly type: 'not-connected' }
  /** The exchange ended without an answer. */
  | { readonly type: 'lost' };

/** How a request ended. */
export type AtolVerdict =
  /** Every task has ended: ready, or with an error. */
  | { readonly type: 'answered'; readonly answers: readonly AtolTaskAnswer[]; readonly repeated: boolean }
  /** The server does not have it: nothing will be done. */
  | { readonly type: 'not-queued'; readonly reason: 'not-connected' | 'not-found' | 'removed' }
  /** The server answered no before taking it. */
  | { readonly type: 'rejected'; readonly httpStatus: number }
  /** It was taken, or may have been, and its end is not known. */
  | {
      readonly type: 'unknown';
      readonly reason: 'silent' | 'not-found' | 'still-running' | 'still-waiting';
      /** The server had it before this conversation: what was done before it, counts too. */
      readonly repeated?: true;
    };

/** What is done next. */
export type AtolRequestStep =
  | {
      readonly do: 'ask' | 'remove';
      readonly delay: 'none' | 'poll' | 'settle';
      readonly state: AtolRequestState;
    }
  | { readonly do: 'end'; readonly verdict: AtolVerdict };

/** The state before a request is sent. */
export const atolPosting: AtolRequestState = {
  stage: 'posting',
  sent: true,
  accepted: false,
  repeated: false,
  misses: 0,
  silences: 0,
  waiting: false,
};

/** The state of a request that was sent long ago and is only asked for. */
export const atolAsking: AtolRequestState = { ...atolPosting, stage: 'asking', sent: false };

const running: ReadonlySet<string> = new Set(['wait', 'inProgress', 'blocked']);

function end(verdict: AtolVerdict): AtolRequestStep {
  return { do: 'end', verdict };
}

function ask(state: AtolRequestState, delay: 'none' | 'poll' | 'settle'): AtolRequestStep {
  return { do: 'ask', delay, state: { ...state, stage: state.stage === 'posting' ? 'asking' : state.stage } };
}

function posted(state: AtolRequestState, input: AtolRequestInput): AtolRequestStep {
  if (input.type === 'not-connected') return end({ type: 'not-queued', reason: 'not-connected' });
  if (input.type === 'lost') return ask(state, 'none');
  const { httpStatus } = input;
  // The status line alone says that it was taken, however the body ended.
  if (httpStatus >= 200 && httpStatus < 300) return ask({ ...state, accepted: true }, 'none');
  if (httpStatus === 409) return ask({ ...state, accepted: true, repeated: true }, 'none');
  // A server or a proxy that broke down may have passed the request on before.
  if (httpStatus >= 500 || httpStatus === 408) return ask(state, 'none');
  return end({ type: 'rejected', httpStatus });
}

/**
 * The next step of a request.
 *
 * @param options - `late`: the time for the task is over; `removable`: the interface can remove a request that still waits;
 *   `brief`: a question that changes nothing, given up after a few silences instead of at its time limit
 */
export function stepAtolRequest(
  state: AtolRequestState,
  input: AtolRequestInput,
  {
    late,
    removable,
    settleTimes,
    brief = false,
  }: {
    readonly late: boolean;
    readonly removable: boolean;
    readonly settleTimes: number;
    readonly brief?: boolean | undefined;
  },
): AtolRequestStep {
  if (state.stage === 'posting') return posted(state, input);
  if (state.stage === 'removing') {
    // Whatever was answered, the queue decides: the task may have begun in between.
    const done = input.type === 'answer' && input.httpStatus >= 200 && input.httpStatus < 300;
    return ask({ ...state, stage: done ? 'removed' : 'unsure', accepted: true, misses: 0 }, 'none');
  }
  const silences = state.silences + 1;
  const doubt = (reason: (AtolVerdict & { readonly type: 'unknown' })['reason']) =>
    end({ type: 'unknown', reason, ...(state.repeated ? { repeated: true } : {}) });
  const silent = () =>
    late || (brief && silences >= settleTimes)
      ? doubt(state.waiting ? 'still-waiting' : 'silent')
      : ask({ ...state, silences }, 'settle');
  if (input.type !== 'answer') return silent();
  const { httpStatus, answers, broken } = input;
  if (httpStatus === 401 || httpStatus === 403) {
    return state.sent || state.accepted ? silent() : end({ type: 'rejected', httpStatus });
  }
  if (answers === undefined) {
    // Only "not found", or an answer about others, says that it is not there; a limit or a redirection says nothing.
    if ((httpStatus !== 404 && httpStatus !== 410 && httpStatus !== 200) || broken === true) return silent();
    if (state.stage === 'removed') return end({ type: 'not-queued', reason: 'removed' });
    const misses = state.misses + 1;
    if (misses < settleTimes) return ask({ ...state, misses }, 'settle');
    // It may have had the request, done it, and forgotten it: a restart can lose the queue.
    return state.sent || state.accepted
      ? doubt('not-found')
      : end({ type: 'not-queued', reason: 'not-found' });
  }
  const waiting = answers.every(({ status }) => status === 'wait');
  const next = { ...state, accepted: true, misses: 0, waiting };
  if (!answers.some(({ status }) => running.has(status))) {
    return end({ type: 'answered', answers, repeated: state.repeated });
  }
  if (!late) return ask(next, 'poll');
  if (waiting && removable && state.stage === 'asking') {
    return { do: 'remove', delay: 'none', state: { ...next, stage: 'removing' } };
  }
  return doubt(waiting ? 'still-waiting' : 'still-running');
}
