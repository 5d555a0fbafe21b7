import { type LocalDateTime, localDateTime, localToUnixSeconds } from '@elcert/core';

/**
 * The moment until which FES wants a receipt's data: the end of the calendar day of tag 1012 in the point's zone.
 *
 * @param dateTime - of the receipt, local
 * @param timeZone - IANA name of the point's zone
 * @returns milliseconds since 1970
 * @throws ElcertError `BAD_LOCAL_TIME`, `BAD_TIME_ZONE`
 * @example
 * ```ts
 * new Date(receiptDataDeadline('2026-11-22T23:50', 'Asia/Vladivostok')).toISOString(); // '2026-11-22T14:00:00.000Z'
 * ```
 */
export function receiptDataDeadline(dateTime: LocalDateTime, timeZone: string): number {
  const day = 86_400_000;
  const wall = (Math.floor((localToUnixSeconds(dateTime) * 1000) / day) + 1) * day;
  // The zone's offset at midnight is found by asking what the wall shows; twice, for days on which the clock changes.
  let at = wall;
  for (let round = 0; round < 2; round += 1)
    at += wall - localToUnixSeconds(localDateTime(at, timeZone)) * 1000;
  return at;
}
