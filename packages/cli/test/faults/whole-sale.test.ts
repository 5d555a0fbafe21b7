import { isElcertError, type Random, randomInt, seededRandom, sumKopecks } from '@elcert/core';
import type { FaultAction, FaultRule } from '@elcert/emulators/kernel';
import { startWorld, type World } from '@elcert/emulators/world';
import { decodeReceipt } from '@elcert/fiscal-doc';
import { describe, expect, it } from 'vitest';
import { demoCart } from '../../src/demo/cart.js';
import { type Sale, type SaleReport, sell } from '../../src/demo/sale.js';
import { connectTill } from '../../src/demo/till.js';
import { hurryingClock } from '../support/hurrying-clock.js';

// Whole sales under random accidents on every wire, replayable by seed. Whatever happens, money and documents must agree
// with what the till was told, and the next sale must work.

const wires: readonly { at: string; operations: readonly string[]; actions: readonly FaultAction[] }[] = [
  {
    at: 'fes',
    operations: ['preAuthPurchase', 'fiscalReceiptData', 'purchaseBaskets'],
    actions: ['drop', 'silent-after-effect', 'disconnect', 'cut', 'delay', 'refuse', 'wrong-mac'],
  },
  {
    at: 'lan4gate',
    operations: ['301', '302', '800'],
    actions: ['drop', 'silent-after-effect', 'disconnect', 'cut', 'corrupt', 'duplicate', 'refuse', 'delay'],
  },
  {
    at: 'shtrih-m',
    operations: ['8D', 'FF46', 'FF4D', 'FF45', '17', 'FF30', 'FF33'],
    actions: ['drop', 'silent-after-effect', 'disconnect', 'corrupt', 'nak', 'duplicate', 'paper-out'],
  },
  {
    at: 'ofd-ru',
    operations: ['receipt', 'openShift', 'fiscalReport'],
    actions: ['drop', 'silent-after-effect', 'disconnect', 'cut', 'corrupt', 'duplicate', 'refuse'],
  },
];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[randomInt(random, list.length)] as T;
}

function accidents(random: Random): FaultRule[] {
  return Array.from({ length: 1 + randomInt(random, 3) }, () => {
    const { at, operations, actions } = pick(random, wires);
    return {
      at,
      when: { operation: pick(random, operations), nth: 1 + randomInt(random, 2) },
      do: pick(random, actions),
    };
  });
}

interface Told {
  readonly sale?: Sale;
  readonly moneyMoved?: unknown;
  readonly step?: unknown;
  readonly code?: string;
}

const silent: SaleReport = { step: () => {}, note: () => {}, cashier: () => {}, split: () => {} };

function money({ ledger }: World) {
  return {
    card: sumKopecks(ledger.balances('card/').values()),
    certificates: sumKopecks(ledger.balances('certificate/').values()),
    clearing: ledger.balance('acquirer/clearing'),
  };
}

const receiptsInDrive = ({ shtrihM }: World) =>
  shtrihM.fn.documents().filter((one) => one.documentCode === 3);

async function play(seed: number): Promise<{ told: Told; rules: readonly FaultRule[] }> {
  const random = seededRandom(`accidents ${seed}`);
  const clock = hurryingClock();
  const world = await startWorld({ clock, seed });
  const rules = accidents(random);
  const till = await connectTill({ world, seed: String(seed), columns: 48, show: () => {} });
  try {
    await till.register.openShift(till.cashier, { operationKey: '00000000-0000-4000-8000-000000000001' });
    for (const { at, ...rule } of rules)
      world.handles.find(({ name }) => name === at)?.faults.add({ at, ...rule });
    const before = money(world);

    const told = await sell(till, demoCart, silent).then(
      (sale): Told => ({ sale }),
      (error: unknown): Told => {
        if (!isElcertError(error)) throw error;
        return { moneyMoved: error.details?.moneyMoved, step: error.details?.step, code: error.code };
      },
    );

    const after = money(world);
    const paidBaskets = world.fes.baskets().filter((basket) => basket.state === 'paid');
    const moved = before.certificates - after.certificates + before.card - after.card;
    const total = sumKopecks(demoCart.map((item) => item.price * item.count));
    // No kopeck is lost on the way, and none is taken twice.
    expect(after.clearing - before.clearing).toBe(moved);
    expect([0, total]).toContain(moved);
    expect(paidBaskets).toHaveLength(moved === 0 ? 0 : 1);
    if (told.sale !== undefined || told.moneyMoved === 'yes') expect(moved).toBe(total);
    if (told.moneyMoved === 'no') expect(moved).toBe(0);
    // A receipt exists only for money that moved, and once.
    const receipts = receiptsInDrive(world);
    expect(receipts.length).toBeLessThanOrEqual(moved === 0 ? 0 : 1);
    if (told.sale !== undefined || told.step === 'confirm' || told.step === 'delivery')
      expect(receipts).toHaveLength(1);
    for (const { bytes } of receipts) expect(decodeReceipt(bytes).facts.totalSum).toBe(total);
    expectOperatorFollowsDrive(world);

    await expectNextSaleWorks(world, seed);
    return { told, rules };
  } finally {
    await till.close().catch(() => {});
    await world.stop();
    clock.stop();
  }
}

/** The operator holds the drive's documents from the first on, in order, each once. */
function expectOperatorFollowsDrive(world: World): void {
  const inDrive = world.shtrihM.fn.documents().map((one) => one.fiscalDocumentNumber);
  const atOperator = world.ofdRu.documents().map((one) => one.fiscalDocumentNumber);
  expect(atOperator).toEqual(inDrive.slice(0, atOperator.length));
  const accepted = world.shtrihM.fn.replies
    .filter((reply) => reply.accepted)
    .map((reply) => reply.fiscalDocumentNumber);
  expect(new Set(accepted).size).toBe(accepted.length);
}

async function expectNextSaleWorks(world: World, seed: number): Promise<void> {
  for (const { faults } of world.handles) faults.clear();
  world.shtrihM.setPaper('ok');
  const till = await connectTill({ world, seed: `${seed} again`, columns: 48, show: () => {} });
  try {
    const receiptsBefore = receiptsInDrive(world).length;
    const before = money(world);
    const sale = await sell(till, demoCart, silent);
    const after = money(world);
    expect(before.certificates - after.certificates).toBe(sale.certificateAmount);
    expect(before.card - after.card).toBe(sale.ownAmount);
    expect(receiptsInDrive(world)).toHaveLength(receiptsBefore + 1);
    // Everything has reached the operator now, also what an accident had kept back.
    expect(world.ofdRu.documents()).toHaveLength(world.shtrihM.fn.documents().length);
    expectOperatorFollowsDrive(world);
  } finally {
    await till.close();
  }
}

describe('a whole sale under random accidents', () => {
  const seeds = Array.from({ length: 60 }, (_, index) => index + 1);
  it.each(seeds)('seed %i', async (seed) => {
    await play(seed);
  });
});
