import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../../test/support/sale.js';
import { qrMatrix } from '../qr/index.js';
import { encodePng, isBlack, type MonoPicture, typeface9x15, typeface10x20 } from '../raster/index.js';
import { decodeReceipt, encodeReceipt } from '../receipt-codec.js';
import { receiptRows, renderReceiptPng, renderReceiptText, rowsPicture } from './index.js';

const view = {
  receipt: certificateSale,
  facts: decodeReceipt(encodeReceipt(certificateSale, register)).facts,
};

/** The text of a picture, read back cell by cell with the typeface it was drawn in. */
function readBack(picture: MonoPicture, top: number, columns: number): string {
  const cells = new Map(
    [...'АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя0123456789 .,=()"'].map((one) => [
      String(typeface10x20.glyph(one)),
      one,
    ]),
  );
  let line = '';
  for (let column = 0; column < columns; column += 1) {
    const rows = Array.from({ length: 20 }, (_, y) =>
      Array.from({ length: 10 }, (__, x) =>
        isBlack(picture, 12 + column * 10 + x, top + y) ? 1 : 0,
      ).reduce<number>((row, dot) => row * 2 + dot, 0),
    );
    line += cells.get(String(rows)) ?? '?';
  }
  return line.trimEnd();
}

describe('rowsPicture', () => {
  const rows = receiptRows(view);
  const picture = rowsPicture(rows);

  it('holds the text of the paper, dot by dot', () => {
    const lines = renderReceiptText(view, { columns: 48 }).split('\n');
    expect(picture.width).toBe(48 * 10 + 24);
    for (const index of [0, 1, 2, 3]) expect(readBack(picture, 12 + index * 20, 48)).toBe(lines[index]);
  });

  it('draws each QR whole, large and in the middle', () => {
    const payload = view.receipt.certificate?.basketId ?? '';
    const { size, rows: modules } = qrMatrix(payload);
    // The last row of the paper is the payload of the basket; above it stands its QR of six dots a module with a quiet zone of four.
    const bottom = picture.height - 12 - 20;
    const side = (size + 8) * 6;
    const left = Math.floor((picture.width - side) / 2);
    const wrong = modules.flatMap((row, y) =>
      row.filter(
        (dark, x) => isBlack(picture, left + (4 + x) * 6 + 3, bottom - side + (4 + y) * 6 + 3) !== dark,
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('is as wide as the columns, and refuses what nothing prints', () => {
    expect(rowsPicture(rows, { columns: 42, typeface: typeface9x15, margin: 3 }).width).toBe(384);
    expect(() => rowsPicture(rows, { columns: 7 })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE' }),
    );
    expect(() => rowsPicture(rows, { margin: -1 })).toThrow(expect.objectContaining({ code: 'BAD_PICTURE' }));
  });
});

describe('renderReceiptPng', () => {
  it('is that picture', () => {
    expect(renderReceiptPng(view)).toEqual(encodePng(rowsPicture(receiptRows(view))));
  });
});
