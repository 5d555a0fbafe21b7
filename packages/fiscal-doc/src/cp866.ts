import { decodeCp866, encodeCp866, type Replacement, type UnmappablePolicy } from '@elcert/core';

// The same mapping as core's, laid out for speed: a document has hundreds of short texts. All characters of CP866 lie
// below U+2600.

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
  const bytes = new Uint8Array(0x2600);
  for (let byte = 0; byte < 256; byte += 1) bytes[units[byte] as number] = byte;
  made = { units, bytes };
  return made;
}

function unitAt(units: Uint16Array, bytes: Uint8Array, at: number): number {
  return units[bytes[at] as number] as number;
}

/** Text of CP866 bytes from `start` to `end`. Eight characters at a time: five times as fast as one by one. */
export function readCp866(bytes: Uint8Array, start: number, end: number): string {
  const { units } = tables();
  let text = '';
  let at = start;
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      unitAt(units, bytes, at),
      unitAt(units, bytes, at + 1),
      unitAt(units, bytes, at + 2),
      unitAt(units, bytes, at + 3),
      unitAt(units, bytes, at + 4),
      unitAt(units, bytes, at + 5),
      unitAt(units, bytes, at + 6),
      unitAt(units, bytes, at + 7),
    );
  }
  for (; at < end; at += 1) text += String.fromCharCode(unitAt(units, bytes, at));
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
    const byte = unit < 0x2600 ? (bytes[unit] as number) : 0;
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
