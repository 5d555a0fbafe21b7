import { manualClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { openShtrihM } from '@elcert/device-drivers/shtrih-m';
import type { Receipt } from '@elcert/fiscal-doc';
import { expect, test } from 'vitest';
import { bench, key, sale } from '../shtrih-m-day.js';

test('shift closed', async () => {
  const one = await bench({ shift: false });
  await expect(one.register.registerReceipt(sale, key())).rejects.toMatchObject({
    code: 'SHIFT_CLOSED',
    outcome: 'refused',
    userMessage: 'Смена закрыта: откройте смену.',
  });
  await expect(one.register.closeShift(undefined, key())).rejects.toMatchObject({ code: 'SHIFT_CLOSED' });
  await one.close();
});

test('shift open already', async () => {
  const one = await bench();
  await expect(one.register.openShift(undefined, key())).rejects.toMatchObject({
    code: 'SHIFT_OPEN',
    outcome: 'refused',
  });
  await one.close();
});

test('24 hours: selling stops, closing works', async () => {
  const clock = manualClock();
  const one = await bench({ clock });
  await one.register.registerReceipt(sale, key());
  await clock.advance(24 * 3_600_000);
  expect(await one.register.status()).toMatchObject({ shift: 'expired' });
  await expect(one.register.registerReceipt(sale, key())).rejects.toMatchObject({
    code: 'SHIFT_EXPIRED',
    outcome: 'refused',
    userMessage: expect.stringContaining('24 часов'),
  });
  // The register says so itself, too.
  await expect(one.register.call('8D', { type: 0 })).rejects.toMatchObject({
    code: 'SHIFT_EXPIRED',
    details: { result: 0x4e },
  });
  const closed = await one.register.closeShift(undefined, key());
  expect(closed).toMatchObject({ documentCode: 5, shiftNumber: 1 });
  await one.register.openShift(undefined, key());
  await one.register.registerReceipt(sale, key());
  await one.close();
});

test('24 hours pass while a receipt is open', async () => {
  const clock = manualClock();
  const one = await bench({ clock });
  await one.register.call('8D', { type: 0 });
  await clock.advance(24 * 3_600_000);
  expect(one.kkt.state().mode & 0x0f).toBe(8);
  await expect(one.register.registerReceipt(sale, key())).rejects.toMatchObject({ code: 'SHIFT_EXPIRED' });
  expect(one.kkt.state().mode).toBe(3);
  await one.close();
});

test('somebody left a receipt open: cancelled, or refused when told so', async () => {
  const one = await bench();
  await one.register.call('8D', { type: 0 });
  expect(await one.register.status()).toMatchObject({ documentOpen: true });
  const careful = await openShtrihM({
    connect: () => openTcp({ host: one.kkt.host, port: one.kkt.port }),
    layer: 'standard',
    onOpenDocument: 'refuse',
  });
  await expect(careful.registerReceipt(sale, key())).rejects.toMatchObject({
    code: 'DOCUMENT_OPEN',
    outcome: 'refused',
  });
  await one.register.registerReceipt(sale, key());
  expect(one.receipts()).toBe(1);
  expect(one.kkt.paper().join('\n')).toContain('ЧЕК АННУЛИРОВАН');
  await careful.close();
  await one.close();
});

test('wrong password', async () => {
  const one = await bench({ shift: false });
  const stranger = openShtrihM({
    connect: () => openTcp({ host: one.kkt.host, port: one.kkt.port }),
    layer: 'standard',
    passwords: { operator: 4711, administrator: 4711 },
  });
  await expect(stranger).rejects.toMatchObject({ code: 'WRONG_PASSWORD', outcome: 'refused' });
  await one.close();
});

test('nobody there, and somebody who is silent', async () => {
  const one = await bench({ shift: false });
  const { host, port } = one.kkt;
  await one.close();
  await expect(openShtrihM({ connect: () => openTcp({ host, port }) })).rejects.toMatchObject({
    code: 'CONNECT_FAILED',
    outcome: 'not-sent',
  });
});

const line = sale.lines[0] as Receipt['lines'][number];

test.each([
  ['cashless above the total by a factor of 100', { electronic: 15_000_000 }, 0x4d],
  ['payments below the total', { electronic: 1 }, 0x45],
] as const)('%s: the register itself refuses with its code', async (_title, payments, result) => {
  const one = await bench();
  const { register } = one;
  await register.call('FF46', {
    operation: 1,
    quantity: '1',
    price: line.price,
    sum: line.price,
    tax: 'auto',
    taxRate: 8,
    department: 0,
    method: 4,
    subject: 1,
    name: line.name,
  });
  const zero = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`payment${index + 3}`, 0]));
  const auto = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`tax${index + 1}`, 'auto']));
  await expect(
    register.call('FF45', {
      cash: 0,
      ...payments,
      ...zero,
      prepaid: 0,
      credit: 0,
      other: 0,
      rounding: 0,
      ...auto,
      taxation: 1,
      text: '',
    } as never),
  ).rejects.toMatchObject({ code: 'REGISTER_REFUSED', details: { result } });
  expect(one.receipts()).toBe(0);
  await one.close();
});

