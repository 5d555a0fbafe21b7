import { systemClock } from '@elcert/core';
import type { WireEntry } from '@elcert/device-drivers';
import {
  type EscPosEvent,
  encodeEscPos,
  escPosFramer,
  openEscPosPrinter,
  printerFramer,
} from '@elcert/device-drivers/escpos';
import { startEscPos } from '@elcert/emulators/escpos';
import { createLedger } from '@elcert/emulators/kernel';
import type { PrintRow } from '@elcert/fiscal-doc';
import type { Comparison } from './harness.js';

// Slips of the driver on its emulator over a line in memory, held against the framing of the same conversation: every command built
// and taken apart once on either side, with nobody behind them.

const rows: readonly PrintRow[] = [
  { type: 'title', text: 'Слип' },
  ...Array.from(
    { length: 36 },
    (_, index): PrintRow => ({ type: 'pair', caption: `Трость опорная ${index + 1}`, value: '=1500.00' }),
  ),
  { type: 'pair', caption: 'ИТОГ', value: '=54000.00', strong: true },
  { type: 'qr', payload: 't=20261122T140500&s=54000.00&fn=9999078900001234&i=12&fp=3153580303&n=1' },
];

const clock = systemClock();

/** A driver and its printer; `trace` sees the wire. */
async function till(trace?: (entry: WireEntry) => void): Promise<() => Promise<void>> {
  const device = await startEscPos({ clock, seed: 7, ledger: createLedger(), profile: 'TM-T20III' });
  // Its socket is not wanted and would hold the process; lines in memory need none.
  await device.stop();
  const printer = await openEscPosPrinter({ channel: device.connect(), profile: device.profile, trace });
  return async () => {
    await printer.print(rows);
    device.tearOff();
  };
}

/** What goes over the wire for one slip. */
async function conversation(): Promise<readonly WireEntry[]> {
  let wire: WireEntry[] = [];
  const print = await till((entry) => void wire.push(entry));
  await print();
  wire = [];
  await print();
  return wire;
}

const rebuilt = (event: EscPosEvent) =>
  event.type === 'command' ? encodeEscPos(event.name, [...event.parameters], event.data) : event.bytes;

function framingOf(wire: readonly WireEntry[]): () => number {
  const host = escPosFramer();
  const device = printerFramer();
  return () => {
    let bytes = 0;
    for (const { direction, bytes: said } of wire) {
      if (direction === 'in') bytes += device.push(said).length;
      else for (const event of host.push(said)) bytes += rebuilt(event).length;
    }
    return bytes;
  };
}

const wire = await conversation();
const print = await till();

/** One slip of 39 rows. */
export const comparisons: readonly Comparison[] = [
  {
    name: `a slip of ${rows.length} rows on an emulated printer (${wire.length} messages)`,
    ours: 'printer.print',
    peer: 'framing alone',
    run: print,
    runPeer: framingOf(wire),
  },
];
