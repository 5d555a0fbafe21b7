import { concatBytes, fromHex, type ManualClock, manualClock } from '@elcert/core';
import { decodeDocument, encodeTags, listOf, numberOf, tagValue, textOf } from '@elcert/fiscal-doc';
import { validateDocument } from '@elcert/fiscal-doc/rules';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeShift, openShift, receiptTlv, registration, sell } from '../../test/fiscal.js';
import {
  atolFnCodes,
  createEmulatedFn,
  type EmulatedFn,
  type EmulatedFnOptions,
  explainFnCode,
  FnRefusal,
  type FnRegistration,
  fnCodes,
  fnWarnings,
  keyTermOf,
} from './index.js';

const day = 24 * 3600 * 1000;

function make(options: Partial<EmulatedFnOptions> = {}, clock: ManualClock = manualClock()): EmulatedFn {
  return createEmulatedFn({ clock, seed: 1, timeZone: 'Europe/Moscow', ...options });
}

function codeOf(action: () => unknown): number | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof FnRefusal) return error.fnCode;
    throw error;
  }
  return undefined;
}

const errorsOf = (bytes: Uint8Array) =>
  validateDocument(decodeDocument(bytes)).filter(({ severity }) => severity === 'error');

const offline: FnRegistration = { ...registration, modes: ['offline'], ofd: { inn: '', name: '' } };

describe('without an operator', () => {
  it('nothing waits, nobody stops it after 30 days, and the drive goes into its archive at once', async () => {
    const clock = manualClock();
    const fn = make({ registration: offline, keyLifeDays: 400 }, clock);
    expect(fn.status()).toMatchObject({ offline: true, unsentDocuments: 0, firstUnsentNumber: undefined });
    const first = decodeDocument(fn.document(1)?.bytes ?? new Uint8Array());
    expect([tagValue(first.tags, 1002), tagValue(first.tags, 1017)]).toEqual([true, undefined]);
    for (let month = 0; month < 3; month += 1) {
      openShift(fn);
      sell(fn);
      closeShift(fn);
      await clock.advance(31 * day);
      expect(fn.status().warnings).toBe(0);
    }
    expect(fn.nextContainer()).toBeUndefined();
    expect(codeOf(() => fn.loadReply(fromHex('00')))).toBe(0x20);
    fn.begin(21);
    expect(tagValue(decodeDocument(fn.commit().bytes).tags, 1002)).toBe(true);
    fn.begin(6);
    fn.commit();
    expect(fn.status().phase).toBe('archive');
    for (const { bytes } of fn.documents()) expect(errorsOf(bytes)).toEqual([]);
  });

  it('goes over to an operator and back, but not while documents wait', () => {
    const fn = make({ registration: offline });
    fn.register(registration, { reasons: 0x10 });
    expect(fn.status()).toMatchObject({ offline: false, unsentDocuments: 1, firstUnsentNumber: 2 });
    expect(codeOf(() => fn.register(offline, { reasons: 0x20 }))).toBe(0x02);
  });

  it('keeps notifications of marked products until a host takes them', () => {
    const fn = make({ registration: { ...offline, usageConditions: 0x100 } });
    openShift(fn);
    const code = new TextEncoder().encode(`0104600000000008215Qbag!\x1d91EE05\x1d92${'A'.repeat(44)}`);
    fn.marking.check(code);
    expect(codeOf(() => fn.marking.answer(15))).toBe(0x33);
    // 3 found by the drive, 16 because nobody else was asked.
    expect(fn.marking.accept()).toBe(19);
    const { product, result } = fn.marking.bound(code);
    fn.begin(3);
    fn.add(receiptTlv({ without: [1059] }));
    fn.add(
      encodeTags(
        [
          {
            tag: 1059,
            value: [
              { tag: 1030, value: 'Обувь' },
              { tag: 1079, value: 150_000 },
              { tag: 1023, value: '1' },
              { tag: 2108, value: 0 },
              { tag: 1043, value: 150_000 },
              { tag: 1199, value: 6 },
              { tag: 1214, value: 4 },
              { tag: 1212, value: 33 },
              { tag: 1163, value: [{ tag: product.tag, value: product.value }] },
              { tag: 2102, value: 0 },
              { tag: 2106, value: result },
            ],
          },
        ],
        { document: 3, ffdVersion: '1.2' },
      ),
    );
    fn.commit();
    const [first] = fn.marking.waiting;
    expect(first?.number).toBe(1);
    expect(errorsOf(first?.bytes ?? new Uint8Array())).toEqual([]);
    expect(numberOf(decodeDocument(closeShift(fn).bytes).tags, 2104)).toBe(1);
    expect(codeOf(() => fn.marking.taken(2))).toBe(0x09);
    fn.marking.taken(1);
    expect(fn.marking.waiting).toEqual([]);
  });
});

