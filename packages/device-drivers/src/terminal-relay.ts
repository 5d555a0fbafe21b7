import { type ByteChannel, type ChannelReader, type Clock, channelReader, writeWithin } from '@elcert/core';

// Some terminals have no network of their own: they ask the host to open a TCP connection to the bank and to carry bytes.

/** How traffic of a terminal with its bank is carried. */
export interface TerminalRelayOptions {
  /** Where the terminal may connect to, exactly as it names them; anything else is refused. */
  readonly allow: readonly { readonly host: string; readonly port: number }[];
  /** Opens the connection: `openTcp` of `@elcert/core/node`, or one through a proxy. */
  readonly connect: (address: {
    readonly host: string;
    readonly port: number;
    readonly signal: AbortSignal;
  }) => Promise<ByteChannel>;
  /** How long connecting may take; 10 seconds unless told. */
  readonly connectMs?: number;
  /** How long the bank may take to accept bytes; 10 seconds unless told. */
  readonly writeMs?: number;
  /** Most bytes carried each way in one connection; 1 MiB unless told. */
  readonly maxBytes?: number;
}

/** What became of an attempt to connect. */
export type RelayOpened = 'open' | 'unreachable' | 'not-allowed';

/** One terminal's relay: at most one connection at a time. */
export interface TerminalRelay {
  /** Attempts so far. */
  readonly attempts: number;
  /** Connections made so far. */
  readonly connections: number;
  /** Opens a connection; one that is open is closed first. Never throws. */
  open(host: string, port: number): Promise<RelayOpened>;
  /** Whether the bytes were taken. */
  send(bytes: Uint8Array): Promise<boolean>;
  /** Bytes from the bank: none when none came in time, `undefined` when the connection is over and all is read. */
  receive(limits: { readonly maxBytes: number; readonly waitMs: number }): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

const none = new Uint8Array(0);

/** Makes a {@link TerminalRelay}. The allow-list is compared as text, case aside: no name is resolved before it is allowed. */
export function terminalRelay(options: TerminalRelayOptions, clock: Clock): TerminalRelay {
  const { connectMs = 10_000, writeMs = 10_000, maxBytes = 1 << 20 } = options;
  const allowed = new Set(options.allow.map(({ host, port }) => `${host.toLowerCase()} ${port}`));
  let attempts = 0;
  let connections = 0;
  let line:
    | {
        readonly channel: ByteChannel;
        readonly reader: ChannelReader;
        left: Uint8Array;
        out: number;
        in: number;
      }
    | undefined;
  let generation = 0;
  const close = async () => {
    generation += 1;
    const one = line;
    line = undefined;
    await one?.channel.close().catch(() => {});
  };
  return {
    get attempts() {
      return attempts;
    },
    get connections() {
      return connections;
    },
    async open(host, port) {
      await close();
      attempts += 1;
      if (!allowed.has(`${host.toLowerCase()} ${port}`)) return 'not-allowed';
      const mine = generation;
      const giveUp = new AbortController();
      // A connect of the caller's may ignore its signal.
      const late = new Promise<undefined>((resolve) =>
        giveUp.signal.addEventListener('abort', () => resolve(undefined), { once: true }),
      );
      const cancel = clock.setTimer(connectMs, () => giveUp.abort());
      const connecting = Promise.resolve()
        .then(() => options.connect({ host, port, signal: giveUp.signal }))
        .catch(() => undefined);
      const channel = await Promise.race([connecting, late]);
      cancel();
      if (channel === undefined || mine !== generation) {
        void connecting.then((one) => one?.close()).catch(() => {});
        return 'unreachable';
      }
      connections += 1;
      line = { channel, reader: channelReader(channel, clock), left: none, out: 0, in: 0 };
      return 'open';
    },
    async send(bytes) {
      const one = line;
      if (one === undefined || one.out + bytes.length > maxBytes) return false;
      one.out += bytes.length;
      try {
        await writeWithin(one.channel, bytes, { clock, timeoutMs: writeMs });
        return true;
      } catch {
        if (line === one) await close();
        return false;
      }
    },
    async receive({ maxBytes: most, waitMs }) {
      const one = line;
      if (one === undefined) return undefined;
      if (one.left.length === 0) {
        const read = await one.reader.read({ timeoutMs: waitMs });
        if (read.type === 'closed') return undefined;
        if (read.type !== 'chunk') return none;
        one.in += read.bytes.length;
        if (one.in > maxBytes) {
          if (line === one) await close();
          return undefined;
        }
        one.left = read.bytes;
      }
      const taken = one.left.subarray(0, most);
      one.left = one.left.subarray(taken.length);
      return taken;
    },
    close,
  };
}
