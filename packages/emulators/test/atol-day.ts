import { type Clock, randomUuid, systemClock } from '@elcert/core';
import { type AtolRegister, type AtolWebOptions, openAtolWeb } from '@elcert/device-drivers/atol';
import { decodeContainer, splitContainerData } from '@elcert/ofd-transport/ru';
import { type AtolWebEmulator, type AtolWebEmulatorOptions, startAtolWeb } from '../src/atol-web/index.js';
import type { EmulatedFn } from '../src/fn/index.js';
import { createLedger, defaultScenario, type FaultRule } from '../src/kernel/index.js';
import { replyContainer } from '../src/ofd-ru/reply.js';

/** A register behind its web server and a driver, closed by {@link AtolBench.close}. */
export interface AtolBench {
  readonly kkt: AtolWebEmulator;
  readonly register: AtolRegister;
  /** Fiscal receipts in the drive. */
  receipts(): number;
  /** How often a request with this first task (or `result`) came in. */
  count(operation: string): number;
  /** Delivers what waits, as its operator would. */
  deliverByHand(): void;
  /** A second driver at the same register, as after a restart of the till. */
  another(more?: Partial<AtolWebOptions>): Promise<AtolRegister>;
  close(): Promise<void>;
}

export const atolCashier = { name: 'Иванова А. А.', inn: '770000000004' };

/** A code of a marked product that the drive itself checks; the same number gives the same code. */
export function markedCode(serial: number): string {
  // An invented GTIN; 92 and 44 characters make it a code that the drive has a key for.
  return `0104600439931256215${String(serial).padStart(12, '0')}\u001d91EE06\u001d92${'A'.repeat(43)}=`;
}

/** Quick questions; long enough limits for a loaded machine. Stories that need one to run out have a manual clock. */
export const quickTimings = {
  httpTimeoutMs: 10_000,
  pollMs: 5,
  taskTimeoutMs: 60_000,
  settleMs: 5,
  settleTimes: 3,
};

/** What the operator would answer to the drive's next document. */
function operatorReply(fn: EmulatedFn): Uint8Array {
  const container = fn.nextContainer();
  if (container === undefined) throw new Error('nothing waits');
  const request = decodeContainer(container.bytes);
  const { document, messageSign } = splitContainerData(request.data, request.documentCode);
  if (messageSign === undefined) throw new Error('no sign');
  return replyContainer(request, {
    ofdInn: '7700000016',
    dateTime: '2026-01-12T12:00:00',
    responseCode: 0,
    operatorMessage: 0,
    alwaysTellCode: false,
    confirmed: { document, messageSign },
  });
}

/** Starts an emulator and its driver. */
export async function atolBench(
  options: {
    readonly clock?: Clock;
    readonly faults?: readonly FaultRule[];
    readonly emulator?: Partial<AtolWebEmulatorOptions>;
    readonly driver?: Partial<AtolWebOptions>;
    /** Opens the shift first; on unless told. */
    readonly shift?: boolean;
  } = {},
): Promise<AtolBench> {
  const { clock = systemClock(), faults = [] } = options;
  const kkt = await startAtolWeb({
    clock,
    seed: 7,
    ledger: createLedger(),
    scenario: defaultScenario({ clock, seed: 7 }),
    ...options.emulator,
  });
  const opened: AtolRegister[] = [];
  const another = async (more: Partial<AtolWebOptions> = {}) => {
    const register = await openAtolWeb({
      baseUrl: kkt.url,
      clock,
      timings: quickTimings,
      ...options.driver,
      ...more,
    });
    opened.push(register);
    return register;
  };
  const register = await another();
  if (options.shift !== false) await register.openShift(atolCashier, { operationKey: randomUuid() });
  kkt.faults.add(...faults);
  return {
    kkt,
    register,
    another,
    receipts: () => kkt.fn.documents().filter(({ documentCode }) => documentCode === 3).length,
    count: (operation) =>
      kkt.records.entries.filter((entry) => entry.direction === 'in' && entry.operation === operation).length,
    deliverByHand() {
      while (kkt.fn.nextContainer() !== undefined) kkt.fn.loadReply(operatorReply(kkt.fn));
    },
    async close() {
      for (const one of opened) await one.close();
      await kkt.stop();
    },
  };
}
