import { type ByteChannel, memoryChannelPair, systemClock } from '@elcert/core';
import type { PaymentTerminal } from '@elcert/device-drivers';
import {
  decodeInpasTlv,
  encodeInpasTlv,
  inpasFramer,
  inpasFrames,
  openInpas,
} from '@elcert/device-drivers/inpas';
import {
  decodeLan4Gate,
  encodeLan4Gate,
  lan4GateFramer,
  openLan4Gate,
} from '@elcert/device-drivers/lan4gate';
import { createAcquirer } from '@elcert/emulators/acquirer';
import { startInpas } from '@elcert/emulators/inpas';
import { createLedger, defaultScenario } from '@elcert/emulators/kernel';
import { startLan4Gate } from '@elcert/emulators/lan4gate';
import type { Comparison } from './harness.js';

// One card payment of a driver against its emulator, over memory, with tap, PIN, bank, ledger and slip; held against the same
// bytes taken apart and written again, which is the least that such a payment can cost.

const clock = systemClock();
const ledger = createLedger();
const seed = 'benchmark';
const plain = defaultScenario({ clock, seed });
// One kopeck a payment, and never poor.
const scenario = { ...plain, cards: plain.cards.map((card) => ({ ...card, balance: 1_000_000_000_000 })) };
const base = { clock, ledger, seed, scenario };

/** A pair whose traffic is kept while `keep` is set. */
function recordedPair() {
  const [till, device] = memoryChannelPair();
  const chunks: Uint8Array[] = [];
  const tape = { keep: true };
  const recorded = (channel: ByteChannel): ByteChannel => ({
    label: channel.label,
    close: () => channel.close(),
    write(bytes, options) {
      if (tape.keep) chunks.push(bytes.slice());
      return channel.write(bytes, options);
    },
    [Symbol.asyncIterator]: () => channel[Symbol.asyncIterator](),
  });
  return { till: recorded(till), device: recorded(device), chunks, tape };
}

let number = 0;
const payOnce = (terminal: PaymentTerminal) => {
  number += 1;
  return terminal.pay({ operationKey: `payment ${number}`, amount: 1 });
};

/** Payments of a terminal, and the bytes of the second of them. */
async function conversation(
  open: (till: ByteChannel, device: ByteChannel) => Promise<PaymentTerminal>,
): Promise<{ readonly run: () => Promise<unknown>; readonly chunks: readonly Uint8Array[] }> {
  const { till, device, chunks, tape } = recordedPair();
  const terminal = await open(till, device);
  const first = await payOnce(terminal);
  if (first.own !== 'done') throw new Error('the first payment was not made');
  chunks.length = 0;
  await payOnce(terminal);
  tape.keep = false;
  // The harness does not wait for the first call, and a terminal has one buyer at a time.
  let turn: Promise<unknown> = Promise.resolve();
  const run = () => {
    turn = turn.then(() => payOnce(terminal));
    return turn;
  };
  return { run, chunks: [...chunks] };
}

const inpas = await conversation(async (till, device) => {
  const emulator = await startInpas({
    ...base,
    acquirer: createAcquirer({ ...base, certificates: undefined }),
  });
  await emulator.stop();
  emulator.attach(device);
  return openInpas({ connect: async () => till, clock });
});

const lan4gate = await conversation(async (till, device) => {
  const emulator = await startLan4Gate({
    ...base,
    acquirer: createAcquirer({ ...base, seed: 'other benchmark', certificates: undefined }),
  });
  await emulator.stop();
  emulator.attach(device);
  return openLan4Gate({ link: { connect: async () => till }, clock, ecrNumber: 1, merchantNumber: 1 });
});

function frameInpas(): number {
  let total = 0;
  for (const chunk of inpas.chunks) {
    for (const event of inpasFramer().push(chunk)) {
      if (event.type === 'frame') {
        for (const frame of inpasFrames(encodeInpasTlv(decodeInpasTlv(event.body)))) total += frame.length;
      } else if (event.type === 'fragment') total += event.data.length;
    }
  }
  return total;
}

function frameLan4Gate(): number {
  let total = 0;
  for (const chunk of lan4gate.chunks) {
    for (const event of lan4GateFramer().push(chunk))
      if (event.type === 'frame') total += encodeLan4Gate(decodeLan4Gate(event.body)).length;
  }
  return total;
}

const sizeOf = (chunks: readonly Uint8Array[]) =>
  `${chunks.length} writes, ${chunks.reduce((sum, { length }) => sum + length, 0)} bytes`;

export const comparisons: readonly Comparison[] = [
  {
    name: `INPAS SA card payment in memory (${sizeOf(inpas.chunks)})`,
    ours: 'terminal.pay',
    peer: 'framing alone',
    run: inpas.run,
    runPeer: frameInpas,
  },
  {
    name: `LAN-4Gate card payment in memory (${sizeOf(lan4gate.chunks)})`,
    ours: 'terminal.pay',
    peer: 'framing alone',
    run: lan4gate.run,
    runPeer: frameLan4Gate,
  },
];
