import { type ReplayedWire, replayWire, type WireEntry, type WireTrace } from '../wire-trace.js';
import { commandCodeOf, isCommandCode } from './codec.js';
import { type CommandRow, commands } from './commands.js';
import { numberedPacket, packetFramer, standardFrame, standardFramer } from './framer.js';

/** Where a command carries what nobody may read: its password, and the new password in table 2. */
function maskBody(body: Uint8Array): { readonly body: Uint8Array; readonly answerIsSecret: boolean } {
  const code = commandCodeOf(body);
  if (code === undefined || !isCommandCode(code)) return { body, answerIsSecret: false };
  const row: CommandRow = commands[code];
  const first = code.length / 2;
  const masked = body.slice();
  // The password is the first field of every command that has one, four bytes.
  const [one, two] = Object.keys(row.request);
  if (one === 'password') masked.fill(0, first, first + 4);
  // A new one follows it where one is set (0Dh, 65h).
  if (two === 'newPassword') masked.fill(0, first + 4, first + 8);
  // 1Eh, 1Fh: password, table, row (two bytes), field, value. Field 1 of table 2 is a cashier's password.
  const passwords = (code === '1E' || code === '1F') && body[first + 4] === 2 && body[first + 7] === 1;
  if (passwords) masked.fill(0, first + 8);
  const answerIsSecret = (code === '1F' && passwords) || Object.hasOwn(row.response, 'storedPassword');
  return { body: masked, answerIsSecret };
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

/**
 * Plays the register's side of a trace, passwords aside: see {@link replayWire}.
 *
 * @throws ElcertError `REPLAY_MISMATCH` (`not-sent`) from the channel's `write` and from `connect`
 * @example
 * ```ts
 * const replay = replayShtrihM(trace);
 * const register = await openShtrihM({ connect: replay.connect, layer: 'standard' });
 * ```
 */
export function replayShtrihM(trace: readonly WireEntry[]): ReplayedWire {
  return replayWire(trace, { mask: (bytes) => maskWritten(bytes).bytes });
}
