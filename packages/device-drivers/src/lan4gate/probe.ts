import {
  type ByteChannel,
  type Clock,
  channelReader,
  isElcertError,
  systemClock,
  writeWithin,
} from '@elcert/core';
import { encodeLan4Gate, lan4GateRequest, safeDecodeLan4Gate } from './codec.js';
import { lan4GateFramer } from './framer.js';

/** Who answered a probe. */
export interface Lan4GateProbe {
  /** Status of the answer; a terminal that does not know the till answers with an error, which is an answer too. */
  readonly status: number | undefined;
}

/**
 * Asks whether a LAN-4Gate service listens behind a channel: a link test (801) of a till that is not registered, which changes
 * nothing. Any message of the protocol is an answer. Closes the channel.
 *
 * @returns nothing when nobody answers, or somebody who speaks another protocol
 * @throws what `connect` throws
 */
export async function probeLan4Gate(options: {
  readonly connect: () => Promise<ByteChannel>;
  readonly clock?: Clock | undefined;
  /** How long an answer is waited for; 2 seconds unless told. */
  readonly timeoutMs?: number | undefined;
}): Promise<Lan4GateProbe | undefined> {
  const { clock = systemClock(), timeoutMs = 2000 } = options;
  const channel = await options.connect();
  try {
    const reader = channelReader(channel, clock);
    const framer = lan4GateFramer({ maxJunk: 4096 });
    const end = clock.now() + timeoutMs;
    const question = encodeLan4Gate(lan4GateRequest('TestCommunication', 999, {}));
    await writeWithin(channel, question, { clock, timeoutMs });
    for (;;) {
      const left = end - clock.now();
      if (left <= 0) return undefined;
      const read = await reader.read({ timeoutMs: left });
      if (read.type !== 'chunk') return undefined;
      for (const event of framer.push(read.bytes)) {
        if (event.type === 'fatal') return undefined;
        if (event.type !== 'frame') continue;
        const decoded = safeDecodeLan4Gate(event.body);
        if (!decoded.ok || decoded.message.type === 'other') continue;
        return { status: decoded.message.type === 'response' ? decoded.message.status : undefined };
      }
    }
  } catch (error) {
    if (isElcertError(error)) return undefined;
    throw error;
  } finally {
    await channel.close();
  }
}
