import type { Authorizer } from '@elcert/core';
import {
  authorize,
  buildExchange,
  buildPriceReduction,
  buildReturn,
  checkConnection,
  createCircuitBreaker,
  refund,
  resolvePayment,
  runTestPurchase,
  splitBasket,
} from '@elcert/fes-client';
import { afterEach, describe, expect, it } from 'vitest';
import { acquirerAuthorizer, openAcquirer } from './fes-authorizer.js';
import { cane, openShop, type Shop, stick } from './fes-kit.js';

// Pre-auth, auth, confirm, refund: FES over a socket, the acquirer behind an `Authorizer`, one ledger.

let shop: Shop;
afterEach(() => shop.stop());

const operationKey = 'c0ffee00-0000-4000-8000-000000000001';

async function approved() {
  const client = shop.client();
  const basket = await client.preAuthPurchase({
    panHash: shop.panHash,
    articles: [
      { articleNumber: 1, truCode: stick, count: 1, price: 180_000 },
      { articleNumber: 2, truCode: cane, count: 2, price: 80_000, articleCode: 'CANE' },
    ],
  });
  const { certificateAmount, ownAmount } = splitBasket(basket);
  const request = { operationKey, panHash: shop.panHash, certificateAmount, ownAmount };
  return { client, basket, request };
}

const money = () => ({
  card: shop.ledger.balance('card/buyer'),
  clearing: shop.ledger.balance('acquirer/clearing'),
});

describe('authorize', () => {
  it('pays both parts; the refund gives both back', async () => {
    shop = await openShop();
    const acquirer = openAcquirer(shop);
    const authorizer = acquirerAuthorizer(acquirer, shop.card);
    const { client, basket, request } = await approved();
    const paid = await authorize(client, basket, authorizer, {
      ...request,
      ownAmount: request.ownAmount + 5_000,
      ordinaryAmount: 5_000,
    });
    expect(paid).toMatchObject({ state: 'done', own: 'done', certificate: 'done', responseCode: '00' });
    expect(money()).toEqual({ card: 2_000_000 - 35_000, clearing: 345_000 });

    const composition = await client.basket({ basketId: basket.purchaseBasketId });
    const plan = buildReturn(composition, [
      { articleCode: 'CANE', count: 1 },
      { articleCode: 'BREAD', count: 1 },
    ]);
    expect(plan.ordinaryLines).toEqual([1]);
    const back = await client.preAuthReturn({ ...plan.request, panHash: shop.panHash });
    const split = splitBasket(back);
    expect(split).toMatchObject({ certificateAmount: 80_000, ownAmount: 0 });
    const returned = await refund(client, back, authorizer, {
      ...request,
      operationKey: 'c0ffee00-0000-4000-8000-000000000002',
      certificateAmount: 80_000,
      ownAmount: 0,
    });
    expect(returned).toMatchObject({ state: 'done', certificate: 'done' });
    expect(money().clearing).toBe(265_000);
    expect(() => buildReturn(composition, [{ articleNumber: 2, count: 2 }], plan.request.articles)).toThrow(
      expect.objectContaining({ code: 'FES_BAD_REQUEST', path: 'lines[0]/count' }),
    );
  });

  it('counts a surcharge in cash', async () => {
    shop = await openShop();
    const authorizer = acquirerAuthorizer(openAcquirer(shop), shop.card);
    const { client, basket, request } = await approved();
    const paid = await authorize(client, basket, authorizer, {
      ...request,
      ownAmount: 0,
      cashAmount: 30_000,
    });
    expect(paid).toMatchObject({ state: 'done', own: 'not-attempted', certificate: 'done' });
    expect(money()).toEqual({ card: 2_000_000, clearing: 310_000 });
  });

  it('asks nobody for other sums than were approved, or for a basket that has expired', async () => {
    shop = await openShop();
    const { client, basket, request } = await approved();
    const nobody: Authorizer = {
      pay: () => Promise.reject(new Error('asked')),
      refund: () => Promise.reject(new Error('asked')),
      lookup: () => Promise.reject(new Error('asked')),
    };
    const refused = (change: object, expected: object) =>
      expect(authorize(client, basket, nobody, { ...request, ...change })).rejects.toMatchObject({
        outcome: 'not-sent',
        ...expected,
      });
    await refused({ certificateAmount: 309_999 }, { path: 'certificateAmount' });
    await refused({ ownAmount: 29_999 }, { path: 'ownAmount' });
    await refused({ ownAmount: 30_000, cashAmount: 1 }, { path: 'ownAmount' });
    await refused({ cashAmount: -1, ownAmount: 30_001 }, { path: 'cashAmount' });
    await shop.clock.advance(30 * 60_000);
    await refused({}, { code: 'FES_BASKET_EXPIRED' });
  });

  it.each([
    [
      'the card has no money',
      'own',
      'reverse-own',
      'refused',
      { own: 'refused', certificate: 'not-attempted' },
    ],
    [
      'the certificate is refused and the card’s part stays',
      'certificate',
      'keep-own',
      'partial',
      { own: 'done', certificate: 'refused' },
    ],
  ] as const)(
    'says which part was done: %s',
    async (_what, operation, whenCertificateRefused, state, parts) => {
      shop = await openShop();
      const acquirer = openAcquirer(shop, {
        whenCertificateRefused,
        faults: [{ at: 'acquirer', when: { operation }, do: 'refuse', code: '05' }],
      });
      const { client, basket, request } = await approved();
      const paid = await authorize(client, basket, acquirerAuthorizer(acquirer, shop.card), request);
      expect(paid).toMatchObject({ state, ...parts, responseCode: '05' });
    },
  );
});

