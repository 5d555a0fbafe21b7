import type { EscPosCodePage } from './code-pages.js';
import { escPosError } from './errors.js';

// Models of printers as data. Numbers of code pages, widths and abilities: escpos-printer-db (CC-BY-4.0, receipt-print-hq); page 53 of
// Epson, what starts in double-byte mode, and widths where the database has none are *ours*.

/** What a model can do, and how it is told. */
export interface EscPosProfile {
  readonly name: string;
  readonly vendor: string;
  readonly model: string;
  /** Numbers of `ESC t` that select a page; the first is used. A page that is absent the model has not. */
  readonly codePages: Readonly<Partial<Record<EscPosCodePage, readonly number[]>>>;
  /** Characters of a line, by font. */
  readonly columns: { readonly A: number; readonly B: number };
  /** Dots of a line. */
  readonly dots: number;
  /** QR codes: by the printer itself, or as a picture. */
  readonly qr: 'native' | 'picture';
  /** Form of the bar code command; form B knows CODE128. */
  readonly barcodes: 'A' | 'B' | 'none';
  readonly pictures: 'raster' | 'columns' | 'none';
  readonly cutter: 'both' | 'full' | 'partial' | 'none';
  /** Lines from the print head to the tear-off edge, fed where there is no cutter. */
  readonly linesToEdge: number;
  /** Connector of the drawer: 0 is pin 2, 1 is pin 5; nothing where there is none. */
  readonly drawerPin: 0 | 1 | undefined;
  /** Starts in double-byte (Kanji) mode, where Cyrillic comes out as hieroglyphs until `FS .`. */
  readonly doubleByte: boolean;
}

type ProfileRow = readonly [
  name: string,
  vendor: string,
  model: string,
  cp866: readonly number[],
  windows1251: readonly number[],
  kz1048: readonly number[],
  columnsA: number,
  columnsB: number,
  /** 0: unknown, 12 dots a character are taken. */
  dots: number,
  qr: EscPosProfile['qr'],
  barcodes: EscPosProfile['barcodes'],
  pictures: EscPosProfile['pictures'],
  cutter: EscPosProfile['cutter'],
  start: 'single' | 'double',
];

