import { describe, expect, it } from 'vitest';
import { qrMatrix, renderQrText } from './index.js';

const payload = 't=20261122T140500&s=12510.99&fn=9999078900001234&i=12&fp=3153580303&n=1';

describe('qrMatrix', () => {
  it('is square, with its three finders', () => {
    const { size, rows } = qrMatrix(payload);
    expect(rows).toHaveLength(size);
    expect(rows.every((row) => row.length === size)).toBe(true);
    expect((size - 21) % 4).toBe(0);
    const finder = (top: number, left: number) =>
      rows.slice(top, top + 7).map((row) =>
        row
          .slice(left, left + 7)
          .map((dark) => (dark ? '#' : '.'))
          .join(''),
      );
    const expected = ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######'];
    expect(finder(0, 0)).toEqual(expected);
    expect(finder(0, size - 7)).toEqual(expected);
    expect(finder(size - 7, 0)).toEqual(expected);
  });

  it('grows with the correction', () => {
    expect(qrMatrix(payload, { correction: 'H' }).size).toBeGreaterThan(
      qrMatrix(payload, { correction: 'L' }).size,
    );
  });

  it('refuses what no QR holds', () => {
    expect(() => qrMatrix('')).toThrow(expect.objectContaining({ code: 'BAD_QR' }));
    expect(() => qrMatrix('x'.repeat(2954))).toThrow(expect.objectContaining({ code: 'BAD_QR' }));
    expect(() => qrMatrix('x'.repeat(2900), { correction: 'H' })).toThrow(
      expect.objectContaining({ code: 'BAD_QR' }),
    );
  });
});

describe('renderQrText', () => {
  it('draws two modules a character high, with a quiet zone', () => {
    const { size } = qrMatrix(payload);
    const lines = renderQrText(payload).split('\n');
    expect(lines).toHaveLength(Math.ceil((size + 4) / 2));
    expect(lines.every((line) => line.length === size + 4)).toBe(true);
    expect(lines[0]?.trim()).toBe('');
    expect(lines[1]?.slice(2, 9)).toBe('█▀▀▀▀▀█');
  });

  it('inverts for dark backgrounds', () => {
    const lines = renderQrText(payload, { invert: true }).split('\n');
    expect(lines[0]).toBe('█'.repeat(lines[0]?.length ?? 0));
    expect(lines[1]?.slice(2, 9)).toBe(' ▄▄▄▄▄ ');
  });
});
