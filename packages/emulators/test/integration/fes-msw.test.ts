import { manualClock } from '@elcert/core';
import { assumedV1, createFesClient } from '@elcert/fes-client';
import { setupServer } from 'msw/node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFesInMemory, createFesState } from '../../src/fes/index.js';
import { fesHandlers } from '../../src/fes/msw.js';
import { createLedger, panHashOf } from '../../src/kernel/index.js';

const clock = manualClock();
const state = createFesState({ clock, seed: 1, ledger: createLedger() });
const fes = createFesInMemory({ seed: 1, state });
const server = setupServer(...fesHandlers('https://fes.test/', fes));
beforeEach(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => server.close());

const { merchant, cashbox, cards } = state.scenario;
const client = (macKey: string) =>
  createFesClient({
    baseUrl: 'https://fes.test',
    profile: assumedV1,
    cashboxId: cashbox.id,
    credentials: { apiKey: merchant.apiKey, macKey },
    retry: { attempts: 1 },
  });

it('answers the platform’s own fetch, and checks what the socket checks', async () => {
  const panHash = panHashOf(cards[0]?.pan ?? '');
  const articles = [
    { articleNumber: 1, truCode: '329921120.06001010200080001643', count: 1, price: 180_000 },
  ];
  const basket = await client(cashbox.macKey).preAuthPurchase({ panHash, articles });
  expect(basket.totalCertAmount).toBe(150_000);
  await expect(client('wrong').echo()).rejects.toMatchObject({ code: 'FES_FORBIDDEN' });
  fes.faults.add({ at: 'fes', do: 'disconnect', times: 1 });
  await expect(client(cashbox.macKey).echo()).rejects.toMatchObject({ outcome: 'unknown' });
});
