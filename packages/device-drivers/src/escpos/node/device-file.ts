import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  type ByteChannel,
  channelClosedError,
  ElcertError,
  receiveQueue,
  throwIfAborted,
} from '@elcert/core';
import { escPosError } from '../errors.js';

/** How a device file is opened. */
export interface DeviceFileOptions {
  /** `/dev/usb/lp0`, `\\\\.\\COM3`, `\\\\.\\LPT1`, or the share of a printer on Windows: `\\\\host\\printer`. */
  readonly path: string;
  /** Read answers too: on unless told, but on Windows, where a read may never end. A device that cannot be read is written to alone, and
   * counts as a printer that tells nothing. */
  readonly read?: boolean | undefined;
}

const pieceSize = 4096;

/** Devices are asked again after so long: usblp says at once that there is nothing, where others wait. */
const pauseMs = 20;

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, pauseMs));

/**
 * Opens a device file as a {@link ByteChannel}: a USB printer as the system shows it.
 *
 * @throws ElcertError `DEVICE_OPEN_FAILED` (`not-sent`)
 * @example
 * ```ts
 * const printer = await openEscPosPrinter({ connect: () => openDeviceFile({ path: '/dev/usb/lp0' }), profile: 'POS-5890' });
 * ```
 */
export async function openDeviceFile({
  path,
  read = process.platform !== 'win32',
}: DeviceFileOptions): Promise<ByteChannel> {
  const label = `device ${path}`;
  // A read or a write that waits inside the system could not be given up, and would keep the process.
  const openFor = (flags: number) => open(path, flags | (constants.O_NONBLOCK ?? 0));
  let file: FileHandle;
  let readable = read;
  try {
    try {
      file = await openFor(read ? constants.O_RDWR : constants.O_WRONLY);
    } catch (error) {
      if (!read) throw error;
      file = await openFor(constants.O_WRONLY);
      readable = false;
    }
  } catch (cause) {
    throw escPosError({
      code: 'DEVICE_OPEN_FAILED',
      message: `cannot open ${label}`,
      outcome: 'not-sent',
      userMessage: `Устройство ${path} недоступно.`,
      cause,
    });
  }
  const queue = receiveQueue();
  let closing: Promise<void> | undefined;
  const broke = (cause: unknown) =>
    new ElcertError({
      code: 'CHANNEL_FAILED',
      message: `${label} broke`,
      userMessage: 'Связь с устройством прервалась.',
      outcome: 'unknown',
      cause,
    });
  const listen = async () => {
    while (closing === undefined) {
      try {
        const { bytesRead, buffer } = await file.read(new Uint8Array(256), 0, 256, null);
        if (bytesRead === 0) await pause();
        else queue.push(buffer.slice(0, bytesRead));
      } catch (cause) {
        if (closing !== undefined) return;
        if (isBusy(cause)) await pause();
        // A device that refuses to be read is still written to.
        else if (isUnreadable(cause)) return;
        else return queue.end(broke(cause));
      }
    }
  };
  if (readable) void listen();
  return {
    label,
    async write(bytes, { signal } = {}) {
      throwIfAborted(signal);
      if (closing !== undefined) throw channelClosedError(label);
      for (let at = 0; at < bytes.length; ) {
        try {
          const { bytesWritten } = await file.write(bytes, at, Math.min(pieceSize, bytes.length - at), null);
          at += bytesWritten;
        } catch (cause) {
          if (!isBusy(cause)) throw broke(cause);
          await pause();
          if (closing !== undefined || signal?.aborted) throw broke(cause);
        }
      }
    },
    close() {
      closing ??= (async () => {
        queue.end();
        await file.close().catch(() => {});
      })();
      return closing;
    },
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  };
}

function isBusy(cause: unknown): boolean {
  return (cause as { readonly code?: unknown }).code === 'EAGAIN';
}

function isUnreadable(cause: unknown): boolean {
  const { code } = cause as { readonly code?: unknown };
  return code === 'EINVAL' || code === 'EBADF';
}
