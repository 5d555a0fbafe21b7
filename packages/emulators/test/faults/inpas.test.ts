import { openTcp } from '@elcert/core/node';
import { openInpas } from '@elcert/device-drivers/inpas';
import { afterEach, describe, expect, it } from 'vitest';
import type { InpasEmulator } from '../../src/inpas/index.js';
import type { FaultRule } from '../../src/kernel/index.js';
import { type InpasWorld, paidOnce, saWorld, untouched } from '../inpas-world.js';

// What goes wrong on the way to an SA terminal. In every story the ledger is asked whether the buyer was charged more than once,
// and a fault that never struck proves nothing.

let world: InpasWorld<InpasEmulator>;
afterEach(() => world.stop());

const rule = (operation: string, fault: Omit<FaultRule, 'at' | 'when'>, nth = 1): FaultRule => ({
  at: 'inpas',
  when: { operation, nth },
  ...fault,
});
const pay = '121';
const unknown = { outcome: 'unknown', userMessage: expect.stringContaining('Не повторяйте') };

/** The key again, whatever became of it: nothing more may be charged. */
async function payAgain(): Promise<void> {
  const before = world.books();
  const requests = () =>
    world.emulator.records.entries.filter((one) => one.direction === 'in' && one.operation === pay);
  const count = requests().length;
  await world.terminal.payCertificate(world.payment).catch(() => {});
  expect(requests()).toHaveLength(count);
  expect(world.books()).toEqual(before);
}

/** Lets time go by in small steps, so that short silences on the line are silences. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let over = false;
  void work.then(
    () => (over = true),
    () => (over = true),
  );
  for (let turn = 0; turn < 100 && !over; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    await world.clock.advance(50);
  }
  return work;
}

/** Waits until the terminal has done its part. */
const done = () =>
  world.emulator.records.waitFor(({ operation, direction }) => operation === pay && direction === 'out');

describe('the answer is lost after the approval', () => {
  it.each([
    ['the line is cut', { do: 'disconnect' }],
    ['in the middle of a frame', { do: 'cut' }],
  ] as const)('%s', async (_name, fault) => {
    world = await saWorld({ faults: [rule(pay, fault)] });
    await expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject({
      code: 'ANSWER_LOST',
      ...unknown,
    });
    expect(world.emulator.faults.strikes).toBe(1);
    expect(world.books()).toEqual(paidOnce);
    expect(await world.terminal.lookup('key-1')).toMatchObject({ state: 'unknown' });
    await payAgain();
  });

  it('silence', async () => {
    world = await saWorld({ faults: [rule(pay, { do: 'silent-after-effect' })] });
    const failed = expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject(unknown);
    await done();
    await world.clock.advance(120_000);
    await failed;
    expect(world.books()).toEqual(paidOnce);
    await payAgain();
    await expect(
      world.terminal.reverseLast({ operationKey: 'r', originalKey: 'key-1' }),
    ).rejects.toMatchObject({ code: 'REVERSAL_UNSAFE' });
  });
});

it('approved after the till gave up: the late answer settles the key', async () => {
  world = await saWorld({ faults: [rule(pay, { do: 'delay', delayMs: 150_000 })] });
  const failed = expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject(unknown);
  await done();
  await world.clock.advance(120_000);
  await failed;
  expect(await world.terminal.lookup('key-1')).toMatchObject({ state: 'unknown' });
  await world.clock.advance(30_000);
  for (let turn = 0; turn < 50; turn += 1) {
    if ((await world.terminal.lookup('key-1')).state !== 'unknown') break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await world.terminal.lookup('key-1')).toMatchObject({
    state: 'done',
    result: { own: 'done', certificate: 'done' },
  });
  expect(await world.terminal.payCertificate(world.payment)).toMatchObject({ own: 'done' });
  expect(world.books()).toEqual(paidOnce);
});

