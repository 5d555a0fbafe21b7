import { concatBytes, encodeCp866, fromHex } from '@elcert/core';
import { escPosFramer, escPosProfile } from '@elcert/device-drivers/escpos';
import { isBlack } from '@elcert/fiscal-doc/raster';
import { describe, expect, it } from 'vitest';
import { createPrinterMachine } from './machine.js';
import { type PaperItem, paperLines, paperPicture } from './paper.js';
import { realTimeScanner } from './real-time.js';

/** What a model makes of bytes. */
function print(model: string, ...parts: readonly (string | Uint8Array)[]) {
  const profile = escPosProfile(model);
  const machine = createPrinterMachine(profile);
  const items: PaperItem[] = [];
  const notes: string[] = [];
  const bytes = concatBytes(...parts.map((part) => (typeof part === 'string' ? fromHex(part) : part)));
  for (const event of escPosFramer().push(bytes)) {
    const { items: more, note } = machine.execute(event, { paper: 0, drawer: 0 });
    items.push(...more);
    if (note !== undefined) notes.push(note);
  }
  return {
    items,
    notes,
    lines: paperLines(items, profile),
    picture: () => paperPicture(items, profile),
    waiting: machine.waiting,
  };
}

const cp866 = (text: string) => encodeCp866(text).bytes;

describe('a printer', () => {
  it('breaks a line at its edge by itself, sooner when it is enlarged', () => {
    const { lines } = print(
      'POS-5890',
      '1c2e 1b7411',
      cp866('ж'.repeat(40)),
      '0a 1d2110',
      cp866('ж'.repeat(20)),
      '0a',
    );
    expect(lines.map((line) => line.length)).toEqual([32, 8, 16, 4]);
  });

  it('makes no empty line after one that is exactly full', () => {
    expect(print('POS-5890', '1c2e', cp866('x'.repeat(32)), '0a 41 0a').lines).toEqual(['x'.repeat(32), 'A']);
  });

  it('keeps a line until it is fed, and forgets it when reset', () => {
    expect(print('TM-T88V', cp866('abc'))).toMatchObject({ lines: [], waiting: 'abc' });
    expect(print('TM-T88V', cp866('abc'), '1b40', cp866('d'), '0a').lines).toEqual(['d']);
  });

  it('aligns at the start of a line only', () => {
    expect(print('TM-T88V', cp866('a'), '1b6101', cp866('b'), '0a').lines).toEqual(['ab']);
  });

  it('takes two bytes for one character in double-byte mode, also across pieces', () => {
    expect(print('POS-5890', 'd6d0 0a').lines).toEqual(['中']);
    expect(print('TM-T88V', '1c26 d6d0 0a 1c2e').lines).toEqual(['中']);
  });

  it('draws each size, weight and colour', () => {
    const black = (hex: string) => {
      const picture = print('TM-T20III', hex, cp866('H'), '1b2100 0a').picture();
      let count = 0;
      for (let y = 0; y < picture.height; y += 1)
        for (let x = 0; x < picture.width; x += 1) if (isBlack(picture, x, y)) count += 1;
      return count;
    };
    const plain = black('1b2100');
    expect(plain).toBeGreaterThan(20);
    expect(black('1b2110')).toBe(plain * 2);
    expect(black('1b2120')).toBe(plain * 2);
    expect(black('1d2133')).toBe(plain * 16);
    expect(black('1b2108')).toBeGreaterThan(plain);
    expect(black('1b2180')).toBe(plain + 12);
    expect(black('1d4201')).toBe(12 * 24 - plain);
  });

  it('says what it cannot do', () => {
    expect(print('POS-5890', '1d5642 00').notes).toEqual(['this model has no cutter']);
    expect(print('POS-5890', '1d286b0400 31503031 1d286b0300 315130').notes).toEqual([
      'this model draws no QR',
    ]);
    expect(print('TH230', '1d763000 0100 0100 ff').notes).toEqual(['this model prints no pictures by rows']);
    expect(print('TM-T88V', '1d6b43 02 3132').notes).toEqual(['bar code 67 is not drawn']);
  });

  it('prints eight dots a column three times as high', () => {
    const { items } = print('TM-T20III', '1b2a01 0200 ff01 0a');
    expect(items).toMatchObject([{ type: 'picture', picture: { width: 2, height: 24 } }]);
  });
});

describe('commands in real time', () => {
  it('are found in any pieces, in the middle of other data', () => {
    const bytes = fromHex('41 10 10 04 01 ff 10 14 01 00 08 10 05 02 10 41 10 04 07 01');
    for (const size of [1, 2, bytes.length]) {
      const scanner = realTimeScanner();
      const found = [];
      for (let at = 0; at < bytes.length; at += size)
        found.push(...scanner.push(bytes.subarray(at, at + size)));
      expect(found).toEqual([
        { code: 0x04, parameters: [1] },
        { code: 0x14, parameters: [1, 0, 8] },
        { code: 0x05, parameters: [2] },
        { code: 0x04, parameters: [7, 1] },
      ]);
    }
  });
});
