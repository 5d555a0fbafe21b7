import { concatBytes, fromHex, toHex } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { barcodeCommands, barcodeProblem } from './barcode.js';
import { encodePage } from './code-pages.js';
import { encodeEscPos, printerStatusOf, stateOfAsb, stateOfReading } from './codec.js';
import { type EscPosCommandName, escPosCommands } from './commands.js';
import { escPosFramer, printerFramer } from './framer.js';

// Bytes of another maker: @point-of-sale/receipt-printer-encoder 3.0.3 (MIT), run once with codepageMapping { cp866: 59 } and
// imageMode raster, newline \n: initialize().codepage('cp866').line('Трость'), qrcode('t=2026', { model: 2, size: 4, errorlevel: 'm' }),
// barcode('4006381333931', 'ean13', { height: 60 }), barcode('ABC-123', 'code128'), an all black image of 16 × 8, cut, pulse(1, 100, 500).
describe('bytes that another encoder makes too', () => {
  it.each([
    [
      'reset and double-byte off',
      () => concatBytes(encodeEscPos('ESC @'), encodeEscPos('FS .')),
      '1b40 1c2e',
    ],
    [
      'Cyrillic in page 59',
      () => concatBytes(encodeEscPos('ESC t', [59]), encodePage('Трость', 'ibm866'), encodeEscPos('LF')),
      '1b743b 92e0aee1e2ec 0a',
    ],
    ['QR model', () => encodeEscPos('GS ( k', [], [0x31, 0x41, 0x32, 0]), '1d286b0400 31413200'],
    ['QR module', () => encodeEscPos('GS ( k', [], [0x31, 0x43, 4]), '1d286b0300 314304'],
    ['QR correction', () => encodeEscPos('GS ( k', [], [0x31, 0x45, 0x31]), '1d286b0300 314531'],
    [
      'QR payload',
      () => encodeEscPos('GS ( k', [], [0x31, 0x50, 0x30, ...new TextEncoder().encode('t=2026')]),
      '1d286b0900 315030 743d32303236',
    ],
    ['QR print', () => encodeEscPos('GS ( k', [], [0x31, 0x51, 0x30]), '1d286b0300 315130'],
    [
      'EAN-13, form A',
      () => encodeEscPos('GS k', [2], new TextEncoder().encode('4006381333931')),
      '1d6b02 34303036333831333333393331 00',
    ],
    [
      'CODE128, form B',
      () => barcodeCommands('code128', 'ABC-123', { form: 'B', module: 3 }).slice(9),
      '1d6b4909 7b424142432d313233',
    ],
    [
      'picture',
      () => encodeEscPos('GS v 0', [0, 2, 0, 8, 0], new Uint8Array(16).fill(0xff)),
      `1d763000 02000800 ${'ff'.repeat(16)}`,
    ],
    ['cut', () => encodeEscPos('GS V', [1]), '1d5601'],
    ['drawer', () => encodeEscPos('ESC p', [1, 50, 250]), '1b700132fa'],
    ['size', () => encodeEscPos('GS !', [0x11]), '1d2111'],
  ])('%s', (_title, made, hex) => {
    expect(toHex(made())).toBe(hex.replaceAll(' ', ''));
  });
});

/** Parameters and data that fit a command's shape. */
function sample(name: EscPosCommandName): { parameters: number[]; data: Uint8Array } {
  const { shape } = escPosCommands[name];
  const bytes = (count: number) => Uint8Array.from({ length: count }, (_, index) => 0x21 + (index % 90));
  switch (shape.kind) {
    case 'fixed':
      return { parameters: shape.parameters.map((_, index) => index + 1), data: bytes(0) };
    case 'to-zero':
      return { parameters: [], data: bytes(5) };
    case 'cut':
      return { parameters: [66, 3], data: bytes(0) };
    case 'barcode':
      return { parameters: [73], data: bytes(10) };
    case 'counted':
    case 'counted-long':
      return { parameters: [], data: bytes(300) };
    case 'raster':
      return { parameters: [0, 3, 0, 2, 1], data: bytes(3 * 258) };
    case 'columns':
      return { parameters: [33, 4, 1], data: bytes(260 * 3) };
    case 'real-time-status':
      return { parameters: [4], data: bytes(0) };
    case 'real-time-request':
      return { parameters: [1, 0, 8], data: bytes(0) };
  }
}

