import { type CoreErrorCode, ElcertError } from './errors.js';

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex of some bytes, optionally with a separator between them. */
export function toHex(bytes: Uint8Array, separator = ''): string {
  const parts: string[] = [];
  for (const byte of bytes) parts.push(hexPairs[byte] as string);
  return parts.join(separator);
}

/**
 * Bytes of hex text; white space between bytes is allowed.
 *
 * @throws ElcertError `BAD_HEX` with the position of the first character that is not hex.
 */
export function fromHex(text: string): Uint8Array {
  const out = new Uint8Array(text.length >> 1);
  let length = 0;
  let high = -1;
  for (let position = 0; position < text.length; position += 1) {
    const character = text[position] as string;
    if (high < 0 && /\s/.test(character)) continue;
    const nibble = /[0-9a-fA-F]/.test(character) ? Number.parseInt(character, 16) : -1;
    if (nibble < 0) {
      throw new ElcertError<CoreErrorCode>({
        code: 'BAD_HEX',
        message: `not a hex digit at ${position}`,
        position,
      });
    }
    if (high < 0) high = nibble;
    else {
      out[length] = high * 16 + nibble;
      length += 1;
      high = -1;
    }
  }
  if (high >= 0) {
    throw new ElcertError<CoreErrorCode>({
      code: 'BAD_HEX',
      message: 'odd number of hex digits',
      position: text.length,
    });
  }
  return out.slice(0, length);
}

/** One array out of several. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Whether two arrays hold the same bytes. Leaves early: for secrets use {@link constantTimeEqual}. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Whether two arrays hold the same bytes, in time that depends only on their lengths. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index += 1) {
    difference |= (a[index] as number) ^ (b[index % Math.max(b.length, 1)] ?? 0);
  }
  return difference === 0;
}

function checkUintLength(length: number, position: number): void {
  if (!Number.isInteger(length) || length < 1 || length > 8) {
    throw new ElcertError<CoreErrorCode>({
      code: 'NUMBER_OUT_OF_RANGE',
      message: `a number of ${length} bytes, 1 to 8 are possible`,
      position,
    });
  }
}

/**
 * Reads fixed layouts out of bytes. Never reads past the end: a short input is an error with its position, not `undefined`.
 *
 * @example
 * ```ts
 * const reader = byteReader(frame);
 * const length = reader.u16le();
 * const body = reader.take(length);
 * reader.end();
 * ```
 */
export interface ByteReader {
  readonly position: number;
  readonly remaining: number;
  u8(): number;
  u16le(): number;
  u16be(): number;
  u24be(): number;
  u32le(): number;
  u32be(): number;
  /** An unsigned little-endian number of 1 to 8 bytes. */
  uintLe(length: number): bigint;
  /** The next bytes, as a view, not a copy. */
  take(length: number): Uint8Array;
  /** @throws ElcertError `TRAILING_BYTES` unless everything was read. */
  end(): void;
}

/**
 * Makes a {@link ByteReader}. Its errors are `SHORT_INPUT`, `TRAILING_BYTES` and `NUMBER_OUT_OF_RANGE` (a length that
 * {@link ByteReader.uintLe} does not know), each with a position.
 */
export function byteReader(bytes: Uint8Array): ByteReader {
  let position = 0;
  const need = (length: number): number => {
    if (!Number.isSafeInteger(length) || length < 0 || length > bytes.length - position) {
      throw new ElcertError<CoreErrorCode>({
        code: 'SHORT_INPUT',
        message: `${length} bytes wanted at ${position}, ${bytes.length - position} left`,
        position,
      });
    }
    const at = position;
    position += length;
    return at;
  };
  const le = (length: number): number => {
    const at = need(length);
    let value = 0;
    for (let index = length - 1; index >= 0; index -= 1) value = value * 256 + (bytes[at + index] as number);
    return value;
  };
  const be = (length: number): number => {
    const at = need(length);
    let value = 0;
    for (let index = 0; index < length; index += 1) value = value * 256 + (bytes[at + index] as number);
    return value;
  };
  return {
    get position() {
      return position;
    },
    get remaining() {
      return bytes.length - position;
    },
    u8: () => le(1),
    u16le: () => le(2),
    u16be: () => be(2),
    u24be: () => be(3),
    u32le: () => le(4),
    u32be: () => be(4),
    uintLe(length) {
      checkUintLength(length, position);
      const at = need(length);
      let value = 0n;
      for (let index = length - 1; index >= 0; index -= 1)
        value = (value << 8n) | BigInt(bytes[at + index] as number);
      return value;
    },
    take(length) {
      const at = need(length);
      return bytes.subarray(at, at + length);
    },
    end() {
      if (position !== bytes.length) {
        throw new ElcertError<CoreErrorCode>({
          code: 'TRAILING_BYTES',
          message: `${bytes.length - position} bytes too many at ${position}`,
          position,
        });
      }
    },
  };
}

