import {
  type ElcertError,
  type FnMessage,
  type FnMessageSource,
  isElcertError,
  type LocalDateTime,
  localDateTime,
  localToUnixSeconds,
  sleep,
} from '@elcert/core';
import { decodeDocument, textOf } from '@elcert/fiscal-doc';
import {
  type AgentInput,
  type AgentState,
  type AgentTiming,
  agentStart,
  asElcertError,
  type BacklogLevel,
  backlogLevels,
  defaultAgentTiming,
  stepAgent,
  untilNextLevel,
} from './agent-machine.js';
import { decodeContainer, splitContainerData } from './codec.js';
import { type DeliveredDocument, type DeliveryOptions, deliverNext } from './driver.js';

/** What a register tells of its drive's queue. */
export interface DriveReport {
  readonly unsentDocuments: number;
  /** Wall-clock time of the oldest document that waits. */
  readonly firstUnsentAt?: LocalDateTime | undefined;
  /** The drive's warning bits: 1 three days of key life left, 2 thirty days, 4 memory, 8 no answer of the operator for two days. */
  readonly fnWarnings?: number | undefined;
}

/** What the agent reports while it works. */
export type AgentEvent =
  | { readonly type: 'delivered'; readonly document: DeliveredDocument }
  /** `retryInMs` until the next attempt at the same document. */
  | { readonly type: 'failed'; readonly error: ElcertError; readonly retryInMs: number }
  /** The oldest document has grown older than a threshold, or – as the backlog shrinks – the oldest one is younger now. */
  | {
      readonly type: 'backlog';
      readonly level: BacklogLevel;
      readonly ageMs: number;
      readonly since: LocalDateTime | undefined;
    }
  | { readonly type: 'fn-warnings'; readonly bits: number }
  /** No document waits. */
  | { readonly type: 'empty' };

/** How an {@link ExchangeAgent} works. */
export interface AgentOptions extends Omit<DeliveryOptions, 'signal'> {
  /** IANA zone of the wall clock in documents. */
  readonly timeZone: string;
  readonly timing?: Partial<AgentTiming> | undefined;
  /** The drive's own account of its queue. Without it the age is read from the document itself, which a ciphered one does not show. */
  readonly report?: ((options: { readonly signal: AbortSignal }) => Promise<DriveReport>) | undefined;
  /** Called as things happen. What it throws is logged and ignored. */
  readonly onEvent?: ((event: AgentEvent) => void) | undefined;
}

/** What an agent knows at one moment. */
export interface AgentStatus {
  readonly running: boolean;
  /** Documents delivered since the start. */
  readonly delivered: number;
  /** Failures since the last success. */
  readonly failures: number;
  readonly lastError: ElcertError | undefined;
  readonly level: BacklogLevel;
  /** Wall-clock time of the oldest document that waits, when known. */
  readonly oldestSince: LocalDateTime | undefined;
}

/** A running agent. */
export interface ExchangeAgent {
  status(): AgentStatus;
  /** A document was made, or the network is back: look now instead of waiting for the next turn. */
  wake(): void;
  /** Gives up the exchange under way, unless its reply is being loaded; what was not delivered stays with the source. */
  stop(): Promise<void>;
}

/**
 * Delivers a source's documents as they come, through outages and restarts.
 *
 * The drive is the queue: a document stays its oldest one until its confirmation is loaded, and an operator counts a document
 * once however often it comes. So the agent keeps nothing on disk, and may be killed at any moment: the next one asks the drive and
 * goes on with the same document. Documents go strictly in order, none is skipped: at a document that the operator refuses the
 * agent stays, asks again at the longest interval, and says so.
 *
 * @example
 * ```ts
 * const agent = startExchangeAgent(register.fnMessages, {
 *   connect: ({ signal }) => openTcp({ host: 'ofd.example', port: 7777, signal }),
 *   clock: systemClock(),
 *   timeZone: 'Europe/Moscow',
 *   onEvent: (event) => {
 *     if (event.type === 'backlog' && event.level !== 'fine') console.warn('Документы не уходят в ОФД', event.since);
 *   },
 * });
 * ```
 */
