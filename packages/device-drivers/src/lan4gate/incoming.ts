import { type ByteChannel, type Clock, throwIfAborted } from '@elcert/core';
import { lan4GateError } from './errors.js';

/** Where the driver gets its connections from: both directions of the vendor's protocol look alike to it. */
export interface Lan4GateLink {
  /**
   * A connection to the terminal's service. Called again after the connection was lost.
   *
   * @throws ElcertError with outcome `not-sent`
   */
  connect(options: { readonly signal?: AbortSignal | undefined }): Promise<ByteChannel>;
  /** Whether the terminal has called again since this connection was made, so that the old one is dead or soon will be. */
  superseded?(channel: ByteChannel): boolean;
}

/** A {@link Lan4GateLink} for a till that listens: the terminal's service calls it. */
export interface IncomingLan4Gate extends Lan4GateLink {
  /** Takes a connection: what a listener hands over. */
  accept(channel: ByteChannel): void;
}

/**
 * Makes the link of a till that listens (the vendor's default, port 20501). Only the newest connection counts: one that
 * waits unused is closed when another comes.
 *
 * @param options.waitMs - how long a call waits for the terminal to come; 30 seconds unless told
 * @example
 * ```ts
 * import { listenTcp } from '@elcert/core/node';
 *
 * const link = incomingLan4Gate({ clock });
 * const listener = await listenTcp(link.accept, { host: '0.0.0.0', port: 20501 });
 * const terminal = openLan4Gate({ link, clock, ecrNumber: 1, merchantNumber: 1 });
 * ```
 */
export function incomingLan4Gate(options: {
  readonly clock: Clock;
  readonly waitMs?: number;
}): IncomingLan4Gate {
  const { clock, waitMs = 30_000 } = options;
  let waiting: ByteChannel | undefined;
  let newest: ByteChannel | undefined;
  const takers = new Set<(channel: ByteChannel) => void>();
  return {
    accept(channel) {
      newest = channel;
      const [taker] = takers;
      if (taker !== undefined) {
        takers.delete(taker);
        taker(channel);
        return;
      }
      void waiting?.close();
      waiting = channel;
    },
    superseded: (channel) => newest !== channel,
    async connect({ signal }) {
      throwIfAborted(signal);
      if (waiting !== undefined) {
        const channel = waiting;
        waiting = undefined;
        return channel;
      }
      return new Promise((resolve, reject) => {
        const done = () => {
          takers.delete(take);
          cancel();
          signal?.removeEventListener('abort', onAbort);
        };
        const take = (channel: ByteChannel) => {
          done();
          resolve(channel);
        };
        const fail = (code: 'NO_TERMINAL' | 'ABORTED', message: string) => {
          done();
          reject(
            lan4GateError({
              code,
              message,
              outcome: 'not-sent',
              userMessage: 'Терминал не подключён к кассе.',
            }),
          );
        };
        const onAbort = () => fail('ABORTED', 'aborted while waiting for the terminal');
        const cancel = clock.setTimer(waitMs, () =>
          fail('NO_TERMINAL', `no terminal has called in ${waitMs} ms`),
        );
        signal?.addEventListener('abort', onAbort, { once: true });
        takers.add(take);
      });
    },
  };
}
