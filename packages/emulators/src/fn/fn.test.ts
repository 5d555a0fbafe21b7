import { concatBytes, fromHex, type ManualClock, manualClock, toHex } from '@elcert/core';
import { decodeDocument, encodeTags, listOf, numberOf, tagValue, textOf } from '@elcert/fiscal-doc';
import { decodeContainer, encodeContainer, splitContainerData } from '@elcert/ofd-transport/ru';
import { describe, expect, it } from 'vitest';
import { closeShift, openShift, receiptTlv, registration, sell, testFn } from '../../test/fiscal.js';
import { replyContainer } from '../ofd-ru/reply.js';
import { createEmulatedFn, type EmulatedFn, FnRefusal, fnCodes, fnWarnings } from './index.js';

const day = 24 * 3600 * 1000;

function codeOf(action: () => unknown): number | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof FnRefusal) return error.fnCode;
    throw error;
  }
  return undefined;
}

/** The reply that the emulated operator would give to the drive's next document. */
function goodReply(fn: EmulatedFn, wrong?: string): Uint8Array {
  const container = fn.nextContainer();
  if (container === undefined) throw new Error('nothing waits');
  const request = decodeContainer(container.bytes);
  const { document, messageSign } = splitContainerData(request.data, request.documentCode);
  if (messageSign === undefined) throw new Error('no sign');
  return replyContainer(
    request,
    {
      ofdInn: '7700000016',
      dateTime: '2026-01-12T12:00:00',
      responseCode: 0,
      operatorMessage: 0,
      alwaysTellCode: false,
      confirmed: { document, messageSign },
    },
    wrong,
  );
}

function confirmAll(fn: EmulatedFn): void {
  while (fn.nextContainer() !== undefined) fn.loadReply(goodReply(fn));
}

/** Goes on by days, a day at a time, with the shift closed. */
async function days(clock: ManualClock, count: number): Promise<void> {
  await clock.advance(count * day);
}

describe('the life of a drive', () => {
  it('ready → fiscal → post-fiscal → archive', () => {
    const fn = createEmulatedFn({ clock: manualClock(), seed: 1, timeZone: 'Europe/Moscow' });
    expect(fn.status()).toMatchObject({ phase: 'ready', lastFiscalDocumentNumber: 0, unsentDocuments: 0 });
    expect(codeOf(() => fn.begin(2))).toBe(0x02);
    expect(fn.register(registration).fiscalDocumentNumber).toBe(1);
    expect(fn.status().phase).toBe('fiscal');
    openShift(fn);
    expect(codeOf(() => fn.begin(6))).toBe(0x02);
    closeShift(fn);
    fn.begin(6);
    expect(fn.commit()).toMatchObject({ documentCode: 6, fiscalDocumentNumber: 4 });
    expect(fn.status().phase).toBe('post-fiscal');
    expect(codeOf(() => fn.begin(2))).toBe(0x02);
    confirmAll(fn);
    expect(fn.status()).toMatchObject({ phase: 'archive', unsentDocuments: 0 });
  });

  it('registers again with reasons, never with another INN', () => {
    const fn = testFn();
    expect(codeOf(() => fn.register(registration))).toBe(0x3c);
    expect(codeOf(() => fn.register({ ...registration, inn: '7700000016' }, { reasons: 1 }))).toBe(0x19);
    const again = fn.register({ ...registration, place: 'Другое место' }, { reasons: 8 });
    expect(again).toMatchObject({ documentCode: 11, fiscalDocumentNumber: 2 });
    expect(numberOf(decodeDocument(again.bytes).tags, 1205)).toBe(8);
    openShift(fn);
    expect(codeOf(() => fn.register(registration, { reasons: 8 }))).toBe(0x02);
  });

  it('has a number of the mass-size model only', () => {
    const make = (fiscalDriveNumber: string) => () =>
      createEmulatedFn({ clock: manualClock(), seed: 1, timeZone: 'Europe/Moscow', fiscalDriveNumber });
    expect(make('9999078900000001')().fiscalDriveNumber).toBe('9999078900000001');
    expect(make('9960440301643001')).toThrow(expect.objectContaining({ code: 'FN_NUMBER' }));
  });
});

