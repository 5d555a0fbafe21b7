import { type ByteChannel, ElcertError, type Outcome } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import type { FiscalRegister, ReceiptPrinter } from '@elcert/fiscal-doc';
import type { Address } from '../arguments.js';
import { badInput } from '../outcome.js';

/** Drivers that a command can ask for a device's state. */
export const statusDrivers = ['escpos', 'shtrih-m', 'atol', 'lan4gate', 'inpas'] as const;

/** Drivers of devices that print. */
export const printDrivers = ['escpos', 'shtrih-m', 'atol'] as const;

/** Name of a driver. */
export type DriverName = (typeof statusDrivers)[number];

/** Where a device is, as the command line says it. */
export interface DevicePlace {
  readonly driver: DriverName;
  readonly tcp?: Address;
  /** A serial port. */
  readonly port?: string;
  readonly baud: number;
  /** A device file. */
  readonly file?: string;
  readonly url?: string;
  /** Model of an ESC/POS printer. */
  readonly profile?: string;
}

/** An open device, by what it can be asked. */
export interface OpenDevice {
  readonly at: string;
  readonly register?: FiscalRegister;
  readonly printer?: ReceiptPrinter;
  /** A terminal, which is asked by a question without an effect. */
  readonly terminal?: () => Promise<Readonly<Record<string, unknown>> | undefined>;
  close(): Promise<void>;
}

const nothing = async () => {};

/**
 * Opens the device that the options name.
 *
 * @throws ElcertError `USAGE` for a place that the driver cannot have, and what the driver throws
 */
export async function openDevice(place: DevicePlace): Promise<OpenDevice> {
  const { driver, url } = place;
  if (driver === 'atol') {
    const { atolWebPort, openAtolWeb } = await import('@elcert/device-drivers/atol');
    if (place.port !== undefined || place.file !== undefined)
      throw badInput('USAGE', 'atol is reached by its web server: --url, or --tcp');
    const { host, port } = place.tcp ?? { host: '127.0.0.1', port: atolWebPort };
    const baseUrl = url ?? `http://${host}:${port}`;
    const register = await openAtolWeb({ baseUrl });
    return { at: baseUrl, register, close: () => register.close() };
  }
  const { at, connect } = lineOf(place);
  switch (driver) {
    case 'escpos': {
      const { openEscPosPrinter } = await import('@elcert/device-drivers/escpos');
      const printer = await openEscPosPrinter({ connect, profile: place.profile });
      return { at, printer, close: () => printer.close() };
    }
    case 'shtrih-m': {
      const { openShtrihM } = await import('@elcert/device-drivers/shtrih-m');
      const register = await openShtrihM({ connect });
      return { at, register, close: () => register.close() };
    }
    case 'lan4gate': {
      const { probeLan4Gate } = await import('@elcert/device-drivers/lan4gate');
      return { at, terminal: async () => answer(await probeLan4Gate({ connect })), close: nothing };
    }
    case 'inpas': {
      const { probeInpas } = await import('@elcert/device-drivers/inpas');
      return { at, terminal: async () => answer(await probeInpas({ connect })), close: nothing };
    }
  }
}

const answer = (found: object | undefined) => (found === undefined ? undefined : { ...found });

/** The wire to a device: exactly one of TCP, serial port and device file. */
function lineOf({ driver, tcp, port, baud, file, url }: DevicePlace): {
  readonly at: string;
  readonly connect: () => Promise<ByteChannel>;
} {
  const given = [tcp, port, file, url].filter((one) => one !== undefined);
  if (given.length !== 1 || url !== undefined)
    throw badInput('USAGE', 'one of --tcp HOST:PORT, --port PATH and --file PATH says where it is');
  if (tcp !== undefined)
    return {
      at: `${tcp.host}:${tcp.port}`,
      connect: () => openTcp({ ...tcp, connectTimeoutMs: 3000 }),
    };
  if (port !== undefined)
    return {
      at: port,
      async connect() {
        const { openSerial } = await import('@elcert/device-drivers/serial');
        return openSerial({ path: port, baudRate: baud });
      },
    };
  if (driver !== 'escpos') throw badInput('USAGE', '--file is for escpos');
  const path = file as string;
  return {
    at: path,
    async connect() {
      const { openDeviceFile } = await import('@elcert/device-drivers/escpos/node');
      return openDeviceFile({ path });
    },
  };
}

/** The error of a device that answers, but not to this. */
export function deviceError(
  code: string,
  message: string,
  outcome: Outcome,
  userMessage?: string,
): ElcertError {
  return new ElcertError({ code, message, outcome, userMessage });
}
