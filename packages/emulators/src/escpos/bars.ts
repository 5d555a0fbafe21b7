// Bar codes as bars: `true` is black. What their standards say, no more than a printer needs.

// biome-ignore format: a table
const code128Widths = [
  '212222', '222122', '222221', '121223', '121322', '131222', '122213', '122312', '132212', '221213', '221312', '231212',
  '112232', '122132', '122231', '113222', '123122', '123221', '223211', '221132', '221231', '213212', '223112', '312131',
  '311222', '321122', '321221', '312212', '322112', '322211', '212123', '212321', '232121', '111323', '131123', '131321',
  '112313', '132113', '132311', '211313', '231113', '231311', '112133', '112331', '132131', '113123', '113321', '133121',
  '313121', '211331', '231131', '213113', '213311', '213131', '311123', '311321', '331121', '312113', '312311', '332111',
  '314111', '221411', '431111', '111224', '111422', '121124', '121421', '141122', '141221', '112214', '112412', '122114',
  '122411', '142112', '142211', '241211', '221114', '413111', '241112', '134111', '111242', '121142', '121241', '114212',
  '124112', '124211', '411212', '421112', '421211', '212141', '214121', '412121', '111143', '111341', '131141', '114113',
  '114311', '411113', '411311', '113141', '114131', '311141', '411131', '211412', '211214', '211232', '2331112',
] as const;

const code39Characters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*';
// biome-ignore format: a table
const code39Wide = [
  '000110100', '100100001', '001100001', '101100000', '000110001', '100110000', '001110000', '000100101', '100100100', '001100100',
  '100001001', '001001001', '101001000', '000011001', '100011000', '001011000', '000001101', '100001100', '001001100', '000011100',
  '100000011', '001000011', '101000010', '000010011', '100010010', '001010010', '000000111', '100000110', '001000110', '000010110',
  '110000001', '011000001', '111000000', '010010001', '110010000', '011010000', '010000101', '110000100', '011000100', '010101000',
  '010100010', '010001010', '000101010', '010010100',
] as const;

// biome-ignore format: a table
const eanLeft = ['0001101', '0011001', '0010011', '0111101', '0100011', '0110001', '0101111', '0111011', '0110111', '0001011'] as const;
// biome-ignore format: a table
const eanParity = ['LLLLLL', 'LLGLGG', 'LLGGLG', 'LLGGGL', 'LGLLGG', 'LGGLLG', 'LGGGLL', 'LGLGLG', 'LGLGGL', 'LGGLGL'] as const;
const itfWide = [
  '00110',
  '10001',
  '01001',
  '11000',
  '00101',
  '10100',
  '01100',
  '00011',
  '10010',
  '01010',
] as const;

/** A bar code that was asked for: its bars, and the digits under it. Nothing when its text is not allowed, as printers do. */
export interface DrawnBars {
  readonly name: string;
  readonly text: string;
  readonly modules: readonly boolean[];
}

const modulesOfBits = (bits: string) => [...bits].map((bit) => bit === '1');

/** Bars and gaps in turn, each so many modules wide. */
const modulesOfWidths = (widths: Iterable<string>) =>
  [...widths].flatMap((width, index) => new Array<boolean>(Number(width)).fill(index % 2 === 0));

function checkDigit(digits: string): string {
  let sum = 0;
  [...digits].reverse().forEach((digit, index) => {
    sum += Number(digit) * (index % 2 === 0 ? 3 : 1);
  });
  return String((10 - (sum % 10)) % 10);
}

function ean(data: string, length: 8 | 13): DrawnBars | undefined {
  if (!/^\d+$/.test(data) || (data.length !== length && data.length !== length - 1)) return undefined;
  const body = data.slice(0, length - 1);
  const text = body + checkDigit(body);
  const left = (digit: string) => eanLeft[Number(digit)] ?? '';
  const right = (digit: string) => left(digit).replace(/[01]/g, (bit) => (bit === '0' ? '1' : '0'));
  const g = (digit: string) => [...right(digit)].reverse().join('');
  const digits = [...(length === 13 ? text.slice(1) : text)];
  const half = digits.length / 2;
  const parity = length === 13 ? (eanParity[Number(text[0])] ?? '') : 'LLLL';
  const bits =
    `101${digits
      .slice(0, half)
      .map((digit, at) => (parity[at] === 'G' ? g(digit) : left(digit)))
      .join('')}` + `01010${digits.slice(half).map(right).join('')}101`;
  return { name: `EAN-${length}`, text, modules: modulesOfBits(bits) };
}

