import { localDateTime } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatKzCheckLink, type KzCheckLink, parseKzCheckLink } from './check-link.js';

const facts = {
  ticketNumber: '1234567890',
  registrationNumber: '010101012345',
  total: 160_000,
  dateTime: '2024-03-09T12:34:56',
};
const query = 'i=1234567890&f=010101012345&s=1600.00&t=20240309T123456';

// Shapes that operators, apps and papers use; the numbers are made up.
const read: readonly (readonly [string, KzCheckLink])[] = [
  [`http://consumer.oofd.kz?${query}`, { site: 'kazakhtelecom', ...facts }],
  [`http://consumer.oofd.kz/?${query}`, { site: 'kazakhtelecom', ...facts }],
  [`http://consumer.oofd.kz/?&${query}`, { site: 'kazakhtelecom', ...facts, offline: true }],
  [`https://consumer.oofd.kz/api/tickets/get-by-url?${query}`, { site: 'kazakhtelecom', ...facts }],
  [`HTTPS://CONSUMER.OOFD.KZ?${query.replace('i=', 'I=')}`, { site: 'kazakhtelecom', ...facts }],
  [`http://dev.consumer.oofd.kz:8080?${query}`, { site: 'kazakhtelecom', ...facts }],
  [`http://ofd1.kz/t/?${query}`, { site: 'transtelecom', ...facts }],
  [`https://cabinet.kofd.kz/consumer?${query}`, { site: 'jusan', ...facts }],
  [`https://ofd.beeline.kz/t/?${query}`, { site: 'beeline', ...facts }],
  [`http://cabinet.wofd.kz/consumer?${query}`, { site: 'wofd', ...facts }],
  [`  consumer.oofd.kz?${query.replaceAll('&', '&amp;')}  `, { site: 'kazakhtelecom', ...facts }],
  [`http://somewhere.kz?t=2024-03-09T12:34:56&s=1600,0&f=1/010101012345&i=1234567890#x`, facts],
  [query, facts],
  ['http://consumer.oofd.kz?i=5', { site: 'kazakhtelecom', ticketNumber: '5' }],
  [
    'https://receipt.kaspi.kz/web?extTranId=QR123&sale_date=2026-01-02',
    { site: 'kaspi', kaspi: { transaction: 'QR123', soldAt: '2026-01-02' } },
  ],
  [
    'https://4ek.kz/?o=transtelecom&i=5&f=6&s=15954.0&t=20250808T144938',
    {
      site: 'transtelecom',
      ticketNumber: '5',
      registrationNumber: '6',
      total: 1_595_400,
      dateTime: '2025-08-08T14:49:38',
      canonical: 'https://ofd1.kz/t/?t=20250808T144938&i=5&f=6&s=15954.0',
    },
  ],
  [
    'https://4ek.kz/?o=oofd&i=5&f=6',
    {
      site: 'kazakhtelecom',
      ticketNumber: '5',
      registrationNumber: '6',
      canonical: 'https://consumer.oofd.kz?i=5&f=6',
    },
  ],
];

describe('a check link', () => {
  it.each(read)('is read: %s', (link, expected) => {
    expect(parseKzCheckLink(link)).toEqual(expected);
  });

  it.each([
    ['', 'i'],
    ['http://consumer.oofd.kz', 'i'],
    ['http://consumer.oofd.kz?i=', 'i'],
    ['http://consumer.oofd.kz?i=12a', 'i'],
    ['http://consumer.oofd.kz?i=1&i=2', 'i'],
    ['http://consumer.oofd.kz?i=1&s=1.234', 's'],
    ['http://consumer.oofd.kz?i=1&s=-1', 's'],
    ['http://consumer.oofd.kz?i=1&t=20240230T000000', 't'],
    ['http://consumer.oofd.kz?i=1&t=x', 't'],
    ['http://consumer.oofd.kz?i=1&f=x', 'f'],
    ['http://consumer.oofd.kz?i=%zz', undefined],
    [`http://consumer.oofd.kz?i=1&x=${'1'.repeat(2000)}`, undefined],
  ])('is refused: %s', (link, path) => {
    expect(() => parseKzCheckLink(link)).toThrow(expect.objectContaining({ code: 'BAD_VALUE', path }));
  });

  it('is written as operators print it', () => {
    expect(formatKzCheckLink({ site: 'kazakhtelecom', ...facts })).toBe(`http://consumer.oofd.kz?${query}`);
    expect(formatKzCheckLink({ site: 'kazakhtelecom', ...facts, offline: true })).toBe(
      `http://consumer.oofd.kz/?&${query}`,
    );
    expect(formatKzCheckLink({ site: { base: 'https://x.kz/t/' }, ...facts })).toBe(
      `https://x.kz/t/?${query}`,
    );
    for (const [change, path] of [
      [{ ticketNumber: 'x' }, 'ticketNumber'],
      [{ registrationNumber: '' }, 'registrationNumber'],
      [{ total: -1 }, 'total'],
      [{ dateTime: '2026-02-30T00:00' }, 't'],
      [{ site: { base: 'javascript:x' } }, 'site'],
      [{ site: { base: 'http://x.kz?a=1' } }, 'site'],
    ] as const)
      expect(() => formatKzCheckLink({ site: 'wofd', ...facts, ...change })).toThrow(
        expect.objectContaining({ path }),
      );
  });

  it('goes there and back', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.boolean(),
        (ticket, total, seconds, offline) => {
          const parts = {
            ticketNumber: String(ticket),
            registrationNumber: '010101012345',
            total,
            dateTime: localDateTime(seconds * 1000, 'UTC'),
          };
          const link = formatKzCheckLink({ site: 'transtelecom', ...parts, offline });
          expect(parseKzCheckLink(link)).toEqual({
            site: 'transtelecom',
            ...parts,
            ...(offline ? { offline: true } : {}),
          });
        },
      ),
    );
  });

  it('never fails otherwise than by an error of its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        try {
          parseKzCheckLink(`http://consumer.oofd.kz?i=1&${text}`);
        } catch (error) {
          expect(error).toMatchObject({ name: 'KzError' });
        }
      }),
    );
  });
});
