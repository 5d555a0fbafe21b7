import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDateTime, localToUnixSeconds, unixSecondsToLocal } from './index.js';

describe('local time', () => {
  it('reads minutes and seconds', () => {
    expect(localToUnixSeconds('1970-01-02T00:00')).toBe(86400);
    expect(localToUnixSeconds('1970-01-02T00:00:01')).toBe(86401);
  });

  it('goes there and back over all years of four digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: -59_011_459_200, max: 253_402_300_799 }), (seconds) => {
        expect(localToUnixSeconds(unixSecondsToLocal(seconds))).toBe(seconds);
      }),
    );
  });

  it.each([
    '2026-02-29T00:00',
    '2026-04-31T00:00',
    '2026-13-01T00:00',
    '2026-00-10T00:00',
    '2026-01-00T00:00',
    '2026-01-01T24:00',
    '2026-01-01T00:60',
    '2026-01-01T00:00:60',
    '0050-01-01T00:00',
    '2026-01-01 00:00',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00:00.000',
    '2026-01-01T00:00+03:00',
    '26-01-01T00:00',
    '2026-1-1T0:0',
    '',
    ' 2026-01-01T00:00',
    '2026-01-01T00:00\n',
    0 as never,
    new Date(0) as never,
    undefined as never,
  ])('refuses %j', (text) => {
    expect(() => localToUnixSeconds(text)).toThrow(expect.objectContaining({ code: 'BAD_LOCAL_TIME' }));
  });

  it.each([0.5, Number.NaN, 1e12, -1e12, Number.POSITIVE_INFINITY])('refuses %s seconds', (seconds) => {
    expect(() => unixSecondsToLocal(seconds)).toThrow(expect.objectContaining({ code: 'BAD_LOCAL_TIME' }));
  });

  it('shows one hour twice when summer ends, and leaves one out when it begins', () => {
    const at = (utc: string) => localDateTime(Date.parse(utc), 'Europe/Berlin');
    expect([at('2026-10-25T00:59:59Z'), at('2026-10-25T01:00:00Z')]).toEqual([
      '2026-10-25T02:59:59',
      '2026-10-25T02:00:00',
    ]);
    expect([at('2026-03-29T00:59:59Z'), at('2026-03-29T01:00:00Z')]).toEqual([
      '2026-03-29T01:59:59',
      '2026-03-29T03:00:00',
    ]);
    expect(localDateTime(Date.parse('2026-11-21T21:00:00Z'), 'Europe/Moscow')).toBe('2026-11-22T00:00:00');
  });

  it('names what is wrong', () => {
    expect(() => localDateTime(0, 'Mars/Olympus')).toThrow(
      expect.objectContaining({ code: 'BAD_TIME_ZONE' }),
    );
    expect(() => localDateTime(Number.NaN, 'UTC')).toThrow(
      expect.objectContaining({ code: 'BAD_LOCAL_TIME' }),
    );
  });
});