export function startExchangeAgent(source: FnMessageSource, options: AgentOptions): ExchangeAgent {
  const { clock, timeZone, logger } = options;
  const timing: AgentTiming = { ...defaultAgentTiming, ...options.timing };
  const stopping = new AbortController();
  let state: AgentState = agentStart;
  let delivered = 0;
  let lastError: ElcertError | undefined;
  let oldestSince: LocalDateTime | undefined;
  let fnWarnings = 0;
  let woken = false;
  let nap: AbortController | undefined;

  const emit = (event: AgentEvent) => {
    try {
      options.onEvent?.(event);
    } catch (error) {
      logger?.error({ event: event.type, error: String(error) }, 'a listener of the exchange agent failed');
    }
  };

  const ageOf = (since: LocalDateTime) => {
    const now = clock.now();
    return (
      1000 * (localToUnixSeconds(localDateTime(now, timeZone)) - localToUnixSeconds(since)) + (now % 1000)
    );
  };

  const step = (input: AgentInput): number => {
    const before = state.level;
    const next = stepAgent(state, input, timing);
    state = next.state;
    if (next.levelChanged !== undefined) {
      const facts = { level: next.levelChanged, since: oldestSince };
      if (rises(before, next.levelChanged)) logger?.warn(facts, 'documents do not reach the operator');
      else logger?.info(facts, 'the backlog shrinks');
      emit({
        type: 'backlog',
        level: next.levelChanged,
        ageMs: input.type === 'aged' ? input.ageMs : 0,
        since: oldestSince,
      });
    }
    return next.delayMs;
  };

  const age = () => {
    if (oldestSince !== undefined) step({ type: 'aged', ageMs: Math.max(0, ageOf(oldestSince)) });
  };

  /** Notes the age of each document as it is handed out. */
  const watched: FnMessageSource = {
    async next(inner) {
      const message = await source.next(inner);
      if (message === undefined) return undefined;
      oldestSince = timeOf(message) ?? oldestSince;
      age();
      return message;
    },
    confirm: (message, reply, inner) => source.confirm(message, reply, inner),
  };

  const askDrive = async () => {
    if (options.report === undefined) return;
    let report: DriveReport;
    try {
      report = await options.report({ signal: stopping.signal });
    } catch (cause) {
      // Its account is a comfort, not a condition.
      logger?.debug({ code: asElcertError(cause).code }, 'the drive does not report');
      return;
    }
    oldestSince = report.unsentDocuments === 0 ? undefined : (report.firstUnsentAt ?? oldestSince);
    age();
    if (report.fnWarnings !== undefined && report.fnWarnings !== fnWarnings) {
      fnWarnings = report.fnWarnings;
      if (fnWarnings !== 0) logger?.warn({ bits: fnWarnings }, 'the fiscal drive warns');
      emit({ type: 'fn-warnings', bits: fnWarnings });
    }
  };

  /** Waits, saying on the way when a threshold of age is crossed. */
  const pause = async (delayMs: number) => {
    let left = delayMs;
    while (left > 0 && !woken && !stopping.signal.aborted) {
      const threshold =
        oldestSince === undefined ? undefined : untilNextLevel(Math.max(0, ageOf(oldestSince)));
      const ms = Math.min(left, threshold ?? left);
      nap = new AbortController();
      // Woken or stopped: either way the wait is over.
      await sleep(clock, ms, nap.signal).catch(() => {});
      nap = undefined;
      left -= ms;
      age();
    }
    woken = false;
  };

  const turn = async (): Promise<number> => {
    try {
      const document = await deliverNext(watched, { ...options, signal: stopping.signal });
      if (document === undefined) {
        await askDrive();
        oldestSince = undefined;
        const delay = step({ type: 'empty' });
        lastError = undefined;
        emit({ type: 'empty' });
        return delay;
      }
      delivered += 1;
      lastError = undefined;
      emit({ type: 'delivered', document });
      return step({ type: 'delivered' });
    } catch (failure) {
      if (stopping.signal.aborted) return 0;
      const error = asElcertError(failure);
      lastError = error;
      const delay = step({ type: 'failed', error });
      emit({ type: 'failed', error, retryInMs: delay });
      await askDrive();
      return delay;
    }
  };

  const done = (async () => {
    while (!stopping.signal.aborted) await pause(await turn());
  })();

  return {
    status: () => ({
      running: !stopping.signal.aborted,
      delivered,
      failures: state.failures,
      lastError,
      level: state.level,
      oldestSince,
    }),
    wake() {
      woken = true;
      nap?.abort();
    },
    async stop() {
      stopping.abort();
      nap?.abort();
      await done;
    },
  };
}

function rises(before: BacklogLevel, after: BacklogLevel): boolean {
  const rank = (level: BacklogLevel) => backlogLevels.findIndex((one) => one.level === level);
  return rank(after) > rank(before);
}

/** The document's own time, unless its body is ciphered. */
function timeOf(message: FnMessage): LocalDateTime | undefined {
  try {
    const { data, documentCode } = decodeContainer(message.container);
    return textOf(decodeDocument(splitContainerData(data, documentCode).document).tags, 1012);
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return undefined;
  }
}
