// The commands of ESC/POS as a table: framer, encoder, explanation and the emulator derive from it.

/** How what follows a command's code is laid out. */
export type EscPosShape =
  /** So many parameter bytes, by name. */
  | { readonly kind: 'fixed'; readonly parameters: readonly string[] }
  /** Bytes up to a zero. */
  | { readonly kind: 'to-zero' }
  /** `m`, and `n` when m is 65 or above. */
  | { readonly kind: 'cut' }
  /** `m d… 00` (m up to 6) or `m n d…` (m from 65). */
  | { readonly kind: 'barcode' }
  /** A two-byte length, then so many bytes. */
  | { readonly kind: 'counted' }
  /** A four-byte length, then so many bytes. */
  | { readonly kind: 'counted-long' }
  /** `m xL xH yL yH`, then x·y bytes. */
  | { readonly kind: 'raster' }
  /** `m nL nH`, then n columns of one byte (m 0, 1) or three (m 32, 33). */
  | { readonly kind: 'columns' }
  /** `fn`, then as many bytes as the function has. */
  | { readonly kind: 'real-time-request' }
  /** `n`, and one byte more from 7 on. */
  | { readonly kind: 'real-time-status' };

/** One command. */
export interface EscPosCommandRow {
  readonly code: readonly number[];
  readonly shape: EscPosShape;
  readonly meaning: string;
  /** Where it is known to work: everywhere, on most models, on some, on Chinese clones, on old ones, on Epson and few others. */
  readonly support: 'all' | 'most' | 'some' | 'clones' | 'old' | 'epson';
  /** Carried out on arrival, before what waits in the buffer, and also inside data. */
  readonly realTime?: true;
}

const fixed = (...parameters: readonly string[]): EscPosShape => ({ kind: 'fixed', parameters });
const [esc, gs, fs, dle] = [0x1b, 0x1d, 0x1c, 0x10];
const row = (
  code: readonly number[],
  shape: EscPosShape,
  support: EscPosCommandRow['support'],
  meaning: string,
): EscPosCommandRow => ({ code, shape, meaning, support });

