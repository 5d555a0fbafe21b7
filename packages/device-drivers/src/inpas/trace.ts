import { crc16Buypass, equalBytes } from '@elcert/core';
import { type ReplayedWire, replayWire, type WireEntry } from '../wire-trace.js';
import { type InpasFrameEvent, inpasFramer } from './framer.js';
import { inpasControl, inpasFieldSpec, inpasRelayKinds } from './table.js';

// A trace keeps lengths and field numbers, so that frames stay frames: secret values become stars, digits in texts for people
// zeros, and check bytes are made anew. A long message comes in pieces that cut fields anywhere: the masking of one goes on in
// the next.

interface Scanner {
  /** A copy of the next bytes of a list of fields, masked. */
  mask(bytes: Uint8Array): Uint8Array;
}

const star = 0x2a;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

function fieldScanner(): Scanner {
  let number = -1;
  let head: number[] = [];
  let left = 0;
  let size = 0;
  let relayKind = '';
  const maskByte = (byte: number): number => {
    const spec = inpasFieldSpec(number);
    if (spec === undefined) return star;
    switch (spec.mask) {
      case 'all':
        return star;
      case 'pan':
        return size - left < size - 4 ? star : byte;
      case 'bytes':
        // Where the terminal wants to connect is no secret.
        return relayKind === inpasRelayKinds.connection ? byte : star;
      case 'text':
        return isDigit(byte) ? 0x30 : byte;
      default:
        return byte;
    }
  };
  return {
    mask(bytes) {
      const out = bytes.slice();
      for (let at = 0; at < out.length; at += 1) {
        const byte = out[at] as number;
        if (left > 0) {
          if (number === 65) relayKind += String.fromCharCode(byte);
          out[at] = maskByte(byte);
          left -= 1;
          continue;
        }
        head.push(byte);
        if (head.length < 3) continue;
        [number = -1] = head;
        size = (head[1] as number) + (head[2] as number) * 256;
        left = size;
        if (number === 65) relayKind = '';
        head = [];
      }
      return out;
    },
  };
}

/** A frame with another inside of the same length and a CRC that is right for it, or wrong. */
function rebuilt(frame: Uint8Array, from: number, inside: Uint8Array, crcIsRight = true): Uint8Array {
  const out = frame.slice();
  out.set(inside, from);
  const crc = crc16Buypass(out.subarray(0, -2)) ^ (crcIsRight ? 0 : 0xffff);
  out[out.length - 2] = crc >> 8;
  out[out.length - 1] = crc & 0xff;
  return out;
}

/** Masks both directions of one conversation. */
export interface InpasTraceMasker {
  out(bytes: Uint8Array): Uint8Array;
  in(event: InpasFrameEvent): Uint8Array;
}

const maskFrame = (bytes: Uint8Array): Uint8Array =>
  rebuilt(bytes, 3, fieldScanner().mask(bytes.subarray(3, -2)));

/** Makes an {@link InpasTraceMasker}. */
export function inpasTraceMasker(): InpasTraceMasker {
  let scanner = fieldScanner();
  // Pieces that fit together so far, and the last one: it may be repeated.
  let pieces = 0;
  let last: { readonly bytes: Uint8Array; readonly masked: Uint8Array } | undefined;
  return {
    out: maskWritten,
    in(event) {
      switch (event.type) {
        case 'control':
          return Uint8Array.of(inpasControl[event.name]);
        case 'frame':
          pieces = 0;
          last = undefined;
          return maskFrame(event.bytes);
        case 'fragment': {
          const { bytes, number, data } = event;
          if (last !== undefined && equalBytes(last.bytes, bytes)) return last.masked;
          if (number === '1' && pieces % 9 !== 0) pieces = 0;
          if (pieces === 0) scanner = fieldScanner();
          const fits = number === '0' || number === String((pieces % 9) + 1);
          const inside = fits ? scanner.mask(data) : new Uint8Array(data.length).fill(star);
          pieces = fits && number !== '0' ? pieces + 1 : 0;
          const masked = rebuilt(bytes, 13, inside);
          last = { bytes, masked };
          return masked;
        }
        case 'damaged': {
          // What it was may hold anything: a frame as long with a wrong CRC stands for it.
          const inside = Math.min(Math.max(event.length - 5, 0), 4000);
          const frame = new Uint8Array(inside + 5);
          frame.set([inpasControl.stx, inside & 0xff, inside >> 8]);
          return rebuilt(frame, 3, new Uint8Array(inside), false);
        }
        case 'junk':
          return new Uint8Array(Math.min(event.length, 4096)).fill(0x3f);
        case 'fatal':
          return new Uint8Array(0);
      }
    },
  };
}

/** What a host writes, masked: one frame, or a control byte. */
function maskWritten(bytes: Uint8Array): Uint8Array {
  const [event, ...more] = inpasFramer({ maxFrame: 1 << 17 }).push(bytes);
  return event?.type === 'frame' && more.length === 0 ? maskFrame(bytes) : bytes;
}

/**
 * Plays the terminal's side of a trace: see `replayWire`. A trace is masked: texts have zeros for digits, card data stars;
 * `restore` puts back what a test needs, e.g. made-up card data.
 *
 * @throws ElcertError `REPLAY_MISMATCH` (`not-sent`) from the channel's `write` and from `connect`
 * @example
 * ```ts
 * const replay = replayInpas(trace);
 * const terminal = openInpas({ connect: replay.connect, clock });
 * ```
 */
export function replayInpas(
  trace: readonly WireEntry[],
  options: { readonly restore?: (bytes: Uint8Array) => Uint8Array } = {},
): ReplayedWire {
  return replayWire(trace, { mask: maskWritten, ...options });
}
