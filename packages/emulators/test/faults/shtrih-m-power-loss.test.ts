import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, bench, key, sale } from '../shtrih-m-day.js';

// Power goes after the receipt stands in the drive and before a byte of the answer; the register starts again, takes no
// connection for a while, and remembers everything but the numbering of its link.

let one: Bench | undefined;
afterEach(async () => {
  await one?.close();
  one = undefined;
});

describe.each(['standard', 'protocol2'] as const)('on the %s layer', (layer) => {
  it('the receipt is found, not made again', async () => {
    one = await bench({
      faults: [{ at: 'shtrih-m', do: 'power-loss', refuseNext: 2, when: { operation: 'FF45', nth: 1 } }],
      driver: { layer },
    });
    const { kkt, register } = one;
    await register.moveCash({ direction: 'in', amount: 5_000 }, key());
    const first = key();
    const result = await register.registerReceipt(sale, first).catch(() => undefined);
    const again = result ?? (await register.registerReceipt(sale, first));
    expect(kkt.faults.strikes).toBe(1);
    expect(one.receipts()).toBe(1);
    expect(again.fiscalDocumentNumber).toBe(3);
    // State is kept.
    expect(kkt.state()).toMatchObject({ drawer: 5_000, mode: 2 });
    await register.registerReceipt(sale, key());
    expect(one.receipts()).toBe(2);
  });

  it('in the middle of a receipt: what was begun is there, and is cancelled before the next one', async () => {
    one = await bench({
      faults: [{ at: 'shtrih-m', do: 'power-loss', when: { operation: 'FF46', nth: 2 } }],
      driver: { layer },
    });
    const done = await one.register.registerReceipt(sale, key()).catch(() => undefined);
    if (done === undefined) await one.register.registerReceipt(sale, key());
    expect(one.kkt.faults.strikes).toBe(1);
    expect(one.receipts()).toBe(1);
  });
});

it('paper runs out in the middle of a receipt whose answer is lost: one document, and its paper comes out whole', async () => {
  one = await bench({
    faults: [{ at: 'shtrih-m', do: 'disconnect', refuseNext: 1, when: { operation: 'FF45', nth: 1 } }],
  });
  const { kkt, register } = one;
  kkt.endPaperAfter(3);
  const operation = key();
  const going = register.registerReceipt(sale, operation).catch(() => undefined);
  await kkt.records.waitFor((entry) => entry.operation === 'FF45' && entry.direction === 'out');
  expect(kkt.state().submode).toBe(2);
  kkt.setPaper('ok');
  if ((await going) === undefined) await register.registerReceipt(sale, operation);
  await register.registerReceipt(sale, key());
  expect(one.receipts()).toBe(2);
  expect(kkt.paper().filter((text) => text.startsWith('ФП')).length).toBe(3);
});
