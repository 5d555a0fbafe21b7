import { concatBytes, type Replacement } from '@elcert/core';
import type { MonoPicture, PrintRow } from '@elcert/fiscal-doc';
import { qrMatrix } from '@elcert/fiscal-doc/qr';
import { blankPicture, drawText, qrPicture, typeface9x15, typeface10x20 } from '@elcert/fiscal-doc/raster';
import { laidOut, type Row } from '@elcert/fiscal-doc/render';
import { barcodeCommands, barcodeKinds, barcodeModules, barcodeProblem } from './barcode.js';
import { carryText, type EscPosCodePage, encodePage } from './code-pages.js';
import { encodeEscPos } from './codec.js';
import { escPosError } from './errors.js';
import { pictureCommands } from './picture.js';
import { type EscPosProfile, mainPageOf } from './profiles.js';

// Rows to bytes: a whole slip for one model, or the reason why it cannot be printed. Pure.

/** How rows become bytes. */
export interface EscPosSlipOptions {
  /** `A` unless told; `B` is smaller. */
  readonly font?: 'A' | 'B' | undefined;
  /** The page to print Cyrillic with; CP866 where the model has it. */
  readonly codePage?: EscPosCodePage | undefined;
  /**
   * Rows with letters that the page lacks (Kazakh ones, or all Cyrillic on a model without a page): `draw` prints those rows as pictures,
   * `replace` prints what comes nearest. `draw` unless told, where the model prints pictures. Quotes, dashes and the like are
   * replaced in any case.
   */
  readonly lacking?: 'draw' | 'replace' | undefined;
  /** `partial` unless told. */
  readonly cut?: 'full' | 'partial' | 'none' | undefined;
}

/** A character that was replaced on the way to paper. */
export interface SlipReplacement extends Replacement {
  /** `rows[3]/text` */
  readonly path: string;
}

/** What goes to the printer. */
export interface EscPosSlip {
  /** The bytes in pieces that end between lines, each at most a few kilobytes. */
  readonly segments: readonly Uint8Array[];
  readonly replaced: readonly SlipReplacement[];
}

/** A segment is closed at about this size: as much as small printers take in without flow control. */
const segmentSize = 1024;

/** Dots of a QR's module at most: about 1 mm. */
const largestModule = 8;

interface Piece {
  readonly bytes: Uint8Array;
}

const bold = 0x08;
const tall = 0x10;

function unsupported(path: string, message: string): never {
  throw escPosError({
    code: 'ROW_NOT_SUPPORTED',
    message: `${path}: ${message}`,
    path,
    outcome: 'not-sent',
    userMessage: 'Принтер не может напечатать этот документ.',
  });
}

/** Texts of a row, by the names of its members. */
function textsOf(row: Row): readonly [member: string, text: string][] {
  switch (row.type) {
    case 'rule':
      return [];
    case 'pair':
      return [
        ['caption', row.caption],
        ['value', row.value],
      ];
    case 'qr':
      return [['payload', row.payload]];
    case 'code':
      return [
        ['text', row.text],
        ...(row.caption === undefined ? [] : ([['caption', row.caption]] as [string, string][])),
      ];
    default:
      return [['text', row.text]];
  }
}

function mapTexts(row: Row, map: (text: string) => string): Row {
  switch (row.type) {
    case 'rule':
      return row;
    case 'pair':
      return { ...row, caption: map(row.caption), value: map(row.value) };
    case 'qr':
      return { ...row, payload: map(row.payload) };
    case 'code':
      return {
        ...row,
        text: map(row.text),
        ...(row.caption === undefined ? {} : { caption: map(row.caption) }),
      };
    default:
      return { ...row, text: map(row.text) };
  }
}

/** Letters that only a picture brings to paper as they are. */
const worthDrawing = (replaced: readonly Replacement[]) =>
  replaced.some(
    ({ character, replacement }) =>
      /\p{L}|₸/u.test(character) && replacement !== character && typeface10x20.glyph(character) !== undefined,
  );

/** What the typeface has is drawn, all else is replaced as for CP866. */
function drawable(text: string): { readonly text: string; readonly replaced: readonly Replacement[] } {
  const replaced: Replacement[] = [];
  let out = '';
  let position = 0;
  for (const character of text.normalize('NFC')) {
    if (typeface10x20.glyph(character) !== undefined) out += character;
    else {
      const carried = carryText(character, 'ibm866');
      out += carried.text;
      replaced.push(...carried.replaced.map((one) => ({ ...one, position })));
    }
    position += character.length;
  }
  return { text: out, replaced };
}

