import { describe, expect, it } from 'vitest';
import { receiptDataDeadline } from './deadline.js';

describe('receiptDataDeadline', () => {
  it.each([
    ['2026-11-22T14:05', 'Europe/Moscow', '2026-11-22T21:00:00.000Z'],
    ['2026-11-22T00:00:00', 'Europe/Moscow', '2026-11-22T21:00:00.000Z'],
    ['2026-12-31T23:59:59', 'Europe/Kaliningrad', '2026-12-31T22:00:00.000Z'],
    ['2026-11-22T23:50', 'Asia/Vladivostok', '2026-11-22T14:00:00.000Z'],
    ['2026-11-22T23:50', 'Asia/Kamchatka', '2026-11-22T12:00:00.000Z'],
    // The clock goes back on this day: it has 25 hours.
    ['2026-10-25T12:00', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
  ])('%s in %s ends at %s', (dateTime, timeZone, end) => {
    expect(new Date(receiptDataDeadline(dateTime, timeZone)).toISOString()).toBe(end);
  });

  it('refuses what is no time', () => {
    expect(() => receiptDataDeadline('22.11.2026', 'Europe/Moscow')).toThrow(
      expect.objectContaining({ code: 'BAD_LOCAL_TIME' }),
    );
  });
});
