import { concatBytes, toHex } from '@elcert/core';
import type { MonoPicture, PrintRow } from '@elcert/fiscal-doc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pictureCommands } from './picture.js';
import { escPosProfile, escPosProfiles, mainPageOf } from './profiles.js';
import { type EscPosSlipOptions, escPosSlip } from './slip.js';

const text = (content: string): PrintRow => ({ type: 'text', text: content });

function hexOf(rows: readonly PrintRow[], profile: string, options?: EscPosSlipOptions): string {
  return toHex(concatBytes(...escPosSlip(rows, escPosProfile(profile), options).segments));
}

describe('profiles', () => {
  it.each([
    ['TM-T20III', 'ibm866', 17],
    ['RP326', 'ibm866', 7],
    ['KR-306', 'ibm866', 12],
    ['TSP600', 'ibm866', 10],
    ['POS-5890', 'ibm866', 17],
  ])('%s selects %s by %i', (name, page, number) => {
    const profile = escPosProfile(name);
    expect(mainPageOf(profile)).toBe(page);
    expect(hexOf([text('ж')], name)).toContain(`1b74${toHex(Uint8Array.of(number))}`);
  });

  it('switches double-byte mode off before the page, where a model has it on', () => {
    expect(hexOf([text('ж')], 'POS-5890')).toMatch(/^1b40 ?1c2e1b7411/);
    expect(hexOf([text('ж')], 'TM-T88V')).toMatch(/^1b401b7411/);
  });

  it('takes one of one’s own', () => {
    const mine = escPosProfile({ ...escPosProfile('POS-5890'), name: 'mine', codePages: { ibm866: [59] } });
    expect(toHex(concatBytes(...escPosSlip([text('ж')], mine).segments))).toContain('1b743b');
  });

  it('are all whole', () => {
    expect(escPosProfiles.size).toBe(47);
    for (const profile of escPosProfiles.values()) expect(escPosProfile(profile)).toBe(profile);
  });

  it.each([
    ['no such name', 'XYZ', 'profile'],
    ['a narrow line', { ...escPosProfile('default'), columns: { A: 10, B: 42 } }, 'profile/columns/A'],
    ['no dots', { ...escPosProfile('default'), dots: 0 }, 'profile/dots'],
    [
      'a page of no number',
      { ...escPosProfile('default'), codePages: { ibm866: [] } },
      'profile/codePages/ibm866',
    ],
    [
      'a number too large',
      { ...escPosProfile('default'), codePages: { kz1048: [300] } },
      'profile/codePages/kz1048',
    ],
  ])('refuses %s', (_title, wanted, path) => {
    expect(() => escPosProfile(wanted)).toThrow(
      expect.objectContaining({ code: 'BAD_PROFILE', path, outcome: 'not-sent' }),
    );
  });
});

describe('what cannot be printed is refused whole', () => {
  const dots = (width: number, height: number): MonoPicture => ({
    width,
    height,
    bits: new Uint8Array(Math.ceil(width / 8) * height),
  });
  it.each<[string, string, PrintRow, string]>([
    ['a bar code of another form', 'TH230', { type: 'barcode', kind: 'ean13', text: '12' }, 'rows[1]/text'],
    ['CODE128 by form A', 'NT-5890K', { type: 'barcode', kind: 'code128', text: 'A' }, 'rows[1]'],
    [
      'a bar code wider than the paper',
      'TM-T88V',
      { type: 'barcode', kind: 'code39', text: 'A'.repeat(50) },
      'rows[1]/text',
    ],
    [
      'a picture wider than the paper',
      'POS-5890',
      { type: 'picture', picture: dots(400, 8) },
      'rows[1]/picture',
    ],
    [
      'a picture on a printer without',
      'TM-U220',
      { type: 'picture', picture: dots(8, 8) },
      'rows[1]/picture',
    ],
    [
      'a broken picture',
      'TM-T88V',
      { type: 'picture', picture: { ...dots(8, 8), width: 9 } },
      'rows[1]/picture',
    ],
    ['a QR that nothing holds', 'TM-T88V', { type: 'qr', payload: 'x'.repeat(3000) }, 'rows[1]/payload'],
    ['no QR at all', 'TM-U220', { type: 'qr', payload: 'x' }, 'rows[1]/payload'],
    ['half a line of feed', 'TM-T88V', { type: 'feed', lines: 0.5 }, 'rows[1]/lines'],
    ['Cyrillic without a page and without pictures', 'TM-U220', text('Жук'), 'rows[1]'],
  ])('%s', (_title, profile, row, path) => {
    expect(() => escPosSlip([text('a'), row], escPosProfile(profile))).toThrow(
      expect.objectContaining({ code: 'ROW_NOT_SUPPORTED', path, outcome: 'not-sent' }),
    );
  });

  it('a QR too wide for the paper', () => {
    const narrow = escPosProfile({ ...escPosProfile('POS-5890'), columns: { A: 24, B: 32 }, dots: 288 });
    expect(() => escPosSlip([{ type: 'qr', payload: 'x'.repeat(2300) }], narrow)).toThrow(
      expect.objectContaining({ code: 'ROW_NOT_SUPPORTED', path: 'rows[0]/payload' }),
    );
  });

  it('a page that the model has not', () => {
    expect(() => escPosSlip([], escPosProfile('POS-5890'), { codePage: 'kz1048' })).toThrow(
      expect.objectContaining({ code: 'BAD_PROFILE', path: 'codePage' }),
    );
  });
});

