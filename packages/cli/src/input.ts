import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Io } from './io.js';
import { badInput } from './outcome.js';

/**
 * Reads a file, or standard input for `-`.
 *
 * @param limit - most bytes taken; more is refused
 * @throws ElcertError `NO_SUCH_FILE`, `UNREADABLE_FILE` or `FILE_TOO_LONG`
 */
export async function readInput(path: string, io: Io, limit = 64 << 20): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // One byte more than is taken: a device or a pipe without an end is not read to it.
    const stream = path === '-' ? io.stdin : createReadStream(path, { end: limit });
    for await (const chunk of stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
      chunks.push(bytes);
      length += bytes.length;
      if (length > limit) break;
    }
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw badInput(missing ? 'NO_SUCH_FILE' : 'UNREADABLE_FILE', `cannot read ${path}`, { cause });
  }
  if (length > limit) throw badInput('FILE_TOO_LONG', `${path} is longer than ${limit} bytes`);
  return new Uint8Array(Buffer.concat(chunks));
}

/**
 * Reads a JSON file (of at most a mebibyte unless told), or standard input for `-`.
 *
 * @throws ElcertError `BAD_JSON` and everything that {@link readInput} throws
 */
export async function readJson(path: string, io: Io, limit = 1 << 20): Promise<unknown> {
  const bytes = await readInput(path, io, limit);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw badInput('BAD_JSON', `${path} is not JSON`, { cause });
  }
}

/**
 * Writes a file.
 *
 * @throws ElcertError `UNWRITABLE_FILE`
 */
export async function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes);
  } catch (cause) {
    throw badInput('UNWRITABLE_FILE', `cannot write ${path}`, { cause });
  }
}