describe('a damaged line', () => {
  it('an answer with a wrong check sum is asked for again', async () => {
    world = await saWorld({ faults: [rule(pay, { do: 'corrupt' })] });
    expect(await inTime(world.terminal.payCertificate(world.payment))).toMatchObject({
      own: 'done',
      certificate: 'done',
    });
    expect(world.emulator.faults.strikes).toBe(1);
    expect(world.books()).toEqual(paidOnce);
  });

  it('an answer that comes twice counts once, also for the next payment', async () => {
    world = await saWorld({ faults: [rule('1', { do: 'duplicate' })] });
    const first = await world.terminal.pay({ operationKey: 'a', amount: 100 });
    const second = await world.terminal.pay({ operationKey: 'b', amount: 100 });
    expect(second.rrn).not.toBe(first.rrn);
    expect(world.books().card).toBe(1_999_800);
    expect(world.emulator.faults.strikes).toBe(1);
  });

  it.each([
    ['doubled', 'duplicate'],
    ['damaged', 'corrupt'],
  ] as const)('a piece of a long answer is %s', async (_name, fault) => {
    world = await saWorld({ faults: [rule('fragment', { do: fault }, 2)] });
    expect(await inTime(world.terminal.payCertificate(world.payment))).toMatchObject({
      own: 'done',
      certificate: 'done',
    });
    expect(world.emulator.faults.strikes).toBe(1);
    expect(world.books()).toEqual(paidOnce);
  });

  it.each([
    ['first', 1, 'ANSWER_UNREADABLE'],
    ['last', 2, 'ANSWER_LOST'],
  ] as const)('the %s piece of a long answer is lost: the outcome is unknown', async (_name, nth, code) => {
    world = await saWorld({ faults: [rule('fragment', { do: 'drop' }, nth)] });
    const failed = expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject({
      code,
      ...unknown,
    });
    const { facts } = await world.emulator.records.waitFor(({ operation }) => operation.endsWith('taken'));
    expect(facts.frames).toBe(2);
    await world.clock.advance(120_000);
    await failed;
    expect(world.emulator.faults.strikes).toBe(1);
    expect(world.books()).toEqual(paidOnce);
    await payAgain();
  });

  it('the terminal says NAK: the request is written again and taken once', async () => {
    world = await saWorld({ faults: [rule(pay, { do: 'nak' }), rule(pay, { do: 'nak' }, 2)] });
    expect(await inTime(world.terminal.payCertificate(world.payment))).toMatchObject({ own: 'done' });
    expect(world.emulator.faults.strikes).toBe(2);
    expect(world.books()).toEqual(paidOnce);
  });

  it('the terminal says NAK to every try: nothing was sent, and the key may be used again', async () => {
    world = await saWorld({ faults: [1, 2, 3].map((nth) => rule(pay, { do: 'nak' }, nth)) });
    await expect(inTime(world.terminal.payCertificate(world.payment))).rejects.toMatchObject({
      code: 'NOT_TAKEN',
      outcome: 'not-sent',
    });
    expect(world.books()).toEqual(untouched);
    expect(await world.terminal.payCertificate(world.payment)).toMatchObject({ own: 'done' });
    expect(world.books()).toEqual(paidOnce);
  });

  it('the request is lost: silence is unknown, and nothing is written again', async () => {
    world = await saWorld({ faults: [rule(pay, { do: 'drop' })] });
    const failed = expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject({
      details: { taken: false },
      ...unknown,
    });
    await world.emulator.records.waitFor(({ facts }) => facts.fault === 'drop');
    await world.clock.advance(1000);
    await world.clock.advance(10_000);
    await failed;
    expect(world.books()).toEqual(untouched);
    await payAgain();
  });

  it('the ACK is lost: nothing is written again, and what the terminal then does is unknown', async () => {
    world = await saWorld({ faults: [rule('ACK', { do: 'drop' })] });
    const failed = expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject(unknown);
    await done();
    await world.clock.advance(1000);
    await world.clock.advance(10_000);
    await failed;
    expect(world.emulator.faults.strikes).toBe(1);
    expect(world.books()).toEqual(paidOnce);
    await payAgain();
  });

  it('junk between frames is passed over', async () => {
    world = await saWorld();
    const noisy = openInpas({
      clock: world.clock,
      async connect() {
        const channel = await openTcp({ host: world.emulator.host, port: world.emulator.port });
        return {
          label: 'noisy',
          write: (bytes, options) => channel.write(bytes, options),
          close: () => channel.close(),
          async *[Symbol.asyncIterator]() {
            for await (const chunk of channel) {
              yield Uint8Array.of(0x00, 0xff, 0x55);
              for (const byte of chunk) yield Uint8Array.of(byte);
            }
          },
        };
      },
    });
    expect(await noisy.payCertificate(world.payment)).toMatchObject({ own: 'done', certificate: 'done' });
    expect(world.books()).toEqual(paidOnce);
    await noisy.close();
  });
});

