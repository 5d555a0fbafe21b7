import { afterEach, describe, expect, it } from 'vitest';
import { openShop, type Shop, stick } from './fes-kit.js';

let shop: Shop;
afterEach(() => shop.stop());

const post = async (command: string, args?: unknown) => {
  const body = args === undefined ? '' : typeof args === 'string' ? args : JSON.stringify(args);
  const response = await fetch(`${shop.fes.url}/_control/${command}`, { method: 'POST', body });
  return [response.status, await response.json()];
};
const get = async (view: string) => (await fetch(`${shop.fes.url}/_control/${view}`)).json();

describe('control over HTTP', () => {
  it('does what the handles do', async () => {
    shop = await openShop();
    const client = shop.client();
    expect(await post('blockApiKey')).toEqual([200, { ok: true }]);
    await expect(client.echo()).rejects.toMatchObject({ code: 'FES_UNAUTHORIZED' });
    await post('unblockApiKey', {});
    await post('setCashboxState', { state: 'blocked-by-nspk' });
    await expect(client.echo()).rejects.toMatchObject({ details: { resultCode: 9002 } });
    await post('setCashboxState', { state: 'active' });
    const [, desk] = await post('addCashbox', {});
    expect(desk).toMatchObject({ ok: true, id: expect.stringMatching(/^\d{19}$/) });
    await post('setPoint', { truCodes: [] });
    const want = {
      panHash: shop.panHash,
      articles: [{ articleNumber: 1, truCode: stick, count: 1, price: 1 }],
    };
    await expect(client.preAuthPurchase(want)).rejects.toMatchObject({ details: { resultCode: 9017 } });
    await post('setPoint', { truCodes: null });
    await post('addFaults', { rules: [{ do: 'refuse', code: 777, times: 1 }] });
    await expect(client.preAuthPurchase(want)).rejects.toMatchObject({ details: { resultCode: 777 } });
    await post('clearFaults');
    await client.preAuthPurchase(want);
    await post('addProgramme', { id: 'p', name: 'П', access: 'by-approval', truCodes: [stick] });
    await post('applyToProgramme', { programmeId: 'p' });
    await expect(client.preAuthPurchase(want)).rejects.toMatchObject({ details: { resultCode: 9021 } });
    await post('refuseForProgramme', { programmeId: 'p', reason: 'нет' });
    expect(await get('programmes')).toMatchObject([
      { id: 'p', admissions: { [shop.fes.scenario.merchant.id]: { state: 'refused', reason: 'нет' } } },
    ]);
    await post('applyToProgramme', { programmeId: 'p' });
    expect(await post('approveForProgramme', { programmeId: 'p' })).toEqual([200, { ok: true }]);
    await client.preAuthPurchase(want);
    expect(await get('baskets')).toMatchObject([
      { certificateAmount: 1, state: 'replaced' },
      { certificateAmount: 1, state: 'open' },
    ]);
    expect(await get('certificates')).toMatchObject([{ held: 1 }, {}, {}]);
    expect(await get('receipts')).toEqual([]);
    expect(JSON.stringify(await get('records'))).not.toContain(shop.panHash);
  });

  it.each<[string, string, unknown, number]>([
    ['an unknown command', 'pay', {}, 404],
    ['a name of the prototype', 'toString', {}, 404],
    ['a state that is none', 'setCashboxState', { state: 'open' }, 400],
    ['an unknown desk', 'reissueMacKey', { cashboxId: '1' }, 400],
    ['a list', 'blockApiKey', [], 400],
    ['no JSON', 'blockApiKey', '{', 400],
    [
      'a programme of no known access',
      'addProgramme',
      { id: 'p', name: 'П', access: 'x', truCodes: [] },
      400,
    ],
    ['a certificate without goods', 'addCertificate', { id: '1', cardId: 'buyer' }, 400],
  ])('refuses %s', async (_what, command, args, status) => {
    shop = await openShop();
    expect((await post(command, args))[0]).toBe(status);
  });
});

describe('states of a desk', () => {
  it('follow the merchant guide', async () => {
    shop = await openShop();
    const { fes } = shop;
    expect(fes.changeCashbox('edit')).toBe('registered');
    await expect(shop.client().echo()).rejects.toMatchObject({ details: { resultCode: 9002 } });
    expect(fes.changeCashbox('approve')).toBe('active');
    expect(fes.changeCashbox('block')).toBe('blocked-by-merchant');
    expect(fes.changeCashbox('unblock')).toBe('active');
    expect(fes.changeCashbox('require-correction')).toBe('correction-required');
    expect(fes.changeCashbox('correct')).toBe('registered');
    expect(() => fes.changeCashbox('block')).toThrow('registered');
    fes.changeCashbox('approve');
    fes.changeCashbox('block');
    expect(fes.changeCashbox('decommission')).toBe('decommissioned');
    for (const event of ['edit', 'approve', 'unblock', 'block-by-nspk'] as const)
      expect(() => fes.changeCashbox(event)).toThrow('decommissioned');
    fes.setCashboxState('blocked-by-gis');
    expect(() => fes.changeCashbox('unblock')).toThrow('blocked-by-gis');
  });
});
