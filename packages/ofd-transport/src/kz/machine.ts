import type { JsonObject } from '@bufbuild/protobuf';
import { type LocalDateTime, localToUnixSeconds } from '@elcert/core';
import { countersOfKzReport, noKzCounters } from './counters.js';
import { countKzDocument, offlineKzDocument, operationOfKz, reportOfKz, totalOfKz } from './documents.js';
import type { KzErrorCode } from './errors.js';
import type { KzVersion } from './header.js';
import { type KzDateTime, localOfKz } from './messages.js';
import { kzResult } from './results.js';
import {
  type KzAd,
  type KzBlock,
  type KzDeviceState,
  type KzDocument,
  type KzDone,
  type KzPending,
  type KzQueued,
  kzKeptResults,
} from './store.js';

/** What an answer of the operator says, as far as the state of a device depends on it. */
export interface KzReply {
  readonly version: KzVersion;
  /** Of the header. */
  readonly token: number;
  readonly resultCode: number;
  readonly resultText?: string | undefined;
  readonly ticketNumber?: string | undefined;
  readonly qrCode?: string | undefined;
  /** `ReportResponse` */
  readonly report?: JsonObject | undefined;
  /** `ServiceResponse` */
  readonly service?: JsonObject | undefined;
}

/** A moment on the wall and on the machine. */
export interface KzMoment {
  readonly at: LocalDateTime;
  /** Milliseconds since 1970. */
  readonly ms: number;
}

/** What happens to a device. "The first document" is the one without an answer, or the head of the queue. */
export type KzInput =
  /** A document is about to go out for the first time, while nothing waits. */
  | { readonly type: 'began'; readonly pending: KzPending }
  /** A document is made while others wait, or is the first one that nobody was there to take. */
  | { readonly type: 'queued'; readonly document: KzDocument; readonly moment: KzMoment }
  /** The head of the queue is about to go out; `reqnum` when it has none yet. */
  | { readonly type: 'sending'; readonly reqnum: number }
  /** A request that is no document is about to go out. */
  | { readonly type: 'asking'; readonly reqnum: number }
  /** The transaction time is over without an answer to the document that was begun. */
  | { readonly type: 'silence'; readonly mayBeThere: boolean; readonly moment: KzMoment }
  /** An answer to the first document. `mayBeThere`: an earlier request with it may have reached the operator. */
  | {
      readonly type: 'answered';
      readonly reply: KzReply;
      readonly mayBeThere: boolean;
      readonly moment: KzMoment;
    }
  /** An answer to INFO. */
  | { readonly type: 'informed'; readonly reply: KzReply }
  /** An answer to another request that is no document. */
  | { readonly type: 'served'; readonly reply: KzReply }
  /** A person has entered a token. */
  | { readonly type: 'token'; readonly token: number }
  /** A person says that the fault is removed. */
  | { readonly type: 'repaired' }
  /** A person takes the head of the queue out. */
  | { readonly type: 'removed'; readonly moment: KzMoment }
  /** A person says whether the operator has the first document. */
  | { readonly type: 'decided'; readonly done: boolean; readonly moment: KzMoment };

/** What became of the first document; `open` says that it still waits. */
export type KzOutcome =
  | { readonly type: 'none' }
  | { readonly type: 'done'; readonly result: KzDone }
  | { readonly type: 'refused' | 'open'; readonly reply: KzReply };

/** The state after an input. */
export interface KzStep {
  readonly state: KzDeviceState;
  readonly outcome: KzOutcome;
}

/** A device before its first day. */
export function freshKzState(id: number, token: number): KzDeviceState {
  return {
    format: 2,
    id,
    token,
    reqnum: 0,
    documentNumber: 0,
    offlineTicketNumber: 0,
    counters: noKzCounters,
    synchronised: false,
    ads: [],
    queue: [],
    done: [],
  };
}

/** The number of the next request: zero is skipped at the turn, whether operators take it is not known; one they all take. */
export function nextKzReqnum({ reqnum }: KzDeviceState): number {
  return reqnum >= 0xffff ? 1 : reqnum + 1;
}

/** The document that must go out before any other. */
export function firstKzDocument(state: KzDeviceState): KzPending | KzQueued | undefined {
  return state.pending ?? state.queue[0];
}