it('unplugged while the buyer enters the PIN: the terminal goes on without the till', async () => {
  world = await saWorld();
  world.emulator.behave({ pin: 'wait' });
  const channels: { close(): Promise<void> }[] = [];
  const terminal = openInpas({
    clock: world.clock,
    async connect() {
      const channel = await openTcp({ host: world.emulator.host, port: world.emulator.port });
      channels.push(channel);
      return channel;
    },
  });
  const failed = expect(terminal.payCertificate(world.payment)).rejects.toMatchObject({
    code: 'ANSWER_LOST',
    ...unknown,
  });
  await world.emulator.records.waitFor(({ facts }) => facts[19] === 'ВВЕДИТЕ ПИН');
  await channels[0]?.close();
  await failed;
  world.emulator.enterPin();
  await world.clock.advance(5000);
  await done();
  expect(world.books()).toEqual(paidOnce);
  expect(await terminal.lookup('key-1')).toMatchObject({ state: 'unknown' });
  await expect(terminal.payCertificate(world.payment)).rejects.toMatchObject(unknown);
  expect(world.books()).toEqual(paidOnce);
  await terminal.close();
});

describe('the way to the bank through the till', () => {
  it('carries a payment and its return', async () => {
    world = await saWorld({ relay: 'allowed' });
    expect(world.terminal.capabilities.hostRelay).toBe(true);
    expect(await world.terminal.payCertificate(world.payment)).toMatchObject({
      own: 'done',
      certificate: 'done',
    });
    expect(world.books()).toEqual(paidOnce);
    expect(world.acquirer.operations()).toHaveLength(1);
  });

  it.each(['unreachable', 'refused'] as const)('is %s: nothing can have reached the bank', async (relay) => {
    world = await saWorld({ relay });
    const result = await world.terminal.payCertificate(world.payment);
    expect(result).toMatchObject({ own: 'refused', certificate: 'not-attempted' });
    expect(world.acquirer.operations()).toEqual([]);
    expect(world.books()).toEqual(untouched);
    expect(await world.terminal.lookup('key-1')).toEqual({ state: 'not-done' });
  });

  it('breaks after the bank has done its part: unknown', async () => {
    world = await saWorld({ relay: 'allowed' });
    world.acquirer.faults.add({ at: 'acquirer', when: { operation: 'payment' }, do: 'silent-after-effect' });
    await expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject({
      code: 'UNCERTAIN',
      ...unknown,
    });
    expect(world.acquirer.faults.strikes).toBe(1);
    expect(world.books()).toEqual(paidOnce);
    await payAgain();
  });

  it('is wanted where no till offers it: refused by the till, unknown to nobody', async () => {
    world = await saWorld({ relay: 'allowed', driver: { relay: { allow: [], connect: openTcp } } });
    expect(await world.terminal.pay({ operationKey: 'a', amount: 100 })).toMatchObject({ own: 'refused' });
    expect(world.books()).toEqual(untouched);
  });
});

it('the slip will not print: a card payment is taken back, and only that one', async () => {
  world = await saWorld();
  await world.terminal.pay({ operationKey: 'before', amount: 100 });
  const paid = await world.terminal.pay({ operationKey: 'a', amount: 5000 });
  const print = async (lines: readonly string[] | undefined) => {
    expect(lines?.length).toBeGreaterThan(0);
    throw new Error('no paper');
  };
  await print(paid.slip).catch(async () => {
    const undone = await world.terminal.reverseLast({
      operationKey: 'undo',
      originalKey: 'a',
      original: paid,
    });
    expect(undone.own).toBe('done');
  });
  expect(world.books()).toEqual({ ...untouched, card: 1_999_900, clearing: 100 });
});