describe('texts', () => {
  it('prints Kazakh by the Kazakh page of a model, and comes back', () => {
    expect(hexOf([text('Қант'), text('Сахар')], 'TM-T20III')).toContain('1b74358de0edf20a1b7411');
  });

  it('draws Kazakh where no page has it, or replaces it when told', () => {
    expect(hexOf([text('Қант')], 'TM-T88IV')).toContain('1d7630');
    const told = escPosSlip([text('Қант')], escPosProfile('TM-T88IV'), { lacking: 'replace' });
    expect(told.replaced).toEqual([{ position: 0, character: 'Қ', replacement: 'К', path: 'rows[0]/text' }]);
  });

  it('draws all Cyrillic on a model that has none, and nothing of ASCII', () => {
    expect(hexOf([text('Жук')], 'T-1')).toContain('1d7630');
    expect(hexOf([text('Total')], 'T-1')).toContain('546f74616c0a');
  });

  it('replaces quotes and dashes, which are no reason to draw', () => {
    const { replaced, segments } = escPosSlip(
      [{ type: 'pair', caption: '«Трость» — 1', value: '₽' }],
      escPosProfile('POS-5890'),
    );
    expect(toHex(concatBytes(...segments))).not.toContain('1d7630');
    expect(replaced.map(({ path, character }) => `${path} ${character}`)).toEqual([
      'rows[0]/caption «',
      'rows[0]/caption »',
      'rows[0]/caption —',
      'rows[0]/value ₽',
    ]);
  });

  it('keeps the size of its pieces', () => {
    const rows = Array.from({ length: 200 }, (_, index) => text(`строка ${index} `.repeat(3)));
    for (const segment of escPosSlip(rows, escPosProfile('TM-T20III')).segments)
      expect(segment.length).toBeLessThanOrEqual(1024);
  });
});

describe('the end of a slip', () => {
  it.each([
    ['TM-T20III', 'partial', '1d564200'],
    ['TM-T20III', 'full', '1d564100'],
    ['RP332', 'partial', '1d564100'],
    ['TM-T70', 'full', '1d564200'],
    ['POS-5890', 'partial', '1b6404'],
    ['TM-T20III', 'none', '0a'],
  ] as const)('%s, %s', (profile, cut, hex) => {
    expect(hexOf([text('a')], profile, { cut })).toMatch(new RegExp(`${hex}$`));
  });
});

describe('pictures', () => {
  it('hold nothing that a printer would carry out at once', () => {
    const bits = fc
      .array(fc.constantFrom(0x10, 0x04, 0x05, 0x14, 0x00, 0x01), { minLength: 72 * 40, maxLength: 72 * 40 })
      .map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(bits, fc.constantFrom('raster' as const, 'columns' as const), (data, way) => {
        const sent = concatBytes(...pictureCommands({ width: 576, height: 40, bits: data }, way));
        // A match alone: the bytes would fill the report.
        expect(/10 (04|05|14)/.test(toHex(sent, ' '))).toBe(false);
      }),
      { numRuns: 10 },
    );
  });
});
