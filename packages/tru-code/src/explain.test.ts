import { describe, expect, it } from 'vitest';
import { explainTruCode, parseTruCode } from './index.js';

// Published codes; where the class is known from KTSR, it is the name of the goods that says so.
describe('explainTruCode', () => {
  it.each([
    ['329921120.060010101', '32.99.21.120', '06-01-01'],
    ['329921120.060010102', '32.99.21.120', '06-01-02'],
    ['329921120.060020201', '32.99.21.120', '06-02-01'],
    ['325022129.110000101', '32.50.22.129', '11-01-01'],
    ['266014120.170000111', '26.60.14.120', '17-01-11'],
  ])('reads %s', (text, okpd2, ktsrClass) => {
    expect(explainTruCode(parseTruCode(text))).toEqual({
      okpd2,
      ktsrClass,
      test: false,
      missing: ['manufacturer', 'model', 'country'],
    });
  });

  it.each([
    // A Braille display, item 23.1 of the federal list; class 23-01-01 is a chair.
    ['262016190.231000101', 'sub-number'],
    ['325022154.090001101', 'footwear'],
    ['325022153.090002202', 'footwear'],
    ['329921120.060030102', 'groups-differ'],
    ['999999999.999999999', 'test-code'],
  ])('does not guess a class for %s', (text, doubt) => {
    const explained = explainTruCode(parseTruCode(text));
    expect(explained.doubt).toBe(doubt);
    expect(explained).not.toHaveProperty('ktsrClass');
    expect(explained.test).toBe(doubt === 'test-code');
  });

  it('names what a code does not know', () => {
    expect(explainTruCode(parseTruCode('329921120.060010102.0008.0001.643')).missing).toEqual([]);
    expect(explainTruCode(parseTruCode('329921120.060010102.0000.0001.643')).missing).toEqual([
      'manufacturer',
    ]);
  });
});