describe('resolvePayment', () => {
  it('believes the authorizer, and FES where the authorizer cannot tell', async () => {
    shop = await openShop();
    const authorizer = acquirerAuthorizer(openAcquirer(shop), shop.card);
    const { client, basket, request } = await approved();
    const ask = () => resolvePayment(client, basket, authorizer, request);
    expect(await ask()).toMatchObject({ state: 'refused', resolvedBy: 'authorizer' });
    authorizer.forget = true;
    // Alive and not in the list: a late terminal may still pay it.
    expect(await ask()).toMatchObject({ state: 'unknown', certificate: 'unknown', resolvedBy: 'nobody' });
    await authorize(client, basket, authorizer, request);
    expect(await ask()).toMatchObject({ certificate: 'done', own: 'unknown', resolvedBy: 'fes' });
    authorizer.forget = false;
    expect(await ask()).toMatchObject({ state: 'done', own: 'done', resolvedBy: 'authorizer' });
  });

  it('gives an unpaid basket up only after its life', async () => {
    shop = await openShop();
    const authorizer = acquirerAuthorizer(openAcquirer(shop), shop.card);
    authorizer.forget = true;
    const { client, basket, request } = await approved();
    await shop.clock.advance(30 * 60_000);
    expect(
      await resolvePayment(client, basket, authorizer, { ...request, ownAmount: 0, cashAmount: 30_000 }),
    ).toMatchObject({ state: 'refused', certificate: 'not-attempted', resolvedBy: 'fes' });
  });
});

describe('checks before the first sale', () => {
  it.each(['51', '513'] as const)('a test purchase that ends with %s has passed', async (testCode) => {
    shop = await openShop();
    const authorizer = acquirerAuthorizer(openAcquirer(shop, { testCode }), shop.card);
    const before = shop.ledger.postings.length;
    const test = await runTestPurchase(shop.client(), authorizer, { operationKey, panHash: shop.panHash });
    expect(test).toMatchObject({ passed: true, result: { responseCode: testCode } });
    expect(shop.ledger.postings).toHaveLength(before);
  });

  it('a test purchase that ends otherwise has not', async () => {
    shop = await openShop();
    const lucky: Authorizer = {
      pay: async () => ({ own: 'not-attempted', certificate: 'done', responseCode: '00' }),
      refund: () => Promise.reject(new Error('asked')),
      lookup: async () => ({ state: 'not-done' }),
    };
    const card = { operationKey, panHash: shop.panHash };
    expect(await runTestPurchase(shop.client(), lucky, card)).toMatchObject({ passed: false });
    const other: Authorizer = {
      ...lucky,
      pay: async () => ({ own: 'refused', certificate: 'not-attempted', responseCode: '05' }),
    };
    expect(await runTestPurchase(shop.client(), other, card)).toMatchObject({
      passed: false,
      userMessage: expect.stringContaining('05'),
    });
  });

  it('checkConnection names the step that failed', async () => {
    shop = await openShop();
    const { panHash } = shop;
    expect(await checkConnection(shop.client(), { panHash })).toMatchObject({
      ok: true,
      steps: [
        { step: 'echo', ok: true },
        { step: 'preAuthPurchase', ok: true },
      ],
    });
    expect((await checkConnection(shop.client())).steps).toHaveLength(1);
    shop.fes.faults.add({ at: 'fes', when: { operation: 'preAuthPurchase' }, do: 'refuse', code: 9005 });
    expect(await checkConnection(shop.client(), { panHash })).toMatchObject({
      ok: false,
      steps: [{ ok: true }, { step: 'preAuthPurchase', ok: false, error: { code: 'FES_REFUSED' } }],
    });
    shop.fes.blockApiKey();
    expect(await checkConnection(shop.client(), { panHash })).toMatchObject({
      ok: false,
      steps: [{ step: 'echo', ok: false, error: { code: 'FES_UNAUTHORIZED' } }],
    });
  });
});

describe('a lower price', () => {
  it('is a return at the old price and a purchase at the new one', async () => {
    shop = await openShop();
    const authorizer = acquirerAuthorizer(openAcquirer(shop), shop.card);
    const { client, basket, request } = await approved();
    await authorize(client, basket, authorizer, request);
    const plan = buildPriceReduction(basket, { articleNumber: 1, count: 1 }, 120_000);
    const back = await client.preAuthReturn({ ...plan.request, panHash: shop.panHash });
    await refund(client, back, authorizer, {
      ...request,
      operationKey: 'c0ffee00-0000-4000-8000-000000000002',
      certificateAmount: 150_000,
      ownAmount: 30_000,
    });
    const again = await client.preAuthPurchase({ panHash: shop.panHash, articles: plan.articles });
    expect(splitBasket(again)).toMatchObject({ certificateAmount: 120_000, ownAmount: 0 });
    expect(money()).toEqual({ card: 2_000_000, clearing: 160_000 });
    expect(() => buildPriceReduction(basket, { articleNumber: 1, count: 1 }, 180_000)).toThrow(
      expect.objectContaining({ path: 'newPrice' }),
    );
  });
});

