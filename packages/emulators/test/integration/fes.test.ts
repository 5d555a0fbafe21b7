import { assumedV1, assumedV2, computeMac, splitBasket } from '@elcert/fes-client';
import { afterEach, describe, expect, it } from 'vitest';
import { panHashOf } from '../../src/kernel/index.js';
import { cane, openShop, type Shop, shoes, stick } from './fes-kit.js';

// Client and emulator over a real socket. Sums are counted by hand from the default scenario: stick up to 1500.00,
// two canes up to 900.00, two pairs of shoes up to 5266.29.

let shop: Shop;
afterEach(() => shop.stop());

const sale = (panHash: string) => ({
  panHash,
  articles: [
    { articleNumber: 1, truCode: stick, count: 1, price: 180_000, articleCode: 'SKU-1' },
    { articleNumber: 2, truCode: cane, count: 3, price: 80_000 },
  ],
});

/** Certificate part 1500.00 + 2 × 800.00, own part 300.00 + 800.00. */
const salePaid = { certificate: 310_000, own: 110_000 };

async function buy() {
  const client = shop.client();
  const basket = await client.preAuthPurchase(sale(shop.panHash));
  const answer = shop.fes.debitPort.debit({
    operationId: `pay ${basket.purchaseBasketId}`,
    basketId: basket.purchaseBasketId,
    panHash: shop.panHash,
    ...salePaid,
  });
  expect(answer).toEqual({ ok: true });
  return { client, basket };
}

const document = {
  fiscalDriveNumber: '9960440301234567',
  fiscalDocumentNumber: 42,
  fiscalSign: '12345678',
};

const receipt = (basketId: string) => ({
  basketId,
  ...document,
  certificateAmount: 310_000,
  totalAmount: 420_000,
  dateTime: '2026-11-22T12:05:33',
  settlementType: 'sale' as const,
  place: 'Ортосалон на Мясницкой',
});

describe.each([
  ['V1', assumedV1],
  ['V2', assumedV2],
])('a purchase and its return, %s', (_name, profile) => {
  it('runs through all operations and leaves the books even', async () => {
    shop = await openShop();
    const { fes, ledger, panHash, par } = shop;
    const client = shop.client({ profile });
    const given = ledger.balance('treasury');
    expect(await client.echo({ message: 'слышно?' })).toMatchObject({ description: 'слышно?' });

    const basket = await client.preAuthPurchase({ ...sale(panHash), par });
    expect(splitBasket(basket)).toMatchObject({
      total: 420_000,
      certificateAmount: 310_000,
      ownAmount: 110_000,
      lines: [
        { certificateAmount: 150_000, ownAmount: 30_000, coveredCount: 1 },
        { certificateAmount: 160_000, ownAmount: 80_000, coveredCount: 2 },
      ],
    });
    const { purchaseBasketId } = basket;
    const debit = { operationId: 'rrn-1', basketId: purchaseBasketId, panHash, ...salePaid };
    expect(await client.purchaseBaskets({ truCode: stick, panHash, par })).toEqual([]);
    expect(fes.debitPort.debit(debit)).toEqual({ ok: true });
    expect(fes.debitPort.debit(debit)).toEqual({ ok: true });
    expect(ledger.balance('acquirer/clearing')).toBe(310_000);
    expect(await client.purchaseBaskets({ truCode: stick, panHash, par })).toEqual([
      { basketId: purchaseBasketId, authDate: '2026-11-22T12:00:00' },
    ]);
    expect(await client.purchaseBaskets({ truCode: shoes, panHash, par })).toEqual([]);

    await client.fiscalReceiptData(receipt(purchaseBasketId));
    expect(await client.purchaseBasketId(document)).toBe(purchaseBasketId);
    expect(await client.basket({ basketId: purchaseBasketId })).toEqual({
      basketId: purchaseBasketId,
      totalCertAmount: 310_000,
      articles: basket.articles,
    });

    const back = await client.preAuthReturn({
      purchaseBasketId,
      panHash,
      par,
      articles: [{ articleNumber: 1, originalArticleNumber: 2, truCode: cane, count: 3, price: 80_000 }],
    });
    expect(back.totalCertAmount).toBe(160_000);
    const credit = {
      operationId: 'rrn-2',
      basketId: back.returnBasketId,
      panHash,
      certificate: 160_000,
      own: 80_000,
    };
    expect(fes.debitPort.credit(credit)).toEqual({ ok: true });
    expect(fes.debitPort.credit(credit)).toEqual({ ok: true });
    await client.fiscalReceiptData({
      ...receipt(back.returnBasketId),
      fiscalDocumentNumber: 43,
      settlementType: 'saleReturn',
      certificateAmount: 160_000,
    });
    expect(
      fes.receipts().map(({ basketId, sum, operationType, late }) => [basketId, sum, operationType, late]),
    ).toEqual([
      [purchaseBasketId, 310_000, 1, false],
      [back.returnBasketId, 160_000, 2, false],
    ]);
    expect(ledger.balance('acquirer/clearing')).toBe(150_000);
    expect(ledger.balance('treasury')).toBe(given);
    expect(fes.certificates().map(({ given: all, left, held }) => all - left - held)).toEqual([
      150_000, 0, 0,
    ]);

    const certificates = await client.certificates({ panHash, par });
    expect(certificates.map(({ tru }) => tru)).toEqual([
      [{ truCode: '329921120.060010102', balanceCount: 0, limitMoney: 150_000 }],
      [{ truCode: '329921120.060020201', balanceCount: 2, limitMoney: 90_000 }],
      [{ truCode: '325022154.090001101', balanceCount: 2, limitMoney: 526_629 }],
    ]);
  });
});

