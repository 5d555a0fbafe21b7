import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byteReader,
  byteWriter,
  concatBytes,
  constantTimeEqual,
  type ElcertError,
  equalBytes,
  fromHex,
  isElcertError,
  toHex,
} from './index.js';

function thrownBy(action: () => unknown): ElcertError {
  try {
    action();
  } catch (error) {
    if (isElcertError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('hex', () => {
  it('writes lower case, with a separator when asked', () => {
    expect(toHex(Uint8Array.of(0, 0x0f, 0xab, 0xff))).toBe('000fabff');
    expect(toHex(Uint8Array.of(0, 0x0f, 0xab), ' ')).toBe('00 0f ab');
    expect(toHex(new Uint8Array())).toBe('');
  });

  it('reads either case and white space between bytes', () => {
    expect(fromHex('00 0F\nab\tFf ')).toEqual(Uint8Array.of(0, 0x0f, 0xab, 0xff));
    expect(fromHex('')).toEqual(new Uint8Array());
  });

  it.each([
    ['0g', 1],
    ['00 0x', 4],
    ['0 0', 1],
    ['000', 3],
    ['0', 1],
    ['٠٠', 0],
    ['00:11', 2],
  ])('refuses %j', (text, position) => {
    expect(thrownBy(() => fromHex(text))).toMatchObject({ code: 'BAD_HEX', position });
  });

  it('goes there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes, ' '))).toEqual(bytes);
      }),
    );
  });
});

describe('arrays', () => {
  it('joins and compares', () => {
    expect(concatBytes()).toEqual(new Uint8Array());
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(
      Uint8Array.of(1, 2, 3),
    );
    for (const equal of [equalBytes, constantTimeEqual]) {
      expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
      expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
      expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
      expect(equal(Uint8Array.of(1), Uint8Array.of(1, 1))).toBe(false);
      expect(equal(Uint8Array.of(0), new Uint8Array())).toBe(false);
      expect(equal(new Uint8Array(), new Uint8Array())).toBe(true);
    }
  });
});

// One row is written, read, and refused in both directions.
const numbers = [
  { name: 'u8', value: 0xfe, hex: 'fe', over: 0x100 },
  { name: 'u16le', value: 0x0102, hex: '0201', over: 0x1_0000 },
  { name: 'u16be', value: 0x0102, hex: '0102', over: 0x1_0000 },
  { name: 'u24be', value: 0x010203, hex: '010203', over: 0x100_0000 },
  { name: 'u32le', value: 0xf1020304, hex: '040302f1', over: 0x1_0000_0000 },
  { name: 'u32be', value: 0xf1020304, hex: 'f1020304', over: 0x1_0000_0000 },
] as const;

describe.each(numbers)('$name', ({ name, value, hex, over }) => {
  it('writes and reads', () => {
    expect(toHex(byteWriter()[name](value).finish())).toBe(hex);
    expect(byteReader(fromHex(hex))[name]()).toBe(value);
    expect(
      byteReader(
        byteWriter()
          [name](over - 1)
          .finish(),
      )[name](),
    ).toBe(over - 1);
    expect(byteReader(byteWriter()[name](0).finish())[name]()).toBe(0);
  });

  it.each([over, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('does not write %s', (bad) => {
    const writer = byteWriter().u8(7);
    expect(thrownBy(() => writer[name](bad))).toMatchObject({ code: 'NUMBER_OUT_OF_RANGE', position: 1 });
    expect(writer.finish()).toEqual(Uint8Array.of(7));
  });

  it('does not read past the end', () => {
    const reader = byteReader(fromHex(hex).subarray(1));
    expect(thrownBy(() => reader[name]())).toMatchObject({ code: 'SHORT_INPUT', position: 0 });
    expect(reader.position).toBe(0);
  });
});

describe('byteReader', () => {
  it('takes views, knows where it is, and says when something is left', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const reader = byteReader(bytes);
    const view = reader.take(2);
    expect(view.buffer).toBe(bytes.buffer);
    expect([reader.position, reader.remaining]).toEqual([2, 2]);
    expect(thrownBy(() => reader.end())).toMatchObject({
      code: 'TRAILING_BYTES',
      position: 2,
      message: '2 bytes too many at 2',
    });
    reader.take(2);
    reader.end();
    expect(reader.take(0)).toHaveLength(0);
  });

  it.each([3, -1, 0.5, Number.NaN, 2 ** 53])('does not take %s bytes of two', (length) => {
    expect(thrownBy(() => byteReader(new Uint8Array(2)).take(length)).code).toBe('SHORT_INPUT');
  });

  it('reads a part of a larger buffer', () => {
    const reader = byteReader(Uint8Array.of(9, 1, 2, 9).subarray(1, 3));
    expect(reader.u16be()).toBe(0x0102);
    reader.end();
  });

  it.each([0, 9, -1, 1.5, Number.NaN])('refuses a number of %s bytes', (length) => {
    expect(thrownBy(() => byteReader(new Uint8Array(16)).uintLe(length)).code).toBe('NUMBER_OUT_OF_RANGE');
    expect(thrownBy(() => byteWriter().uintLe(0, length)).code).toBe('NUMBER_OUT_OF_RANGE');
  });
});

describe('byteWriter', () => {
  it('writes numbers of one to eight bytes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (length, any) => {
          const value = any % (1n << BigInt(length * 8));
          const bytes = byteWriter().uintLe(value, length).finish();
          expect(bytes).toHaveLength(length);
          expect(byteReader(bytes).uintLe(length)).toBe(value);
        },
      ),
    );
    expect(toHex(byteWriter().uintLe(526629, 5).finish())).toBe('2509080000');
  });

  it.each([
    [256n, 1],
    [-1n, 4],
    [2n ** 64n, 8],
    [1.5, 4],
    [Number.NaN, 4],
    [2 ** 53, 8],
    [-1, 8],
  ] as const)('does not write %s in %s bytes', (value, length) => {
    expect(thrownBy(() => byteWriter().uintLe(value, length)).code).toBe('NUMBER_OUT_OF_RANGE');
  });

  it('stops at its limit and keeps what it has', () => {
    const writer = byteWriter(3).u16be(0x0102);
    expect(thrownBy(() => writer.u16be(3))).toMatchObject({ code: 'OUTPUT_TOO_LONG', position: 2 });
    expect(thrownBy(() => writer.bytes(new Uint8Array(2))).code).toBe('OUTPUT_TOO_LONG');
    expect(writer.u8(3).finish()).toEqual(Uint8Array.of(1, 2, 3));
    expect(byteWriter(0).finish()).toEqual(new Uint8Array());
    expect(thrownBy(() => byteWriter(0).u8(0)).code).toBe('OUTPUT_TOO_LONG');
  });

  it('grows, and gives copies', () => {
    const writer = byteWriter();
    for (let index = 0; index < 1000; index += 1) writer.u8(index % 256);
    const first = writer.finish();
    writer.setU16le(0, 0xffff);
    expect(writer.length).toBe(1000);
    expect(first.subarray(0, 2)).toEqual(Uint8Array.of(0, 1));
    expect(writer.finish().subarray(0, 3)).toEqual(Uint8Array.of(255, 255, 2));
  });

  it.each([-1, 1, 3, 0.5, Number.NaN])('does not overwrite at %s of two bytes', (position) => {
    expect(thrownBy(() => byteWriter().u16le(1).setU16le(position, 5))).toMatchObject({
      code: 'NUMBER_OUT_OF_RANGE',
      position,
    });
  });
});
