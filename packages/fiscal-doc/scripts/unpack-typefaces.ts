import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

// Writes src/raster/typeface-10x20.ts and typeface-9x15.ts out of the X11 fonts misc-fixed, which are in the public domain
// ("Public domain font.  Share and enjoy."). The fonts are not in this repository: unpack the Debian package xfonts-base (1:1.0.5+nmu1)
// and give its folder usr/share/fonts/X11/misc as the only argument.

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('the folder with 10x20.pcf.gz and 9x15.pcf.gz is wanted');

const cp866 = new TextDecoder('ibm866').decode(Uint8Array.from({ length: 128 }, (_, index) => 128 + index));
const range = (from: number, to: number) =>
  String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, index) => from + index));
/** What a receipt may hold: ASCII, CP866, the Cyrillic of neighbouring languages, and usual signs. */
const wanted = [
  ...new Set(`${range(0x20, 0x7e)}${cp866}${range(0x400, 0x45f)}ҐґӘәҒғҚқҢңӨөҰұҮүҺһ«»—–…©®±×÷“”‘’„•§€−`),
]
  .filter((one) => one !== '\u00a0')
  .sort((a, b) => (a < b ? -1 : 1));

interface PcfTable {
  readonly format: number;
  readonly at: number;
}

/** Glyphs of a PCF font as rows of `width` bits, by character. Metrics are the same for all: the fonts are cells of dots. */
function readPcf(file: string): {
  readonly width: number;
  readonly height: number;
  readonly glyphs: Map<string, number[]>;
} {
  const bytes = gunzipSync(readFileSync(file));
  if (bytes.toString('latin1', 0, 4) !== '\u0001fcp') throw new Error(`${file} is no PCF font`);
  const tables = new Map<number, PcfTable>();
  for (let index = 0; index < bytes.readUInt32LE(4); index += 1) {
    const at = 8 + 16 * index;
    tables.set(bytes.readUInt32LE(at), {
      format: bytes.readUInt32LE(at + 4),
      at: bytes.readUInt32LE(at + 12),
    });
  }
  const table = (type: number): PcfTable => {
    const found = tables.get(type);
    if (found === undefined) throw new Error(`${file} has no table ${type}`);
    return found;
  };
  const big = ({ format }: PcfTable) => (format & 4) !== 0;
  const short = (from: PcfTable, at: number) => (big(from) ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
  const signed = (from: PcfTable, at: number) => (big(from) ? bytes.readInt16BE(at) : bytes.readInt16LE(at));
  const long = (from: PcfTable, at: number) => (big(from) ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));

  const metrics = table(4);
  const compressed = (metrics.format & 0x100) !== 0;
  const metricsOf = (index: number) => {
    if (compressed) {
      const at = metrics.at + 6 + index * 5;
      const [left = 0, right = 0, width = 0, ascent = 0, descent = 0] = [0, 1, 2, 3, 4].map(
        (offset) => (bytes[at + offset] as number) - 0x80,
      );
      return { left, right, width, ascent, descent };
    }
    const at = metrics.at + 8 + index * 12;
    const [left = 0, right = 0, width = 0, ascent = 0, descent = 0] = [0, 2, 4, 6, 8].map((offset) =>
      signed(metrics, at + offset),
    );
    return { left, right, width, ascent, descent };
  };

  const accelerators = table(2);
  const ascent = long(accelerators, accelerators.at + 12);
  const height = ascent + long(accelerators, accelerators.at + 16);

  const bitmaps = table(8);
  const pad = 1 << (bitmaps.format & 3);
  const unit = 1 << ((bitmaps.format >> 4) & 3);
  const lowestFirst = (bitmaps.format & 8) === 0;
  const swap = unit > 1 && lowestFirst === big(bitmaps);
  if (swap) throw new Error(`${file}: an order of bits that this script does not read`);
  const count = long(bitmaps, bitmaps.at + 4);
  const data = bitmaps.at + 8 + count * 4 + 16;

  const encodings = table(32);
  const [low = 0, high = 0, first = 0, last = 0] = [0, 2, 4, 6].map((offset) =>
    short(encodings, encodings.at + 4 + offset),
  );
  const glyphs = new Map<string, number[]>();
  let cell = 0;
  for (let row = first; row <= last; row += 1)
    for (let column = low; column <= high; column += 1) {
      const slot = (row - first) * (high - low + 1) + (column - low);
      const index = short(encodings, encodings.at + 14 + slot * 2);
      if (index === 0xffff) continue;
      const one = metricsOf(index);
      cell = one.width;
      const stride = Math.ceil((one.right - one.left) / 8 / pad) * pad;
      const from = data + long(bitmaps, bitmaps.at + 8 + index * 4);
      const lines = new Array<number>(height).fill(0);
      for (let y = 0; y < one.ascent + one.descent; y += 1) {
        let bits = 0;
        for (let x = 0; x < one.right - one.left; x += 1) {
          const byte = bytes[from + y * stride + (x >> 3)] as number;
          const set = lowestFirst ? (byte >> (x & 7)) & 1 : (byte >> (7 - (x & 7))) & 1;
          if (set === 1) bits |= 1 << (one.width - 1 - (one.left + x));
        }
        lines[ascent - one.ascent + y] = bits;
      }
      glyphs.set(String.fromCodePoint(row * 256 + column), lines);
    }
  return { width: cell, height, glyphs };
}