describe('keys', () => {
  it('says that the API key is unknown, blocked or re-issued, and works again with the right one', async () => {
    shop = await openShop();
    const { fes } = shop;
    const { apiKey } = fes.scenario.merchant;
    let current = apiKey;
    const client = shop.client({
      credentials: () => ({ apiKey: current, macKey: fes.scenario.cashbox.macKey }),
    });
    current = 'something-else';
    await expect(client.echo()).rejects.toMatchObject({
      code: 'FES_UNAUTHORIZED',
      outcome: 'refused',
      details: { reason: 'api-key-unknown', httpStatus: 401 },
    });
    current = apiKey;
    fes.blockApiKey();
    await expect(client.echo()).rejects.toMatchObject({
      code: 'FES_UNAUTHORIZED',
      details: { reason: 'api-key-blocked' },
      userMessage: expect.stringContaining('заблокирован'),
    });
    fes.unblockApiKey();
    await client.echo();
    const next = fes.reissueApiKey();
    await expect(client.echo()).rejects.toMatchObject({ details: { reason: 'api-key-blocked' } });
    current = next;
    await client.echo();
  });

  it('says that the MAC key is wrong after a re-issue, and moves nothing', async () => {
    shop = await openShop();
    const { fes } = shop;
    const { apiKey } = fes.scenario.merchant;
    const macKey = fes.reissueMacKey();
    await expect(shop.client().preAuthPurchase(sale(shop.panHash))).rejects.toMatchObject({
      code: 'FES_FORBIDDEN',
      outcome: 'refused',
      details: { reason: 'mac-wrong', httpStatus: 403 },
      userMessage: expect.stringContaining('MAC-ключ'),
    });
    expect(fes.baskets()).toEqual([]);
    await shop.client({ credentials: { apiKey, macKey } }).echo();
  });

  it('knows no desk of another merchant and no desk without its zeros', async () => {
    shop = await openShop();
    const { fes } = shop;
    const { apiKey } = fes.addMerchant('other');
    const desk = fes.addCashbox({ merchantId: 'other' });
    const unknown = { code: 'FES_FORBIDDEN', details: { reason: 'desk-unknown' } };
    const credentials = { apiKey: fes.scenario.merchant.apiKey, macKey: desk.macKey };
    await expect(shop.client({ cashboxId: desk.id, credentials }).echo()).rejects.toMatchObject(unknown);
    await expect(shop.client({ cashboxId: '1'.repeat(18) }).echo()).rejects.toMatchObject(unknown);
    await shop.client({ cashboxId: desk.id, credentials: { apiKey, macKey: desk.macKey } }).echo();
  });

  it('answers in the order key, JSON, MAC', async () => {
    shop = await openShop();
    const { url, scenario } = shop.fes;
    const send = async (body: string, headers: Record<string, string>) => {
      const response = await fetch(`${url}/v1/echo`, { method: 'POST', body, headers });
      return [response.status, ((await response.json()) as { result: { code: number } }).result.code];
    };
    const key = { 'X-API-KEY': scenario.merchant.apiKey };
    const body = JSON.stringify({ cashboxId: scenario.cashbox.id, requestId: 'x', message: '' });
    const mac = computeMac(assumedV1.mac, scenario.cashbox.macKey, {
      verb: 'POST',
      path: '/v1/echo',
      body: new TextEncoder().encode(body),
    });
    expect(await send('{', {})).toEqual([401, 9000]);
    expect(await send('{', key)).toEqual([400, 9018]);
    expect(await send('[]', key)).toEqual([400, 9018]);
    expect(await send('{}', key)).toEqual([403, 9020]);
    expect(await send(body, key)).toEqual([403, 9001]);
    expect(await send(body, { ...key, 'X-MAC': mac })).toEqual([200, 9018]);
    expect((await fetch(`${url}/v1/echo`, { headers: key })).status).toBe(404);
    expect((await fetch(`${url}/v3/echo`, { method: 'POST', headers: key })).status).toBe(404);
    expect(await send(`{"a":"${'x'.repeat(300_000)}"}`, key)).toEqual([413, 9018]);
  });
});

