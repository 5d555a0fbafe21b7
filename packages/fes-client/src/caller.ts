import type { Clock } from '@elcert/core';
import type { FesAnswer, FesTimeouts } from './http/transport.js';
import type { FesOperation, FesWireProfile } from './profile.js';
import type { FesRequests } from './requests.js';

/** Options of one call. */
export interface FesCallOptions {
  /**
   * UUID of this logical request, made when absent. To be able to repeat after `unknown`, make and keep it before the
   * call; the same id with the same request is always safe.
   */
  readonly requestId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeouts?: Partial<FesTimeouts> | undefined;
}

/** What the free functions need of a client. */
export interface FesCaller {
  readonly profile: FesWireProfile;
  readonly cashboxId: string;
  readonly clock: Clock;
  /** Checks, sends and judges one request; a `result.code` other than success is thrown. */
  call<Operation extends FesOperation>(
    operation: Operation,
    request: FesRequests[Operation],
    options?: FesCallOptions,
  ): Promise<FesAnswer & { readonly requestId: string }>;
}
