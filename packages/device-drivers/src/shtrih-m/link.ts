import {
  type ByteChannel,
  type ChannelReader,
  type Clock,
  channelReader,
  toHex,
  writeWithin,
} from '@elcert/core';
import type { WireEntry, WireTrace } from '../wire-trace.js';
import { packetFramer, type ShtrihFramer, standardFramer, syncPacket } from './framer.js';
import {
  defaultLinkTimings,
  type LinkAction,
  type LinkFailure,
  type LinkInput,
  type LinkRequest,
  type LinkStep,
  type LinkTimings,
  newPacketSession,
  type PacketSession,
  packetNext,
  packetStart,
  standardNext,
  standardStart,
} from './machine.js';

/** How an exchange ended. */
export type ExchangeResult =
  | { readonly ok: true; readonly body: Uint8Array }
  | { readonly ok: false; readonly reason: LinkFailure };

/** The two link layers. */
export type ShtrihLayer = 'standard' | 'protocol2';

/** One connection, one command at a time. */
export interface ShtrihLink {
  readonly layer: ShtrihLayer;
  /** Where the numbering of protocol 2 stands; to be carried over to the next connection. */
  readonly session: PacketSession;
  exchange(request: LinkRequest): Promise<ExchangeResult>;
  close(): Promise<void>;
}

/** What a link is made with. */
export interface LinkOptions {
  readonly clock: Clock;
  readonly timings?: LinkTimings | undefined;
  /** A pause inside a frame that is longer spoils the frame, milliseconds; 1000 unless told. */
  readonly byteTimeoutMs?: number | undefined;
  readonly trace?: WireTrace | undefined;
  /** From an earlier connection to the same register. */
  readonly session?: PacketSession | undefined;
}

interface Conversation<State, Event> {
  readonly framer: ShtrihFramer<Event>;
  readonly next: (state: State, input: LinkInput<Event>) => LinkStep<State>;
}

/** Nothing here takes longer to leave a machine that still lives: a port that is stuck must not hold the driver. */
const writeTimeoutMs = 10_000;

/** A trace that throws must not change what is known of the money. */
function quietTrace(trace: WireTrace | undefined): WireTrace {
  return (entry) => {
    try {
      trace?.(entry);
    } catch {
      // Its own trouble.
    }
  };
}

/** Runs the machines over a channel: the only place here that waits. */
function wire(channel: ByteChannel, reader: ChannelReader, options: LinkOptions) {
  const { clock, byteTimeoutMs = 1000 } = options;
  const trace = quietTrace(options.trace);
  return {
    async run<State, Event extends { readonly type: string }>(
      { framer, next }: Conversation<State, Event>,
      first: LinkStep<State>,
      queue: Event[],
    ): Promise<{ readonly state: State; readonly result: ExchangeResult }> {
      let step = first;
      const input = async (timeoutMs: number): Promise<LinkInput<Event>> => {
        const deadline = clock.now() + timeoutMs;
        for (;;) {
          for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
            // Junk between frames (FFh after an ACK, noise) must not prolong the wait.
            if (event.type !== 'junk') return { type: 'event', event };
          }
          const left = framer.inFrame ? byteTimeoutMs : deadline - clock.now();
          if (left <= 0) return { type: 'timeout' };
          const read = await reader.read({ timeoutMs: left });
          if (read.type === 'chunk') {
            trace({ at: clock.now(), direction: 'in', bytes: read.bytes });
            queue.push(...framer.push(read.bytes));
          } else if (read.type === 'timeout') {
            framer.reset();
            return { type: 'timeout' };
          } else return { type: 'closed' };
        }
      };
      for (;;) {
        let pending: LinkInput<Event> | undefined;
        for (const action of step.actions as readonly LinkAction[]) {
          if (action.type === 'done') return { state: step.state, result: { ok: true, body: action.body } };
          if (action.type === 'failed')
            return { state: step.state, result: { ok: false, reason: action.reason } };
          if (action.type === 'write') {
            try {
              trace({ at: clock.now(), direction: 'out', bytes: action.bytes });
              await writeWithin(channel, action.bytes, { clock, timeoutMs: writeTimeoutMs });
            } catch {
              pending = { type: 'closed' };
              break;
            }
          } else pending = await input(action.timeoutMs);
        }
        step = next(step.state, pending ?? { type: 'closed' });
      }
    },
  };
}

