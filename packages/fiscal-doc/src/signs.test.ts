import { fromHex, toHex } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { fiscalSignBytes, fiscalSignText, messageSignBytes, messageSignNumber } from './signs.js';

describe('fiscal signs', () => {
  // Tag 1077 of published receipts of 2017 and 2018 and the numbers printed on them.
  it.each([
    ['3104bbf7d10f', '3153580303'],
    ['3104f7274cf8', '4146547960'],
    ['310400000001', '0000000001'],
  ])('%s is printed as %s', (hex, text) => {
    expect(fiscalSignText(fromHex(hex))).toBe(text);
    expect(toHex(fiscalSignBytes(text))).toBe(hex);
  });

  it('tell registrations and corrections in their first byte', () => {
    expect(toHex(fiscalSignBytes('1', 1))).toBe('210400000001');
    expect(toHex(fiscalSignBytes('1', 11))).toBe('210400000001');
    expect(toHex(fiscalSignBytes('1', 31))).toBe('330400000001');
  });

  it.each(['', '12345678901', '4294967296', 'abc', '-1'])('refuse the text %j', (text) => {
    expect(() => fiscalSignBytes(text)).toThrow(expect.objectContaining({ code: 'BAD_FISCAL_SIGN' }));
  });

  it('refuse another length', () => {
    expect(() => fiscalSignText(new Uint8Array(8))).toThrow(
      expect.objectContaining({ code: 'BAD_FISCAL_SIGN' }),
    );
  });
});

describe('message signs', () => {
  it('are 64-bit numbers', () => {
    const bytes = fromHex('81060b96f07a4730');
    expect(messageSignNumber(bytes)).toBe(9_297_131_223_660_513_072n);
    expect(toHex(messageSignBytes(messageSignNumber(bytes)))).toBe(toHex(bytes));
  });

  it('refuse what is none', () => {
    expect(() => messageSignNumber(new Uint8Array(6))).toThrow(
      expect.objectContaining({ code: 'BAD_FISCAL_SIGN' }),
    );
    expect(() => messageSignBytes(1n << 64n)).toThrow(expect.objectContaining({ code: 'BAD_FISCAL_SIGN' }));
    expect(() => messageSignBytes(-1n)).toThrow(expect.objectContaining({ code: 'BAD_FISCAL_SIGN' }));
  });
});
