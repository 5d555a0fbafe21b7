import { type Clock, systemClock } from '@elcert/core';
import { type Acquirer, createAcquirer, startAcquirer } from '../acquirer/index.js';
import { type AtolWebEmulator, startAtolWeb } from '../atol-web/index.js';
import { type EscPosEmulator, startEscPos } from '../escpos/index.js';
import { createFesState, type FesEmulator, startFes } from '../fes/index.js';
import {
  type DualConnectorEmulator,
  type InpasEmulator,
  startDualConnector,
  startInpas,
} from '../inpas/index.js';
import {
  createLedger,
  defaultScenario,
  type EmulatorContext,
  type EmulatorHandle,
  type EmulatorName,
  emulatorNames,
  type FaultRule,
  type Ledger,
  type LineOptions,
  type Scenario,
  type SerialEmulatorName,
  tcpAddressOf,
} from '../kernel/index.js';
import { type Lan4GateEmulator, startLan4Gate } from '../lan4gate/index.js';
import { type OfdKzHandle, sampleOfdKzDevice, sampleOfdKzProducts, startOfdKz } from '../ofd-kz/index.js';
import { type OfdRuHandle, startOfdRu } from '../ofd-ru/index.js';
import { type ShtrihMEmulator, startShtrihM } from '../shtrih-m/index.js';

/** How a world is made. */
export interface WorldOptions {
  /** The machine's own clock unless told. */
  readonly clock?: Clock;
  /** The same seed makes the same keys, numbers and chances; `1` unless told. */
  readonly seed?: number | string;
  /** {@link defaultScenario} of the seed unless told. */
  readonly scenario?: Scenario;
  readonly faults?: readonly FaultRule[];
  /** Loopback unless told otherwise. */
  readonly host?: string;
  /** Fixed ports; the system chooses the others. */
  readonly ports?: Partial<Record<EmulatorName, number>>;
  /** The terminal calls the till there instead of listening, as the real service does. */
  readonly lan4gateConnectTo?: { readonly host: string; readonly port: number };
  /** Model of the receipt printer: a name of `escPosProfiles`; `TM-T20III` unless told. */
  readonly escposProfile?: string;
  /** Serial lines of devices, besides their TCP ports. */
  readonly serial?: Partial<Record<SerialEmulatorName, Pick<LineOptions, 'pty' | 'serialPath'>>>;
}

/** Every end that there is, by its name. */
export interface Ends {
  fes: FesEmulator;
  acquirer: Acquirer;
  lan4gate: Lan4GateEmulator;
  inpas: InpasEmulator;
  dualconnector: DualConnectorEmulator;
  'shtrih-m': ShtrihMEmulator;
  'ofd-ru': OfdRuHandle;
  'ofd-kz': OfdKzHandle;
  'atol-web': AtolWebEmulator;
  escpos: EscPosEmulator;
}

/** What an end is started with. */
interface Building {
  readonly options: WorldOptions;
  readonly ends: Partial<Ends>;
  context(name: EmulatorName): EmulatorContext & { readonly scenario: Scenario };
  /** Who debits certificates: the FES end, or one in memory that all others share. */
  certificates(): FesEmulator['debitPort'];
  /** The bank behind every terminal: the acquirer's end, or one in memory. */
  bank(): ReturnType<typeof createAcquirer>;
}

/** How each end is started; they start in the order of {@link emulatorNames}. */
const starters: { readonly [Name in EmulatorName]: (building: Building) => Promise<Ends[Name]> } = {
  fes: ({ context }) => startFes(context('fes')),
  acquirer: ({ context, certificates }) =>
    startAcquirer({ ...context('acquirer'), certificates: certificates() }),
  lan4gate: ({ context, bank, options: { lan4gateConnectTo } }) =>
    startLan4Gate({
      ...context('lan4gate'),
      acquirer: bank(),
      ...(lan4gateConnectTo === undefined ? {} : { connectTo: lan4gateConnectTo }),
    }),
  inpas: ({ context, bank, options }) =>
    startInpas({ ...context('inpas'), acquirer: bank(), ...options.serial?.inpas }),
  dualconnector: ({ context, bank }) => startDualConnector({ ...context('dualconnector'), acquirer: bank() }),
  'shtrih-m': ({ context, options }) =>
    startShtrihM({
      ...context('shtrih-m'),
      // Hosts of other zones set its clock.
      registeredDaysAgo: 1,
      ...options.serial?.['shtrih-m'],
    }),
  'ofd-ru': ({ context }) => startOfdRu(context('ofd-ru')),
  'ofd-kz': ({ context }) =>
    startOfdKz({
      ...context('ofd-kz'),
      devices: [sampleOfdKzDevice],
      catalogue: sampleOfdKzProducts,
      site: true,
    }),
  'atol-web': ({ ends, context }) =>
    startAtolWeb({
      ...context('atol-web'),
      ...(ends['ofd-ru'] === undefined ? {} : { ofd: tcpAddressOf(ends['ofd-ru']) }),
    }),
  escpos: ({ context, options }) =>
    startEscPos({
      ...context('escpos'),
      ...options.serial?.escpos,
      ...(options.escposProfile === undefined ? {} : { profile: options.escposProfile }),
    }),
};

