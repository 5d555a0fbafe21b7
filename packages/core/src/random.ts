import { type CoreErrorCode, ElcertError } from './errors.js';

/** Randomness as a parameter, so that a test or a fault plan can be played again from its seed. */
export interface Random {
  /** A whole number from 0 to 2³²−1. */
  uint32(): number;
}

/** The platform's cryptographic generator. */
export function systemRandom(): Random {
  return { uint32: () => globalThis.crypto.getRandomValues(new Uint32Array(1))[0] as number };
}

/** A reproducible generator (sfc32): the same seed, as a number or as its text, gives the same stream. Never for keys. */
export function seededRandom(seed: number | string): Random {
  // FNV-1a spreads a text over the state; the first dozen values are thrown away to mix it.
  let hash = 0x811c9dc5;
  for (const character of String(seed))
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  let a = hash;
  let b = hash ^ 0x9e3779b9;
  let c = hash ^ 0x243f6a88;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let index = 0; index < 12; index += 1) next();
  return { uint32: next };
}

/**
 * A whole number from 0 to `bound − 1`, without bias.
 *
 * @throws ElcertError `NUMBER_OUT_OF_RANGE` unless `bound` is a whole number from 1 to 2³²
 */
export function randomInt(random: Random, bound: number): number {
  if (!Number.isInteger(bound) || bound < 1 || bound > 0x1_0000_0000) {
    throw new ElcertError<CoreErrorCode>({
      code: 'NUMBER_OUT_OF_RANGE',
      message: `no random number below ${bound}`,
    });
  }
  const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound);
  for (;;) {
    const value = random.uint32();
    if (value < limit) return value % bound;
  }
}

/** A number from 0 (included) to 1 (excluded). */
export function randomFloat(random: Random): number {
  return random.uint32() / 0x1_0000_0000;
}

/** Some random bytes. */
export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.uint32() & 0xff);
}

/** A text of random decimal digits. */
export function randomDigits(random: Random, length: number): string {
  return Array.from({ length }, () => randomInt(random, 10)).join('');
}

/** A version 4 UUID: 36 characters, lower case. */
export function randomUuid(random: Random = systemRandom()): string {
  const bytes = randomBytes(random, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
