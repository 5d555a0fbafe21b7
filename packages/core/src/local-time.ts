import { ElcertError } from './errors.js';

/**
 * A wall-clock time without a zone, as fiscal documents carry it: `2026-11-22T14:05` or with `:SS`.
 * The zone, where a deadline depends on it, travels apart as an IANA name.
 */
export type LocalDateTime = string;

const pattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/;

/**
 * Seconds since 1970 of a wall-clock time taken as if it were UTC – the `unixtime` of fiscal documents.
 *
 * @throws ElcertError `BAD_LOCAL_TIME` for a text of another form or a moment that no calendar has
 */
export function localToUnixSeconds(text: LocalDateTime): number {
  const match = pattern.exec(text);
  if (match !== null) {
    const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const ms = Date.UTC(year, month - 1, day, hour, minute, Number.isNaN(second) ? 0 : second);
    const back = new Date(ms);
    if (
      back.getUTCMonth() === month - 1 &&
      back.getUTCDate() === day &&
      hour < 24 &&
      minute < 60 &&
      (Number.isNaN(second) || second < 60)
    ) {
      return ms / 1000;
    }
  }
  throw new ElcertError({
    code: 'BAD_LOCAL_TIME',
    message: `not a local date and time: ${JSON.stringify(text.slice(0, 40))}`,
  });
}

/** The wall-clock text (with seconds) of such a `unixtime`. */
export function unixSecondsToLocal(seconds: number): LocalDateTime {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

/**
 * What the clock on the wall shows at a moment in a zone: `2026-11-22T14:05:33`.
 *
 * @param epochMs - milliseconds since 1970, UTC
 * @param timeZone - IANA name, e.g. `Europe/Moscow`
 */
export function localDateTime(epochMs: number, timeZone: string): LocalDateTime {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(epochMs));
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '00';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}`;
}
