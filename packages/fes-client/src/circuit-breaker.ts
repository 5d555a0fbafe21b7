import { type Clock, systemClock } from '@elcert/core';
import { FesError, type FesErrorCode } from './errors.js';

/** How a {@link FesCircuitBreaker} behaves. */
export interface FesCircuitBreakerOptions {
  readonly clock?: Clock | undefined;
  /** Failed calls in a row that open it; 3 by default. */
  readonly failures?: number | undefined;
  /** How long it stays open, milliseconds; 30 s by default. */
  readonly openMs?: number | undefined;
}

/** Keeps a till from waiting for an FES that is down. One may serve all desks of a shop. */
export interface FesCircuitBreaker {
  /** `open`: calls fail at once. `half-open`: the next call tries. */
  readonly state: 'closed' | 'open' | 'half-open';
  /** Runs a call, or throws `FES_CIRCUIT_OPEN` (`not-sent`) at once. */
  run<T>(call: () => Promise<T>): Promise<T>;
}

/** FES, or the way to it, is down. A refusal is not: it shows that FES is alive. */
const down: ReadonlySet<FesErrorCode> = new Set([
  'FES_UNREACHABLE',
  'FES_TIMEOUT',
  'FES_DISCONNECTED',
  'FES_NO_ANSWER',
  'FES_SERVER_ERROR',
]);

/**
 * Makes a {@link FesCircuitBreaker}: after some failed calls in a row the next ones fail at once, so that ordinary sales
 * go on; after a while one call tries again.
 *
 * @example
 * ```ts
 * const breaker = createCircuitBreaker();
 * const client = createFesClient({ …, breaker });
 * if (breaker.state === 'open') offerOrdinarySale();
 * ```
 */
export function createCircuitBreaker({
  clock = systemClock(),
  failures = 3,
  openMs = 30_000,
}: FesCircuitBreakerOptions = {}): FesCircuitBreaker {
  let failed = 0;
  let openUntil: number | undefined;
  let probing = false;
  const stateNow = (): FesCircuitBreaker['state'] =>
    openUntil === undefined ? 'closed' : clock.now() < openUntil || probing ? 'open' : 'half-open';
  return {
    get state() {
      return stateNow();
    },
    async run(call) {
      const state = stateNow();
      if (state === 'open') {
        throw new FesError({
          code: 'FES_CIRCUIT_OPEN',
          message: `FES has not answered ${failed} times in a row: it is not asked`,
          userMessage: 'ФЭС НСПК недоступен: оплата сертификатом сейчас невозможна, обычная продажа возможна',
          outcome: 'not-sent',
          details: { retryAfterMs: Math.max(0, (openUntil ?? 0) - clock.now()) },
        });
      }
      const probe = state === 'half-open';
      if (probe) probing = true;
      try {
        const result = await call();
        failed = 0;
        openUntil = undefined;
        return result;
      } catch (error) {
        const code = error instanceof FesError ? error.code : undefined;
        if (code !== undefined && down.has(code)) {
          failed += 1;
          if (failed >= failures) openUntil = clock.now() + openMs;
        } else if (error instanceof FesError && error.outcome === 'refused') {
          failed = 0;
          openUntil = undefined;
        }
        throw error;
      } finally {
        if (probe) probing = false;
      }
    },
  };
}