// biome-ignore format: a table
const rows: readonly ProfileRow[] = [
  ['CT-S651', 'Citizen', 'CT-S651', [7, 17], [], [], 48, 64, 640, 'native', 'B', 'raster', 'both', 'single'],
  ['ITPP047', 'Munbyn', 'ITPP047', [17], [], [], 42, 56, 512, 'native', 'B', 'raster', 'both', 'double'],
  ['KR-306', 'Kefar', 'KR-306', [12, 37], [51], [], 48, 64, 576, 'native', 'B', 'raster', 'both', 'double'],
  ['NT-5890K', 'Netum', 'NT-5890K', [17, 59], [73], [], 32, 42, 384, 'picture', 'none', 'raster', 'none', 'double'],
  ['NT-80-V-UL', 'Netum', '80-V-UL', [17, 59], [73], [], 48, 64, 576, 'native', 'B', 'raster', 'both', 'double'],
  ['P822D', 'PBM', 'P822D', [17, 59], [73], [], 42, 56, 576, 'native', 'B', 'raster', 'both', 'double'],
  ['POS-5890', 'Zjiang', 'POS5890 Series', [17, 59], [73], [], 32, 42, 384, 'picture', 'none', 'raster', 'none', 'double'],
  ['RP-F10-58mm', 'Seiko', 'RP-F10', [17], [46], [], 36, 54, 432, 'native', 'B', 'raster', 'both', 'single'],
  ['RP-F10-80mm', 'Seiko', 'RP-F10', [17], [46], [], 48, 72, 576, 'native', 'B', 'raster', 'both', 'single'],
  ['RP326', 'Rongta', 'RP326', [7], [6], [], 42, 56, 0, 'native', 'B', 'raster', 'both', 'double'],
  ['RP332', 'Rongta', 'RP332', [7], [6], [], 42, 56, 0, 'native', 'B', 'raster', 'full', 'double'],
  ['SP2000', 'Star Micronics', 'SP2000 Series', [10], [34], [], 42, 56, 0, 'native', 'B', 'raster', 'both', 'single'],
  ['SRP-S300', 'Bixolon', 'SRP-S300', [17], [], [], 48, 64, 640, 'native', 'B', 'raster', 'both', 'single'],
  ['Sunmi-V2', 'Sunmi', 'Sunmi V2', [17], [], [], 32, 42, 384, 'native', 'B', 'raster', 'none', 'double'],
  ['T-1', 'Metapace', 'T-1', [], [], [], 42, 56, 504, 'native', 'B', 'raster', 'both', 'single'],
  ['TEP-200M', 'EPOS', 'TEP200M Series', [17], [46], [], 42, 56, 0, 'native', 'B', 'raster', 'both', 'double'],
  ['TH230', 'Wincor Nixdorf', 'TH230', [7], [], [], 44, 57, 576, 'picture', 'B', 'columns', 'both', 'single'],
  ['TH230Plus', 'Wincor Nixdorf', 'TH230+', [7], [], [], 44, 57, 576, 'native', 'B', 'columns', 'both', 'single'],
  ['TM-L90', 'Epson', 'TM-L90', [17], [46], [53], 48, 64, 576, 'native', 'B', 'raster', 'both', 'single'],
  ['TM-P80', 'Epson', 'TM-P80', [17], [46], [53], 42, 56, 576, 'native', 'B', 'raster', 'both', 'single'],
  ['TM-P80-42col', 'Epson', 'TM-P80 (42 column mode)', [17], [46], [53], 42, 60, 546, 'native', 'B', 'raster', 'both', 'single'],
  ['TM-T20II', 'Epson', 'TM-T20II', [17], [46], [53], 48, 64, 576, 'native', 'B', 'raster', 'both', 'single'],
  ['TM-T20II-42col', 'Epson', 'TM-T20II (42 column mode)', [17], [46], [53], 42, 60, 546, 'native', 'B', 'raster', 'both', 'single'],
  ['TM-T20III', 'Epson', 'TM-T20III', [17], [46], [53], 48, 64, 576, 'native', 'B', 'raster', 'both', 'single'],
  ['TM-T70', 'Epson', 'TM-T70', [17], [], [], 42, 56, 512, 'native', 'B', 'raster', 'partial', 'single'],
  ['TM-T70-SA', 'Epson', 'TM-T70 South Asia', [], [], [], 48, 64, 576, 'native', 'B', 'raster', 'partial', 'single'],
  ['TM-T70II', 'Epson', 'TM-T70II', [17], [46], [53], 42, 56, 512, 'native', 'B', 'raster', 'partial', 'single'],
  ['TM-T70II-CH', 'Epson', 'TM-T70II Chinese', [17], [46], [53], 48, 64, 576, 'native', 'B', 'raster', 'partial', 'double'],
  ['TM-T70II-CH-58mm', 'Epson', 'TM-T70II Traditional Chinese', [17], [46], [53], 34, 46, 416, 'native', 'B', 'raster', 'partial', 'double'],
  ['TM-T70II-SA', 'Epson', 'TM-T70II South Asia', [17], [46], [53], 48, 64, 576, 'native', 'B', 'raster', 'partial', 'single'],
  ['TM-T88II', 'Epson', 'TM-T88II', [17], [46], [53], 42, 56, 512, 'native', 'B', 'raster', 'both', 'single'],
  ['TM-T88III', 'Epson', 'TM-T88III', [17], [6], [], 42, 56, 512, 'native', 'B', 'raster', 'both', 'single'],
  ['TM-T88IV', 'Epson', 'TM-T88IV', [17], [], [], 42, 56, 512, 'native', 'B', 'raster', 'both', 'single'],
  ['TM-T88IV-SA', 'Epson', 'TM-T88IV South Asia', [], [], [], 42, 56, 512, 'native', 'B', 'raster', 'both', 'single'],
  ['TM-T88V', 'Epson', 'TM-T88V', [17], [46], [53], 42, 56, 512, 'native', 'B', 'raster', 'both', 'single'],
  ['TM-U220', 'Epson', 'TM-U220', [], [], [], 42, 56, 400, 'picture', 'none', 'none', 'none', 'single'],
  ['TM-U220B', 'Epson', 'TM-U220B', [], [], [], 42, 56, 400, 'picture', 'none', 'none', 'partial', 'single'],
  ['TM-m30III', 'Epson', 'TM-m30III', [17], [46], [53], 48, 57, 576, 'native', 'B', 'raster', 'both', 'single'],
  ['TSP600', 'Star Micronics', 'TSP600 Series', [10], [34], [], 42, 56, 576, 'native', 'B', 'raster', 'both', 'single'],
  ['TSP800', 'Star Micronics', 'TSP800 Series', [10], [34], [], 42, 56, 833, 'native', 'B', 'raster', 'both', 'single'],
  ['TUP500', 'Star Micronics', 'TUP500 Series', [10], [34], [], 42, 56, 0, 'native', 'B', 'raster', 'both', 'single'],
  ['YHD-8390', 'YHDAA', 'YHD-8390', [12], [18], [], 48, 64, 640, 'native', 'B', 'raster', 'partial', 'double'],
  ['ZJ-5870', 'ZiJiang', 'ZJ-5870 Thermal Receipt', [17], [], [], 32, 32, 384, 'picture', 'none', 'raster', 'none', 'double'],
  ['default', 'Generic', 'any with a cutter', [17], [46], [], 42, 56, 0, 'native', 'B', 'raster', 'both', 'double'],
  ['mcPrint', 'Star Micronics', 'Star mcPrint2/mcPrint3', [10], [34], [], 42, 56, 0, 'native', 'B', 'raster', 'both', 'single'],
  ['safe', 'Generic', 'any, doing little', [17], [], [], 42, 56, 0, 'native', 'B', 'raster', 'both', 'double'],
  ['simple', 'Generic', 'any, text and pictures alone', [], [], [], 42, 56, 0, 'picture', 'none', 'raster', 'none', 'double'],
];

