import { concatBytes, decodeText, encodeText } from '@elcert/core';
import type { Core } from './core.js';
import type { Receipts } from './receipts.js';
import { type Handlers, refuse, results } from './refusal.js';

/** Flags of a line of text. */
const lineFlags = { receipt: 0x02, wrap: 0x40, delayed: 0x80 } as const;
/** Fonts of table 8; the wide ones take half as many characters. */
const fonts = 11;
const wideFonts: ReadonlySet<number> = new Set([2, 4, 6]);
/** Blocks that DDh loads. */
const dataBlocks = 128;
const dataBlock = 64;
/** Lines of the picture buffers. */
const pictureLines = 1200;
/** Types of DEh. */
const codeNames: Readonly<Record<number, string>> = { 0: 'PDF417', 1: 'DATAMATRIX', 2: 'AZTEC', 3: 'QR' };
/** Types of CBh as ESC/POS numbers them. */
const barcodeNames: readonly string[] = [
  'UPC-A',
  'UPC-E',
  'EAN-13',
  'EAN-8',
  'CODE39',
  'ITF',
  'CODABAR',
  'CODE93',
  'CODE128',
];

/** EAN-13 of its first twelve digits. */
function ean13(code: number): string {
  const digits = String(code).padStart(12, '0').slice(-12);
  const total = [...digits].reduce((all, digit, index) => all + Number(digit) * (index % 2 ? 3 : 1), 0);
  return `${digits}${(10 - (total % 10)) % 10}`;
}

