import { describe, expect, test } from 'vitest';
import {
  ACK,
  ENQ,
  NAK,
  numberedPacket,
  type PacketEvent,
  type StandardEvent,
  standardFrame,
  syncPacket,
} from './framer.js';
import {
  defaultLinkTimings,
  type LinkAction,
  type LinkInput,
  newPacketSession,
  packetNext,
  packetStart,
  standardNext,
  standardStart,
} from './machine.js';

const act = { body: Uint8Array.of(0xff, 0x46), answerTimeoutMs: 10_000, repeatable: false };
const read = { body: Uint8Array.of(0x10), answerTimeoutMs: 10_000, repeatable: true };
const answer = Uint8Array.of(0xff, 0x46, 0x00);
const frame = (body: Uint8Array): LinkInput<StandardEvent> => ({
  type: 'event',
  event: { type: 'frame', body },
});
const enq = { type: 'write', bytes: Uint8Array.of(ENQ) };
const ack = { type: 'write', bytes: Uint8Array.of(ACK) };
const nak = { type: 'write', bytes: Uint8Array.of(NAK) };
const event = (type: 'ack' | 'nak' | 'enq' | 'bad-frame'): LinkInput<StandardEvent> => ({
  type: 'event',
  event: { type },
});
const timeout = { type: 'timeout' } as const;
const closed = { type: 'closed' } as const;

/** Plays inputs and gives the actions of the last step, without waits. */
function standard(request: typeof act, ...inputs: LinkInput<StandardEvent>[]): LinkAction[] {
  let step = standardStart(request);
  for (const input of inputs) step = standardNext(step.state, input);
  return step.actions.filter((action) => action.type !== 'wait');
}

const sendAct: LinkAction = { type: 'write', bytes: standardFrame(act.body) };
const sendRead: LinkAction = { type: 'write', bytes: standardFrame(read.body) };
const failed = (reason: string) => [{ type: 'failed', reason }];

describe('standard layer', () => {
  const stories: readonly (readonly [string, typeof act, LinkInput<StandardEvent>[], unknown[]])[] = [
    ['begins with ENQ', act, [], [enq]],
    ['idle: sends', act, [event('nak')], [sendAct]],
    ['ACK, answer', act, [event('nak'), event('ack'), frame(answer)], [ack, { type: 'done', body: answer }]],
    ['answer without ACK', act, [event('nak'), frame(answer)], [ack, { type: 'done', body: answer }]],
    ['NAK to the frame of a reading: sent again', read, [event('nak'), event('nak')], [sendRead]],
    ['NAK to the frame: an ACK may follow', act, [event('nak'), event('nak')], []],
    ['NAK to noise, ACK to the frame', act, [event('nak'), event('nak'), event('ack')], []],
    [
      'NAK to noise, the answer without its ACK',
      act,
      [event('nak'), event('nak'), frame(answer)],
      [ack, { type: 'done', body: answer }],
    ],
    ['NAK and nothing more: asks', act, [event('nak'), event('nak'), timeout], [enq]],
    ['NAK, idle: not taken, sent again', act, [event('nak'), event('nak'), timeout, event('nak')], [sendAct]],
    [
      'NAK, and it has an answer after all',
      act,
      [event('nak'), event('nak'), timeout, event('ack'), frame(answer)],
      [ack, { type: 'done', body: answer }],
    ],
    ['a late NAK to an ENQ is not for the frame', act, [timeout, event('nak'), event('nak')], []],
    [
      'an answer that was sent twice: its ACK is no reply to the ENQ',
      act,
      [event('ack'), frame(Uint8Array.of(0x10, 0)), event('nak'), event('nak')],
      [],
    ],
    ['an old answer is fetched first', act, [event('ack'), frame(Uint8Array.of(0x10, 0))], [ack, enq]],
    ['an old answer that comes by itself', act, [frame(answer)], [ack]],
    ['answer of another command', act, [event('nak'), event('ack'), frame(Uint8Array.of(0x10, 0))], [ack]],
    ['damaged answer', act, [event('nak'), event('ack'), event('bad-frame')], [nak, enq]],
    [
      'damaged answer, repeated',
      act,
      [event('nak'), event('ack'), event('bad-frame'), event('ack'), frame(answer)],
      [ack, { type: 'done', body: answer }],
    ],
    ['no ACK: asks', act, [event('nak'), timeout], [enq]],
    ['no ACK, idle: doubt', act, [event('nak'), timeout, event('nak')], failed('answer-lost')],
    ['no ACK, idle: a reading is sent again', read, [event('nak'), timeout, event('nak')], [sendRead]],
    ['closed before the command', act, [closed], failed('closed-before')],
    ['closed after the command', act, [event('nak'), closed], failed('closed-after')],
    ['nobody there', act, Array.from({ length: 10 }, () => timeout), failed('no-link')],
    ['a reading never taken', read, Array.from({ length: 11 }, () => event('nak')), failed('not-taken')],
    [
      'never taken',
      act,
      [event('nak'), ...Array.from({ length: 10 }, () => [event('nak'), timeout, event('nak')]).flat()],
      failed('not-taken'),
    ],
    ['a storm of NAKs: doubt', act, Array.from({ length: 12 }, () => event('nak')), failed('answer-lost')],
    [
      'never answered',
      act,
      [event('nak'), event('ack'), ...Array.from({ length: 10 }, () => timeout)],
      failed('answer-lost'),
    ],
  ];
  test.each(stories)('%s', (_title, request, inputs, expected) => {
    expect(standard(request, ...inputs)).toEqual(expected);
  });

  test('an ENQ that is answered in the next conversation', () => {
    // The first asks twice and gets its answer before the replies; they come when the second has begun.
    let step = standardStart(act);
    for (const input of [event('nak'), timeout, frame(answer)]) step = standardNext(step.state, input);
    expect(step.actions.at(-1)).toEqual({ type: 'done', body: answer });
    let next = standardStart(act, defaultLinkTimings, step.state.enqs);
    next = standardNext(next.state, event('nak'));
    expect(next.actions).toContainEqual(sendAct);
    next = standardNext(next.state, event('nak'));
    expect(next.actions).not.toContainEqual(sendAct);
  });

  test('nothing follows an end', () => {
    const over = standardNext(standardStart(act).state, closed);
    expect(standardNext(over.state, event('nak')).actions).toEqual([]);
  });
});

