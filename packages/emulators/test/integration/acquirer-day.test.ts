import { manualClock } from '@elcert/core';
import { terminalCan } from '@elcert/device-drivers';
import { splitBasket } from '@elcert/fes-client';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type AuthorizationRequest,
  createAcquirer,
  formatClearingFile,
  parseClearingFile,
  reconcile,
  startAcquirer,
} from '../../src/acquirer/index.js';
import { createLedger, defaultScenario } from '../../src/kernel/index.js';
import { terminals } from '../terminals.js';
import { openShop, stick } from './fes-kit.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function bank(options: Partial<Parameters<typeof createAcquirer>[0]> = {}) {
  const clock = manualClock('2026-11-22T09:00:00Z');
  const ledger = createLedger();
  const scenario = defaultScenario({ clock, seed: 3 });
  const context = { clock, ledger, seed: 3, scenario, certificates: undefined, ...options };
  const acquirer = createAcquirer(context);
  let number = 0;
  const pay = (over: Partial<Extract<AuthorizationRequest, { pan: string }>> = {}) => {
    number += 1;
    return acquirer.authorize({
      kind: 'payment',
      operationId: `op-${number}`,
      terminalId: 'T1',
      pan: scenario.cards[0]?.pan ?? '',
      own: 1000,
      certificate: 0,
      ...over,
    });
  };
  return { acquirer, context, ledger, scenario, pay };
}

describe('PIN rules', () => {
  it('three wrong ones block the card until the bank unblocks it; the phone goes on', () => {
    const { acquirer, pay, scenario } = bank();
    expect(pay({ holder: 'wrong-pin' }).responseCode).toBe('55');
    expect(pay({ holder: 'pin' }).responseCode).toBe('00');
    for (const code of ['55', '55', '75']) expect(pay({ holder: 'wrong-pin' }).responseCode).toBe(code);
    expect(pay({ holder: 'pin' })).toMatchObject({ approved: false, responseCode: '75' });
    expect(acquirer.balances()).toEqual([{ cardId: 'buyer', balance: 1_999_000, pinTriesLeft: 0 }]);
    expect(pay({ holder: 'device', pan: scenario.cards[0]?.tokens[0] ?? '' }).responseCode).toBe('00');
    acquirer.unblock('buyer');
    expect(pay({ holder: 'pin' }).responseCode).toBe('00');
  });

  it('no PIN: small sums of own money only', () => {
    const { pay } = bank({ pin: { noPinLimit: 5000 } });
    expect(pay({ holder: 'none', own: 5000 }).responseCode).toBe('00');
    expect(pay({ holder: 'none', own: 5001 }).responseCode).toBe('70');
    expect(pay({ holder: 'none', own: 0, certificate: 1, basketId: 'b' }).responseCode).toBe('70');
    expect(pay({ holder: 'none', own: 5000, kind: 'refund' }).responseCode).toBe('00');
  });
});

describe('a reversal', () => {
  it('takes back what was done, once, and says 25 to what never came', () => {
    const { acquirer, ledger, pay } = bank();
    const answer = pay();
    const reversal = { kind: 'reversal', terminalId: 'T1', originalOperationId: 'op-1' } as const;
    expect(acquirer.authorize({ ...reversal, operationId: 'r1' }).responseCode).toBe('00');
    expect(acquirer.authorize({ ...reversal, operationId: 'r2' }).responseCode).toBe('12');
    expect(
      acquirer.authorize({ ...reversal, operationId: 'r3', originalOperationId: 'nothing' }),
    ).toMatchObject({ approved: false, responseCode: '25', own: 'refused' });
    expect(answer.approved).toBe(true);
    expect(ledger.balance('card/buyer')).toBe(2_000_000);
    expect(acquirer.clear()).toEqual([]);
  });

  it('does not undo a reversal', () => {
    const { acquirer, pay } = bank();
    pay();
    acquirer.authorize({
      kind: 'reversal',
      operationId: 'r1',
      terminalId: 'T1',
      originalOperationId: 'op-1',
    });
    expect(
      acquirer.authorize({ kind: 'void', operationId: 'v', terminalId: 'T1', originalOperationId: 'r1' })
        .responseCode,
    ).toBe('12');
  });
});

