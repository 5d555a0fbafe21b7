import { type Clock, type Kopecks, manualClock, multiplyKopecks, sumKopecks } from '@elcert/core';
import { encodeTags, type TagEntry } from '@elcert/fiscal-doc';
import {
  createEmulatedFn,
  type EmulatedFn,
  type FnRegistration,
  registrationNumber,
} from '../src/fn/index.js';

export const registration: FnRegistration = {
  kktRegistrationNumber: registrationNumber(1, '7700000009', '0000000001'),
  kktSerialNumber: '0000000001',
  inn: '7700000009',
  userName: 'ООО "Ортосалон"',
  address: '101000, г. Москва, ул. Мясницкая, д. 1',
  place: 'Ортосалон на Мясницкой',
  taxation: 1,
  ofd: { inn: '7700000016', name: 'Учебный ОФД' },
  cashier: 'Иванова А. А.',
  senderEmail: 'shop@example.com',
  kktVersion: '001',
  usageConditions: 0,
};

export function testFn(clock: Clock = manualClock(), seed: number | string = 1): EmulatedFn {
  return createEmulatedFn({ clock, seed, timeZone: 'Europe/Moscow', registration });
}

export interface TestReceipt {
  readonly settlement?: number;
  readonly lines?: readonly { readonly name: string; readonly price: Kopecks; readonly quantity: string }[];
  readonly cash?: Kopecks;
  readonly contact?: string;
  /** Tags to leave out, to see what is missed. */
  readonly without?: readonly number[];
  readonly extra?: readonly TagEntry[];
}

/** The requisites of a receipt that a register sends to its drive. */
export function receiptTlv({
  settlement = 1,
  lines = [{ name: 'Трость опорная', price: 150_000, quantity: '1' }],
  cash = 0,
  contact,
  without = [],
  extra = [],
}: TestReceipt = {}): Uint8Array {
  const amounts = lines.map(({ price, quantity }) => multiplyKopecks(price, quantity));
  const total = sumKopecks(amounts);
  const tags: TagEntry[] = [
    { tag: 1054, value: settlement },
    { tag: 1055, value: 1 },
    { tag: 1021, value: 'Иванова А. А.' },
    ...lines.map(({ name, price, quantity }, index) => ({
      tag: 1059,
      value: [
        { tag: 1030, value: name },
        { tag: 1079, value: price },
        { tag: 1023, value: quantity },
        { tag: 2108, value: 0 },
        { tag: 1043, value: amounts[index] as number },
        { tag: 1199, value: 6 },
        { tag: 1214, value: 4 },
        { tag: 1212, value: 1 },
      ],
    })),
    { tag: 1020, value: total },
    { tag: 1031, value: cash },
    { tag: 1081, value: total - cash },
    { tag: 1215, value: 0 },
    { tag: 1216, value: 0 },
    { tag: 1217, value: 0 },
    { tag: 1105, value: total },
    ...(contact === undefined ? [] : [{ tag: 1008, value: contact }]),
    ...extra,
  ];
  return encodeTags(
    tags.filter(({ tag }) => !without.includes(tag)),
    { ffdVersion: '1.2', document: 3 },
  );
}

export function openShift(fn: EmulatedFn) {
  fn.begin(2);
  return fn.commit();
}

export function closeShift(fn: EmulatedFn) {
  fn.begin(5);
  return fn.commit();
}

export function sell(fn: EmulatedFn, receipt?: TestReceipt) {
  fn.begin(3);
  fn.add(receiptTlv(receipt));
  return fn.commit();
}
