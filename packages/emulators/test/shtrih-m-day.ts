import { type Clock, randomUuid, systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { openShtrihM, type ShtrihMOptions, type ShtrihMRegister } from '@elcert/device-drivers/shtrih-m';
import type { Receipt } from '@elcert/fiscal-doc';
import { createLedger, defaultScenario, type FaultRule } from '../src/kernel/index.js';
import { type ShtrihMEmulator, type ShtrihMEmulatorOptions, startShtrihM } from '../src/shtrih-m/index.js';

/** A register and its driver over TCP, closed by {@link Bench.close}. */
export interface Bench {
  readonly kkt: ShtrihMEmulator;
  readonly register: ShtrihMRegister;
  /** Fiscal receipts in the drive. */
  receipts(): number;
  /** How often a command came in. */
  count(operation: string): number;
  close(): Promise<void>;
}

export const cashier = { name: 'Иванова А. А.', inn: '770000000004' };

export const key = () => ({ operationKey: randomUuid() });

/** One line, paid by card. */
export const sale: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [
    { name: 'Трость опорная', price: 150_000, quantity: '1', vat: 'none', method: 'full', subject: 'goods' },
    { name: 'Стельки', price: 33_333, quantity: '3', vat: '22', method: 'full', subject: 'goods' },
  ],
  payments: { electronic: 249_999 },
  cashier,
};

/** Long enough for a loaded machine, short enough for a story that needs one to run out. */
export const controlTimeoutMs = 800;

/** Starts a register and its emulator. */
export async function bench(
  options: {
    readonly clock?: Clock;
    readonly faults?: readonly FaultRule[];
    readonly emulator?: Partial<ShtrihMEmulatorOptions>;
    readonly driver?: Partial<ShtrihMOptions>;
    /** Opens the shift first; on unless told. */
    readonly shift?: boolean;
    /** Called before the driver connects. */
    readonly onStarted?: (kkt: ShtrihMEmulator) => void;
  } = {},
): Promise<Bench> {
  const { clock = systemClock(), faults = [] } = options;
  const kkt = await startShtrihM({
    clock,
    seed: 7,
    ledger: createLedger(),
    scenario: defaultScenario({ clock, seed: 7 }),
    ...options.emulator,
  });
  options.onStarted?.(kkt);
  const register = await openShtrihM({
    clock,
    connect: () => openTcp({ host: kkt.host, port: kkt.port }),
    layer: 'standard',
    timings: { controlTimeoutMs, retries: 10 },
    byteTimeoutMs: controlTimeoutMs,
    ...options.driver,
  });
  if (options.shift !== false) await register.openShift(cashier, key());
  kkt.faults.add(...faults);
  return {
    kkt,
    register,
    receipts: () => kkt.fn.documents().filter(({ documentCode }) => documentCode === 3).length,
    count: (operation) =>
      kkt.records.entries.filter((entry) => entry.direction === 'in' && entry.operation === operation).length,
    async close() {
      await register.close();
      await kkt.stop();
    },
  };
}
