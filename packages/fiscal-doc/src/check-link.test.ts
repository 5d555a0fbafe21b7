import { describe, expect, it } from 'vitest';
import { checkLink, parseCheckLink } from './check-link.js';
import { type FiscalQr, formatFiscalQr } from './fiscal-qr.js';

const qr: FiscalQr = {
  dateTime: '2026-11-22T14:05',
  totalSum: 1_251_099,
  fiscalDriveNumber: '9999078900001234',
  fiscalDocumentNumber: 12,
  fiscalSign: '3153580303',
  settlementType: 'sale',
};
const query = formatFiscalQr(qr);

describe('checkLink', () => {
  it.each([
    ['https://check.example.org/receipt', `https://check.example.org/receipt?${query}`],
    ['https://check.example.org', `https://check.example.org/?${query}`],
    ['https://check.example.org/?lang=ru', `https://check.example.org/?lang=ru&${query}`],
  ])('%s', (page, link) => {
    expect(checkLink(qr, page)).toBe(link);
    expect(parseCheckLink(link)).toEqual(qr);
  });

  it.each(['', 'check.example.org', 'javascript:alert(1)'])('refuses %j', (page) => {
    expect(() => checkLink(qr, page)).toThrow(expect.objectContaining({ code: 'BAD_QR', path: 'page' }));
  });
});

describe('parseCheckLink', () => {
  it('reads the bare text of a QR, and escaped members', () => {
    for (const text of [
      query,
      `?${query}`,
      ` ${query}\n`,
      `https://x.example/?${query.replaceAll(':', '%3A')}&utm=1#top`,
    ])
      expect(parseCheckLink(text)).toEqual(qr);
  });

  it.each([
    'https://x.example/',
    'https://',
    `https://x.example/?${query}&t=20261122T1405`,
    'x'.repeat(3000),
  ])('refuses %s', (text) => {
    expect(() => parseCheckLink(text)).toThrow(expect.objectContaining({ code: 'BAD_QR' }));
  });
});
