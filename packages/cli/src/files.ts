import { once } from 'node:events';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Io } from './io.js';
import { badInput } from './outcome.js';

/** A file that is read in pieces, and how long it is. */
export interface StreamedFile {
  readonly bytes: number;
  readonly source: AsyncIterable<Uint8Array>;
}

/**
 * Opens a file for reading in pieces.
 *
 * @throws ElcertError `NO_SUCH_FILE`
 */
export async function streamFile(path: string): Promise<StreamedFile> {
  let facts: Stats;
  try {
    facts = await stat(path);
  } catch (cause) {
    throw badInput('NO_SUCH_FILE', `cannot read ${path}`, { cause });
  }
  if (!facts.isFile()) throw badInput('NO_SUCH_FILE', `${path} is no file`);
  return { bytes: facts.size, source: createReadStream(path) as AsyncIterable<Uint8Array> };
}

/**
 * Writes a file in pieces, so that it is either whole or not there: an error, also one of the pieces' source, leaves what
 * stood there before.
 *
 * @throws ElcertError `FILE_EXISTS` unless `replace`, `UNWRITABLE_FILE`
 */
export async function writeWhole(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  { replace = false }: { readonly replace?: boolean } = {},
): Promise<void> {
  const target = resolve(path);
  if (!replace && (await stat(target).catch(() => undefined)) !== undefined) {
    throw badInput('FILE_EXISTS', `${path} exists already; --replace writes it anew`);
  }
  const partial = `${target}.${process.pid}.partial`;
  const out = createWriteStream(partial);
  try {
    await once(out, 'open').catch((cause: unknown) => {
      throw badInput('UNWRITABLE_FILE', `cannot write ${path}`, { cause });
    });
    for await (const piece of pieces) if (!out.write(piece)) await once(out, 'drain');
    out.end();
    await once(out, 'close');
    await rename(partial, target);
  } catch (error) {
    out.destroy();
    await rm(partial, { force: true });
    throw error;
  }
}

/** A progress line on stderr, for people only: percent of the file and rows so far. */
export function progressLine(
  io: Io,
  what: string,
  totalBytes: number,
): { update(bytes: number, rows: number): void; done(): void } {
  let shown = '';
  return {
    update(bytes, rows) {
      if (!io.interactive) return;
      const percent = totalBytes === 0 ? 100 : Math.min(100, Math.floor((bytes * 100) / totalBytes));
      const bar = '█'.repeat(percent / 5).padEnd(20, '░');
      const text = `${what} ${bar} ${percent} %, ${rows} rows`;
      if (text === shown) return;
      shown = text;
      io.err(`\r${text}`);
    },
    done() {
      if (shown !== '') io.err('\n');
    },
  };
}