test('result codes of the register in wrong states', async () => {
  const one = await bench();
  const { register } = one;
  const refused = async (run: Promise<unknown>) =>
    ((await run.catch((error: unknown) => error)) as { details?: { result?: number } }).details?.result;
  expect(await refused(register.call('E0', {}))).toBe(0x3c);
  expect(await refused(register.call('88', {}))).toBe(0x55);
  expect(await refused(register.call('89', {}))).toBe(0x55);
  expect(await refused(register.call('21', { time: '10:00:00' }))).toBe(0x3c);
  expect(await refused(register.call('2D', { table: 99 }))).toBe(0x5d);
  expect(await refused(register.call('1F', { table: 1, row: 9, field: 1 }))).toBe(0x33);
  expect(await refused(register.call('16', {}))).toBe(0x73);
  // A fiscal memory of old machines.
  expect(await refused(register.call('63', {}))).toBe(0x37);
  expect(await refused(register.call('FF0A', { documentNumber: 99 }))).toBe(0x08);
  expect(await refused(register.call('FF4D', { tlv: new Uint8Array(0) }))).toBe(0x55);
  expect(await refused(register.call('FF0C', { tlv: new Uint8Array(0) }))).toBe(0x02);
  await register.call('8D', { type: 0 });
  expect(await refused(register.call('8D', { type: 0 }))).toBe(0x4a);
  expect(await refused(register.call('41', {}))).toBe(0x4a);
  expect(await refused(register.call('FF41', {}))).toBe(0x4a);
  await expect(register.readDocument(99)).rejects.toMatchObject({
    code: 'DOCUMENT_NOT_FOUND',
    outcome: 'refused',
  });
  const { text } = await register.call('6B', { error: 0x4e });
  expect(text).toContain('24 часов');
  await one.close();
});

test('an aborted signal stops a call before its first byte', async () => {
  const one = await bench();
  const before = one.kkt.records.entries.length;
  await expect(
    one.register.registerReceipt(sale, { ...key(), signal: AbortSignal.abort() }),
  ).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
  expect(one.kkt.records.entries.length).toBe(before);
  await one.register.close();
  await expect(one.register.status()).rejects.toMatchObject({ code: 'REGISTER_CLOSED', outcome: 'not-sent' });
  await one.close();
});

test('calls of several callers are queued', async () => {
  const one = await bench();
  const results = await Promise.all(
    Array.from({ length: 5 }, () => one.register.registerReceipt(sale, key())),
  );
  expect(results.map(({ fiscalDocumentNumber }) => fiscalDocumentNumber)).toEqual([3, 4, 5, 6, 7]);
  await one.close();
});

test('a register that turns 20 % into 22 %: a receipt of 20 % is refused, others are not', async () => {
  const one = await bench();
  one.kkt.tables.set(17, 1, 71, 1);
  const old = { ...sale, lines: sale.lines.map((each) => ({ ...each, vat: '20' as const })) };
  await expect(one.register.registerReceipt(old, key())).rejects.toMatchObject({
    code: 'RECEIPT_NOT_SUPPORTED',
    outcome: 'not-sent',
    path: 'receipt/lines[0]/vat',
  });
  await one.register.registerReceipt(sale, key());
  expect(one.receipts()).toBe(1);
  await one.close();
});
