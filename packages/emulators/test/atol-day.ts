import { type Clock, randomUuid, systemClock } from '@elcert/core';
import { type AtolRegister, type AtolWebOptions, openAtolWeb } from '@elcert/device-drivers/atol';
import { type AtolWebEmulator, type AtolWebEmulatorOptions, startAtolWeb } from '../src/atol-web/index.js';
import { createLedger, defaultScenario, type FaultRule } from '../src/kernel/index.js';

/** A register behind its web server and a driver, closed by {@link AtolBench.close}. */
export interface AtolBench {
  readonly kkt: AtolWebEmulator;
  readonly register: AtolRegister;
  /** Fiscal receipts in the drive. */
  receipts(): number;
  /** How often a request with this first task (or `result`) came in. */
  count(operation: string): number;
  /** A second driver at the same register, as after a restart of the till. */
  another(more?: Partial<AtolWebOptions>): Promise<AtolRegister>;
  close(): Promise<void>;
}

export const atolCashier = { name: 'Иванова А. А.', inn: '770000000004' };

/** Quick questions; long enough limits for a loaded machine. Stories that need one to run out have a manual clock. */
export const quickTimings = {
  httpTimeoutMs: 10_000,
  pollMs: 5,
  taskTimeoutMs: 60_000,
  settleMs: 5,
  settleTimes: 3,
};

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
    async close() {
      for (const one of opened) await one.close();
      await kkt.stop();
    },
  };
}
