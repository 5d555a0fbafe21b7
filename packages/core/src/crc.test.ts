import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc16Buypass, crc16CcittFalse, fromHex, lrc } from './index.js';

const check = new TextEncoder().encode('123456789');

describe('checksums', () => {
  it('have the check values of the catalogue of CRC algorithms', () => {
    expect(crc16CcittFalse(check)).toBe(0x29b1);
    expect(crc16Buypass(check)).toBe(0xfee8);
    expect(lrc(check)).toBe(0x31);
  });

  it.each([
    ['00 00', 0x1d0f],
    ['03 00 06 00 fc', 0x63ed],
  ])('agree with the vectors printed in the Shtrih-M protocol: %s', (hex, crc) => {
    expect(crc16CcittFalse(fromHex(hex))).toBe(crc);
  });

  it('go on from an earlier part', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        const both = Uint8Array.of(...a, ...b);
        expect(crc16CcittFalse(b, crc16CcittFalse(a))).toBe(crc16CcittFalse(both));
        expect(crc16Buypass(b, crc16Buypass(a))).toBe(crc16Buypass(both));
        expect(lrc(a) ^ lrc(b)).toBe(lrc(both));
      }),
    );
  });

  it('notice every changed bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (bytes, at) => {
        const other = bytes.slice();
        const bit = at % (bytes.length * 8);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(crc16CcittFalse(other)).not.toBe(crc16CcittFalse(bytes));
        expect(crc16Buypass(other)).not.toBe(crc16Buypass(bytes));
        expect(lrc(other)).not.toBe(lrc(bytes));
      }),
    );
  });
});
