import { type ManualClock, manualClock, randomUuid } from '@elcert/core';
import { openAtolWeb } from '@elcert/device-drivers/atol';
import type { Receipt } from '@elcert/fiscal-doc';
import { afterEach, describe, expect, test } from 'vitest';
import type { FaultRule } from '../../src/kernel/index.js';
import { type AtolBench, atolBench, atolCashier } from '../atol-day.js';

const running: AtolBench[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

async function day(options: Parameters<typeof atolBench>[0] = {}): Promise<AtolBench> {
  const one = await atolBench(options);
  running.push(one);
  return one;
}

const key = () => ({ operationKey: randomUuid() });

const sale: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [{ name: 'Трость', price: 150_000, quantity: '1', vat: '22', method: 'full', subject: 'goods' }],
  payments: { electronic: 150_000 },
  cashier: atolCashier,
};

type Accident = Pick<FaultRule, 'do' | 'code' | 'delayMs'>;

const onSell = (accident: Accident): FaultRule => ({
  at: 'atol-web',
  when: { operation: 'sell', nth: 1 },
  ...accident,
});
const onResult = (accident: Accident, nth = 1): FaultRule => ({
  at: 'atol-web',
  when: { operation: 'result', match: { type: 'sell' }, nth },
  ...accident,
});

/** Few and long pauses: a story that waits for its time limit takes a handful of steps. */
const patient = {
  httpTimeoutMs: 3_600_000,
  pollMs: 5000,
  settleMs: 5000,
  taskTimeoutMs: 20_000,
  settleTimes: 3,
};

/** Lets the clock run for as long as the call needs it. */
async function through<T>(clock: ManualClock, call: Promise<T>): Promise<T> {
  let over = false;
  const ended = call.finally(() => {
    over = true;
  });
  ended.catch(() => {});
  while (!over) {
    await Promise.race([clock.waitForTimers(), ended.catch(() => {})]);
    // A socket's answer is nobody's timer: the clock goes on only while one is waited for in vain.
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (!over && clock.pendingTimers > 0) await clock.advance(5000);
  }
  return ended;
}

describe('the POST was carried out and its answer failed', () => {
  test.each([
    ['the connection closed', { do: 'disconnect' }],
    ['the body was cut', { do: 'cut' }],
    ['the body was corrupt', { do: 'corrupt' }],
    ['a proxy answered 502', { do: 'corrupt', code: 'http-502' }],
    ['the request arrived twice', { do: 'duplicate' }],
  ] as const)('%s: the uuid is asked for, nothing is registered twice', async (_, rule) => {
    const { register, kkt, receipts, count } = await day({ faults: [onSell(rule)] });
    const result = await register.registerReceipt(sale, key());
    expect(result).toMatchObject({ fiscalDocumentNumber: 3, totalSum: 150_000 });
    expect(kkt.faults.strikes).toBe(1);
    expect(receipts()).toBe(1);
    expect(count('sell')).toBe(1);
  });

  test('nothing came back at all', async () => {
    const clock = manualClock();
    const { register, receipts, count } = await day({
      clock,
      faults: [onSell({ do: 'silent-after-effect' })],
      driver: { timings: { pollMs: 10 } },
    });
    expect(await through(clock, register.registerReceipt(sale, key()))).toMatchObject({
      fiscalDocumentNumber: 3,
    });
    expect(receipts()).toBe(1);
    expect(count('sell')).toBe(1);
  });

  test('it came too late', async () => {
    const clock = manualClock();
    const { register, receipts, count } = await day({
      clock,
      faults: [onSell({ do: 'delay', delayMs: 7000 })],
      driver: { timings: { pollMs: 10 } },
    });
    expect(await through(clock, register.registerReceipt(sale, key()))).toMatchObject({
      fiscalDocumentNumber: 3,
    });
    expect(receipts()).toBe(1);
    expect(count('sell')).toBe(1);
  });
});