describe('documents', () => {
  it('have numbers, counters and the data of the registration', () => {
    const fn = testFn();
    openShift(fn);
    sell(fn, { contact: 'buyer@example.com' });
    const second = sell(fn);
    expect(second).toMatchObject({
      documentCode: 3,
      fiscalDocumentNumber: 4,
      shiftNumber: 1,
      receiptNumber: 2,
      settlementType: 'sale',
      totalSum: 150_000,
      dateTime: '2026-01-12T12:00',
    });
    const { tags, ffdVersion } = decodeDocument(second.bytes);
    expect(ffdVersion).toBe('1.2');
    expect(textOf(tags, 1041)).toBe(fn.fiscalDriveNumber);
    expect(textOf(tags, 1037)).toBe(registration.kktRegistrationNumber);
    expect(textOf(tags, 1018)).toBe(registration.inn);
    expect(textOf(tags, 1187)).toBe(registration.place);
    expect([1040, 1038, 1042].map((tag) => numberOf(tags, tag))).toEqual([4, 1, 2]);
    expect(textOf(decodeDocument(fn.document(3)?.bytes ?? new Uint8Array()).tags, 1117)).toBe(
      'shop@example.com',
    );
    closeShift(fn);
    openShift(fn);
    expect(sell(fn)).toMatchObject({ shiftNumber: 2, receiptNumber: 1, fiscalDocumentNumber: 7 });
  });

  it('of a shift are counted in its closing', () => {
    const fn = testFn();
    openShift(fn);
    sell(fn, { cash: 50_000 });
    sell(fn, { settlement: 2 });
    fn.begin(31);
    fn.add(
      concatBytes(
        receiptTlv(),
        encodeTags([
          { tag: 1173, value: 0 },
          { tag: 1174, value: [{ tag: 1178, value: '2026-01-10' }] },
        ]),
      ),
    );
    fn.commit();
    closeShift(fn);
    openShift(fn);
    sell(fn);
    const { tags } = decodeDocument(closeShift(fn).bytes);
    expect([1111, 1118].map((tag) => numberOf(tags, tag))).toEqual([3, 1]);
    const all = listOf(tags, 1157) ?? [];
    const shift = listOf(tags, 1194) ?? [];
    expect(numberOf(all, 1134)).toBe(4);
    expect(numberOf(shift, 1134)).toBe(1);
    expect(numberOf(listOf(all, 1129) ?? [], 1201)).toBe(300_000);
    expect(numberOf(listOf(all, 1129) ?? [], 1136)).toBe(50_000);
    expect(numberOf(listOf(all, 1130) ?? [], 1135)).toBe(1);
    expect(numberOf(listOf(all, 1133) ?? [], 1144)).toBe(1);
    // The closing report itself is not counted.
    expect(numberOf(tags, 1097)).toBe(8);
  });

  it('are the same for the same seed, and others for another', () => {
    const bytes = (seed: number) => {
      const fn = testFn(manualClock(), seed);
      openShift(fn);
      sell(fn);
      return fn.documents().map((document) => toHex(document.bytes));
    };
    expect(bytes(1)).toEqual(bytes(1));
    expect(bytes(1)).not.toEqual(bytes(2));
  });

  it('carry placeholder signs that say so', () => {
    const fn = testFn();
    openShift(fn);
    const receipt = sell(fn);
    const sign = tagValue(decodeDocument(receipt.bytes).tags, 1077) as Uint8Array;
    expect(toHex(sign.subarray(0, 3))).toBe('3104ec');
    expect(receipt.fiscalSign >>> 24).toBe(0xec);
    confirmTo(fn, 3);
    const { messageSign, trailer } = splitContainerData(
      decodeContainer(fn.nextContainer()?.bytes ?? new Uint8Array()).data,
      3,
    );
    expect(toHex(messageSign ?? new Uint8Array()).slice(0, 10)).toBe('8106454d55');
    expect(toHex(trailer)).toBe('0000');
  });
});

function confirmTo(fn: EmulatedFn, next: number): void {
  while (fn.status().firstUnsentNumber !== next) fn.loadReply(goodReply(fn));
}

