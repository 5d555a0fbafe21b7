import { type ByteChannel, channelClosedError, receiveQueue, throwIfAborted } from '@elcert/core';
import { decodeLan4Gate, encodeLan4Gate, type Lan4GateMessage, redactLan4Gate } from './codec.js';
import { lan4GateError } from './errors.js';
import type { Lan4GateTraceEntry } from './exchange-driver.js';
import { lan4GateFramer } from './framer.js';
import type { Lan4GateLink } from './incoming.js';

/** A link that plays a trace back. */
export interface ReplayedLan4Gate extends Lan4GateLink {
  /** Everything of the trace has been played. */
  readonly finished: boolean;
}

/**
 * Plays the terminal's side of a trace: what the driver wrote then must be what it writes now (as far as a masked trace can
 * tell), and it hears what it heard then, losses and unreadable bytes included. For tests of one's own till against a
 * conversation from the field.
 *
 * @param options.restore - puts back what the trace masks, e.g. a made-up `CardPANHash`, before the driver hears a message
 * @throws ElcertError `REPLAY_MISMATCH` (`not-sent`) from the channel's `write` or from `connect`
 */
export function replayLan4Gate(
  trace: readonly Lan4GateTraceEntry[],
  options: { readonly restore?: (message: Lan4GateMessage) => Lan4GateMessage } = {},
): ReplayedLan4Gate {
  const restore = options.restore ?? ((message) => message);
  const bytes = (text: string) => new TextEncoder().encode(text);
  const text = (data: Uint8Array) => new TextDecoder().decode(data);
  const messageOf = (frame: string): Lan4GateMessage | undefined => {
    const [event] = lan4GateFramer().push(bytes(frame));
    return event?.type === 'frame' ? decodeLan4Gate(event.body) : undefined;
  };
  let next = 0;
  const mismatch = (what: string, entry: Lan4GateTraceEntry | undefined) =>
    lan4GateError({
      code: 'REPLAY_MISMATCH',
      message: `${what}, the trace has ${entry === undefined ? 'ended' : `${entry.direction} ${entry.kind} ${entry.frame ?? ''}`.trimEnd()}`,
      outcome: 'not-sent',
      position: next,
    });
  return {
    get finished() {
      return trace.slice(next).every((entry) => entry.direction === 'out' && entry.kind === 'closed');
    },
    async connect({ signal }) {
      throwIfAborted(signal);
      while (trace[next]?.kind === 'closed') next += 1;
      if (trace[next]?.kind !== 'connected') throw mismatch('the driver connects', trace[next]);
      next += 1;
      const queue = receiveQueue();
      let open = true;
      /** Says everything that was heard before the driver spoke again. */
      const speak = () => {
        for (let entry = trace[next]; entry?.direction === 'in'; entry = trace[next]) {
          next += 1;
          if (entry.kind === 'closed') return queue.end();
          if (entry.kind === 'message' && entry.frame !== undefined) {
            const message = messageOf(entry.frame);
            queue.push(message === undefined ? bytes(entry.frame) : encodeLan4Gate(restore(message)));
          } else if (entry.kind === 'junk') queue.push(bytes('?'.repeat(entry.length ?? 1)));
          // What it was is not in the trace: anything that is no message stands for it.
          else queue.push(bytes('0002{?'));
        }
      };
      const channel: ByteChannel = {
        label: 'replay',
        async write(frame, writeOptions) {
          throwIfAborted(writeOptions?.signal);
          if (!open) throw channelClosedError('replay');
          const message = messageOf(text(frame));
          const said = message === undefined ? text(frame) : text(encodeLan4Gate(redactLan4Gate(message)));
          const entry = trace[next];
          if (entry?.direction !== 'out' || entry.kind !== 'message' || entry.frame !== said)
            throw mismatch(`the driver says ${said}`, entry);
          next += 1;
          speak();
        },
        async close() {
          open = false;
          queue.end();
        },
        [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
      };
      speak();
      return channel;
    },
  };
}
