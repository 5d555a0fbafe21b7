import { inflateSync } from 'node:zlib';
import { decodeCp866 } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { qrMatrix } from '../qr/index.js';
import {
  blankPicture,
  drawPicture,
  drawText,
  encodePng,
  fillBox,
  isBlack,
  type MonoPicture,
  maxPictureDots,
  qrPicture,
  stackPictures,
  textSize,
  typeface9x15,
  typeface10x20,
} from './index.js';
import { zlibStream } from './zlib.js';

function shown(picture: MonoPicture): string[] {
  return Array.from({ length: picture.height }, (_, y) =>
    Array.from({ length: picture.width }, (_, x) => (isBlack(picture, x, y) ? '#' : '.')).join(''),
  );
}

describe.each([typeface10x20, typeface9x15])('$name', (face) => {
  const cp866 = decodeCp866(Uint8Array.from({ length: 256 - 0x20 }, (_, index) => 0x20 + index));

  it('draws everything that CP866 holds, and the letters of the neighbours', () => {
    const printable = [...`${cp866}ӘәҒғҚқҢңӨөҰұҮүҺһІіҐґ«»“”„—–…₽₸€`].filter(
      (one) => !/[\u007f\u00a0]/.test(one),
    );
    expect(printable.filter((one) => face.glyph(one) === undefined)).toEqual([]);
    for (const one of printable) {
      const rows = face.glyph(one);
      expect(rows).toHaveLength(face.height);
      expect(rows?.every((row) => row < 1 << face.width)).toBe(true);
      // Only a space is white.
      expect(rows?.some((row) => row !== 0)).toBe(one !== ' ');
    }
  });

  it('tells letters apart, but for those that look the same', () => {
    const seen = new Map<string, string>();
    for (const one of 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя0123456789') {
      const key = String(face.glyph(one));
      expect([one, seen.get(key)]).toEqual([one, one === '3' && seen.get(key) === 'З' ? 'З' : undefined]);
      seen.set(key, one);
    }
  });

  it('joins its boxes', () => {
    const across = face.glyph('─')?.find((row) => row !== 0);
    expect(across).toBe((1 << face.width) - 1);
    expect(face.glyph('│')?.every((row) => row !== 0)).toBe(true);
  });
});

describe('drawText', () => {
  it('draws a letter where it is told', () => {
    const picture = blankPicture(20, 22);
    expect(drawText(picture, 'Ж', { x: 3, y: 1 })).toEqual({ width: 10, height: 20 });
    // U+0416 of 10x20.pcf.gz (xfonts-base), as a few lines of python unpacked it.
    const stems = '.##.##.##.';
    const glyph = [stems, stems, stems, stems, stems, '..######..', '...####...', '..######..'];
    const rows = [...Array(3).fill('.'.repeat(10)), ...glyph, stems, stems, stems, stems, stems];
    const drawn = shown(picture);
    expect(drawn.slice(1, 17).map((row) => row.slice(3, 13))).toEqual(rows);
    expect(drawn.slice(17)).toEqual(Array(5).fill('.'.repeat(20)));
    expect(drawn[0]).toBe('.'.repeat(20));
  });

  it('enlarges, widens the pitch, strikes twice, underlines and inverts', () => {
    const plain = blankPicture(10, 20);
    drawText(plain, 'И', { x: 0, y: 0 });
    const large = blankPicture(20, 60);
    expect(drawText(large, 'И', { x: 0, y: 0 }, { scaleX: 2, scaleY: 3 })).toEqual({ width: 20, height: 60 });
    shown(large).forEach((row, y) => {
      expect(row).toBe(shown(plain)[Math.floor(y / 3)]?.replaceAll(/./g, '$&$&'));
    });
    expect(textSize('ЧЕК', { pitch: 12 })).toEqual({ width: 36, height: 20 });
    const pitched = blankPicture(12, 20);
    drawText(pitched, 'И', { x: 0, y: 0 }, { pitch: 12 });
    expect(shown(pitched)).toEqual(shown(plain).map((row) => `.${row}.`));

    const ink = (picture: MonoPicture) => shown(picture).join('').replaceAll('.', '').length;
    const bold = blankPicture(10, 20);
    drawText(bold, 'И', { x: 0, y: 0 }, { weight: 'bold' });
    expect(ink(bold)).toBeGreaterThan(ink(plain));
    const under = blankPicture(10, 20);
    drawText(under, 'И', { x: 0, y: 0 }, { underline: true });
    expect(shown(under)[19]).toBe('##########');
    const inverse = blankPicture(10, 20);
    drawText(inverse, 'И', { x: 0, y: 0 }, { inverse: true });
    expect(ink(inverse)).toBe(200 - ink(plain));
  });

  it('shows a question mark for what it lacks, nothing for controls, and cuts at the edges', () => {
    const drawn = (text: string) => {
      const picture = blankPicture(10, 20);
      drawText(picture, text, { x: 0, y: 0 });
      return shown(picture).join('\n');
    };
    expect(drawn('語')).toBe(drawn('?'));
    expect(drawn('\u0007')).toBe(drawn(' '));
    const small = blankPicture(5, 5);
    drawText(small, 'ЖЖЖ', { x: -12, y: -7 }, { inverse: true });
    expect(small.bits).toHaveLength(5);
    // No dot behind the end of a row.
    expect(small.bits.every((byte) => (byte & 0b111) === 0)).toBe(true);
  });

  it.each([{ scaleX: 0 }, { scaleY: 9 }, { pitch: 1.5 }, { scaleX: Number.NaN }])('refuses %o', (style) => {
    expect(() => drawText(blankPicture(8, 8), 'x', { x: 0, y: 0 }, style)).toThrow(
      expect.objectContaining({ code: 'BAD_PICTURE' }),
    );
  });
});

