import { localToUnixSeconds } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeKzDocument } from './documents.js';
import {
  firstKzDocument,
  freshKzState,
  type KzInput,
  type KzReply,
  kzObstacle,
  nextKzReqnum,
  stepKz,
} from './machine.js';
import { kzMoney } from './messages.js';
import type { KzDeviceState } from './store.js';

const at = '2026-03-02T12:00:00';
const moment = { at, ms: 1_000_000 };
const sum = kzMoney(100);

const fresh: KzDeviceState = { ...freshKzState(1, 11), synchronised: true };

function ticketOf(state: KzDeviceState, operationKey: string, time = at) {
  return makeKzDocument(state, operationKey, time, {
    command: 'TICKET',
    ticket: {
      operation: 'OPERATION_SELL',
      operator: { code: 1 },
      items: [
        { type: 'ITEM_TYPE_COMMODITY', commodity: { sectionCode: '1', quantity: '1000', price: sum, sum } },
      ],
      payments: [{ type: 'PAYMENT_CARD', sum }],
      amounts: { total: sum },
    },
  });
}

function begun(state: KzDeviceState, operationKey = 'a'): KzDeviceState {
  const reqnum = nextKzReqnum(state);
  const pending = { ...ticketOf(state, operationKey), token: state.token, reqnum, request: '00' };
  return stepKz(state, { type: 'began', pending }).state;
}

function queuedTwice(): KzDeviceState {
  let state = fresh;
  for (const key of ['a', 'b'])
    state = stepKz(state, { type: 'queued', document: ticketOf(state, key), moment }).state;
  return state;
}

const reply = (resultCode: number, more: Partial<KzReply> = {}): KzReply => ({
  version: 203,
  token: 22,
  resultCode,
  ...more,
});
const answered = (state: KzDeviceState, code: number, mayBeThere = false, more: Partial<KzReply> = {}) =>
  stepKz(state, { type: 'answered', reply: reply(code, more), mayBeThere, moment });

describe('an answer to a document that was just begun', () => {
  it.each([
    // code, may be there, outcome, still pending, block, token
    [0, false, 'done', false, undefined, 22],
    [0, true, 'done', false, undefined, 22],
    [13, false, 'refused', false, undefined, 22],
    [13, true, 'refused', false, undefined, 22],
    [11, false, 'refused', false, undefined, 22],
    [14, false, 'refused', false, undefined, 22],
    [17, false, 'refused', false, undefined, 22],
    [18, false, 'refused', false, undefined, 22],
    [85, false, 'refused', false, undefined, 22],
    [2, false, 'refused', false, 'enter-token', 11],
    [2, true, 'open', true, 'enter-token', 11],
    [15, false, 'refused', false, 'blocked', 11],
    [15, true, 'open', true, 'blocked', 11],
    [1, false, 'refused', false, 'fix-first', 11],
    [3, true, 'open', true, 'fix-first', 11],
    [8, false, 'refused', false, undefined, 11],
    [9, true, 'open', true, 'fix-first', 11],
    [254, false, 'open', true, undefined, 11],
    [255, true, 'open', true, undefined, 11],
  ] as const)('code %i (may be there: %s): %s', (code, there, outcome, isPending, block, token) => {
    const step = answered(begun(fresh), code, there);
    expect(step.outcome.type).toBe(outcome);
    expect(step.state.pending !== undefined).toBe(isPending);
    expect(step.state.blocked?.reaction).toBe(block);
    expect(step.state.token).toBe(token);
    expect(step.state.counters.operations.OPERATION_SELL.ticketsTotal).toBe(outcome === 'done' ? 1 : 0);
    expect(step.state.queue).toEqual([]);
  });

  it('never takes over a zero for a token', () => {
    expect(answered(begun(fresh), 0, false, { token: 0 }).state.token).toBe(11);
  });
});

describe('an answer to the head of the queue', () => {
  it.each([
    [0, 1, undefined],
    [13, 2, 'remove'],
    [11, 2, 'remove'],
    [2, 2, 'enter-token'],
    [15, 2, 'blocked'],
    [3, 2, 'fix-first'],
    [254, 2, undefined],
  ] as const)('code %i', (code, waiting, block) => {
    const sent = stepKz(queuedTwice(), { type: 'sending', reqnum: 9 }).state;
    const { state } = answered(sent, code);
    expect(state.queue).toHaveLength(waiting);
    expect(state.blocked?.reaction).toBe(block);
    expect(state.offline).toBeDefined();
  });

  it('ends the time without an operator with the last one', () => {
    const { state } = answered(answered(queuedTwice(), 0).state, 0);
    expect(state).toMatchObject({ queue: [], offlinePeriod: { begin: at, end: at } });
    expect(state.offline).toBeUndefined();
  });

  it('keeps number and token of a document that may be there, and of no other', () => {
    const sent = stepKz(queuedTwice(), { type: 'sending', reqnum: 9 }).state;
    expect(sent.queue[0]?.sent).toEqual({ token: 11, reqnum: 9 });
    expect(stepKz(sent, { type: 'sending', reqnum: 10 }).state).toBe(sent);
    expect(answered(sent, 3, true).state.queue[0]?.sent).toEqual({ token: 11, reqnum: 9 });
    expect(answered(sent, 3, false).state.queue[0]?.sent).toBeUndefined();
  });

  it('gets another number once where its own was used', () => {
    const once = answered(stepKz(queuedTwice(), { type: 'sending', reqnum: 9 }).state, 8).state;
    expect(once).toMatchObject({ queue: [{ renumbered: true }, {}] });
    expect(once.blocked).toBeUndefined();
    expect(answered(once, 8).state.blocked).toMatchObject({ reaction: 'fix-first', resultCode: 8 });
  });
});