describe('refusals', () => {
  it.each([
    'registered',
    'blocked-by-merchant',
    'decommissioned',
    'correction-required',
    'blocked-by-nspk',
    'blocked-by-gis',
  ] as const)('a desk that is %s does nothing, and works once it is active', async (state) => {
    shop = await openShop();
    const client = shop.client();
    const basket = await client.preAuthPurchase(sale(shop.panHash));
    shop.fes.setCashboxState(state);
    const inactive = { code: 'FES_REFUSED', outcome: 'refused', details: { resultCode: 9002 } };
    await expect(client.echo()).rejects.toMatchObject(inactive);
    await expect(client.preAuthPurchase(sale(shop.panHash))).rejects.toMatchObject(inactive);
    expect(
      shop.fes.debitPort.debit({
        operationId: '1',
        basketId: basket.purchaseBasketId,
        panHash: shop.panHash,
        ...salePaid,
      }),
    ).toMatchObject({ ok: false, code: 9002 });
    shop.fes.setCashboxState('active');
    await client.echo();
  });

  it('a merchant that is blocked, a point that is not active, goods that are not sold there', async () => {
    shop = await openShop();
    const { fes } = shop;
    const client = shop.client();
    const refused = (resultCode: number) =>
      expect(client.preAuthPurchase(sale(shop.panHash))).rejects.toMatchObject({ details: { resultCode } });
    fes.setMerchantBlocked(true);
    await refused(9004);
    fes.setMerchantBlocked(false);
    fes.setPoint({ state: 'tested' });
    await refused(9003);
    await client.echo();
    fes.setPoint({ state: 'active', activeFrom: '2026-11-23' });
    await refused(9003);
    await shop.clock.advance(12 * 3600_000);
    fes.setPoint({ truCodes: [cane] });
    await refused(9017);
    fes.setPoint({ truCodes: null });
    await client.preAuthPurchase(sale(shop.panHash));
    fes.setPoint({ state: 'disabled' });
    await expect(client.echo()).rejects.toMatchObject({ details: { resultCode: 9003 } });
  });

  it('goods of a programme that the point does not take part in, with the reason', async () => {
    shop = await openShop();
    const { fes } = shop;
    const client = shop.client();
    const ask = () => client.preAuthPurchase(sale(shop.panHash));
    const refused = (description: string) =>
      expect(ask()).rejects.toMatchObject({
        code: 'FES_REFUSED',
        outcome: 'refused',
        userMessage: expect.stringContaining('программе'),
        details: { resultCode: 9021, reason: 'programme-not-joined', description },
      });
    fes.addProgramme({ id: 'open', name: 'Трости', access: 'open', truCodes: [stick] });
    await ask();
    fes.addProgramme({ id: 'canes', name: 'Белые трости', access: 'by-approval', truCodes: [cane] });
    await refused('position 2: "Белые трости": the point has not applied');
    fes.applyToProgramme('canes');
    await refused('position 2: "Белые трости": the application awaits a decision');
    fes.refuseForProgramme('canes', 'нет договора');
    await refused('position 2: "Белые трости": the point was refused: нет договора');
    fes.applyToProgramme('canes');
    fes.approveForProgramme('canes');
    const { purchaseBasketId, totalCertAmount } = await ask();
    expect(totalCertAmount).toBe(310_000);
    // What was approved stays so for the life of the basket; the next pre-auth is refused.
    fes.refuseForProgramme('canes', 'участие прекращено');
    await refused('position 2: "Белые трости": the point was refused: участие прекращено');
    expect(
      fes.debitPort.debit({
        operationId: 'rrn-1',
        basketId: purchaseBasketId,
        panHash: shop.panHash,
        ...salePaid,
      }),
    ).toEqual({ ok: true });
    // Another programme for the same goods is enough.
    fes.addProgramme({ id: 'region', name: 'Регион', access: 'open', truCodes: [cane] });
    await ask();
    expect(fes.programmes()[1]).toMatchObject({
      id: 'canes',
      admissions: { [fes.scenario.merchant.id]: { state: 'refused', reason: 'участие прекращено' } },
    });
    expect(() => fes.applyToProgramme('open')).toThrow('open to all');
    expect(() => fes.approveForProgramme('canes')).toThrow('approved after refused');
    expect(() => fes.refuseForProgramme('canes', '')).toThrow('1 to 300');
    expect(() => fes.applyToProgramme('none')).toThrow('no programme none');
  });

  it('a request id with another body, and the same answer to the same one', async () => {
    shop = await openShop();
    const client = shop.client();
    const options = { requestId: '0b5c3f0e-6d0a-4f6e-9a55-2f4a2d1f9c11' };
    const first = await client.preAuthPurchase(sale(shop.panHash), options);
    expect(await client.preAuthPurchase(sale(shop.panHash), options)).toEqual(first);
    expect(shop.fes.baskets()).toHaveLength(1);
    const request = sale(shop.panHash);
    await expect(
      client.preAuthPurchase({ ...request, articles: request.articles.slice(1) }, options),
    ).rejects.toMatchObject({ details: { resultCode: 9013, reason: 'request-id-reused' } });
    await expect(client.echo({ message: '' }, options)).rejects.toMatchObject({
      details: { resultCode: 9013 },
    });
  });

  it('receipt data of an unpaid or unknown basket; once accepted, the same again, but nothing else', async () => {
    shop = await openShop();
    const { client, basket } = await buy();
    const unpaid = await client.preAuthPurchase({
      panHash: shop.panHash,
      articles: [{ articleNumber: 1, truCode: shoes, count: 1, price: 1 }],
    });
    const send = (change: object) =>
      client.fiscalReceiptData({ ...receipt(basket.purchaseBasketId), ...change });
    await expect(send({ basketId: unpaid.purchaseBasketId })).rejects.toMatchObject({
      details: { resultCode: 9006 },
    });
    await expect(send({ basketId: '1'.repeat(24) })).rejects.toMatchObject({ details: { resultCode: 9006 } });
    await expect(send({ settlementType: 'saleReturn' })).rejects.toMatchObject({
      details: { resultCode: 9014 },
    });
    for (const wrong of [{ certificateAmount: 1 }, { dateTime: '2099-01-01T00:00' }]) {
      await expect(send(wrong)).rejects.toMatchObject({ details: { resultCode: 9014 } });
    }
    await send({});
    await send({});
    expect(shop.fes.receipts()).toHaveLength(1);
    for (const change of [
      { certificateAmount: 1 },
      { fiscalSign: '1' },
      { dateTime: '2026-11-22T12:06' },
      { place: 'Другое место' },
    ]) {
      await expect(send(change)).rejects.toMatchObject({ details: { resultCode: 9014 } });
    }
    // Another document of the same basket corrects the first.
    await send({ fiscalDocumentNumber: 43, settlementType: 'saleReturn' });
    expect(shop.fes.receipts()).toHaveLength(2);
    await expect(client.purchaseBasketId({ ...document, fiscalSign: '7' })).rejects.toMatchObject({
      details: { resultCode: 9006 },
    });
  });

  it('accepts receipt data after the receipt’s day, and marks them late', async () => {
    shop = await openShop();
    const { client, basket } = await buy();
    await shop.clock.advance(24 * 3600_000);
    await client.fiscalReceiptData(receipt(basket.purchaseBasketId));
    expect(shop.fes.receipts()).toMatchObject([{ late: true }]);
  });

  it('returns: not bought, more than bought, returned already, another card', async () => {
    shop = await openShop();
    const { client, basket } = await buy();
    const { panHash, fes } = shop;
    const { purchaseBasketId } = basket;
    const line = { articleNumber: 1, originalArticleNumber: 2, truCode: cane, count: 2, price: 80_000 };
    const ask = (change: object, card = panHash) =>
      client.preAuthReturn({ purchaseBasketId, panHash: card, articles: [{ ...line, ...change }] });
    const refused = (call: Promise<unknown>, resultCode: number) =>
      expect(call).rejects.toMatchObject({ code: 'FES_REFUSED', details: { resultCode } });
    await refused(ask({ originalArticleNumber: 7 }), 9009);
    await refused(ask({ originalArticleNumber: 1 }), 9009);
    await refused(ask({ price: 79_999 }), 9009);
    await refused(ask({ count: 4 }), 9010);
    await refused(ask({}, 'ab'.repeat(32)), 9006);
    await refused(
      client.preAuthReturn({ purchaseBasketId: '1'.repeat(24), panHash, articles: [line] }),
      9006,
    );

    const back = await ask({});
    expect(back.totalCertAmount).toBe(160_000);
    // Another desk cannot return what this one is about to; the same desk may think again.
    const desk = fes.addCashbox();
    const second = shop.client({
      cashboxId: desk.id,
      credentials: { apiKey: fes.scenario.merchant.apiKey, macKey: desk.macKey },
    });
    await refused(second.preAuthReturn({ purchaseBasketId, panHash, articles: [line] }), 9011);
    const again = await ask({ count: 1 });
    expect(
      fes.debitPort.credit({
        operationId: '1',
        basketId: back.returnBasketId,
        panHash,
        certificate: 160_000,
        own: 0,
      }),
    ).toMatchObject({ ok: false, code: 9007 });
    expect(
      fes.debitPort.credit({
        operationId: '2',
        basketId: again.returnBasketId,
        panHash,
        certificate: 80_000,
        own: 0,
      }),
    ).toEqual({ ok: true });
    const rest = await ask({});
    // Of three canes two were paid by the certificate: one of them is back, the last one is the buyer's own.
    expect(rest.totalCertAmount).toBe(80_000);
    expect(
      fes.debitPort.credit({
        operationId: '3',
        basketId: rest.returnBasketId,
        panHash,
        certificate: 80_000,
        own: 80_000,
      }),
    ).toEqual({ ok: true });
    await refused(ask({ count: 1 }), 9011);
    expect(shop.ledger.balance('acquirer/clearing')).toBe(150_000);
  });

  it('V2 wants the PAR on the wire too', async () => {
    shop = await openShop();
    const { url, scenario } = shop.fes;
    const body = JSON.stringify({
      cashboxId: scenario.cashbox.id,
      requestId: '0b5c3f0e-6d0a-4f6e-9a55-2f4a2d1f9c11',
      panHash: shop.panHash,
    });
    const path = '/v2/certificates';
    const mac = computeMac(assumedV2.mac, scenario.cashbox.macKey, {
      verb: 'POST',
      path,
      body: new TextEncoder().encode(body),
    });
    const response = await fetch(url + path, {
      method: 'POST',
      body,
      headers: { 'X-API-KEY': scenario.merchant.apiKey, 'X-MAC': mac },
    });
    expect(await response.json()).toMatchObject({ result: { code: 9016 } });
  });
});

