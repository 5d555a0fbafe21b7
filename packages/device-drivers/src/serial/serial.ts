import {
  type ByteChannel,
  channelClosedError,
  ElcertError,
  receiveQueue,
  throwIfAborted,
} from '@elcert/core';

// `serialport` is an optional peer with a native part: it is loaded when a port is wanted, never at import. Its types stay
// out of ours; what is used of it is named here.

interface NativePort {
  readonly isOpen: boolean;
  open(callback: (error: Error | null) => void): void;
  close(callback: (error: Error | null) => void): void;
  write(data: Uint8Array, callback: (error: Error | null | undefined) => void): boolean;
  drain(callback: (error: Error | null) => void): void;
  flush(callback: (error: Error | null) => void): void;
  pause(): unknown;
  resume(): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(
    event: 'close',
    listener: (error: (Error & { readonly disconnected?: boolean }) | null) => void,
  ): unknown;
}

interface NativeModule {
  readonly SerialPort: {
    new (options: {
      readonly path: string;
      readonly baudRate: number;
      readonly dataBits: 8;
      readonly stopBits: 1;
      readonly parity: 'none';
      readonly autoOpen: false;
      readonly lock: boolean;
    }): NativePort;
    list(): Promise<readonly Readonly<Record<string, string | undefined>>[]>;
  };
}

/** What this module throws; all of it `not-sent`, but `CHANNEL_FAILED`, and `ABORTED` while bytes are going out. */
export type SerialErrorCode =
  /** The package `serialport` is not installed. */
  | 'SERIALPORT_MISSING'
  /** No such port, it is in use, or access is denied. */
  | 'SERIAL_OPEN_FAILED'
  /** The system would not name its ports. */
  | 'SERIAL_LIST_FAILED'
  /** The port vanished (unplugged) or broke. */
  | 'CHANNEL_FAILED'
  | 'CHANNEL_CLOSED'
  /** The caller's signal. */
  | 'ABORTED';

/** How to open a port: always 8 data bits, no parity, 1 stop bit, no flow control, as all fiscal registers here want. */
export interface SerialOptions {
  /** `/dev/ttyUSB0`, `COM3` … */
  readonly path: string;
  /** 115200 unless told. */
  readonly baudRate?: number;
  /** Take the port for this process alone; on unless told. */
  readonly exclusive?: boolean;
}

/** A port of this machine. */
export interface SerialPortInfo {
  readonly path: string;
  readonly manufacturer: string | undefined;
  readonly serialNumber: string | undefined;
  /** Hex digits, lower case. */
  readonly vendorId: string | undefined;
  readonly productId: string | undefined;
}

// More than this waiting to be read pauses the port.
const pauseAbove = 1 << 20;

async function load(): Promise<NativeModule> {
  try {
    // The name stands in a variable so that bundlers and type checkers do not ask for the optional package.
    const name = 'serialport';
    return (await import(name)) as NativeModule;
  } catch (cause) {
    throw new ElcertError<SerialErrorCode>({
      code: 'SERIALPORT_MISSING',
      message: 'serial ports need the package "serialport": npm install serialport@13',
      userMessage: 'Не установлена поддержка последовательных портов.',
      outcome: 'not-sent',
      cause,
    });
  }
}

/**
 * Opens a serial port as a {@link ByteChannel}.
 *
 * A port that is unplugged ends the channel with `CHANNEL_FAILED` (`unknown`), for a reader and for a writer alike.
 *
 * @throws ElcertError with a {@link SerialErrorCode}
 * @example
 * ```ts
 * const register = await openShtrihM({ connect: () => openSerial({ path: '/dev/ttyACM0', baudRate: 115200 }) });
 * ```
 */
