import { concatBytes } from '@elcert/core';
import { fiscalDocError } from '../errors.js';
import { qrMatrix } from './matrix.js';

/** CRC-32 of PNG and zlib, bit by bit: a picture has a few kilobytes. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 0x1_0000 + a;
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

/** A zlib stream of stored blocks: one bit a pixel leaves little to compress, and no compressor is needed. */
function stored(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let from = 0; from < data.length; from += 0xffff) {
    const block = data.subarray(from, from + 0xffff);
    const { length } = block;
    const last = from + 0xffff >= data.length ? 1 : 0;
    parts.push(Uint8Array.of(last, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff), block);
  }
  return concatBytes(...parts, uint32(adler32(data)));
}

/**
 * A QR as a PNG picture of one bit a pixel with a quiet zone of four modules, for mail and for programs that take no SVG.
 *
 * @param options - `moduleSize`: pixels a module, 1 to 32; 4 when absent
 * @throws ElcertError `BAD_QR`, also for a module size out of its range
 */
export function renderQrPng(
  text: string,
  { moduleSize = 4 }: { readonly moduleSize?: number } = {},
): Uint8Array {
  if (!Number.isInteger(moduleSize) || moduleSize < 1 || moduleSize > 32)
    throw fiscalDocError({
      code: 'BAD_QR',
      message: `a module of ${moduleSize} pixels; 1 to 32 are possible`,
    });
  const { size, rows } = qrMatrix(text);
  const side = (size + 8) * moduleSize;
  // Each line begins with the number of its filter, 0; a set bit is white.
  const stride = 1 + Math.ceil(side / 8);
  const pixels = new Uint8Array(stride * side).fill(0xff);
  for (let y = 0; y < side; y += 1) {
    const row = rows[Math.floor(y / moduleSize) - 4];
    pixels[y * stride] = 0;
    for (let x = 0; x < side; x += 1) {
      if (row?.[Math.floor(x / moduleSize) - 4] !== true) continue;
      const at = y * stride + 1 + (x >> 3);
      pixels[at] = (pixels[at] as number) & ~(0x80 >> (x & 7));
    }
  }
  return concatBytes(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', concatBytes(uint32(side), uint32(side), Uint8Array.of(1, 0, 0, 0, 0))),
    chunk('IDAT', stored(pixels)),
    chunk('IEND', new Uint8Array()),
  );
}