/**
 * Lays rows out for a model and makes the bytes of a slip: reset, double-byte mode off, code page, the rows, cut.
 *
 * Titles and strong pairs are bold and of double height, which changes no width: the lines are those of the text rendering. A QR stands above its payload.
 *
 * @throws ElcertError `ROW_NOT_SUPPORTED` (`not-sent`) with the path of a row that the model cannot print, `BAD_PROFILE`
 */
export function escPosSlip(
  rows: readonly PrintRow[],
  profile: EscPosProfile,
  { font = 'A', codePage, lacking = 'draw', cut = 'partial' }: EscPosSlipOptions = {},
): EscPosSlip {
  const page = codePage ?? mainPageOf(profile);
  const number = page === undefined ? undefined : profile.codePages[page]?.[0];
  if (page !== undefined && number === undefined)
    throw escPosError({
      code: 'BAD_PROFILE',
      message: `${profile.name} has no code page ${page}`,
      path: 'codePage',
      outcome: 'not-sent',
    });
  const columns = profile.columns[font];
  const replaced: SlipReplacement[] = [];
  const pieces: Piece[] = [];
  const put = (bytes: Uint8Array) => void pieces.push({ bytes });
  const base = font === 'B' ? 1 : 0;
  const mayDraw = lacking === 'draw' && profile.pictures !== 'none';
  // Where no page is known the lower half is still ASCII; it is CP866's too.
  const fallback: EscPosCodePage = page ?? 'ibm866';

  /** Characters a page does not carry. Without a page every letter beyond ASCII is lacking. */
  const lackingIn = (texts: readonly [string, string][], of: EscPosCodePage) =>
    texts.flatMap(([member, text]) => {
      const carried = carryText(text, of);
      if (page !== undefined) return carried.replaced.map((one) => ({ ...one, member }));
      return [...carried.text].flatMap((character, position) =>
        character > '\x7e' ? [{ position, character, replacement: '?', member }] : [],
      );
    });

  const pictureBytes = (picture: MonoPicture, path: string) => {
    if (profile.pictures === 'none') unsupported(path, `${profile.name} prints no pictures`);
    if (picture.width > profile.dots)
      unsupported(path, `a picture of ${picture.width} dots, a line has ${profile.dots}`);
    return pictureCommands(picture, profile.pictures);
  };

  const centred = (...bytes: readonly Uint8Array[]) => {
    put(encodeEscPos('ESC a', [1]));
    for (const one of bytes) put(one);
    put(encodeEscPos('ESC a', [0]));
  };

  const qr = (payload: string, path: string) => {
    let size: number;
    try {
      size = qrMatrix(payload).size;
    } catch {
      return unsupported(path, 'no QR holds this payload');
    }
    const module = Math.min(
      largestModule,
      Math.floor(profile.dots / (size + 8)),
      Math.max(2, Math.floor(264 / size)),
    );
    if (module < 2) unsupported(path, `a QR of ${size} modules is too wide for ${profile.dots} dots`);
    const bytes = new TextEncoder().encode(payload);
    // DLE in a payload could be read as a real-time command; a picture has none.
    if (profile.qr === 'native' && !bytes.includes(0x10)) {
      const call = (...data: readonly number[]) => encodeEscPos('GS ( k', [], [0x31, ...data]);
      // The white around it that the standard wants: texts above and below stand off by so many dots.
      const off = encodeEscPos('ESC J', [4 * module]);
      put(off);
      centred(
        concatBytes(
          call(0x41, 0x32, 0),
          call(0x43, module),
          call(0x45, 0x31),
          encodeEscPos('GS ( k', [], concatBytes(Uint8Array.of(0x31, 0x50, 0x30), bytes)),
          call(0x51, 0x30),
        ),
      );
      put(off);
    } else centred(...pictureBytes(qrPicture(payload, { moduleSize: module }), path));
  };

  const drawn = (lines: readonly string[], path: string, style: number) => {
    const pitch = Math.floor(profile.dots / columns);
    const face = font === 'B' || pitch < 10 ? typeface9x15 : typeface10x20;
    const scaleY = style === 0 ? 1 : 2;
    const height = (face.height + 4) * scaleY;
    for (const line of lines) {
      const picture = blankPicture(profile.dots, height);
      drawText(
        picture,
        line,
        { x: 0, y: 2 * scaleY },
        { typeface: face, pitch, scaleY, weight: style === 0 ? 'normal' : 'bold' },
      );
      for (const bytes of pictureBytes(picture, path)) put(bytes);
    }
  };

  /** A row of text, in the page that carries most of it, or drawn. */
  const text = (row: Row, path: string) => {
    const texts = textsOf(row);
    const style = row.type === 'title' || (row.type === 'pair' && row.strong === true) ? bold | tall : 0;
    const lost = lackingIn(texts, fallback);
    const kazakh = profile.codePages.kz1048?.[0];
    const other =
      lost.length > 0 &&
      kazakh !== undefined &&
      page !== 'kz1048' &&
      lackingIn(texts, 'kz1048').length < lost.length;
    const own: EscPosCodePage = other ? 'kz1048' : fallback;
    const still = other ? lackingIn(texts, 'kz1048') : lost;
    const draw = mayDraw && worthDrawing(still);
    const carry = (one: string) => (draw ? drawable(one) : carryText(one, own));
    const lines = laidOut([mapTexts(row, (one) => carry(one).text)], { columns }).flatMap((one) => one.lines);
    for (const [member, one] of texts)
      if (row.type !== 'qr' || member !== 'payload')
        replaced.push(...carry(one).replaced.map((each) => ({ ...each, path: `${path}/${member}` })));
    if (draw) return drawn(lines, path, style);
    if (page === undefined && still.length > 0)
      unsupported(path, `${profile.name} has no Cyrillic, and this row is not to be drawn`);
    if (other) put(encodeEscPos('ESC t', [kazakh]));
    if (style !== 0) put(encodeEscPos('ESC !', [base | style]));
    for (const line of lines) put(concatBytes(encodePage(line, own), Uint8Array.of(0x0a)));
    if (style !== 0) put(encodeEscPos('ESC !', [base]));
    if (other && number !== undefined) put(encodeEscPos('ESC t', [number]));
  };

  const barcode = (
    { kind, text: content }: Extract<PrintRow, { readonly type: 'barcode' }>,
    path: string,
  ) => {
    const form = profile.barcodes;
    if (form === 'none' || !barcodeKinds(form).includes(kind))
      unsupported(path, `${profile.name} draws no ${kind}`);
    const problem = barcodeProblem(kind, content);
    if (problem !== undefined) unsupported(`${path}/text`, `${kind}: ${problem}`);
    const modules = barcodeModules(kind, content) + 20;
    const module = [3, 2].find((one) => modules * one <= profile.dots);
    if (module === undefined) unsupported(`${path}/text`, `${kind} is too wide for ${profile.dots} dots`);
    centred(barcodeCommands(kind, content, { form, module }), Uint8Array.of(0x0a));
  };

  const row = (one: PrintRow, path: string): void => {
    switch (one.type) {
      case 'barcode':
        barcode(one, path);
        break;
      case 'picture':
        if (!wholePicture(one.picture)) unsupported(`${path}/picture`, 'bits that are not of its sides');
        centred(...pictureBytes(one.picture, `${path}/picture`));
        break;
      case 'feed':
        if (!Number.isInteger(one.lines) || one.lines < 0 || one.lines > 255)
          unsupported(`${path}/lines`, '0 to 255 lines can be fed');
        put(encodeEscPos('ESC d', [one.lines]));
        break;
      case 'qr':
        qr(one.payload, `${path}/payload`);
        text(one, path);
        break;
      default:
        text(one, path);
    }
  };

  put(encodeEscPos('ESC @'));
  if (profile.doubleByte) put(encodeEscPos('FS .'));
  if (number !== undefined) put(encodeEscPos('ESC t', [number]));
  put(encodeEscPos('ESC !', [base]));
  for (const [index, one] of rows.entries()) row(one, `rows[${index}]`);
  put(ending(profile, cut));
  return { segments: joined(pieces), replaced };
}

function wholePicture({ width, height, bits }: MonoPicture): boolean {
  return (
    Number.isInteger(width) &&
    Number.isInteger(height) &&
    width > 0 &&
    height > 0 &&
    height <= 0xffff &&
    bits.length === Math.ceil(width / 8) * height
  );
}

/** Cut, or feed to the edge where there is no cutter. */
function ending({ cutter, linesToEdge }: EscPosProfile, cut: 'full' | 'partial' | 'none'): Uint8Array {
  if (cut === 'none') return new Uint8Array();
  if (cutter === 'none') return encodeEscPos('ESC d', [linesToEdge]);
  const how = cutter === 'both' ? cut : cutter;
  return encodeEscPos('GS V', [how === 'full' ? 65 : 66, 0]);
}

function joined(pieces: readonly Piece[]): Uint8Array[] {
  const segments: Uint8Array[] = [];
  let part: Uint8Array[] = [];
  let size = 0;
  const close = () => {
    if (size > 0) segments.push(concatBytes(...part));
    part = [];
    size = 0;
  };
  for (const { bytes } of pieces) {
    if (size + bytes.length > segmentSize) close();
    part.push(bytes);
    size += bytes.length;
  }
  close();
  return segments;
}