/** Every command that is known here, by its usual name. */
export const escPosCommands = {
  HT: row([0x09], fixed(), 'all', 'go to the next tab stop'),
  LF: row([0x0a], fixed(), 'all', 'print the line, feed one'),
  FF: row([0x0c], fixed(), 'most', 'print what waits (page mode)'),
  CR: row([0x0d], fixed(), 'all', 'nothing, or as LF where a switch says so'),
  CAN: row([0x18], fixed(), 'epson', 'forget the line (page mode)'),
  'ESC @': row([esc, 0x40], fixed(), 'all', 'start afresh: default modes, the line forgotten'),
  'ESC SP': row([esc, 0x20], fixed('n'), 'most', 'space right of each character'),
  'ESC !': row([esc, 0x21], fixed('n'), 'all', 'how letters look'),
  'ESC $': row([esc, 0x24], fixed('nL', 'nH'), 'most', 'absolute position'),
  'ESC *': row([esc, 0x2a], { kind: 'columns' }, 'most', 'picture by columns'),
  'ESC -': row([esc, 0x2d], fixed('n'), 'most', 'underline'),
  'ESC 2': row([esc, 0x32], fixed(), 'all', 'default line spacing'),
  'ESC 3': row([esc, 0x33], fixed('n'), 'all', 'line spacing in units'),
  'ESC D': row([esc, 0x44], { kind: 'to-zero' }, 'most', 'tab stops'),
  'ESC E': row([esc, 0x45], fixed('n'), 'most', 'bold'),
  'ESC G': row([esc, 0x47], fixed('n'), 'most', 'double strike'),
  'ESC J': row([esc, 0x4a], fixed('n'), 'all', 'print, feed n units'),
  'ESC M': row([esc, 0x4d], fixed('n'), 'most', 'font'),
  'ESC R': row([esc, 0x52], fixed('n'), 'most', 'national characters of the lower half'),
  'ESC V': row([esc, 0x56], fixed('n'), 'some', 'rotate by 90°'),
  'ESC a': row([esc, 0x61], fixed('n'), 'all', 'left, centre, right; at the start of a line'),
  'ESC d': row([esc, 0x64], fixed('n'), 'all', 'print, feed n lines'),
  'ESC i': row([esc, 0x69], fixed(), 'old', 'cut, leaving one point'),
  'ESC m': row([esc, 0x6d], fixed(), 'old', 'cut, leaving three points'),
  'ESC p': row([esc, 0x70], fixed('m', 't1', 't2'), 'all', 'drawer pulse: on t1·2 ms, off t2·2 ms'),
  'ESC t': row([esc, 0x74], fixed('n'), 'most', 'code page'),
  'ESC {': row([esc, 0x7b], fixed('n'), 'most', 'upside down; at the start of a line'),
  'FS &': row([fs, 0x26], fixed(), 'clones', 'double-byte characters on'),
  'FS .': row([fs, 0x2e], fixed(), 'clones', 'double-byte characters off'),
  'FS p': row([fs, 0x70], fixed('n', 'm'), 'most', 'print a stored picture'),
  'GS !': row([gs, 0x21], fixed('n'), 'most', 'size: width−1 in bits 4–6, height−1 in bits 0–2'),
  'GS $': row([gs, 0x24], fixed('nL', 'nH'), 'epson', 'absolute vertical position (page mode)'),
  'GS ( A': row([gs, 0x28, 0x41], { kind: 'counted' }, 'epson', 'test print'),
  'GS ( D': row([gs, 0x28, 0x44], { kind: 'counted' }, 'epson', 'allow or forbid real-time commands'),
  'GS ( E': row([gs, 0x28, 0x45], { kind: 'counted' }, 'epson', 'settings'),
  'GS ( H': row(
    [gs, 0x28, 0x48],
    { kind: 'counted' },
    'epson',
    'ask for an answer when this point is reached',
  ),
  'GS ( K': row([gs, 0x28, 0x4b], { kind: 'counted' }, 'epson', 'print density and speed'),
  'GS ( L': row([gs, 0x28, 0x4c], { kind: 'counted' }, 'epson', 'picture buffer: 70h store, 32h print'),
  'GS ( k': row(
    [gs, 0x28, 0x6b],
    { kind: 'counted' },
    'most',
    'two-dimensional codes: QR (31h), PDF417 (30h)',
  ),
  'GS 8 L': row([gs, 0x38, 0x4c], { kind: 'counted-long' }, 'epson', 'as GS ( L, with a longer length'),
  'GS B': row([gs, 0x42], fixed('n'), 'most', 'white on black'),
  'GS H': row([gs, 0x48], fixed('n'), 'most', 'digits of bar codes: none, above, below, both'),
  'GS I': row([gs, 0x49], fixed('n'), 'most', 'who are you: 1–3 a byte, 65–69 a text'),
  'GS L': row([gs, 0x4c], fixed('nL', 'nH'), 'most', 'left margin'),
  'GS V': row([gs, 0x56], { kind: 'cut' }, 'most', 'cut: 0, 1 here; 65, 66 after feeding to the cutter'),
  'GS W': row([gs, 0x57], fixed('nL', 'nH'), 'most', 'width of the printed area'),
  'GS a': row([gs, 0x61], fixed('n'), 'epson', 'tell of every change of state, four bytes'),
  'GS b': row([gs, 0x62], fixed('n'), 'some', 'smoothing'),
  'GS f': row([gs, 0x66], fixed('n'), 'most', 'font of the digits of bar codes'),
  'GS h': row([gs, 0x68], fixed('n'), 'most', 'height of bar codes, dots'),
  'GS k': row([gs, 0x6b], { kind: 'barcode' }, 'most', 'bar code'),
  'GS r': row(
    [gs, 0x72],
    fixed('n'),
    'most',
    'state, answered when this point is reached: 1 paper, 2 drawer',
  ),
  'GS v 0': row([gs, 0x76, 0x30], { kind: 'raster' }, 'most', 'picture by rows'),
  'GS w': row([gs, 0x77], fixed('n'), 'most', 'module of bar codes, dots'),
  'DLE EOT': {
    ...row(
      [dle, 0x04],
      { kind: 'real-time-status' },
      'most',
      'state: 1 printer, 2 why off line, 3 errors, 4 paper',
    ),
    realTime: true,
  },
  'DLE ENQ': {
    ...row([dle, 0x05], fixed('n'), 'epson', 'go on after an error: 1 again, 2 without what waits'),
    realTime: true,
  },
  'DLE DC4': {
    ...row(
      [dle, 0x14],
      { kind: 'real-time-request' },
      'epson',
      'drawer pulse (1), power off (2), forget everything (8)',
    ),
    realTime: true,
  },
} as const satisfies Readonly<Record<string, EscPosCommandRow>>;

/** Name of a command: `ESC @`, `GS ( k` … */
export type EscPosCommandName = keyof typeof escPosCommands;

/** How many bytes a `DLE DC4` function has after its number. */
export const realTimeRequestLengths: Readonly<Record<number, number>> = { 1: 2, 2: 2, 3: 2, 7: 1, 8: 7 };

/** Codes that open a command of more than one byte. */
export const openers: ReadonlySet<number> = new Set([esc, gs, fs, dle]);

/** Families whose unknown members still tell their length: `GS ( x`, `ESC ( x`, `FS ( x`. */
export const countedFamily = 0x28;
