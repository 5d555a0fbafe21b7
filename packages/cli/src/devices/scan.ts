import { isElcertError } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import type { Address } from '../arguments.js';
import type { Io } from '../io.js';
import { exitCode, printJson } from '../outcome.js';
import { textTable } from '../table.js';
import { customaryPorts, type Found, type Line, type Probe, probes } from './probes.js';

/** What `elcert devices scan` is told. */
export interface ScanOptions {
  readonly tcp: readonly Address[];
  /** Ports that the system does not list, e.g. pseudo-terminals. */
  readonly port: readonly string[];
  /** Ask the ports that the system lists. */
  readonly serial: boolean;
  readonly json?: boolean;
}

/** Somewhere a device may be connected, with one way in for each thing that can be tried. */
interface Place {
  readonly at: string;
  readonly tries: readonly { readonly probe: Probe; readonly line: Line }[];
}

interface Scanned {
  readonly at: string;
  readonly driver?: string;
  readonly model?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly problem?: string;
}

/** `elcert devices scan` */
export async function scan(io: Io, options: ScanOptions): Promise<number> {
  const { paths, note } = options.serial ? await listedPorts() : { paths: [], note: undefined };
  const places = [...options.tcp.map(tcpPlace), ...[...options.port, ...paths].map(serialPlace)];
  let done = 0;
  const tell = () => {
    if (io.interactive) io.err(`\r\u001b[K${done} of ${places.length} places asked …`);
  };
  tell();
  // Each place is a line of its own: waiting for one that is silent holds up no other.
  const results = await Promise.all(
    places.map(async (place) => {
      const found = await ask(place);
      done += 1;
      tell();
      return found;
    }),
  );
  if (io.interactive && places.length > 0) io.err('\r\u001b[K');
  const found = results.filter((one) => one.driver !== undefined);
  if (options.json === true) {
    printJson(io, { ok: found.length > 0, places: results, ...(note === undefined ? {} : { note }) });
  } else {
    if (note !== undefined) io.err(`${note}\n`);
    const rows = results.map((one) => [
      one.at,
      one.driver ?? '–',
      one.model ?? one.problem ?? 'nobody we know answers',
      Object.entries(one.settings ?? {})
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ]);
    io.out(
      rows.length === 0
        ? 'no ports to ask; --tcp HOST:PORT or --port PATH names one\n'
        : textTable(['where', 'driver', 'what', 'settings'], rows),
    );
  }
  return found.length > 0 ? exitCode.done : exitCode.refused;
}

function tcpPlace(address: Address): Place {
  const line = { address, connect: () => openTcp({ ...address, connectTimeoutMs: 2000 }) };
  const only = customaryPorts[address.port];
  const asked = probes.filter(({ family }) => only === undefined || family === only);
  return {
    at: `${address.host}:${address.port}`,
    tries: asked.map((probe) => ({ probe, line })),
  };
}

function serialPlace(path: string): Place {
  const tries = probes.flatMap((probe) =>
    probe.baudRates.map((baudRate) => ({
      probe: { ...probe, ask: (line: Line) => probe.ask(line).then((found) => atRate(found, baudRate)) },
      line: {
        async connect() {
          const { openSerial } = await import('@elcert/device-drivers/serial');
          return openSerial({ path, baudRate });
        },
      },
    })),
  );
  return { at: path, tries };
}

function atRate(found: Found | undefined, baudRate: number): Found | undefined {
  if (found === undefined) return undefined;
  return { ...found, settings: { ...found.settings, baudRate: String(baudRate) } };
}

/** Asks until somebody answers, or the place cannot be opened at all. */
async function ask({ at, tries }: Place): Promise<Scanned> {
  for (const { probe, line } of tries) {
    try {
      const found = await probe.ask(line);
      if (found !== undefined) return { at, ...found };
    } catch (error) {
      if (!isElcertError(error)) throw error;
      return { at, problem: error.message };
    }
  }
  return { at };
}

async function listedPorts(): Promise<{
  readonly paths: readonly string[];
  readonly note: string | undefined;
}> {
  const { listSerialPorts } = await import('@elcert/device-drivers/serial');
  try {
    return { paths: (await listSerialPorts()).map(({ path }) => path), note: undefined };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return { paths: [], note: error.message };
  }
}