function code39(data: string): DrawnBars | undefined {
  const text = data.replace(/^\*|\*$/g, '');
  if (
    text === '' ||
    [...text].some((character) => !code39Characters.includes(character) || character === '*')
  )
    return undefined;
  const modules = [...`*${text}*`].flatMap((character) => [
    // A wide bar is two and a half modules on paper; three keep it whole here.
    ...modulesOfWidths(
      [...(code39Wide[code39Characters.indexOf(character)] ?? '')].map((bit) => (bit === '1' ? '3' : '1')),
    ),
    false,
  ]);
  return { name: 'CODE39', text, modules };
}

function itf(data: string): DrawnBars | undefined {
  if (!/^(\d\d)+$/.test(data)) return undefined;
  const wide = (bit: string | undefined) => (bit === '1' ? '3' : '1');
  const pairs = data.match(/\d\d/g) ?? [];
  const widths = pairs.flatMap((pair) => {
    const bars = itfWide[Number(pair[0])] ?? '';
    const gaps = itfWide[Number(pair[1])] ?? '';
    return [...bars].flatMap((bit, at) => [wide(bit), wide(gaps[at])]);
  });
  return {
    name: 'ITF',
    text: data,
    modules: modulesOfWidths(['1', '1', '1', '1', ...widths, '3', '1', '1']),
  };
}

/** CODE128 as printers take it: `{A`, `{B`, `{C` name a set, `{{` is a brace; set C takes a byte for two digits. */
function code128(data: Uint8Array): DrawnBars | undefined {
  const values: number[] = [];
  let text = '';
  let set: 'A' | 'B' | 'C' | undefined;
  const starts = { A: 103, B: 104, C: 105 } as const;
  const switches = { A: 101, B: 100, C: 99 } as const;
  for (let at = 0; at < data.length; at += 1) {
    const byte = data[at] as number;
    if (byte === 0x7b) {
      const next = String.fromCharCode(data[at + 1] ?? 0);
      at += 1;
      if (next === 'A' || next === 'B' || next === 'C') {
        values.push(set === undefined ? starts[next] : switches[next]);
        set = next;
        continue;
      }
      if (next !== '{' || set !== 'B') return undefined;
    }
    if (set === undefined) return undefined;
    if (set === 'C') {
      if (byte > 99) return undefined;
      values.push(byte);
      text += String(byte).padStart(2, '0');
    } else {
      if (set === 'B' ? byte < 0x20 || byte > 0x7f : byte > 0x5f) return undefined;
      values.push(byte < 0x20 ? byte + 64 : byte - 0x20);
      text += byte < 0x20 ? ' ' : String.fromCharCode(byte);
    }
  }
  if (set === undefined || text === '') return undefined;
  const check = values.reduce((sum, value, index) => sum + value * Math.max(1, index), 0) % 103;
  const widths = [...values, check, 106].flatMap((value) => [...(code128Widths[value] ?? '')]);
  // Patterns have an even number of parts, so colours go on in turn.
  return { name: 'CODE128', text, modules: modulesOfWidths(widths) };
}

/** What `GS k` draws; nothing for a text that its kind cannot carry, or a kind that is not known here. */
export function drawnBars(kind: number, data: Uint8Array): DrawnBars | undefined {
  const text = String.fromCharCode(...data);
  switch (kind) {
    case 0:
    case 65: {
      const upc = /^\d{11,12}$/.test(text) ? ean(`0${text}`, 13) : undefined;
      return upc === undefined ? undefined : { ...upc, name: 'UPC-A', text: upc.text.slice(1) };
    }
    case 2:
    case 67:
      return ean(text, 13);
    case 3:
    case 68:
      return ean(text, 8);
    case 4:
    case 69:
      return code39(text);
    case 5:
    case 70:
      return itf(text);
    case 73:
      return code128(data);
    default:
      return undefined;
  }
}
