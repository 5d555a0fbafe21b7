import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Lan4GateMessage,
  type Lan4GateRequest,
  type Lan4GateResponse,
  lan4GateRequest,
} from './codec.js';
import {
  type Lan4GateEnd,
  type Lan4GateExchange,
  type Lan4GateInput,
  type Lan4GateStep,
  needsConfirmation,
  startLan4GateExchange,
  stepLan4GateExchange,
} from './machine.js';

const request: Lan4GateRequest = lan4GateRequest('ECertPayment', 1, {
  EcrMerchantNumber: 1,
  CardPANHash: 'ab'.repeat(32),
  Amount: 1,
  ECertAmount: 2,
  CurrencyCode: '643',
  BasketID: 'B1',
});

const response = (over: Partial<Lan4GateResponse> = {}): Lan4GateResponse => ({
  type: 'response',
  ecrNumber: 1,
  operationCode: 302,
  status: 1,
  fields: {},
  ...over,
});
const registered = response({ operationCode: 800 });
const message = (one: Lan4GateMessage): Lan4GateInput => ({ type: 'message', message: one });
const tap = message({ type: 'notification', code: 10 });

const play = (
  exchange: Partial<Lan4GateExchange>,
  ...inputs: Lan4GateInput[]
): Lan4GateStep & { readonly said: string[] } => {
  let now = startLan4GateExchange({ request, register: false, taken: [], ...exchange });
  const said: string[] = [];
  const hear = () =>
    said.push(
      ...now.effects.map((effect) =>
        effect.type === 'send'
          ? `send ${'operationCode' in effect.message ? effect.message.operationCode : effect.message.type}`
          : effect.type === 'wait'
            ? `wait ${effect.what}`
            : effect.type === 'stray'
              ? `stray ${effect.why}`
              : effect.type,
      ),
    );
  hear();
  for (const input of inputs) {
    now = stepLan4GateExchange(now.state, input);
    hear();
  }
  return { ...now, said };
};

const endOf = (step: Lan4GateStep): Lan4GateEnd | undefined =>
  step.state.phase === 'ended' ? step.state.end : undefined;

describe('an exchange', () => {
  it('registers, asks, shows, and is answered', () => {
    const step = play({ register: true }, message(registered), tap, message(response()));
    expect(step.said).toEqual([
      'send 800',
      'wait registration',
      'send 302',
      'wait answer',
      'progress',
      'wait answer',
    ]);
    expect(endOf(step)).toEqual({
      type: 'answered',
      response: response(),
      slip: [],
      aborted: false,
      lively: true,
    });
  });

  it('takes "registered already" for registered, any other status for no', () => {
    expect(play({ register: true }, message(response({ operationCode: 800, status: 6 }))).said).toContain(
      'send 302',
    );
    expect(endOf(play({ register: true }, message(response({ operationCode: 800, status: 7 }))))).toEqual({
      type: 'not-sent',
      reason: 'refused',
      status: 7,
    });
  });

  it.each(['timeout', 'disconnected', 'garbage', 'abort'] as const)(
    '%s before the request: not sent',
    (type) => {
      expect(endOf(play({ register: true }, { type }))?.type).toBe('not-sent');
    },
  );

  it.each(['timeout', 'disconnected', 'garbage'] as const)('%s after the request: lost', (type) => {
    expect(endOf(play({}, tap, { type }))).toEqual({ type: 'lost', reason: type, aborted: false });
  });

  it('confirms what asks for it, also when it cannot be read', () => {
    expect(needsConfirmation(response({ unknown: { FinalizationRequired: {} } }))).toBe(true);
    expect(needsConfirmation(response({ fields: { FinalizationRequired: false } }))).toBe(false);
    const asking = response({ fields: { FinalizationRequired: true } });
    const step = play({}, message(asking), message(response({ operationCode: 814 })));
    expect(step.said).toContain('send 814');
    expect(endOf(step)).toMatchObject({ type: 'answered', response: asking });
    expect(
      endOf(play({}, message(asking), message(response({ operationCode: 814, status: 2 })))),
    ).toMatchObject({
      type: 'not-confirmed',
      reason: 'refused',
    });
    expect(endOf(play({}, message(asking), { type: 'abort' }, { type: 'timeout' }))).toMatchObject({
      type: 'not-confirmed',
      reason: 'timeout',
    });
  });

  it('aborts once, gives no more time, and takes the verdict as it comes', () => {
    const step = play({}, { type: 'abort' }, { type: 'abort' }, tap);
    expect(step.said).toEqual(['send 302', 'wait answer', 'send interaction', 'wait abort', 'progress']);
    expect(endOf(play({}, { type: 'abort' }, message(response())))).toMatchObject({
      type: 'answered',
      aborted: true,
    });
    expect(endOf(play({}, { type: 'abort' }, { type: 'timeout' }))).toMatchObject({
      type: 'lost',
      aborted: true,
    });
  });

  it('collects the slip', () => {
    const lines = (code: number, ...text: string[]) => message({ type: 'receipt', code, lines: text });
    const step = play(
      {},
      lines(2, 'left over'),
      lines(1),
      lines(2, 'a', 'b'),
      lines(2, 'c'),
      lines(3),
      message(response()),
    );
    expect(endOf(step)).toMatchObject({ slip: ['a', 'b', 'c'] });
    const flood = Array.from({ length: 30 }, () => lines(2, ...Array<string>(100).fill('x')));
    const end = endOf(play({}, ...flood, message(response())));
    expect(end?.type === 'answered' && end.slip.length).toBe(2000);
  });

  it('asks the cashier, sends the answer, stops without one', () => {
    const asked = { type: 'interface', dialog: 1, title: '?' } as const;
    const question = message(asked);
    const yes = { type: 'dialog', question: asked, result: '1' } as const;
    const answered = play({}, question, yes, yes);
    expect(answered.said.filter((one) => one.startsWith('send'))).toEqual(['send 302', 'send interface']);
    expect(play({}, question, { ...yes, result: undefined }).said).toContain('send interaction');
    expect(play({}, question, { ...yes, question: { ...asked } }).said).not.toContain('send interface');
    expect(play({}, message({ type: 'interface', dialog: 9 })).said).toContain('stray nobody can answer it');
  });
});