describe('pictures', () => {
  it.each([
    [0, 1],
    [1, -1],
    [1.5, 2],
    [8193, 1],
    [8192, maxPictureDots / 8192 + 1],
    [Number.NaN, 1],
  ])('refuses %d × %d', (width, height) => {
    expect(() => blankPicture(width, height)).toThrow(expect.objectContaining({ code: 'BAD_PICTURE' }));
  });

  it('fills, draws one on another and stacks', () => {
    const small = blankPicture(3, 2);
    fillBox(small, { x: 1, y: 0, width: 5, height: 1 });
    expect(shown(small)).toEqual(['.##', '...']);
    fillBox(small, { x: 2, y: -4, width: 1, height: 9 }, 'white');
    expect(shown(small)).toEqual(['.#.', '...']);
    const large = blankPicture(9, 3);
    drawPicture(large, small, { x: 7, y: 1 });
    expect(shown(large)).toEqual(['.........', '........#', '.........']);
    // Whatever stands behind the end of a row is no part of the picture.
    const dirty = { ...small, bits: small.bits.map((byte) => byte | 0x1f) };
    expect(shown(stackPictures([dirty, large]))).toEqual(['.#.......', '.........', ...shown(large)]);
    expect(() => stackPictures([])).toThrow(expect.objectContaining({ code: 'BAD_PICTURE' }));
  });

  it('draws a QR with its quiet zone', () => {
    const { size, rows } = qrMatrix('Корзина');
    const picture = qrPicture('Корзина', { moduleSize: 2, quiet: 1 });
    expect(picture.width).toBe((size + 2) * 2);
    rows.forEach((row, y) => {
      row.forEach((dark, x) => {
        expect(isBlack(picture, 2 * x + 3, 2 * y + 3)).toBe(dark);
      });
    });
    for (const style of [{ moduleSize: 33 }, { quiet: -1 }, { quiet: 17 }])
      expect(() => qrPicture('x', style)).toThrow(expect.objectContaining({ code: 'BAD_QR' }));
  });
});

describe('PNG', () => {
  it('holds the very dots, as Node inflates them', () => {
    const picture = blankPicture(386, 30);
    drawText(picture, 'Сложная ортопедическая обувь', { x: 0, y: 4 });
    const png = encodePng(picture);
    const view = new DataView(png.buffer, png.byteOffset);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([386, 30]);
    const data = inflateSync(png.subarray(41, 41 + view.getUint32(33)));
    expect(data).toHaveLength(50 * 30);
    for (let y = 0; y < 30; y += 1)
      for (let x = 0; x < 386; x += 1)
        if (((data[y * 50 + 1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) !== 0 && isBlack(picture, x, y))
          expect.fail(`a black dot is white at ${x}, ${y}`);
    expect(png.length).toBeLessThan(picture.bits.length);
  });

  it('compresses any bytes into what Node inflates', () => {
    const parts = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 6000 }))
        .map(([part, times]) => {
          const all = new Uint8Array(part.length * times);
          for (let at = 0; at < times; at += 1) all.set(part, at * part.length);
          return all;
        }),
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 5 }), (list) => {
        const bytes = Buffer.concat(list);
        expect(inflateSync(zlibStream(bytes)).equals(bytes)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