describe('money', () => {
  it('is debited only as approved, from a basket that lives, by the card it was approved for', async () => {
    shop = await openShop();
    const { fes, panHash, clock } = shop;
    const client = shop.client();
    const basket = await client.preAuthPurchase(sale(panHash));
    let operation = 0;
    const debit = (change: object) => {
      operation += 1;
      return fes.debitPort.debit({
        operationId: String(operation),
        basketId: basket.purchaseBasketId,
        panHash,
        ...salePaid,
        ...change,
      });
    };
    expect(debit({ basketId: '1'.repeat(24) })).toMatchObject({ code: 9006 });
    expect(debit({ certificate: 309_999 })).toMatchObject({ code: 9018 });
    expect(debit({ own: -1 })).toMatchObject({ code: 9018 });
    expect(debit({ panHash: 'ab'.repeat(32) })).toMatchObject({ code: 9006 });
    expect(shop.ledger.balance('acquirer/clearing')).toBe(0);
    await clock.advance(30 * 60_000 - 1);
    expect(fes.baskets()).toMatchObject([{ state: 'open' }]);
    await clock.advance(1);
    expect(debit({})).toMatchObject({ code: 9007 });
    expect(fes.certificates().every(({ held }) => held === 0)).toBe(true);

    const next = await client.preAuthPurchase(sale(panHash));
    const paid = { basketId: next.purchaseBasketId };
    expect(debit({ ...paid, operationId: 'A' })).toEqual({ ok: true });
    expect(debit({ ...paid, operationId: 'A', certificate: 1 })).toMatchObject({ code: 9013 });
    expect(debit({ ...paid, operationId: 'B' })).toMatchObject({ code: 9008 });
    expect(shop.ledger.balance('acquirer/clearing')).toBe(310_000);
  });

  it('takes a token of the same account for its plastic card', async () => {
    shop = await openShop();
    const token = panHashOf(shop.card.tokens[0] as string);
    const basket = await shop.client().preAuthPurchase({ ...sale(token), par: shop.par });
    expect(basket.totalCertAmount).toBe(310_000);
    // A token that nobody has seen: its account reference names the card.
    const unknown = await shop.client().preAuthPurchase({ ...sale('cd'.repeat(32)), par: shop.par });
    expect(unknown.totalCertAmount).toBe(310_000);
    expect(
      shop.fes.debitPort.debit({
        operationId: '1',
        basketId: unknown.purchaseBasketId,
        panHash: shop.panHash,
        ...salePaid,
      }),
    ).toEqual({ ok: true });
    await expect(
      shop.client().preAuthPurchase({ ...sale(shop.panHash), par: `XXXX${'0'.repeat(25)}` }),
    ).rejects.toMatchObject({ details: { resultCode: 9018 } });
  });

  it('is not there for a card without certificates: approved for nothing, or refused where it is set so', async () => {
    shop = await openShop();
    const basket = await shop.client().preAuthPurchase(sale('ef'.repeat(32)));
    expect(basket.totalCertAmount).toBe(0);
    expect(
      shop.fes.debitPort.debit({
        operationId: '1',
        basketId: basket.purchaseBasketId,
        panHash: 'ef'.repeat(32),
        certificate: 0,
        own: 1,
      }),
    ).toMatchObject({ code: 9012 });
    await shop.stop();
    shop = await openShop({ rules: { noCertificate: 'refuse' } });
    await expect(shop.client().preAuthPurchase(sale('ef'.repeat(32)))).rejects.toMatchObject({
      details: { resultCode: 9012 },
    });
  });

  it('is not debited from a certificate that was annulled after the approval', async () => {
    shop = await openShop();
    const { fes, panHash } = shop;
    const client = shop.client();
    const basket = await client.preAuthPurchase(sale(panHash));
    const [first] = fes.certificates();
    fes.annulCertificate(first?.id ?? '');
    const debit = { operationId: '1', basketId: basket.purchaseBasketId, panHash, ...salePaid };
    expect(fes.debitPort.debit(debit)).toMatchObject({ ok: false, code: 9015 });
    expect(await client.certificates({ panHash })).toHaveLength(2);
    expect((await client.preAuthPurchase(sale(panHash))).totalCertAmount).toBe(160_000);
  });

  it('is held once: of two tills one gets the certificate, and the other after the first lets go', async () => {
    shop = await openShop();
    const { fes, panHash, clock } = shop;
    const desk = fes.addCashbox();
    const { apiKey } = fes.scenario.merchant;
    const tills = [
      shop.client(),
      shop.client({ cashboxId: desk.id, credentials: { apiKey, macKey: desk.macKey } }),
    ];
    const want = { panHash, articles: [{ articleNumber: 1, truCode: stick, count: 1, price: 150_000 }] };
    const approved = await Promise.all(tills.map((till) => till.preAuthPurchase(want)));
    expect(approved.map(({ totalCertAmount }) => totalCertAmount).sort()).toEqual([0, 150_000]);
    const payments = approved.map(({ purchaseBasketId, totalCertAmount }) =>
      fes.debitPort.debit({
        operationId: purchaseBasketId,
        basketId: purchaseBasketId,
        panHash,
        certificate: totalCertAmount,
        own: 0,
      }),
    );
    expect(payments.filter(({ ok }) => ok)).toHaveLength(1);
    expect(shop.ledger.balance('acquirer/clearing')).toBe(150_000);

    const shoesWanted = {
      panHash,
      articles: [{ articleNumber: 1, truCode: shoes, count: 2, price: 500_000 }],
    };
    expect((await tills[0]?.preAuthPurchase(shoesWanted))?.totalCertAmount).toBe(1_000_000);
    expect((await tills[1]?.preAuthPurchase(shoesWanted))?.totalCertAmount).toBe(0);
    // The first till drops a pair: what it no longer holds the second one gets.
    const onePair = { panHash, articles: [{ articleNumber: 1, truCode: shoes, count: 1, price: 500_000 }] };
    expect((await tills[0]?.preAuthPurchase(onePair))?.totalCertAmount).toBe(500_000);
    expect((await tills[1]?.preAuthPurchase(shoesWanted))?.totalCertAmount).toBe(500_000);
    await clock.advance(30 * 60_000);
    expect((await tills[1]?.preAuthPurchase(shoesWanted))?.totalCertAmount).toBe(1_000_000);
  });

  it('never moves for the test TRU', async () => {
    shop = await openShop();
    const { fes, panHash } = shop;
    const client = shop.client();
    const testTru = '999999999.99999999900000000000';
    fes.setPoint({ state: 'activating' });
    const basket = await client.preAuthPurchase({
      panHash: 'ab'.repeat(32),
      articles: [{ articleNumber: 1, truCode: testTru, count: 1, price: 100_000 }],
    });
    expect(basket.totalCertAmount).toBe(100_000);
    expect(fes.debitPort.basket(basket.purchaseBasketId)).toMatchObject({ test: true });
    const before = shop.ledger.postings.length;
    expect(
      fes.debitPort.debit({
        operationId: '1',
        basketId: basket.purchaseBasketId,
        panHash: 'ab'.repeat(32),
        certificate: 100_000,
        own: 0,
      }),
    ).toMatchObject({ ok: false, code: 51 });
    expect(shop.ledger.postings).toHaveLength(before);
    await expect(
      client.preAuthPurchase({
        panHash,
        articles: [
          { articleNumber: 1, truCode: testTru, count: 1, price: 1 },
          { articleNumber: 2, truCode: cane, count: 1, price: 1 },
        ],
      }),
    ).rejects.toMatchObject({ details: { resultCode: 9005 } });
  });
});

