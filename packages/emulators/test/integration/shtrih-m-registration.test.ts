import { systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { decodeDocument, numberOf, type RegistrationRequest, textOf } from '@elcert/fiscal-doc';
import { deliverAll } from '@elcert/ofd-transport/ru';
import { afterEach, expect, test } from 'vitest';
import { createEmulatedFn, registrationNumber } from '../../src/fn/index.js';
import { createLedger, tcpAddressOf } from '../../src/kernel/index.js';
import { startOfdRu } from '../../src/ofd-ru/index.js';
import { type Bench, bench, key, sale } from '../shtrih-m-day.js';

const open: Bench[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A register whose drive was never registered. */
async function fresh(options: Parameters<typeof bench>[0] = {}) {
  const fn = createEmulatedFn({ clock: systemClock(), seed: 5, timeZone: 'Europe/Moscow' });
  const one = await bench({ shift: false, ...options, emulator: { fn } });
  open.push(one);
  return one;
}

const request: RegistrationRequest = {
  kind: 'first',
  inn: '7700000009',
  kktRegistrationNumber: registrationNumber(1, '7700000009', '0000000000000001'),
  taxation: ['general', 'patent'],
  requisites: {
    user: 'ООО "Ортосалон"',
    retailPlaceAddress: '101000, г. Москва, ул. Мясницкая, д. 1',
    retailPlace: 'Ортосалон',
    ofdInn: '7700000016',
    ofdName: 'Учебный ОФД',
    sellerAddress: 'shop@example.com',
    usageConditionSigns: 0x100,
  },
};

test('a drive goes from ready into its fiscal phase, sells, and changes its registration', async () => {
  const { register, kkt } = await fresh();
  expect(kkt.fn.status().phase).toBe('ready');
  expect(await register.identity()).toMatchObject({ inn: undefined });
  expect(await register.registration.read()).toBeUndefined();
  const first = await register.registration.register(request, key());
  expect(first).toMatchObject({ documentCode: 1, fiscalDocumentNumber: 1 });
  expect(kkt.fn.status().phase).toBe('fiscal');
  expect(await register.identity()).toMatchObject({
    inn: '7700000009',
    kktRegistrationNumber: request.kktRegistrationNumber,
  });
  const { tags } = decodeDocument(await register.readDocument(1));
  expect(textOf(tags, 1048)).toBe('ООО "Ортосалон"');
  expect(numberOf(tags, 1062)).toBe(33);
  expect(numberOf(tags, 1290)).toBe(0x100);

  await register.openShift(undefined, key());
  await register.registerReceipt(sale, key());
  await expect(register.registration.register({ ...request, kind: 'changed' }, key())).rejects.toMatchObject({
    code: 'SHIFT_OPEN',
  });
  await register.closeShift(undefined, key());

  const changed = await register.registration.register(
    {
      ...request,
      kind: 'changed',
      reason: 3,
      taxation: ['general'],
      requisites: { retailPlace: 'Другой зал' },
    },
    key(),
  );
  expect(changed).toMatchObject({ documentCode: 11, fiscalDocumentNumber: 5 });
  expect(numberOf(decodeDocument(await register.readDocument(5)).tags, 1205)).toBe(0x0c);
  expect(await register.registration.read()).toMatchObject({
    fiscalDocumentNumber: 5,
    fiscalSign: changed.fiscalSign,
    taxation: ['general'],
    modes: [],
  });
  expect(await register.call('FF4C', { report: 1 })).toMatchObject({ taxation: 33 });
  expect(kkt.fn.registration).toMatchObject({ place: 'Другой зал', userName: 'ООО "Ортосалон"' });
});

test.each(['silent-after-effect', 'disconnect', 'drop'] as const)(
  'the answer to FF06 is lost (%s): one registration',
  async (fault) => {
    const { register, kkt } = await fresh({
      faults: [{ at: 'shtrih-m', do: fault, when: { operation: 'FF06', nth: 1 } }],
      driver: { answerTimeoutMs: 800 },
    });
    expect(await register.registration.register(request, key())).toMatchObject({ fiscalDocumentNumber: 1 });
    expect(kkt.fn.documents()).toHaveLength(1);
  },
);

test('a requisite is missing: refused, and nothing is left begun', async () => {
  const { register, kkt } = await fresh();
  const { sellerAddress: _, ...rest } = request.requisites ?? {};
  await expect(register.registration.register({ ...request, requisites: rest }, key())).rejects.toMatchObject(
    {
      outcome: 'refused',
      details: { command: 'FF06', result: 0xaa },
    },
  );
  expect(kkt.fn.status().phase).toBe('ready');
  await expect(
    register.call('FF06', { inn: '', registrationNumber: '', taxation: 1, workMode: 0 }),
  ).rejects.toMatchObject({
    details: { result: 2 },
  });
});

test.each([
  [{ inn: '77' }, 'registration/inn'],
  [{ kktRegistrationNumber: '1' }, 'registration/kktRegistrationNumber'],
  [{ taxation: [] }, 'registration/taxation'],
  [{ modes: ['vending' as 'offline'] }, 'registration/modes'],
  [{ taxation: ['osn' as 'general'] }, 'registration/taxation'],
  [{ reason: 1 }, 'registration/reason'],
] as const)('%o is not sent', async (part, path) => {
  const { register, count } = await fresh();
  await expect(register.registration.register({ ...request, ...part }, key())).rejects.toMatchObject({
    code: 'REGISTRATION_INVALID',
    outcome: 'not-sent',
    path,
  });
  expect(count('FF05')).toBe(0);
});

test('settlements report with an open shift; a drive is closed only when the operator has everything', async () => {
  const { register, kkt } = await fresh();
  await register.registration.register(request, key());
  await register.openShift(undefined, key());
  const report = await register.settlementReport(key());
  expect(report).toMatchObject({ documentCode: 21, fiscalDocumentNumber: 3 });
  await expect(register.registration.closeDrive(key())).rejects.toMatchObject({ code: 'SHIFT_OPEN' });
  await register.closeShift(undefined, key());
  await expect(register.registration.closeDrive(key())).rejects.toMatchObject({
    code: 'UNSENT_DOCUMENTS',
    outcome: 'refused',
  });
  expect(kkt.fn.status().phase).toBe('fiscal');

  const clock = systemClock();
  const ofd = await startOfdRu({ clock, seed: 7, ledger: createLedger() });
  const deliver = () => deliverAll(register.fnMessages, { connect: () => openTcp(tcpAddressOf(ofd)), clock });
  expect(await deliver()).toEqual({ delivered: 4, stoppedBy: undefined });
  kkt.faults.add({ at: 'shtrih-m', do: 'disconnect', when: { operation: 'FF3E', nth: 1 } });
  expect(await register.registration.closeDrive(key())).toMatchObject({
    documentCode: 6,
    fiscalDocumentNumber: 5,
  });
  expect(kkt.fn.documents()).toHaveLength(5);
  // The last document still has to reach the operator; then the drive is an archive, and registers no more.
  expect(await deliver()).toEqual({ delivered: 1, stoppedBy: undefined });
  expect(kkt.fn.status().phase).toBe('archive');
  await expect(register.registration.register(request, key())).rejects.toMatchObject({ outcome: 'refused' });
  await ofd.stop();
});