/** Whether the first document may have reached the operator already. */
export function mayBeThere(state: KzDeviceState): boolean {
  return state.pending !== undefined || state.queue[0]?.sent !== undefined;
}

/** Why no document can be made now; nothing when one can. A shift of 24 hours is not looked at. */
export function kzObstacle(
  state: KzDeviceState,
  moment: KzMoment,
  offlineLimitMs: number,
): { readonly code: KzErrorCode; readonly message: string; readonly userMessage: string } | undefined {
  const { blocked, offline, notBefore } = state;
  if (blocked !== undefined)
    return { code: 'BLOCKED', message: `blocked by result ${blocked.resultCode}`, userMessage: blocked.text };
  if (!state.synchronised)
    return {
      code: 'NOT_SYNCHRONISED',
      message: 'the counters of the operator were never read',
      userMessage: 'Первый запуск кассы требует связи с ОФД.',
    };
  const earliest = [notBefore, state.done.at(-1)?.at]
    .flatMap((at) => at ?? [])
    .sort()
    .at(-1);
  if (earliest !== undefined && localToUnixSeconds(moment.at) < localToUnixSeconds(earliest))
    return {
      code: 'CLOCK_BEHIND',
      message: `the clock shows ${moment.at}, which is before ${earliest}`,
      userMessage: 'Часы кассы отстают: исправьте дату и время.',
    };
  if (offline !== undefined && moment.ms - offline.sinceMs >= offlineLimitMs)
    return {
      code: 'OFFLINE_TOO_LONG',
      message: `without an operator since ${offline.since}`,
      userMessage: 'Касса слишком долго работает без связи с ОФД: восстановите связь.',
    };
  return undefined;
}

/** The state of a device after something has happened to it. Pure; persist it before anybody hears of it. */
export function stepKz(state: KzDeviceState, input: KzInput): KzStep {
  switch (input.type) {
    case 'began': {
      const { pending } = input;
      const { reqnum, documentNumber } = pending;
      return quiet({ ...state, pending, reqnum, documentNumber });
    }
    case 'queued':
      return queued(offlineSince(state, input.document, input.moment), input.document, undefined);
    case 'sending': {
      const [head, ...rest] = state.queue;
      if (head === undefined || head.sent !== undefined) return quiet(state);
      const { reqnum } = input;
      return quiet({
        ...state,
        reqnum,
        queue: [{ ...head, sent: { token: state.token, reqnum } }, ...rest],
      });
    }
    case 'asking':
      return quiet({ ...state, reqnum: input.reqnum });
    case 'silence':
      return silent(state, input.mayBeThere, input.moment);
    case 'answered':
      return answered(state, input);
    case 'informed':
      return quiet(informed(state, input.reply));
    case 'served':
      return quiet(served(state, input.reply));
    case 'token': {
      const { token } = input;
      if (state.blocked?.reaction !== 'enter-token') return quiet({ ...state, token });
      // The operator has forgotten its last request with the old token: it cannot say any more whether it took the document.
      if (mayBeThere(state))
        return quiet({
          ...state,
          token,
          blocked: {
            reaction: 'decide',
            resultCode: state.blocked.resultCode,
            text: 'Проверьте последний документ в кабинете ОФД и укажите, принят ли он.',
          },
        });
      return quiet({ ...state, token, blocked: undefined });
    }
    case 'repaired':
      return quiet(
        state.blocked?.reaction === 'fix-first' || state.blocked?.reaction === 'remove'
          ? { ...state, blocked: undefined }
          : state,
      );
    case 'removed':
      return removed(state, input.moment);
    case 'decided':
      return decided(state, input.done, input.moment);
  }
}

function quiet(state: KzDeviceState): KzStep {
  return { state, outcome: { type: 'none' } };
}

function resultOf(document: KzDocument, more: Partial<KzDone>): KzDone {
  const { operationKey, command, at, documentNumber, shiftNumber, requestDigest } = document;
  const operation = operationOfKz(document);
  const total = totalOfKz(document);
  const report = reportOfKz(document);
  return {
    operationKey,
    command,
    at,
    documentNumber,
    shiftNumber,
    delivered: true,
    ...(operation === undefined ? {} : { operation }),
    ...(requestDigest === undefined ? {} : { requestDigest }),
    ...(total === undefined ? {} : { total }),
    ...(report === undefined ? {} : { report }),
    ...more,
  };
}

