import { manualClock } from '@elcert/core';
import { afterEach, describe, expect, it } from 'vitest';
import { type Acquirer, type AuthorizationRequest, startAcquirer } from '../../src/acquirer/index.js';
import { createLedger, defaultScenario, panHashOf, urlOf } from '../../src/kernel/index.js';
import { basketId, ledgerPort, returnBasketId } from '../lan4gate-world.js';

const running: Acquirer[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

async function start(seed = 5) {
  const clock = manualClock('2026-11-22T09:00:00Z');
  const ledger = createLedger();
  const scenario = defaultScenario({ clock, seed });
  const pan = scenario.cards[0]?.pan ?? '';
  ledger.post({
    id: 'open',
    at: 0,
    by: 'test',
    operation: 'open',
    entries: [
      { account: 'treasury', amount: -1000 },
      { account: 'certificate/one', amount: 1000 },
    ],
  });
  const acquirer = await startAcquirer({
    clock,
    seed,
    ledger,
    scenario,
    certificates: ledgerPort(ledger, clock, {
      [basketId]: { amount: 800, panHashes: [panHashOf(pan)] },
      [returnBasketId]: { amount: 800, panHashes: [panHashOf(pan)], kind: 'return' },
    }),
  });
  running.push(acquirer);
  const request = (over: Partial<Extract<AuthorizationRequest, { kind: 'payment' | 'refund' }>> = {}) =>
    ({
      kind: 'payment',
      operationId: 'op-1',
      terminalId: 'T1',
      pan,
      own: 200,
      certificate: 800,
      basketId,
      ...over,
    }) as const;
  return { acquirer, ledger, pan, request };
}

describe('the acquirer', () => {
  it('books the buyers’ money from the bank and moves both parts', async () => {
    const { acquirer, ledger, request } = await start();
    expect(ledger.balance('bank')).toBe(-2_000_000);
    expect(acquirer.authorize(request())).toMatchObject({
      approved: true,
      own: 'done',
      certificate: 'done',
      responseCode: '00',
    });
    expect(ledger.balance('acquirer/clearing')).toBe(1000);
    expect(acquirer.totals('T1').sales).toEqual({ count: 1, amount: 1000 });
  });

  it('is idempotent by the operation id and refuses another operation under it', async () => {
    const { acquirer, ledger, request } = await start();
    const first = acquirer.authorize(request());
    expect(acquirer.authorize(request())).toEqual(first);
    expect(acquirer.authorize(request({ own: 1 }))).toMatchObject({ approved: false, responseCode: '94' });
    expect(ledger.balance('acquirer/clearing')).toBe(1000);
    expect(acquirer.operations()).toHaveLength(1);
  });

  it('draws its numbers from the seed', async () => {
    const one = (await start()).acquirer;
    const a = one.authorize((await start()).request());
    const b = (await start()).acquirer.authorize((await start()).request());
    expect(a).toEqual(b);
    expect(a.rrn).toMatch(/^632612\d{6}$/); // year 6, day 326, 12 o'clock in Moscow
  });

  it('pays the merchant, and gives back after the day is closed', async () => {
    const { acquirer, ledger, request } = await start();
    acquirer.authorize(request());
    expect(acquirer.clear()).toMatchObject([{ own: 200, certificate: 800, basketId }]);
    expect(acquirer.clearing()).toEqual([]);
    expect(ledger.balance('merchant/shop')).toBe(1000);
    expect(
      acquirer.authorize({ kind: 'void', operationId: 'v', terminalId: 'T1', originalOperationId: 'op-1' }),
    ).toMatchObject({ approved: false });
    expect(
      acquirer.authorize(request({ kind: 'refund', operationId: 'op-2', basketId: returnBasketId })),
    ).toMatchObject({ approved: true });
    expect(ledger.balance('merchant/shop')).toBe(0);
    expect(ledger.balance('certificate/one')).toBe(1000);
    expect(ledger.balance('card/buyer')).toBe(2_000_000);
    expect(acquirer.clearing()).toMatchObject([{ kind: 'refund', own: -200, certificate: -800 }]);
  });

  it('refuses unknown cards, empty sums, refunds of what was not paid and voids of nothing', async () => {
    const { acquirer, request } = await start();
    expect(acquirer.authorize(request({ pan: '4111111111111111' })).responseCode).toBe('14');
    expect(acquirer.authorize(request({ operationId: '2', own: 0, certificate: 0 })).responseCode).toBe('13');
    expect(
      acquirer.authorize(request({ operationId: '3', kind: 'refund', certificate: 0, own: 1 })).responseCode,
    ).toBe('13');
    expect(
      acquirer.authorize({ kind: 'void', operationId: '4', terminalId: 'T1', originalOperationId: 'nothing' })
        .responseCode,
    ).toBe('12');
    expect(acquirer.clearing()).toEqual([]);
  });

  it('loses an answer on demand, with and without the effect', async () => {
    const { acquirer, ledger, request } = await start();
    acquirer.faults.add(
      { at: 'acquirer', when: { operation: 'payment', nth: 1 }, do: 'drop' },
      { at: 'acquirer', when: { operation: 'payment', nth: 2 }, do: 'silent-after-effect' },
    );
    expect(acquirer.authorize(request())).toMatchObject({ answered: false, own: 'unknown' });
    expect(ledger.balance('acquirer/clearing')).toBe(0);
    expect(acquirer.authorize(request())).toMatchObject({ answered: false, own: 'unknown' });
    expect(ledger.balance('acquirer/clearing')).toBe(1000);
    // Asked again with the same id it tells what it did.
    expect(acquirer.authorize(request())).toMatchObject({ answered: true, approved: true });
  });

  it('refuses every certificate without a port to FES', async () => {
    const clock = manualClock();
    const scenario = defaultScenario({ clock, seed: 1 });
    const acquirer = await startAcquirer({
      clock,
      seed: 1,
      ledger: createLedger(),
      scenario,
      certificates: undefined,
    });
    running.push(acquirer);
    expect(
      acquirer.authorize({
        kind: 'payment',
        operationId: '1',
        terminalId: 'T',
        pan: scenario.cards[0]?.pan ?? '',
        own: 5,
        certificate: 5,
        basketId,
      }),
    ).toMatchObject({ own: 'refused', certificate: 'refused', responseCode: '91' });
  });
});

describe('its HTTP end', () => {
  it('shows operations and clearing, masked, and changes nothing', async () => {
    const { acquirer, pan, request } = await start();
    acquirer.authorize(request());
    const url = urlOf(acquirer);
    const text = await (await fetch(`${url}/operations`)).text();
    expect(JSON.parse(text).operations).toMatchObject([
      { operationId: 'op-1', approved: true, maskedPan: `${'*'.repeat(12)}${pan.slice(-4)}` },
    ]);
    expect(text).not.toContain(pan);
    expect(await (await fetch(`${url}/clearing`)).json()).toMatchObject({
      clearing: [{ own: 200, certificate: 800 }],
    });
    expect(await (await fetch(url)).json()).toEqual({
      name: 'acquirer',
      merchant: 'shop',
      operations: 1,
      waitingForClearing: 1,
    });
    expect((await fetch(`${url}/operations`, { method: 'DELETE' })).status).toBe(404);
    expect(JSON.stringify(acquirer.records.entries)).not.toContain(pan);
  });
});