describe('protocol 2', () => {
  const packet = (number: number, body = new Uint8Array(0)): LinkInput<PacketEvent> => ({
    type: 'event',
    event: { type: 'packet', number, body },
  });
  const play = (
    request: typeof act,
    session: typeof newPacketSession,
    ...inputs: LinkInput<PacketEvent>[]
  ) => {
    let step = packetStart(request, session);
    for (const input of inputs) step = packetNext(step.state, input);
    return { actions: step.actions.filter((action) => action.type !== 'wait'), session: step.state.session };
  };
  const at = (last: number, pending?: Uint8Array) => ({ last, pending });
  const sync = { type: 'write', bytes: syncPacket() };
  const send = (number: number, body = act.body) => [{ type: 'write', bytes: numberedPacket(number, body) }];

  test('asks for the number, then counts', () => {
    expect(play(act, newPacketSession).actions).toEqual([{ type: 'write', bytes: syncPacket() }]);
    expect(play(act, newPacketSession, packet(41)).actions).toEqual(send(42));
    const done = play(act, newPacketSession, packet(41), packet(42, answer));
    expect(done.actions).toEqual([{ type: 'done', body: answer }]);
    expect(done.session).toEqual({ last: 42, pending: undefined });
  });

  test('numbers go round', () => {
    expect(play(act, at(0xffff)).actions).toEqual(send(0));
  });

  test('a spoilt answer: the same number again', () => {
    expect(
      play(act, at(41), { type: 'event', event: { type: 'bad-packet', reason: 'crc' } }).actions,
    ).toEqual(send(42));
  });

  test('no answer: a sync packet asks where the register stands, then the same number again', () => {
    expect(play(act, at(41), timeout).actions).toEqual([sync]);
    expect(play(act, at(41), timeout, timeout).actions).toEqual([sync]);
    // Not executed; executed; the second copy brings the answer either way.
    expect(play(act, at(41), timeout, packet(41, answer)).actions).toEqual(send(42));
    expect(play(act, at(41), timeout, packet(42)).actions).toEqual(send(42));
    expect(play(act, at(41), timeout, packet(42, answer)).actions).toEqual([{ type: 'done', body: answer }]);
    const late = play(act, at(41), timeout, timeout, packet(42), packet(42), packet(42, answer));
    expect(late.actions).toEqual([{ type: 'done', body: answer }]);
  });

  test('over a new connection the register is asked first, then the same number goes out again', () => {
    expect(play(act, at(41, act.body)).actions).toEqual([sync]);
    expect(play(act, at(41, act.body), packet(41)).actions).toEqual(send(42));
    expect(play(act, at(41, act.body), packet(42)).actions).toEqual(send(42));
    expect(play(act, at(41, act.body), closed).actions).toEqual(failed('closed-after'));
  });

  test('a register that stands at its first number may have been switched off after the command', () => {
    expect(play(act, at(1), timeout, packet(1)).actions).toEqual(failed('answer-lost'));
    expect(play(read, at(1), timeout, packet(1)).actions).toEqual(send(2, read.body));
  });

  test('a second copy of the former answer is passed over', () => {
    expect(play(act, at(41), packet(41, answer)).actions).toEqual([]);
  });

  test('the numbering moved before anything was sent twice: it is followed', () => {
    expect(play(act, at(41), packet(1)).actions).toEqual(send(2));
  });

  test('the numbering moved while an act was in doubt: nothing is repeated', () => {
    expect(play(act, at(41), timeout, packet(1)).actions).toEqual(failed('answer-lost'));
    expect(play(act, at(41, act.body), packet(1)).actions).toEqual(failed('answer-lost'));
    expect(play(read, at(41, read.body), packet(1)).actions).toEqual(send(2, read.body));
  });

  test('an answer of another command under our number is no answer', () => {
    expect(play(act, at(41), timeout, packet(42, Uint8Array.of(0x10, 0))).actions).toEqual(
      failed('answer-lost'),
    );
  });

  test('closed and silent', () => {
    expect(play(act, newPacketSession, closed).actions).toEqual(failed('closed-before'));
    expect(play(act, at(41), closed).actions).toEqual(failed('closed-after'));
    expect(play(act, newPacketSession, ...Array.from({ length: 10 }, () => timeout)).actions).toEqual(
      failed('no-link'),
    );
  });

  test('a silent line is given up after one time of the answer and ten sync packets', () => {
    const waits: number[] = [];
    let step = packetStart({ ...act, answerTimeoutMs: 65_000 }, at(41));
    for (;;) {
      const wait = step.actions.find((action) => action.type === 'wait');
      if (wait?.type !== 'wait') break;
      waits.push(wait.timeoutMs);
      step = packetNext(step.state, timeout);
    }
    expect(step.actions).toEqual(failed('answer-lost'));
    expect(waits).toEqual([65_000, ...Array.from({ length: 10 }, () => defaultLinkTimings.controlTimeoutMs)]);
  });
});

test('ten tries, as the protocol says', () => {
  expect(defaultLinkTimings.retries).toBe(10);
});