/**
 * Writes fixed layouts into a growing buffer with an upper bound. Every method returns the writer.
 */
export interface ByteWriter {
  readonly length: number;
  u8(value: number): ByteWriter;
  u16le(value: number): ByteWriter;
  u16be(value: number): ByteWriter;
  u24be(value: number): ByteWriter;
  u32le(value: number): ByteWriter;
  u32be(value: number): ByteWriter;
  /** An unsigned little-endian number in exactly `length` bytes (1 to 8). */
  uintLe(value: bigint | number, length: number): ByteWriter;
  bytes(value: Uint8Array): ByteWriter;
  /** Overwrites two bytes that were written before, e.g. a length that is known only at the end. */
  setU16le(position: number, value: number): ByteWriter;
  /** A copy of what was written. */
  finish(): Uint8Array;
}

/**
 * Makes a {@link ByteWriter}.
 *
 * @param limit - most bytes it may hold; one more is `OUTPUT_TOO_LONG`. A number that does not fit its field is
 * `NUMBER_OUT_OF_RANGE`: nothing is silently cut.
 */
export function byteWriter(limit = 0x10000): ByteWriter {
  let buffer = new Uint8Array(Math.min(limit, 64));
  let length = 0;
  const grow = (extra: number): number => {
    const wanted = length + extra;
    if (wanted > limit) {
      throw new ElcertError<CoreErrorCode>({
        code: 'OUTPUT_TOO_LONG',
        message: `more than ${limit} bytes`,
        position: length,
      });
    }
    if (wanted > buffer.length) {
      const bigger = new Uint8Array(Math.min(limit, Math.max(wanted, buffer.length * 2)));
      bigger.set(buffer);
      buffer = bigger;
    }
    const at = length;
    length = wanted;
    return at;
  };
  const put = (value: number, size: number, little: boolean, position?: number): ByteWriter => {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** size) {
      throw new ElcertError<CoreErrorCode>({
        code: 'NUMBER_OUT_OF_RANGE',
        message: `${value} does not fit ${size} bytes`,
        position: position ?? length,
      });
    }
    const at = position ?? grow(size);
    let rest = value;
    for (let index = 0; index < size; index += 1) {
      buffer[at + (little ? index : size - 1 - index)] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return writer;
  };
  const writer: ByteWriter = {
    get length() {
      return length;
    },
    u8: (value) => put(value, 1, true),
    u16le: (value) => put(value, 2, true),
    u16be: (value) => put(value, 2, false),
    u24be: (value) => put(value, 3, false),
    u32le: (value) => put(value, 4, true),
    u32be: (value) => put(value, 4, false),
    uintLe(value, size) {
      checkUintLength(size, length);
      // A fraction is refused like a number that is too big; a float beyond 2^53 would carry invented digits.
      let rest = typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value) : -1n;
      if (rest < 0n || rest >> BigInt(size * 8) !== 0n) {
        throw new ElcertError<CoreErrorCode>({
          code: 'NUMBER_OUT_OF_RANGE',
          message: `${value} does not fit ${size} bytes`,
          position: length,
        });
      }
      const at = grow(size);
      for (let index = 0; index < size; index += 1) {
        buffer[at + index] = Number(rest & 0xffn);
        rest >>= 8n;
      }
      return writer;
    },
    bytes(value) {
      const at = grow(value.length);
      buffer.set(value, at);
      return writer;
    },
    setU16le(position, value) {
      if (!Number.isInteger(position) || position < 0 || position + 2 > length) {
        throw new ElcertError<CoreErrorCode>({
          code: 'NUMBER_OUT_OF_RANGE',
          message: `nothing was written at ${position}`,
          position,
        });
      }
      return put(value, 2, true, position);
    },
    finish: () => buffer.slice(0, length),
  };
  return writer;
}
