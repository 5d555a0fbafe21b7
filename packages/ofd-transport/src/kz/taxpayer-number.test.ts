import { describe, expect, it } from 'vitest';
import {
  isKzTaxpayerNumber,
  kzControlDigit,
  newestKzRegistrationNumber,
  parseKzTaxpayerNumber,
} from './taxpayer-number.js';
import { kzUnit, kzUnitCode, kzUnits } from './units.js';

describe('an IIN or BIN', () => {
  // The first two stand in the operator's sample frames; the others were computed by hand with the documented weights.
  it.each([
    ['900101300017', { kind: 'iin', birthday: '1990-01-01', sex: 'male' }],
    ['200140000014', { kind: 'bin', registered: '2020-01', holder: 'resident', office: 'head' }],
    ['040229600014', { kind: 'iin', birthday: '2004-02-29', sex: 'female' }],
    ['991261000016', { kind: 'bin', registered: '1999-12', holder: 'jointEnterprise', office: 'branch' }],
  ] as const)('reads %s', (text, facts) => {
    const control = kzControlDigit(text);
    expect(parseKzTaxpayerNumber(`${text.slice(0, 11)}${control}`)).toMatchObject(facts);
  });

  // 11 digits whose first sum leaves ten: 1·1+… found by a loop over day numbers, checked by hand for the first one.
  it('takes the second row of weights after a ten, and gives up after two', () => {
    // 04022960001: 4·2+2·4+2·5+9·6+6·7+1·11 = 8+8+10+54+42+11 = 133, mod 11 = 1.
    expect(kzControlDigit('04022960001')).toBe(1);
    let second = 0;
    let none = 0;
    for (let serial = 0; serial < 10_000; serial += 1) {
      const digits = `9001013${String(serial).padStart(4, '0')}`;
      const sum = (weights: readonly number[]) =>
        weights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0) % 11;
      const first = sum([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      const again = sum([3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]);
      const control = kzControlDigit(digits);
      if (first < 10) expect(control).toBe(first);
      else if (again < 10) second += Number(control === again);
      else none += Number(control === undefined);
    }
    expect(second).toBeGreaterThan(0);
    expect(none).toBeGreaterThan(0);
  });

  it.each([
    ['', 'twelve'],
    ['90010130001', 'twelve'],
    ['9001013000170', 'twelve'],
    ['90010130001x', 'twelve'],
    ['900101300018', 'control'],
  ])('refuses %j', (text, word) => {
    expect(() => parseKzTaxpayerNumber(text, 'buyer')).toThrow(
      expect.objectContaining({
        code: 'BAD_VALUE',
        path: 'buyer',
        message: expect.stringContaining(word),
        userMessage: expect.stringMatching(/\.$/),
      }),
    );
  });

  it.each(['90023030001', '90130130001', '90010170001', '90137000000', '90003200000'])(
    'refuses what no number begins with: %s',
    (digits) => {
      const control = kzControlDigit(digits);
      expect(isKzTaxpayerNumber(`${digits}${control ?? 0}`)).toBe(false);
    },
  );

  it('notices any single wrong digit but the eleventh, whose weight of 11 lets it pass', () => {
    for (let place = 0; place < 12; place += 1) {
      for (let shift = 1; shift < 10; shift += 1) {
        const digits = [...'900101300017'];
        digits[place] = String((Number(digits[place]) + shift) % 10);
        expect(isKzTaxpayerNumber(digits.join(''))).toBe(place === 10);
      }
    }
  });
});

describe('a registration number', () => {
  it.each([
    ['010101012345', '010101012345'],
    ['010100000001/010101012345', '010101012345'],
    [' 1 / 2 / 3 ', '3'],
  ])('of %j is the newest', (text, newest) => {
    expect(newestKzRegistrationNumber(text)).toBe(newest);
  });

  it.each(['', '/', '1/', 'a/1', '1'.repeat(21)])('is not %j', (text) => {
    expect(() => newestKzRegistrationNumber(text, 'number')).toThrow(
      expect.objectContaining({ code: 'BAD_VALUE', path: 'number' }),
    );
  });
});

describe('units', () => {
  it('have one code each, and each of the neutral receipt has one', () => {
    expect(new Set(kzUnits.map(({ code }) => code)).size).toBe(kzUnits.length);
    expect(kzUnitCode('meter')).toBe('006');
    expect(kzUnitCode('kilogram')).toBe('166');
    expect(kzUnitCode('kilogram', { kilogram: '116' })).toBe('116');
  });

  it('are found however many zeros are written', () => {
    expect(kzUnit('6')).toBe(kzUnit('006'));
    expect(kzUnit('006')?.unit).toBe('meter');
    expect([kzUnit('116')?.unit, kzUnit('166')?.unit]).toEqual(['kilogram', 'kilogram']);
    expect(kzUnit('000')).toBeUndefined();
  });
});
