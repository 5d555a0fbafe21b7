import { ElcertError, isElcertError, systemClock } from '@elcert/core';
import type { FaultRule } from '@elcert/emulators/kernel';
import { startWorld, type World } from '@elcert/emulators/world';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CartItem, demoCart } from '../../src/demo/cart.js';
import { type SaleReport, sell, type Till } from '../../src/demo/sale.js';
import { connectTill } from '../../src/demo/till.js';

const silent: SaleReport = { step: () => {}, note: () => {}, cashier: () => {}, split: () => {} };
const [stick] = demoCart as readonly [CartItem];
const cream = demoCart[3] as CartItem;

let world: World;
let till: Till & { close(): Promise<void> };

beforeEach(async () => {
  world = await startWorld({ clock: systemClock(), seed: 'sale' });
  till = await connectTill({ world, seed: 'sale', columns: 48, show: () => {} });
  await till.register.openShift(till.cashier, { operationKey: '00000000-0000-4000-8000-000000000001' });
});

afterEach(async () => {
  await till.close();
  await world.stop();
});

async function stoppedSale(items: readonly CartItem[], other: Till = till): Promise<ElcertError> {
  const error = await sell(other, items, silent).catch((thrown: unknown) => thrown);
  if (!isElcertError(error)) throw error;
  return error;
}

const faults = (...rules: FaultRule[]) => {
  for (const rule of rules) world.handles.find(({ name }) => name === rule.at)?.faults.add(rule);
};

describe('who pays what', () => {
  it('a certificate may pay for everything', async () => {
    const sale = await sell(till, [stick], silent);
    expect(sale).toMatchObject({ certificateAmount: 135_000, ownAmount: 0, total: 135_000 });
    expect(world.ledger.balance('card/buyer')).toBe(2_000_000);
    expect(world.ofdRu.receipts()).toHaveLength(1);
  });

  it('the card pays for everything where no certificate suits, and FES is told nothing', async () => {
    const braille: CartItem = {
      ...stick,
      tru: { base: '262016190.231000101', country: '643' },
      price: 200_000,
    };
    const sale = await sell(till, [braille, cream], silent);
    expect(sale).toMatchObject({ certificateAmount: 0, ownAmount: 221_590 });
    expect(sale.receipt.certificate).toBeUndefined();
    expect(world.ledger.balance('card/buyer')).toBe(2_000_000 - 221_590);
    expect(world.fes.receipts()).toHaveLength(0);
  });
});

describe('what is repeated', () => {
  it('receipt data go out again under their own request id', async () => {
    faults({ at: 'fes', when: { operation: 'fiscalReceiptData', nth: 1 }, do: 'disconnect' });
    const seen: string[] = [];
    const sent: Till['fes'] = {
      ...till.fes,
      fiscalReceiptData: (request, options) => {
        seen.push(options?.requestId ?? '');
        return till.fes.fiscalReceiptData(request, options);
      },
    };
    await sell({ ...till, fes: sent }, [stick], silent);
    expect(seen).toHaveLength(2);
    expect(new Set(seen).size).toBe(1);
  });

  it('nothing is paid again because of somebody else’s paid basket', async () => {
    await sell(till, [stick], silent);
    // The next payment is lost before the bank hears of it, and after it the terminal cannot be asked.
    faults({ at: 'lan4gate', when: { operation: '302' }, do: 'drop' });
    for (const nth of [2, 3, 4]) faults({ at: 'lan4gate', when: { operation: '804', nth }, do: 'drop' });
    const error = await stoppedSale([demoCart[1] as CartItem, cream]);
    expect(error).toMatchObject({ outcome: 'unknown', details: { step: 'payment', moneyMoved: 'unknown' } });
    expect(error.userMessage).toContain('не проводите оплату ещё раз');
    expect(world.ledger.balance('card/buyer')).toBe(2_000_000);
  });
});

describe('what the cashier reads', () => {
  it('is never "print again" while it is unknown whether a receipt exists', async () => {
    const lost: Till['register'] = {
      ...till.register,
      fnMessages: till.register.fnMessages,
      registerReceipt: async (receipt, options) => {
        await till.register.registerReceipt(receipt, options);
        throw new ElcertError({ code: 'OUTCOME_UNKNOWN', message: 'lost', outcome: 'unknown' });
      },
      lookup: async () => ({ state: 'unknown', reason: 'nobody can tell' }),
    };
    const error = await stoppedSale([stick], { ...till, register: lost });
    expect(error).toMatchObject({ outcome: 'unknown', details: { step: 'receipt', moneyMoved: 'yes' } });
    expect(error.userMessage).not.toMatch(/повторите печать/);
  });

  it('stops a sale before any money when the drive would not sign', async () => {
    const old: Till['register'] = {
      ...till.register,
      fnMessages: till.register.fnMessages,
      status: async (options) => ({
        ...(await till.register.status(options)),
        dateTime: '2026-11-22T12:00',
        oldestUnsentAt: '2026-10-23T12:00',
      }),
    };
    const error = await stoppedSale([stick], { ...till, register: old });
    expect(error).toMatchObject({ code: 'DRIVE_BLOCKED', details: { step: 'check', moneyMoved: 'no' } });
    expect(world.acquirer.operations()).toHaveLength(0);
  });
});