/** The result of a document that is done; nothing for one that is not, or whose result is no longer kept. */
export function kzResultOf(state: KzDeviceState, operationKey: string): KzDone | undefined {
  const kept = state.done.findLast((one) => one.operationKey === operationKey);
  if (kept !== undefined) return kept;
  // A queue may be longer than what is kept.
  const waiting = state.queue.find((one) => one.operationKey === operationKey);
  if (waiting === undefined) return undefined;
  const { ticket } = waiting.message as { readonly ticket?: { readonly offlineTicketNumber?: number } };
  const number = ticket?.offlineTicketNumber;
  return resultOf(waiting, {
    delivered: false,
    ...(number === undefined ? {} : { offlineTicketNumber: number }),
  });
}

/** Puts the result of a new document among the kept ones, which stay in the order of their numbers. */
function keep(done: readonly KzDone[], result: KzDone): readonly KzDone[] {
  return [...done, result].slice(-kzKeptResults);
}

/** Puts a later result of a document in the place of the earlier one, unless that is no longer kept. */
function renew(done: readonly KzDone[], result: KzDone): readonly KzDone[] {
  const at = done.findLastIndex(({ operationKey }) => operationKey === result.operationKey);
  return at < 0 ? done : done.with(at, result);
}

/** A document is done without the operator: it waits, with a number of its own. */
function queued(state: KzDeviceState, document: KzDocument, sent: KzQueued['sent']): KzStep {
  // Seconds since 1970 are unique as long as the clock goes forward; where two documents share one, or it does not, the next number.
  const offlineTicketNumber =
    document.command === 'TICKET'
      ? Math.max(localToUnixSeconds(document.at) & 0x7fff_ffff, state.offlineTicketNumber + 1)
      : state.offlineTicketNumber;
  const kept = offlineKzDocument(document, offlineTicketNumber);
  const result = resultOf(kept, {
    delivered: false,
    ...(document.command === 'TICKET' ? { offlineTicketNumber } : {}),
  });
  const { operationKey, command, at, documentNumber, shiftNumber, message, requestDigest } = kept;
  const entry: KzQueued = {
    operationKey,
    command,
    at,
    documentNumber,
    shiftNumber,
    message,
    ...(requestDigest === undefined ? {} : { requestDigest }),
    ...(sent === undefined ? {} : { sent }),
  };
  return {
    state: {
      ...state,
      documentNumber,
      offlineTicketNumber,
      counters: countKzDocument(state.counters, kept),
      queue: [...state.queue, entry],
      done: keep(state.done, result),
    },
    outcome: { type: 'done', result },
  };
}

/** The time without an operator counts from the document that did not find it. */
function offlineSince(state: KzDeviceState, { at }: KzDocument, moment: KzMoment): KzDeviceState {
  if (state.offline !== undefined) return state;
  const waited = localToUnixSeconds(moment.at) - localToUnixSeconds(at);
  return { ...state, offline: { since: at, sinceMs: moment.ms - Math.max(0, waited) * 1000 } };
}

function silent(state: KzDeviceState, mayBe: boolean, moment: KzMoment): KzStep {
  const { pending, ...rest } = state;
  if (pending === undefined) return quiet(state);
  const sent = mayBe ? { token: pending.token, reqnum: pending.reqnum } : undefined;
  return queued(offlineSince(rest, pending, moment), pending, sent);
}

/** The first document is no longer waited for. */
function withoutFirst(state: KzDeviceState, moment: KzMoment): KzDeviceState {
  if (state.pending !== undefined) {
    const { pending: _settled, ...rest } = state;
    return rest;
  }
  const queue = state.queue.slice(1);
  if (queue.length > 0) return { ...state, queue };
  const { offline, ...rest } = state;
  return {
    ...rest,
    queue,
    ...(offline === undefined ? {} : { offlinePeriod: { begin: offline.since, end: moment.at } }),
  };
}

