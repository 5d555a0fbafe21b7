import { fromHex, isElcertError, type Kopecks, localDateTime, localToUnixSeconds, toHex } from '@elcert/core';
import { encodeKzFrame, fitKzMessage, type KzFrame } from './codec.js';
import {
  closeKzShift,
  countKzPlacement,
  countKzTicket,
  type KzCounters,
  kzReport,
  noKzCounters,
} from './counters.js';
import { exchangeKz, type KzEndpoint } from './driver.js';
import { KzError } from './errors.js';
import { type KzTicket, kzDateTime, kzMoney } from './messages.js';
import { kzResult } from './results.js';
import type { KzBlock, KzDeviceState, KzDone, KzPending, KzStore } from './store.js';

type Message = KzFrame['message'];

/** What {@link openKzSession} is told. */
export interface KzSessionOptions extends KzEndpoint {
  readonly store: KzStore;
  /** Number of the device at its operator. */
  readonly id: number;
  /** From the operator's cabinet; used when the store is empty, later {@link KzSession.enterToken} changes it. */
  readonly token: number;
  /** 203 unless told. */
  readonly version?: 202 | 203;
  /** Where the wall clock of the register hangs; `Asia/Almaty` unless told. */
  readonly timeZone?: string;
  /** Sent with every request: `reg_info` and what else the operator wants, in the JSON form of `ServiceRequest`. */
  readonly service?: Message;
  /** How often a request is repeated at once when the connection breaks; 2 unless told. Silence is not repeated by itself. */
  readonly repeats?: number;
}

/** A ticket as a caller gives it: time and shift are the session's. */
export type KzTicketInput = Omit<KzTicket, 'dateTime' | 'frShiftNumber' | 'offlineTicketNumber'>;

/** What identifies a document to its caller. */
export interface KzCall {
  /** UUID that the caller has persisted before the call; the same key again gives the same document's result. */
  readonly operationKey: string;
  readonly signal?: AbortSignal | undefined;
}

/** A register at its operator, online. */
export interface KzSession {
  readonly state: KzDeviceState;
  /** Sells, buys or takes back. The first document opens the shift. */
  ticket(ticket: KzTicketInput, call: KzCall): Promise<KzDone>;
  /** Puts money into the drawer (`deposit`) or takes it out; tiyn. */
  placeMoney(direction: 'deposit' | 'withdrawal', sum: Kopecks, call: KzCall): Promise<KzDone>;
  closeShift(operator: KzTicket['operator'], call: KzCall): Promise<KzDone>;
  /** The X report of the local counters, in the JSON form of `ZXReport`. */
  xReport(): Message;
  /**
   * Sends the document that has no answer again, the same bytes.
   *
   * @returns its result, nothing when none waits
   */
  settle(options?: { readonly signal?: AbortSignal | undefined }): Promise<KzDone | undefined>;
  /** What became of a document; `unknown` while it has no answer. */
  lookup(
    operationKey: string,
  ): { readonly state: 'done'; readonly result: KzDone } | { readonly state: 'not-done' | 'unknown' };
  /** A token from the operator's cabinet; ends a block that waits for it. */
  enterToken(token: number): Promise<void>;
  /** After a repair: ends a block of `fix-first`. */
  resume(): Promise<void>;
  /** Asks the operator with SYSTEM whether a block is over. @returns whether the device works */
  poll(): Promise<boolean>;
  /**
   * A person's word about a document that can no longer be asked about, because the token was changed in the cabinet in between.
   *
   * @param done - whether the operator's cabinet shows it
   */
  decidePending(done: boolean): Promise<void>;
}

const keptResults = 100;
const daySeconds = 24 * 3600;

function notSent(
  code: 'BLOCKED' | 'PENDING' | 'SHIFT_EXPIRED' | 'NO_SHIFT',
  message: string,
  userMessage: string,
) {
  return new KzError({ code, message, userMessage, outcome: 'not-sent' });
}

