import { ElcertError, isElcertError } from '@elcert/core';
import type { Io } from './io.js';

/** Exit codes of every command. */
export const exitCode = {
  done: 0,
  /** Refused by the other side, or a check failed. */
  refused: 1,
  /** Bad input or usage. */
  badInput: 2,
  /** It may have been done: ask before doing it again. */
  unknown: 3,
  /** Nobody answered the connection: nothing was sent. */
  notSent: 4,
} as const;

/** Bad input that a command itself finds: exit code 2. */
export function badInput(
  code: string,
  message: string,
  more: { path?: string; position?: number; cause?: unknown } = {},
) {
  return new ElcertError({ code, message, ...more });
}

/**
 * The exit code an error ends a command with. An error without an outcome is a fault of the input, and so is one that was
 * not sent because of a value whose path it names.
 */
export function exitCodeOf(error: unknown): number {
  if (!isElcertError(error)) return exitCode.refused;
  switch (error.outcome) {
    case 'not-sent':
      return error.path === undefined ? exitCode.notSent : exitCode.badInput;
    case 'refused':
      return exitCode.refused;
    case 'unknown':
      return exitCode.unknown;
    default:
      return exitCode.badInput;
  }
}

/** The `error` member that `--json` prints. */
export function errorJson(error: unknown): Record<string, unknown> {
  if (isElcertError(error)) return error.toJSON();
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
}

/** Prints one JSON object on a line of its own. bigints become decimal strings, bytes hex. */
export function printJson(io: Io, value: unknown): void {
  const text = JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member === 'bigint') return member.toString();
    if (member instanceof Uint8Array) return Buffer.from(member).toString('hex');
    return member;
  });
  io.out(`${text}\n`);
}

/** Prints an error the way the caller asked for: one JSON object on stdout, or text for people on stderr. */
export function printError(io: Io, error: unknown, json: boolean): void {
  if (json) {
    printJson(io, { ok: false, error: errorJson(error) });
    return;
  }
  if (!isElcertError(error)) {
    io.err(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return;
  }
  const where = [
    error.path === undefined ? '' : ` at ${error.path}`,
    error.position === undefined ? '' : ` at position ${error.position}`,
  ].join('');
  io.err(`${error.code}${where}: ${error.message}\n`);
  if (error.userMessage !== undefined) io.err(`${error.userMessage}\n`);
  if (error.outcome === 'unknown') io.err('The outcome is unknown: ask before doing it again.\n');
}