function answered(
  before: KzDeviceState,
  { reply, mayBeThere: mayBe, moment }: Extract<KzInput, { type: 'answered' }>,
): KzStep {
  const first = firstKzDocument(before);
  if (first === undefined) return quiet(before);
  const state = told(before, reply);
  const { reaction } = kzResult(reply.resultCode, reply.version);
  const { pending } = state;
  if (reaction === 'go-on') {
    const result: KzDone = {
      ...(kzResultOf(state, first.operationKey) ?? resultOf(first, {})),
      delivered: true,
      ...(reply.ticketNumber === undefined ? {} : { ticketNumber: reply.ticketNumber }),
      ...(reply.qrCode === undefined ? {} : { qrCode: reply.qrCode }),
    };
    return {
      state: {
        ...withoutFirst(state, moment),
        token: tokenOf(state, reply),
        counters: pending === undefined ? state.counters : countKzDocument(state.counters, pending),
        done: (pending === undefined ? renew : keep)(state.done, result),
      },
      outcome: { type: 'done', result },
    };
  }
  if (reaction === 'retry') return { state, outcome: { type: 'open', reply } };
  const refusesDocument = reaction === 'refuse' || reaction === 'close-shift';
  if (pending !== undefined) {
    // What an operator refuses for its contents it has not taken: a repeat of a document it has gets the stored answer first.
    if (refusesDocument)
      return {
        state: { ...withoutFirst(state, moment), token: tokenOf(state, reply) },
        outcome: { type: 'refused', reply },
      };
    const blocked = blockOf(reply);
    if (mayBe) return { state: { ...state, blocked }, outcome: { type: 'open', reply } };
    const free = withoutFirst(state, moment);
    // The number was used by another one, whom this device has replaced: the next number will do.
    return {
      state: reply.resultCode === invalidRequestNumber ? free : { ...free, blocked },
      outcome: { type: 'refused', reply },
    };
  }
  if (reply.resultCode === invalidRequestNumber && !mayBe && renumberable(state)) return renumbered(state);
  const blocked: KzBlock = refusesDocument ? { ...blockOf(reply), reaction: 'remove' } : blockOf(reply);
  const [head, ...rest] = state.queue;
  // Surely not there: it goes out under a new number, and with the token of then.
  const queue: readonly KzQueued[] =
    mayBe || head === undefined ? state.queue : [{ ...head, sent: undefined }, ...rest];
  return { state: { ...state, queue, blocked }, outcome: { type: 'open', reply } };
}

const invalidRequestNumber = 8;

function renumberable({ queue: [head] }: KzDeviceState): boolean {
  return head !== undefined && head.renumbered !== true;
}

/** The head of the queue goes out once more under the next number. */
function renumbered(state: KzDeviceState): KzStep {
  const [head, ...rest] = state.queue as [KzQueued, ...KzQueued[]];
  return quiet({ ...state, queue: [{ ...head, sent: undefined, renumbered: true }, ...rest] });
}

/** The token to use next: a zero is never one that an operator takes, so it is none. */
function tokenOf(state: KzDeviceState, reply: KzReply): number {
  return reply.token === 0 ? state.token : reply.token;
}

function blockOf(reply: KzReply): KzBlock {
  const { reaction, userMessage } = kzResult(reply.resultCode, reply.version);
  const info = adsOf(reply).find(({ type }) => type === 'TICKET_AD_INFO');
  const kind = reaction === 'enter-token' || reaction === 'blocked' ? reaction : 'fix-first';
  return {
    reaction: kind,
    resultCode: reply.resultCode,
    text: reaction === 'blocked' && info !== undefined ? info.text : userMessage,
  };
}

function adsOf({ service }: KzReply): readonly KzAd[] {
  const { ticketAds = [] } = (service ?? {}) as {
    readonly ticketAds?: readonly { readonly info?: Partial<KzAd>; readonly text?: string }[];
  };
  return ticketAds.map(({ info, text = '' }) => ({
    type: info?.type ?? 'TICKET_AD_OFD',
    version: info?.version ?? '0',
    text,
  }));
}