/**
 * Opens the session of a device. Every request is in the store before a byte of it goes out, and its answer before the call returns: a
 * process that ends anywhere in between finds the document in `state.pending` and asks with the same bytes, so that the operator
 * counts it once.
 *
 * While a document has no answer no other one goes out: the next call sends it again first. There is no work offline: without a
 * connection a call ends with `not-sent` or `unknown`.
 *
 * @throws KzError `BAD_STORE` when the store holds the state of another device or another format
 * @example
 * ```ts
 * const session = await openKzSession({
 *   store: fileKzStore('/var/lib/till/kz.json'),
 *   id: 100500,
 *   token,
 *   connect: () => openTcp({ host, port }),
 *   clock: systemClock(),
 * });
 * const { ticketNumber, qrCode } = await session.ticket(ticket, { operationKey });
 * ```
 */
export async function openKzSession(options: KzSessionOptions): Promise<KzSession> {
  const { store, id, clock, version = 203, timeZone = 'Asia/Almaty', repeats = 2 } = options;
  const loaded: unknown = await store.load();
  let state = loaded === undefined ? freshState(id, options.token) : stateOf(loaded, id);
  // Calls follow one another: a device has one conversation.
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(work, work);
    tail = turn.catch(() => {});
    return turn;
  };
  const save = async (change: Partial<KzDeviceState>) => {
    const next = { ...state, ...change };
    await store.save(next);
    state = next;
  };
  /** What fails once a document has gone out leaves it in doubt, whatever the store says of itself. */
  const saveAnswer = async (change: Partial<KzDeviceState>) => {
    try {
      await save(change);
    } catch (cause) {
      throw new KzError({
        code: 'BAD_STORE',
        message: 'the answer of the operator was not kept',
        userMessage: 'Ответ ОФД не сохранён: проверьте диск и повторите тот же документ',
        outcome: 'unknown',
        cause,
      });
    }
  };
  const wallClock = () => localDateTime(clock.now(), timeZone);
  // What is written is in the form of 2.0.3; 2.0.2 lacks some of it.
  const fitted = (message: Message) =>
    version === 203 ? message : fitKzMessage(version, 'request', message);
  const frame = (reqnum: number, message: Message) =>
    encodeKzFrame({
      kind: 'request',
      header: { version, id, token: state.token, reqnum },
      message: fitted({
        ...message,
        ...(options.service === undefined ? {} : { service: options.service }),
      }),
    });
  // Zero is skipped at the turn: whether operators take it is not known, one they all take.
  const nextReqnum = () => (state.reqnum >= 0xffff ? 1 : state.reqnum + 1);

  const accept = async (pending: KzPending, token: number, message: Message): Promise<KzDone> => {
    const { ticket } = message as {
      readonly ticket?: { readonly ticketNumber?: string; readonly qrCode?: string };
    };
    const done: KzDone = {
      operationKey: pending.operationKey,
      command: pending.command,
      at: pending.at,
      shiftNumber: pending.counters.shiftNumber,
      ...(ticket?.ticketNumber === undefined ? {} : { ticketNumber: ticket.ticketNumber }),
      ...(ticket?.qrCode === undefined ? {} : { qrCode: utf8OfBase64(ticket.qrCode) }),
    };
    await saveAnswer({
      token,
      counters: pending.counters,
      pending: undefined,
      done: [...state.done, done].slice(-keptResults),
    });
    return done;
  };

  /** Sends what waits, again where the connection breaks. */
  const send = async (
    pending: KzPending,
    isRepeat: boolean,
    signal: AbortSignal | undefined,
  ): Promise<KzDone> => {
    let mayBeThere = isRepeat;
    for (let left = repeats; ; left -= 1) {
      let reply: Awaited<ReturnType<typeof exchangeKz>>;
      try {
        reply = await exchangeKz({ ...options, request: fromHex(pending.request), signal });
      } catch (error) {
        const nothingLeft = isElcertError(error) && error.outcome === 'not-sent';
        mayBeThere ||= !nothingLeft;
        if (left > 0 && isBroken(error) && signal?.aborted !== true) continue;
        if (mayBeThere) throw unanswered(error);
        // Nobody has seen it: it is taken back, and so is its number.
        await saveAnswer({ pending: undefined, reqnum: reqnumBefore(pending) });
        throw error;
      }
      const { result } = reply.message as {
        readonly result: { readonly resultCode: number; readonly resultText?: string };
      };
      const meaning = kzResult(result.resultCode, version);
      if (meaning.reaction === 'go-on') return accept(pending, reply.header.token, reply.message);
      if (meaning.reaction === 'retry') throw unanswered(refusal(result, meaning.userMessage, 'unknown'));
      const blocked = blockOf(result.resultCode, meaning.reaction, meaning.userMessage);
      // After a reset in the cabinet the operator no longer knows the last request: it cannot say whether it took it.
      if (mayBeThere && meaning.reaction === 'enter-token') {
        await saveAnswer({ blocked });
        throw refusal(result, meaning.userMessage, 'unknown');
      }
      await saveAnswer({ pending: undefined, ...(blocked === undefined ? {} : { blocked }) });
      throw refusal(result, meaning.userMessage, 'refused');
    }
  };

  const refusal = (
    result: { readonly resultCode: number; readonly resultText?: string },
    userMessage: string,
    outcome: 'refused' | 'unknown',
  ) =>
    new KzError({
      code: 'REFUSED',
      message: `result ${result.resultCode} (${kzResult(result.resultCode, version).name})`,
      userMessage,
      outcome,
      details: { resultCode: result.resultCode, resultText: result.resultText },
    });

  const settle = async (signal: AbortSignal | undefined) =>
    state.pending === undefined ? undefined : send(state.pending, true, signal);

  const poll = async (): Promise<boolean> => {
    if (state.blocked === undefined) return true;
    if (state.blocked.reaction !== 'blocked') return false;
    const reqnum = nextReqnum();
    await save({ reqnum });
    const reply = await exchangeKz({ ...options, request: frame(reqnum, { command: 'COMMAND_SYSTEM' }) });
    const { result } = reply.message as { readonly result: { readonly resultCode: number } };
    if (result.resultCode !== 0) return false;
    await save({ blocked: undefined });
    return true;
  };

  /** Makes a document, keeps it, sends it. */
  const document = (
    command: string,
    call: KzCall,
    make: (at: string) => { readonly message: Message; readonly counters: KzCounters },
  ): Promise<KzDone> =>
    inTurn(async () => {
      const known = state.done.find(({ operationKey }) => operationKey === call.operationKey);
      if (known !== undefined) return known;
      if (state.pending !== undefined) {
        const own = state.pending.operationKey === call.operationKey;
        try {
          const settled = await settle(call.signal);
          if (own && settled !== undefined) return settled;
        } catch (error) {
          if (own) throw error;
          if (state.pending !== undefined)
            throw notSent(
              'PENDING',
              'an earlier document has no answer yet',
              'Предыдущий документ ещё не подтверждён ОФД',
            );
        }
      }
      if (state.blocked !== undefined && !(await poll()))
        throw notSent('BLOCKED', `blocked by result ${state.blocked.resultCode}`, state.blocked.text);
      const at = wallClock();
      const { openedAt } = state.counters;
      if (
        command !== 'CLOSE_SHIFT' &&
        openedAt !== undefined &&
        localToUnixSeconds(at) - localToUnixSeconds(openedAt) >= daySeconds
      )
        throw notSent(
          'SHIFT_EXPIRED',
          'the shift is open for 24 hours',
          'Смена длится больше суток: закройте её',
        );
      const { message, counters } = make(at);
      const reqnum = nextReqnum();
      const request = toHex(frame(reqnum, { command: `COMMAND_${command}`, ...message }));
      const pending = { operationKey: call.operationKey, command, request, at, counters };
      await save({ pending, reqnum });
      return send(pending, false, call.signal);
    });

  return {
    get state() {
      return state;
    },
    ticket: (input, call) =>
      document('TICKET', call, (at) => {
        const shift = state.counters.openedAt === undefined ? 1 : 0;
        const ticket: KzTicket = {
          ...input,
          dateTime: kzDateTime(at),
          frShiftNumber: state.counters.shiftNumber + shift,
        };
        return {
          message: { ticket: ticket as unknown as Message },
          counters: countKzTicket(state.counters, ticket, at),
        };
      }),
    placeMoney: (direction, sum, call) =>
      document('MONEY_PLACEMENT', call, (at) => {
        const placement = {
          datetime: kzDateTime(at),
          operation: direction === 'deposit' ? 'MONEY_PLACEMENT_DEPOSIT' : 'MONEY_PLACEMENT_WITHDRAWAL',
          sum: kzMoney(sum),
        } as const;
        return {
          message: { moneyPlacement: placement as unknown as Message },
          counters: countKzPlacement(state.counters, placement, at),
        };
      }),
    closeShift: (operator, call) =>
      document('CLOSE_SHIFT', call, (at) => {
        const { counters } = state;
        if (counters.openedAt === undefined)
          throw notSent('NO_SHIFT', 'no shift is open', 'Смена не открыта');
        const closeShift = {
          closeTime: kzDateTime(at),
          frShiftNumber: counters.shiftNumber,
          operator,
          zReport: kzReport(counters, at, at),
        };
        return {
          message: { closeShift: closeShift as unknown as Message },
          counters: closeKzShift(counters),
        };
      }),
    xReport: () => kzReport(state.counters, wallClock()),
    settle: ({ signal } = {}) => inTurn(() => settle(signal)),
    lookup(operationKey) {
      const result = state.done.find((one) => one.operationKey === operationKey);
      if (result !== undefined) return { state: 'done', result };
      if (state.pending?.operationKey === operationKey) return { state: 'unknown' };
      // What is older than the results that are kept cannot be told.
      return { state: state.done.length < keptResults ? 'not-done' : 'unknown' };
    },
    enterToken: (token) =>
      inTurn(() =>
        save({
          token,
          ...(state.blocked?.reaction === 'enter-token' ? { blocked: undefined } : {}),
        }),
      ),
    resume: () => inTurn(() => save(state.blocked?.reaction === 'fix-first' ? { blocked: undefined } : {})),
    poll: () => inTurn(poll),
    decidePending: (done) =>
      inTurn(async () => {
        if (state.pending === undefined) return;
        if (done) await accept(state.pending, state.token, {});
        else await save({ pending: undefined });
      }),
  };
}

