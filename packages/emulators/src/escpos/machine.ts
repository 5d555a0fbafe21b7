import type { EscPosEvent, EscPosProfile } from '@elcert/device-drivers/escpos';
import {
  blankPicture,
  drawPicture,
  drawText,
  fillBox,
  isBlack,
  type MonoPicture,
  qrPicture,
  textSize,
  typeface9x15,
} from '@elcert/fiscal-doc/raster';
import { drawnBars } from './bars.js';
import { doubleByteCharacter, type PageDecoder, pageOfModel, startPage } from './code-pages.js';
import {
  type Alignment,
  advance,
  type PaperItem,
  type PaperMeasures,
  type PrintedCharacter,
  type PrintedStyle,
} from './paper.js';

// What a printer makes of what comes out of its buffer. No wire, no time: those are the emulator's.

/** What executing one event came to. */
export interface Effect {
  /** What was added to the paper. */
  readonly items: readonly PaperItem[];
  /** What it answers. */
  readonly answer?: Uint8Array;
  readonly drawerPin?: 0 | 1;
  /** Mask of `GS a`. */
  readonly tellChanges?: number;
  /** What a person would want to know: an unknown code page, a bar code that cannot be drawn. */
  readonly note?: string;
}

/** The state that answers in order need. */
export interface SensorBytes {
  readonly paper: number;
  readonly drawer: number;
}

/** The interpreter of one printer. */
export interface PrinterMachine {
  execute(event: EscPosEvent, sensors: SensorBytes): Effect;
  /** What stands in the line buffer, not yet printed. */
  readonly waiting: string;
}

const plain: PrintedStyle = { font: 'A', width: 1, height: 1, bold: false, underline: false, inverse: false };

/** Dots from line to line: a sixth of an inch at 180 to 203 dots an inch. */
const defaultSpacing = 30;

const text = (value: string) => Uint8Array.from(`_${value}\0`, (character) => character.charCodeAt(0));

