import { describe, expect, it } from 'vitest';
import { decodeInpasTlv, encodeInpasTlv, type InpasFields, inpasMessage } from './codec.js';
import { inpasFrame } from './framer.js';
import {
  type InpasInput,
  type InpasState,
  inpasInterrupt,
  startInpasExchange,
  stepInpasExchange,
} from './machine.js';
import { inpasRelayAnswer, inpasRelayRequest } from './relay.js';

const request = inpasMessage({
  amount: '00000500',
  currencyCode: '643',
  operationCode: '1',
  terminalId: '1',
});
const answer = inpasMessage({ amount: '500', operationCode: '1', terminalId: '1', status: '1' });
const message = (fields: InpasFields): InpasInput => ({
  type: 'message',
  fields,
  frame: inpasFrame(encodeInpasTlv(fields)),
});
const ack: InpasInput = { type: 'ack' };
const nak: InpasInput = { type: 'nak' };
const timeout: InpasInput = { type: 'timeout' };
const open = inpasRelayRequest({ type: 'open', host: '10.0.0.1', port: 1 });
const opened = inpasRelayAnswer(open, true);

/** Plays inputs and writes down what is done, one word an effect. */
function play(inputs: readonly InpasInput[], repeatable = false) {
  let { state, effects } = startInpasExchange({ request, repeatable });
  const done: string[] = [];
  const write = () => {
    for (const effect of effects)
      done.push(
        effect.type === 'send'
          ? `send ${effect.what}`
          : effect.type === 'wait'
            ? `wait ${effect.what}`
            : effect.type === 'stray'
              ? `stray: ${effect.why}`
              : effect.type,
      );
  };
  write();
  for (const input of inputs) {
    ({ state, effects } = stepInpasExchange(state, input));
    write();
  }
  const end = (state as Extract<InpasState, { phase: 'ended' }>).end;
  return { done, end, state };
}

const sent = (done: readonly string[]) => done.filter((one) => one.startsWith('send'));

describe('a request that may move money', () => {
  it('is asked, taken, waited for and answered', () => {
    const wait = message(inpasMessage({ operationCode: '21', textResponse: 'ПИН' }));
    expect(play([ack, wait, wait, message(answer)])).toMatchObject({
      done: ['send request', 'wait ack', 'wait answer', 'progress', 'wait answer', 'progress', 'wait answer'],
      end: { type: 'answered', aborted: false },
    });
  });

  it('is written again after NAK, three times at most: then nothing was taken', () => {
    const again = play([nak, timeout, ack, message(answer)]);
    expect(sent(again.done)).toHaveLength(2);
    expect(again.end.type).toBe('answered');
    const { done, end } = play([nak, timeout, nak, timeout, nak, timeout]);
    expect(sent(done)).toHaveLength(3);
    expect(end).toEqual({ type: 'not-taken' });
  });

  it('is not written again for an old NAK that an ACK follows', () => {
    const { done, end } = play([nak, nak, ack, message(answer)]);
    expect(sent(done)).toEqual(['send request']);
    expect(end.type).toBe('answered');
  });

  it('is never written again after silence, whatever comes then', () => {
    for (const after of [[timeout], [nak, timeout], [{ type: 'disconnected' } as const]]) {
      const { done, end } = play([timeout, ...after]);
      expect(sent(done)).toEqual(['send request']);
      expect(end).toMatchObject({ type: 'lost', taken: false });
    }
    // The ACK was only late.
    expect(play([timeout, ack, message(answer)]).end.type).toBe('answered');
  });

  it('takes nothing for its answer before it was taken itself', () => {
    const { done, end } = play([message(answer), { type: 'eot' }, ack, message(answer)]);
    expect(done.filter((one) => one.startsWith('stray'))).toHaveLength(2);
    expect(end.type).toBe('answered');
  });

  it.each([
    ['another operation', inpasMessage({ operationCode: '29', status: '1' })],
    ['another terminal', inpasMessage({ operationCode: '1', terminalId: '2', status: '1' })],
    ['names no operation', inpasMessage({ status: '1' })],
  ])('leaves an answer aside that is not its own: %s', (why, fields) => {
    const { done, state } = play([ack, message(fields)]);
    expect(done.at(-1)).toBe(`stray: ${why}`);
    expect(state.phase).toBe('waiting');
  });

  it.each([
    ['timeout', [ack, timeout], { reason: 'timeout', taken: true }],
    ['unplugged', [ack, { type: 'disconnected' }], { reason: 'disconnected', taken: true }],
    ['unreadable', [ack, { type: 'garbage' }], { reason: 'garbage', taken: true }],
    ['the end and nothing behind it', [ack, { type: 'eot' }, timeout], { reason: 'timeout', taken: true }],
    ['unplugged before the ACK', [{ type: 'disconnected' }], { reason: 'disconnected', taken: false }],
  ] as const)('is lost: %s', (_name, inputs, end) => {
    expect(play(inputs).end).toEqual({ type: 'lost', aborted: false, ...end });
  });

  it('an end does not hide the answer behind it', () => {
    expect(play([ack, { type: 'eot' }, message(answer)]).end.type).toBe('answered');
  });

  it('stays ended', () => {
    const { state } = play([ack, message(answer)]);
    expect(stepInpasExchange(state, timeout)).toEqual({ state, effects: [] });
  });
});

