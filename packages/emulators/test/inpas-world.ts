import { type Kopecks, type ManualClock, manualClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import {
  type InpasOptions,
  type InpasTerminal,
  openDualConnector,
  openInpas,
} from '@elcert/device-drivers/inpas';
import { type AcquirerHost, type AcquirerOptions, createAcquirer } from '../src/acquirer/index.js';
import {
  type BankHost,
  type DualConnectorEmulator,
  type InpasEmulator,
  type InpasEmulatorOptions,
  startBankHost,
  startDualConnector,
  startInpas,
} from '../src/inpas/index.js';
import {
  createLedger,
  defaultScenario,
  type FaultRule,
  panHashOf,
  type Scenario,
} from '../src/kernel/index.js';
import { basketId, certificateMoney, ledgerPort, returnBasketId, testBasketId } from './lan4gate-world.js';

export interface InpasWorld<Emulator> {
  readonly clock: ManualClock;
  readonly scenario: Scenario;
  readonly acquirer: AcquirerHost;
  readonly emulator: Emulator;
  readonly terminal: InpasTerminal;
  readonly bank: BankHost | undefined;
  readonly panHash: string;
  /** A certificate payment of 8000.00 and 2000.00 own money. */
  readonly payment: {
    readonly operationKey: string;
    readonly basketId: string;
    readonly panHash: string;
    readonly certificateAmount: Kopecks;
    readonly ownAmount: Kopecks;
  };
  /** Money of the buyer, of the certificate, and in clearing. */
  books(): { readonly card: Kopecks; readonly certificate: Kopecks; readonly clearing: Kopecks };
  stop(): Promise<void>;
}

export const untouched = { card: 2_000_000, certificate: certificateMoney, clearing: 0 };
export const paidOnce = { card: 1_800_000, certificate: 200_000, clearing: 1_000_000 };

interface WorldOptions {
  readonly faults?: readonly FaultRule[];
  readonly acquirer?: Partial<AcquirerOptions>;
  readonly driver?: Partial<InpasOptions>;
}

function common(options: WorldOptions) {
  const clock = manualClock('2026-11-22T09:00:00Z');
  const ledger = createLedger();
  const seed = 'inpas test';
  const scenario = defaultScenario({ clock, seed });
  const [card] = scenario.cards;
  if (card === undefined) throw new Error('the scenario has no card');
  const panHashes = [card.pan, ...card.tokens].map(panHashOf);
  ledger.post({
    id: 'open/certificate',
    at: clock.now(),
    by: 'test',
    operation: 'open',
    entries: [
      { account: 'treasury', amount: -certificateMoney },
      { account: 'certificate/one', amount: certificateMoney },
    ],
  });
  const base = { clock, ledger, seed, scenario, faults: options.faults ?? [] };
  const acquirer = createAcquirer({
    ...base,
    certificates: ledgerPort(ledger, clock, {
      [basketId]: { amount: 800_000, panHashes },
      [returnBasketId]: { amount: 800_000, panHashes, kind: 'return' },
      [testBasketId]: { amount: 100, panHashes, test: true },
    }),
    ...options.acquirer,
  });
  const panHash = panHashOf(card.pan);
  const payment = {
    operationKey: 'key-1',
    basketId,
    panHash,
    certificateAmount: 800_000,
    ownAmount: 200_000,
  };
  return {
    clock,
    scenario,
    acquirer,
    panHash,
    payment,
    base: { ...base, acquirer },
    books: () => ({
      card: ledger.balance('card/buyer'),
      certificate: ledger.balance('certificate/one'),
      clearing: ledger.balance('acquirer/clearing'),
    }),
  };
}

/** A till and its SA terminal over TCP; with `relay` the terminal reaches the bank through the till only. */
export async function saWorld(
  options: WorldOptions & {
    readonly emulator?: Partial<InpasEmulatorOptions>;
    readonly relay?: 'allowed' | 'refused' | 'unreachable';
  } = {},
): Promise<InpasWorld<InpasEmulator>> {
  const { base, ...world } = common(options);
  const bank = options.relay === undefined ? undefined : await startBankHost(world.acquirer);
  if (options.relay === 'unreachable') await bank?.stop();
  const address = bank === undefined ? undefined : { host: bank.host, port: bank.port };
  const emulator = await startInpas({
    ...base,
    ...(address === undefined ? {} : { bank: address }),
    ...options.emulator,
  });
  const terminal = openInpas({
    connect: ({ signal }) => openTcp({ host: emulator.host, port: emulator.port, signal }),
    clock: world.clock,
    ...(address === undefined
      ? {}
      : {
          relay: {
            allow: options.relay === 'refused' ? [{ host: 'bank.example', port: 1 }] : [address],
            connect: openTcp,
          },
        }),
    ...options.driver,
  });
  return {
    ...world,
    emulator,
    terminal,
    bank,
    async stop() {
      await terminal.close();
      await emulator.stop();
      await bank?.stop();
    },
  };
}

/** A till, DualConnector and the terminal behind it. */
export async function dualConnectorWorld(
  options: WorldOptions = {},
): Promise<InpasWorld<DualConnectorEmulator>> {
  const { base, ...world } = common(options);
  const emulator = await startDualConnector(base);
  const { clock } = world;
  const terminal = openDualConnector({ url: emulator.url, clock, terminalId: emulator.terminalId });
  return {
    ...world,
    emulator,
    terminal,
    bank: undefined,
    async stop() {
      await terminal.close();
      await emulator.stop();
    },
  };
}