describe('certificates', () => {
  it('shows members by the kind of limit, and neither expired nor annulled ones', async () => {
    shop = await openShop();
    const { fes, card, panHash } = shop;
    const base = { cardId: card.id, startDate: '2026-01-01', expiryDate: '2026-12-31' };
    const tru = [{ truCode: '265112120.170001111' }];
    const id = (digit: number) => String(digit).repeat(30);
    fes.addCertificate({
      ...base,
      id: id(1),
      count: 'total',
      totalCount: 5,
      money: 'per-unit',
      tru: [{ ...tru[0], truCode: '265112120.170001111', unitLimit: 700 }],
    });
    fes.addCertificate({
      ...base,
      id: id(2),
      count: 'per-tru',
      money: 'total',
      totalMoney: 900,
      tru: [{ truCode: '265112120.170001111', count: 4 }],
    });
    fes.addCertificate({
      ...base,
      id: id(3),
      count: 'unlimited',
      money: 'total',
      totalMoney: 1000,
      tru,
      startDate: '2026-12-01',
    });
    fes.addCertificate({
      ...base,
      id: id(4),
      count: 'total',
      totalCount: 1,
      money: 'total',
      totalMoney: 1,
      tru,
      expiryDate: '2026-11-21',
    });
    const truCode = '265112120.17000111100000000643';
    const basket = await shop.client().preAuthPurchase({
      panHash,
      articles: [{ articleNumber: 1, truCode, count: 8, price: 400, certificateLastNumbers: '222222' }],
    });
    // 900 kopecks: two whole units and 100 kopecks of a third.
    expect(basket.articles[0]?.certificates).toMatchObject([
      { certificateId: id(2), certCount: 2, certPrice: 400 },
      { certificateId: id(2), certCount: 1, certPrice: 100 },
    ]);
    const shown = await shop.client().certificates({ panHash });
    expect(shown.slice(3)).toEqual([
      {
        id: id(1),
        startDate: '2026-01-01',
        expiryDate: '2026-12-31',
        balanceCount: 5,
        tru: [{ truCode: tru[0]?.truCode, limitMoney: 700 }],
      },
      {
        id: id(2),
        startDate: '2026-01-01',
        expiryDate: '2026-12-31',
        balanceMoney: 0,
        limitMoney: 900,
        tru: [{ truCode: tru[0]?.truCode, balanceCount: 1 }],
      },
      {
        id: id(3),
        startDate: '2026-12-01',
        expiryDate: '2026-12-31',
        balanceMoney: 1000,
        limitMoney: 1000,
        tru: [{ truCode: tru[0]?.truCode }],
      },
    ]);
    // Not yet valid: shown, and not used.
    const notYet = await shop.client().preAuthPurchase({
      panHash,
      articles: [{ articleNumber: 1, truCode, count: 1, price: 400, certificateLastNumbers: '333333' }],
    });
    expect(notYet.totalCertAmount).toBe(0);
  });
});

describe('records', () => {
  it('show what went over the wire, without card data and keys', async () => {
    shop = await openShop();
    await buy();
    const text = JSON.stringify(shop.fes.records.entries);
    expect(text).toContain('preAuthPurchase');
    expect(text).not.toContain(shop.panHash);
    expect(text).not.toContain(shop.par);
    expect(text).not.toContain(shop.card.pan);
    expect(text).not.toContain(shop.fes.scenario.merchant.apiKey);
    expect(text).not.toContain(shop.fes.scenario.cashbox.macKey);
  });
});
