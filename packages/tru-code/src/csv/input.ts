import { ElcertError } from '@elcert/core';
import type { CsvErrorCode, CsvSource } from './types.js';

/** How the bytes of a list stand for letters. */
export type CsvEncoding = 'utf-8' | 'windows-1251' | 'ibm866' | 'utf-16le';

// Enough to meet Russian letters in any list that has them.
const sampleSize = 1 << 16;
const pieceSize = 1 << 17;
const gatherSize = 1 << 13;

/** Text that is being decoded, and how it came. Settled once the first text is out. */
export interface TextInput {
  readonly encoding: CsvEncoding;
  readonly bom: boolean;
  /** Bytes taken from the source so far; characters where it gives texts. */
  readonly taken: number;
  readonly texts: AsyncIterableIterator<string>;
}

function notText(message: string, userMessage: string): ElcertError<CsvErrorCode> {
  return new ElcertError({ code: 'CSV_NOT_TEXT', message, userMessage, position: 0 });
}

function startsWith(bytes: Uint8Array, ...wanted: number[]): boolean {
  return wanted.every((byte, index) => bytes[index] === byte);
}

function decide(sample: Uint8Array, complete: boolean): { encoding: CsvEncoding; bom: boolean } {
  // The two mistakes that happen: a workbook instead of the list saved from it.
  if (startsWith(sample, 0x50, 0x4b, 0x03, 0x04) || startsWith(sample, 0xd0, 0xcf, 0x11, 0xe0)) {
    throw notText(
      'a workbook, not CSV',
      'Это книга Excel. Сохраните лист как «CSV UTF-8 (разделитель – запятая)» и загрузите полученный файл',
    );
  }
  if (startsWith(sample, 0xef, 0xbb, 0xbf)) return { encoding: 'utf-8', bom: true };
  if (startsWith(sample, 0xff, 0xfe)) return { encoding: 'utf-16le', bom: true };
  if (startsWith(sample, 0xfe, 0xff)) {
    throw notText(
      'UTF-16 with the high byte first',
      'Кодировка UTF-16 BE не поддерживается, сохраните файл в UTF-8',
    );
  }
  if (sample.includes(0)) throw notText('zero bytes in the text', 'Это не текстовый файл');
  try {
    // While more is to come, a letter may be cut in two at the end of the sample.
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: !complete });
    return { encoding: 'utf-8', bom: false };
  } catch {
    return { encoding: 'windows-1251', bom: false };
  }
}

async function* chunksOf(source: CsvSource): AsyncGenerator<Uint8Array | string> {
  const whole = typeof source === 'string' || source instanceof Uint8Array;
  for await (const chunk of whole ? [source] : source) {
    // A list that comes in one piece is still worked through piece by piece.
    for (let at = 0; at < chunk.length; at += pieceSize) {
      yield typeof chunk === 'string' ? chunk.slice(at, at + pieceSize) : chunk.subarray(at, at + pieceSize);
    }
  }
}

/** Puts small texts together: what cuts records looks at an unfinished one again with each text that comes. */
async function* gathered(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let held = '';
  for await (const text of texts) {
    held += text;
    if (held.length < gatherSize) continue;
    yield held;
    held = '';
  }
  if (held !== '') yield held;
}

/**
 * Decodes a source. The encoding is told by a BOM, else by the first 64 KiB: valid UTF-8 is UTF-8, anything else
 * windows-1251. `ibm866` must be named.
 */
export function textInput(source: CsvSource, named?: CsvEncoding): TextInput {
  const state = { encoding: named ?? ('utf-8' as CsvEncoding), bom: false, taken: 0 };
  async function* texts(): AsyncGenerator<string> {
    let held: Uint8Array[] = [];
    let heldLength = 0;
    let decoder: InstanceType<typeof TextDecoder> | undefined;
    let first = true;
    const decode = (bytes: Uint8Array | undefined): string => {
      if (decoder === undefined) return '';
      try {
        return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
      } catch (cause) {
        throw new ElcertError<CsvErrorCode>({
          code: 'CSV_BAD_ENCODING',
          message: `not ${state.encoding} within the ${state.taken} bytes read so far; name the encoding`,
          userMessage:
            'Файл начинается в кодировке UTF-8, но дальше в нём есть другие символы: укажите кодировку явно',
          position: Math.max(0, state.taken - (bytes?.length ?? 0)),
          cause,
        });
      }
    };
    const open = (complete: boolean): string => {
      const sample = new Uint8Array(heldLength);
      let at = 0;
      for (const chunk of held) {
        sample.set(chunk, at);
        at += chunk.length;
      }
      held = [];
      const found = decide(sample, complete);
      state.bom = found.bom;
      if (named === undefined || found.bom) state.encoding = found.encoding;
      // The decoder takes the BOM away itself.
      decoder = new TextDecoder(state.encoding, { fatal: true });
      return decode(sample);
    };
    for await (const chunk of chunksOf(source)) {
      state.taken += chunk.length;
      if (typeof chunk === 'string') {
        // Decoded already, by somebody else; only a BOM may still be there.
        state.bom ||= first && chunk.startsWith('\ufeff');
        yield first && state.bom ? chunk.slice(1) : chunk;
        first &&= chunk.length === 0;
      } else if (decoder !== undefined) yield decode(chunk);
      else {
        held.push(chunk);
        heldLength += chunk.length;
        if (heldLength >= sampleSize) yield open(false);
      }
    }
    if (heldLength > 0 && decoder === undefined) yield open(true);
    if (decoder !== undefined) yield decode(undefined);
  }
  return Object.defineProperty(state, 'texts', { value: gathered(texts()) }) as typeof state & {
    readonly texts: AsyncGenerator<string>;
  };
}
