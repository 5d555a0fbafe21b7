import { ElcertError, outcomeOf, randomUuid } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, bench, key, sale } from '../shtrih-m-day.js';

// The register closes the receipt, and the network is gone: not even connecting again works. What was left open by the
// first try stays open.

let one: Bench | undefined;
afterEach(async () => {
  await one?.close();
  one = undefined;
});

describe.each(['standard', 'protocol2'] as const)('on the %s layer', (layer) => {
  it('a receipt that was closed is unknown, is found later, and is not made twice', async () => {
    let away = false;
    let address = { host: '', port: 0 };
    one = await bench({
      faults: [{ at: 'shtrih-m', when: { operation: 'FF45', nth: 1 }, do: 'disconnect' }],
      onStarted: (kkt) => {
        address = kkt;
      },
      driver: {
        layer,
        connect: () =>
          away
            ? Promise.reject(
                new ElcertError({ code: 'CONNECT_FAILED', message: 'nobody there', outcome: 'not-sent' }),
              )
            : openTcp({ host: address.host, port: address.port }),
      },
    });
    one.kkt.records.subscribe((entry) => {
      if (entry.operation === 'FF45') away = true;
    });
    const operationKey = randomUuid();
    const evidence = {
      afterDocumentNumber: (await one.register.status()).lastFiscalDocumentNumber,
      receipt: sale,
    };
    const error = await one.register
      .registerReceipt(sale, { operationKey })
      .catch((thrown: unknown) => thrown);
    expect(outcomeOf(error)).toBe('unknown');
    expect(one.receipts()).toBe(1);

    away = false;
    expect(await one.register.lookup(operationKey, evidence)).toMatchObject({ state: 'done' });
    const again = await one.register.registerReceipt(sale, { operationKey });
    expect(one.receipts()).toBe(1);
    expect(again.fiscalDocumentNumber).toBe(one.kkt.fn.documents().at(-1)?.fiscalDocumentNumber);
  });
});

describe('a look-up', () => {
  it('does not give one sale the receipt of another', async () => {
    one = await bench();
    const evidence = {
      afterDocumentNumber: (await one.register.status()).lastFiscalDocumentNumber,
      receipt: sale,
    };
    await one.register.registerReceipt(sale, key());
    expect(await one.register.lookup(randomUuid(), evidence)).toEqual({ state: 'not-done' });
  });

  it('tells opening a shift from closing it', async () => {
    one = await bench();
    const { lastFiscalDocumentNumber: afterDocumentNumber } = await one.register.status();
    const closing = key();
    await one.register.closeShift(undefined, closing);
    const asked = randomUuid();
    expect(await one.register.lookup(asked, { afterDocumentNumber, documentCode: 2 })).toEqual({
      state: 'not-done',
    });
    expect(
      await one.register.lookup(closing.operationKey, { afterDocumentNumber, documentCode: 5 }),
    ).toMatchObject({
      state: 'done',
      result: { documentCode: 5 },
    });
  });

  it('concludes nothing after a change of drive', async () => {
    one = await bench();
    const evidence = { afterDocumentNumber: 400, fiscalDriveNumber: '9999078900000000', receipt: sale };
    expect(await one.register.lookup(randomUuid(), evidence)).toMatchObject({ state: 'unknown' });
  });

  it("leaves somebody else's open receipt alone where it is told to", async () => {
    one = await bench({ driver: { onOpenDocument: 'refuse' } });
    await one.register.call('8D', { type: 0 });
    const evidence = { afterDocumentNumber: 0, receipt: sale };
    expect(await one.register.lookup(randomUuid(), evidence)).toMatchObject({ state: 'unknown' });
    expect((await one.register.status()).documentOpen).toBe(true);
  });

  it('takes another receipt with the same total for what it is', async () => {
    one = await bench();
    const evidence = { afterDocumentNumber: (await one.register.status()).lastFiscalDocumentNumber };
    await one.register.registerReceipt(sale, key());
    const [first, second] = sale.lines;
    if (first === undefined || second === undefined) throw new Error('two lines');
    const other = {
      ...sale,
      lines: [
        { ...first, price: 149_999 },
        { ...second, price: 100_000, quantity: '1' },
      ],
    };
    expect(await one.register.lookup(randomUuid(), { ...evidence, receipt: other })).toEqual({
      state: 'not-done',
    });
  });
});

describe('a receipt that the protocol has no room for', () => {
  it.each([
    ['a price above five bytes', { price: 2 ** 40, amount: 2 ** 40 }],
    ['a control character in a name', { name: 'Трость\0 опорная' }],
  ])('%s is refused before the first byte', async (_what, change) => {
    one = await bench();
    const [line] = sale.lines;
    if (line === undefined) throw new Error('a line');
    const changed = { ...line, ...change };
    const receipt = { ...sale, lines: [changed], payments: { electronic: changed.price } };
    const error = await one.register.registerReceipt(receipt, key()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RECEIPT_NOT_SUPPORTED', outcome: 'not-sent' });
    expect(one.count('8D')).toBe(0);
  });
});