/** Portable models have no connector for a drawer. */
const portable: ReadonlySet<string> = new Set(['Sunmi-V2', 'TM-P80', 'TM-P80-42col']);

function profileOf([
  name,
  vendor,
  model,
  cp866,
  windows1251,
  kz1048,
  A,
  B,
  dots,
  qr,
  barcodes,
  pictures,
  cutter,
  start,
]: ProfileRow): EscPosProfile {
  return {
    name,
    vendor,
    model,
    codePages: {
      ...(cp866.length === 0 ? {} : { ibm866: cp866 }),
      ...(windows1251.length === 0 ? {} : { 'windows-1251': windows1251 }),
      ...(kz1048.length === 0 ? {} : { kz1048 }),
    },
    columns: { A, B },
    dots: dots === 0 ? A * 12 : dots,
    qr,
    barcodes,
    pictures,
    cutter,
    linesToEdge: 4,
    drawerPin: portable.has(name) ? undefined : 0,
    doubleByte: start === 'double',
  };
}

/** Every profile, by name. `default` suits most printers of 80 mm, `POS-5890` most of 58 mm. */
export const escPosProfiles: ReadonlyMap<string, EscPosProfile> = new Map(
  rows.map((row) => [row[0], profileOf(row)]),
);

/**
 * A profile by its name, capitals aside, or one of one's own, checked.
 *
 * @throws ElcertError `BAD_PROFILE` (`not-sent`) with the path of what no printer has
 * @example
 * ```ts
 * const mine = escPosProfile({ ...escPosProfile('POS-5890'), name: 'Kassa-58', codePages: { ibm866: [59] } });
 * ```
 */
export function escPosProfile(wanted: string | EscPosProfile = 'default'): EscPosProfile {
  const refuse = (message: string, path: string) =>
    escPosError({ code: 'BAD_PROFILE', message, path, outcome: 'not-sent' });
  if (typeof wanted === 'string') {
    for (const [name, profile] of escPosProfiles)
      if (name.toLowerCase() === wanted.toLowerCase()) return profile;
    throw refuse(`no profile ${wanted}; there is ${[...escPosProfiles.keys()].join(', ')}`, 'profile');
  }
  const { codePages, columns, dots, linesToEdge } = wanted;
  for (const [page, numbers] of Object.entries(codePages))
    if (numbers.length === 0 || numbers.some((number) => !isByte(number)))
      throw refuse('numbers of a code page are bytes, at least one', `profile/codePages/${page}`);
  // What a fiscal-doc rendering can be laid out for.
  for (const [font, count] of Object.entries(columns))
    if (!Number.isInteger(count) || count < 24 || count > 120)
      throw refuse(`a line of ${count} characters; 24 to 120 are possible`, `profile/columns/${font}`);
  if (!Number.isInteger(dots) || dots < 192 || dots > 2040)
    throw refuse(`a line of ${dots} dots; 192 to 2040 are possible`, 'profile/dots');
  if (!isByte(linesToEdge)) throw refuse('lines to the edge are a byte', 'profile/linesToEdge');
  return wanted;
}

function isByte(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 255;
}

/** The page a profile prints Cyrillic with: CP866, else windows-1251, else none. */
export function mainPageOf({ codePages }: EscPosProfile): EscPosCodePage | undefined {
  return (['ibm866', 'windows-1251', 'kz1048'] as const).find((page) => codePages[page] !== undefined);
}
