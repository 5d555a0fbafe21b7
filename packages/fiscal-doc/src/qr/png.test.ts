import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { qrMatrix } from './matrix.js';
import { renderQrPng } from './png.js';

const payload = 't=20261122T140500&s=12510.99&fn=9999078900001234&i=12&fp=3153580303&n=1';

/** The pixels as Node's zlib finds them, which checks the stream and its sum. */
function pixelsOf(png: Uint8Array): { side: number; dark: (x: number, y: number) => boolean } {
  const view = new DataView(png.buffer, png.byteOffset);
  const side = view.getUint32(16);
  const data = inflateSync(png.subarray(41, 41 + view.getUint32(33)));
  const stride = 1 + Math.ceil(side / 8);
  expect(data).toHaveLength(stride * side);
  return { side, dark: (x, y) => ((data[y * stride + 1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) === 0 };
}

describe('renderQrPng', () => {
  it.each([1, 3, 4, 32])('draws the modules, %i pixels each', (moduleSize) => {
    const { size, rows } = qrMatrix(payload);
    const { side, dark } = pixelsOf(renderQrPng(payload, { moduleSize }));
    expect(side).toBe((size + 8) * moduleSize);
    let wrong = 0;
    for (let y = 0; y < side; y += 1)
      for (let x = 0; x < side; x += 1) {
        const module = rows[Math.floor(y / moduleSize) - 4]?.[Math.floor(x / moduleSize) - 4] === true;
        if (dark(x, y) !== module) wrong += 1;
      }
    expect(wrong).toBe(0);
  });

  it('is framed as PNG wants', () => {
    const png = renderQrPng(payload);
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    // The last chunk is the same in every PNG: empty IEND and its CRC.
    expect(Buffer.from(png.subarray(-12)).toString('hex')).toBe('0000000049454e44ae426082');
  });

  it.each([0, 33, 1.5, Number.NaN])('refuses modules of %d pixels', (moduleSize) => {
    expect(() => renderQrPng(payload, { moduleSize })).toThrow(expect.objectContaining({ code: 'BAD_QR' }));
  });
});