/** Some ends, on one ledger. */
export interface RunningEmulators {
  readonly scenario: Scenario;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly ends: Readonly<Partial<Ends>>;
  readonly handles: readonly EmulatorHandle[];
  /** Stops every end, the last started first. */
  stop(): Promise<void>;
}

/** Every end of a sale, on one ledger. */
export interface World extends Omit<RunningEmulators, 'ends'> {
  readonly fes: FesEmulator;
  readonly acquirer: Acquirer;
  readonly lan4gate: Lan4GateEmulator;
  readonly shtrihM: ShtrihMEmulator;
  readonly ofdRu: OfdRuHandle;
}

/**
 * Starts the named ends and listens on no port for the others. An end that needs another one that is not named – the
 * terminal its acquirer, the acquirer the certificates – gets it in memory. The ATOL register delivers its documents itself, to the
 * operator when that is among the named.
 *
 * @throws ElcertError `LISTEN_FAILED` (`not-sent`); ends that were started already are stopped
 */
export async function startEmulators(
  options: WorldOptions & { readonly only?: readonly EmulatorName[] } = {},
): Promise<RunningEmulators> {
  const { clock = systemClock(), seed = 1, faults = [], host, ports = {} } = options;
  const scenario = options.scenario ?? defaultScenario({ clock, seed });
  const ledger = createLedger();
  const wanted = new Set<EmulatorName>(options.only ?? emulatorNames);
  const ends: Partial<Ends> = {};
  const handles: EmulatorHandle[] = [];
  const context = (name: EmulatorName): EmulatorContext & { readonly scenario: Scenario } => ({
    clock,
    seed,
    ledger,
    faults,
    scenario,
    ...(host === undefined ? {} : { host }),
    ...(ports[name] === undefined ? {} : { port: ports[name] }),
  });
  const stop = async () => {
    for (const handle of handles.reverse()) await handle.stop();
  };
  let fesInMemory: FesEmulator['debitPort'] | undefined;
  let bankInMemory: ReturnType<typeof createAcquirer> | undefined;
  const certificates = () => {
    if (ends.fes !== undefined) return ends.fes.debitPort;
    fesInMemory ??= createFesState(context('fes')).debitPort;
    return fesInMemory;
  };
  const bank = () => {
    if (ends.acquirer !== undefined) return ends.acquirer;
    bankInMemory ??= createAcquirer({ ...context('acquirer'), certificates: certificates() });
    return bankInMemory;
  };
  const building: Building = { options, ends, context, certificates, bank };
  const start = async <Name extends EmulatorName>(name: Name) => {
    const handle: Ends[Name] = await starters[name](building);
    handles.push(handle);
    ends[name] = handle;
  };
  try {
    for (const name of emulatorNames) if (wanted.has(name)) await start(name);
  } catch (error) {
    await stop();
    throw error;
  }
  return { scenario, ledger, clock, ends, handles, stop };
}

/** A sale needs one register: the second one, ATOL's, is started by name ({@link startEmulators}). */
const endsOfASale = ['fes', 'acquirer', 'lan4gate', 'shtrih-m', 'ofd-ru'] as const;

/**
 * Starts every end of a sale on one ledger.
 *
 * @example
 * ```ts
 * const world = await startWorld({ seed: 7 });
 * const { apiKey } = world.scenario.merchant;
 * // … a sale against world.fes.url, world.lan4gate, world.shtrihM, world.ofdRu
 * console.log(world.ledger.balance('card/buyer'));
 * await world.stop();
 * ```
 */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { ends, ...rest } = await startEmulators({ ...options, only: endsOfASale });
  const { fes, acquirer, lan4gate, 'shtrih-m': shtrihM, 'ofd-ru': ofdRu } = ends as Ends;
  return { ...rest, fes, acquirer, lan4gate, shtrihM, ofdRu };
}
