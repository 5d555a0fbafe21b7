import type { JsonObject } from '@bufbuild/protobuf';
import type { LocalDateTime } from '@elcert/core';
import { kzDateTime } from './messages.js';
import type { KzDeviceState } from './store.js';

/** What a device writes that was never without its operator. */
const never = '1970-01-01T00:00:00';

/**
 * The service block of a request: registration and position as the operator gave them, the time without an operator, the versions of
 * the ads that are there. 2.0.3 wants it with every command.
 *
 * @param own - the caller's members, which win
 */
export function kzServiceBlock(
  state: KzDeviceState,
  now: LocalDateTime,
  own: JsonObject | undefined,
): JsonObject {
  const { offline, offlinePeriod, registration, ads } = state;
  // A clock that was set back does not end the time before the last document that was made in it.
  const last = state.done.at(-1)?.at ?? now;
  const end = last > now ? last : now;
  const period =
    offline === undefined ? (offlinePeriod ?? { begin: never, end: never }) : { begin: offline.since, end };
  const { kkm, org, pos } = (registration ?? {}) as {
    readonly kkm?: JsonObject;
    readonly org?: JsonObject;
    readonly pos?: { readonly latitude?: number; readonly longitude?: number };
  };
  return {
    getRegInfo: true,
    offlinePeriod: { beginTime: { ...kzDateTime(period.begin) }, endTime: { ...kzDateTime(period.end) } },
    ...(pos?.latitude === undefined || pos.longitude === undefined
      ? {}
      : { securityStats: { geoPosition: { latitude: pos.latitude, longitude: pos.longitude } } }),
    ...(kkm === undefined && org === undefined
      ? {}
      : {
          regInfo: {
            ...(kkm === undefined ? {} : { kkm }),
            ...(org === undefined ? {} : { org }),
          },
        }),
    ...(ads.length === 0 ? {} : { ticketAdInfos: ads.map(({ type, version }) => ({ type, version })) }),
    ...own,
  };
}

/** An operator's text for a receipt, with the fiscal sign of the ticket where it wants it. */
export function kzAdText(ad: { readonly text: string }, ticketNumber: string): string {
  return ad.text.replaceAll(/\$\{ticket_number\}/g, ticketNumber);
}
