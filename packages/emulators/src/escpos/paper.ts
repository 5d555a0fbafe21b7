import {
  blankPicture,
  drawPicture,
  drawText,
  encodePng,
  fillBox,
  invertBox,
  type MonoPicture,
  stackPictures,
  typeface9x15,
  typeface10x20,
} from '@elcert/fiscal-doc/raster';

// What came out of a printer: kept as things, drawn as text and as a picture when somebody looks.

/** How a character stands on paper. */
export interface PrintedStyle {
  readonly font: 'A' | 'B';
  /** Times the cell is enlarged. */
  readonly width: number;
  readonly height: number;
  readonly bold: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
}

/** One character on paper. A double-byte one takes two cells. */
export interface PrintedCharacter {
  readonly character: string;
  readonly wide: boolean;
  readonly style: PrintedStyle;
}

/** Where a line or a picture stands between the margins. */
export type Alignment = 'left' | 'centre' | 'right';

/** One thing on paper, from the top. Sizes in dots. */
export type PaperItem =
  | {
      readonly type: 'line';
      readonly align: Alignment;
      readonly characters: readonly PrintedCharacter[];
      /** From this line to the next, at least the height of its characters. */
      readonly spacing: number;
    }
  | { readonly type: 'picture'; readonly align: Alignment; readonly picture: MonoPicture }
  | {
      readonly type: 'code';
      readonly align: Alignment;
      readonly name: string;
      readonly text: string;
      readonly picture: MonoPicture;
    }
  | { readonly type: 'feed'; readonly dots: number; readonly lines: number }
  | { readonly type: 'cut'; readonly how: 'full' | 'partial' };

/** Measures of a model's paper. */
export interface PaperMeasures {
  readonly dots: number;
  readonly columns: { readonly A: number; readonly B: number };
}

/** Dots from one character to the next. */
export function pitchOf({ dots, columns }: PaperMeasures, font: 'A' | 'B'): number {
  return Math.floor(dots / columns[font]);
}

/** Dots of a cell's height: 24 and 17, as nearly all thermal printers have them. */
const cellHeight = { A: 24, B: 17 } as const;

/** Dots that a character takes in its line. */
export function advance(measures: PaperMeasures, { wide, style }: PrintedCharacter): number {
  return pitchOf(measures, style.font) * style.width * (wide ? 2 : 1);
}

function lineWidth(measures: PaperMeasures, characters: readonly PrintedCharacter[]): number {
  return characters.reduce((sum, one) => sum + advance(measures, one), 0);
}

function offset(align: Alignment, room: number): number {
  if (align === 'left' || room <= 0) return 0;
  return align === 'centre' ? room >> 1 : room;
}

/** Lines of text; what is no text stands in brackets. Spaces at the end of a line are not seen on paper. */
export function paperLines(items: readonly PaperItem[], measures: PaperMeasures): string[] {
  return items.flatMap((item) => itemLines(item, measures));
}

function itemLines(item: PaperItem, measures: PaperMeasures): string[] {
  switch (item.type) {
    case 'line': {
      const room = measures.dots - lineWidth(measures, item.characters);
      const left = Math.floor(offset(item.align, room) / pitchOf(measures, 'A'));
      const text = item.characters.map(({ character }) => character).join('');
      return [`${' '.repeat(left)}${text}`.trimEnd()];
    }
    case 'picture':
      return [`[picture ${item.picture.width} × ${item.picture.height}]`];
    case 'code':
      return [`[${item.name}: ${item.text}]`];
    case 'feed':
      return new Array<string>(item.lines).fill('');
    case 'cut':
      return [item.how === 'full' ? '=== cut ===' : '- - cut - -'];
  }
}

/** White beside the printed lines, dots. */
const margin = 16;

/**
 * The paper as a picture, a pixel a dot, with a white margin.
 *
 * @throws ElcertError `BAD_PICTURE` when it is longer than a picture can be
 */
