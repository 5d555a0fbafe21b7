import type { ByteChannel } from '@elcert/core';
import { listenTcp } from '@elcert/core/node';
import type { EmulatorAddress } from './emulator.js';
import { openPty } from './pty.js';

/** Where a device's emulator can be reached: TCP always, serial lines when asked. */
export interface LineOptions {
  /** Loopback unless told otherwise. */
  readonly host?: string;
  /** 0 (default) lets the system choose. */
  readonly port?: number;
  /** It stands on a pseudo-terminal too (POSIX, by `socat`); a text is the path to link it at. */
  readonly pty?: boolean | string;
  /** It serves this serial port too: one end of a cable, or of a virtual pair of COM ports. */
  readonly serialPath?: string;
}

/** The open lines of an emulator. */
export interface Lines {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly EmulatorAddress[];
  /** Stops listening; connections are the emulator's own to close. */
  close(): Promise<void>;
}

/**
 * Opens the lines of an emulated device; every connection and every serial line is handed to `serve`.
 *
 * @throws ElcertError `LISTEN_FAILED`, `PTY_FAILED` or what opening the serial port throws; nothing stays open then
 */
export async function openLines(
  { host, port, pty, serialPath }: LineOptions,
  serve: (channel: ByteChannel) => void,
): Promise<Lines> {
  const listener = await listenTcp(serve, {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  });
  const addresses: EmulatorAddress[] = [{ host: listener.host, port: listener.port }];
  const closers: (() => Promise<void>)[] = [() => listener.close()];
  const close = async () => {
    for (const one of closers.splice(0)) await one();
  };
  const serveSerial = async (path: string) => {
    // Only who asks for a port needs serialport.
    const { openSerial } = await import('@elcert/device-drivers/serial');
    serve(await openSerial({ path, baudRate: 115_200 }));
  };
  try {
    if (serialPath !== undefined) await serveSerial(serialPath);
    if (pty !== undefined && pty !== false) {
      const pair = await openPty(pty === true ? undefined : pty);
      closers.push(() => pair.close());
      await serveSerial(pair.device);
      addresses.push({ path: pair.host });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { host: listener.host, port: listener.port, addresses, close };
}