describe('memory and signs run out', () => {
  it('documents for the operator: 14h, until he has taken some', () => {
    const fn = make({ registration, queueCapacity: 3 });
    openShift(fn);
    expect(fn.status()).toMatchObject({ queueLeft: 1, warnings: 0 });
    sell(fn);
    expect(fn.status()).toMatchObject({ queueLeft: 0, warnings: fnWarnings.memory });
    expect(codeOf(() => fn.begin(3))).toBe(0x14);
    expect(closeShift(fn).documentCode).toBe(5);
  });

  it('signs: 12h, and only closings are left', () => {
    const fn = make({ registration, signs: 2 });
    openShift(fn);
    expect(codeOf(() => fn.begin(3))).toBe(0x12);
    expect(fn.status().warnings).toBe(fnWarnings.critical);
    closeShift(fn);
    expect(codeOf(() => fn.register(registration, { reasons: 8 }))).toBe(0x12);
  });
});

describe('term of the keys', () => {
  const goods = { taxation: 1, usageConditions: 0 };
  it.each([
    ['13 months, general taxation', 13, goods, 410],
    ['15 months, general taxation', 15, goods, 470],
    ['15 months, excise goods', 15, { ...goods, usageConditions: 0x40 }, 410],
    ['15 months, offline', 15, { ...goods, modes: ['offline'] }, 410],
    ['15 months, general taxation beside a special one', 15, { ...goods, taxation: 1 | 2 }, 470],
    ['15 months, a special one in seasons', 15, { taxation: 2, usageConditions: 0, seasonal: true }, 470],
    ['15 months, an agent under a special one', 15, { taxation: 2, usageConditions: 0, agent: true }, 470],
    ['36 months, a special one', 36, { taxation: 2, usageConditions: 0 }, 1110],
    ['36 months, services under general taxation', 36, { ...goods, modes: ['services'] }, 1110],
    ['36 months, goods under general taxation', 36, goods, 470],
    ['36 months, offline', 36, { ...goods, modes: ['offline'] }, 560],
    ['36 months, excise goods', 36, { taxation: 2, usageConditions: 0x40 }, 410],
    ['15 months, a special one alone', 15, { taxation: 2, usageConditions: 0 }, undefined],
    ['13 months, services', 13, { ...goods, usageConditions: 0x200 }, undefined],
  ] as const)('%s', (_title, model, use, days) => {
    const term = keyTermOf(model, use);
    expect('days' in term ? term.days : undefined).toBe(days);
  });

  it('is refused with 05h before anything is written, and only shortened by a change', () => {
    const fn = make({ model: 15 });
    expect(codeOf(() => fn.register({ ...registration, taxation: 2 }))).toBe(0x05);
    expect(fn.status().phase).toBe('ready');
    fn.register({ ...registration, taxation: 1 | 2 });
    expect(fn.status().validUntil).toBe('2027-04-27');
    fn.register({ ...registration, taxation: 1, usageConditions: 0x40 }, { reasons: 8 });
    expect(fn.status().validUntil).toBe('2027-02-26');
    fn.register({ ...registration, taxation: 1 }, { reasons: 8 });
    expect(fn.status().validUntil).toBe('2027-02-26');
  });
});

describe('replacement', () => {
  it('a closed drive is never registered again; the new one begins with form 11 and its reason', () => {
    const old = make({ registration: offline });
    old.begin(6);
    old.commit();
    expect(codeOf(() => old.register(offline, { reasons: 1 }))).toBe(0x02);
    expect(codeOf(() => old.begin(2))).toBe(0x02);
    const next = make({ seed: 2 });
    const first = next.register(registration, { reasons: 1 });
    expect(first).toMatchObject({ documentCode: 11, fiscalDocumentNumber: 1 });
    expect(numberOf(decodeDocument(first.bytes).tags, 1205)).toBe(1);
    expect(errorsOf(first.bytes)).toEqual([]);
  });
});