describe('an exchange', () => {
  it('is a return and a purchase of other goods, paid from the balance that came back', async () => {
    shop = await openShop();
    const authorizer = acquirerAuthorizer(openAcquirer(shop), shop.card);
    const { client, basket, request } = await approved();
    await authorize(client, basket, authorizer, request);
    const other = { truCode: cane, price: 85_000, count: 2 };
    // Both canes are spent: before the return the certificate has nothing for other ones.
    const early = await client.preAuthPurchase({
      panHash: shop.panHash,
      articles: [{ articleNumber: 1, ...other }],
    });
    expect(early.totalCertAmount).toBe(0);

    const plan = buildExchange(basket, [{ articleCode: 'CANE', count: 2 }], [other]);
    const back = await client.preAuthReturn({ ...plan.request, panHash: shop.panHash });
    await refund(client, back, authorizer, {
      ...request,
      operationKey: 'c0ffee00-0000-4000-8000-000000000002',
      certificateAmount: 160_000,
      ownAmount: 0,
    });
    const again = await client.preAuthPurchase({ panHash: shop.panHash, articles: plan.articles });
    expect(splitBasket(again)).toMatchObject({ certificateAmount: 170_000, ownAmount: 0 });
    const paid = await authorize(client, again, authorizer, {
      ...request,
      operationKey: 'c0ffee00-0000-4000-8000-000000000003',
      certificateAmount: 170_000,
      ownAmount: 0,
    });
    expect(paid).toMatchObject({ state: 'done' });
    expect(money().clearing).toBe(340_000 - 160_000 + 170_000);
    expect(
      shop.fes.baskets().map(({ kind, state, certificateAmount }) => [kind, state, certificateAmount]),
    ).toEqual([
      ['purchase', 'paid', 310_000],
      ['purchase', 'replaced', 0],
      ['return', 'paid', 160_000],
      ['purchase', 'paid', 170_000],
    ]);
  });

  it('is refused here when something else comes back, or nothing, or nothing is taken', async () => {
    shop = await openShop();
    const { basket } = await approved();
    const take = [{ truCode: cane, price: 85_000, count: 1 }];
    const refused = (
      path: string,
      ...[lines, instead]: [{ articleNumber: number; count: number }[], typeof take]
    ) =>
      expect(() => buildExchange(basket, lines, instead)).toThrow(
        expect.objectContaining({ code: 'FES_BAD_REQUEST', outcome: 'not-sent', path }),
      );
    refused(
      'lines[1]',
      [
        { articleNumber: 1, count: 1 },
        { articleNumber: 9, count: 1 },
      ],
      take,
    );
    refused('lines', [], take);
    refused('instead', [{ articleNumber: 1, count: 1 }], []);
    refused('lines[0]/count', [{ articleNumber: 2, count: 3 }], take);
  });
});

describe('circuit breaker', () => {
  it('spares a till the waiting, and lets one call try after a while', async () => {
    shop = await openShop({ faults: [{ at: 'fes', do: 'refuse', code: 'http-503', times: 3 }] });
    const breaker = createCircuitBreaker({ clock: shop.clock, failures: 2, openMs: 60_000 });
    const client = shop.client({ breaker, retry: { attempts: 1 } });
    for (let call = 0; call < 2; call += 1)
      await expect(client.echo()).rejects.toMatchObject({ code: 'FES_SERVER_ERROR' });
    const seen = shop.fes.records.entries.length;
    expect(breaker.state).toBe('open');
    await expect(client.echo()).rejects.toMatchObject({ code: 'FES_CIRCUIT_OPEN', outcome: 'not-sent' });
    expect(shop.fes.records.entries).toHaveLength(seen);
    await shop.clock.advance(60_000);
    expect(breaker.state).toBe('half-open');
    await expect(client.echo()).rejects.toMatchObject({ code: 'FES_SERVER_ERROR' });
    expect(breaker.state).toBe('open');
    await shop.clock.advance(60_000);
    const [first, second] = await Promise.allSettled([client.echo(), client.echo()]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'FES_CIRCUIT_OPEN' } });
    expect(breaker.state).toBe('closed');
  });

  it('takes a refusal for a sign of life', async () => {
    shop = await openShop();
    shop.fes.blockApiKey();
    const breaker = createCircuitBreaker({ clock: shop.clock, failures: 1 });
    const client = shop.client({ breaker });
    await expect(client.echo()).rejects.toMatchObject({ code: 'FES_UNAUTHORIZED' });
    expect(breaker.state).toBe('closed');
  });
});
