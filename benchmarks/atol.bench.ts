import { randomUuid, systemClock } from '@elcert/core';
import { type AtolRegister, type AtolTraceEntry, openAtolWeb } from '@elcert/device-drivers/atol';
import { startAtolWeb } from '@elcert/emulators/atol-web';
import { createLedger, defaultScenario } from '@elcert/emulators/kernel';
import type { Receipt } from '@elcert/fiscal-doc';
import type { Comparison } from './harness.js';

// Tasks of the driver against its emulator through a fetch in memory, held against the JSON of the same conversation: each body
// written and read once on either side, with nobody behind them.

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

/** A driver and its register; `trace` sees the bodies. */
async function till(trace?: (entry: AtolTraceEntry) => void): Promise<AtolRegister> {
  const scenario = defaultScenario({ clock, seed: 7 });
  const kkt = await startAtolWeb({ clock, seed: 7, ledger: createLedger(), scenario });
  // Its socket is not wanted and would hold the process; a fetch in memory needs none.
  await kkt.stop();
  const register = await openAtolWeb({ baseUrl: kkt.url, fetch: kkt.fetch, trace });
  await register.openShift(undefined, { operationKey: randomUuid() });
  return register;
}

type Act = (register: AtolRegister) => Promise<unknown>;

/** The bodies that go to and fro for one act. */
async function bodiesOf(act: Act): Promise<readonly unknown[]> {
  let bodies: unknown[] = [];
  const register = await till(({ body }) => {
    if (body !== undefined) bodies.push(body);
  });
  await act(register);
  bodies = [];
  await act(register);
  return bodies;
}

/** Writes each body as its sender does, and reads it as its receiver does. */
function roundTrip(bodies: readonly unknown[]): () => unknown[] {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  return () =>
    bodies.map((body) => JSON.parse(decoder.decode(encoder.encode(JSON.stringify(body)))) as unknown);
}

async function comparisonOf(name: string, ours: string, act: Act): Promise<Comparison> {
  const register = await till();
  const bodies = await bodiesOf(act);
  return {
    name: `${name} (${bodies.length} bodies)`,
    ours,
    peer: 'JSON alone',
    run: () => act(register),
    runPeer: roundTrip(bodies),
  };
}

/** One question, and one receipt, which is a question about the drive and a task. */
export const comparisons: readonly Comparison[] = [
  await comparisonOf('a task that reads, on an emulated ATOL', "task('getShiftStatus')", (register) =>
    register.task('getShiftStatus', {}),
  ),
  await comparisonOf('a receipt of 3 lines on an emulated ATOL', 'registerReceipt', (register) =>
    register.registerReceipt(receipt, { operationKey: randomUuid() }),
  ),
];
