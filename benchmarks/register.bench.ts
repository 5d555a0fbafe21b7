import { randomUuid, systemClock } from '@elcert/core';
import type { WireEntry } from '@elcert/device-drivers';
import {
  numberedPacket,
  openShtrihM,
  packetFramer,
  type ShtrihLayer,
  standardFrame,
  standardFramer,
} from '@elcert/device-drivers/shtrih-m';
import { createLedger, defaultScenario } from '@elcert/emulators/kernel';
import { startShtrihM } from '@elcert/emulators/shtrih-m';
import type { Receipt } from '@elcert/fiscal-doc';
import type { Comparison } from './harness.js';

// Receipts of the driver against its emulator over a line in memory, held against the framing of the same conversation: each
// frame built and taken apart once on either side, with nobody behind them.

const receipt: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: Array.from({ length: 3 }, (_, index) => ({
    name: `Трость опорная, размер ${index + 1}`,
    price: 150_000 + index,
    quantity: '1',
    vat: '22',
    method: 'full',
    subject: 'goods',
  })),
  payments: { electronic: 450_003 },
  buyerContact: '+79990000000',
};

const clock = systemClock();

/** A driver and its register; `trace` sees the wire. */
async function till(layer: ShtrihLayer, trace?: (entry: WireEntry) => void): Promise<() => Promise<unknown>> {
  const scenario = defaultScenario({ clock, seed: 7 });
  const kkt = await startShtrihM({ clock, seed: 7, ledger: createLedger(), scenario });
  // Its socket is not wanted and would hold the process; lines in memory need none.
  await kkt.stop();
  const register = await openShtrihM({ connect: async () => kkt.connect(), layer, trace });
  await register.openShift(undefined, { operationKey: randomUuid() });
  return () => register.registerReceipt(receipt, { operationKey: randomUuid() });
}

/** What goes over the wire for one receipt. */
async function conversation(layer: ShtrihLayer): Promise<readonly WireEntry[]> {
  let wire: WireEntry[] = [];
  const sell = await till(layer, (entry) => void wire.push(entry));
  await sell();
  wire = [];
  await sell();
  return wire;
}

/** Builds and takes apart every frame of a conversation. */
function framingOf(wire: readonly WireEntry[], layer: ShtrihLayer): () => number {
  if (layer === 'standard') {
    const framer = standardFramer();
    const frames = wire.map(({ bytes }) => {
      const [event] = standardFramer()
        .push(bytes)
        .filter(({ type }) => type === 'frame');
      return { bytes, body: event?.type === 'frame' ? event.body : undefined };
    });
    return () => {
      let events = 0;
      for (const { bytes, body } of frames)
        events += framer.push(body === undefined ? bytes : standardFrame(body)).length;
      return events;
    };
  }
  const framer = packetFramer();
  const packets = wire.flatMap(({ bytes }) => packetFramer().push(bytes));
  return () => {
    let events = 0;
    for (const packet of packets)
      if (packet.type === 'packet') events += framer.push(numberedPacket(packet.number, packet.body)).length;
    return events;
  };
}

export const comparisons: readonly Comparison[] = await Promise.all(
  (['standard', 'protocol2'] as const).map(async (layer): Promise<Comparison> => {
    const wire = await conversation(layer);
    const sell = await till(layer);
    const bytes = wire.reduce((sum, entry) => sum + entry.bytes.length, 0);
    return {
      name: `Shtrih-M receipt of 3 lines in memory, ${layer} layer (${wire.length} writes, ${bytes} bytes)`,
      ours: 'driver and emulator',
      peer: 'framing alone',
      run: sell,
      runPeer: framingOf(wire, layer),
    };
  }),
);
