import { fromHex } from '@elcert/core';
import { readInput } from './input.js';
import type { Io } from './io.js';
import { badInput } from './outcome.js';

/** Where something listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT`; nothing for a text of another form or a port that nobody can listen on. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65_535) return undefined;
  return { host: match[1] as string, port };
}

/**
 * Bytes out of a file (`-` for standard input) or out of `--hex`.
 *
 * @param limit - most bytes a file may have
 * @throws ElcertError `USAGE` unless exactly one is given, `BAD_HEX`, and what {@link readInput} throws
 */
export async function readBytes(
  io: Io,
  file: string | undefined,
  hex: string | undefined,
  limit: number,
): Promise<Uint8Array> {
  if (file !== undefined && hex === undefined) return readInput(file, io, limit);
  if (hex !== undefined && file === undefined) return fromHex(hex);
  throw badInput('USAGE', 'either a file or --hex is wanted');
}
