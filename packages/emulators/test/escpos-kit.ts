import { type Clock, systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import {
  type EscPosPrinter,
  type EscPosPrinterOptions,
  openEscPosPrinter,
} from '@elcert/device-drivers/escpos';
import { type EscPosEmulator, type EscPosEmulatorOptions, startEscPos } from '../src/escpos/index.js';
import { createLedger } from '../src/kernel/index.js';

// A printer and its driver on a real socket, closed after each test.

const closers: (() => Promise<void>)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

export async function emulatedPrinter(
  options: Partial<EscPosEmulatorOptions> & { readonly clock?: Clock } = {},
): Promise<EscPosEmulator> {
  const device = await startEscPos({ clock: systemClock(), seed: 1, ledger: createLedger(), ...options });
  closers.push(() => device.stop());
  return device;
}

export async function printerOf(
  device: EscPosEmulator,
  options: EscPosPrinterOptions = {},
): Promise<EscPosPrinter> {
  const printer = await openEscPosPrinter({
    connect: ({ signal }) => openTcp({ host: device.host, port: device.port, signal }),
    profile: device.profile,
    ...options,
  });
  closers.push(() => printer.close());
  return printer;
}