describe('electronic receipts', () => {
  it('name the sender; a register on the internet alone sends every one', () => {
    const fn = make({ registration: { ...registration, modes: ['internet'] } });
    openShift(fn);
    expect(codeOf(() => sell(fn))).toBe(0x3c);
    fn.cancel();
    const { tags } = decodeDocument(sell(fn, { contact: 'buyer@example.com' }).bytes);
    expect([textOf(tags, 1008), textOf(tags, 1117)]).toEqual(['buyer@example.com', 'shop@example.com']);
    expect(numberOf(decodeDocument(fn.document(1)?.bytes ?? new Uint8Array()).tags, 1290)).toBe(0x20);
  });
});

it('an automat has a number, in the report and in receipts', () => {
  const automatic: FnRegistration = { ...registration, modes: ['automatic'] };
  expect(codeOf(() => make({ registration: automatic }))).toBe(0x3c);
  const fn = make({ registration: { ...automatic, automatNumber: 'A-7' } });
  openShift(fn);
  expect(textOf(decodeDocument(sell(fn).bytes).tags, 1036)).toBe('A-7');
  for (const { bytes } of fn.documents()) expect(errorsOf(bytes)).toEqual([]);
});

describe('codes', () => {
  it('every cashier message is a sentence', () => {
    for (const { userMessage } of [...fnCodes, ...atolFnCodes]) expect(userMessage).toMatch(/\.$/);
    for (const { tradeMessage = '.' } of atolFnCodes) expect(tradeMessage).toMatch(/\.$/);
  });

  it('ATOL numbers map to the drive’s own, and both explanations are shown where they differ', () => {
    expect(explainFnCode(212, 'atol')).toMatchObject({ fnCode: 0x02, messages: ['Неверное состояние ФН.'] });
    expect(explainFnCode(0x10)).toMatchObject({ atolCode: 232 });
    for (const code of [210, 211]) {
      const { messages = [] } = explainFnCode(code, 'atol') ?? {};
      expect(messages).toHaveLength(2);
      expect(messages[1]).toContain('шлейф');
    }
    expect(explainFnCode(0x01)?.messages).toHaveLength(2);
    expect(explainFnCode(999)).toBeUndefined();
    expect(new Set(atolFnCodes.map(({ code }) => code)).size).toBe(atolFnCodes.length);
    for (const { fnCode } of atolFnCodes)
      if (fnCode !== undefined) expect(fnCodes.some(({ code }) => code === fnCode)).toBe(true);
  });
});

it('whatever it is registered as, every document passes the validator', () => {
  const modes = fc.subarray(['offline', 'encryption', 'services', 'strictForms', 'automatic'] as const);
  fc.assert(
    fc.property(
      modes,
      fc.constantFrom(0, 0x40, 0x100),
      fc.array(
        fc.record({
          form: fc.constantFrom(3, 31),
          settlement: fc.integer({ min: 1, max: 4 }),
          cash: fc.integer({ min: 0, max: 150_000 }),
          contact: fc.option(fc.constant('+79001234567'), { nil: undefined }),
        }),
        { maxLength: 4 },
      ),
      (chosen, usageConditions, sales) => {
        const fn = make({
          registration: { ...registration, modes: chosen, usageConditions, automatNumber: '1' },
        });
        openShift(fn);
        for (const { form, settlement, cash, contact } of sales) {
          fn.begin(form);
          fn.add(
            concatBytes(
              receiptTlv({ settlement, cash, ...(contact === undefined ? {} : { contact }) }),
              form === 3
                ? new Uint8Array(0)
                : encodeTags([
                    { tag: 1173, value: 0 },
                    { tag: 1174, value: [{ tag: 1178, value: '2026-01-10' }] },
                  ]),
            ),
          );
          fn.commit();
        }
        fn.begin(21);
        fn.commit();
        const closing = decodeDocument(closeShift(fn).bytes);
        expect(numberOf(listOf(closing.tags, 1194) ?? [], 1134)).toBe(sales.length);
        fn.begin(6);
        fn.commit();
        for (const { bytes } of fn.documents()) expect(errorsOf(bytes)).toEqual([]);
      },
    ),
  );
});