/** A link of the standard layer over an open channel. */
export function standardLink(
  channel: ByteChannel,
  options: LinkOptions,
  reader: ChannelReader = channelReader(channel, options.clock),
): ShtrihLink {
  const line = wire(channel, reader, options);
  const framer = standardFramer();
  const queue: ReturnType<typeof framer.push> = [];
  const timings = options.timings ?? defaultLinkTimings;
  let enqs = 0;
  return {
    layer: 'standard',
    session: newPacketSession,
    async exchange(request) {
      const first = standardStart(request, timings, enqs);
      const { state, result } = await line.run({ framer, next: standardNext }, first, queue);
      enqs = state.enqs;
      return result;
    },
    close: () => channel.close(),
  };
}

/** A link of protocol 2 over an open channel. */
export function packetLink(
  channel: ByteChannel,
  options: LinkOptions,
  reader: ChannelReader = channelReader(channel, options.clock),
): ShtrihLink {
  const line = wire(channel, reader, options);
  const framer = packetFramer();
  const queue: ReturnType<typeof framer.push> = [];
  const timings = options.timings ?? defaultLinkTimings;
  let session = options.session ?? newPacketSession;
  return {
    layer: 'protocol2',
    get session() {
      return session;
    },
    async exchange(request) {
      const first = packetStart(request, session, timings);
      const { state, result } = await line.run({ framer, next: packetNext }, first, queue);
      session = state.session;
      return result;
    },
    close: () => channel.close(),
  };
}

/**
 * Finds out which layer a register speaks: ENQ first, as a register takes the layer of the first byte it hears after
 * power-up and the standard one is what most hosts expect; when nobody answers, a sync packet of protocol 2.
 *
 * @returns nothing when both stay without an answer
 */
export async function detectLayer(
  channel: ByteChannel,
  reader: ChannelReader,
  { clock, timings = defaultLinkTimings, trace: given }: LinkOptions,
): Promise<ShtrihLayer | undefined> {
  const trace = quietTrace(given);
  const probes = [
    {
      layer: 'standard',
      bytes: Uint8Array.of(0x05),
      answers: (byte: number) => byte === 0x15 || byte === 0x06,
    },
    { layer: 'protocol2', bytes: syncPacket(), answers: (byte: number) => byte === 0x8f },
  ] as const;
  for (const probe of [...probes, ...probes]) {
    trace({ at: clock.now(), direction: 'out', bytes: probe.bytes });
    await writeWithin(channel, probe.bytes, { clock, timeoutMs: writeTimeoutMs });
    const deadline = clock.now() + timings.controlTimeoutMs;
    for (;;) {
      const left = deadline - clock.now();
      if (left <= 0) break;
      const read = await reader.read({ timeoutMs: left });
      if (read.type === 'timeout') break;
      if (read.type !== 'chunk') return undefined;
      trace({ at: clock.now(), direction: 'in', bytes: read.bytes });
      if (read.bytes.some(probe.answers)) {
        // Whatever else came with it is swept away, so that the first conversation starts clean.
        if (probe.layer === 'protocol2') {
          while ((await reader.read({ timeoutMs: 20 })).type === 'chunk');
        }
        return probe.layer;
      }
    }
  }
  return undefined;
}

/** One line of a trace: `→ 02 01 fc fd`. */
export function formatWireEntry(entry: WireEntry): string {
  return `${entry.direction === 'out' ? '→' : '←'} ${toHex(entry.bytes, ' ')}`;
}
