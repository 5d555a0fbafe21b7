import { describe, expect, it } from 'vitest';
import { type FiscalQr, formatFiscalQr, parseFiscalQr } from './fiscal-qr.js';

const qr: FiscalQr = {
  dateTime: '2017-10-07T08:56',
  totalSum: 27_990,
  fiscalDriveNumber: '8710000100923403',
  fiscalDocumentNumber: 95_961,
  fiscalSign: '3153580303',
  settlementType: 'sale',
};
const text = 't=20171007T0856&s=279.90&fn=8710000100923403&i=95961&fp=3153580303&n=1';

describe('the QR of a receipt', () => {
  it('is written and read', () => {
    expect(formatFiscalQr(qr)).toBe(text);
    expect(parseFiscalQr(text)).toEqual(qr);
  });

  it.each([
    ['with the line break of a scanner', `${text}\r\n`, {}],
    ['with seconds', text.replace('T0856', 'T085605'), { dateTime: '2017-10-07T08:56:05' }],
    ['with a small t', text.replace('T0856', 't0856'), {}],
    ['in another order', `n=1&fp=3153580303&i=95961&fn=8710000100923403&s=279.90&t=20171007T0856`, {}],
    ['with one digit of kopecks', text.replace('279.90', '279.9'), {}],
    ['without kopecks', text.replace('279.90', '280'), { totalSum: 28_000 }],
    ['with a short sign', text.replace('3153580303', '42'), { fiscalSign: '0000000042' }],
    ['with a padded sign', text.replace('3153580303', '0000000042'), { fiscalSign: '0000000042' }],
    ['of a return', text.replace('n=1', 'n=2'), { settlementType: 'saleReturn' }],
  ])('is read %s', (_, spelled, change) => {
    expect(parseFiscalQr(spelled)).toEqual({ ...qr, ...change });
  });

  it('is written with seconds when there are seconds, and without zeros before the sign', () => {
    expect(formatFiscalQr({ ...qr, dateTime: '2017-10-07T08:56:05', fiscalSign: '0000000042' })).toBe(
      't=20171007T085605&s=279.90&fn=8710000100923403&i=95961&fp=42&n=1',
    );
  });

  it.each([
    ['an empty text', '', 0],
    ['a link', `https://example.org/?${text}`, 0],
    ['an unknown member', `${text}&x=1`, text.length + 1],
    ['a member twice', `${text}&n=1`, text.length + 1],
    ['a missing member', text.slice(0, -4), text.length - 4],
    ['an impossible date', text.replace('20171007', '20170231'), 2],
    ['a comma', text.replace('279.90', '279,90'), 18],
    ['a short drive number', text.replace('8710000100923403', '871'), 28],
    ['a sign above 32 bits', text.replace('3153580303', '4294967296'), 56],
    ['settlement type 5', text.replace('n=1', 'n=5'), 69],
  ])('refuses %s', (_, spelled, position) => {
    expect(() => parseFiscalQr(spelled)).toThrow(expect.objectContaining({ code: 'BAD_QR', position }));
  });
});
