import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@elcert/core';
import { serviceError } from './errors.js';

/** Somebody who may use the service. */
export interface ServiceOperator {
  /** Number of the cashier on tickets. */
  readonly code: number;
  readonly name: string;
  readonly role: 'cashier' | 'administrator';
}

/** Checks PINs. */
export interface PinDesk {
  /**
   * Whose PIN it is.
   *
   * @param address - of who asks: wrong tries are counted for each
   * @throws ElcertError `UNAUTHORIZED`, `TOO_MANY_TRIES` with `details.retryAfterSeconds`
   */
  operatorOf(authorization: string | undefined, address: string): ServiceOperator;
}

const freeTries = 5;
const firstPauseMs = 30_000;
const longestPauseMs = 15 * 60_000;
/** More addresses than that are never counted apart: the oldest ones are forgotten. */
const mostAddresses = 1000;

/**
 * Who tries, as far as an address tells: the whole loopback is one, since any program of the machine may choose among its addresses, and
 * so is a network of IPv6.
 */
export function triesOf(address: string): string {
  const plain = address.replace(/^::ffff:/i, '');
  if (plain === '::1' || plain.startsWith('127.')) return 'loopback';
  return plain.includes(':') ? plain.split(':').slice(0, 4).join(':') : plain;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * A desk for the PINs of a configuration. After five wrong tries in a row an address waits, twice as long after each further one (30
 * seconds to 15 minutes); a right PIN is refused as well while it waits, otherwise guessing would go on. All PINs are compared each time,
 * in a time that tells nothing.
 */
export function pinDesk(
  operators: readonly (ServiceOperator & { readonly pin: string })[],
  clock: Clock,
): PinDesk {
  const known = operators.map(({ pin, ...operator }) => ({ operator, digest: digest(pin) }));
  const tries = new Map<string, { wrong: number; until: number }>();
  return {
    operatorOf(authorization, address) {
      const from = triesOf(address);
      const own = tries.get(from);
      const now = clock.now();
      if (own !== undefined && own.until > now) {
        const retryAfterSeconds = Math.ceil((own.until - now) / 1000);
        throw serviceError(
          'TOO_MANY_TRIES',
          `too many wrong PINs; ${retryAfterSeconds} s to wait`,
          'PIN-код несколько раз введён неверно: подождите.',
          { details: { retryAfterSeconds } },
        );
      }
      const pin = (authorization ?? '').replace(/^Bearer +/i, '').trim();
      if (pin === '')
        throw serviceError('UNAUTHORIZED', 'the Authorization header carries the PIN', 'Введите PIN-код.');
      const given = digest(pin);
      let found: ServiceOperator | undefined;
      // Every one is compared, whoever it is.
      for (const one of known) if (timingSafeEqual(one.digest, given)) found = one.operator;
      if (found !== undefined) {
        tries.delete(from);
        return found;
      }
      const wrong = (own?.wrong ?? 0) + 1;
      const pause = wrong < freeTries ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (wrong - freeTries));
      tries.delete(from);
      tries.set(from, { wrong, until: now + pause });
      if (tries.size > mostAddresses) tries.delete(tries.keys().next().value as string);
      throw serviceError('UNAUTHORIZED', 'no operator has this PIN', 'Неверный PIN-код.');
    },
  };
}
