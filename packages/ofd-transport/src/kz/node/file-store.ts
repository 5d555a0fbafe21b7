import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KzError } from '../errors.js';
import type { KzDeviceState, KzStore } from '../store.js';

function fail(message: string, cause?: unknown): never {
  throw new KzError({
    code: 'BAD_STORE',
    message,
    userMessage: 'Файл состояния кассы повреждён или недоступен',
    outcome: 'not-sent',
    cause,
  });
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

/**
 * A {@link KzStore} in one file. The new state is written beside it, brought to the disk and then renamed, so that a crash at any
 * moment leaves the old state or the new one; what a crash left beside is overwritten. Readable by its owner alone.
 *
 * @param path - its folder is made when it is not there
 * @throws KzError `BAD_STORE` (`not-sent`) from `load` and `save`
 * @example
 * ```ts
 * const session = await openKzSession({ store: fileKzStore('/var/lib/till/kz-100500.json'), … });
 * ```
 */
export function fileKzStore(path: string): KzStore {
  return {
    async load() {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if (nodeCode(error) === 'ENOENT') return undefined;
        return fail(`${path} cannot be read`, error);
      }
      try {
        return JSON.parse(text) as KzDeviceState;
      } catch (error) {
        return fail(`${path} is not JSON`, error);
      }
    },
    async save(state) {
      const temporary = `${path}.tmp`;
      try {
        await mkdir(dirname(path), { recursive: true });
        const handle = await open(temporary, 'w', 0o600);
        try {
          await handle.writeFile(JSON.stringify(state));
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(temporary, path);
        await syncFolder(dirname(path));
      } catch (error) {
        fail(`${path} cannot be written`, error);
      }
    },
  };
}