/** A printer that has just been switched on. */
export function createPrinterMachine(profile: EscPosProfile): PrinterMachine {
  const measures: PaperMeasures = { dots: profile.dots, columns: profile.columns };
  let style = plain;
  let align: Alignment = 'left';
  let page: PageDecoder = startPage;
  let doubleByte = profile.doubleByte;
  let pendingByte: number | undefined;
  let spacing = defaultSpacing;
  let line: PrintedCharacter[] = [];
  let tabs: readonly number[] = [];
  let bars = { height: 162, module: 3, digits: 0 };
  let qr: { module: number; correction: 'L' | 'M' | 'Q' | 'H'; data: Uint8Array } = {
    module: 3,
    correction: 'L',
    data: new Uint8Array(),
  };
  let stored: MonoPicture | undefined;
  let out: PaperItem[] = [];

  const reset = () => {
    style = plain;
    align = 'left';
    page = startPage;
    doubleByte = profile.doubleByte;
    pendingByte = undefined;
    spacing = defaultSpacing;
    line = [];
    tabs = Array.from({ length: 32 }, (_, index) => 8 * (index + 1));
    bars = { height: 162, module: 3, digits: 0 };
    stored = undefined;
  };
  reset();

  const width = () => line.reduce((sum, one) => sum + advance(measures, one), 0);
  const flush = (always: boolean) => {
    pendingByte = undefined;
    if (line.length === 0 && !always) return;
    out.push({ type: 'line', align, characters: line, spacing });
    line = [];
  };
  const add = (character: string, wide: boolean) => {
    const one: PrintedCharacter = { character, wide, style };
    if (width() + advance(measures, one) > measures.dots) flush(false);
    line.push(one);
  };
  const print = (bytes: Uint8Array) => {
    for (const byte of bytes) {
      if (pendingByte !== undefined) {
        const first = pendingByte;
        pendingByte = undefined;
        add(byte >= 0x40 && byte !== 0x7f ? doubleByteCharacter(first, byte) : '?', true);
      } else if (doubleByte && byte >= 0x81 && byte <= 0xfe) pendingByte = byte;
      else add(page(byte), false);
    }
  };
  const place = (picture: MonoPicture) => {
    flush(false);
    out.push({ type: 'picture', align, picture: cropped(picture, measures.dots) });
  };

  const barcode = (kind: number, data: Uint8Array): string | undefined => {
    const drawn = drawnBars(kind, data);
    flush(false);
    if (drawn === undefined) return `bar code ${kind} is not drawn`;
    const wide = drawn.modules.length * bars.module;
    if (wide > measures.dots) return `${drawn.name} is wider than the paper`;
    const below = bars.digits === 0 ? 0 : typeface9x15.height + 4;
    const picture = blankPicture(wide, bars.height + below);
    drawn.modules.forEach((black, at) => {
      if (black) fillBox(picture, { x: at * bars.module, y: 0, width: bars.module, height: bars.height });
    });
    if (below > 0) {
      const size = textSize(drawn.text, { typeface: typeface9x15 });
      drawText(
        picture,
        drawn.text,
        { x: Math.max(0, (wide - size.width) >> 1), y: bars.height + 2 },
        { typeface: typeface9x15 },
      );
    }
    out.push({ type: 'code', align, name: drawn.name, text: drawn.text, picture });
    return undefined;
  };

  const symbol = (data: Uint8Array): string | undefined => {
    const [family, fn, n = 0] = data;
    if (family !== 0x31) return 'only QR is drawn of two-dimensional codes';
    if (fn === 0x43) qr = { ...qr, module: Math.min(16, Math.max(1, n)) };
    else if (fn === 0x45)
      qr = { ...qr, correction: (['L', 'M', 'Q', 'H'] as const)[n - 48] ?? qr.correction };
    else if (fn === 0x50) qr = { ...qr, data: data.slice(3) };
    else if (fn === 0x51) {
      if (profile.qr !== 'native') return 'this model draws no QR';
      const payload = new TextDecoder().decode(qr.data);
      flush(false);
      try {
        const picture = qrPicture(payload, { moduleSize: qr.module, quiet: 0, correction: qr.correction });
        if (picture.width > measures.dots) return 'the QR is wider than the paper';
        out.push({ type: 'code', align, name: 'QR', text: payload, picture });
      } catch {
        return 'no QR holds this';
      }
    }
    return undefined;
  };

  const graphics = (data: Uint8Array): string | undefined => {
    const fn = data[1];
    if (fn === 0x70) {
      const wide = (data[6] ?? 0) + (data[7] ?? 0) * 256;
      const high = (data[8] ?? 0) + (data[9] ?? 0) * 256;
      const bits = data.slice(10);
      if (wide === 0 || high === 0 || bits.length !== Math.ceil(wide / 8) * high)
        return 'a picture of another size than it says';
      stored = enlarged({ width: wide, height: high, bits }, data[3] === 2 ? 2 : 1, data[4] === 2 ? 2 : 1);
      return undefined;
    }
    if (fn === 0x32 || fn === 2) {
      if (stored !== undefined) place(stored);
      stored = undefined;
      return undefined;
    }
    return `graphics function ${fn} is not known`;
  };

  const raster = (parameters: Uint8Array, data: Uint8Array): string | undefined => {
    const [m = 0, xL = 0, xH = 0, yL = 0, yH = 0] = parameters;
    const stride = xL + xH * 256;
    const height = yL + yH * 256;
    if (profile.pictures !== 'raster') return 'this model prints no pictures by rows';
    if (stride === 0 || height === 0) return 'an empty picture';
    place(enlarged({ width: stride * 8, height, bits: data }, (m & 1) + 1, ((m >> 1) & 1) + 1));
    return undefined;
  };

  /** Columns stand in the line: they are printed at once here, and the line feed that follows belongs to them. */
  const columns = (parameters: Uint8Array, data: Uint8Array): string | undefined => {
    const [m = 0] = parameters;
    const bytes = m >= 32 ? 3 : 1;
    const width = Math.floor(data.length / bytes);
    if (profile.pictures === 'none') return 'this model prints no pictures';
    if (width === 0) return 'an empty picture';
    const picture = blankPicture(width, bytes * 8);
    for (let x = 0; x < width; x += 1)
      for (let y = 0; y < bytes * 8; y += 1)
        if (((data[x * bytes + (y >> 3)] as number) & (0x80 >> (y & 7))) !== 0)
          fillBox(picture, { x, y, width: 1, height: 1 });
    // Eight dots are those of a coarser head: three times as high.
    place(enlarged(picture, m === 0 || m === 32 ? 2 : 1, bytes === 1 ? 3 : 1));
    return undefined;
  };
  let afterColumns = false;

  const identity = (n: number): Uint8Array => {
    if (n === 1) return Uint8Array.of(0x20);
    if (n === 2) return Uint8Array.of(profile.cutter === 'none' ? 0x00 : 0x02);
    if (n === 65) return text('1.00 emulated');
    if (n === 66) return text(profile.vendor);
    if (n === 67) return text(profile.name);
    if (n === 68) return text('EMU0001');
    return Uint8Array.of(0x01);
  };

  const command = (
    { name, parameters, data }: Extract<EscPosEvent, { readonly type: 'command' }>,
    sensors: SensorBytes,
  ): Omit<Effect, 'items'> => {
    const n = parameters[0] ?? 0;
    const noted = (note: string | undefined) => (note === undefined ? {} : { note });
    const skipFeed = afterColumns;
    afterColumns = false;
    switch (name) {
      case 'LF':
        flush(!skipFeed);
        return {};
      case 'HT': {
        const cell = pitch();
        const at = Math.floor(width() / cell);
        const stop = tabs.find((one) => one > at);
        if (stop !== undefined) for (let k = at; k < stop; k += 1) add(' ', false);
        return {};
      }
      case 'ESC @':
        reset();
        return {};
      case 'ESC !':
        style = {
          ...style,
          font: (n & 1) === 0 ? 'A' : 'B',
          bold: (n & 0x08) !== 0,
          height: (n & 0x10) === 0 ? 1 : 2,
          width: (n & 0x20) === 0 ? 1 : 2,
          underline: (n & 0x80) !== 0,
        };
        return {};
      case 'ESC M':
        style = { ...style, font: n === 1 || n === 49 ? 'B' : 'A' };
        return {};
      case 'ESC E':
      case 'ESC G':
        style = { ...style, bold: (n & 1) === 1 };
        return {};
      case 'ESC -':
        style = { ...style, underline: n % 48 !== 0 };
        return {};
      case 'GS !':
        style = { ...style, width: ((n >> 4) & 7) + 1, height: (n & 7) + 1 };
        return {};
      case 'GS B':
        style = { ...style, inverse: (n & 1) === 1 };
        return {};
      case 'ESC a':
        // Only at the start of a line.
        if (line.length === 0) align = (['left', 'centre', 'right'] as const)[n % 48] ?? align;
        return {};
      case 'ESC t': {
        const chosen = pageOfModel(profile, n);
        if (chosen === undefined) return { note: `this model has no code page ${n}` };
        page = chosen;
        return {};
      }
      case 'FS &':
        doubleByte = true;
        return {};
      case 'FS .':
        doubleByte = false;
        return {};
      case 'ESC 2':
        spacing = defaultSpacing;
        return {};
      case 'ESC 3':
        spacing = n;
        return {};
      case 'ESC D':
        tabs = [...data];
        return {};
      case 'ESC d':
        flush(false);
        if (n > 0) out.push({ type: 'feed', dots: n * spacing, lines: n });
        return {};
      case 'ESC J':
        flush(false);
        out.push({ type: 'feed', dots: n, lines: 0 });
        return {};
      case 'GS V': {
        flush(false);
        if (profile.cutter === 'none') return { note: 'this model has no cutter' };
        if (n >= 65) out.push({ type: 'feed', dots: (parameters[1] ?? 0) + 4 * defaultSpacing, lines: 0 });
        out.push({ type: 'cut', how: n % 2 === (n >= 65 ? 1 : 0) ? 'full' : 'partial' });
        return {};
      }
      case 'ESC i':
      case 'ESC m':
        flush(false);
        if (profile.cutter === 'none') return { note: 'this model has no cutter' };
        out.push({ type: 'cut', how: 'partial' });
        return {};
      case 'ESC p':
        return { drawerPin: n === 1 || n === 49 ? 1 : 0 };
      case 'GS h':
        bars = { ...bars, height: Math.max(1, n) };
        return {};
      case 'GS w':
        bars = { ...bars, module: Math.min(6, Math.max(2, n)) };
        return {};
      case 'GS H':
        bars = { ...bars, digits: n % 48 };
        return {};
      case 'GS k':
        return noted(barcode(n, data));
      case 'GS ( k':
        return noted(symbol(data));
      case 'GS ( L':
      case 'GS 8 L':
        return noted(graphics(data));
      case 'GS v 0':
        return noted(raster(parameters, data));
      case 'ESC *':
        afterColumns = true;
        return noted(columns(parameters, data));
      case 'GS r':
        return { answer: Uint8Array.of(n === 2 || n === 50 ? sensors.drawer : sensors.paper) };
      case 'GS I':
        return { answer: identity(n) };
      case 'GS a':
        return { tellChanges: n };
      default:
        // Smoothing, margins, settings and the like: taken, without an effect that is shown.
        return {};
    }
  };
  const pitch = () => Math.floor(measures.dots / measures.columns[style.font]) * style.width;

  return {
    get waiting() {
      return line.map(({ character }) => character).join('');
    },
    execute(event, sensors) {
      out = [];
      let effect: Omit<Effect, 'items'> = {};
      if (event.type === 'text') {
        afterColumns = false;
        print(event.bytes);
      } else if (event.type === 'command') effect = command(event, sensors);
      else effect = { note: 'unknown command' };
      return { ...effect, items: out };
    },
  };
}

/** A picture with each dot so many times wider and higher. */
function enlarged(picture: MonoPicture, scaleX: number, scaleY: number): MonoPicture {
  if (scaleX === 1 && scaleY === 1) return picture;
  const large = blankPicture(picture.width * scaleX, picture.height * scaleY);
  for (let y = 0; y < picture.height; y += 1)
    for (let x = 0; x < picture.width; x += 1)
      if (isBlack(picture, x, y))
        fillBox(large, { x: x * scaleX, y: y * scaleY, width: scaleX, height: scaleY });
  return large;
}

/** What is beyond the edge of the paper is not printed. */
function cropped(picture: MonoPicture, width: number): MonoPicture {
  if (picture.width <= width) return picture;
  const narrow = blankPicture(width, picture.height);
  drawPicture(narrow, picture, { x: 0, y: 0 });
  return narrow;
}
