import { fiscalDocError } from '../errors.js';
import type { MonoPicture } from '../printing.js';
import { fillBox, invertBox } from './picture.js';
import type { Typeface } from './typeface.js';
import { typeface10x20 } from './typeface-10x20.js';

/** How a line of text is drawn. */
export interface TextStyle {
  /** `typeface10x20` unless told. */
  readonly typeface?: Typeface | undefined;
  /** Times the dots are enlarged, 1 to 8 each way: `scaleX: 2` is double width. */
  readonly scaleX?: number | undefined;
  readonly scaleY?: number | undefined;
  /** Dots from one character to the next before enlarging; the width of the cell unless told. A cell stands in the middle of it. */
  readonly pitch?: number | undefined;
  /** `bold` strikes each dot twice, one dot apart. */
  readonly weight?: 'normal' | 'bold' | undefined;
  readonly underline?: boolean | undefined;
  /** White on black. */
  readonly inverse?: boolean | undefined;
}

interface Measures {
  readonly face: Typeface;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly pitch: number;
}

function measures({ typeface: face = typeface10x20, scaleX = 1, scaleY = 1, pitch }: TextStyle): Measures {
  for (const [name, value, most] of [
    ['scaleX', scaleX, 8],
    ['scaleY', scaleY, 8],
    ['pitch', pitch ?? face.width, 64],
  ] as const) {
    if (Number.isInteger(value) && value >= 1 && value <= most) continue;
    throw fiscalDocError({
      code: 'BAD_PICTURE',
      message: `${name} is ${value}; 1 to ${most} are possible`,
      path: name,
    });
  }
  return { face, scaleX, scaleY, pitch: pitch ?? face.width };
}

/** Dots that a line of text takes: `width` from edge to edge, `height` of its cells. */
export function textSize(
  text: string,
  style: TextStyle = {},
): { readonly width: number; readonly height: number } {
  const { face, scaleX, scaleY, pitch } = measures(style);
  return { width: [...text].length * pitch * scaleX, height: face.height * scaleY };
}

/**
 * Draws one line of text, its upper left corner at `x`, `y`. What does not fit the picture is cut off; a character that the typeface lacks
 * becomes `?`, a control character a space.
 *
 * @returns what {@link textSize} gives
 * @throws ElcertError `BAD_PICTURE` for a scale or a pitch out of range
 * @example
 * ```ts
 * const paper = blankPicture(384, 40);
 * drawText(paper, 'ИТОГ', { x: 0, y: 0 }, { scaleX: 2, scaleY: 2 });
 * ```
 */
export function drawText(
  picture: MonoPicture,
  text: string,
  { x, y }: { readonly x: number; readonly y: number },
  style: TextStyle = {},
): { readonly width: number; readonly height: number } {
  const { face, scaleX, scaleY, pitch } = measures(style);
  const size = textSize(text, style);
  const inset = Math.floor((pitch - face.width) / 2);
  const bold = style.weight === 'bold';
  [...text].forEach((character, index) => {
    const shown = /\p{Cc}|\u00a0/u.test(character) ? ' ' : character;
    const rows = face.glyph(shown) ?? face.glyph('?');
    const left = x + (index * pitch + inset) * scaleX;
    rows?.forEach((row, line) => {
      const dots = bold ? row | (row >> 1) : row;
      for (let column = 0; column < face.width; column += 1) {
        if (((dots >> (face.width - 1 - column)) & 1) === 0) continue;
        fillBox(picture, {
          x: left + column * scaleX,
          y: y + line * scaleY,
          width: scaleX,
          height: scaleY,
        });
      }
    });
  });
  if (style.underline === true)
    fillBox(picture, { x, y: y + size.height - scaleY, width: size.width, height: scaleY });
  if (style.inverse === true) invertBox(picture, { x, y, ...size });
  return size;
}