describe('the POST was lost', () => {
  test('the server does not know the uuid: nothing was sent, and the same key does it', async () => {
    const clock = manualClock();
    const { register, receipts, count } = await day({
      clock,
      faults: [onSell({ do: 'drop' })],
      driver: { timings: { pollMs: 10 } },
    });
    const operation = key();
    await expect(through(clock, register.registerReceipt(sale, operation))).rejects.toMatchObject({
      code: 'LINK_LOST',
      outcome: 'not-sent',
    });
    expect(receipts()).toBe(0);
    // Asked three times before that was believed, and never sent again by itself.
    expect(count('sell')).toBe(1);
    await through(clock, register.registerReceipt(sale, operation));
    expect(receipts()).toBe(1);
  });

  test('a server that breaks down before it takes the task', async () => {
    const { register, receipts } = await day({ faults: [onSell({ do: 'refuse', code: 'http-503' })] });
    const operation = key();
    await expect(register.registerReceipt(sale, operation)).rejects.toMatchObject({ outcome: 'not-sent' });
    expect(receipts()).toBe(0);
    await register.registerReceipt(sale, operation);
    expect(receipts()).toBe(1);
  });

  test.each([
    ['http-400', 'REGISTER_REFUSED'],
    ['http-401', 'WRONG_PASSWORD'],
  ] as const)('a server that refuses it with %s', async (code, expected) => {
    const { register, receipts } = await day({ faults: [onSell({ do: 'refuse', code })] });
    await expect(register.registerReceipt(sale, key())).rejects.toMatchObject({
      code: expected,
      outcome: 'refused',
    });
    expect(receipts()).toBe(0);
  });
});

describe('the answer to a question failed', () => {
  test.each([
    ['the connection closed', { do: 'disconnect' }],
    ['the body was cut', { do: 'cut' }],
    ['a proxy answered 500', { do: 'refuse', code: 'http-500' }],
    ['a page came instead', { do: 'corrupt', code: 'http-200' }],
  ] as const)('%s: asked again', async (_, rule) => {
    const { register, kkt, receipts, count } = await day({ faults: [onResult(rule), onResult(rule, 2)] });
    expect(await register.registerReceipt(sale, key())).toMatchObject({ fiscalDocumentNumber: 3 });
    expect(kkt.faults.strikes).toBe(2);
    expect(receipts()).toBe(1);
    expect(count('sell')).toBe(1);
  });

  test('nothing comes any more: the drive tells what was done', async () => {
    const clock = manualClock();
    const { register, receipts } = await day({
      clock,
      driver: { timings: patient },
      faults: [{ at: 'atol-web', when: { operation: 'result', match: { type: 'sell' } }, do: 'disconnect' }],
    });
    expect(await through(clock, register.registerReceipt(sale, key()))).toMatchObject({
      fiscalDocumentNumber: 3,
      receiptNumber: 1,
      totalSum: 150_000,
    });
    expect(receipts()).toBe(1);
  });

  test('the server is gone after the effect: unknown, and done once it is back', async () => {
    const clock = manualClock();
    const { register, kkt, receipts, another } = await day({
      clock,
      driver: { timings: patient },
    });
    const before = (await register.status()).lastFiscalDocumentNumber;
    kkt.faults.add(
      { at: 'atol-web', when: { operation: 'sell' }, do: 'disconnect' },
      { at: 'atol-web', when: { operation: 'result', match: { type: 'sell' } }, do: 'disconnect' },
      // A question that is not taken is asked once more.
      { at: 'atol-web', when: { operation: 'getFnInfo', nth: 2 }, do: 'refuse', code: 'http-503' },
      { at: 'atol-web', when: { operation: 'getFnInfo', nth: 3 }, do: 'refuse', code: 'http-503' },
    );
    const operation = key();
    await expect(through(clock, register.registerReceipt(sale, operation))).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      outcome: 'unknown',
    });
    expect(receipts()).toBe(1);
    kkt.faults.clear();
    const evidence = { afterDocumentNumber: before, receipt: sale };
    expect(await through(clock, register.lookup(operation.operationKey, evidence))).toMatchObject({
      state: 'done',
      result: { fiscalDocumentNumber: 3, documentCode: 3 },
    });
    // A till that was restarted knows nothing but what it saved.
    const later = await through(clock, another());
    expect(await through(clock, later.lookup(operation.operationKey, evidence))).toMatchObject({
      state: 'done',
      result: { fiscalDocumentNumber: 3 },
    });
    expect(await through(clock, later.registerReceipt(sale, operation))).toMatchObject({
      fiscalDocumentNumber: 3,
    });
    expect(receipts()).toBe(1);
  });
});