export function paperPicture(items: readonly PaperItem[], measures: PaperMeasures): MonoPicture {
  const parts = items.map((item) => itemPicture(item, measures));
  const edge = blankPicture(measures.dots, margin);
  const tape = stackPictures([edge, ...parts.filter((one) => one !== undefined), edge]);
  const sheet = blankPicture(tape.width + 2 * margin, tape.height);
  drawPicture(sheet, tape, { x: margin, y: 0 });
  return sheet;
}

/** {@link paperPicture} as PNG. */
export function paperPng(items: readonly PaperItem[], measures: PaperMeasures): Uint8Array {
  return encodePng(paperPicture(items, measures));
}

function itemPicture(item: PaperItem, measures: PaperMeasures): MonoPicture | undefined {
  const { dots } = measures;
  switch (item.type) {
    case 'line':
      return linePicture(item, measures);
    case 'picture':
    case 'code': {
      const { picture, align } = item;
      const placed = blankPicture(dots, picture.height);
      drawPicture(placed, picture, { x: offset(align, dots - picture.width), y: 0 });
      return placed;
    }
    case 'feed':
      return item.dots === 0 ? undefined : blankPicture(dots, item.dots);
    case 'cut': {
      const edge = blankPicture(dots, 9);
      for (let x = 0; x < dots; x += 16)
        fillBox(edge, { x, y: 4, width: item.how === 'full' ? 16 : 8, height: 1 });
      return edge;
    }
  }
}

function linePicture(
  { characters, align, spacing }: Extract<PaperItem, { readonly type: 'line' }>,
  measures: PaperMeasures,
): MonoPicture {
  const tallest = characters.reduce(
    (most, { style }) => Math.max(most, cellHeight[style.font] * style.height),
    0,
  );
  const height = Math.max(tallest, spacing, 1);
  const picture = blankPicture(measures.dots, height);
  let x = offset(align, measures.dots - lineWidth(measures, characters));
  for (const one of characters) {
    const { style, wide, character } = one;
    const width = advance(measures, one);
    const own = cellHeight[style.font] * style.height;
    // Characters of all sizes stand on one base line.
    const y = tallest - own;
    const face = style.font === 'A' ? typeface10x20 : typeface9x15;
    if (wide || face.glyph(character) === undefined)
      strangeGlyph(picture, character, { x, y, width, height: own });
    else
      drawText(
        picture,
        character,
        { x, y: y + ((cellHeight[style.font] - face.height) >> 1) * style.height },
        {
          typeface: face,
          pitch: pitchOf(measures, style.font),
          scaleX: style.width,
          scaleY: style.height,
          weight: style.bold ? 'bold' : 'normal',
        },
      );
    if (style.underline) fillBox(picture, { x, y: y + own - 2, width, height: 1 });
    if (style.inverse) invertBox(picture, { x, y, width, height: own });
    x += width;
  }
  return picture;
}

/**
 * A character that the typeface lacks: a sign that looks like writing of another kind, always the same for the same character. What
 * matters is that a wrong page is seen.
 */
function strangeGlyph(
  picture: MonoPicture,
  character: string,
  {
    x,
    y,
    width,
    height,
  }: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): void {
  if (character.trim() === '') return;
  let bits = Math.imul(character.codePointAt(0) ?? 0, 0x9e37_79b1) >>> 0;
  const left = x + 1;
  const top = y + Math.floor(height / 6);
  const w = Math.max(4, width - 3);
  const h = Math.max(6, Math.floor((height * 2) / 3));
  for (let stroke = 0; stroke < 3; stroke += 1) {
    const at = bits & 7;
    bits >>>= 3;
    fillBox(picture, { x: left, y: top + Math.floor((at * h) / 8), width: w, height: 2 });
    const across = bits & 7;
    bits >>>= 3;
    fillBox(picture, { x: left + Math.floor((across * w) / 8), y: top, width: 2, height: h });
  }
}
