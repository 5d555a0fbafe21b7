import { byteWriter, crc16CcittFalse, ElcertError, lrc } from '@elcert/core';

/** Control bytes of the standard layer. */
export const STX = 0x02;
export const ENQ = 0x05;
export const ACK = 0x06;
export const NAK = 0x15;

const start2 = 0x8f;
const escape2 = 0x9f;
const escapedStart = 0x81;
const escapedEscape = 0x83;

/** What the framer of the standard layer finds in the stream. */
export type StandardEvent =
  | { readonly type: 'enq' | 'ack' | 'nak' }
  | { readonly type: 'frame'; readonly body: Uint8Array }
  /** A whole frame whose check byte is wrong, or of length 0. */
  | { readonly type: 'bad-frame' }
  /** A byte that means nothing outside a frame; FFh is normal after an ACK on TCP. */
  | { readonly type: 'junk'; readonly byte: number };

/** What the framer of protocol 2 finds in the stream. */
export type PacketEvent =
  /** Type I: length 0, no number. */
  | { readonly type: 'sync' }
  /** Type II or an ordinary packet; `body` is empty for type II. */
  | { readonly type: 'packet'; readonly number: number; readonly body: Uint8Array }
  /** Wrong CRC, an illegal length, a wrong byte after 9Fh or a start byte in the middle. */
  | { readonly type: 'bad-packet'; readonly reason: 'crc' | 'length' | 'stuffing' }
  | { readonly type: 'junk'; readonly byte: number };

/** Cuts a stream into events. Keeps at most one frame; a frame of any length that the layer allows fits. */
export interface ShtrihFramer<Event> {
  push(chunk: Uint8Array): Event[];
  /** Whether a frame has begun and not ended: a silence longer than the byte timeout spoils it. */
  readonly inFrame: boolean;
  /** Forgets a half frame. */
  reset(): void;
}

/**
 * A frame of the standard layer: `02 | length | body | XOR of length and body`.
 *
 * @param body - 1 to 255 bytes
 * @throws ElcertError `BODY_TOO_LONG`
 * @example
 * ```ts
 * standardFrame(Uint8Array.of(0xfc)); // 02 01 FC FD
 * ```
 */
export function standardFrame(body: Uint8Array): Uint8Array {
  if (body.length === 0 || body.length > 0xff) {
    throw new ElcertError({
      code: 'BODY_TOO_LONG',
      message: `a frame of the standard layer carries 1 to 255 bytes, not ${body.length}`,
      outcome: 'not-sent',
    });
  }
  const frame = new Uint8Array(body.length + 3);
  frame[0] = STX;
  frame[1] = body.length;
  frame.set(body, 2);
  frame[frame.length - 1] = lrc(frame.subarray(1, frame.length - 1));
  return frame;
}

/** The framer of the standard layer, for either side. */
export function standardFramer(): ShtrihFramer<StandardEvent> {
  const body = new Uint8Array(255);
  let state: 'idle' | 'length' | 'body' | 'check' = 'idle';
  let length = 0;
  let got = 0;
  return {
    get inFrame() {
      return state !== 'idle';
    },
    reset() {
      state = 'idle';
    },
    push(chunk) {
      const events: StandardEvent[] = [];
      for (const byte of chunk) {
        switch (state) {
          case 'idle':
            if (byte === STX) state = 'length';
            else if (byte === ENQ) events.push({ type: 'enq' });
            else if (byte === ACK) events.push({ type: 'ack' });
            else if (byte === NAK) events.push({ type: 'nak' });
            else events.push({ type: 'junk', byte });
            break;
          case 'length':
            length = byte;
            got = 0;
            state = length === 0 ? 'check' : 'body';
            break;
          case 'body':
            body[got] = byte;
            got += 1;
            if (got === length) state = 'check';
            break;
          case 'check': {
            state = 'idle';
            const whole = body.slice(0, length);
            events.push(
              length > 0 && (lrc(whole) ^ length) === byte
                ? { type: 'frame', body: whole }
                : { type: 'bad-frame' },
            );
            break;
          }
        }
      }
      return events;
    },
  };
}

function stuffed(start: number, content: Uint8Array): Uint8Array {
  const writer = byteWriter(2 * content.length + 1).u8(start);
  for (const byte of content) {
    if (byte === start2) writer.u8(escape2).u8(escapedStart);
    else if (byte === escape2) writer.u8(escape2).u8(escapedEscape);
    else writer.u8(byte);
  }
  return writer.finish();
}

/** A type I packet of protocol 2: `8F 00 00 0F 1D`, "tell your number". */
export function syncPacket(): Uint8Array {
  return stuffed(start2, Uint8Array.of(0x00, 0x00, 0x0f, 0x1d));
}

/**
 * A numbered packet of protocol 2: `8F | length | number | body | CRC`, little-endian, stuffed after its first byte.
 * The CRC (CCITT-FALSE over length, number and body) is taken before stuffing. An empty body makes type II.
 */
export function numberedPacket(number: number, body: Uint8Array): Uint8Array {
  const writer = byteWriter(body.length + 6)
    .u16le(body.length + 2)
    .u16le(number)
    .bytes(body);
  return stuffed(start2, writer.u16le(crc16CcittFalse(writer.finish())).finish());
}

/**
 * The framer of protocol 2, for either side.
 *
 * @param limit - the longest body that is believed; a longer announced length is a bad packet at once
 */
export function packetFramer(limit = 4096): ShtrihFramer<PacketEvent> {
  const content = new Uint8Array(limit + 6);
  let inFrame = false;
  let escaped = false;
  let got = 0;
  const lengthOf = () => (content[0] ?? 0) | ((content[1] ?? 0) << 8);
  return {
    get inFrame() {
      return inFrame;
    },
    reset() {
      inFrame = false;
    },
    push(chunk) {
      const events: PacketEvent[] = [];
      const spoil = (reason: 'crc' | 'length' | 'stuffing') => {
        inFrame = false;
        events.push({ type: 'bad-packet', reason });
      };
      for (const byte of chunk) {
        if (byte === start2) {
          // A start byte never stands inside a packet: the packet before it was cut.
          if (inFrame) spoil('stuffing');
          inFrame = true;
          escaped = false;
          got = 0;
          continue;
        }
        if (!inFrame) {
          events.push({ type: 'junk', byte });
          continue;
        }
        let value = byte;
        if (escaped) {
          escaped = false;
          if (byte !== escapedStart && byte !== escapedEscape) {
            spoil('stuffing');
            continue;
          }
          value = byte === escapedStart ? start2 : escape2;
        } else if (byte === escape2) {
          escaped = true;
          continue;
        }
        content[got] = value;
        got += 1;
        const length = lengthOf();
        if (got === 2 && (length === 1 || length > limit + 2)) {
          spoil('length');
          continue;
        }
        if (got < 4 || got !== length + 4) continue;
        const crc = (content[length + 2] ?? 0) | ((content[length + 3] ?? 0) << 8);
        if (crc16CcittFalse(content.subarray(0, length + 2)) !== crc) {
          spoil('crc');
          continue;
        }
        inFrame = false;
        events.push(
          length === 0
            ? { type: 'sync' }
            : {
                type: 'packet',
                number: (content[2] ?? 0) | ((content[3] ?? 0) << 8),
                body: content.slice(4, length + 2),
              },
        );
      }
      return events;
    },
  };
}
