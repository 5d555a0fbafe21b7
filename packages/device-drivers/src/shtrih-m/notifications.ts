import { concatBytes, crc16CcittFalse } from '@elcert/core';
import { failed, harmless } from './fail.js';
import { isRefused, type Session } from './session.js';

/** A notification of marked products, as a register that works offline keeps it for its owner. */
export interface MarkingNotification {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/**
 * Takes notifications of marked products out of a register that works offline: they are carried to the marking service by hand.
 * Reading changes nothing; only what was stored safely is to be confirmed.
 */
export interface NotificationExport {
  /** Everything that was not confirmed yet, the oldest first. */
  read(options?: { readonly signal?: AbortSignal }): Promise<readonly MarkingNotification[]>;
  /** The register may forget this one. Confirmed in the order of their numbers. */
  confirm(notification: MarkingNotification, options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/** Blocks that the register gives are no longer than this. */
const longestBlock = 128;
const mostNotifications = 10_000;

/**
 * The data of a block. The supplement's text ends with them; the maker's own driver expects their length in front.
 *
 * @param left - bytes that the notification still lacks
 */
function blockOf(data: Uint8Array, left: number): Uint8Array {
  const told = (data[0] ?? 0) | ((data[1] ?? 0) << 8);
  const isTold = data.length >= 2 && told === data.length - 2;
  const fits = data.length === left || data.length === longestBlock;
  return isTold && !fits ? data.subarray(2) : data;
}

/** Makes a {@link NotificationExport} (FF71–FF73). */
export function notificationExport({ call, exclusive }: Session): NotificationExport {
  const read = async (): Promise<MarkingNotification[]> => {
    let count: number;
    try {
      ({ count } = await call('FF71', {}));
    } catch (error) {
      // 08h of the drive: nothing is kept.
      if (isRefused(error) && (error as { details?: { result?: number } }).details?.result === 8) return [];
      throw error;
    }
    if (count > mostNotifications)
      throw failed('BAD_ANSWER', `${count} notifications are more than a drive keeps`, 'not-sent');
    const notifications: MarkingNotification[] = [];
    while (notifications.length < count) {
      const parts: Uint8Array[] = [];
      let got = 0;
      for (;;) {
        const { number, size, offset, data } = await call('FF72', {});
        const block = blockOf(data, size - got);
        if (offset !== got || block.length === 0 || got + block.length > size)
          throw failed('BAD_ANSWER', `FF72h: ${block.length} bytes at ${offset} of ${size}`, 'not-sent');
        parts.push(block);
        got += block.length;
        if (got < size) continue;
        notifications.push({ number, bytes: concatBytes(...parts) });
        break;
      }
    }
    return notifications;
  };
  return {
    // A lost answer spoils the reading alone: it begins anew.
    read: ({ signal } = {}) => exclusive(signal, () => harmless('notifications', read)),
    confirm: ({ number, bytes }, { signal } = {}) =>
      exclusive(signal, async () => void (await call('FF73', { number, crc: crc16CcittFalse(bytes) }))),
  };
}
