import { ElcertError, isElcertError } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { expect, test } from 'vitest';
import { bench, key, sale } from '../shtrih-m-day.js';

/** A line that can be taken away for new connections. */
function line() {
  let address: { readonly host: string; readonly port: number } | undefined;
  let there = true;
  return {
    plug(next: { readonly host: string; readonly port: number }) {
      address = next;
      there = true;
    },
    unplug() {
      there = false;
    },
    connect: () => {
      if (!there || address === undefined) {
        throw new ElcertError({ code: 'CONNECT_FAILED', message: 'unplugged', outcome: 'not-sent' });
      }
      return openTcp(address);
    },
  };
}

test('done, then unplugged: unknown, never twice, and lookup finds it when the line is back', async () => {
  const first = await bench({ shift: false });
  const wire = line();
  wire.plug(first.kkt);
  const one = await bench({
    shift: false,
    emulator: { fn: first.kkt.fn },
    driver: { connect: async () => wire.connect() },
  });
  const { register } = one;
  await register.openShift(undefined, key());
  const { lastFiscalDocumentNumber: afterDocumentNumber } = await register.status();
  first.kkt.faults.add({ at: 'shtrih-m', do: 'disconnect', when: { operation: 'FF45' } });
  const { operationKey } = key();
  const going = register.registerReceipt(sale, { operationKey });
  await first.kkt.records.waitFor((entry) => entry.operation === 'FF45');
  wire.unplug();
  const error = await going.catch((caught: unknown) => caught);
  expect(isElcertError(error, 'OUTCOME_UNKNOWN') && error.outcome).toBe('unknown');
  expect(isElcertError(error) && error.userMessage).toMatch(/не пробивайте повторно/);

  const evidence = { afterDocumentNumber, receipt: sale };
  expect(await register.lookup(operationKey, evidence)).toMatchObject({ state: 'unknown' });
  wire.plug(first.kkt);
  expect(await register.lookup(operationKey, evidence)).toMatchObject({
    state: 'done',
    result: { fiscalDocumentNumber: 3, totalSum: 249_999, settlementType: 'sale' },
  });
  // The same key again gives the same result and prints nothing.
  const again = await register.registerReceipt(sale, { operationKey });
  expect(again.fiscalDocumentNumber).toBe(3);
  expect(first.receipts()).toBe(1);
  // A receipt that differs is not this one.
  const other = { ...sale, payments: { cash: 249_999 } };
  expect(await register.lookup(key().operationKey, { afterDocumentNumber, receipt: other })).toEqual({
    state: 'not-done',
  });
  await one.close();
  await first.close();
});

test('done, then unplugged: the same key again finds the document instead of printing a second one', async () => {
  const first = await bench({ shift: false });
  const wire = line();
  wire.plug(first.kkt);
  const one = await bench({
    shift: false,
    emulator: { fn: first.kkt.fn },
    driver: { connect: async () => wire.connect() },
  });
  await one.register.openShift(undefined, key());
  first.kkt.faults.add({ at: 'shtrih-m', do: 'disconnect', when: { operation: 'FF45' } });
  const { operationKey } = key();
  const going = one.register.registerReceipt(sale, { operationKey });
  await first.kkt.records.waitFor((entry) => entry.operation === 'FF45');
  wire.unplug();
  await expect(going).rejects.toMatchObject({ outcome: 'unknown' });
  wire.plug(first.kkt);
  first.kkt.faults.clear();
  expect(await one.register.registerReceipt(sale, { operationKey })).toMatchObject({
    fiscalDocumentNumber: 3,
  });
  expect(first.receipts()).toBe(1);
  await expect(
    one.register.registerReceipt({ ...sale, payments: { cash: 249_999 } }, { operationKey }),
  ).rejects.toMatchObject({ code: 'OPERATION_KEY_REUSED', outcome: 'not-sent' });
  await one.close();
  await first.close();
});

test('unplugged before the closing: not done; the document left open is cancelled by lookup', async () => {
  const first = await bench({ shift: false });
  const wire = line();
  wire.plug(first.kkt);
  const one = await bench({
    shift: false,
    emulator: { fn: first.kkt.fn },
    driver: { connect: async () => wire.connect() },
  });
  await one.register.openShift(undefined, key());
  first.kkt.faults.add({ at: 'shtrih-m', do: 'disconnect', when: { operation: 'FF4D', nth: 2 } });
  const { operationKey } = key();
  const going = one.register.registerReceipt(sale, { operationKey });
  await first.kkt.records.waitFor((entry) => entry.operation === 'FF4D');
  wire.unplug();
  const error = await going.catch((caught: unknown) => caught);
  expect(isElcertError(error, 'LINK_LOST') && error.outcome).toBe('not-sent');
  expect(first.kkt.state().mode & 0x0f).toBe(8);
  wire.plug(first.kkt);
  expect(await one.register.lookup(operationKey, { afterDocumentNumber: 2, receipt: sale })).toEqual({
    state: 'not-done',
  });
  expect(first.kkt.state().mode).toBe(2);
  expect(first.receipts()).toBe(0);
  await one.close();
  await first.close();
});
