import { concatBytes } from '@elcert/core';
import type { MonoPicture } from '@elcert/fiscal-doc';
import { encodeEscPos } from './codec.js';

// Pictures to commands, in strips that small printers take in.

/** Bytes of one strip at most. */
const stripSize = 1024;

/** Second bytes of real-time commands, which printers carry out even when they stand in the data of a picture. */
const realTime: ReadonlySet<number> = new Set([0x04, 0x05, 0x14]);

/**
 * Changes one dot wherever data would read as a real-time command: a picture must not open the drawer.
 *
 * @param data - changed in place
 */
function quiet(data: Uint8Array): Uint8Array {
  for (let at = 1; at < data.length; at += 1)
    if (data[at - 1] === 0x10 && realTime.has(data[at] as number)) data[at] = (data[at] as number) ^ 0x08;
  // 10h at the very end could join what follows.
  const last = data.length - 1;
  if (data[last] === 0x10) data[last] = 0x11;
  return data;
}

/** The commands of a picture, one a strip, from the top. */
export function pictureCommands(picture: MonoPicture, way: 'raster' | 'columns'): Uint8Array[] {
  return way === 'raster' ? rasterStrips(picture) : columnStrips(picture);
}

function rasterStrips({ width, height, bits }: MonoPicture): Uint8Array[] {
  const stride = Math.ceil(width / 8);
  const lines = Math.max(1, Math.floor(stripSize / stride));
  // Whatever a row holds behind its end is no part of the picture.
  const mask = (0xff << (stride * 8 - width)) & 0xff;
  const strips: Uint8Array[] = [];
  for (let from = 0; from < height; from += lines) {
    const count = Math.min(lines, height - from);
    const data = bits.slice(from * stride, (from + count) * stride);
    for (let at = stride - 1; at < data.length; at += stride) data[at] = (data[at] as number) & mask;
    strips.push(
      encodeEscPos('GS v 0', [0, stride & 0xff, stride >> 8, count & 0xff, count >> 8], quiet(data)),
    );
  }
  return strips;
}

/** 24 dots high, three bytes a column; lines of 24 units touch each other. */
function columnStrips({ width, height, bits }: MonoPicture): Uint8Array[] {
  const stride = Math.ceil(width / 8);
  const strips: Uint8Array[] = [encodeEscPos('ESC 3', [24])];
  for (let from = 0; from < height; from += 24) {
    const data = new Uint8Array(width * 3);
    for (let x = 0; x < width; x += 1)
      for (let y = 0; y < 24 && from + y < height; y += 1)
        if (((bits[(from + y) * stride + (x >> 3)] as number) & (0x80 >> (x & 7))) !== 0) {
          const at = x * 3 + (y >> 3);
          data[at] = (data[at] as number) | (0x80 >> (y & 7));
        }
    strips.push(
      concatBytes(encodeEscPos('ESC *', [33, width & 0xff, width >> 8], quiet(data)), Uint8Array.of(0x0a)),
    );
  }
  return [...strips, encodeEscPos('ESC 2')];
}
