import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RunningEmulators } from '@elcert/emulators/world';
import { badInput } from './outcome.js';

/** Where one emulator is, and for `fes` the keys of this run's default scenario. */
export interface ReadyEntry {
  readonly host?: string;
  readonly port?: number;
  /** Device path of a pseudo-terminal. */
  readonly path?: string;
  readonly url?: string;
  /** HOST:PORT that a terminal in calling mode connects to. */
  readonly calls?: string;
  readonly apiKey?: string;
  readonly cashboxId?: string;
  readonly macKey?: string;
  /** The register in the cabinet of `ofd-kz`, with the token to enter into it. */
  readonly device?: {
    readonly id: number;
    readonly token: number;
    readonly serialNumber: string;
    readonly registrationNumber: string;
    readonly bin: string;
  };
}

/** The ready file's content: an entry for each emulator, under its name. */
export function readyEntries(
  { handles, scenario, ends }: RunningEmulators,
  connectTo?: { readonly host: string; readonly port: number },
): Record<string, ReadyEntry> {
  return Object.fromEntries(
    handles.map(({ name, addresses }): [string, ReadyEntry] => {
      let entry: ReadyEntry = {};
      for (const address of addresses) {
        if ('url' in address) {
          const { hostname, port } = new URL(address.url);
          entry = { ...entry, host: hostname, port: Number(port), url: address.url };
        } else entry = { ...entry, ...address };
      }
      if (name === 'fes') {
        const { merchant, cashbox } = scenario;
        entry = { ...entry, apiKey: merchant.apiKey, cashboxId: cashbox.id, macKey: cashbox.macKey };
      }
      const [register] = ends['ofd-kz']?.devices() ?? [];
      if (name === 'ofd-kz' && register !== undefined) {
        const { id, token, serialNumber, registrationNumber, taxpayer } = register;
        entry = { ...entry, device: { id, token, serialNumber, registrationNumber, bin: taxpayer.bin } };
      }
      if (name === 'lan4gate' && connectTo !== undefined)
        entry = { calls: `${connectTo.host}:${connectTo.port}` };
      return [name, entry];
    }),
  );
}

/**
 * Writes a ready file so that a reader sees either nothing or all of it. It holds the keys of the emulated world, so only
 * its owner may read it; it is removed when the emulators stop.
 *
 * @throws ElcertError `UNWRITABLE_FILE`
 */
export async function writeReadyFile(
  file: string,
  entries: Record<string, ReadyEntry>,
): Promise<{ remove(): Promise<void> }> {
  const path = resolve(file);
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, `${JSON.stringify(entries, null, 2)}\n`, { mode: 0o600 });
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw badInput('UNWRITABLE_FILE', `cannot write ${file}`, { cause });
  }
  return { remove: () => rm(path, { force: true }) };
}
