import { byteWriter, concatBytes, crc16Buypass, type ElcertError } from '@elcert/core';
import { type InpasErrorCode, inpasError } from './errors.js';
import { inpasControl, inpasFragmentFrame } from './table.js';

// STX: 02 | length LE2 | fields | CRC BE2
// SOH: 01 | length LE2 | length of the header LE2 = 8 | 01 0100 '1' | 02 0100 number | data | CRC BE2
// The CRC (8005h, not reflected, from 0) is over everything before it; a length counts what stands between it and the CRC.

/** What {@link InpasFramer.push} finds; `position` is that of its first byte in the stream, from 0. */
export type InpasFrameEvent =
  /** `bytes` is the whole frame, `body` its fields. */
  | {
      readonly type: 'frame';
      readonly position: number;
      readonly bytes: Uint8Array;
      readonly body: Uint8Array;
    }
  /** A piece of a long message: `1`, `2`, … and `0` for the last. */
  | {
      readonly type: 'fragment';
      readonly position: number;
      readonly bytes: Uint8Array;
      readonly number: string;
      readonly data: Uint8Array;
    }
  | { readonly type: 'control'; readonly position: number; readonly name: 'ack' | 'nak' | 'eot' }
  /** A frame with a wrong CRC, a header that is none, a length that cannot be, or no end in time. Nothing of it may be used. */
  | {
      readonly type: 'damaged';
      readonly position: number;
      readonly length: number;
      readonly why: 'crc' | 'header' | 'length' | 'incomplete';
    }
  | { readonly type: 'junk'; readonly position: number; readonly length: number }
  /** The stream cannot be followed any more. */
  | { readonly type: 'fatal'; readonly position: number; readonly error: ElcertError<InpasErrorCode> };

/** Limits of the frames. */
export interface InpasFramerOptions {
  /** Longest frame, bytes; 4096 unless told. */
  readonly maxFrame?: number;
  /** Most junk in a row, bytes; 16384 unless told. */
  readonly maxJunk?: number;
  /**
   * Where reading goes on after a damaged frame. `silence` (the default): nothing is believed until {@link InpasFramer.expire}
   * tells that the line was quiet – the rest of a frame whose length was wrong holds bytes that look like ACK and NAK.
   * `at-once`: right behind it, for explaining what was logged.
   */
  readonly resync?: 'silence' | 'at-once';
}

/** Finds frames in a stream of chunks. */
export interface InpasFramer {
  /** Bytes of a frame that has begun. */
  readonly buffered: number;
  /**
   * What silence would end, by {@link InpasFramer.expire}: a frame that has begun, or the noise after a damaged one. For noise a short
   * silence is enough, and must be: the other side repeats its frame after a second.
   */
  readonly unfinished: 'frame' | 'noise' | undefined;
  /** @throws ElcertError `FRAMER_DEAD` after a `fatal` event */
  push(chunk: Uint8Array): readonly InpasFrameEvent[];
  /** The line was quiet: gives up what was begun, and believes the next byte again. */
  expire(): readonly InpasFrameEvent[];
}

function withCrc(bytes: Uint8Array): Uint8Array {
  const crc = crc16Buypass(bytes);
  return concatBytes(bytes, Uint8Array.of(crc >> 8, crc & 0xff));
}

/**
 * An STX frame around fields.
 *
 * @throws ElcertError `NUMBER_OUT_OF_RANGE` of the core for more than 65535 bytes
 */
export function inpasFrame(body: Uint8Array): Uint8Array {
  return withCrc(
    byteWriter(body.length + 3)
      .u8(inpasControl.stx)
      .u16le(body.length)
      .bytes(body)
      .finish(),
  );
}

/** One SOH frame. */
export function inpasFragment(number: string, data: Uint8Array): Uint8Array {
  const digit = number.charCodeAt(0);
  return withCrc(
    byteWriter(data.length + 13)
      .u8(inpasControl.soh)
      .u16le(data.length + 10)
      .u16le(8)
      .bytes(Uint8Array.of(1, 1, 0, 0x31, 2, 1, 0, digit))
      .bytes(data)
      .finish(),
  );
}

/**
 * A message as frames: one STX frame when it is short, SOH frames otherwise. The numbers of more than nine pieces go on from
 * `1` again: nobody has seen so many, this is ours.
 */
export function inpasFrames(body: Uint8Array, maxFrame = inpasFragmentFrame): readonly Uint8Array[] {
  if (body.length + 5 <= maxFrame) return [inpasFrame(body)];
  const room = maxFrame - 15;
  const frames: Uint8Array[] = [];
  for (let at = 0, index = 0; at < body.length; at += room, index += 1) {
    const isLast = at + room >= body.length;
    frames.push(inpasFragment(isLast ? '0' : String((index % 9) + 1), body.subarray(at, at + room)));
  }
  return frames;
}

