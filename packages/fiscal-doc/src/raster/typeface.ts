/** A typeface whose characters are all cells of the same number of dots. */
export interface Typeface {
  readonly name: string;
  /** Dots of a cell. */
  readonly width: number;
  readonly height: number;
  /**
   * The dots of a character: a number a row, from top to bottom, whose bit `width - 1` is the leftmost dot.
   *
   * @returns nothing when the typeface has no such character
   */
  readonly glyph: (character: string) => Uint16Array | undefined;
}

/** A typeface as it is stored. */
export interface TypefaceData {
  readonly name: string;
  /** At most 16. */
  readonly width: number;
  readonly height: number;
  /** In the order of their glyphs. */
  readonly characters: string;
  /** Base64 in lines: the cells one after the other, row by row, one bit a dot, nothing between them. */
  readonly data: readonly string[];
}

/** Makes a typeface of stored data, which is unpacked when the first character is asked for. */
export function typeface({ name, width, height, characters, data }: TypefaceData): Typeface {
  let glyphs: ReadonlyMap<string, Uint16Array> | undefined;
  const unpack = (): ReadonlyMap<string, Uint16Array> => {
    const packed = atob(data.join(''));
    let at = 0;
    const bit = () => {
      const byte = packed.charCodeAt(at >> 3);
      const value = (byte >> (7 - (at & 7))) & 1;
      at += 1;
      return value;
    };
    return new Map(
      [...characters].map((character) => {
        const rows = new Uint16Array(height);
        for (let y = 0; y < height; y += 1) {
          let row = 0;
          for (let x = 0; x < width; x += 1) row = (row << 1) | bit();
          rows[y] = row;
        }
        return [character, rows];
      }),
    );
  };
  return {
    name,
    width,
    height,
    glyph: (character) => {
      glyphs ??= unpack();
      return glyphs.get(character);
    },
  };
}
