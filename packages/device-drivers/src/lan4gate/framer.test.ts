import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeLan4Gate, encodeLan4GateBody, lan4GatePrefix } from './codec.js';
import { type Lan4GateFrameEvent, lan4GateFramer } from './framer.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);
const show = (events: readonly Lan4GateFrameEvent[]) =>
  events.map((event) =>
    event.type === 'frame'
      ? text(event.body)
      : event.type === 'junk'
        ? `junk ${event.length}`
        : event.error.code,
  );

describe('the size prefix', () => {
  it.each([
    [2, '0002'],
    [0xfffe, 'fffe'],
    [0xffff, 'ffff0000ffff'],
    [0x10000, 'ffff00010000'],
  ])('%d → %s', (length, prefix) => expect(lan4GatePrefix(length)).toBe(prefix));

  it('counts bytes, not characters', () => {
    const frame = encodeLan4Gate({ type: 'notification', code: 1, message: 'Карта' });
    expect(Number.parseInt(text(frame.subarray(0, 4)), 16)).toBe(frame.length - 4);
  });
});

describe('the framer', () => {
  it('takes upper-case sizes, several frames a chunk, and frames in pieces', () => {
    const framer = lan4GateFramer();
    expect(show(framer.push(bytes('000A{"a":1234}0002{}00')))).toEqual(['{"a":1234}', '{}']);
    expect(framer.buffered).toBe(2);
    expect(show(framer.push(bytes('02')))).toEqual([]);
    expect(show(framer.push(bytes('{')))).toEqual([]);
    expect(show(framer.push(bytes('}')))).toEqual(['{}']);
  });

  it('reports junk and follows the stream again', () => {
    expect(show(lan4GateFramer().push(bytes('abc xyz0002{}!0002{}')))).toEqual([
      'junk 7',
      '{}',
      'junk 1',
      '{}',
    ]);
  });

  it('dies of a frame above the limit, with the frames before it', () => {
    const framer = lan4GateFramer({ maxFrame: 16 });
    expect(show(framer.push(bytes('0002{}0011{')))).toEqual(['{}', 'FRAME_TOO_LONG']);
    expect(() => framer.push(bytes('0002{}'))).toThrowError(expect.objectContaining({ code: 'FRAMER_DEAD' }));
    expect(framer.buffered).toBe(0);
  });

  it('refuses a huge size before a byte of it is kept', () => {
    expect(show(lan4GateFramer().push(bytes('ffffffffffff{')))).toEqual(['FRAME_TOO_LONG']);
  });

  it('dies of endless junk', () => {
    const framer = lan4GateFramer({ maxJunk: 10 });
    expect(show(framer.push(bytes('??????')))).toEqual(['junk 6']);
    expect(show(framer.push(bytes('??????')))).toEqual(['junk 5', 'TOO_MUCH_JUNK']);
  });

  it('finds bare objects where the service works without sizes', () => {
    const framer = lan4GateFramer({ framing: 'bare', maxFrame: 64 });
    expect(show(framer.push(bytes('{"a":"}\\"{"}\r\n{"b":[{}')))).toEqual(['{"a":"}\\"{"}', 'junk 2']);
    expect(show(framer.push(bytes(']}{')))).toEqual(['{"b":[{}]}']);
    expect(show(framer.push(bytes('x'.repeat(70))))).toEqual(['FRAME_TOO_LONG']);
  });

  it('gives the same frames and junk for any chunking', () => {
    const frame = fc
      .record({ code: fc.nat(99), message: fc.string({ maxLength: 40, unit: 'grapheme' }) })
      .map(({ code, message }) => encodeLan4GateBody({ type: 'notification', code, message }));
    const junk = fc
      .uint8Array({ minLength: 1, maxLength: 9 })
      .map((data) => data.map((byte) => (byte & 0x1f) + 1));
    const parts = fc.array(
      fc.oneof(
        frame.map((body) => ({ wire: bytes(lan4GatePrefix(body.length) + text(body)), frame: text(body) })),
        junk.map((data) => ({ wire: data, frame: undefined })),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        parts,
        fc.array(fc.integer({ min: 1, max: 50 })),
        fc.constantFrom('sized' as const),
        (list, cuts, framing) => {
          const stream = Uint8Array.from(list.flatMap(({ wire }) => [...wire]));
          const framer = lan4GateFramer({ framing });
          const events: Lan4GateFrameEvent[] = [];
          let at = 0;
          for (const cut of [...cuts, stream.length]) {
            events.push(...framer.push(stream.subarray(at, at + cut)));
            at += cut;
          }
          expect(events.flatMap((event) => (event.type === 'frame' ? [text(event.body)] : []))).toEqual(
            list.flatMap((part) => part.frame ?? []),
          );
          const junkBytes = events.reduce(
            (sum, event) => sum + (event.type === 'junk' ? event.length : 0),
            0,
          );
          expect(junkBytes + framer.buffered).toBe(
            list.reduce((sum, part) => sum + (part.frame === undefined ? part.wire.length : 0), 0),
          );
        },
      ),
    );
  });
});
