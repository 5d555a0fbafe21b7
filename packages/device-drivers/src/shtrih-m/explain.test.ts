import { fromHex } from '@elcert/core';
import { expect, test } from 'vitest';
import { explainShtrihM } from './explain.js';

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
