import { afterEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/kernel/index.js';
import { openShop, type Shop, stick } from './fes-kit.js';

// Every accident of the wire, and what the till may know after it. Both ends live on one clock that stands still.

let shop: Shop;
afterEach(() => shop.stop());

const requestId = '0b5c3f0e-6d0a-4f6e-9a55-2f4a2d1f9c11';
const rule = (change: Partial<FaultRule> & Pick<FaultRule, 'do'>): FaultRule => ({
  at: 'fes',
  when: { operation: 'preAuthPurchase' },
  times: 1,
  ...change,
});
const sale = () => ({
  panHash: shop.panHash,
  articles: [{ articleNumber: 1, truCode: stick, count: 1, price: 180_000 }],
});

/** Sends once; lets time go on while nothing comes. */
async function once() {
  const client = shop.client({ retry: { attempts: 1 }, timeouts: { attemptMs: 5000 } });
  let done = false;
  const call = client.preAuthPurchase(sale(), { requestId }).finally(() => {
    done = true;
  });
  call.catch(() => undefined);
  for (let turn = 0; turn < 2000 && !done; turn += 1)
    await shop.clock.advance(done ? 0 : turn < 100 ? 0 : 100);
  return call;
}

describe('an accident on the wire', () => {
  it.each<[string, Partial<FaultRule> & Pick<FaultRule, 'do'>, string, number]>([
    ['the request is lost', { do: 'drop' }, 'FES_TIMEOUT', 0],
    ['the answer is lost', { do: 'silent-after-effect' }, 'FES_TIMEOUT', 1],
    ['the connection breaks before the answer', { do: 'disconnect' }, 'FES_DISCONNECTED', 1],
    ['the answer breaks in its middle', { do: 'cut' }, 'FES_DISCONNECTED', 1],
    ['the answer breaks before its body', { do: 'cut', keepBytes: 0 }, 'FES_DISCONNECTED', 1],
    ['the answer comes too late', { do: 'delay', delayMs: 60_000 }, 'FES_TIMEOUT', 1],
    ['HTML comes instead of the answer', { do: 'corrupt', code: 'html' }, 'FES_NO_ANSWER', 1],
    ['nothing comes instead of the answer', { do: 'corrupt', code: 'empty' }, 'FES_NO_ANSWER', 1],
    ['a proxy answers 502 after the deed', { do: 'corrupt', code: 'http-502' }, 'FES_SERVER_ERROR', 1],
    ['a proxy answers 503 before the deed', { do: 'refuse', code: 'http-503' }, 'FES_SERVER_ERROR', 0],
    ['a proxy answers HTML before the deed', { do: 'refuse', code: 'html' }, 'FES_NO_ANSWER', 0],
  ])('%s: unknown; the same request id then gives the one basket', async (_what, fault, code, baskets) => {
    shop = await openShop({ faults: [rule(fault)] });
    await expect(once()).rejects.toMatchObject({
      code,
      outcome: 'unknown',
      details: { requestId, effect: true },
    });
    expect(shop.fes.baskets()).toHaveLength(baskets);
    const basket = await once();
    expect(shop.fes.baskets().map(({ basketId }) => basketId)).toEqual([basket.purchaseBasketId]);
    expect(basket.totalCertAmount).toBe(150_000);
  });

  it.each<[string, Partial<FaultRule> & Pick<FaultRule, 'do'>, object]>([
    [
      'a refusal with a code',
      { do: 'refuse', code: 777 },
      { code: 'FES_REFUSED', details: { resultCode: 777 } },
    ],
    ['too many requests', { do: 'refuse', code: 'http-429' }, { code: 'FES_RATE_LIMITED' }],
    ['a wrong MAC', { do: 'wrong-mac' }, { code: 'FES_FORBIDDEN', details: { reason: 'mac-wrong' } }],
  ])('%s: refused, and nothing was done', async (_what, fault, expected) => {
    shop = await openShop({ faults: [rule(fault)] });
    await expect(once()).rejects.toMatchObject({ outcome: 'refused', ...expected });
    expect(shop.fes.baskets()).toEqual([]);
    await once();
  });

  it('nobody listens: not sent', async () => {
    shop = await openShop();
    const client = shop.client({ retry: { attempts: 1 } });
    await shop.stop();
    await expect(client.echo()).rejects.toMatchObject({ code: 'FES_UNREACHABLE', outcome: 'not-sent' });
  });

  it('is got over by the client itself, with one request id', async () => {
    shop = await openShop({ faults: [rule({ do: 'disconnect', times: 2 })] });
    const call = shop.client().preAuthPurchase(sale());
    let done = false;
    call.finally(() => {
      done = true;
    });
    for (let turn = 0; turn < 2000 && !done; turn += 1) await shop.clock.advance(50);
    expect((await call).totalCertAmount).toBe(150_000);
    const ids = shop.fes.records.entries
      .filter(({ direction }) => direction === 'in')
      .map(({ facts }) => facts.requestId);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect(shop.fes.baskets()).toHaveLength(1);
  });

  it('a spoiled byte never makes a basket of other sums', async () => {
    shop = await openShop();
    for (let seed = 0; seed < 200; seed += 1) {
      shop.fes.faults.clear();
      shop.fes.faults.add(rule({ do: 'corrupt' }));
      const id = `0b5c3f0e-6d0a-4f6e-9a55-${String(seed).padStart(12, '0')}`;
      const client = shop.client({ retry: { attempts: 1 } });
      const first = await client.preAuthPurchase(sale(), { requestId: id }).catch((error: unknown) => error);
      const real = await client.preAuthPurchase(sale(), { requestId: id });
      if (first instanceof Error) expect(first).toMatchObject({ outcome: 'unknown' });
      else expect(first).toMatchObject({ totalCertAmount: real.totalCertAmount, kind: 'purchase' });
    }
    // 200 exchanges over a socket: more than the usual five seconds on a machine that is busy.
  }, 30_000);
});
