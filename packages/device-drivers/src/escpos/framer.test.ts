import { concatBytes, fromHex } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEscPos } from './codec.js';
import { type EscPosEvent, escPosFramer } from './framer.js';

/** Texts that a piece boundary has cut are one text. */
function joined(events: readonly EscPosEvent[]): EscPosEvent[] {
  const out: EscPosEvent[] = [];
  for (const event of events) {
    const last = out.at(-1);
    if (event.type === 'text' && last?.type === 'text')
      out[out.length - 1] = { ...last, bytes: concatBytes(last.bytes, event.bytes) };
    else out.push(event);
  }
  return out;
}

describe('cutting what a host sends', () => {
  it('finds the same in any pieces', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 20 })),
        (bytes, sizes) => {
          const whole = escPosFramer();
          const wanted = joined(whole.push(bytes));
          const piecewise = escPosFramer();
          const found: EscPosEvent[] = [];
          let at = 0;
          for (const size of [...sizes, bytes.length]) {
            found.push(...piecewise.push(bytes.subarray(at, at + size)));
            at = Math.min(bytes.length, at + size);
          }
          expect(joined(found)).toEqual(wanted);
          expect(piecewise.pending).toEqual(whole.pending);
        },
      ),
    );
  });

  it('tells where each thing stands', () => {
    const framer = escPosFramer();
    expect(framer.push(fromHex('1b40 41'))).toMatchObject([
      { type: 'command', position: 0, name: 'ESC @' },
      { type: 'text', position: 2 },
    ]);
    expect(framer.push(fromHex('1d ff 0a'))).toMatchObject([
      { type: 'unknown', position: 3, bytes: fromHex('1dff') },
      { type: 'command', position: 5, name: 'LF' },
    ]);
  });

  it('passes over an unknown function of a family that tells its length', () => {
    expect(escPosFramer().push(fromHex('1d28 7a 0300 010203 41'))).toMatchObject([
      { type: 'unknown', bytes: fromHex('1d287a0300010203') },
      { type: 'text', bytes: fromHex('41') },
    ]);
  });

  it('takes no more for a list without an end than a list may have', () => {
    const events = escPosFramer().push(concatBytes(fromHex('1b44'), new Uint8Array(400).fill(0x41)));
    expect(events).toMatchObject([{ name: 'ESC D' }, { type: 'text' }]);
    expect(events[1]).toMatchObject({ position: 2 + 255 });
  });

  it('is dead after a picture that nothing holds', () => {
    const framer = escPosFramer({ maxDataBytes: 1000 });
    framer.push(fromHex('0a'));
    expect(() => framer.push(fromHex('1d763000 ffff ffff'))).toThrow(
      expect.objectContaining({ code: 'COMMAND_TOO_LONG', position: 1 }),
    );
    expect(() => framer.push(fromHex('0a'))).toThrow(expect.objectContaining({ code: 'FRAMER_DEAD' }));
  });

  it('takes a large picture byte by byte without slowing down', () => {
    const picture = encodeEscPos('GS v 0', [0, 72, 0, 0, 4], new Uint8Array(72 * 1024));
    const framer = escPosFramer();
    const events: EscPosEvent[] = [];
    for (const byte of picture) events.push(...framer.push(Uint8Array.of(byte)));
    expect(events).toHaveLength(1);
  });
});