const numberOf = (frame: Uint8Array): string | undefined => {
  // Two fields of one byte each: a version and the number. The version is not looked at.
  const [, , , low, high, id1, l1, h1, , id2, l2, h2, number] = frame;
  const formed =
    low === 8 && high === 0 && id1 === 1 && l1 === 1 && h1 === 0 && id2 === 2 && l2 === 1 && h2 === 0;
  return formed && number !== undefined && number >= 0x30 && number <= 0x39
    ? String.fromCharCode(number)
    : undefined;
};

type Damage = Extract<InpasFrameEvent, { readonly type: 'damaged' }>['why'];

/**
 * Makes an {@link InpasFramer}. Pure and incremental: any chunking of a stream gives the same events, junk joined.
 *
 * @example
 * ```ts
 * const framer = inpasFramer();
 * for (const event of framer.push(chunk)) if (event.type === 'frame') handle(decodeInpasTlv(event.body));
 * ```
 */
export function inpasFramer(options: InpasFramerOptions = {}): InpasFramer {
  const { maxFrame = 4096, maxJunk = 1 << 14, resync = 'silence' } = options;
  let buffer = new Uint8Array(512);
  let start = 0;
  let end = 0;
  let dead = false;
  // Bytes of the stream before `start`.
  let passed = 0;
  let junkRun = 0;
  // What was damaged, while nothing is believed.
  let mute: { readonly position: number; readonly why: Damage } | undefined;

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
  const skip = (length: number) => {
    start += length;
    passed += length;
  };

  return {
    get buffered() {
      return end - start;
    },
    get unfinished() {
      return dead ? undefined : mute !== undefined ? 'noise' : end > start ? 'frame' : undefined;
    },
    push(chunk) {
      if (dead) throw inpasError({ code: 'FRAMER_DEAD', message: 'pushed after a fatal error' });
      append(chunk);
      const events: InpasFrameEvent[] = [];
      let junkFrom = -1;
      const flushJunk = () => {
        if (junkFrom >= 0) events.push({ type: 'junk', position: junkFrom, length: passed - junkFrom });
        junkFrom = -1;
      };
      const tooMuchJunk = () => {
        flushJunk();
        dead = true;
        start = end = 0;
        buffer = new Uint8Array(0);
        const message = `more than ${maxJunk} bytes of junk`;
        const error = inpasError({ code: 'TOO_MUCH_JUNK', message, outcome: 'unknown' });
        events.push({ type: 'fatal', position: passed, error });
        return events;
      };
      const damaged = (position: number, length: number, why: Damage) => {
        if (resync === 'at-once') events.push({ type: 'damaged', position, length, why });
        else mute = { position, why };
      };
      while (start < end) {
        if (mute !== undefined) {
          skip(end - start);
          if (passed - mute.position > maxJunk + maxFrame) return tooMuchJunk();
          break;
        }
        const first = buffer[start] as number;
        const position = passed;
        if (first === inpasControl.ack || first === inpasControl.nak || first === inpasControl.eot) {
          flushJunk();
          junkRun = 0;
          const name = first === inpasControl.ack ? 'ack' : first === inpasControl.nak ? 'nak' : 'eot';
          events.push({ type: 'control', position, name });
          skip(1);
          continue;
        }
        if (first !== inpasControl.stx && first !== inpasControl.soh) {
          if (junkFrom < 0) junkFrom = position;
          skip(1);
          junkRun += 1;
          if (junkRun > maxJunk) return tooMuchJunk();
          continue;
        }
        flushJunk();
        if (end - start < 3) break;
        const size = (buffer[start + 1] as number) + (buffer[start + 2] as number) * 256 + 5;
        if (size > maxFrame) {
          damaged(position, 3, 'length');
          skip(3);
          continue;
        }
        if (end - start < size) break;
        junkRun = 0;
        const bytes = buffer.slice(start, start + size);
        skip(size);
        const told = (bytes[size - 2] as number) * 256 + (bytes[size - 1] as number);
        if (crc16Buypass(bytes.subarray(0, size - 2)) !== told) {
          damaged(position, size, 'crc');
        } else if (first === inpasControl.stx) {
          events.push({ type: 'frame', position, bytes, body: bytes.subarray(3, size - 2) });
        } else {
          const number = size < 15 ? undefined : numberOf(bytes);
          if (number === undefined) damaged(position, size, 'header');
          else events.push({ type: 'fragment', position, bytes, number, data: bytes.subarray(13, size - 2) });
        }
      }
      flushJunk();
      return events;
    },
    expire() {
      if (dead) return [];
      const { position, why } = mute ?? { position: passed, why: 'incomplete' as const };
      skip(end - start);
      mute = undefined;
      const length = passed - position;
      return length === 0 ? [] : [{ type: 'damaged', position, length, why }];
    },
  };
}
