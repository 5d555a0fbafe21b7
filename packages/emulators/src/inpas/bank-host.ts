import { type ByteChannel, concatBytes } from '@elcert/core';
import { listenTcp } from '@elcert/core/node';
import type { AcquirerHost, AuthorizationAnswer, AuthorizationRequest } from '../acquirer/index.js';

// The acquirer's end of a terminal's own traffic, for terminals that reach it through the till. What they say there is the
// bank's secret and nobody's specification: two bytes of length and JSON, scrambled so that nothing of it can be read on its way.

const scramble = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => byte ^ (0xa5 + index * 7));

/** A message between a terminal and its bank. */
export function bankMessage(value: AuthorizationRequest | AuthorizationAnswer): Uint8Array {
  const body = scramble(new TextEncoder().encode(JSON.stringify(value)));
  return concatBytes(Uint8Array.of(body.length >> 8, body.length & 0xff), body);
}

/** The message that some bytes begin with, once all of it is there. */
export function readBankMessage(bytes: Uint8Array): unknown {
  if (bytes.length < 2) return undefined;
  const length = (bytes[0] as number) * 256 + (bytes[1] as number);
  if (bytes.length < length + 2) return undefined;
  return JSON.parse(new TextDecoder().decode(scramble(bytes.subarray(2, length + 2)))) as unknown;
}

/** A running {@link startBankHost}. */
export interface BankHost {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts the acquirer's TCP end: one authorisation a connection. An authorisation that `acquirer` leaves without an answer ends
 * in silence and a closed connection.
 *
 * @throws ElcertError `LISTEN_FAILED` (`not-sent`)
 */
export async function startBankHost(
  acquirer: Pick<AcquirerHost, 'authorize'>,
  options: { readonly host?: string; readonly port?: number } = {},
): Promise<BankHost> {
  const open = new Set<ByteChannel>();
  const serve = async (channel: ByteChannel): Promise<void> => {
    open.add(channel);
    let received: Uint8Array = new Uint8Array(0);
    try {
      for await (const chunk of channel) {
        received = concatBytes(received, chunk);
        if (received.length > 1 << 16) break;
        const request = readBankMessage(received);
        if (request === undefined) continue;
        const answer = acquirer.authorize(request as AuthorizationRequest);
        if (answer.answered) await channel.write(bankMessage(answer));
        break;
      }
    } catch {
      // A terminal that went away is its own business.
    } finally {
      open.delete(channel);
      await channel.close().catch(() => {});
    }
  };
  const listener = await listenTcp((channel) => void serve(channel), options);
  return {
    host: listener.host,
    port: listener.port,
    async stop() {
      await listener.close();
      for (const channel of open) await channel.close();
    },
  };
}
