import { openTcp } from '@elcert/core/node';
import { openLan4Gate } from '@elcert/device-drivers/lan4gate';
import { splitBasket } from '@elcert/fes-client';
import { afterEach, describe, expect, it } from 'vitest';
import { createAcquirer } from '../../src/acquirer/index.js';
import { defaultScenario, tcpAddressOf } from '../../src/kernel/index.js';
import { startLan4Gate } from '../../src/lan4gate/index.js';
import { openShop, type Shop, stick } from './fes-kit.js';

// Till → terminal → acquirer → FES, all of them real but for the buyer.

let stop = async () => {};
afterEach(() => stop());

async function till(shop: Shop) {
  const { clock, ledger } = shop;
  const scenario = defaultScenario({ clock, seed: 1 });
  const base = { clock, ledger, seed: 1, scenario };
  const acquirer = createAcquirer({ ...base, certificates: shop.fes.debitPort });
  const emulator = await startLan4Gate({ ...base, acquirer });
  const terminal = openLan4Gate({
    link: { connect: () => openTcp(tcpAddressOf(emulator)) },
    clock,
    ecrNumber: 1,
    merchantNumber: 1,
  });
  stop = async () => {
    await terminal.close();
    await emulator.stop();
    await shop.stop();
  };
  return { scenario, acquirer, emulator, terminal };
}

const article = (count: number) => ({ articleNumber: 1, truCode: stick, count, price: 180_000 });

describe('a certificate payment through terminal, acquirer and FES', () => {
  it('phone at the first tap, plastic card at the second; paid, then returned, to the kopeck', async () => {
    const shop = await openShop();
    const { scenario, acquirer, emulator, terminal } = await till(shop);
    const client = shop.client();
    const before = shop.ledger.balances();

    emulator.presentCard(scenario.cards[0]?.tokens[0]);
    const { panHash } = await terminal.readCard();
    const basket = await client.preAuthPurchase({ panHash, articles: [article(1)] });
    const { certificateAmount, ownAmount } = splitBasket(basket);
    expect({ certificateAmount, ownAmount }).toEqual({ certificateAmount: 150_000, ownAmount: 30_000 });

    emulator.presentCard(scenario.cards[0]?.id);
    const basketId = basket.purchaseBasketId;
    const paid = await terminal.payCertificate({
      operationKey: 'pay',
      basketId,
      panHash,
      certificateAmount,
      ownAmount,
    });
    expect(paid).toMatchObject({ own: 'done', certificate: 'done' });
    expect(shop.ledger.balance('acquirer/clearing')).toBe(180_000);
    expect(acquirer.clearing()).toMatchObject([{ own: 30_000, certificate: 150_000, basketId }]);

    // The basket is spent: the same payment under another key takes the own part back.
    const twice = await terminal.payCertificate({
      operationKey: 'again',
      basketId,
      panHash,
      certificateAmount,
      ownAmount,
    });
    expect(twice).toMatchObject({ own: 'refused' });
    expect(shop.ledger.balance('acquirer/clearing')).toBe(180_000);

    // The day is closed in between: the merchant has the money and gives it back.
    acquirer.clear();
    expect(shop.ledger.balance('merchant/shop')).toBe(180_000);
    const back = await client.preAuthReturn({
      purchaseBasketId: basketId,
      panHash,
      articles: [{ ...article(1), originalArticleNumber: 1 }],
    });
    const returned = await terminal.refundCertificate({
      operationKey: 'return',
      basketId: back.returnBasketId,
      panHash,
      certificateAmount: back.totalCertAmount,
      ownAmount,
    });
    expect(returned).toMatchObject({ own: 'done', certificate: 'done' });
    const after = shop.ledger.balances();
    for (const [account, balance] of before)
      expect([account, after.get(account)]).toEqual([account, balance]);
    expect(shop.ledger.balance('merchant/shop')).toBe(0);
  });

  it('another sum than the basket’s is refused by FES, and the own part taken back', async () => {
    const shop = await openShop();
    const { terminal } = await till(shop);
    const { panHash } = await terminal.readCard();
    const basket = await shop.client().preAuthPurchase({ panHash, articles: [article(1)] });
    const result = await terminal.payCertificate({
      operationKey: 'pay',
      basketId: basket.purchaseBasketId,
      panHash,
      certificateAmount: basket.totalCertAmount - 1,
      ownAmount: 30_001,
    });
    expect(result).toMatchObject({ own: 'refused', certificate: 'not-attempted', responseCode: '57' });
    expect(shop.ledger.balance('card/buyer')).toBe(2_000_000);
    expect(shop.ledger.balance('acquirer/clearing')).toBe(0);
  });

  it('the test TRU ends with 51 and moves nothing', async () => {
    const shop = await openShop();
    const { terminal } = await till(shop);
    const before = shop.ledger.balances();
    const { panHash } = await terminal.readCard();
    const basket = await shop.client().preAuthPurchase({
      panHash,
      articles: [{ articleNumber: 1, truCode: '999999999.99999999900000000000', count: 1, price: 100 }],
    });
    const result = await terminal.payCertificate({
      operationKey: 'pay',
      basketId: basket.purchaseBasketId,
      panHash,
      certificateAmount: basket.totalCertAmount,
      ownAmount: 0,
    });
    expect(result).toMatchObject({ certificate: 'refused', responseCode: '51' });
    expect(shop.ledger.balances()).toEqual(before);
  });
});
