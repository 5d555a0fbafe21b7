import { fromHex } from '@elcert/core';
import { expect, test } from 'vitest';
import { encodeRequest } from './codec.js';
import { explainShtrihM } from './explain.js';
import { standardFrame } from './framer.js';

test.each([
  ['05', undefined, { kind: 'control', name: 'ENQ' }],
  ['02 05 10 1E 00 00 00 0B', 'host', { kind: 'command', code: '10', fields: { password: '***' } }],
  [
    '02 03 FF 45 4D F4',
    'register',
    { kind: 'answer', code: 'FF45', error: 0x4d, errorText: expect.any(String) },
  ],
  ['02 03 FF 45 4D F4', undefined, { kind: 'answer', code: 'FF45', error: 0x4d }],
  ['8F 00 00 0F 1D', undefined, { kind: 'control', name: 'sync' }],
  ['8F 02 00 01 00 99 5A', undefined, { kind: 'empty', number: 1 }],
  ['8F 05 00 17 00 FF 46 00 EE 83', undefined, { kind: 'answer', code: 'FF46', number: 0x17, error: 0 }],
  ['8F 02 00 01 00 99 5B', undefined, { kind: 'damaged' }],
  ['8F 02 00', undefined, { kind: 'damaged' }],
  ['02 01 FC FC', undefined, { kind: 'damaged' }],
  ['02 05', undefined, { kind: 'damaged' }],
  ['00 FF', undefined, { kind: 'junk', text: '00 ff' }],
  ['02 01 99 98', undefined, { kind: 'unreadable', code: '99', hex: '99' }],
  ['02 02 E0 01 E3', 'host', { kind: 'unreadable', code: 'E0' }],
] as const)('%s', (hex, side, expected) => {
  const found = explainShtrihM(fromHex(hex), side);
  expect(found.length).toBe(1);
  expect(found[0]).toMatchObject(expected);
});

test('numbers are told in words: modes, flags, sums, rates, requisites', () => {
  const meanings = (hex: string) => {
    const found = explainShtrihM(fromHex(hex)).find(({ kind }) => kind === 'command' || kind === 'answer');
    return found !== undefined && 'meanings' in found ? found.meanings : undefined;
  };
  // Frames of public logs.
  expect(meanings('02 10 10 00 1E 92 02 02 00 00 9F E5 18 01 00 92 08 00 75')).toEqual({
    flags: 'receipt roll, receipt paper seen, head down',
    mode: 'shift open',
    submode: 'paper is there',
  });
  expect(
    meanings(
      '02 30 FF 46 1E 00 00 00 01 40 42 0F 00 00 00 10 27 00 00 00 10 27 00 00 00 FF FF FF FF FF 08 00 00 00 CA EE EC EF EB E5 EA F1 ED FB E9 20 EE E1 E5 E4 8F',
    ),
  ).toEqual({
    operation: 'sale',
    price: '100.00 ₽',
    sum: '100.00 ₽',
    tax: 'the register computes',
    taxRate: 'no VAT',
  });
  expect(meanings('8F 0D 00 DC 00 FF 3B 00 10 04 04 00 1E 01 00 00 F1 30')).toEqual({
    tlv: expect.stringMatching(/^1040 .*= 286$/),
  });
  expect(
    meanings('02 1B FF 61 00 00 01 01 14 00 05 42 08 04 00 80 07 15 61 39 08 01 00 00 D5 07 01 00 05 CF'),
  ).toEqual({ extra: expect.stringContaining('2105') });
});

test('passwords are masked wherever they stand', () => {
  const fields = (code: 'host' | 'register', body: Uint8Array) =>
    explainShtrihM(standardFrame(body), code).map((found) => ('fields' in found ? found.fields : undefined));
  const writing = encodeRequest('1E', {
    password: 30,
    table: 2,
    row: 5,
    field: 1,
    value: Uint8Array.of(7, 0),
  });
  expect(fields('host', writing)).toEqual([{ password: '***', table: 2, row: 5, field: 1, value: '***' }]);
  const fiscalisation = encodeRequest('65', {
    password: 30,
    newPassword: 1234,
    registrationNumber: 1,
    inn: 2,
  });
  expect(fields('host', fiscalisation)).toEqual([
    { password: '***', newPassword: '***', registrationNumber: 1, inn: 2 },
  ]);
});
