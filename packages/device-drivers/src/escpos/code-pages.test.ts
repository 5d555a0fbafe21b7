import { toHex } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carryText, decodePage, type EscPosCodePage, encodePage } from './code-pages.js';

const pages: readonly EscPosCodePage[] = ['ibm866', 'windows-1251', 'kz1048'];

describe('code pages of printers', () => {
  // python3 -c "print('Қазақстан Ғұңәөүһ ёЁ №'.encode('kz1048').hex())", and cp866, cp1251 for the others.
  it.each([
    ['kz1048', 'Қазақстан Ғұңәөүһ ёЁ №', '8de0e7e09df1f2e0ed20aaa2bebcb4bf9e20b8a820b9'],
    ['windows-1251', 'Касса ёЁ №', 'cae0f1f1e020b8a820b9'],
    ['ibm866', 'Касса ёЁ №', '8aa0e1e1a020f1f020fc'],
  ] as const)('%s', (page, text, hex) => {
    expect(carryText(text, page)).toEqual({ text, replaced: [] });
    expect(toHex(encodePage(text, page))).toBe(hex);
    expect(decodePage(encodePage(text, page), page)).toBe(text);
  });

  it('says what it has put in place of what', () => {
    expect(carryText('«Қант» ₸', 'ibm866')).toEqual({
      text: '"Кант" тг',
      replaced: [
        { position: 0, character: '«', replacement: '"' },
        { position: 1, character: 'Қ', replacement: 'К' },
        { position: 5, character: '»', replacement: '"' },
        { position: 7, character: '₸', replacement: 'тг' },
      ],
    });
    expect(carryText('Ї Қ', 'kz1048')).toMatchObject({ text: '? Қ' });
    expect(carryText('日', 'windows-1251').text).toBe('?');
  });

  it('lets no control character through', () => {
    expect(carryText('a\u001b@\tb\nc\u0010\u0004\u0001\u0085', 'ibm866').text).toBe('a?@ b c????');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...pages), (text, page) => {
        const bytes = encodePage(carryText(text, page).text, page);
        expect(bytes.every((byte) => byte >= 0x20 && byte !== 0x7f)).toBe(true);
      }),
    );
  });

  it('composes letters that come in two parts', () => {
    expect(carryText('И\u0306й', 'ibm866')).toEqual({ text: 'Йй', replaced: [] });
  });

  it('reads back what it has written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(...pages), (text, page) => {
        const carried = carryText(text, page).text;
        expect(decodePage(encodePage(carried, page), page)).toBe(carried);
      }),
    );
  });
});
