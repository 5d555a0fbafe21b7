import { concatBytes, manualClock } from '@elcert/core';
import { commands } from '@elcert/device-drivers/shtrih-m';
import { decodeDocument } from '@elcert/fiscal-doc';
import { validateDocument } from '@elcert/fiscal-doc/rules';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRegister, defaultModel } from '../../src/shtrih-m/index.js';
import { testFn } from '../fiscal.js';

/** What a register of today has not; the README names them. */
const notSupported = new Set([
  // Dumps and firmware, licences, a decimal point, fiscal memory and its serial number.
  ...[
    '01',
    '02',
    '03',
    'FF4E',
    '1C',
    '1D',
    '20',
    '0D',
    '0E',
    '60',
    '61',
    '62',
    '63',
    '64',
    '65',
    '66',
    '67',
    '68',
    '69',
  ],
  // Slips, presenters, other devices, service passwords, printer states of the maker.
  ...['2A', '70', '71', '72', '73', '74', '75', '76', '77', '78', '79', '7A', '7B', '7C', '7D', '7E', 'E1'],
  ...['F0', 'F1', 'F3', 'FD', 'D0', 'D1'],
  // Electronic journals.
  ...['A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8', 'A9', 'AA', 'AB', 'AC', 'AD', 'AE', 'AF'],
  ...['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B9', 'BA', 'BB', 'BC'],
  // Corrections of FFD 1.05, a reset of a drive for tests, terminals at the register, authorisation of firmware.
  ...['FF36', 'FF4A', 'FF07', 'FF50', 'FF51', 'FF52', 'FF65', 'FF66'],
]);

const clock = manualClock();
const make = (model = defaultModel) =>
  createRegister({ fn: testFn(clock), clock, timeZone: 'Europe/Moscow', model });

const bodyOf = (code: string, length: number) => {
  const bytes = new Uint8Array(length);
  bytes.set(code.length === 4 ? [0xff, Number.parseInt(code.slice(2), 16)] : [Number.parseInt(code, 16)]);
  bytes[code.length / 2] = 30;
  return bytes;
};

const lengths = [
  ...Array.from({ length: 80 }, (_, index) => index + 1),
  100,
  131,
  137,
  145,
  160,
  182,
  220,
  254,
];

test('every command of the table is answered: carried out or refused on purpose', () => {
  const refused = new Set<string>();
  for (const code of Object.keys(commands)) {
    const register = make();
    const errors = new Set<number>();
    // Whatever its length is, it never breaks the register.
    for (const length of lengths) {
      if (length < code.length / 2) continue;
      const { error, answer } = register.execute(bodyOf(code, length));
      if (answer.length <= code.length / 2 || answer.length > 255)
        expect.fail(`${code}: ${answer.length} bytes`);
      errors.add(error);
    }
    if (errors.size === 1 && errors.has(0x37)) refused.add(code);
  }
  expect([...refused].sort()).toEqual([...notSupported].sort());
  expect(Object.keys(commands)).toHaveLength(205);
});