describe('the clearing file', () => {
  it('is written, read back and refused when a kopeck of it changes', () => {
    const { acquirer, pay } = bank();
    pay();
    pay({ own: 2001, terminalId: 'T2' });
    pay({ kind: 'refund', own: 500 });
    acquirer.clear();
    const [file] = acquirer.clearingFiles();
    if (file === undefined) throw new Error('no file');
    expect(file).toMatchObject({ number: 1, merchantId: 'shop', own: 2501, certificate: 0 });
    const text = formatClearingFile(file);
    expect(parseClearingFile(text)).toEqual(file);
    expect(text).toContain('TOTAL\t3\t25.01\t0.00');
    expect(() => parseClearingFile(text.replace('20.01', '20.02'))).toThrow('foot');
    expect(() => parseClearingFile(text.slice(0, -10))).toThrow('cut');
    expect(() => parseClearingFile('')).toThrow('not a clearing file');
  });

  it('is shown over HTTP, with the balances', async () => {
    const { context } = bank();
    const acquirer = await startAcquirer(context);
    closers.push(() => acquirer.stop());
    acquirer.authorize({
      kind: 'payment',
      operationId: 'x',
      terminalId: 'T',
      pan: context.scenario.cards[0]?.pan ?? '',
      own: 100,
      certificate: 0,
    });
    acquirer.clear();
    expect(await (await fetch(`${acquirer.url}/clearing/files`)).json()).toMatchObject({
      files: [{ number: 1, own: 100, entries: 1 }],
    });
    const text = await (await fetch(`${acquirer.url}/clearing/files/1`)).text();
    expect(parseClearingFile(text).entries).toHaveLength(1);
    expect(text).not.toContain(context.scenario.cards[0]?.pan);
    expect((await fetch(`${acquirer.url}/clearing/files/2`)).status).toBe(404);
    expect(await (await fetch(`${acquirer.url}/balances`)).json()).toEqual({
      balances: [{ cardId: 'buyer', balance: 1_999_900, pinTriesLeft: 3 }],
    });
  });
});

describe('the end of a day', () => {
  it.each(['LAN-4Gate, the till calls', 'INPAS SA, TCP', 'INPAS DualConnector'])(
    'FES, bank and terminal agree to the kopeck: %s',
    async (name) => {
      const shop = await openShop();
      const { clock, ledger } = shop;
      const scenario = defaultScenario({ clock, seed: 1 });
      const base = { clock, ledger, seed: 1, scenario };
      const acquirer = createAcquirer({ ...base, certificates: shop.fes.debitPort });
      const end = await (terminals[name] as (typeof terminals)[string])({ ...base, acquirer });
      closers.push(
        () => shop.stop(),
        () => end.stop(),
      );
      const { terminal } = end;
      if (!terminalCan(terminal, 'settlement') || !terminalCan(terminal, 'refund')) throw new Error(name);
      const client = shop.client();

      const { panHash } = await terminal.readCard();
      const article = { articleNumber: 1, truCode: stick, count: 1, price: 180_001 };
      const basket = await client.preAuthPurchase({ panHash, articles: [article] });
      const sums = splitBasket(basket);
      const sale = { basketId: basket.purchaseBasketId, panHash, ...sums };
      await terminal.payCertificate({ operationKey: 'a', ...sale });
      const { rrn = '' } = await terminal.pay({ operationKey: 'b', amount: 4999 });
      await terminal.refund({ operationKey: 'c', amount: 999, rrn });
      // Refused: counts nowhere.
      await terminal.pay({ operationKey: 'd', amount: 3_000_000 });

      const totals = await terminal.settle();
      expect(totals).toMatchObject({
        agreed: true,
        sales: { count: 2, amount: 185_000 },
        refunds: { count: 1, amount: 999 },
      });
      acquirer.clear();
      const baskets = shop.fes.baskets();
      const counted = { [end.terminalId]: totals };
      expect(reconcile(acquirer.clearingFiles(), { baskets, terminals: counted })).toEqual([]);
      expect(ledger.balance('merchant/shop')).toBe(184_001);

      // One kopeck is found, on either side.
      const [file] = acquirer.clearingFiles();
      const wrong = baskets.map((one) =>
        one.state === 'paid' ? { ...one, certificateAmount: one.certificateAmount - 1 } : one,
      );
      expect(reconcile(file === undefined ? [] : [file], { baskets: wrong })).toEqual([
        { what: 'basket', id: basket.purchaseBasketId, theirs: 149_999, bank: 150_000 },
      ]);
    },
  );

  it.each(['LAN-4Gate, the till calls', 'INPAS SA, TCP'])(
    'a payment whose answer the terminal never got shows in the settlement: %s',
    async (name) => {
      const { context, acquirer } = bank();
      acquirer.faults.add({ at: 'acquirer', when: { operation: 'payment' }, do: 'silent-after-effect' });
      const end = await (terminals[name] as (typeof terminals)[string])({ ...context, acquirer });
      closers.push(() => end.stop());
      const { terminal } = end;
      if (!terminalCan(terminal, 'settlement')) throw new Error(name);
      await expect(terminal.pay({ operationKey: 'a', amount: 1000 })).rejects.toMatchObject({
        code: 'UNCERTAIN',
        outcome: 'unknown',
      });
      expect(await terminal.settle()).toMatchObject({ agreed: false, sales: { count: 1, amount: 1000 } });
    },
  );
});