describe('what a drive refuses', () => {
  const open = () => {
    const fn = testFn();
    openShift(fn);
    fn.begin(3);
    return fn;
  };
  const commit = (tlv: Uint8Array) => () => {
    const fn = open();
    fn.add(tlv);
    fn.commit();
  };
  it.each([
    ['a receipt without a total', 0x3c, commit(receiptTlv({ without: [1020] }))],
    ['a receipt without lines', 0x3c, commit(receiptTlv({ without: [1059] }))],
    [
      'payments that do not add up',
      0x09,
      commit(concatBytes(receiptTlv({ without: [1081] }), encodeTags([{ tag: 1081, value: 1 }]))),
    ],
    [
      'a line without a unit',
      0x3c,
      commit(concatBytes(receiptTlv(), encodeTags([{ tag: 1059, value: [{ tag: 1030, value: 'x' }] }]))),
    ],
    [
      'a taxation that was not registered',
      0x19,
      commit(concatBytes(receiptTlv({ without: [1055] }), encodeTags([{ tag: 1055, value: 32 }]))),
    ],
    [
      'two taxations at once',
      0x18,
      commit(concatBytes(receiptTlv({ without: [1055] }), encodeTags([{ tag: 1055, value: 3 }]))),
    ],
    ['an unknown settlement type', 0x18, commit(receiptTlv({ settlement: 5 }))],
    ['half a TLV', 0x18, () => open().add(fromHex('0704ff00'))],
    ['a requisite of its own', 0x0b, () => open().add(encodeTags([{ tag: 1042, value: 1 }]))],
    ['another INN', 0x19, () => open().add(encodeTags([{ tag: 1018, value: '7700000016' }]))],
    [
      'more than 32 KB',
      0x10,
      () =>
        open().add(
          receiptTlv({
            lines: Array.from({ length: 250 }, () => ({ name: 'x'.repeat(100), price: 100, quantity: '1' })),
          }),
        ),
    ],
    ['a second document', 0x02, () => open().begin(3)],
    [
      'a second shift',
      0x02,
      () => {
        const fn = open();
        fn.cancel();
        fn.begin(2);
      },
    ],
    [
      'a form that it does not make',
      0x0a,
      () => {
        const fn = open();
        fn.cancel();
        fn.begin(7);
      },
    ],
    ['requisites without a document', 0x02, () => testFn().add(receiptTlv())],
    ['a receipt with a closed shift', 0x02, () => testFn().begin(3)],
    [
      'a time that is none',
      0x07,
      () => {
        const fn = testFn();
        fn.begin(2);
        fn.commit({ dateTime: 'today' });
      },
    ],
    [
      'a time seven minutes off while a shift is open',
      0x17,
      () => {
        const fn = testFn();
        openShift(fn);
        fn.begin(5);
        fn.commit({ dateTime: '2026-01-12T12:07' });
      },
    ],
    [
      'a time before the last document',
      0x17,
      () => {
        const fn = testFn();
        fn.begin(2);
        fn.commit({ dateTime: '2026-01-12T11:58' });
      },
    ],
  ])('%s', (_name, code, action) => {
    expect(codeOf(action)).toBe(code);
  });

  it('and is the same afterwards: what was missing can be added', () => {
    const fn = open();
    fn.add(receiptTlv({ without: [1020] }));
    expect(codeOf(() => fn.commit())).toBe(0x3c);
    expect(fn.status()).toMatchObject({ openDocument: 3, lastFiscalDocumentNumber: 2, receiptNumber: 0 });
    fn.add(encodeTags([{ tag: 1020, value: 150_000 }]));
    expect(fn.commit().fiscalDocumentNumber).toBe(3);
  });

  it('names its codes in Russian for the till', () => {
    expect(new Set(fnCodes.map(({ code }) => code)).size).toBe(fnCodes.length);
    expect(new FnRefusal(0x16, 'x').toJSON()).toMatchObject({
      code: 'FN_REFUSED',
      outcome: 'refused',
      userMessage: 'Смена длится больше 24 часов: закройте смену.',
    });
  });
});