function freshState(id: number, token: number): KzDeviceState {
  return { format: 1, id, token, reqnum: 0, counters: noKzCounters, done: [] };
}

function stateOf(loaded: unknown, id: number): KzDeviceState {
  const state = loaded as Partial<KzDeviceState> | null;
  if (state?.format !== 1 || state.id !== id || state.counters === undefined || !Array.isArray(state.done))
    throw new KzError({
      code: 'BAD_STORE',
      message: `the store does not hold the state of device ${id}`,
      userMessage: 'Файл состояния принадлежит другой кассе',
      outcome: 'not-sent',
    });
  return state as KzDeviceState;
}

function blockOf(resultCode: number, reaction: string, text: string): KzBlock | undefined {
  return reaction === 'enter-token' || reaction === 'fix-first' || reaction === 'blocked'
    ? { resultCode, reaction, text }
    : undefined;
}

function reqnumBefore({ request }: KzPending): number {
  const bytes = fromHex(request.slice(0, 36));
  const reqnum = (bytes[16] as number) + 256 * (bytes[17] as number);
  return reqnum - 1;
}

/** Connections that break are tried again; silence, which has taken its time, and nonsense are not. */
function isBroken(error: unknown): boolean {
  return isElcertError(error, 'CONNECTION_CLOSED') || isElcertError(error, 'SEND_FAILED');
}

function unanswered(error: unknown): unknown {
  if (!isElcertError(error) || error.outcome === 'unknown') return error;
  return new KzError({
    code: 'NO_REPLY',
    message: 'the document has gone out before, and there is no answer yet',
    userMessage: 'ОФД не подтвердил документ',
    outcome: 'unknown',
    cause: error,
  });
}

function utf8OfBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}
