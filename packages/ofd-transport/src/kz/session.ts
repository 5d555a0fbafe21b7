import type { JsonObject } from '@bufbuild/protobuf';
import { fromHex, isElcertError, localDateTime, localToUnixSeconds, outcomeOf, toHex } from '@elcert/core';
import { encodeKzFrame, fitKzMessage } from './codec.js';
import { type Conversation, converseKz, refusalOf, withOutcome } from './conversation.js';
import { kzReport, sameKzCounters } from './counters.js';
import { type KzDocumentInput, makeKzDocument } from './documents.js';
import { KzError } from './errors.js';
import {
  firstKzDocument,
  freshKzState,
  type KzInput,
  type KzMoment,
  type KzOutcome,
  type KzReply,
  kzObstacle,
  kzResultOf,
  mayBeThere,
  nextKzReqnum,
  stepKz,
} from './machine.js';
import { productOf } from './replies.js';
import { kzResult } from './results.js';
import { kzServiceBlock } from './service-block.js';
import type { KzCall, KzEvent, KzIdentity, KzSession, KzSessionOptions, KzStatus } from './session-api.js';
import {
  closingKz,
  nothingToDo,
  notSent,
  requireSameRequest,
  sessionClosed,
  stateOf,
  turns,
  within,
} from './session-support.js';
import { shiftIsExpired, statusOf } from './status.js';
import { type KzDeviceState, type KzDone, kzKeptResults } from './store.js';

const hourMs = 3600_000;
/** By how much a clock may be set back without stopping the till. *Ours.* */
const clockStepSeconds = 300;
const longestOfflineMs = 72 * hourMs;
/** Hours before the stop at which a warning is due. */
const warningHours = [48, 24, 12, 6, 3, 1] as const;

/**
 * Opens the session of a device: settles what an earlier process left without an answer, sends what waits, and takes over the operator's
 * counters (INFO). Without an operator it opens all the same, unless the device is new.
 *
 * Every document is in the store before a byte of it goes out, and its result before the call returns: a process that ends anywhere in
 * between finds it again and asks with the same bytes, so that the operator counts it once. Where no operator is found within the
 * transaction time, documents wait in a queue, strictly in order, for at most 72 hours.
 *
 * Close it at the end: it holds the store, and a timer while the operator is not there.
 *
 * @throws KzError `BAD_STORE` when the store holds the state of another device or another format, `STORE_LOCKED` (both `not-sent`)
 * @example
 * ```ts
 * const session = await openKzSession({
 *   store: fileKzStore('/var/lib/till/kz.log'),
 *   id: 100500,
 *   token,
 *   connect: ({ signal }) => openTcp({ host, port, signal }),
 *   clock: systemClock(),
 * });
 * const { ticketNumber, offlineTicketNumber } = await session.ticket(ticket, { operationKey });
 * ```
 */
