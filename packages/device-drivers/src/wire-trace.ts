import {
  type ByteChannel,
  channelClosedError,
  ElcertError,
  equalBytes,
  receiveQueue,
  throwIfAborted,
  toHex,
} from '@elcert/core';

// What went over a wire, and how it is played back. Every byte-level family uses these two; what is secret in its bytes each
// family masks itself, before anybody sees them.

/** Some bytes on the wire, as they were written or came in. */
export interface WireEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly direction: 'out' | 'in';
  readonly bytes: Uint8Array;
}

/** Receives what goes over the wire, masked by the driver. */
export type WireTrace = (entry: WireEntry) => void;

/** A device that plays a trace back. */
export interface ReplayedWire {
  /** For a driver's `connect`: may be called again, as a driver does when a connection broke. */
  readonly connect: () => Promise<ByteChannel>;
  /** Everything of the trace has been played. */
  readonly finished: boolean;
  /** The first thing that went another way than in the trace. */
  readonly mismatch: ElcertError<'REPLAY_MISMATCH'> | undefined;
}

/** How {@link replayWire} compares and speaks. */
export interface ReplayOptions {
  /** Masks written bytes as the trace has masked them, so that both can be compared; nothing unless told. */
  readonly mask?: ((bytes: Uint8Array) => Uint8Array) | undefined;
  /** Puts back what the trace has masked in received bytes, before the driver hears them; nothing unless told. */
  readonly restore?: ((bytes: Uint8Array) => Uint8Array) | undefined;
}

/**
 * Plays the device's side of a trace: what the driver wrote then must be what it writes now, masked parts aside, and it hears
 * what it heard then, in the same pieces. For tests of one's own till against a conversation from the field.
 *
 * Silence is played as silence: the driver waits as long as it is told to. When the trace is at its end, or the driver leaves
 * it, the channel ends, and `connect` throws the mismatch.
 *
 * @throws ElcertError `REPLAY_MISMATCH` (`not-sent`, `position` is the entry) from the channel's `write` and from `connect`
 */
export function replayWire(
  trace: readonly WireEntry[],
  { mask = (bytes) => bytes, restore = (bytes) => bytes }: ReplayOptions = {},
): ReplayedWire {
  let next = 0;
  let mismatch: ElcertError<'REPLAY_MISMATCH'> | undefined;
  const differ = (said: Uint8Array | undefined): ElcertError<'REPLAY_MISMATCH'> => {
    const entry = trace[next];
    const told = entry === undefined ? 'has ended' : `has ${entry.direction} ${toHex(entry.bytes, ' ')}`;
    mismatch ??= new ElcertError({
      code: 'REPLAY_MISMATCH',
      message: `the driver ${said === undefined ? 'connects' : `says ${toHex(said, ' ')}`}, the trace ${told}`,
      outcome: 'not-sent',
      position: next,
    });
    return mismatch;
  };
  return {
    get finished() {
      return next === trace.length;
    },
    get mismatch() {
      return mismatch;
    },
    async connect() {
      if (mismatch !== undefined) throw mismatch;
      if (next === trace.length) throw differ(undefined);
      const queue = receiveQueue();
      let open = true;
      const speak = () => {
        for (let entry = trace[next]; entry?.direction === 'in'; entry = trace[next]) {
          next += 1;
          queue.push(restore(entry.bytes.slice()));
        }
      };
      const channel: ByteChannel = {
        label: 'replay',
        async write(bytes, options) {
          throwIfAborted(options?.signal);
          if (!open) throw channelClosedError('replay');
          const entry = trace[next];
          const said = mask(bytes);
          if (entry?.direction !== 'out' || !equalBytes(mask(entry.bytes), said)) {
            queue.end();
            throw differ(said);
          }
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