describe('time', () => {
  it('a shift of 24 hours can only be closed', async () => {
    const clock = manualClock();
    const fn = testFn(clock);
    openShift(fn);
    await clock.advance(day - 1000);
    expect(fn.status().shiftExpired).toBe(false);
    fn.begin(3);
    fn.add(receiptTlv());
    await clock.advance(1000);
    expect(fn.status().shiftExpired).toBe(true);
    expect(codeOf(() => fn.commit())).toBe(0x16);
    fn.cancel();
    expect(codeOf(() => fn.begin(3))).toBe(0x16);
    expect(closeShift(fn).documentCode).toBe(5);
  });

  it('a register is set right between shifts; within one its clock goes as the drive’s', async () => {
    const clock = manualClock();
    const fn = testFn(clock);
    fn.begin(2);
    expect(fn.commit({ dateTime: '2026-01-12T15:00' }).dateTime).toBe('2026-01-12T15:00');
    await clock.advance(3600_000);
    fn.begin(5);
    expect(codeOf(() => fn.commit({ dateTime: '2026-01-12T15:30' }))).toBe(0x17);
    expect(fn.commit({ dateTime: '2026-01-12T16:03' }).dateTime).toBe('2026-01-12T16:03');
  });

  it('warns after two days without the operator and stops after thirty', async () => {
    const clock = manualClock();
    const fn = testFn(clock);
    await days(clock, 2);
    expect(fn.status()).toMatchObject({
      warnings: fnWarnings.ofdTimeout,
      firstUnsentNumber: 1,
      firstUnsentAt: '2026-01-12T12:00',
    });
    expect(tagValue(decodeDocument(openShift(fn).bytes).tags, 1053)).toBe(true);
    closeShift(fn);
    await days(clock, 28);
    expect(codeOf(() => fn.begin(2))).toBe(0x15);
    confirmAll(fn);
    expect(fn.status().warnings).toBe(0);
    expect(openShift(fn).shiftNumber).toBe(2);
  });

  it('keys end: a warning a month and three days before, then a stop', async () => {
    const clock = manualClock();
    const fn = createEmulatedFn({ clock, seed: 1, timeZone: 'Europe/Moscow', registration, keyLifeDays: 40 });
    confirmAll(fn);
    await days(clock, 10);
    expect(fn.status().warnings).toBe(fnWarnings.exhaustion);
    await days(clock, 27);
    expect(fn.status().warnings).toBe(fnWarnings.exhaustion | fnWarnings.urgentReplacement);
    await days(clock, 3);
    expect(fn.status().warnings & fnWarnings.critical).toBe(fnWarnings.critical);
    expect(codeOf(() => fn.begin(2))).toBe(0x05);
  });

  it('a full archive stops', () => {
    const fn = createEmulatedFn({
      clock: manualClock(),
      seed: 1,
      timeZone: 'Europe/Moscow',
      registration,
      capacity: 2,
    });
    openShift(fn);
    expect(fn.status()).toMatchObject({
      warnings: fnWarnings.memory | fnWarnings.critical,
      documentsLeft: 0,
    });
    expect(codeOf(() => fn.begin(3))).toBe(0x06);
    // Closing the shift and the drive is left, so that another one can take its place.
    expect(closeShift(fn).documentCode).toBe(5);
    expect(codeOf(() => fn.begin(2))).toBe(0x06);
    confirmAll(fn);
    fn.begin(6);
    expect(fn.commit().documentCode).toBe(6);
  });
});

describe('replies of the operator', () => {
  it.each([
    ['wrong-fn', 'a reply to another drive'],
    ['wrong-fd', 'a reply about document 2, 1 waits'],
    ['wrong-crc', 'wrong check sum of the container'],
    ['wrong-sign', 'wrong operator sign (tag 1078)'],
  ])('%s is refused with its reason', (wrong, reason) => {
    const fn = testFn();
    const reply = goodReply(fn, wrong);
    expect(codeOf(() => fn.loadReply(reply))).toBe(0x20);
    expect(fn.replies.at(-1)).toMatchObject({ accepted: false, reason });
    fn.loadReply(goodReply(fn));
    expect(fn.confirmed(1)).toBe(true);
  });

  it('are not taken twice, and not out of order', () => {
    const fn = testFn();
    openShift(fn);
    const first = goodReply(fn);
    fn.loadReply(first);
    expect(codeOf(() => fn.loadReply(first))).toBe(0x20);
    expect(fn.replies.at(-1)?.reason).toBe('a reply about document 1, 2 waits');
    expect(fn.confirmed(1)).toBe(true);
    expect(fn.confirmed(2)).toBe(false);
    confirmAll(fn);
    expect(codeOf(() => fn.loadReply(first))).toBe(0x20);
  });

  it('of the right size and wrong content are refused', () => {
    const fn = testFn();
    const request = decodeContainer(fn.nextContainer()?.bytes ?? new Uint8Array());
    const make = (data: Uint8Array, documentCode = 7) => encodeContainer({ ...request, documentCode, data });
    for (const reply of [
      make(fromHex('07000000'), 3),
      make(fromHex('0300')),
      make(fromHex('07000000')),
      fn.nextContainer()?.bytes ?? new Uint8Array(),
    ])
      expect(codeOf(() => fn.loadReply(reply))).toBe(0x20);
    expect(fn.status().unsentDocuments).toBe(1);
  });
});
