import { ElcertError, type ElcertErrorInit } from '@elcert/core';

/** Every code that an error of this package can carry. */
export type FesErrorCode =
  /** The client's own settings are wrong (`path` names the member). Nothing was sent. */
  | 'FES_BAD_CONFIG'
  /** A profile with invented parts was pointed at NSPK's own host. Nothing was sent. */
  | 'FES_ASSUMED_PROFILE'
  /** The request breaks a rule that FES is known to have (`path` names the member). Nothing was sent. */
  | 'FES_BAD_REQUEST'
  /** The `credentials` function failed or gave something that cannot be a key. Nothing was sent. */
  | 'FES_CREDENTIALS'
  /** Nobody took the connection: address, network, TLS. Nothing was sent. */
  | 'FES_UNREACHABLE'
  /** The basket's life has ended: pre-auth again. Nothing was sent. */
  | 'FES_BASKET_EXPIRED'
  /** A desk whose status is not «Активна» is not worked with. Nothing was sent. */
  | 'FES_DESK_NOT_ACTIVE'
  /** The circuit is open after many failures: nothing was sent. */
  | 'FES_CIRCUIT_OPEN'
  /** No answer in time. */
  | 'FES_TIMEOUT'
  /** The caller's signal. `not-sent` when it came before the first byte, else `unknown`. */
  | 'FES_ABORTED'
  /** The connection broke after the request had begun to go out. */
  | 'FES_DISCONNECTED'
  /** HTML, nothing, or a body that ends too early: whoever answered, it was not FES. */
  | 'FES_NO_ANSWER'
  /** HTTP 5xx. */
  | 'FES_SERVER_ERROR'
  /** HTTP 429. */
  | 'FES_RATE_LIMITED'
  /** HTTP 401: the API key is missing, unknown or blocked. */
  | 'FES_UNAUTHORIZED'
  /** HTTP 403: the MAC is wrong, or the desk is not known. */
  | 'FES_FORBIDDEN'
  /** Another HTTP 4xx. */
  | 'FES_HTTP_REFUSED'
  /** `result.code` is not 0: FES says no (`details.resultCode`, `details.description`). */
  | 'FES_REFUSED'
  /** An answer that contradicts its own sums or the request (`path` names the member). */
  | 'FES_BAD_ANSWER'
  /** An answer longer than the client is ready to hold. */
  | 'FES_ANSWER_TOO_LONG'
  /** The profile says that answers are signed, and this one is not, or wrongly. */
  | 'FES_BAD_ANSWER_MAC';

/** What a {@link FesError} is made of. */
export type FesErrorInit = ElcertErrorInit<FesErrorCode>;

/**
 * An error of this package. `outcome` is always present; `details.requestId` names the request, so that the very same
 * request may be sent again with the same id after `unknown`.
 *
 * @example
 * ```ts
 * try {
 *   await client.preAuthPurchase(purchase, { requestId });
 * } catch (error) {
 *   if (isElcertError(error) && error.outcome === 'unknown') await client.preAuthPurchase(purchase, { requestId });
 * }
 * ```
 */
export class FesError extends ElcertError<FesErrorCode> {
  override readonly name = 'FesError';
}
