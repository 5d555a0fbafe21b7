import { byteReader, isElcertError } from '@elcert/core';
import { failed } from './fail.js';

// What F7h of type 1 answers. The public text gives its length alone; bits and fields are those that the maker's own open
// driver reads. Later firmware adds fields at the end, so what is missing is left out and what is more is not looked at.

/** Bits of the first eight bytes that mean something to a till. */
const featureBits = {
  paperNearEndSensor: 1,
  paperSensor: 3,
  coverSensor: 4,
  presenter: 9,
  cutter: 13,
  drawerSensor: 15,
  cashCore: 23,
  swapsGraphicBytes: 26,
  protocol2: 28,
  errorText: 36,
  scaledGraphics: 41,
  graphics512: 42,
  fiscalDrive: 43,
  networkThroughHost: 44,
} as const;

/** Something that a model has or has not. */
export type ModelFeature = keyof typeof featureBits;

/** Parameters of a model (F7h, type 1). */
export interface ModelParameters {
  readonly features: readonly ModelFeature[];
  /** All bits, as they came. */
  readonly bits: bigint;
  /** Characters of a line in font 1 and font 2. */
  readonly columns: readonly [font1: number, font2: number];
  readonly firstGraphicLine: number;
  readonly innDigits: number;
  /** Longest body of a command; 0 where it does not say. */
  readonly longestCommand: number;
  /** Bytes of a graphic line (C5h), and of a line and lines of the picture buffer (4Eh). */
  readonly graphicLineBytes: number;
  readonly pictureLineBytes: number | undefined;
  readonly pictureLines: number | undefined;
}

/**
 * Reads the data of an answer to F7h of type 1.
 *
 * @throws RegisterError `BAD_ANSWER`
 */
export function readModelParameters(data: Uint8Array): ModelParameters {
  const reader = byteReader(data);
  try {
    const bits = reader.uintLe(8);
    const columns = [reader.u8(), reader.u8()] as const;
    const firstGraphicLine = reader.u8();
    const innDigits = reader.u8();
    // Digits of the registration number, its long form and the long serial number; two default passwords; two places in tables.
    reader.take(3 + 8 + 2);
    const longestCommand = reader.u16le();
    const graphicLineBytes = reader.u8();
    return {
      features: (Object.keys(featureBits) as ModelFeature[]).filter(
        (name) => ((bits >> BigInt(featureBits[name])) & 1n) === 1n,
      ),
      bits,
      columns,
      firstGraphicLine,
      innDigits,
      longestCommand,
      graphicLineBytes,
      pictureLineBytes: reader.remaining >= 1 ? reader.u8() : undefined,
      pictureLines: reader.remaining >= 2 ? reader.u16le() : undefined,
    };
  } catch (cause) {
    if (!isElcertError(cause)) throw cause;
    throw failed('BAD_ANSWER', `F7h: ${cause.message}`, 'not-sent', undefined, { cause });
  }
}