test('whatever a host sends: an answer, never a crash, numbers without gaps, cash never below nothing', () => {
  const codes = Object.keys(commands).filter((code) => !notSupported.has(code));
  const sent = fc.record({
    code: fc.constantFrom(...codes),
    operator: fc.constantFrom(1, 2, 28, 30),
    // Small numbers make sense more often than any.
    bytes: fc.array(fc.oneof(fc.nat(3), fc.nat(255)), { maxLength: 190 }),
  });
  fc.assert(
    fc.property(fc.array(sent, { maxLength: 60 }), (all) => {
      const register = make();
      for (const { code, operator, bytes } of all) {
        const body = bodyOf(code, code.length / 2 + 4 + bytes.length);
        body[code.length / 2] = operator;
        body.set(bytes, code.length / 2 + 4);
        const { answer } = register.execute(body);
        if (answer.length <= code.length / 2 || answer.length > 255) expect.fail(`${code}: ${answer.length}`);
      }
      const numbers = register.fn.documents().map(({ fiscalDocumentNumber }) => fiscalDocumentNumber);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      expect(register.drawer).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('old sales of any price, weight and discount: every document passes the validator', () => {
  const le = (value: number, length: number) =>
    Uint8Array.from({ length }, (_, index) => Math.floor(value / 256 ** index) % 256);
  const amount = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ price: amount, thousandths: fc.integer({ min: 1, max: 20_000 }), group: fc.nat(6) }),
        { minLength: 1, maxLength: 4 },
      ),
      amount,
      fc.integer({ min: -9999, max: 9999 }),
      (lines, discount, percent) => {
        const register = make();
        const run = (code: number, ...parts: (number | Uint8Array)[]) =>
          register.execute(
            concatBytes(
              Uint8Array.of(code, 30, 0, 0, 0),
              ...parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)),
            ),
          );
        run(0xe0);
        const rest = new Uint8Array(40);
        for (const { price, thousandths, group } of lines)
          run(0x80, le(thousandths, 5), le(price, 5), 1, group, 0, 0, 0, rest);
        run(0x86, le(discount, 5), new Uint8Array(4), rest);
        const none = le(0, 5);
        const hundredths = le(percent < 0 ? percent + 65_536 : percent, 2);
        const closed = run(
          0x85,
          le(99_999_999_999, 5),
          none,
          none,
          none,
          hundredths,
          new Uint8Array(4),
          rest,
        );
        // 8Eh: nothing is left to pay.
        expect([0, 0x8e]).toContain(closed.error);
        for (const { bytes } of register.fn.documents())
          expect(
            validateDocument(decodeDocument(bytes)).filter(({ severity }) => severity === 'error'),
          ).toEqual([]);
      },
    ),
  );
});

test('a code outside the table, an empty body', () => {
  expect(make().execute(Uint8Array.of(0x99))).toMatchObject({ error: 0x37 });
  expect(make().execute(Uint8Array.of(0xff))).toMatchObject({ error: 0x37 });
  expect(make().execute(new Uint8Array(0))).toMatchObject({ error: 0x37 });
});

test('answers to 10h and 11h are as long as the firmware of a model has them', () => {
  const lengths = (model: Partial<typeof defaultModel>) => {
    const register = make({ ...defaultModel, ...model });
    return [0x10, 0x11].map((code) => register.execute(Uint8Array.of(code, 1, 0, 0, 0)).answer.length);
  };
  expect(lengths({})).toEqual([17, 50]);
  expect(lengths({ shortStatusBytes: 16, fullStatusBytes: 48 })).toEqual([16, 48]);
  expect(lengths({ fullStatusBytes: 52 })).toEqual([17, 52]);
});

test('a model without a cutter', () => {
  const register = make({ ...defaultModel, cutter: false });
  expect(register.execute(Uint8Array.of(0x25, 1, 0, 0, 0, 0)).error).toBe(0x37);
  expect(((register.execute(Uint8Array.of(0xf7, 1)).answer[3] ?? 0) >> 5) & 1).toBe(0);
});

test('passwords: nobody’s, a cashier’s, the administrator’s, the system administrator’s', () => {
  const register = make();
  const sent = (code: number, password: number, ...more: number[]) =>
    register.execute(Uint8Array.of(code, password, 0, 0, 0, ...more)).error;
  expect([sent(0x10, 99), sent(0x10, 1)]).toEqual([0x4f, 0]);
  // Reading a table, an X report: from 28 on. Writing a table: 30.
  expect([sent(0x1f, 27, 1, 1, 0, 1), sent(0x1f, 28, 1, 1, 0, 1)]).toEqual([0x4f, 0]);
  expect([sent(0x40, 1), sent(0x40, 29)]).toEqual([0x4f, 0x3d]);
  expect([sent(0x1e, 29, 1, 1, 0, 1, 7), sent(0x1e, 30, 1, 1, 0, 1, 7)]).toEqual([0x4f, 0]);
});
