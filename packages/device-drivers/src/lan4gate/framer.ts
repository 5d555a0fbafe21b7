import type { ElcertError } from '@elcert/core';
import { type Lan4GateErrorCode, lan4GateError } from './errors.js';

/** What {@link Lan4GateFramer.push} finds. */
export type Lan4GateFrameEvent =
  /** The JSON text of one message, without its size prefix; `position` is that of the prefix in the stream, from 0. */
  | { readonly type: 'frame'; readonly position: number; readonly body: Uint8Array }
  /** Bytes that belong to no frame; `bytes` holds at most the first 64 of them. */
  | {
      readonly type: 'junk';
      readonly position: number;
      readonly length: number;
      readonly bytes: Uint8Array;
    }
  /** The stream cannot be followed any more. */
  | { readonly type: 'fatal'; readonly position: number; readonly error: ElcertError<Lan4GateErrorCode> };

/** Limits and form of the frames. */
export interface Lan4GateFramerOptions {
  /** `sized` (the default): each message after its size. `bare`: JSON objects one after another, as without the vendor's size decorator. */
  readonly framing?: 'sized' | 'bare';
  /** Longest message, bytes; 1 MiB unless told. */
  readonly maxFrame?: number;
  /** Most junk in a row, bytes; 64 KiB unless told. */
  readonly maxJunk?: number;
}

/** Finds messages in a stream of chunks. */
export interface Lan4GateFramer {
  /** Bytes of a frame that has begun. */
  readonly buffered: number;
  /** @throws ElcertError `FRAMER_DEAD` after a `fatal` event */
  push(chunk: Uint8Array): readonly Lan4GateFrameEvent[];
}

const openBrace = 0x7b;

const hexValue = (byte: number): number =>
  byte >= 0x30 && byte <= 0x39
    ? byte - 0x30
    : byte >= 0x61 && byte <= 0x66
      ? byte - 0x57
      : byte >= 0x41 && byte <= 0x46
        ? byte - 0x37
        : -1;

