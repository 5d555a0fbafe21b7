import { localDateTime, localToUnixSeconds } from '@elcert/core';
import type { KzMoment } from './machine.js';
import type { KzStatus } from './session-api.js';
import type { KzDeviceState } from './store.js';

const daySeconds = 24 * 3600;

/** Whether a shift is open for 24 hours. */
export function shiftIsExpired({ counters: { openedAt } }: KzDeviceState, at: string): boolean {
  return openedAt !== undefined && localToUnixSeconds(at) - localToUnixSeconds(openedAt) >= daySeconds;
}

/** What a till shows of a device at one moment. */
export function statusOf(
  state: KzDeviceState,
  { at, ms }: KzMoment,
  offlineLimitMs: number,
  timeZone: string,
): KzStatus {
  const { offline, blocked, counters } = state;
  const untilMs = (offline?.sinceMs ?? 0) + offlineLimitMs;
  const working = offline === undefined ? 'online' : ms >= untilMs ? 'stopped' : 'offline';
  return {
    mode: blocked === undefined ? working : 'blocked',
    shift: counters.openedAt === undefined ? 'closed' : shiftIsExpired(state, at) ? 'expired' : 'open',
    shiftNumber: counters.shiftNumber,
    lastDocumentNumber: state.documentNumber,
    waiting: state.queue.length + (state.pending === undefined ? 0 : 1),
    ...(offline === undefined
      ? {}
      : {
          offline: {
            since: offline.since,
            until: localDateTime(untilMs, timeZone),
            remainingMs: Math.max(0, untilMs - ms),
          },
        }),
    ...(blocked === undefined ? {} : { blocked }),
  };
}
