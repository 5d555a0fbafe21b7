import { describe, expect, it } from 'vitest';
import type { AtolStatus, AtolTaskAnswer } from './codec.js';
import {
  type AtolRequestInput,
  type AtolRequestState,
  type AtolRequestStep,
  atolAsking,
  atolPosting,
  stepAtolRequest,
} from './machine.js';

const context = { late: false, removable: true, settleTimes: 3 };

function answer(status: AtolStatus): AtolTaskAnswer {
  return { status, errorCode: 0, errorDescription: '', result: undefined };
}

function told(...states: AtolStatus[]): AtolRequestInput {
  return { type: 'answer', httpStatus: 200, answers: states.map(answer) };
}

const notFound: AtolRequestInput = { type: 'answer', httpStatus: 404 };

/** Plays inputs until the end. */
function play(
  inputs: readonly AtolRequestInput[],
  from: AtolRequestState = atolPosting,
  more = {},
): AtolRequestStep[] {
  const steps: AtolRequestStep[] = [];
  let state = from;
  for (const input of inputs) {
    const step = stepAtolRequest(state, input, { ...context, ...more });
    steps.push(step);
    if (step.do === 'end') break;
    state = step.state;
  }
  return steps;
}

const last = (steps: readonly AtolRequestStep[]) => {
  const step = steps.at(-1);
  return step?.do === 'end' ? step.verdict : step?.do;
};

describe('a request and the questions about it', () => {
  it('goes from the queue to its end', () => {
    const steps = play([
      { type: 'answer', httpStatus: 201 },
      told('wait'),
      told('inProgress'),
      told('ready'),
    ]);
    expect(steps.map((step) => step.do)).toEqual(['ask', 'ask', 'ask', 'end']);
    expect(last(steps)).toEqual({ type: 'answered', answers: [answer('ready')], repeated: false });
  });

  it.each([
    [409, { repeated: true }],
    [200, { repeated: false }],
  ])('takes HTTP %i for "it is there"', (httpStatus, expected) => {
    expect(last(play([{ type: 'answer', httpStatus }, told('error')]))).toMatchObject({
      type: 'answered',
      ...expected,
    });
  });

  it.each([400, 401, 403, 404, 413, 422, 429])('takes HTTP %i for a no', (httpStatus) => {
    expect(last(play([{ type: 'answer', httpStatus }]))).toEqual({ type: 'rejected', httpStatus });
  });

  it('knows that nothing left when no connection came about', () => {
    expect(last(play([{ type: 'not-connected' }]))).toEqual({ type: 'not-queued', reason: 'not-connected' });
  });

  it.each([
    { type: 'lost' },
    { type: 'answer', httpStatus: 500 },
    { type: 'answer', httpStatus: 408 },
  ] as const)('asks after a doubt, and never posts again: %o', (doubt) => {
    expect(play([doubt, told('ready')]).map((step) => step.do)).toEqual(['ask', 'end']);
    const lost = play([doubt, notFound, notFound, notFound]);
    expect(lost.map((step) => step.do)).toEqual(['ask', 'ask', 'ask', 'end']);
    // It may have been done before the queue was lost: only the drive can tell.
    expect(last(lost)).toEqual({ type: 'unknown', reason: 'not-found' });
    expect(last(play([doubt, { type: 'answer', httpStatus: 401 }]))).toBe('ask');
    expect(last(play([doubt, { type: 'not-connected' }]))).toBe('ask');
    expect(last(play([doubt, { type: 'lost' }], atolPosting, { late: true }))).toEqual({
      type: 'unknown',
      reason: 'silent',
    });
  });

  it('believes that it does not know what was never put', () => {
    expect(last(play([notFound, notFound, notFound], atolAsking))).toEqual({
      type: 'not-queued',
      reason: 'not-found',
    });
    expect(last(play([{ type: 'answer', httpStatus: 401 }], atolAsking))).toEqual({
      type: 'rejected',
      httpStatus: 401,
    });
  });

  it('does not believe a queue that forgot what it had taken', () => {
    expect(last(play([{ type: 'answer', httpStatus: 201 }, notFound, notFound, notFound]))).toEqual({
      type: 'unknown',
      reason: 'not-found',
    });
    // One miss between two sightings is nothing.
    expect(
      last(play([{ type: 'answer', httpStatus: 201 }, notFound, told('wait'), notFound, notFound])),
    ).toBe('ask');
  });

  it('waits through failures until the time is over', () => {
    const state = { ...atolAsking, accepted: true };
    for (const input of [
      { type: 'lost' },
      { type: 'not-connected' },
      { type: 'answer', httpStatus: 502 },
      { type: 'answer', httpStatus: 429 },
      { type: 'answer', httpStatus: 400 },
      { type: 'answer', httpStatus: 200, broken: true },
      { type: 'answer', httpStatus: 401 },
    ] as const) {
      expect(last(play([input], state))).toBe('ask');
      expect(last(play([input], state, { late: true }))).toEqual({ type: 'unknown', reason: 'silent' });
    }
  });

  it('takes three refusals to answer for no word on the queue', () => {
    const busy: AtolRequestInput = { type: 'answer', httpStatus: 429 };
    expect(last(play([{ type: 'answer', httpStatus: 201 }, busy, busy, busy, busy]))).toBe('ask');
    const others: AtolRequestInput = { type: 'answer', httpStatus: 200 };
    expect(last(play([{ type: 'answer', httpStatus: 201 }, others, others, others]))).toEqual({
      type: 'unknown',
      reason: 'not-found',
    });
  });

  it('gives a mere question up after a few silences', () => {
    const lost = { type: 'lost' } as const;
    expect(last(play([lost, lost, lost], atolAsking, { brief: true }))).toEqual({
      type: 'unknown',
      reason: 'silent',
    });
    expect(last(play([lost, lost, lost, lost, lost], atolAsking))).toBe('ask');
  });

  it('takes back what still waits when the time is over', () => {
    const late = { late: true };
    const state = { ...atolAsking, accepted: true };
    const removed = { type: 'answer', httpStatus: 200 } as const;
    expect(play([told('wait'), removed, notFound], state, late).map((step) => step.do)).toEqual([
      'remove',
      'ask',
      'end',
    ]);
    expect(last(play([told('wait'), removed, notFound], state, late))).toEqual({
      type: 'not-queued',
      reason: 'removed',
    });
    // A removal that nobody confirmed is none: a restart may have lost the queue after the task was done.
    expect(last(play([told('wait'), { type: 'lost' }, notFound, notFound, notFound], state, late))).toEqual({
      type: 'unknown',
      reason: 'not-found',
    });
    expect(last(play([told('wait'), removed, told('canceled')], state, late))).toMatchObject({
      type: 'answered',
    });
    expect(last(play([told('wait'), { type: 'lost' }, told('ready')], state, late))).toMatchObject({
      type: 'answered',
    });
    expect(last(play([told('wait'), removed, told('wait')], state, late))).toEqual({
      type: 'unknown',
      reason: 'still-waiting',
    });
    expect(last(play([told('wait')], state, { late: true, removable: false }))).toEqual({
      type: 'unknown',
      reason: 'still-waiting',
    });
    expect(last(play([told('inProgress')], state, late))).toEqual({
      type: 'unknown',
      reason: 'still-running',
    });
    expect(last(play([told('blocked')], state, late))).toEqual({ type: 'unknown', reason: 'still-running' });
  });
});
