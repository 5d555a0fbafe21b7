import { isElcertError } from '@elcert/core';
import { KzError, type KzErrorCode } from './errors.js';
import { kzTicketLimits } from './ticket-details.js';

// Checks of single values, each error with the path of the value.

export function fail(
  path: string,
  message: string,
  userMessage?: string,
  code: KzErrorCode = 'BAD_VALUE',
): never {
  throw new KzError({
    code,
    message: `${path}: ${message}`,
    path,
    ...(userMessage === undefined ? {} : { userMessage }),
  });
}

/** Runs what checks values without knowing where they stand. */
export function at<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isElcertError(error) && error.path === undefined) return fail(path, error.message, error.userMessage);
    throw error;
  }
}

export function text(value: string | undefined, path: string, most: number = kzTicketLimits.text) {
  if (value === undefined) return undefined;
  const length = [...value].length;
  if (value.trim() === '' || length > most)
    fail(path, `${length} characters, 1 to ${most} are possible`, 'Текст пуст или слишком длинный.');
  // A text that was cut in the middle of a character cannot be written.
  if (/\p{Cs}/u.test(value)) fail(path, 'half of a surrogate pair', 'Текст повреждён.');
  return value;
}

export function digits(value: string | undefined, path: string, most: bigint): string | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,19}$/.test(value) || BigInt(value) > most) fail(path, `digits up to ${most} wanted`);
  return value;
}

export const uint32 = 2_147_483_647n;
export const uint64 = 9_223_372_036_854_775_807n;

export function present<T extends object>(members: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