export async function openSerial(options: SerialOptions): Promise<ByteChannel> {
  const { path, baudRate = 115_200, exclusive = true } = options;
  const { SerialPort } = await load();
  const label = `serial ${path}`;
  const port = new SerialPort({
    path,
    baudRate,
    dataBits: 8,
    stopBits: 1,
    parity: 'none',
    autoOpen: false,
    lock: exclusive,
  });
  const failure = (cause: unknown) =>
    new ElcertError<SerialErrorCode>({
      code: 'CHANNEL_FAILED',
      message: `${label} broke`,
      userMessage: 'Потеряна связь с устройством: проверьте кабель.',
      outcome: 'unknown',
      cause,
    });
  const queue = receiveQueue(() => port.resume());
  let broken: ElcertError | undefined;
  let closing = false;
  let writing = 0;
  port.on('data', (chunk) => {
    queue.push(new Uint8Array(chunk));
    if (queue.buffered > pauseAbove) port.pause();
  });
  port.on('error', (cause) => {
    // A write that closing cuts off is no news.
    if (closing) return;
    broken ??= failure(cause);
    queue.end(broken);
  });
  port.on('close', (cause) => {
    if (closing) queue.end();
    else {
      broken ??= failure(cause);
      queue.end(broken);
    }
  });
  await new Promise<void>((resolve, reject) => {
    port.open((cause) => {
      if (cause === null || cause === undefined) resolve();
      else
        reject(
          new ElcertError<SerialErrorCode>({
            code: 'SERIAL_OPEN_FAILED',
            message: `cannot open ${label}: ${cause.message}`,
            userMessage: `Порт ${path} недоступен.`,
            outcome: 'not-sent',
            cause,
          }),
        );
    });
  });
  // What lay in the driver's buffer from before belongs to nobody.
  await new Promise<void>((resolve) => port.flush(() => resolve()));
  return {
    label,
    async write(bytes, writeOptions) {
      throwIfAborted(writeOptions?.signal);
      if (broken !== undefined) throw broken;
      if (closing || !port.isOpen) throw channelClosedError(label);
      const signal = writeOptions?.signal;
      await new Promise<void>((resolve, reject) => {
        const onAbort = () =>
          reject(
            new ElcertError<SerialErrorCode>({
              code: 'ABORTED',
              message: `aborted while ${label} did not take the bytes`,
              outcome: 'unknown',
              cause: signal?.reason,
            }),
          );
        const done = (cause: unknown) => {
          writing -= 1;
          signal?.removeEventListener('abort', onAbort);
          if (cause === undefined || cause === null) resolve();
          else reject(failure(cause));
        };
        writing += 1;
        signal?.addEventListener('abort', onAbort, { once: true });
        port.write(bytes, (error) => {
          if (error) done(error);
          else port.drain(done);
        });
      });
    },
    async close() {
      if (closing) return;
      closing = true;
      queue.end();
      if (!port.isOpen) return;
      // Bytes that are stuck would hold the port, and go out to whatever is plugged in next.
      if (writing > 0) await new Promise<void>((resolve) => port.flush(() => resolve()));
      await new Promise<void>((resolve) => port.close(() => resolve()));
    },
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  };
}

/**
 * The serial ports of this machine.
 *
 * @throws ElcertError `SERIALPORT_MISSING`, `SERIAL_LIST_FAILED`
 */
export async function listSerialPorts(): Promise<readonly SerialPortInfo[]> {
  const { SerialPort } = await load();
  let found: readonly Readonly<Record<string, string | undefined>>[];
  try {
    found = await SerialPort.list();
  } catch (cause) {
    // On Linux the list comes from udev, which small systems lack: there the names of the devices have to do.
    found = await deviceNames(cause);
  }
  return found.map((port) => ({
    path: port.path ?? '',
    manufacturer: port.manufacturer,
    serialNumber: port.serialNumber,
    vendorId: port.vendorId?.toLowerCase(),
    productId: port.productId?.toLowerCase(),
  }));
}

async function deviceNames(cause: unknown): Promise<{ readonly path: string }[]> {
  try {
    const { readdir } = await import('node:fs/promises');
    return (await readdir('/dev'))
      .filter((name) => /^tty(?:USB|ACM|AMA|XRUSB|S)\d+$/.test(name))
      .sort()
      .map((name) => ({ path: `/dev/${name}` }));
  } catch {
    throw new ElcertError<SerialErrorCode>({
      code: 'SERIAL_LIST_FAILED',
      message: 'the serial ports of this machine cannot be listed',
      outcome: 'not-sent',
      cause,
    });
  }
}
