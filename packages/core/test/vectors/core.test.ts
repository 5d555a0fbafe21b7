import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  crc16Buypass,
  crc16CcittFalse,
  decodeText,
  encodeText,
  fromHex,
  localDateTime,
  localToUnixSeconds,
  lrc,
  seededRandom,
  unixSecondsToLocal,
} from '../../src/index.js';

// Made by make-vectors.py (Python 3.11: binascii, codecs, zoneinfo and a few lines of its own); see its docstring.
const vectors = JSON.parse(readFileSync(new URL('./core.json', import.meta.url), 'utf8')) as {
  readonly crc: readonly { hex: string; ccittFalse: number; buypass: number; lrc: number }[];
  readonly pages: Readonly<Record<'ibm866' | 'windows-1251', string>>;
  readonly unixSeconds: readonly { text: string; seconds: number }[];
  readonly walls: readonly { zone: string; utc: string; wall: string }[];
  readonly sfc32: Readonly<Record<string, readonly number[]>>;
};

describe('checksums made by Python', () => {
  it.each(vectors.crc)('of $hex', (vector) => {
    const bytes = fromHex(vector.hex);
    expect(crc16CcittFalse(bytes)).toBe(vector.ccittFalse);
    expect(crc16Buypass(bytes)).toBe(vector.buypass);
    expect(lrc(bytes)).toBe(vector.lrc);
  });
});

describe('code pages as Python has them', () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);

  it('CP866: all 256 bytes both ways', () => {
    expect(decodeText(all, 'ibm866')).toBe(vectors.pages.ibm866);
    expect(encodeText(vectors.pages.ibm866, 'ibm866', 'refuse').bytes).toEqual(all);
  });

  it('windows-1251: all 256 bytes both ways; 98h, which Python leaves out, is U+0098 as browsers have it', () => {
    const page = vectors.pages['windows-1251'].replace('\ufffd', '\u0098');
    expect(decodeText(all, 'windows-1251')).toBe(page);
    expect(encodeText(page, 'windows-1251', 'refuse').bytes).toEqual(all);
  });
});

describe('times as Python counts them', () => {
  it.each(vectors.unixSeconds)('$text', ({ text, seconds }) => {
    expect(localToUnixSeconds(text)).toBe(seconds);
    expect(unixSecondsToLocal(seconds)).toBe(text);
  });

  it.each(vectors.walls)('$utc UTC in $zone', ({ zone, utc, wall }) => {
    expect(localDateTime(Date.parse(`${utc}Z`), zone)).toBe(wall);
  });
});

describe('the seeded stream', () => {
  // A plan of faults is replayed from its seed: the stream may never change.
  it.each(Object.entries(vectors.sfc32))('of seed %j', (seed, values) => {
    const random = seededRandom(seed);
    expect(values.map(() => random.uint32())).toEqual(values);
  });
});