export async function openKzSession(options: KzSessionOptions): Promise<KzSession> {
  const { store, id, clock, version = 203, timeZone = 'Asia/Almaty' } = options;
  const { autoCloseShift = true } = options;
  const transactionMs = within('transactionMs', options.transactionMs ?? 15_000, 5000);
  const reconnectMs = within('reconnectMs', options.reconnectMs ?? 60_000, 60_000);
  const offlineLimitMs = within(
    'offlineLimitMs',
    options.offlineLimitMs ?? longestOfflineMs,
    0,
    longestOfflineMs,
  );

  const lock = await store.lock?.();
  let state: KzDeviceState;
  try {
    const loaded: unknown = await store.load();
    state = loaded === undefined ? freshKzState(id, options.token) : stateOf(loaded, id);
  } catch (error) {
    await lock?.release();
    throw error;
  }

  const closing = new AbortController();
  const moment = (): KzMoment => ({ at: localDateTime(clock.now(), timeZone), ms: clock.now() });
  /** The time of the next document: never before the last one's, where a clock was set right by a little. */
  const documentMoment = (): KzMoment => {
    const now = moment();
    const last = state.done.at(-1)?.at;
    if (last === undefined) return now;
    const behind = localToUnixSeconds(last) - localToUnixSeconds(now.at);
    return behind > 0 && behind <= clockStepSeconds ? { ...now, at: last } : now;
  };
  // Documents follow one another, requests follow one another, and so do changes of the state: three turns, always taken in this order.
  const documentTurn = turns();
  const wireTurn = turns();
  const stateTurn = turns();

  const emit = (event: KzEvent) => {
    try {
      options.onEvent?.(event);
    } catch {
      // A listener must not change what is known of the money.
    }
  };

  /** Makes a step durable, then visible. */
  const commit = (input: () => KzInput | undefined): Promise<KzOutcome> =>
    stateTurn(async () => {
      const given = input();
      if (given === undefined) return { type: 'none' };
      // The store may be another process's by now.
      if (isReleased) throw sessionClosed();
      const { state: next, outcome } = stepKz(state, given);
      if (next !== state) {
        try {
          await store.save(next);
        } catch (cause) {
          // Once a document has gone out, a failing store leaves it in doubt, whatever the store says of itself.
          throw new KzError({
            code: 'BAD_STORE',
            message: 'the state of the device was not kept',
            userMessage: 'Состояние кассы не сохранено: проверьте диск и повторите тот же документ.',
            outcome: afterSending.has(given.type) ? 'unknown' : 'not-sent',
            cause,
          });
        }
        const before = state;
        state = next;
        tell(before, next, outcome);
      }
      return outcome;
    });

  let warned: number | undefined;
  const tell = (before: KzDeviceState, next: KzDeviceState, outcome: KzOutcome) => {
    if (before.offline === undefined && next.offline !== undefined) {
      warned = undefined;
      emit({ type: 'offline', since: next.offline.since, error: lastError });
    }
    if (before.queue.length > next.queue.length && outcome.type === 'done' && outcome.result.delivered)
      emit({ type: 'delivered', result: outcome.result, waiting: next.queue.length });
    if (before.offline !== undefined && next.offline === undefined) emit({ type: 'online' });
    if (next.blocked !== undefined && next.blocked.reaction !== before.blocked?.reaction)
      emit({ type: 'blocked', block: next.blocked });
    if (before.blocked !== undefined && next.blocked === undefined) emit({ type: 'unblocked' });
    // An interval begins with the failure that it follows.
    if (!isAmiss()) disarm();
    arm();
  };
  let lastError: KzError | undefined;

  const frame = (reqnum: number, token: number, message: JsonObject): Uint8Array =>
    encodeKzFrame({
      kind: 'request',
      header: { version, id, token, reqnum },
      // What is written is in the form of 2.0.3; 2.0.2 lacks some of it.
      message: fitted({ ...message, service: kzServiceBlock(state, moment().at, options.service) }),
    });
  const fitted = (message: JsonObject) =>
    version === 203 ? message : fitKzMessage(version, 'request', message);

  const converse = (
    request: () => Promise<Uint8Array>,
    wasThere: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Conversation> =>
    converseKz({ ...options, transactionMs, version, request, wasThere, signal }).then((ended) => {
      if (ended.type === 'silence') lastError = ended.error;
      return ended;
    });
  const refusal = (reply: KzReply, outcome: 'refused' | 'unknown') => refusalOf(reply, version, outcome);

  /**
   * Sends the first document that waits, if there is one. The wire must be ours.
   *
   * @returns nothing when none waits
   */
  const sendFirst = async (signal: AbortSignal | undefined): Promise<KzOutcome | 'silence' | undefined> => {
    const first = firstKzDocument(state);
    if (first === undefined) return undefined;
    const { pending } = state;
    const wasThere = mayBeThere(state);
    const result = await converse(
      async () => {
        if (pending !== undefined) return fromHex(pending.request);
        await commit(() => ({ type: 'sending', reqnum: nextKzReqnum(state) }));
        const sent = state.queue[0]?.sent as { readonly token: number; readonly reqnum: number };
        return frame(sent.reqnum, sent.token, { command: `COMMAND_${first.command}`, ...first.message });
      },
      wasThere,
      signal,
    );
    if (result.type === 'reply')
      return commit(() => ({
        type: 'answered',
        reply: result.reply,
        mayBeThere: result.mayBeThere,
        moment: moment(),
      }));
    if (pending !== undefined)
      await commit(() => ({ type: 'silence', mayBeThere: result.mayBeThere, moment: moment() }));
    return 'silence';
  };

  /** Sends what waits, the oldest first. @returns whether nothing waits any more */
  const drain = async (signal: AbortSignal | undefined): Promise<boolean> => {
    for (;;) {
      if (state.blocked !== undefined || isClosed) return false;
      if (firstKzDocument(state) === undefined) return true;
      if ((await wireTurn(() => sendFirst(signal))) === 'silence') return false;
    }
  };

  /** A request that is no document. Nothing may go between a document and its repeat. */
  const ask = (
    message: JsonObject,
    signal: AbortSignal | undefined,
    input: 'informed' | 'served',
    whileWaiting = false,
  ): Promise<{ readonly reply: KzReply; readonly message: JsonObject }> =>
    wireTurn(async () => {
      if (!whileWaiting && firstKzDocument(state) !== undefined)
        throw notSent('PENDING', 'documents wait for the operator', 'Есть документы, не принятые ОФД.');
      const result = await converse(
        async () => {
          const reqnum = nextKzReqnum(state);
          await commit(() => ({ type: 'asking', reqnum }));
          return frame(reqnum, state.token, message);
        },
        false,
        signal,
      );
      if (result.type === 'silence') throw withOutcome(result.error, false);
      await commit(() => ({ type: input, reply: result.reply }));
      return { reply: result.reply, message: result.frame };
    });

  const synchronise = async (signal: AbortSignal | undefined): Promise<void> => {
    const before = state.counters;
    const wasNew = !state.synchronised;
    const { reply } = await ask({ command: 'COMMAND_INFO' }, signal, 'informed');
    if (reply.resultCode !== 0) throw refusal(reply, 'refused');
    const corrected = !wasNew && !sameKzCounters(before, state.counters);
    emit({ type: 'synchronised', corrected });
  };

  const poll = async (signal?: AbortSignal): Promise<boolean> => {
    await ask({ command: 'COMMAND_SYSTEM' }, signal, 'served', true);
    return state.blocked === undefined;
  };

  const recover = async (signal: AbortSignal | undefined): Promise<void> => {
    try {
      if (state.blocked?.reaction === 'blocked' && !(await poll(signal))) return;
      if (state.blocked !== undefined) return;
      if (await drain(signal)) await documentTurn(() => synchronise(signal));
      else if (lastError !== undefined && state.blocked === undefined)
        emit({ type: 'failed', error: lastError });
    } catch (error) {
      if (isElcertError(error, 'BAD_STORE') || signal?.aborted === true) throw error;
      if (isElcertError(error)) emit({ type: 'failed', error });
      else throw error;
    }
  };

  // While something is amiss, the operator is tried again and again, and the time is watched.
  let isClosed = false;
  let isReleased = false;
  let cancelTimer: (() => void) | undefined;
  const disarm = () => {
    cancelTimer?.();
    cancelTimer = undefined;
  };
  const isAmiss = () =>
    firstKzDocument(state) !== undefined || !state.synchronised || state.blocked?.reaction === 'blocked';
  const arm = () => {
    if (isClosed || cancelTimer !== undefined || !isAmiss()) return;
    cancelTimer = clock.setTimer(reconnectMs, () => {
      cancelTimer = undefined;
      if (!isAmiss()) return;
      watch();
      background = recover(closing.signal)
        .catch((error: unknown) => {
          if (!isClosed && isElcertError(error)) emit({ type: 'failed', error });
        })
        .finally(arm);
    });
  };
  let background: Promise<void> = Promise.resolve();
  const watch = () => {
    const { offline } = status();
    if (offline === undefined) return;
    if (offline.remainingMs === 0) {
      if (warned !== 0) emit({ type: 'offline-stopped', until: offline.until });
      warned = 0;
      return;
    }
    const hoursLeft = warningHours.filter((hours) => offline.remainingMs <= hours * hourMs).at(-1);
    if (hoursLeft === undefined || (warned !== undefined && warned <= hoursLeft)) return;
    warned = hoursLeft;
    emit({ type: 'offline-warning', hoursLeft, until: offline.until });
  };

  const status = (): KzStatus => statusOf(state, moment(), offlineLimitMs, timeZone);

  /** One document, from making it to its result. The turn of documents is ours and nothing is pending. */
  const perform = async (input: KzDocumentInput, call: KzCall): Promise<KzDone> => {
    if (state.pending !== undefined)
      throw notSent(
        'PENDING',
        'an earlier document has no answer yet',
        'Предыдущий документ ещё не подтверждён ОФД.',
      );
    const now = documentMoment();
    const obstacle = kzObstacle(state, now, offlineLimitMs);
    if (obstacle !== undefined) throw new KzError({ ...obstacle, outcome: 'not-sent' });
    const { operationKey, requestDigest } = call;
    const made = {
      ...makeKzDocument(state, operationKey, now.at, input),
      ...(requestDigest === undefined ? {} : { requestDigest }),
    };
    // Whether it can be written is known before it is kept.
    const request = { command: `COMMAND_${made.command}`, ...made.message };
    const tried = { state, bytes: frame(nextKzReqnum(state), state.token, request) };
    const queued = await commit(() =>
      state.offline === undefined ? undefined : { type: 'queued', document: made, moment: now },
    );
    if (queued.type === 'done') return queued.result;
    const ended = await wireTurn(async (): Promise<KzOutcome> => {
      const result = await converse(
        async () => {
          await commit(() => {
            const reqnum = nextKzReqnum(state);
            const { token } = state;
            const bytes = tried.state === state ? tried.bytes : frame(reqnum, token, request);
            return { type: 'began', pending: { ...made, token, reqnum, request: toHex(bytes) } };
          });
          return fromHex(state.pending?.request ?? '');
        },
        false,
        call.signal,
      );
      if (result.type === 'reply')
        return commit(() => ({
          type: 'answered',
          reply: result.reply,
          mayBeThere: result.mayBeThere,
          moment: moment(),
        }));
      // Nobody was there to take it: it was not begun yet.
      if (state.pending === undefined)
        return commit(() => ({ type: 'queued', document: made, moment: moment() }));
      return commit(() => ({ type: 'silence', mayBeThere: result.mayBeThere, moment: moment() }));
    });
    switch (ended.type) {
      case 'done':
        return ended.result;
      case 'refused':
        throw refusal(ended.reply, 'refused');
      case 'open':
        throw refusal(ended.reply, 'unknown');
      case 'none':
        throw new KzError({
          code: 'NO_REPLY',
          message: 'the document was settled elsewhere',
          outcome: 'unknown',
        });
    }
  };

  /** Closes a shift of 24 hours before the document of a call. */
  const closeExpired = async (input: KzDocumentInput, call: KzCall): Promise<void> => {
    if (!autoCloseShift)
      throw notSent(
        'SHIFT_EXPIRED',
        'the shift is open for 24 hours',
        'Смена длится больше суток: закройте её.',
      );
    const operator = input.command === 'TICKET' ? input.ticket.operator : undefined;
    const operationKey = closingKz(state.counters.shiftNumber, call.operationKey);
    await perform(
      { command: 'CLOSE_SHIFT', operator, withdrawMoney: false },
      { operationKey, signal: call.signal },
    ).catch((cause: unknown) => {
      throw notSent(
        'SHIFT_EXPIRED',
        'the shift is open for 24 hours and could not be closed',
        'Смена длится больше суток и не закрылась: закройте её.',
        cause,
      );
    });
  };

  /** Sends the document that an earlier call or process has left without an answer, unless a block forbids it. */
  const settlePending = async (signal: AbortSignal | undefined): ReturnType<typeof sendFirst> => {
    if (state.blocked?.reaction === 'blocked') await poll(signal).catch(() => false);
    return state.blocked === undefined ? wireTurn(() => sendFirst(signal)) : undefined;
  };

  const document = (call: KzCall, input: KzDocumentInput): Promise<KzDone> =>
    documentTurn(async () => {
      if (isClosed) throw sessionClosed();
      const done = (): KzDone | undefined => {
        const known = kzResultOf(state, call.operationKey);
        if (known !== undefined) requireSameRequest(known, input, call);
        return known;
      };
      let known = done();
      if (known !== undefined) return known;
      if (state.pending !== undefined) {
        const own = state.pending.operationKey === call.operationKey;
        if (own) requireSameRequest(state.pending, input, call);
        const outcome = await settlePending(call.signal).catch((error: unknown) => {
          if (own) throw error;
          throw notSent(
            'PENDING',
            'an earlier document has no answer yet',
            'Предыдущий документ ещё не подтверждён ОФД.',
            error,
          );
        });
        known = done();
        if (known !== undefined) return known;
        if (own && typeof outcome === 'object' && outcome.type === 'refused')
          throw refusal(outcome.reply, 'refused');
        if (own && state.pending !== undefined)
          throw new KzError({
            code: 'PENDING',
            message: 'the document has no answer yet',
            userMessage: 'ОФД не подтвердил документ.',
            outcome: 'unknown',
          });
      }
      if (state.blocked?.reaction === 'blocked') await poll(call.signal).catch(() => false);
      if (!state.synchronised && state.blocked === undefined)
        await synchronise(call.signal).catch((error: unknown) => {
          if (isElcertError(error, 'BAD_STORE')) throw error;
        });
      const opensShift = input.command === 'TICKET' || input.command === 'MONEY_PLACEMENT';
      if (opensShift && shiftIsExpired(state, moment().at)) {
        const obstacle = kzObstacle(state, moment(), offlineLimitMs);
        if (obstacle !== undefined) throw new KzError({ ...obstacle, outcome: 'not-sent' });
        await closeExpired(input, call);
      }
      try {
        return await perform(input, call);
      } catch (error) {
        const code = isElcertError(error) ? error.details?.resultCode : undefined;
        // A request that was the first of its document, so it is not there: another device has used its number before.
        if (code === 8 && outcomeOf(error) === 'refused') return perform(input, call);
        // The operator's clock says what ours does not yet.
        if (code !== 11 || !opensShift || !autoCloseShift || state.counters.openedAt === undefined)
          throw error;
        await closeExpired(input, call);
        return perform(input, call);
      }
    });

  try {
    await recover(closing.signal);
  } catch (error) {
    isClosed = true;
    disarm();
    await lock?.release();
    throw error;
  }
  arm();
  watch();

  return {
    id,
    version,
    get state() {
      return state;
    },
    get ads() {
      return state.ads;
    },
    status,
    now: () => moment().at,
    ticket: (ticket, call) => document(call, { command: 'TICKET', ticket }),
    placeMoney: (direction, sum, call) =>
      document(call, { command: 'MONEY_PLACEMENT', direction, sum, operator: call.operator }),
    closeShift: (operator, call) =>
      document(call, { command: 'CLOSE_SHIFT', operator, withdrawMoney: call.withdrawMoney ?? false }),
    xReport: () => kzReport(state.counters, moment().at),
    sendXReport: (call) => document(call, { command: 'REPORT' }),
    async product(barcode, { signal } = {}) {
      if (version === 202)
        throw new KzError({
          code: 'BAD_VALUE',
          message: '2.0.2 cannot ask for an article by its barcode',
          userMessage: 'Протокол 2.0.2 не ищет товары по штрихкоду.',
          outcome: 'not-sent',
          path: 'version',
        });
      await drain(signal);
      const { reply, message } = await ask(
        { command: 'COMMAND_NOMENCLATURE', nomenclature: { barcode } },
        signal,
        'served',
      );
      if (kzResult(reply.resultCode, version).name === 'ELEMENT_NOT_FOUND_BY_BARCODE') return undefined;
      if (reply.resultCode !== 0) throw refusal(reply, 'refused');
      return productOf(message, barcode);
    },
    async authenticate(login, password, { signal } = {}) {
      await drain(signal);
      const { reply, message } = await ask(
        { command: 'COMMAND_AUTH', auth: { login, password } },
        signal,
        'served',
      );
      const { auth } = message as { readonly auth?: { readonly result?: string } & Partial<KzIdentity> };
      if (reply.resultCode !== 0 || auth?.result !== 'RESULT_TYPE_OK')
        throw refusal({ ...reply, resultCode: reply.resultCode === 0 ? 12 : reply.resultCode }, 'refused');
      return { operatorCode: auth.operatorCode, operatorName: auth.operatorName, roles: auth.roles ?? [] };
    },
    lookup(operationKey, { afterDocumentNumber } = {}) {
      const result = kzResultOf(state, operationKey);
      if (result !== undefined) return { state: 'done', result };
      if (state.pending?.operationKey === operationKey) return { state: 'unknown' };
      // Results that are no longer kept cannot be told from documents that were never made.
      const [oldest] = state.done;
      const allKept = state.done.length < kzKeptResults || oldest === undefined;
      const keptSince =
        afterDocumentNumber !== undefined && (oldest?.documentNumber ?? 0) <= afterDocumentNumber + 1;
      return { state: allKept || keptSince ? 'not-done' : 'unknown' };
    },
    async recover({ signal } = {}) {
      await recover(signal);
      return status();
    },
    poll: async () => {
      try {
        return await poll();
      } catch (error) {
        if (isElcertError(error, 'BAD_STORE')) throw error;
        return false;
      }
    },
    enterToken: (token) =>
      documentTurn(() =>
        wireTurn(async () => {
          if (!Number.isInteger(token) || token < 0 || token > 0xffff_ffff)
            throw new KzError({
              code: 'BAD_VALUE',
              message: 'a token is a whole number of 0 to 4294967295',
              userMessage: 'Токен — целое число от 0 до 4294967295.',
              path: 'token',
              outcome: 'not-sent',
            });
          await commit(() => ({ type: 'token', token }));
        }),
      ),
    resume: () =>
      documentTurn(async () => {
        await commit(() => ({ type: 'repaired' }));
      }),
    removeRefused: (operationKey) =>
      documentTurn(() =>
        wireTurn(async () => {
          const head = state.queue[0];
          const { reaction } = state.blocked ?? {};
          if (head?.operationKey !== operationKey || (reaction !== 'remove' && reaction !== 'fix-first'))
            throw nothingToDo(operationKey);
          const outcome = await commit(() => ({ type: 'removed', moment: moment() }));
          if (outcome.type !== 'done') throw nothingToDo(operationKey);
          return outcome.result;
        }),
      ),
    decide: (operationKey, done) =>
      documentTurn(() =>
        wireTurn(async () => {
          if (firstKzDocument(state)?.operationKey !== operationKey || state.blocked === undefined)
            throw nothingToDo(operationKey);
          await commit(() => ({ type: 'decided', done, moment: moment() }));
        }),
      ),
    async close() {
      if (isClosed) return;
      isClosed = true;
      disarm();
      closing.abort();
      await background.catch(() => {});
      await documentTurn(() =>
        wireTurn(() =>
          stateTurn(async () => {
            isReleased = true;
          }),
        ),
      );
      await lock?.release();
    },
  };
}

/** What is kept once a document may be at the operator. */
const afterSending: ReadonlySet<KzInput['type']> = new Set(['answered', 'silence', 'removed', 'decided']);
