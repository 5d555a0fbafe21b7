import { type CoreErrorCode, ElcertError } from './errors.js';

/**
 * A wall-clock time without a zone, as fiscal documents carry it: `2026-11-22T14:05` or with `:SS`.
 * The zone, where a deadline depends on it, travels apart as an IANA name.
 */
export type LocalDateTime = string;

const pattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/;

function badLocalTime(value: unknown): ElcertError<CoreErrorCode> {
  return new ElcertError({
    code: 'BAD_LOCAL_TIME',
    message: `not a local date and time: ${JSON.stringify(String(value).slice(0, 40))}`,
  });
}

/**
 * Seconds since 1970 of a wall-clock time taken as if it were UTC – the `unixtime` of fiscal documents.
 *
 * @throws ElcertError `BAD_LOCAL_TIME` for a text of another form or a moment that no calendar has
 */
export function localToUnixSeconds(text: LocalDateTime): number {
  const match = typeof text === 'string' ? pattern.exec(text) : null;
  if (match === null) throw badLocalTime(text);
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Date.UTC carries a 30th of February over into March, and the years 0 to 99 into the last century.
  const same =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  if (!same) throw badLocalTime(text);
  return date.getTime() / 1000;
}

/**
 * The wall-clock text (with seconds) of such a `unixtime`.
 *
 * @throws ElcertError `BAD_LOCAL_TIME` unless it is whole seconds of a year with four digits
 */
export function unixSecondsToLocal(seconds: number): LocalDateTime {
  // From 0100-01-01T00:00:00 to 9999-12-31T23:59:59: what localToUnixSeconds reads back.
  if (!Number.isInteger(seconds) || seconds < -59_011_459_200 || seconds > 253_402_300_799)
    throw badLocalTime(seconds);
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

const formats = new Map<string, Intl.DateTimeFormat>();

// Making a formatter costs a hundred times more than using it. Only names that the platform knows get in.
function formatIn(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  let made: Intl.DateTimeFormat;
  try {
    made = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
  } catch (cause) {
    throw new ElcertError<CoreErrorCode>({
      code: 'BAD_TIME_ZONE',
      message: `not a time zone: ${JSON.stringify(String(timeZone).slice(0, 40))}`,
      cause,
    });
  }
  formats.set(timeZone, made);
  return made;
}

/**
 * What the clock on the wall shows at a moment in a zone: `2026-11-22T14:05:33`.
 *
 * @param epochMs - milliseconds since 1970, UTC
 * @param timeZone - IANA name, e.g. `Europe/Moscow`
 * @throws ElcertError `BAD_TIME_ZONE`, or `BAD_LOCAL_TIME` for a moment that `Date` does not have
 */
export function localDateTime(epochMs: number, timeZone: string): LocalDateTime {
  const format = formatIn(timeZone);
  if (Number.isNaN(new Date(epochMs).getTime())) throw badLocalTime(epochMs);
  const parts = format.formatToParts(epochMs);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '00';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}`;
}
