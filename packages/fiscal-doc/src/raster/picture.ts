import { fiscalDocError } from '../errors.js';
import type { MonoPicture } from '../printing.js';

/** Most dots a picture may be wide. */
export const maxPictureWidth = 8192;

/** Most dots a picture may have: 8 MB of bits, 14 m of paper of 80 mm. */
export const maxPictureDots = 1 << 26;

/** A part of a picture, in dots from its upper left corner. What stands outside the picture is not drawn. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A white picture to draw on.
 *
 * @throws ElcertError `BAD_PICTURE` unless the sides are whole, above zero and within {@link maxPictureWidth} and {@link maxPictureDots}
 */
export function blankPicture(width: number, height: number): MonoPicture {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  const stride = Math.ceil(width / 8);
  if (!whole || width > maxPictureWidth || stride * 8 * height > maxPictureDots) {
    throw fiscalDocError({
      code: 'BAD_PICTURE',
      message: `a picture of ${width} × ${height} dots; at most ${maxPictureWidth} wide and ${maxPictureDots} together`,
      path: 'picture',
    });
  }
  return { width, height, bits: new Uint8Array(stride * height) };
}

/** Whether a dot is black; dots outside the picture are white. */
export function isBlack({ width, height, bits }: MonoPicture, x: number, y: number): boolean {
  if (x < 0 || y < 0 || x >= width || y >= height) return false;
  return ((bits[y * ((width + 7) >> 3) + (x >> 3)] as number) & (0x80 >> (x & 7))) !== 0;
}

/** Paints a box, black unless told. */
export function fillBox(picture: MonoPicture, box: Box, colour: 'black' | 'white' = 'black'): void {
  const { width, height, bits } = picture;
  const stride = (width + 7) >> 3;
  const left = Math.max(0, box.x);
  const right = Math.min(width, box.x + box.width);
  for (let y = Math.max(0, box.y); y < Math.min(height, box.y + box.height); y += 1)
    for (let x = left; x < right; x += 1) {
      const at = y * stride + (x >> 3);
      const dot = 0x80 >> (x & 7);
      bits[at] = colour === 'black' ? (bits[at] as number) | dot : (bits[at] as number) & ~dot;
    }
}

/** Turns black and white of a box around. */
export function invertBox({ width, height, bits }: MonoPicture, box: Box): void {
  const stride = (width + 7) >> 3;
  for (let y = Math.max(0, box.y); y < Math.min(height, box.y + box.height); y += 1)
    for (let x = Math.max(0, box.x); x < Math.min(width, box.x + box.width); x += 1) {
      const at = y * stride + (x >> 3);
      bits[at] = (bits[at] as number) ^ (0x80 >> (x & 7));
    }
}

/** Draws the black dots of one picture on another. */
export function drawPicture(
  picture: MonoPicture,
  drawn: MonoPicture,
  { x, y }: { readonly x: number; readonly y: number },
): void {
  for (let row = 0; row < drawn.height; row += 1)
    for (let column = 0; column < drawn.width; column += 1)
      if (isBlack(drawn, column, row)) fillBox(picture, { x: x + column, y: y + row, width: 1, height: 1 });
}

/**
 * Pictures one below the other from the left edge, as wide as the widest: a tape that grows.
 *
 * @throws ElcertError `BAD_PICTURE` for none at all, and when they are too much for one picture
 */
export function stackPictures(pictures: readonly MonoPicture[]): MonoPicture {
  const width = pictures.reduce((most, one) => Math.max(most, one.width), 0);
  const stacked = blankPicture(
    width,
    pictures.reduce((sum, one) => sum + one.height, 0),
  );
  const stride = (width + 7) >> 3;
  let top = 0;
  for (const one of pictures) {
    const own = (one.width + 7) >> 3;
    // Whatever a picture holds behind the end of its rows is no part of it.
    const mask = 0xff << (own * 8 - one.width);
    for (let row = 0; row < one.height; row += 1) {
      const line = one.bits.subarray(row * own, (row + 1) * own);
      stacked.bits.set(line, (top + row) * stride);
      const last = (top + row) * stride + own - 1;
      stacked.bits[last] = (stacked.bits[last] as number) & mask;
    }
    top += one.height;
  }
  return stacked;
}
