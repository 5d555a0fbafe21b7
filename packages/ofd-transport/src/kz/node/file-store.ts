import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, realpath, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KzError } from '../errors.js';
import type { KzDeviceState, KzStore } from '../store.js';
import { holdName } from './name-lock.js';
import { applyChange, changeOf, type StateChange } from './state-change.js';

function fail(message: string, userMessage: string, cause?: unknown): never {
  throw new KzError({ code: 'BAD_STORE', message, userMessage, outcome: 'not-sent', cause });
}

function nodeCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** Makes the name in a folder durable. Windows cannot open a folder, and keeps names durable by itself. */
async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL'].includes(nodeCode(error) ?? '')) throw error;
  }
}

/** The file is written anew once it has grown by this much. */
const defaultCompactAfterBytes = 4 << 20;

const sumLength = 16;

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, sumLength);
}

/** One name for one file, by whatever links it is reached. */
async function nameOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (nodeCode(error) !== 'ENOENT')
      fail(`${path} cannot be read`, 'Файл состояния кассы не читается.', error);
  }
  try {
    // Its first day: the folder tells.
    await mkdir(dirname(path), { recursive: true });
    return join(await realpath(dirname(path)), basename(path));
  } catch (error) {
    return fail(`${path} cannot be written`, 'Файл состояния кассы не записывается.', error);
  }
}

/** A record is a line: check sum, blank, JSON. */
function recordOf(change: StateChange): Buffer {
  const text = JSON.stringify(change);
  return Buffer.from(`${sumOf(text)} ${text}\n`);
}

/**
 * A {@link KzStore} in one file, to which each change is appended as a record with a check sum and brought to the disk. A record that a
 * crash has cut off is no record, and is cut away at the next start; now and then the whole state is written beside the file and renamed
 * over it. Readable by its owner alone, and held by one process at a time.
 *
 * A record that is damaged otherwise – by a person, by the disk – is an error that names its place; the file is left as it is.
 *
 * @param path - its folder is made when it is not there
 * @param options.compactAfterBytes - how much the file may grow before it is written anew; 4 MiB unless told
 * @throws KzError `BAD_STORE` from `load` and `save`, `STORE_LOCKED` from `lock` (all `not-sent`)
 * @example
 * ```ts
 * const session = await openKzSession({ store: fileKzStore('/var/lib/till/kz-100500.log'), … });
 * ```
 */
export function fileKzStore(path: string, options: { readonly compactAfterBytes?: number } = {}): KzStore {
  const { compactAfterBytes = defaultCompactAfterBytes } = options;
  /** The state that the file holds, when it holds one and can be appended to. */
  let held: KzDeviceState | undefined;
  let length = 0;
  let compactAt = 0;
  let handle: FileHandle | undefined;

  const release = async () => {
    const open = handle;
    handle = undefined;
    held = undefined;
    await open?.close();
  };

  /** Writes the state whole. A crash leaves the old file or the new one. */
  const replace = async (state: KzDeviceState) => {
    await release();
    // A link must not become a second file.
    const target = await nameOf(path);
    const temporary = `${target}.tmp`;
    const bytes = recordOf({ all: state });
    const fresh = await open(temporary, 'w', 0o600);
    try {
      await fresh.writeFile(bytes);
      await fresh.sync();
    } finally {
      await fresh.close();
    }
    await rename(temporary, target);
    await syncFolder(dirname(target));
    handle = await open(target, 'r+');
    length = bytes.length;
    compactAt = length + compactAfterBytes;
    held = state;
  };

  const append = async (file: FileHandle, from: KzDeviceState, state: KzDeviceState) => {
    const bytes = recordOf(changeOf(from, state));
    try {
      await file.write(bytes, 0, bytes.length, length);
      await file.datasync();
    } catch (error) {
      // What was not promised must not turn up after a restart either.
      await file.truncate(length).catch(() => {});
      await release().catch(() => {});
      throw error;
    }
    length += bytes.length;
    held = state;
  };

  return {
    async load() {
      await release();
      let bytes: Buffer;
      try {
        bytes = await readFile(path);
      } catch (error) {
        if (nodeCode(error) === 'ENOENT') return undefined;
        return fail(`${path} cannot be read`, 'Файл состояния кассы не читается.', error);
      }
      const { state, end } = read(bytes, path);
      // Nothing whole was ever in it: the first record is written beside and renamed, so this file is not ours.
      if (state === undefined) return fail(`${path} holds no record`, 'Файл состояния кассы повреждён.');
      try {
        handle = await open(path, 'r+');
        if (end < bytes.length) await handle.truncate(end);
      } catch (error) {
        return fail(`${path} cannot be written`, 'Файл состояния кассы не записывается.', error);
      }
      length = end;
      compactAt = length + compactAfterBytes;
      held = state;
      return state;
    },
    async save(state) {
      try {
        if (held === undefined || handle === undefined || length > compactAt) await replace(state);
        else await append(handle, held, state);
      } catch (error) {
        fail(`${path} cannot be written`, 'Файл состояния кассы не записывается.', error);
      }
    },
    async lock() {
      const name = await holdName(await nameOf(path));
      return {
        async release() {
          await release();
          await name.release();
        },
      };
    },
  };
}

function read(
  bytes: Buffer,
  path: string,
): { readonly state: KzDeviceState | undefined; readonly end: number } {
  let state: KzDeviceState | undefined;
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(0x0a, start);
    const line = bytes.subarray(start, newline < 0 ? bytes.length : newline);
    const isLast = newline < 0 || newline === bytes.length - 1;
    const text = line.toString('utf8');
    const json = text.slice(sumLength + 1);
    if (newline < 0 || text[sumLength] !== ' ' || sumOf(json) !== text.slice(0, sumLength)) {
      // A write that a crash has cut off: without its end, or with blocks that never came to the disk (they read as zeros).
      if (isLast && (newline < 0 || line.includes(0))) break;
      return fail(
        `${path} is damaged at byte ${start}`,
        'Файл состояния кассы повреждён: обратитесь в сервис.',
      );
    }
    const change = JSON.parse(json) as StateChange;
    const next = applyChange(state, change);
    if (next === undefined)
      return fail(`${path} begins with a change`, 'Файл состояния кассы повреждён: обратитесь в сервис.');
    state = next;
    start = newline + 1;
  }
  return { state, end: start };
}
