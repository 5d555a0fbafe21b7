import { concatBytes } from '@elcert/core';
import type { MonoPicture } from '../printing.js';
import { zlibStream } from './zlib.js';

/** CRC-32 of PNG, bit by bit: a picture has a few kilobytes. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concatBytes(
    Uint8Array.from(type, (letter) => letter.charCodeAt(0)),
    data,
  );
  return concatBytes(uint32(data.length), body, uint32(crc32(body)));
}

/** A picture as PNG of one bit a pixel, a pixel a dot. */
export function encodePng({ width, height, bits }: MonoPicture): Uint8Array {
  // Each line begins with the number of its filter, 0. In grey of one bit a set bit is white.
  const stride = (width + 7) >> 3;
  const lines = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y += 1)
    for (let at = 0; at < stride; at += 1)
      lines[y * (stride + 1) + 1 + at] = ~(bits[y * stride + at] as number);
  return concatBytes(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', concatBytes(uint32(width), uint32(height), Uint8Array.of(1, 0, 0, 0, 0))),
    chunk('IDAT', zlibStream(lines)),
    chunk('IEND', new Uint8Array()),
  );
}