describe('answers that are not ours', () => {
  it.each([
    ['another operation', response({ operationCode: 1 })],
    ['another till', response({ ecrNumber: 2 })],
    ['another EcrMerchantNumber', response({ fields: { EcrMerchantNumber: 2 } })],
    ['another BasketID', response({ fields: { BasketID: 'B2' } })],
  ])('%s is left aside', (why, stray) => {
    const step = play({}, message(stray));
    expect(step.said).toContain(`stray ${why}`);
    expect(step.state.phase).toBe('waiting');
  });

  it('a numbered answer that was taken before is a duplicate, whenever it comes', () => {
    const old = response({ fields: { RRN: '1', TransactionID: '2' } });
    expect(play({ taken: [old] }, tap, message(old)).said).toContain('stray a duplicate');
    expect(endOf(play({ taken: [old] }, message(response({ fields: { RRN: '2' } }))))?.type).toBe('answered');
  });

  it('an equal answer without numbers is a duplicate only before the terminal shows a sign', () => {
    const refusal = response({ status: 11 });
    expect(play({ taken: [refusal] }, message(refusal)).said).toContain('stray a duplicate');
    expect(endOf(play({ taken: [refusal] }, tap, message(refusal)))?.type).toBe('answered');
  });

  it('an answer about an older operation may repeat its numbers', () => {
    const last = response({ operationCode: 804, fields: { OriginalOperationCode: 302, RRN: '1' } });
    const ask804 = lan4GateRequest('GetLastOperation', 1, {});
    expect(endOf(play({ request: ask804, taken: [last] }, message(last)))?.type).toBe('answered');
  });

  it('nothing but the registration is heard before it', () => {
    expect(play({ register: true }, message(response())).said).toContain(
      'stray before the registration was answered',
    );
  });
});

describe('the transition function', () => {
  const questions = [0, 1, 2, 3, 4, 5].map((dialog) => ({ type: 'interface', dialog }) as const);
  const inputs: fc.Arbitrary<Lan4GateInput> = fc.oneof(
    fc.constantFrom<Lan4GateInput>(
      { type: 'timeout' },
      { type: 'disconnected' },
      { type: 'garbage' },
      { type: 'abort' },
      tap,
    ),
    fc
      .record({
        question: fc.constantFrom(...questions),
        result: fc.option(fc.string(), { nil: undefined }),
      })
      .map((answer): Lan4GateInput => ({ type: 'dialog', ...answer })),
    fc
      .record({ operationCode: fc.constantFrom(302, 800, 814, 1), status: fc.nat(25), flag: fc.boolean() })
      .map(({ operationCode, status, flag }) =>
        message(response({ operationCode, status, fields: { FinalizationRequired: flag } })),
      ),
    fc.constantFrom(...questions).map((question) => message(question)),
    fc.nat(4).map((code) => message({ type: 'receipt', code, lines: ['x'] })),
  );

  it('writes the request at most once, aborts at most once, and stays ended', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(inputs, { maxLength: 20 }), (register, list) => {
        const { said, state } = play({ register }, ...list);
        for (const once of ['send 302', 'send 814', 'send interaction', 'send 800'])
          expect(said.filter((one) => one === once).length).toBeLessThanOrEqual(1);
        if (state.phase === 'ended') {
          expect(stepLan4GateExchange(state, { type: 'timeout' })).toEqual({ state, effects: [] });
          if (state.end.type === 'not-sent') expect(said).not.toContain('send 302');
          else expect(said).toContain('send 302');
        }
      }),
    );
  });
});
