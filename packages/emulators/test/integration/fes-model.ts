import { type FetchLike, manualClock, randomFloat, randomInt, randomUuid, seededRandom } from '@elcert/core';
import {
  assumedV1,
  assumedV2,
  createFesClient,
  type FesClient,
  FesError,
  type PurchaseBasket,
} from '@elcert/fes-client';
import { expect } from 'vitest';
import { createFesInMemory, createFesState, type FesControls, startFes } from '../../src/fes/index.js';
import {
  createLedger,
  defaultScenario,
  type EmulatedCard,
  type FaultPlan,
  type FaultRule,
  panHashOf,
} from '../../src/kernel/index.js';

// Random buyers, tills and accidents against one FES, checked against the ledger. Used short over a socket and long in
// memory. Every choice comes from the seed.

const goods = [
  { truCode: '329921120.06001010200080001643', top: 200_000 },
  { truCode: '329921120.06002020100000000643', top: 120_000 },
  { truCode: '325022154.09000110100000000643', top: 700_000 },
  { truCode: '265112120.17000111100000000643', top: 3_000 },
  { truCode: '266014120.11000010100000000643', top: 1_000 },
] as const;

const accidents: readonly (Partial<FaultRule> & Pick<FaultRule, 'do'>)[] = [
  { do: 'drop' },
  { do: 'silent-after-effect' },
  { do: 'disconnect' },
  { do: 'cut' },
  { do: 'corrupt' },
  { do: 'corrupt', code: 'html' },
  { do: 'corrupt', code: 'empty' },
  { do: 'corrupt', code: 'http-502' },
  { do: 'refuse', code: 'http-503' },
  { do: 'refuse', code: 'http-429' },
  { do: 'delay', delayMs: 700 },
  { do: 'delay', delayMs: 5_000 },
];

export interface ModelOptions {
  readonly seed: number | string;
  readonly steps: number;
  /** Over a real socket, or in memory. */
  readonly wire: 'socket' | 'memory';
}

export interface ModelReport {
  readonly purchases: number;
  readonly paid: number;
  readonly returned: number;
  readonly receipts: number;
  readonly unknowns: number;
  readonly refusals: number;
}

interface Bought {
  readonly basket: PurchaseBasket;
  readonly panHash: string;
  readonly par: string;
  paid: boolean;
  receipt: boolean;
}

