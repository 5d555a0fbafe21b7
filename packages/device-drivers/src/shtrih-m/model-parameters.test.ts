import { fromHex } from '@elcert/core';
import { expect, test } from 'vitest';
import { readModelParameters } from './model-parameters.js';

// Bytes put together by hand from the order of fields that the maker's open driver reads; no unit's answer is public.
const whole =
  '18 20 00 10 00 0C 00 00' + // bits 3, 4, 13, 28, 42, 43
  '30 18 01 0C 10 14 10' + // columns, first line, digits
  '00 00 00 00 1E 00 00 00' + // default passwords
  '00 0E' + // places in tables
  'FF 00 28' + // longest command, graphic line
  '40 B0 04'; // picture line and lines

test('bits and numbers of a model', () => {
  expect(readModelParameters(fromHex(`${whole} 12 13 18 11 11`))).toEqual({
    features: ['paperSensor', 'coverSensor', 'cutter', 'protocol2', 'graphics512', 'fiscalDrive'],
    bits: 0x0c0010002018n,
    columns: [48, 24],
    firstGraphicLine: 1,
    innDigits: 12,
    longestCommand: 255,
    graphicLineBytes: 40,
    pictureLineBytes: 64,
    pictureLines: 1200,
  });
});

test('an older model says less', () => {
  const bytes = fromHex(whole);
  expect(readModelParameters(bytes.subarray(0, 28))).toMatchObject({
    pictureLineBytes: undefined,
    pictureLines: undefined,
  });
  expect(() => readModelParameters(bytes.subarray(0, 20))).toThrow(
    expect.objectContaining({ code: 'BAD_ANSWER', outcome: 'not-sent' }),
  );
});
