import { decodeCp866, encodeCp866, type Replacement, type UnmappablePolicy } from '@elcert/core';

// The same mapping as core's, laid out for speed: a document has hundreds of short texts.

interface Tables {
  /** UTF-16 unit of each byte. */
  readonly units: Uint16Array;
  /** Byte of a UTF-16 unit; 0 stands for "none", except for U+0000 itself. */
  readonly bytes: Uint8Array;
}

let made: Tables | undefined;

function tables(): Tables {
  if (made !== undefined) return made;
  const text = decodeCp866(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  const units = Uint16Array.from({ length: 256 }, (_, byte) => text.charCodeAt(byte));
  const bytes = new Uint8Array(0x10000);
  for (let byte = 0; byte < 256; byte += 1) bytes[units[byte] as number] = byte;
  made = { units, bytes };
  return made;
}

/** Longest text made in one call: arguments lie on the stack. */
const longestCall = 512;

/**
 * Text of CP866 bytes from `start` to `end`. Made in one call, because a text put together piece by piece stays in pieces inside the engine,
 * and reading its characters – which encoding does – then takes half as long again.
 */
export function readCp866(bytes: Uint8Array, start: number, end: number): string {
  const { units } = tables();
  let text = '';
  for (let from = start; from < end; from += longestCall) {
    const length = Math.min(end - from, longestCall);
    const characters = new Array<number>(length);
    for (let at = 0; at < length; at += 1) characters[at] = units[bytes[from + at] as number] as number;
    const part = String.fromCharCode.apply(null, characters);
    text = text === '' ? part : text + part;
  }
  return text;
}

/**
 * Writes a text at `at`; the buffer has room for as many bytes as the text has UTF-16 units.
 *
 * @returns how many bytes were written, or −1 when a character is not in the code page (then use {@link replaceCp866})
 */
export function writeCp866(text: string, buffer: Uint8Array, at: number): number {
  const { bytes } = tables();
  const { length } = text;
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    const byte = bytes[unit] as number;
    if (byte === 0 && unit !== 0) return -1;
    buffer[at + index] = byte;
  }
  return length;
}

/** The slow way, for texts with characters that CP866 lacks. */
export function replaceCp866(
  text: string,
  policy: UnmappablePolicy,
): { readonly bytes: Uint8Array; readonly replaced: readonly Replacement[] } {
  return encodeCp866(text, policy);
}