/** Plays one world. Fails by an assertion. */
export async function playFes({ seed, steps, wire }: ModelOptions): Promise<ModelReport> {
  const random = seededRandom(`model ${seed}`);
  const clock = manualClock('2026-03-10T07:00:00Z');
  const ledger = createLedger();
  const pick = <T>(list: readonly T[]): T => list[randomInt(random, list.length)] as T;
  const pickAny = <T>(list: readonly T[]): T | undefined => (list.length === 0 ? undefined : pick(list));
  const chance = (probability: number) => randomFloat(random) < probability;

  const base = defaultScenario({ clock, seed });
  const second: EmulatedCard = {
    id: 'neighbour',
    pan: '2200999900000004',
    tokens: [],
    par: `MIR1${'7'.repeat(25)}`,
    balance: 0,
  };
  const dates = { startDate: '2026-01-01', expiryDate: '2026-12-31' };
  const mixed = [goods[3], goods[4]].map(({ truCode }) => truCode.slice(0, 19));
  const certificate = (digit: number, cardId: string) => ({ id: String(digit).repeat(30), cardId, ...dates });
  const scenario = {
    ...base,
    cards: [...base.cards, second],
    certificates: [
      ...base.certificates,
      {
        ...certificate(1, 'buyer'),
        count: 'total',
        money: 'per-unit',
        totalCount: 40,
        tru: mixed.map((truCode) => ({ truCode, unitLimit: 777 })),
      },
      {
        ...certificate(2, 'buyer'),
        count: 'per-tru',
        money: 'total',
        totalMoney: 50_001,
        tru: mixed.map((truCode) => ({ truCode, count: 30 })),
      },
      {
        ...certificate(3, 'neighbour'),
        count: 'total',
        money: 'total',
        totalCount: 60,
        totalMoney: 33_333,
        tru: mixed.map((truCode) => ({ truCode })),
      },
      {
        ...certificate(4, 'neighbour'),
        count: 'unlimited',
        money: 'total',
        totalMoney: 100_000,
        tru: mixed.map((truCode) => ({ truCode })),
      },
      {
        ...certificate(5, 'neighbour'),
        count: 'per-tru',
        money: 'per-unit',
        tru: [{ truCode: goods[2].truCode.slice(0, 19), count: 9, unitLimit: 300_001 }],
      },
    ],
  } as const;

  const state = createFesState({ clock, seed, ledger, scenario });
  const context = { clock, seed, ledger, scenario, state };
  const server = wire === 'socket' ? await startFes(context) : undefined;
  const memory = wire === 'memory' ? createFesInMemory(context) : undefined;
  const faults = (server ?? memory)?.faults as FaultPlan;
  const fetch: { readonly fetch?: FetchLike } = memory === undefined ? {} : { fetch: memory.fetch };
  const controls: FesControls = state;

  // Keys are re-issued while the tills work; they learn it as a till does, from its settings.
  let apiKey = scenario.merchant.apiKey;
  const desks = [
    { id: scenario.cashbox.id, macKey: scenario.cashbox.macKey },
    ...[1, 2].map(() => ({ ...controls.addCashbox() })),
  ];
  const tills: FesClient[] = desks.map((desk, index) =>
    createFesClient({
      baseUrl: server?.url ?? 'http://fes.test',
      profile: index === 1 ? assumedV2 : assumedV1,
      cashboxId: desk.id,
      credentials: () => ({ apiKey, macKey: desk.macKey }),
      clock,
      random,
      timeouts: { attemptMs: 1000, totalMs: 2500 },
      retry: { attempts: 2, baseDelayMs: 10, maxDelayMs: 20 },
      ...fetch,
    }),
  );

  const report = { purchases: 0, paid: 0, returned: 0, receipts: 0, unknowns: 0, refusals: 0 };

  /** Lets time go on only when the wire is silent. */
  const settle = async <T>(call: Promise<T>): Promise<T> => {
    let done = false;
    const watched = call.finally(() => {
      done = true;
    });
    watched.catch(() => undefined);
    const patience = wire === 'socket' ? 40 : 3;
    for (let turn = 0; !done; turn += 1) {
      if (turn > 5_000) throw new Error('the call never ends');
      await clock.advance(turn < patience ? 0 : 250);
    }
    return watched;
  };

  /** Repeats with one request id until FES has said yes or no: every `unknown` is resolved by asking again. */
  const certain = async <T>(call: (requestId: string) => Promise<T>): Promise<T | undefined> => {
    const requestId = randomUuid(random);
    for (let attempt = 0; attempt < 20; attempt += 1) {
      try {
        return await settle(call(requestId));
      } catch (error) {
        if (!(error instanceof FesError)) throw error;
        if (error.outcome === 'unknown' || error.code === 'FES_RATE_LIMITED') {
          report.unknowns += 1;
          if (attempt > 2) faults.clear();
          continue;
        }
        if (error.code === 'FES_UNAUTHORIZED') {
          apiKey = controls.reissueApiKey();
          continue;
        }
        if (error.code === 'FES_FORBIDDEN') {
          for (const desk of desks) desk.macKey = controls.reissueMacKey(desk.id);
          continue;
        }
        expect(error.code).toBe('FES_REFUSED');
        report.refusals += 1;
        return undefined;
      }
    }
    throw new Error('no certainty after 20 attempts');
  };

  const bought: Bought[] = [];
  let documentNumber = 0;

  const buy = async () => {
    const card = pick(scenario.cards);
    const { par } = card;
    const panHash = panHashOf(pick([card.pan, ...card.tokens]));
    const articles = Array.from({ length: 1 + randomInt(random, 3) }, (_, index) => {
      const { truCode, top } = pick(goods);
      const price = 1 + randomInt(random, top);
      const ids = scenario.certificates.map(({ id }) => id.slice(-6));
      return {
        articleNumber: index + 1,
        truCode,
        count: 1 + randomInt(random, 4),
        price,
        ...(chance(0.1) ? { certificateLastNumbers: pick(ids) } : {}),
      };
    });
    const till = pick(tills);
    const basket = await certain((requestId) =>
      till.preAuthPurchase({ panHash, par, articles }, { requestId }),
    );
    report.purchases += 1;
    if (basket === undefined) return;
    expect(basket.totalCertAmount).toBeLessThanOrEqual(
      articles.reduce((sum, { count, price }) => sum + count * price, 0),
    );
    bought.push({ basket, panHash, par, paid: false, receipt: false });
  };

  const pay = async () => {
    const one = pickAny(bought);
    if (one === undefined || one.basket.totalCertAmount === 0) return;
    const { purchaseBasketId: basketId, totalCertAmount: certificate } = one.basket;
    const wrong = chance(0.05) ? 1 : 0;
    const movement = {
      operationId: chance(0.8) ? `pay ${basketId}` : randomUuid(random),
      basketId,
      panHash: one.panHash,
      certificate: certificate + wrong,
      own: randomInt(random, 1000),
    };
    state.debitPort.debit(movement);
    if (chance(0.3)) state.debitPort.debit(movement);
    // The terminal's answer is always lost here: FES knows what became of it.
    const covered = one.basket.articles.find(({ certificates }) => certificates.length > 0);
    const list = await certain((requestId) =>
      pick(tills).purchaseBaskets(
        { truCode: covered?.truCode ?? '', panHash: one.panHash, par: one.par },
        { requestId },
      ),
    );
    const paid = list?.some((basket) => basket.basketId === basketId) ?? false;
    expect(paid).toBe(state.baskets().find((basket) => basket.basketId === basketId)?.state === 'paid');
    if (paid && !one.paid) report.paid += 1;
    one.paid = paid;
  };

  const giveBack = async () => {
    const one = pickAny(bought.filter(({ paid }) => paid));
    if (one === undefined) return;
    const { articleNumber, truCode, price, count } = pick(one.basket.articles);
    const line = {
      articleNumber: 1,
      originalArticleNumber: articleNumber,
      truCode,
      price,
      count: 1 + randomInt(random, count + 1),
    };
    const { purchaseBasketId } = one.basket;
    const request = { purchaseBasketId, panHash: one.panHash, par: one.par, articles: [line] };
    const till = pick(tills);
    const back = await certain((requestId) => till.preAuthReturn(request, { requestId }));
    if (back === undefined || chance(0.2)) return;
    const movement = {
      operationId: `return ${back.returnBasketId}`,
      basketId: back.returnBasketId,
      panHash: one.panHash,
      certificate: back.totalCertAmount,
      own: 0,
    };
    if (state.debitPort.credit(movement).ok) report.returned += 1;
    if (chance(0.3)) state.debitPort.credit(movement);
  };

  const confirm = async () => {
    const one = pickAny(bought.filter(({ paid, receipt }) => paid && (!receipt || chance(0.2))));
    if (one === undefined) return;
    documentNumber += 1;
    const data = {
      basketId: one.basket.purchaseBasketId,
      fiscalDriveNumber: '9960440301234567',
      fiscalDocumentNumber: documentNumber,
      fiscalSign: String(documentNumber),
      certificateAmount: one.basket.totalCertAmount,
      totalAmount: one.basket.totalCertAmount,
      dateTime: '2026-03-10T10:00',
      settlementType: 'sale' as const,
      place: 'Ортосалон',
    };
    const till = pick(tills);
    const send = () => certain((requestId) => till.fiscalReceiptData(data, { requestId }));
    const accepted = await send();
    if (accepted === undefined) return;
    report.receipts += 1;
    one.receipt = true;
    if (chance(0.3)) await send();
    const found = await certain((requestId) =>
      till.purchaseBasketId(
        {
          fiscalDriveNumber: data.fiscalDriveNumber,
          fiscalDocumentNumber: data.fiscalDocumentNumber,
          fiscalSign: data.fiscalSign,
        },
        { requestId },
      ),
    );
    expect(found).toBe(data.basketId);
  };

  const checkBooks = () => {
    const moved = new Map<string, number>();
    const debited = new Set<string>();
    for (const posting of ledger.postings) {
      const { basketId } = posting.references ?? {};
      if (posting.operation === 'debit') {
        expect(debited.has(basketId ?? ''), 'a basket is debited once').toBe(false);
        debited.add(basketId ?? '');
      }
      if (posting.operation !== 'debit' && posting.operation !== 'credit') continue;
      for (const { account, amount } of posting.entries)
        moved.set(account, (moved.get(account) ?? 0) - amount);
    }
    for (const one of state.certificates()) {
      expect(one.given - one.left, 'given − left = Σ debited − Σ returned').toBe(
        moved.get(`certificate/${one.id}`) ?? 0,
      );
      expect(one.left, 'never more is held than is left').toBeGreaterThanOrEqual(one.held);
      expect(one.countSpent).toBeGreaterThanOrEqual(0);
    }
    const documents = state.receipts().map((one) => `${one.fiscalDriveNumber} ${one.fiscalDocumentNumber}`);
    expect(new Set(documents).size).toBe(documents.length);
    expect(documents).toHaveLength(report.receipts);
    const paid = state.baskets().filter((one) => one.kind === 'purchase' && one.state === 'paid');
    expect(paid).toHaveLength(debited.size);
    const operations = paid.map(({ operationId }) => operationId);
    expect(new Set(operations).size, 'a debit has one basket').toBe(operations.length);
  };

  try {
    for (let step = 0; step < steps; step += 1) {
      if (chance(0.35)) faults.add({ at: 'fes', times: 1, ...pick(accidents) });
      const dice = randomInt(random, 100);
      if (dice < 35) await buy();
      else if (dice < 65) await pay();
      else if (dice < 80) await giveBack();
      else if (dice < 94) await confirm();
      else if (dice < 96) await clock.advance(randomInt(random, 40) * 60_000);
      else if (dice < 97) controls.blockApiKey();
      else if (dice < 98) controls.reissueApiKey();
      else if (dice < 99) controls.reissueMacKey(pick(desks).id);
      else if (chance(0.1)) controls.annulCertificate(pick(scenario.certificates).id);
      if (step % 25 === 0) checkBooks();
    }
    checkBooks();
  } finally {
    await server?.stop();
  }
  return report;
}
