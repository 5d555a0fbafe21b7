import { type Clock, systemClock } from '@elcert/core';
import { type Acquirer, createAcquirer, startAcquirer } from '../acquirer/index.js';
import { type AtolWebEmulator, startAtolWeb } from '../atol-web/index.js';
import { createFesState, type FesEmulator, startFes } from '../fes/index.js';
import {
  createLedger,
  defaultScenario,
  type EmulatorContext,
  type EmulatorHandle,
  type EmulatorName,
  emulatorNames,
  type FaultRule,
  type Ledger,
  type Scenario,
  tcpAddressOf,
} from '../kernel/index.js';
import { type Lan4GateEmulator, startLan4Gate } from '../lan4gate/index.js';
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
  /** The register stands on a pseudo-terminal too (POSIX, by `socat`); a text is the path to link it at. */
  readonly shtrihMPty?: boolean | string;
  /** The register serves this serial port too: one end of a cable, or of a virtual pair of COM ports. */
  readonly shtrihMSerialPath?: string;
}

interface Ends {
  fes?: FesEmulator;
  acquirer?: Acquirer;
  lan4gate?: Lan4GateEmulator;
  'shtrih-m'?: ShtrihMEmulator;
  'ofd-ru'?: OfdRuHandle;
  'atol-web'?: AtolWebEmulator;
}

/** Some ends, on one ledger. */
export interface RunningEmulators {
  readonly scenario: Scenario;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly ends: Readonly<Ends>;
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
  const ends: Ends = {};
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
  const started = <Handle extends EmulatorHandle>(handle: Handle): Handle => {
    handles.push(handle);
    return handle;
  };
  try {
    if (wanted.has('fes')) ends.fes = started(await startFes(context('fes')));
    const certificates = () => (ends.fes ?? createFesState(context('fes'))).debitPort;
    if (wanted.has('acquirer')) {
      ends.acquirer = started(await startAcquirer({ ...context('acquirer'), certificates: certificates() }));
    }
    if (wanted.has('lan4gate')) {
      const acquirer =
        ends.acquirer ?? createAcquirer({ ...context('acquirer'), certificates: certificates() });
      ends.lan4gate = started(
        await startLan4Gate({
          ...context('lan4gate'),
          acquirer,
          ...(options.lan4gateConnectTo === undefined ? {} : { connectTo: options.lan4gateConnectTo }),
        }),
      );
    }
    if (wanted.has('shtrih-m'))
      ends['shtrih-m'] = started(
        await startShtrihM({
          ...context('shtrih-m'),
          ...(options.shtrihMPty === undefined ? {} : { pty: options.shtrihMPty }),
          ...(options.shtrihMSerialPath === undefined ? {} : { serialPath: options.shtrihMSerialPath }),
        }),
      );
    if (wanted.has('ofd-ru')) ends['ofd-ru'] = started(await startOfdRu(context('ofd-ru')));
    if (wanted.has('atol-web')) {
      const operator = ends['ofd-ru'];
      ends['atol-web'] = started(
        await startAtolWeb({
          ...context('atol-web'),
          ...(operator === undefined ? {} : { ofd: tcpAddressOf(operator) }),
        }),
      );
    }
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
  const { fes, acquirer, lan4gate, 'shtrih-m': shtrihM, 'ofd-ru': ofdRu } = ends as Required<Ends>;
  return { ...rest, fes, acquirer, lan4gate, shtrihM, ofdRu };
}
