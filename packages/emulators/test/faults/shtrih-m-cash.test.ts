import { ElcertError, outcomeOf } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { openShtrihM } from '@elcert/device-drivers/shtrih-m';
import type { CashMovement } from '@elcert/fiscal-doc';
import { afterEach, describe, expect, test } from 'vitest';
import { type Bench, bench, key, sale } from '../shtrih-m-day.js';

// Cash is moved once, whatever becomes of the answer: the drawer is counted after each story.

const open: Bench[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
async function till(options: Parameters<typeof bench>[0] = {}): Promise<Bench> {
  const one = await bench(options);
  open.push(one);
  return one;
}

const put: CashMovement = { direction: 'in', amount: 500_000 };
const take: CashMovement = { direction: 'out', amount: 200_000 };

describe.each(['standard', 'protocol2'] as const)('on the %s layer', (layer) => {
  test.each(['silent-after-effect', 'disconnect', 'cut', 'corrupt', 'duplicate'] as const)(
    'the cash is counted and its answer is lost (%s): done, once',
    async (fault) => {
      const { register, kkt } = await till({ driver: { layer, answerTimeoutMs: 800 } });
      await register.moveCash(put, key());
      kkt.faults.add({ at: 'shtrih-m', do: fault, when: { operation: '51' }, times: 1 });
      expect(await register.moveCash(take, key())).toEqual({ cashInDrawer: 300_000 });
      expect(kkt.faults.strikes).toBe(1);
      expect(kkt.state().drawer).toBe(300_000);
    },
  );

  test('the command itself is lost: not counted on a line that says so, never counted twice', async () => {
    const { register, kkt } = await till({ driver: { layer, answerTimeoutMs: 800 } });
    kkt.faults.add({ at: 'shtrih-m', do: 'drop', when: { operation: '50' }, times: 1 });
    const operation = key();
    const first = await register.moveCash(put, operation).catch((error: unknown) => error);
    // Protocol 2 sends the same number again; the standard layer must not.
    if (layer === 'protocol2') expect(first).toEqual({ cashInDrawer: 500_000 });
    else expect(outcomeOf(first)).toBe('not-sent');
    expect(await register.moveCash(put, operation)).toEqual({ cashInDrawer: 500_000 });
    expect(await register.moveCash(put, operation)).toEqual({ cashInDrawer: 500_000 });
    expect(kkt.state().drawer).toBe(500_000);
  });
});

test('counted, and the register is away: unknown; the counter tells later, the same key moves nothing', async () => {
  let away = false;
  let address = { host: '', port: 0 };
  const one = await till({
    onStarted: (kkt) => {
      address = kkt;
    },
    driver: {
      connect: () =>
        away
          ? Promise.reject(new ElcertError({ code: 'CONNECT_FAILED', message: 'away', outcome: 'not-sent' }))
          : openTcp(address),
    },
  });
  const { register, kkt } = one;
  kkt.records.subscribe((entry) => {
    if (entry.operation === '50') away = true;
  });
  kkt.faults.add({ at: 'shtrih-m', do: 'disconnect', when: { operation: '50' }, times: 1 });
  const operation = key();
  const evidence = { movement: put, drawerBefore: (await register.shiftTotals()).cashInDrawer ?? -1 };
  await expect(register.moveCash(put, operation)).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
    outcome: 'unknown',
    userMessage: expect.stringMatching(/не повторяйте.*\.$/),
  });
  expect(await register.lookupCash(operation.operationKey, evidence)).toMatchObject({ state: 'unknown' });
  await expect(register.moveCash(put, operation)).rejects.toMatchObject({ outcome: 'unknown' });
  away = false;
  expect(await register.lookupCash(operation.operationKey, evidence)).toEqual({
    state: 'done',
    result: { cashInDrawer: 500_000 },
  });
  expect(await register.moveCash(put, operation)).toEqual({ cashInDrawer: 500_000 });
  expect(kkt.state().drawer).toBe(500_000);
});

test('after a restart of the till the counter and what was saved tell it', async () => {
  const { register, kkt } = await till();
  const evidence = { movement: put, drawerBefore: 0 };
  const ask = (other: Bench['register']) => other.lookupCash('from before', evidence);
  expect(await ask(register)).toEqual({ state: 'not-done' });
  await register.call('50', { sum: put.amount });
  const restarted = await openShtrihM({ connect: () => openTcp(kkt), layer: 'standard' });
  expect(await ask(restarted)).toEqual({ state: 'done', result: { cashInDrawer: 500_000 } });
  // What this process moves itself is not taken for it.
  await restarted.moveCash(take, key());
  expect(await ask(restarted)).toMatchObject({ state: 'done' });
  await restarted.registerReceipt({ ...sale, payments: { cash: 249_999 } }, key());
  expect(await ask(restarted)).toMatchObject({ state: 'done' });
  // Somebody else moved something: nothing can be told.
  await restarted.call('50', { sum: 1 });
  expect(await ask(restarted)).toMatchObject({ state: 'unknown' });
  await restarted.close();
});

test('two equal movements in a row are two, and neither is taken for the other', async () => {
  const { register, kkt } = await till({ driver: { answerTimeoutMs: 800 } });
  const first = key();
  kkt.faults.add({ at: 'shtrih-m', do: 'drop', when: { operation: '50' }, times: 1 });
  await expect(register.moveCash(put, first)).rejects.toMatchObject({ outcome: 'not-sent' });
  await register.moveCash(put, key());
  expect(await register.lookupCash(first.operationKey, { movement: put, drawerBefore: 0 })).toEqual({
    state: 'not-done',
  });
  await register.moveCash(put, first);
  expect(kkt.state().drawer).toBe(1_000_000);
});

test('what cannot be done is refused, and nothing moves', async () => {
  const { register, kkt } = await till();
  await expect(register.moveCash({ direction: 'out', amount: 1 }, key())).rejects.toMatchObject({
    outcome: 'refused',
    userMessage: expect.stringMatching(/\.$/),
  });
  await expect(register.moveCash({ direction: 'in', amount: 0 }, key())).rejects.toMatchObject({
    outcome: 'not-sent',
    path: 'movement/amount',
  });
  await expect(register.moveCash({ direction: 'in', amount: 0.5 }, key())).rejects.toMatchObject({
    code: 'BAD_KOPECKS',
  });
  const operation = key();
  await register.moveCash(put, operation);
  await expect(register.moveCash(take, operation)).rejects.toMatchObject({ code: 'OPERATION_KEY_REUSED' });
  expect(kkt.state().drawer).toBe(500_000);
});