/** What any answer tells besides: texts for receipts and the registration. */
function told(state: KzDeviceState, reply: KzReply): KzDeviceState {
  const news = adsOf(reply);
  const { regInfo } = (reply.service ?? {}) as { readonly regInfo?: JsonObject };
  const isNews = news.some(
    ({ type, version, text }) =>
      !state.ads.some((ad) => ad.type === type && ad.version === version && ad.text === text),
  );
  const ads = isNews
    ? [...state.ads.filter(({ type }) => !news.some((ad) => ad.type === type)), ...news]
    : state.ads;
  const registration =
    regInfo === undefined || JSON.stringify(regInfo) === JSON.stringify(state.registration)
      ? state.registration
      : regInfo;
  if (ads === state.ads && registration === state.registration) return state;
  return { ...state, ads, ...(registration === undefined ? {} : { registration }) };
}

/** An answer to a request that is no document: a block begins or ends. */
function served(before: KzDeviceState, reply: KzReply): KzDeviceState {
  const state = told(before, reply);
  const { reaction } = kzResult(reply.resultCode, reply.version);
  switch (reaction) {
    case 'go-on': {
      // A document without an answer is repeated with the token it went out with, whatever is issued in between.
      const token = tokenOf(state, reply);
      return state.blocked?.reaction === 'blocked'
        ? { ...state, token, blocked: undefined }
        : token === state.token
          ? state
          : { ...state, token };
    }
    case 'blocked':
    case 'enter-token':
    case 'fix-first':
      // What a person has to decide is not forgotten over a lesser block.
      return state.blocked?.reaction === 'decide' || state.blocked?.reaction === 'remove'
        ? state
        : { ...state, blocked: blockOf(reply) };
    default:
      return state;
  }
}

function informed(before: KzDeviceState, reply: KzReply): KzDeviceState {
  const state = served(before, reply);
  const { report, zxReport } = (reply.report ?? {}) as {
    readonly report?: string;
    readonly zxReport?: JsonObject;
  };
  // While something waits, the local counters know more than the operator's.
  if (reply.resultCode !== 0 || firstKzDocument(state) !== undefined) return state;
  const { lastDocumentInfo } = (reply.service ?? {}) as {
    readonly lastDocumentInfo?: { readonly printedDocumentNumber?: string };
  };
  const documentNumber = Math.max(state.documentNumber, Number(lastDocumentInfo?.printedDocumentNumber ?? 0));
  const common = { ...state, documentNumber, synchronised: true };
  if (zxReport === undefined) return common;
  const counters = countersOfKzReport(zxReport, report === 'REPORT_X', state.counters);
  const { openShiftTime, closeShiftTime } = zxReport as unknown as {
    readonly openShiftTime?: KzDateTime;
    readonly closeShiftTime?: KzDateTime;
  };
  const [notBefore] = [openShiftTime, closeShiftTime]
    .flatMap((time) => (time === undefined ? [] : [localOfKz(time)]))
    .sort()
    .reverse();
  return { ...common, counters, ...(notBefore === undefined ? {} : { notBefore }) };
}

function removed(state: KzDeviceState, moment: KzMoment): KzStep {
  const [head] = state.queue;
  if (head === undefined || state.pending !== undefined) return quiet(state);
  const known = kzResultOf(state, head.operationKey);
  const result: KzDone = { ...(known ?? resultOf(head, {})), delivered: false, removed: true };
  return {
    state: { ...withoutFirst(state, moment), blocked: undefined, done: renew(state.done, result) },
    outcome: { type: 'done', result },
  };
}

function decided(state: KzDeviceState, done: boolean, moment: KzMoment): KzStep {
  const first = firstKzDocument(state);
  if (first === undefined) return quiet(state);
  const { pending } = state;
  const { blocked, ...unblocked } = state;
  // A token that is still to be entered, and the operator's own block, are other matters.
  const free = blocked?.reaction === 'enter-token' || blocked?.reaction === 'blocked' ? state : unblocked;
  if (done) {
    const result: KzDone = {
      ...(kzResultOf(state, first.operationKey) ?? resultOf(first, {})),
      delivered: true,
    };
    return {
      state: {
        ...withoutFirst(free, moment),
        counters: pending === undefined ? state.counters : countKzDocument(state.counters, pending),
        done: (pending === undefined ? renew : keep)(state.done, result),
      },
      outcome: { type: 'done', result },
    };
  }
  if (pending !== undefined) return quiet(withoutFirst(free, moment));
  const [head, ...rest] = state.queue;
  return quiet({ ...free, queue: head === undefined ? [] : [{ ...head, sent: undefined }, ...rest] });
}
