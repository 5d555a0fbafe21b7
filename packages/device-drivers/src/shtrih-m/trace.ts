import {
  type ByteChannel,
  channelClosedError,
  equalBytes,
  receiveQueue,
  throwIfAborted,
  toHex,
} from '@elcert/core';
import { commandCodeOf, isCommandCode } from './codec.js';
import { type CommandRow, commands } from './commands.js';
import { numberedPacket, packetFramer, standardFrame, standardFramer } from './framer.js';
import type { WireEntry, WireTrace } from './link.js';
import { RegisterError } from './register-error.js';

/** Where a command carries what nobody may read: its password, and the new password in table 2. */
function maskBody(body: Uint8Array): { readonly body: Uint8Array; readonly answerIsSecret: boolean } {
  const code = commandCodeOf(body);
  if (code === undefined || !isCommandCode(code)) return { body, answerIsSecret: false };
  const row: CommandRow = commands[code];
  const first = code.length / 2;
  const masked = body.slice();
  // The password is the first field of every command that has one, four bytes.
  if (Object.keys(row.request)[0] === 'password') masked.fill(0, first, first + 4);
  // 1Eh, 1Fh: password, table, row (two bytes), field, value. Field 1 of table 2 is a cashier's password.
  const passwords = (code === '1E' || code === '1F') && body[first + 4] === 2 && body[first + 7] === 1;
  if (passwords) masked.fill(0, first + 8);
  return { body: masked, answerIsSecret: code === '1F' && passwords };
}

function maskWritten(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly answerIsSecret: boolean } {
  if (bytes[0] === 0x8f) {
    const [event] = packetFramer().push(bytes);
    if (event?.type !== 'packet') return { bytes, answerIsSecret: false };
    const { body, answerIsSecret } = maskBody(event.body);
    return { bytes: numberedPacket(event.number, body), answerIsSecret };
  }
  const [event] = standardFramer().push(bytes);
  if (event?.type !== 'frame') return { bytes, answerIsSecret: false };
  const { body, answerIsSecret } = maskBody(event.body);
  return { bytes: standardFrame(body), answerIsSecret };
}

/**
 * Masks what goes into a trace: passwords become zeros (check bytes are made anew, so that the frames stay readable), and
 * what a register answers when asked for a cashier's password is left out.
 */
export function maskedTrace(trace: WireTrace): WireTrace {
  let secret = false;
  return (entry) => {
    if (entry.direction === 'in') {
      if (!secret) trace(entry);
      return;
    }
    const { bytes, answerIsSecret } = maskWritten(entry.bytes);
    // Control bytes belong to the exchange that is going on.
    if (entry.bytes.length > 1) secret = answerIsSecret;
    trace({ ...entry, bytes });
  };
}

/** A register that plays a trace back. */
export interface ReplayedShtrihM {
  /** For `openShtrihM`: may be called again, as a driver does when a connection broke. */
  readonly connect: () => Promise<ByteChannel>;
  /** Everything of the trace has been played. */
  readonly finished: boolean;
  /** The first thing that went another way than in the trace. */
  readonly mismatch: RegisterError | undefined;
}

/**
 * Plays the register's side of a trace: what the driver wrote then must be what it writes now, passwords aside, and it hears
 * what it heard then, in the same pieces. For tests of one's own till against a conversation from the field.
 *
 * Silence is played as silence: the driver waits as long as it is told to. When the trace is at its end, or the driver leaves
 * it, the channel ends, and `connect` throws the mismatch.
 *
 * @throws RegisterError `REPLAY_MISMATCH` (`not-sent`) from the channel's `write` and from `connect`
 * @example
 * ```ts
 * const replay = replayShtrihM(trace);
 * const register = await openShtrihM({ connect: replay.connect, layer: 'standard' });
 * ```
 */
export function replayShtrihM(trace: readonly WireEntry[]): ReplayedShtrihM {
  let next = 0;
  let mismatch: RegisterError | undefined;
  const differ = (said: Uint8Array | undefined): RegisterError => {
    const entry = trace[next];
    const told = entry === undefined ? 'has ended' : `has ${entry.direction} ${toHex(entry.bytes, ' ')}`;
    mismatch ??= new RegisterError({
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
          queue.push(entry.bytes.slice());
        }
      };
      const channel: ByteChannel = {
        label: 'replay',
        async write(bytes, options) {
          throwIfAborted(options?.signal);
          if (!open) throw channelClosedError('replay');
          const entry = trace[next];
          const said = maskWritten(bytes).bytes;
          if (entry?.direction !== 'out' || !equalBytes(maskWritten(entry.bytes).bytes, said)) {
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