describe('an abort', () => {
  it('sends the interruption with sum and currency, and waits for the verdict', () => {
    const interrupted = inpasMessage({ operationCode: '1', status: '53' });
    const { done, end } = play([ack, { type: 'abort' }, { type: 'abort' }, ack, message(interrupted)]);
    expect(sent(done)).toEqual(['send request', 'send interrupt']);
    expect(end).toMatchObject({ type: 'answered', aborted: true });
    expect([...inpasInterrupt(request)]).toEqual([
      [0, '00000500'],
      [4, '643'],
      [25, '53'],
    ]);
  });

  it('waits for the ACK first, and may lose the race', () => {
    const { done, end } = play([{ type: 'abort' }, ack, ack, message(answer)]);
    expect(sent(done)).toEqual(['send request', 'send interrupt']);
    expect(end).toMatchObject({ type: 'answered', aborted: true });
  });

  it('that nobody answers is unknown; an answer as the interruption counts when it says interrupted', () => {
    expect(play([ack, { type: 'abort' }, ack, timeout]).end).toMatchObject({ type: 'lost', aborted: true });
    const yes = message(inpasMessage({ operationCode: '53', status: '53' }));
    const odd = message(inpasMessage({ operationCode: '53', status: '1' }));
    expect(play([ack, { type: 'abort' }, ack, yes]).end.type).toBe('answered');
    expect(play([ack, { type: 'abort' }, ack, odd]).state.phase).toBe('waiting');
    expect(play([ack, yes]).state.phase).toBe('waiting');
  });

  it('before anything was taken gives up at the first NAK', () => {
    const { done, end } = play([{ type: 'abort' }, nak, timeout]);
    expect(sent(done)).toHaveLength(1);
    expect(end).toEqual({ type: 'not-taken' });
  });
});

describe('the relay', () => {
  it('does what it is asked and answers; a command twice before its answer was confirmed is done once', () => {
    const relayed: InpasInput = { type: 'relayed', answer: opened };
    const twice = play([ack, message(open), message(open), relayed, message(open), ack, message(answer)]);
    expect(twice.done.filter((one) => one === 'relay')).toHaveLength(1);
    expect(sent(twice.done)).toEqual(['send request', 'send relay', 'send relay']);
    expect(twice.end.type).toBe('answered');
    // After the confirmation the same command is a new one.
    const again = play([ack, message(open), relayed, ack, message(open)]);
    expect(again.done.filter((one) => one === 'relay')).toHaveLength(2);
  });

  it('repeats its answer after NAK and silence, and then lets it be', () => {
    const relayed: InpasInput = { type: 'relayed', answer: opened };
    const { done, state } = play([ack, message(open), relayed, nak, timeout, nak]);
    expect(sent(done)).toEqual(['send request', 'send relay', 'send relay', 'send relay']);
    expect(state.phase).toBe('waiting');
  });
});

describe('a request that moves nothing', () => {
  it('is written again after silence too', () => {
    const { done, end } = play([timeout, timeout, timeout], true);
    expect(sent(done)).toHaveLength(3);
    expect(end).toMatchObject({ type: 'lost', taken: false });
    expect(play([timeout, ack, message(answer)], true).end.type).toBe('answered');
  });
});

it('frames on the way are what the codec writes', () => {
  const [effect] = startInpasExchange({ request, repeatable: false }).effects;
  if (effect?.type !== 'send') throw new Error('nothing is sent');
  expect(decodeInpasTlv(effect.frame.subarray(3, -2))).toEqual(request);
});
