import { systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { openShtrihM } from '@elcert/device-drivers/shtrih-m';
import { deliverAll } from '@elcert/ofd-transport/ru';
import { expect, test } from 'vitest';
import { createLedger, tcpAddressOf } from '../../src/kernel/index.js';
import { startOfdRu } from '../../src/ofd-ru/index.js';
import { bench, key, sale } from '../shtrih-m-day.js';

test('the queue goes from the drive through the register to the operator and back', async () => {
  const clock = systemClock();
  const one = await bench({ clock });
  const ofd = await startOfdRu({ clock, seed: 7, ledger: createLedger() });
  await one.register.registerReceipt(sale, key());
  await one.register.closeShift(undefined, key());
  // The programme is started again between the days: nothing but the register knows the queue.
  const again = await openShtrihM({
    connect: () => openTcp({ host: one.kkt.host, port: one.kkt.port }),
    layer: 'standard',
  });
  const report = await deliverAll(again.fnMessages, { connect: () => openTcp(tcpAddressOf(ofd)), clock });
  expect(report).toEqual({ delivered: 4, stoppedBy: undefined });
  expect(one.kkt.fn.replies.every(({ accepted }) => accepted)).toBe(true);
  expect(await again.status()).toMatchObject({ unsentDocuments: 0 });
  expect(await again.fnMessages.next()).toBeUndefined();
  await again.close();
  await one.close();
  await ofd.stop();
});

test('a reply is loaded by a programme that never asked for the document', async () => {
  const clock = systemClock();
  const one = await bench({ clock, shift: false });
  const ofd = await startOfdRu({ clock, seed: 7, ledger: createLedger() });
  const other = await openShtrihM({
    connect: () => openTcp({ host: one.kkt.host, port: one.kkt.port }),
    layer: 'standard',
  });
  const report = await deliverAll(
    { next: (options) => one.register.fnMessages.next(options), confirm: other.fnMessages.confirm },
    { connect: () => openTcp(tcpAddressOf(ofd)), clock },
  );
  expect(report).toEqual({ delivered: 1, stoppedBy: undefined });
  await other.close();
  await one.close();
  await ofd.stop();
});
