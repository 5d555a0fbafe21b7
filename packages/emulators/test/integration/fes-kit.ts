import { type ManualClock, manualClock } from '@elcert/core';
import { assumedV1, createFesClient, type FesClient, type FesClientConfig } from '@elcert/fes-client';
import { type FesEmulator, type FesEmulatorOptions, startFes } from '../../src/fes/index.js';
import {
  createLedger,
  defaultScenario,
  type EmulatedCard,
  type Ledger,
  panHashOf,
} from '../../src/kernel/index.js';

/** A walking stick that costs more than its certificate pays, and two canes that cost less. */
export const stick = '329921120.06001010200080001643';
export const cane = '329921120.06002020100000000643';
export const shoes = '325022154.09000110100000000643';

export interface Shop {
  readonly fes: FesEmulator;
  readonly clock: ManualClock;
  readonly ledger: Ledger;
  readonly card: EmulatedCard;
  readonly panHash: string;
  readonly par: string;
  /** A client of the first desk, or of another one. */
  client(change?: Partial<FesClientConfig>): FesClient;
  stop(): Promise<void>;
}

/** FES on a real socket with the default scenario, and a clock that stands still. */
export async function openShop(options: Partial<FesEmulatorOptions> = {}): Promise<Shop> {
  const clock = manualClock('2026-11-22T09:00:00Z');
  const ledger = createLedger();
  const scenario = options.scenario ?? defaultScenario({ clock, seed: 1 });
  const fes = await startFes({ clock, seed: 1, ledger, scenario, ...options });
  const card = scenario.cards[0] as EmulatedCard;
  return {
    fes,
    clock,
    ledger,
    card,
    panHash: panHashOf(card.pan),
    par: card.par,
    client: (change = {}) =>
      createFesClient({
        baseUrl: fes.url,
        profile: assumedV1,
        cashboxId: scenario.cashbox.id,
        credentials: { apiKey: scenario.merchant.apiKey, macKey: scenario.cashbox.macKey },
        clock,
        ...change,
      }),
    stop: () => fes.stop(),
  };
}