/** Text, codes and pictures on paper, paper itself, and the drawer. What is no text is printed as a line in brackets. */
export function printingHandlers(
  core: Core,
  receipts: Receipts,
): { readonly handlers: Handlers; readonly uploaded: () => Uint8Array } {
  const { state, paper, model, center } = core;
  const done = () => ({ operator: state.operator });
  const data = new Map<number, Uint8Array>();
  const pictures = new Set<number>();

  const text = (value: string, flags: number, columns = model.columns) => {
    // A register without a journal tape prints nothing there, and says that all is well.
    if ((flags & lineFlags.receipt) === 0) return done();
    const lines: string[] = [];
    for (let at = 0; at === 0 || at < value.length; at += columns) {
      lines.push(value.slice(at, at + columns));
      if ((flags & lineFlags.wrap) === 0) break;
    }
    if ((flags & lineFlags.delayed) !== 0) state.delayed = [...state.delayed, ...lines];
    else receipts.text(lines);
    return done();
  };

  const mark = (what: string) => {
    receipts.text([center(`[${what}]`)]);
    return done();
  };

  const loadLines = (first: number, count: number) => {
    if (first < 1 || first + count - 1 > pictureLines) refuse(results.wrongParameters);
    for (let line = first; line < first + count; line += 1) pictures.add(line);
    return done();
  };

  const picture = (first: number, last: number) => {
    if (first < 1 || last < first || last > pictureLines) refuse(results.wrongParameters);
    return mark(`КАРТИНКА ${first}-${last}`);
  };

  const uploaded = () => {
    const blocks: Uint8Array[] = [];
    for (let block = 0; data.has(block); block += 1) blocks.push(data.get(block) ?? new Uint8Array(0));
    return concatBytes(...blocks);
  };

  const handlers: Handlers = {
    '12': ({ text: value, flags }) => text(value, flags, model.columns >> 1),
    '17': ({ text: value, flags }) => text(value, flags),
    '18': ({ title }) => {
      core.countDocument();
      core.print([center(title.trim())]);
      return { operator: state.operator, documentNumber: state.documentNumber };
    },
    '25': ({ partial }) => {
      if (model.cutter === false) refuse(results.notSupported);
      if (partial > 1) refuse(results.wrongParameters);
      paper.print(['- '.repeat(model.columns >> 1)]);
      return done();
    },
    '26': ({ font }) =>
      font >= 1 && font <= fonts
        ? {
            printWidth: model.columns * 12,
            characterWidth: wideFonts.has(font) ? 24 : 12,
            characterHeight: 24,
            fonts,
          }
        : refuse(results.wrongParameters),
    '28': ({ drawer }) => {
      if (drawer > 1) refuse(results.wrongParameters);
      state.drawerOpen = true;
      return done();
    },
    '29': ({ lines }) => {
      if (lines === 0) refuse(results.wrongParameters);
      paper.print(Array.from({ length: lines }, () => ''));
      return done();
    },
    '2F': ({ text: value, flags, font }) => {
      if (font < 1 || font > fonts) refuse(results.wrongParameters);
      return text(value, flags, wideFonts.has(font) ? model.columns >> 1 : model.columns);
    },
    '4D': ({ first, last }) => picture(first, last),
    '4E': ({ first, lines, lineLength, data: bytes }) =>
      bytes.length === lines * lineLength ? loadLines(first, lines) : refuse(results.wrongParameters),
    '4F': ({ first, last }) => picture(first, last),
    '52': () => {
      core.print(core.headerLines());
      return done();
    },
    '53': () => {
      paper.print(['']);
      return done();
    },
    '54': () => {
      // The advert stands in the last rows of table 4.
      const lines = [1, 2, 3].map((row) => core.tables.text(4, row, 1)).filter((line) => line !== '');
      core.print(lines.length === 0 ? [''] : lines);
      return done();
    },
    '8C': () => {
      if (state.lastPrinted.length === 0) refuse(results.nothingToRepeat);
      paper.print([center('ПОВТОР ДОКУМЕНТА'), ...state.lastPrinted]);
      return done();
    },
    B0: () => {
      paper.resume();
      return done();
    },
    C0: ({ line }) => loadLines(line, 1),
    C1: ({ first, last }) => picture(first, last),
    C2: ({ code }) => mark(`EAN-13 ${ean13(code)}`),
    C3: ({ first, last }) => picture(first, last),
    C4: ({ line, data: bytes }) =>
      bytes.length > 0 && bytes.length % 40 === 0
        ? loadLines(line, bytes.length / 40)
        : refuse(results.wrongParameters),
    C5: ({ repeats }) => (repeats === 0 ? refuse(results.wrongParameters) : mark(`ЛИНИЯ ×${repeats}`)),
    C8: () =>
      state.buffer.length === 0
        ? refuse(results.nothingInBuffer)
        : { lines: state.buffer.length, printed: 0 },
    C9: ({ line }) => {
      const found = state.buffer[line];
      return found === undefined
        ? refuse(results.wrongParameters)
        : { data: encodeText(found, 'windows-1251').bytes };
    },
    CA: () => {
      state.buffer = [];
      return {};
    },
    CB: ({ type, data: bytes }) => {
      const name = barcodeNames[type >= 65 ? type - 65 : type];
      if (name === undefined || bytes.length === 0) return refuse(results.wrongParameters);
      return mark(`${name} ${decodeText(bytes, 'windows-1251').replace(/\0+$/, '')}`);
    },
    DD: ({ block, data: bytes }) => {
      if (block >= dataBlocks) refuse(results.wrongParameters);
      // The first block begins anew.
      if (block === 0) data.clear();
      data.set(block, bytes.slice());
      return done();
    },
    DE: ({ type, length, firstBlock }) => {
      const name = codeNames[type];
      const blocks = Math.ceil(length / dataBlock);
      if (name === undefined || length === 0) refuse(results.wrongParameters);
      const parts: Uint8Array[] = [];
      for (let block = firstBlock; block < firstBlock + blocks; block += 1)
        parts.push(data.get(block) ?? refuse(results.noData));
      const bytes = concatBytes(...parts).subarray(0, length);
      mark(`${name} ${new TextDecoder().decode(bytes)}`);
      return done();
    },
    E2: done,
    E4: ({ value }) => text(value, lineFlags.receipt | lineFlags.wrap),
  };
  return { handlers, uploaded };
}
