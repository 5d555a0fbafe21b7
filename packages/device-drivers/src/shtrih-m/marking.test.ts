import { fromHex } from '@elcert/core';
import { expect, test } from 'vitest';
import { decodeAnswer, decodeRequest, encodeRequest } from './codec.js';
import { markingRequest, readMarkingCheck } from './marking.js';

// A check of a tobacco pack as a real unit did it, out of the issue log of a public driver: command and answer.
const asked =
  'FF 61 1E 00 00 00 01 00 1D 00 30 34 36 30 36 32 30 33 31 30 33 33 34 38 61 33 3D 45 66 4F 44 41 42 3D 55 70 47 62 4C';
const answered = 'FF 61 00 00 01 01 14 00 05 42 08 04 00 80 07 15 61 39 08 01 00 00 D5 07 01 00 05';

test('a logged check is asked to the byte', () => {
  const bytes = fromHex(asked.replaceAll(' ', ''));
  const request = markingRequest({ code: '04606203103348a3=EfODAB=UpGbL', plannedStatus: 'pieceSold' });
  expect(encodeRequest('FF61', { password: 30, ...request })).toEqual(bytes);
  expect(decodeRequest(bytes).fields).toMatchObject({ plannedStatus: 1, codeLength: 29, tlvLength: 0 });
});

test('its answer: not checked by the drive, refused by the service', () => {
  const { error, fields } = decodeAnswer(fromHex(answered.replaceAll(' ', '')));
  expect(error).toBe(0);
  expect(readMarkingCheck(fields as unknown as Parameters<typeof readMarkingCheck>[0])).toEqual({
    local: 'notChecked',
    codeType: 1,
    online: true,
    result: 5,
    status: undefined,
    negative: true,
  });
});

test.each([
  [
    'in order',
    3,
    [0, 15, 0x3d, 8, 1, 0, 1],
    { local: 'positive', result: 15, status: 'correct', negative: false },
  ],
  ['a wrong status', 3, [0, 7, 0x3d, 8, 1, 0, 2], { result: 7, status: 'wrong', negative: true }],
  ['the service is silent', 3, [0xff], { online: false, result: undefined, negative: false }],
  ['the service is silent, the drive says no', 1, [0xff], { local: 'negative', negative: true }],
  ['nobody asked the service', 0, [], { local: 'notChecked', online: false, negative: false }],
])('%s', (_, localStatus, extra, expected) => {
  expect(readMarkingCheck({ localStatus, codeType: 2, extra: Uint8Array.from(extra) })).toMatchObject(
    expected,
  );
});

test('requisites that do not add up', () => {
  expect(() =>
    readMarkingCheck({ localStatus: 0, codeType: 0, extra: Uint8Array.of(0, 15, 0x3d, 8, 9, 0, 1) }),
  ).toThrow(expect.objectContaining({ code: 'BAD_ANSWER' }));
});

test('measured products carry measure and quantity, pieces none', () => {
  const { tlv } = markingRequest({
    code: 'x',
    plannedStatus: 'measuredSold',
    quantity: '0.25',
    unit: 'kilogram',
  });
  expect(tlv).toEqual(Uint8Array.of(0x3c, 8, 1, 0, 11, 0xff, 3, 2, 0, 2, 25));
  for (const item of [
    { code: 'x', plannedStatus: 'measuredSold' },
    { code: 'x', plannedStatus: 'pieceSold', quantity: '1' },
    { code: '', plannedStatus: 'pieceSold' },
    { code: 'я', plannedStatus: 'pieceSold' },
    { code: 'x'.repeat(221), plannedStatus: 'pieceSold' },
  ] as const)
    expect(() => markingRequest(item)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_NOT_SUPPORTED', outcome: 'not-sent' }),
    );
});