describe('the table in both directions', () => {
  const names = Object.keys(escPosCommands) as EscPosCommandName[];

  it.each(names)('%s', (name) => {
    const { parameters, data } = sample(name);
    const bytes = encodeEscPos(name, parameters, data);
    const framer = escPosFramer();
    expect(framer.push(bytes)).toEqual([
      { type: 'command', position: 0, name, parameters: Uint8Array.from(parameters), data },
    ]);
    expect(framer.pending).toHaveLength(0);
    const [event] = escPosFramer().push(bytes);
    if (event?.type !== 'command') throw new Error('no command');
    expect(encodeEscPos(event.name, [...event.parameters], event.data)).toEqual(bytes);
  });

  it('has no two commands of one code', () => {
    const codes = names.map((name) => escPosCommands[name].code.join(' '));
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each([
    ['ESC t', [], []],
    ['ESC t', [256], []],
    ['ESC @', [1], []],
    ['GS v 0', [0, 1, 0, 1, 0], [1, 2]],
    ['ESC D', [], [8, 0]],
    ['GS k', [2], [0]],
    ['GS k', [73], new Array<number>(256).fill(0x41)],
    ['GS V', [66], []],
    ['ESC *', [33, 1, 0], [1, 2]],
  ] as const)('refuses %s with %j', (name, parameters, data) => {
    expect(() => encodeEscPos(name, parameters, data)).toThrow(
      expect.objectContaining({ code: 'BAD_COMMAND' }),
    );
  });
});

describe('bar codes', () => {
  it.each([
    ['ean13', '4006381333931', true],
    ['ean13', '400638133393', true],
    ['ean13', '4006381333932', false],
    ['ean8', '96385074', true],
    ['ean8', '9638507', true],
    ['ean8', '123', false],
    ['code39', 'AB-12', true],
    ['code39', 'ab', false],
    ['code128', 'Abc {1}', true],
    ['code128', 'Ж', false],
    ['itf', '1234', true],
    ['itf', '123', false],
    ['itf', '', false],
  ] as const)('%s %s: %s', (kind, text, fits) => {
    expect(barcodeProblem(kind, text) === undefined).toBe(fits);
  });

  it('doubles a brace of CODE128', () => {
    expect(toHex(barcodeCommands('code128', 'a{b', { form: 'B', module: 2 }).slice(9))).toBe(
      '1d6b49067b42617b7b62',
    );
  });
});

describe('what a printer says of itself', () => {
  // Bits as Epson's reference of DLE EOT and GS a lists them.
  it.each([
    [
      'in order',
      { printer: 0x12, offline: 0x12, error: 0x12, paper: 0x12 },
      { trouble: undefined, paper: 'ok', online: true },
    ],
    [
      'near its end',
      { printer: 0x12, offline: 0x12, error: 0x12, paper: 0x1e },
      { trouble: undefined, paper: 'near-end' },
    ],
    [
      'no paper',
      { printer: 0x1a, offline: 0x32, error: 0x12, paper: 0x7e },
      { trouble: 'paper-out', paper: 'out', online: false },
    ],
    [
      'cover open',
      { printer: 0x1a, offline: 0x16, error: 0x12, paper: 0x72 },
      { trouble: 'cover-open', coverOpen: true },
    ],
    ['cutter', { printer: 0x1a, offline: 0x52, error: 0x1a, paper: 0x12 }, { trouble: 'cutter' }],
    ['another error', { printer: 0x1a, offline: 0x52, error: 0x32, paper: 0x12 }, { trouble: 'error' }],
    ['off line, no more', { printer: 0x1a, offline: 0x12, error: 0x12, paper: 0x12 }, { trouble: 'offline' }],
    [
      'one answer alone',
      { printer: 0x16 },
      { trouble: undefined, paper: 'unknown', coverOpen: undefined, drawerPin: 'high' },
    ],
  ])('%s', (_title, reading, wanted) => {
    expect(stateOfReading(reading)).toMatchObject(wanted);
  });

  it.each([
    ['1000000f', { online: true, paper: 'ok', coverOpen: false, trouble: undefined, drawerPin: 'low' }],
    ['1400030f', { paper: 'near-end', drawerPin: 'high', trouble: undefined }],
    ['18000f0f', { online: false, paper: 'out', trouble: 'paper-out' }],
    ['38000f0f', { coverOpen: true, trouble: 'cover-open' }],
    ['1808000f', { trouble: 'cutter' }],
  ])('told by itself: %s', (hex, wanted) => {
    expect(stateOfAsb(fromHex(hex))).toMatchObject(wanted);
  });

  it('tells what it does not know as unknown', () => {
    expect(printerStatusOf(undefined)).toEqual({
      online: true,
      paper: 'unknown',
      coverOpen: undefined,
      drawerOpen: undefined,
    });
    const state = stateOfReading({ printer: 0x16 });
    expect(printerStatusOf(state).drawerOpen).toBeUndefined();
    expect(printerStatusOf(state, 'high').drawerOpen).toBe(true);
    expect(printerStatusOf(state, 'low').drawerOpen).toBe(false);
  });

  it('is cut into answers by fixed bits', () => {
    const bytes = fromHex('12 13 11 1400030f 00 5f544d2d54323000 ff 7e');
    for (const size of [1, 3, bytes.length]) {
      const framer = printerFramer();
      const events = [];
      for (let at = 0; at < bytes.length; at += size)
        events.push(...framer.push(bytes.subarray(at, at + size)));
      expect(events).toEqual([
        { type: 'real-time', byte: 0x12 },
        { type: 'xoff' },
        { type: 'xon' },
        { type: 'asb', bytes: fromHex('1400030f') },
        { type: 'in-order', byte: 0 },
        { type: 'identity', text: 'TM-T20' },
        { type: 'junk', byte: 0xff },
        { type: 'real-time', byte: 0x7e },
      ]);
    }
  });
});
