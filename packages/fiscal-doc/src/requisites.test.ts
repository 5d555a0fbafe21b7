import { describe, expect, it } from 'vitest';
import {
  checkInn,
  checkKktRegistrationNumber,
  kktRegistrationNumber,
  kktRegistrationNumberCheck,
} from './requisites.js';

describe('checkInn', () => {
  // Published numbers of the tax service, a bank and a made-up person with right digits.
  it.each([
    ['7707329152', 'ok'],
    ['7707083893', 'ok'],
    ['500100732259', 'ok'],
    ['7707083894', 'digits'],
    ['500100732258', 'digits'],
    ['500100732269', 'digits'],
    ['770708389', 'form'],
    ['77070838930', 'form'],
    ['770708389x', 'form'],
    ['7707083893  ', 'form'],
    ['', 'form'],
  ])('%j: %s', (inn, found) => {
    expect(checkInn(inn)).toBe(found);
  });
});

describe('registration numbers', () => {
  const owner = { inn: '7700000009', kktSerialNumber: '00012345678901' };

  it('are made and checked', () => {
    const text = kktRegistrationNumber({ ...owner, number: '1' });
    // The check digits were computed apart, see test/vectors/make-vectors.py.
    expect(text).toBe('0000000001036066');
    expect(checkKktRegistrationNumber(text, owner)).toBe('ok');
    expect(checkKktRegistrationNumber(`${text}    `, owner)).toBe('ok');
    expect(checkKktRegistrationNumber(text, { ...owner, inn: '7707083893' })).toBe('digits');
    expect(checkKktRegistrationNumber('123', owner)).toBe('form');
  });

  it.each([
    [{ ...owner, number: '12345678901' }, 'number'],
    [{ ...owner, number: 'x' }, 'number'],
    [{ ...owner, number: '1', inn: '1234567890123' }, 'inn'],
    [{ ...owner, number: '1', kktSerialNumber: '1'.repeat(21) }, 'kktSerialNumber'],
  ])('refuse impossible parts', (parts, path) => {
    expect(() => kktRegistrationNumberCheck(parts)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path }),
    );
  });
});