/** The signs of the ruble and the tenge, which are younger than the fonts: ours, out of their letters. */
function addMoney(glyphs: Map<string, number[]>): void {
  const p = glyphs.get('P') ?? [];
  const t = glyphs.get('T') ?? [];
  const ink = p.flatMap((row, index) => (row === 0 ? [] : [index]));
  const top = ink[0] ?? 0;
  const bottom = ink.at(-1) ?? 0;
  const stem = p[bottom] ?? 0;
  const bar = (stem << 1) | stem | (stem >> 1) | (stem >> 2) | (stem >> 3) | (stem >> 4);
  glyphs.set(
    '₽',
    p.map((row, index) =>
      index === bottom - 2 ? row | bar : index === bottom - 4 ? row | (stem << 1) : row,
    ),
  );
  const roof = t[top] ?? 0;
  glyphs.set(
    '₸',
    t.map((_, index) =>
      index < top || index > bottom
        ? 0
        : index === top || index === top + 3
          ? roof
          : index < top + 3
            ? 0
            : (t[bottom - 1] ?? 0),
    ),
  );
}

function write(name: string): void {
  const { width, height, glyphs } = readPcf(join(folder as string, `${name}.pcf.gz`));
  if (`${width}x${height}` !== name) throw new Error(`${name} has cells of ${width}x${height}`);
  addMoney(glyphs);
  const characters = [...wanted, '₸', '₽'].sort((a, b) => (a < b ? -1 : 1));
  let bits = '';
  for (const one of characters) {
    const rows = glyphs.get(one);
    if (rows === undefined) throw new Error(`${name} has no ${one}`);
    bits += rows.map((row) => row.toString(2).padStart(width, '0')).join('');
  }
  const bytes = Buffer.from(
    (bits.match(/.{1,8}/g) ?? []).map((part) => Number.parseInt(part.padEnd(8, '0'), 2)),
  );
  const lines = bytes.toString('base64').match(/.{1,120}/g) ?? [];
  const quoted = characters.join('').replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  writeFileSync(
    new URL(`../src/raster/typeface-${name}.ts`, import.meta.url),
    `// Made by scripts/unpack-typefaces.ts out of ${name}.pcf.gz of the X11 fonts misc-fixed (Debian package xfonts-base 1:1.0.5+nmu1),
// whose licence is: "Public domain font.  Share and enjoy." The signs of the ruble and the tenge are ours.
import { type Typeface, typeface } from './typeface.js';

/** X11 misc-fixed, cells of ${width} by ${height} dots: ASCII, CP866 with its boxes, Cyrillic of Russian and its neighbours, usual signs. */
export const typeface${name}: Typeface = /* @__PURE__ */ typeface({
  name: 'misc-fixed ${name}',
  width: ${width},
  height: ${height},
  characters: '${quoted}',
  // biome-ignore format: one row a line
  data: [
${lines.map((line) => `    '${line}',`).join('\n')}
  ],
});
`,
  );
}

write('10x20');
write('9x15');
