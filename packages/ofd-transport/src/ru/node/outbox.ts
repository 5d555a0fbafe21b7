import { type FileHandle, mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, type FnMessage, type FnMessageSource, isElcertError } from '@elcert/core';
import { decodeContainer } from '../codec.js';
import { OfdError } from '../errors.js';

/** A folder of documents that wait for the operator, and of the replies to those that went. */
export interface FolderOutbox extends FnMessageSource {
  /**
   * Puts a document in; the same one again is ignored. Durable when it returns.
   *
   * @throws OfdError `BAD_FN_MESSAGE`, or `BAD_OUTBOX` when another document of that number, or one of another drive, is there
   */
  put(message: FnMessage): Promise<void>;
  /** The operator's reply to a document that went, to be loaded into the drive. */
  reply(fiscalDriveNumber: string, fiscalDocumentNumber: number): Promise<Uint8Array | undefined>;
}

const waitingName = /^(\d{1,16})-(\d{8})\.bin$/;

function fail(message: string, cause?: unknown): never {
  throw new OfdError({
    code: 'BAD_OUTBOX',
    message,
    userMessage: 'Папка документов для ОФД повреждена или недоступна',
    outcome: 'not-sent',
    cause,
  });
}

function nodeCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (nodeCode(error) === 'ENOENT') return undefined;
    return fail(`${path} cannot be read`, error);
  }
}

/** Makes the names in a folder durable. Windows cannot open a folder, and keeps names durable by itself. */
async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL'].includes(nodeCode(error) ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

/** A file is there whole or not at all, whenever the power goes; what a crash left under the temporary name is overwritten. */
async function writeWhole(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(folder, `${name}.tmp`);
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(folder, name));
    await syncFolder(folder);
  } catch (error) {
    fail(`${join(folder, name)} cannot be written`, error);
  }
}

/**
 * A folder as a source of documents, for registers that leave their containers as files. One folder for one drive and one agent.
 *
 * `<drive>-<number>.bin` waits. A confirmed document moves to `sent/`, next to `<drive>-<number>.reply.bin`. The reply is durable
 * before the document moves, so that a crash in between costs no second sending: the next start finds the reply and moves the document.
 *
 * @param directory - made when it is not there
 * @example
 * ```ts
 * const outbox = await openFolderOutbox('/var/lib/till/ofd');
 * await outbox.put(message);
 * const agent = startExchangeAgent(outbox, { connect, clock: systemClock(), timeZone: 'Europe/Moscow' });
 * ```
 */
export async function openFolderOutbox(directory: string): Promise<FolderOutbox> {
  const sent = join(directory, 'sent');
  await mkdir(sent, { recursive: true }).catch((error: unknown) => fail(`${sent} cannot be made`, error));
  const nameOf = (fiscalDriveNumber: string, fiscalDocumentNumber: number) =>
    `${fiscalDriveNumber.trim()}-${String(fiscalDocumentNumber).padStart(8, '0')}`;

  const waiting = async (): Promise<string[]> => {
    const names = (
      await readdir(directory).catch((error: unknown) => fail(`${directory} cannot be read`, error))
    )
      .filter((name) => waitingName.test(name))
      .sort();
    const drives = new Set(names.map((name) => name.slice(0, name.indexOf('-'))));
    if (drives.size > 1) fail(`${directory} holds documents of several drives: ${[...drives].join(', ')}`);
    return names;
  };

  const identify = (message: FnMessage): string => {
    try {
      const { fiscalDriveNumber, fiscalDocumentNumber } = decodeContainer(message.container);
      if (fiscalDriveNumber.trim() !== message.fiscalDriveNumber.trim())
        throw new OfdError({
          code: 'BAD_CONTAINER',
          message: `the container is of drive ${fiscalDriveNumber}`,
        });
      if (!/^\d{1,16}$/.test(fiscalDriveNumber.trim()))
        throw new OfdError({ code: 'BAD_NUMBER', message: 'a drive number has digits only' });
      return nameOf(fiscalDriveNumber, fiscalDocumentNumber);
    } catch (error) {
      if (!isElcertError(error)) throw error;
      throw new OfdError({
        code: 'BAD_FN_MESSAGE',
        message: error.message,
        outcome: 'not-sent',
        cause: error,
      });
    }
  };

  const finish = async (name: string) => {
    try {
      await rename(join(directory, `${name}.bin`), join(sent, `${name}.bin`));
      await syncFolder(sent);
      await syncFolder(directory);
    } catch (error) {
      fail(`${name} cannot be moved to ${sent}`, error);
    }
  };

  return {
    async put(message) {
      const name = identify(message);
      const [first] = await waiting();
      if (first !== undefined && !first.startsWith(`${message.fiscalDriveNumber.trim()}-`))
        fail(`${directory} is the folder of another drive: ${first}`);
      for (const folder of [directory, sent]) {
        const there = await readIfThere(join(folder, `${name}.bin`));
        if (there === undefined) continue;
        if (equalBytes(there, message.container)) return;
        fail(`${join(folder, `${name}.bin`)} is another document`);
      }
      await writeWhole(directory, `${name}.bin`, message.container);
    },
    async next() {
      for (const file of await waiting()) {
        const name = file.slice(0, -'.bin'.length);
        if ((await readIfThere(join(sent, `${name}.reply.bin`))) !== undefined) {
          await finish(name);
          continue;
        }
        const container = await readIfThere(join(directory, file));
        if (container === undefined) continue;
        const message: FnMessage = { fiscalDriveNumber: name.slice(0, name.indexOf('-')), container };
        if (identify(message) !== name) fail(`${file} holds another document than its name says`);
        return message;
      }
      return undefined;
    },
    async confirm(message, reply) {
      const name = identify(message);
      await writeWhole(sent, `${name}.reply.bin`, reply);
      await finish(name);
    },
    reply: (fiscalDriveNumber, fiscalDocumentNumber) =>
      readIfThere(join(sent, `${nameOf(fiscalDriveNumber, fiscalDocumentNumber)}.reply.bin`)),
  };
}
