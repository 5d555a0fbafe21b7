import { manualClock } from '@elcert/core';
import { decodeDocument, numberOf, tagValue } from '@elcert/fiscal-doc';
import { afterEach, expect, test } from 'vitest';
import { createEmulatedFn } from '../../src/fn/index.js';
import { registrationOf } from '../../src/shtrih-m/index.js';
import { type Bench, bench, key, sale } from '../shtrih-m-day.js';

const open: Bench[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
const start = async (...options: Parameters<typeof bench>) => {
  const one = await bench(...options);
  open.push(one);
  return one;
};

const request = {
  inn: '7700000009',
  taxation: ['general'],
  requisites: { sellerAddress: 'shop@example.com' },
} as const;

test('a drive is replaced: closed with an empty queue, the new one begins with the reason, the old one never comes back', async () => {
  const clock = manualClock();
  const { register, kkt } = await start({ clock, shift: false });
  const old = kkt.fn;
  const { kktRegistrationNumber = '' } = old.registration ?? {};
  // The registration report still waits for the operator.
  await expect(
    register.registration.register(
      { ...request, kind: 'changed', kktRegistrationNumber, modes: ['offline'] },
      key(),
    ),
  ).rejects.toMatchObject({ outcome: 'refused', details: { result: 0x02 } });
  kkt.replaceDrive(createEmulatedFn({ clock, seed: 'offline', timeZone: 'Europe/Moscow' }));
  const first = await register.registration.register(
    { ...request, kind: 'driveReplaced', kktRegistrationNumber, modes: ['offline'] },
    key(),
  );
  expect(first).toMatchObject({ documentCode: 11, fiscalDocumentNumber: 1 });
  const { tags } = decodeDocument(kkt.fn.document(1)?.bytes ?? new Uint8Array(0));
  // The drive, and that the register has no operator any more.
  expect(numberOf(tags, 1205)).toBe(0x21);
  expect(tagValue(tags, 1002)).toBe(true);
  await register.openShift(undefined, key());
  await register.registerReceipt(sale, key());
  await register.closeShift(undefined, key());
  expect(await register.registration.closeDrive(key())).toMatchObject({ documentCode: 6 });
  const closed = kkt.fn;
  expect(closed.status().phase).toBe('archive');
  await expect(register.openShift(undefined, key())).rejects.toMatchObject({ outcome: 'refused' });

  kkt.replaceDrive(createEmulatedFn({ clock, seed: 'third', timeZone: 'Europe/Moscow' }));
  await register.registration.register(
    {
      ...request,
      kind: 'driveReplaced',
      kktRegistrationNumber,
      requisites: { ...request.requisites, ofdInn: '7700000016', ofdName: 'Учебный ОФД' },
    },
    key(),
  );
  await register.openShift(undefined, key());
  expect(await register.registerReceipt(sale, key())).toMatchObject({
    fiscalDriveNumber: kkt.fn.fiscalDriveNumber,
    fiscalDocumentNumber: 3,
  });
  expect(kkt.fn.status().unsentDocuments).toBe(3);
  await register.closeShift(undefined, key());
  kkt.replaceDrive(closed);
  await expect(
    register.registration.register({ ...request, kind: 'driveReplaced', kktRegistrationNumber }, key()),
  ).rejects.toMatchObject({ outcome: 'refused' });
});

test('an offline register keeps its notifications of marked products until a host has taken them out', async () => {
  const clock = manualClock();
  const fn = createEmulatedFn({ clock, seed: 'o', timeZone: 'Europe/Moscow' });
  const { register, kkt } = await start({ clock, shift: false, emulator: { fn } });
  fn.register({
    ...registrationOf({ merchant: { inn: '7700000009', name: 'ООО', address: 'А', place: 'М' } } as never),
    modes: ['offline'],
    ofd: { inn: '', name: '' },
  });
  await register.openShift(undefined, key());
  const code = `0104600000000008215Qbag!\x1d91EE05\x1d92${'A'.repeat(44)}`;
  expect(await register.marking.check({ code, plannedStatus: 'pieceSold' })).toMatchObject({ online: false });
  const result = await register.marking.accept();
  expect(result).toBe(19);
  const [line] = sale.lines;
  await register.registerReceipt(
    {
      ...sale,
      lines: [{ ...line, subject: 'markedWithCode', markingCheck: result, markingCode: code }],
      payments: { electronic: 150_000 },
    } as never,
    key(),
  );
  const kept = await register.notifications.read();
  expect(kept).toHaveLength(1);
  expect(decodeDocument(kept[0]?.bytes ?? new Uint8Array(0)).code).toBe(82);
  for (const one of kept) await register.notifications.confirm(one);
  expect(await register.notifications.read()).toEqual([]);
  expect(kkt.fn.marking.waiting).toEqual([]);
  expect(kkt.fn.nextContainer()).toBeUndefined();
});

test('the queue is full, the archive is full: refused with the codes of the drive', async () => {
  const clock = manualClock();
  const fn = createEmulatedFn({ clock, seed: 'q', timeZone: 'Europe/Moscow', queueCapacity: 3 });
  const { register } = await start({ clock, shift: false, emulator: { fn } });
  fn.register(
    registrationOf({ merchant: { inn: '7700000009', name: 'О', address: 'А', place: 'М' } } as never),
  );
  await register.openShift(undefined, key());
  await register.registerReceipt(sale, key());
  await expect(register.registerReceipt(sale, key())).rejects.toMatchObject({
    outcome: 'refused',
    details: { result: 0x14 },
  });
  await register.closeShift(undefined, key());
});
