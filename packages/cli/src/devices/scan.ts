import { type ByteChannel, isElcertError } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { probeShtrihM } from '@elcert/device-drivers/shtrih-m';
import type { Address } from '../arguments.js';
import type { Io } from '../io.js';
import { exitCode, printJson } from '../outcome.js';
import { textTable } from '../table.js';
import type { Family } from './explain.js';

/** Bit rates that registers leave the factory with, the likeliest first. */
const baudRates = [115_200, 4800, 57_600, 9600] as const;

interface Place {
  readonly at: string;
  readonly connect: () => Promise<ByteChannel>;
}

/** `elcert devices scan` */
export async function scan(
  io: Io,
  options: { readonly tcp: readonly Address[]; readonly serial: boolean; readonly json?: boolean },
): Promise<number> {
  const places: Place[] = options.tcp.map((one) => ({
    at: `${one.host}:${one.port}`,
    connect: () => openTcp({ ...one, connectTimeoutMs: 2000 }),
  }));
  const serial = options.serial ? await serialPlaces() : { places: [], note: undefined };
  const results = [];
  for (const place of [...places, ...serial.places]) {
    if (io.interactive) io.err(`asking ${place.at} …\r`);
    results.push({ at: place.at, ...(await ask(place)) });
  }
  const found = results.filter((one) => one.driver !== undefined);
  if (options.json === true) {
    printJson(io, {
      ok: found.length > 0,
      places: results,
      ...(serial.note === undefined ? {} : { note: serial.note }),
    });
  } else {
    if (serial.note !== undefined) io.err(`${serial.note}\n`);
    const rows = results.map((one) => [
      one.at,
      one.driver ?? '–',
      one.model ?? one.problem ?? 'nobody we know answers',
    ]);
    io.out(
      rows.length === 0
        ? 'no ports to ask; --tcp HOST:PORT names one\n'
        : textTable(['where', 'driver', 'what'], rows),
    );
  }
  return found.length > 0 ? exitCode.done : exitCode.refused;
}

interface Answer {
  readonly driver?: Family;
  readonly layer?: string;
  readonly model?: string;
  readonly problem?: string;
}

async function ask({ connect }: Place): Promise<Answer> {
  try {
    const register = await probeShtrihM({ connect });
    if (register === undefined) return {};
    return { driver: 'shtrih-m', layer: register.layer, model: register.model };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return { problem: error.message };
  }
}

async function serialPlaces(): Promise<{ places: Place[]; note: string | undefined }> {
  const { listSerialPorts, openSerial } = await import('@elcert/device-drivers/serial');
  try {
    const ports = await listSerialPorts();
    const places = ports.flatMap(({ path }) =>
      baudRates.map((baudRate) => ({
        at: `${path} at ${baudRate}`,
        connect: () => openSerial({ path, baudRate }),
      })),
    );
    return { places, note: undefined };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return { places: [], note: error.message };
  }
}