/** A number of hex digits, or −1 when one of them is not. */
function hexNumber(bytes: Uint8Array, from: number, digits: number): number {
  let value = 0;
  for (let index = from; index < from + digits; index += 1) {
    const digit = hexValue(bytes[index] as number);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

type Header =
  | { readonly type: 'short' }
  | { readonly type: 'junk' }
  | { readonly type: 'size'; readonly headerLength: number; readonly size: number };

/**
 * Looks for a size prefix at the start of some bytes. A prefix counts only with the `{` of its message behind it, so that
 * a stream can be followed again after junk.
 */
function readHeader(bytes: Uint8Array): Header {
  const have = bytes.length;
  const sized = (headerLength: number, size: number): Header => {
    if (have <= headerLength) return { type: 'short' };
    return bytes[headerLength] === openBrace && size >= 2
      ? { type: 'size', headerLength, size }
      : { type: 'junk' };
  };
  if (have === 0) return { type: 'short' };
  if (bytes[0] === 0xff) {
    if (have < 2) return { type: 'short' };
    if (bytes[1] !== 0xff) return { type: 'junk' };
    for (let index = 2; index < Math.min(have, 10); index += 1)
      if (hexValue(bytes[index] as number) < 0) return { type: 'junk' };
    return have < 10 ? { type: 'short' } : sized(10, hexNumber(bytes, 2, 8));
  }
  for (let index = 0; index < Math.min(have, 4); index += 1)
    if (hexValue(bytes[index] as number) < 0) return { type: 'junk' };
  if (have < 4) return { type: 'short' };
  const size = hexNumber(bytes, 0, 4);
  if (size !== 0xffff) return sized(4, size);
  for (let index = 4; index < Math.min(have, 12); index += 1)
    if (hexValue(bytes[index] as number) < 0) return { type: 'junk' };
  return have < 12 ? { type: 'short' } : sized(12, hexNumber(bytes, 4, 8));
}

/**
 * Makes a {@link Lan4GateFramer}. Pure and incremental: any chunking of a stream gives the same frames and the same junk bytes.
 *
 * @example
 * ```ts
 * const framer = lan4GateFramer();
 * for (const event of framer.push(chunk)) if (event.type === 'frame') handle(decodeLan4Gate(event.body));
 * ```
 */
export function lan4GateFramer(options: Lan4GateFramerOptions = {}): Lan4GateFramer {
  const { framing = 'sized', maxFrame = 1 << 20, maxJunk = 1 << 16 } = options;
  let buffer = new Uint8Array(1024);
  let start = 0;
  let end = 0;
  let dead = false;
  // Bytes of the stream before `start`.
  let passed = 0;
  // Of the bare form: how far the object at `start` was scanned, and in which state.
  let scanned = 0;
  let depth = 0;
  let inText = false;
  let escaped = false;
  // Junk in a row, also over several chunks.
  let junkRun = 0;

  const append = (chunk: Uint8Array) => {
    const length = end - start;
    if (end + chunk.length > buffer.length) {
      const target =
        length + chunk.length > buffer.length
          ? new Uint8Array(Math.max(length + chunk.length, buffer.length * 2))
          : buffer;
      target.set(buffer.subarray(start, end));
      buffer = target;
      start = 0;
      end = length;
    }
    buffer.set(chunk, end);
    end += chunk.length;
  };

  /** Length of the whole bare object at `start`; 0 while it has not ended. */
  const scanObject = (): number => {
    for (; start + scanned < end; scanned += 1) {
      const byte = buffer[start + scanned] as number;
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === 0x5c) escaped = true;
        else if (byte === 0x22) inText = false;
      } else if (byte === 0x22) inText = true;
      else if (byte === openBrace || byte === 0x5b) depth += 1;
      else if (byte === 0x7d || byte === 0x5d) {
        depth -= 1;
        if (depth === 0) {
          const length = scanned + 1;
          scanned = 0;
          return length;
        }
      }
    }
    return 0;
  };

  return {
    get buffered() {
      return end - start;
    },
    push(chunk) {
      if (dead) throw lan4GateError({ code: 'FRAMER_DEAD', message: 'pushed after a fatal error' });
      append(chunk);
      const events: Lan4GateFrameEvent[] = [];
      let junkFrom = -1;
      const flushJunk = () => {
        if (junkFrom < 0) return;
        events.push({
          type: 'junk',
          position: passed - (start - junkFrom),
          length: start - junkFrom,
          bytes: buffer.slice(junkFrom, Math.min(start, junkFrom + 64)),
        });
        junkFrom = -1;
      };
      const fatal = (code: 'FRAME_TOO_LONG' | 'TOO_MUCH_JUNK', message: string) => {
        flushJunk();
        dead = true;
        start = end = 0;
        buffer = new Uint8Array(0);
        events.push({
          type: 'fatal',
          position: passed,
          error: lan4GateError({ code, message, outcome: 'unknown' }),
        });
        return events;
      };
      while (start < end) {
        const header: Header =
          framing === 'sized'
            ? readHeader(buffer.subarray(start, Math.min(end, start + 13)))
            : buffer[start] === openBrace
              ? { type: 'size', headerLength: 0, size: scanObject() }
              : { type: 'junk' };
        if (header.type === 'short') break;
        if (header.type === 'junk') {
          if (junkFrom < 0) junkFrom = start;
          start += 1;
          passed += 1;
          junkRun += 1;
          if (junkRun > maxJunk) return fatal('TOO_MUCH_JUNK', `more than ${maxJunk} bytes of junk`);
          continue;
        }
        flushJunk();
        junkRun = 0;
        const size = framing === 'bare' && header.size === 0 ? end - start + 1 : header.size;
        if (size > maxFrame) return fatal('FRAME_TOO_LONG', `a frame of ${size} bytes, ${maxFrame} allowed`);
        if (end - start < header.headerLength + size) break;
        start += header.headerLength;
        events.push({ type: 'frame', position: passed, body: buffer.slice(start, start + size) });
        start += size;
        passed += header.headerLength + size;
      }
      flushJunk();
      return events;
    },
  };
}
