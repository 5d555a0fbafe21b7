import { concatBytes, fromHex } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InpasFrameEvent, inpasFragment, inpasFrame, inpasFramer, inpasFrames } from './framer.js';
import { nothingReceived, receiveInpas } from './link.js';

const body = fromHex('19010031');
const frame = inpasFrame(body);
const spoilt = (bytes: Uint8Array, at = 4) => bytes.map((byte, index) => (index === at ? byte ^ 0xff : byte));
const shape = (events: readonly InpasFrameEvent[]) =>
  events.map((event) =>
    event.type === 'control'
      ? event.name
      : event.type === 'damaged'
        ? `damaged ${event.why} ${event.position}+${event.length}`
        : event.type === 'junk'
          ? `junk ${event.position}+${event.length}`
          : event.type === 'fragment'
            ? `fragment ${event.number}`
            : event.type,
  );

describe('the framer', () => {
  it('finds frames, pieces, controls and junk', () => {
    const stream = concatBytes(
      Uint8Array.of(0x06, 0xaa, 0xbb),
      frame,
      Uint8Array.of(0x15),
      inpasFragment('1', body),
      Uint8Array.of(0x04),
    );
    expect(shape(inpasFramer().push(stream))).toEqual([
      'ack',
      'junk 1+2',
      'frame',
      'nak',
      'fragment 1',
      'eot',
    ]);
  });

  it('a damaged frame mutes the line until it is quiet: its rest may look like ACK and NAK', () => {
    const framer = inpasFramer();
    expect(shape(framer.push(concatBytes(spoilt(frame), Uint8Array.of(0x06, 0x15), frame)))).toEqual([]);
    expect(framer.unfinished).toBe('noise');
    expect(shape(framer.expire())).toEqual(['damaged crc 0+20']);
    expect(shape(framer.push(frame))).toEqual(['frame']);
    expect(framer.unfinished).toBeUndefined();
  });

  it('half a frame is given up after silence', () => {
    const framer = inpasFramer();
    framer.push(frame.subarray(0, 5));
    expect(framer.unfinished).toBe('frame');
    expect(shape(framer.expire())).toEqual(['damaged incomplete 0+5']);
    expect(shape(framer.push(frame))).toEqual(['frame']);
  });

  it.each([
    ['a length that cannot be', Uint8Array.of(0x02, 0xff, 0xff, 0x06), 'damaged length 0+4'],
    ['a wrong header', spoilt(inpasFragment('1', body), 5), 'damaged crc 0+19'],
    ['a piece without a number', inpasFragment('x', body), 'damaged header 0+19'],
    ['a piece too short for its header', fromHex('0100008317').subarray(0, 5), 'damaged crc 0+5'],
  ])('does not believe %s', (_name, bytes, found) => {
    const framer = inpasFramer();
    expect(shape(framer.push(bytes))).toEqual([]);
    expect(shape(framer.expire())).toEqual([found]);
  });

  it('is dead after too much junk, muted or not', () => {
    for (const bytes of [new Uint8Array(100).fill(0xaa), concatBytes(spoilt(frame), new Uint8Array(200))]) {
      const framer = inpasFramer({ maxJunk: 50, maxFrame: 60 });
      expect(shape(framer.push(bytes)).at(-1)).toBe('fatal');
      expect(() => framer.push(frame)).toThrow(expect.objectContaining({ code: 'FRAMER_DEAD' }));
      expect(framer.expire()).toEqual([]);
    }
  });

  it('goes on at once where it is told to', () => {
    const framer = inpasFramer({ resync: 'at-once' });
    expect(shape(framer.push(concatBytes(spoilt(frame), frame)))).toEqual(['damaged crc 0+9', 'frame']);
  });

  it('chunking changes nothing', () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 9 }),
      fc.uint8Array({ maxLength: 20 }).map(inpasFrame),
      fc.uint8Array({ maxLength: 20 }).map((data) => inpasFragment('2', data)),
      fc.constantFrom(spoilt(frame), Uint8Array.of(0x06), Uint8Array.of(0x15)),
    );
    const joined = (events: readonly InpasFrameEvent[]) => {
      const out: InpasFrameEvent[] = [];
      for (const event of events) {
        const last = out.at(-1);
        if (event.type === 'junk' && last?.type === 'junk')
          out[out.length - 1] = { ...last, length: last.length + event.length };
        else out.push(event);
      }
      return out;
    };
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.integer({ min: 1, max: 6 }), (parts, size) => {
        const stream = concatBytes(...parts);
        const at = (chunk: number) => {
          const framer = inpasFramer();
          const events: InpasFrameEvent[] = [];
          for (let from = 0; from < stream.length; from += chunk)
            events.push(...framer.push(stream.subarray(from, from + chunk)));
          return joined([...events, ...framer.expire()]);
        };
        expect(at(size)).toEqual(at(stream.length + 1));
      }),
    );
  });
});

describe('putting a long message together', () => {
  const long = Uint8Array.from({ length: 6000 }, (_, index) => index % 251);
  const pieces = inpasFrames(long);

  const receive = (frames: readonly Uint8Array[]) => {
    let state = nothingReceived;
    const replies: string[] = [];
    const messages: Uint8Array[] = [];
    for (const bytes of frames) {
      const framer = inpasFramer();
      for (const event of [...framer.push(bytes), ...framer.expire()]) {
        const received = receiveInpas(state, event);
        ({ state } = received);
        replies.push(received.failed ?? received.reply ?? '');
        if (received.message !== undefined) messages.push(received.message.body);
      }
    }
    return { replies, messages };
  };

  it('in order, also above nine pieces', () => {
    expect(pieces.length).toBe(13);
    const { replies, messages } = receive(pieces);
    expect(messages).toEqual([long]);
    expect(new Set(replies)).toEqual(new Set(['ack']));
  });

  it('a piece twice is confirmed twice and taken once', () => {
    const doubled = pieces.flatMap((one, index) => (index % 3 === 0 ? [one, one] : [one]));
    expect(receive([...doubled, pieces.at(-1) as Uint8Array]).messages).toEqual([long]);
  });

  it('a damaged piece is asked for again', () => {
    const [first = frame, second = frame, ...rest] = pieces;
    const { replies, messages } = receive([first, spoilt(second, 100), second, ...rest]);
    expect(messages).toEqual([long]);
    expect(replies.filter((one) => one === 'nak')).toHaveLength(1);
  });

  it.each([
    ['lost', [0, 2, 3]],
    ['in another order', [1, 0, 2]],
    ['lost at the end', [0, 1, 5]],
  ])('a piece %s spoils the message', (_name, order) => {
    const { replies, messages } = receive(order.map((index) => pieces[index] as Uint8Array));
    expect(replies).toContain('piece-missing');
    expect(messages).toEqual([]);
  });

  it('is limited in length and in patience', () => {
    const endless = Array.from({ length: 200 }, (_, index) =>
      inpasFragment(String((index % 9) + 1), new Uint8Array(497).fill(index)),
    );
    expect(receive(endless).replies).toContain('too-long');
    expect(receive(Array.from({ length: 6 }, () => spoilt(frame))).replies).toEqual([
      'nak',
      'nak',
      'nak',
      'nak',
      'nak',
      'too-many-naks',
    ]);
  });
});
