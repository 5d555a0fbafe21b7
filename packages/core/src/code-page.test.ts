import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCp866, decodeText, type ElcertError, encodeCp866, encodeText, toHex } from './index.js';

describe('encodeText', () => {
  it.each([
    ['ibm866', 'Трость ё №1', '92e0aee1e2ec20f120fc31'],
    ['windows-1251', 'Трость ё №1 «»—', 'd2f0eef1f2fc20b820b93120abbb97'],
  ] as const)('writes what %s has as it is', (page, text, hex) => {
    const { bytes, replaced } = encodeText(text, page, 'refuse');
    expect(toHex(bytes)).toBe(hex);
    expect(replaced).toEqual([]);
    expect(decodeText(bytes, page)).toBe(text);
  });

  // The row is the text, what stands in CP866, and what stands in windows-1251.
  it.each([
    ['«Ника»', '"Ника"', '«Ника»'],
    ['„Ника“ ‘x’', `"Ника" 'x'`, '„Ника“ ‘x’'],
    ['а — б – в ‑ г − д', 'а - б - в - г - д', 'а — б – в - г - д'],
    ['5 ₽', '5 руб.', '5 руб.'],
    ['ещё…', 'ещё...', 'ещё…'],
    ['2×3 ±1 м² м³', '2x3 +/-1 м2 м3', '2x3 ±1 м2 м3'],
    ['№ ё °', '№ ё °', '№ ё °'],
    ['a\u202fb\u2009c\ufeffd\u200be', 'a b cde', 'a b cde'],
    ['日本😀', '???', '???'],
    ['\ud83d', '?', '?'],
  ])('replaces %j', (text, cp866, cp1251) => {
    expect(decodeCp866(encodeCp866(text).bytes)).toBe(cp866);
    expect(decodeText(encodeText(text, 'windows-1251').bytes, 'windows-1251')).toBe(cp1251);
  });

  it('reports each replacement with its place in the text', () => {
    expect(encodeCp866('😀«5 ₽').replaced).toEqual([
      { position: 0, character: '😀', replacement: '?' },
      { position: 2, character: '«', replacement: '"' },
      { position: 5, character: '₽', replacement: 'руб.' },
    ]);
  });

  it('refuses at the first such character when told to', () => {
    let caught: unknown;
    try {
      encodeCp866('Трость «Ника»', 'refuse');
    } catch (error) {
      caught = error;
    }
    expect((caught as ElcertError).toJSON()).toEqual({
      code: 'UNMAPPABLE_CHARACTER',
      message: 'ibm866 has no character U+00AB',
      userMessage: 'Символ ««» нельзя передать на кассу',
      position: 7,
    });
  });

  it('keeps control bytes: 1A, 1C and 7F mean something to a printer', () => {
    const control = Uint8Array.of(0x00, 0x0a, 0x1a, 0x1b, 0x1c, 0x1d, 0x7f);
    expect(decodeCp866(control)).toBe('\x00\x0a\x1a\x1b\x1c\x1d\x7f');
    expect(encodeCp866(decodeCp866(control)).bytes).toEqual(control);
  });

  it('never fails, and what it writes is read back the same', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('ibm866' as const, 'windows-1251' as const),
        (text, page) => {
          const { bytes, replaced } = encodeText(text, page);
          const once = decodeText(bytes, page);
          expect(encodeText(once, page)).toEqual({ bytes, replaced: [] });
          if (replaced.length === 0) expect(once).toBe(text);
        },
      ),
    );
  });
});
