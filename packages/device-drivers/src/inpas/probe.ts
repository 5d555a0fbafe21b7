import {
  type ByteChannel,
  type Clock,
  channelReader,
  isElcertError,
  systemClock,
  writeWithin,
} from '@elcert/core';
import { encodeInpasTlv, inpasField, inpasMessage, safeDecodeInpasTlv } from './codec.js';
import { inpasFrame, inpasFramer } from './framer.js';
import { nothingReceived, receiveInpas } from './link.js';
import { inpasControl, inpasOperations } from './table.js';

/** Who answered a probe. */
export interface InpasProbe {
  readonly terminalId: string | undefined;
}

/**
 * Asks whether an INPAS terminal with SA stands behind a channel: a link test (26), which moves no money; a terminal may call its
 * bank for it. Any frame of the protocol with a right check sum is an answer. Closes the channel.
 *
 * @returns nothing when nobody answers, or somebody who speaks another protocol
 * @throws what `connect` throws
 */
export async function probeInpas(options: {
  readonly connect: () => Promise<ByteChannel>;
  readonly clock?: Clock | undefined;
  /** How long a frame is waited for once the request was confirmed; 5 seconds unless told. */
  readonly timeoutMs?: number | undefined;
}): Promise<InpasProbe | undefined> {
  const { clock = systemClock(), timeoutMs = 5000 } = options;
  const channel = await options.connect();
  try {
    const reader = channelReader(channel, clock);
    const framer = inpasFramer({ maxJunk: 1024 });
    let receiving = nothingReceived;
    const question = inpasMessage({ operationCode: String(inpasOperations.linkTest.code), terminalId: '' });
    const ask = () => writeWithin(channel, inpasFrame(encodeInpasTlv(question)), { clock, timeoutMs: 2000 });
    await ask();
    // What others asked before on the same line may have left the beginning of a frame there: ours is then refused once.
    let repeats = 2;
    // Who does not confirm at once is somebody else.
    let end = clock.now() + 2000;
    for (;;) {
      const left = end - clock.now();
      if (left <= 0) return undefined;
      const read = await reader.read({ timeoutMs: left });
      if (read.type !== 'chunk') return undefined;
      for (const event of framer.push(read.bytes)) {
        if (event.type === 'fatal') return undefined;
        if (event.type === 'control' && event.name === 'ack') end = clock.now() + timeoutMs;
        if (event.type === 'control' && event.name === 'nak' && repeats > 0) {
          repeats -= 1;
          end = clock.now() + 2000;
          await ask();
        }
        const { state, reply, message } = receiveInpas(receiving, event);
        receiving = state;
        if (reply === 'ack')
          await writeWithin(channel, Uint8Array.of(inpasControl.ack), { clock, timeoutMs: 2000 });
        if (message === undefined) continue;
        const decoded = safeDecodeInpasTlv(message.body);
        if (!decoded.ok || inpasField(decoded.fields, 'operationCode') === undefined) continue;
        return { terminalId: inpasField(decoded.fields, 'terminalId') };
      }
    }
  } catch (error) {
    if (isElcertError(error)) return undefined;
    throw error;
  } finally {
    await channel.close();
  }
}
