import { fromHex } from '@elcert/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberedPacket, packetFramer, standardFrame, standardFramer, syncPacket } from './framer.js';

describe('standard layer', () => {
  test('control bytes, frames and junk in one stream', () => {
    expect(standardFramer().push(fromHex('05 15 ff 06 02 01 fc fd 06'))).toEqual([
      { type: 'enq' },
      { type: 'nak' },
      { type: 'junk', byte: 0xff },
      { type: 'ack' },
      { type: 'frame', body: Uint8Array.of(0xfc) },
      { type: 'ack' },
    ]);
  });

  test('any cut of the stream gives the same events', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 255 }), { maxLength: 4 }),
        fc.array(fc.nat(300), { maxLength: 6 }),
        (bodies, cuts) => {
          const stream = bodies.flatMap((body) => [...standardFrame(body)]);
          const framer = standardFramer();
          const events = [];
          let at = 0;
          for (const cut of [...cuts, stream.length]) {
            events.push(...framer.push(Uint8Array.from(stream.slice(at, at + cut))));
            at += cut;
          }
          expect(events).toEqual(bodies.map((body) => ({ type: 'frame', body })));
          expect(framer.inFrame).toBe(false);
        },
      ),
    );
  });

  test('a wrong check byte and a length of 0 are bad frames, and the next frame is whole', () => {
    expect(standardFramer().push(fromHex('02 01 fc fc 02 00 00 02 01 fc fd'))).toEqual([
      { type: 'bad-frame' },
      { type: 'bad-frame' },
      { type: 'frame', body: Uint8Array.of(0xfc) },
    ]);
  });

  test('a half frame is forgotten when told', () => {
    const framer = standardFramer();
    expect(framer.push(fromHex('02 05 10'))).toEqual([]);
    expect(framer.inFrame).toBe(true);
    framer.reset();
    expect(framer.push(fromHex('02 01 fc fd'))).toEqual([{ type: 'frame', body: Uint8Array.of(0xfc) }]);
  });

  test.each([0, 256])('a body of %i bytes has no frame', (length) => {
    expect(() => standardFrame(new Uint8Array(length))).toThrow(
      expect.objectContaining({ code: 'BODY_TOO_LONG', outcome: 'not-sent' }),
    );
  });
});

describe('protocol 2', () => {
  test('any cut of the stream gives the same packets, with every byte to stuff', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.nat(0xffff),
            fc.array(fc.constantFrom(0x8f, 0x9f, 0x81, 0x83, 0x00, 0xff), { maxLength: 300 }),
          ),
          { maxLength: 4 },
        ),
        fc.integer({ min: 1, max: 50 }),
        (packets, step) => {
          const bodies = packets.map(([number, body]) => [number, Uint8Array.from(body)] as const);
          const stream = bodies.flatMap(([number, body]) => [...numberedPacket(number, body)]);
          const framer = packetFramer();
          const events = [];
          for (let at = 0; at < stream.length; at += step) {
            events.push(...framer.push(Uint8Array.from(stream.slice(at, at + step))));
          }
          expect(events).toEqual(bodies.map(([number, body]) => ({ type: 'packet', number, body })));
        },
      ),
    );
  });

  const good = [...numberedPacket(5, Uint8Array.of(0xfc))];
  const bad: readonly (readonly [string, string, readonly number[]])[] = [
    ['a wrong CRC', 'crc', [...good.slice(0, -1), (good.at(-1) ?? 0) ^ 1]],
    ['length 1', 'length', [0x8f, 0x01, 0x00]],
    ['a length beyond the limit', 'length', [0x8f, 0xff, 0xff]],
    ['a wrong byte after 9F', 'stuffing', [0x8f, 0x9f, 0x82]],
    ['a start byte in the middle', 'stuffing', good.slice(0, 4)],
  ];
  test.each(bad)('%s spoils the packet and nothing else', (_title, reason, bytes) => {
    expect(packetFramer().push(Uint8Array.from([0x55, ...bytes, ...good, ...syncPacket()]))).toEqual([
      { type: 'junk', byte: 0x55 },
      { type: 'bad-packet', reason },
      { type: 'packet', number: 5, body: Uint8Array.of(0xfc) },
      { type: 'sync' },
    ]);
  });
});