describe('what people do', () => {
  const doubtful = answered(begun(fresh), 2, true).state;

  it('a new token over a document in doubt asks for a decision', () => {
    const { state } = stepKz(doubtful, { type: 'token', token: 33 });
    expect(state).toMatchObject({ token: 33, blocked: { reaction: 'decide' } });
    const there = stepKz(state, { type: 'decided', done: true, moment });
    expect(there).toMatchObject({
      outcome: { type: 'done', result: { operationKey: 'a', delivered: true } },
    });
    expect(there.state.counters.operations.OPERATION_SELL.ticketsTotal).toBe(1);
    const notThere = stepKz(state, { type: 'decided', done: false, moment }).state;
    expect(notThere).toMatchObject({ done: [], counters: fresh.counters });
    for (const ended of [there.state, notThere]) {
      expect(ended.pending).toBeUndefined();
      expect(ended.blocked).toBeUndefined();
    }
  });

  it('a decision does not do away with a token that is still to be entered', () => {
    const { state } = stepKz(doubtful, { type: 'decided', done: true, moment });
    expect(state.blocked?.reaction).toBe('enter-token');
    expect(stepKz(state, { type: 'token', token: 33 }).state.blocked).toBeUndefined();
  });

  it('a repair ends what it can end', () => {
    const broken = answered(queuedTwice(), 3).state;
    expect(stepKz(broken, { type: 'repaired' }).state.blocked).toBeUndefined();
    const blocked = answered(queuedTwice(), 15).state;
    expect(stepKz(blocked, { type: 'repaired' }).state).toBe(blocked);
  });
});

describe('what keeps a document from being made', () => {
  const obstacle = (state: KzDeviceState, more = {}) => kzObstacle(state, { ...moment, ...more }, 1000)?.code;

  it('names it', () => {
    expect(obstacle(fresh)).toBeUndefined();
    expect(obstacle({ ...fresh, synchronised: false })).toBe('NOT_SYNCHRONISED');
    expect(obstacle(answered(begun(fresh), 15).state)).toBe('BLOCKED');
    expect(obstacle({ ...fresh, notBefore: '2026-03-02T12:00:01' })).toBe('CLOCK_BEHIND');
    const offline = queuedTwice();
    expect(obstacle(offline, { ms: moment.ms + 999 })).toBeUndefined();
    expect(obstacle(offline, { ms: moment.ms + 1000 })).toBe('OFFLINE_TOO_LONG');
    expect(obstacle(offline, { at: '2026-03-02T11:59:59' })).toBe('CLOCK_BEHIND');
  });
});

describe('any order of events', () => {
  it('never loses or doubles a document, and counts what is done', () => {
    const codes = [0, 0, 0, 2, 3, 8, 13, 15, 254];
    const event = fc.oneof(
      fc.constant('make' as const),
      fc.constant('silence' as const),
      fc.constant('send' as const),
      fc.constant('mend' as const),
      fc.record({ code: fc.constantFrom(...codes), there: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let state = fresh;
        let made = 0;
        const gone = new Set<string>();
        const take = (input: KzInput) => {
          const first = firstKzDocument(state)?.operationKey;
          const before = [state.pending, ...state.queue].flatMap((one) => one?.operationKey ?? []);
          const step = stepKz(state, input);
          const after = [step.state.pending, ...step.state.queue].flatMap((one) => one?.operationKey ?? []);
          // Only the first one ever leaves, and only by an answer or a person's word.
          const left = before.filter((key) => !after.includes(key));
          expect(left.length === 0 || (left.length === 1 && left[0] === first)).toBe(true);
          for (const key of left) gone.add(key);
          expect(step.state.queue.length > 0).toBe(step.state.offline !== undefined);
          state = step.state;
        };
        for (const one of events) {
          if (one === 'make') {
            if (state.pending !== undefined || state.blocked !== undefined) continue;
            made += 1;
            const document = ticketOf(state, `t${made}`);
            if (state.offline !== undefined) take({ type: 'queued', document, moment });
            else {
              const reqnum = nextKzReqnum(state);
              take({ type: 'began', pending: { ...document, token: state.token, reqnum, request: '00' } });
            }
          } else if (one === 'silence') take({ type: 'silence', mayBeThere: true, moment });
          else if (one === 'send') take({ type: 'sending', reqnum: nextKzReqnum(state) });
          else if (one === 'mend') {
            if (state.blocked?.reaction === 'enter-token') take({ type: 'token', token: 5 });
            if (state.blocked?.reaction === 'decide') take({ type: 'decided', done: true, moment });
            if (state.blocked?.reaction === 'blocked') take({ type: 'served', reply: reply(0) });
            take({ type: 'repaired' });
          } else take({ type: 'answered', reply: reply(one.code), mayBeThere: one.there, moment });
        }
        const waiting = [state.pending, ...state.queue].filter((one) => one !== undefined).length;
        expect(gone.size + waiting).toBe(made);
        // What is done, by the operator or in the queue, is counted; what is pending is not yet.
        expect(state.counters.operations.OPERATION_SELL.ticketsTotal).toBe(state.done.length);
        const numbers = state.done.map(({ documentNumber }) => documentNumber);
        expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
        const signs = state.done.flatMap(({ offlineTicketNumber }) => offlineTicketNumber ?? []);
        expect(new Set(signs).size).toBe(signs.length);
        for (const sign of signs) expect(sign).toBeGreaterThanOrEqual(localToUnixSeconds(at) & 0x7fff_ffff);
      }),
      { numRuns: 300 },
    );
  });
});
