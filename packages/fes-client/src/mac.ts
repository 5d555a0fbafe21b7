import { constantTimeEqual, fromHex, toHex } from '@elcert/core';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { FesError } from './errors.js';

/** What a MAC may be computed over. */
export interface FesMacInput {
  readonly verb: string;
  /** Path with the query, as sent. */
  readonly path: string;
  /** The body byte for byte as sent (or as received). */
  readonly body: Uint8Array;
}

/** How a MAC is made. */
export interface FesMacRecipe {
  readonly algorithm: 'hmac-sha256' | 'hmac-sha512' | ((key: Uint8Array, data: Uint8Array) => Uint8Array);
  /** Bytes of the key: the UUID's text in UTF-8, or the 16 bytes that the text names. */
  readonly key: 'text' | 'uuid-bytes';
  /** The canonical bytes: the body as it is, or a function of the request. */
  readonly data: 'body' | ((input: FesMacInput) => Uint8Array);
  readonly encoding: 'hex' | 'hex-upper' | 'base64';
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function keyBytes(recipe: FesMacRecipe, macKey: string): Uint8Array {
  if (recipe.key === 'text') return new TextEncoder().encode(macKey);
  if (!uuid.test(macKey)) {
    throw new FesError({
      code: 'FES_CREDENTIALS',
      message: 'the profile wants the bytes of a UUID, and the MAC key is not one',
      userMessage: 'MAC-ключ кассы задан неверно: он должен быть вида xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx',
      outcome: 'not-sent',
    });
  }
  return fromHex(macKey.replaceAll('-', ''));
}

function encode(bytes: Uint8Array, encoding: FesMacRecipe['encoding']): string {
  if (encoding === 'hex') return toHex(bytes);
  if (encoding === 'hex-upper') return toHex(bytes).toUpperCase();
  return btoa(String.fromCharCode(...bytes));
}

/** The bytes that a recipe signs. Apart from computing, so that they can be shown when two sides disagree. */
export function macData(recipe: FesMacRecipe, input: FesMacInput): Uint8Array {
  return recipe.data === 'body' ? input.body : recipe.data(input);
}

/**
 * The MAC of a request or an answer, as text.
 *
 * @throws FesError `FES_CREDENTIALS` for a key that the recipe cannot use
 * @example
 * ```ts
 * computeMac(assumedV1.mac, macKey, { verb: 'POST', path: '/v1/echo', body });
 * // what `openssl dgst -sha256 -hmac "$MAC_KEY" body.json` prints
 * ```
 */
export function computeMac(recipe: FesMacRecipe, macKey: string, input: FesMacInput): string {
  const key = keyBytes(recipe, macKey);
  const data = macData(recipe, input);
  const bytes =
    typeof recipe.algorithm === 'function'
      ? recipe.algorithm(key, data)
      : hmac(recipe.algorithm === 'hmac-sha256' ? sha256 : sha512, key, data);
  return encode(bytes, recipe.encoding);
}

/** Whether `mac` is the MAC of that input, in time that does not depend on where they differ. */
export function verifyMac(
  recipe: FesMacRecipe,
  macKey: string,
  input: FesMacInput,
  mac: string | null | undefined,
): boolean {
  if (typeof mac !== 'string' || mac.length > 1024) return false;
  const text = new TextEncoder();
  return constantTimeEqual(text.encode(mac), text.encode(computeMac(recipe, macKey, input)));
}