describe('the same uuid twice', () => {
  test('a key of this process and of another one gives the first result', async () => {
    const { register, receipts, another, count } = await day();
    const operation = key();
    const first = await register.registerReceipt(sale, operation);
    expect(await register.registerReceipt(sale, operation)).toEqual(first);
    expect(count('sell')).toBe(1);
    expect(await (await another()).registerReceipt(sale, operation)).toEqual(first);
    expect(receipts()).toBe(1);
    await expect(
      register.registerReceipt({ ...sale, cashier: { name: 'Другая' } }, operation),
    ).rejects.toMatchObject({ code: 'OPERATION_KEY_REUSED', outcome: 'not-sent' });
    const half = {
      ...sale,
      lines: [{ ...(sale.lines[0] as Receipt['lines'][0]), price: 1 }],
      payments: { cash: 1 },
    };
    await expect((await another()).registerReceipt(half, operation)).rejects.toMatchObject({
      code: 'OPERATION_KEY_REUSED',
      outcome: 'not-sent',
    });
    expect(receipts()).toBe(1);
  });

  test('a key that was refused by another process is begun anew', async () => {
    const { register, receipts, another } = await day({ shift: false });
    const operation = key();
    await expect(register.registerReceipt(sale, operation)).rejects.toMatchObject({ code: 'SHIFT_CLOSED' });
    await register.openShift(atolCashier, key());
    const later = await another();
    const done = await later.registerReceipt(sale, operation);
    expect(receipts()).toBe(1);
    expect(
      await (await another()).lookup(operation.operationKey, { afterDocumentNumber: 1, receipt: sale }),
    ).toEqual({
      state: 'done',
      result: done,
    });
  });

  test('a key must be a uuid', async () => {
    const { register } = await day();
    await expect(register.registerReceipt(sale, { operationKey: 'sale 17' })).rejects.toMatchObject({
      outcome: 'not-sent',
      path: 'operationKey',
    });
  });
});

test('a queue full of others’ tasks: ours is taken back, and may be given again', async () => {
  const clock = manualClock();
  const { register, kkt, receipts } = await day({ clock, driver: { timings: patient } });
  const operation = key();
  const before = await register.status();
  // The question before the sale must come through; then the register is taken.
  kkt.records.subscribe((entry) => {
    if (entry.operation === 'sell' && entry.direction === 'in') kkt.holdQueue(true);
    if (entry.operation === 'delete' && entry.direction === 'out') kkt.holdQueue(false);
  });
  await expect(through(clock, register.registerReceipt(sale, operation))).rejects.toMatchObject({
    outcome: 'refused',
    details: { result: 249 },
  });
  expect(receipts()).toBe(0);
  expect((await register.status()).lastFiscalDocumentNumber).toBe(before.lastFiscalDocumentNumber);
});

describe('errors that leave a doubt', () => {
  test('no connection to the register: the drive says that nothing was done', async () => {
    const { register, receipts } = await day({ faults: [onSell({ do: 'refuse', code: 2 })] });
    const operation = key();
    await expect(register.registerReceipt(sale, operation)).rejects.toMatchObject({
      code: 'LINK_LOST',
      outcome: 'refused',
      details: { result: 2 },
    });
    await register.registerReceipt(sale, operation);
    expect(receipts()).toBe(1);
  });

  test('and when the drive cannot be asked either, it stays unknown', async () => {
    const { register } = await day({
      faults: [
        onSell({ do: 'refuse', code: 177 }),
        { at: 'atol-web', when: { operation: 'getFnInfo', nth: 2 }, do: 'refuse', code: 2 },
      ],
    });
    await expect(register.registerReceipt(sale, key())).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      outcome: 'unknown',
    });
  });
});

test('a restart of the server: connections are made anew', async () => {
  const { register, kkt, receipts } = await day();
  kkt.restart();
  await register.registerReceipt(sale, key());
  kkt.restart();
  expect((await register.status()).lastFiscalDocumentNumber).toBe(3);
  expect(receipts()).toBe(1);
});

test('a server that lost its history: the drive still tells', async () => {
  const { register, kkt, another } = await day();
  const before = (await register.status()).lastFiscalDocumentNumber;
  const operation = key();
  const result = await register.registerReceipt(sale, operation);
  await register.registerReceipt({ ...sale, payments: { cash: 150_000 } }, key());
  kkt.restart({ forget: true });
  const later = await another();
  expect(await later.lookup(operation.operationKey, { afterDocumentNumber: before, receipt: sale })).toEqual({
    state: 'done',
    result,
  });
  expect(
    await later.lookup(randomUuid(), {
      afterDocumentNumber: before,
      receipt: { ...sale, payments: { prepaid: 150_000 } },
    }),
  ).toEqual({ state: 'not-done' });
});

test('nobody listens: nothing was sent', async () => {
  const { kkt, register } = await day();
  await kkt.stop();
  await expect(register.registerReceipt(sale, key())).rejects.toMatchObject({
    code: 'LINK_LOST',
    outcome: 'not-sent',
  });
  await expect(openAtolWeb({ baseUrl: kkt.url })).rejects.toMatchObject({ outcome: 'not-sent' });
});
