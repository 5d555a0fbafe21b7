import type { FiscalDocument } from '../document.js';
import { fiscalDocError } from '../errors.js';
import type { MonoPicture } from '../printing.js';
import {
  blankPicture,
  drawPicture,
  drawText,
  encodePng,
  fillBox,
  qrPicture,
  type Typeface,
  typeface10x20,
} from '../raster/index.js';
import { documentRows, type ReceiptView, type ReportSeller, type Row, receiptRows } from './rows.js';
import { laidOut } from './text.js';

/** How rows become dots. */
export interface PictureOptions {
  /** Characters a line, 24 to 120; 48 unless told. */
  readonly columns?: number | undefined;
  /** `typeface10x20` unless told. */
  readonly typeface?: Typeface | undefined;
  /** White dots around, 0 to 200; 12 unless told. */
  readonly margin?: number | undefined;
}

/** A QR is not drawn larger than this, however wide the paper. */
const largestModule = 6;

/**
 * Rows as a picture of one bit a dot: text in a fixed grid, titles bold, a strong row in double height, each QR above its payload. For
 * printers that take pictures alone, for mail, and for a look at what would be printed.
 *
 * @throws ElcertError `RECEIPT_VALUE` for a width that no printer has, `BAD_QR`, `BAD_PICTURE` for more rows than a picture holds
 */
export function rowsPicture(rows: readonly Row[], options: PictureOptions = {}): MonoPicture {
  const { columns = 48, typeface = typeface10x20, margin = 12 } = options;
  if (!Number.isInteger(margin) || margin < 0 || margin > 200)
    throw fiscalDocError({ code: 'BAD_PICTURE', message: `a margin of ${margin} dots`, path: 'margin' });
  const laid = laidOut(rows, { columns });
  const inner = columns * typeface.width;
  const blocks = laid.map(({ row, lines }) => {
    const strong = row.type === 'pair' && row.strong === true;
    const lineHeight = typeface.height * (strong ? 2 : 1);
    let qr: MonoPicture | undefined;
    if (row.type === 'qr') {
      const { width: side } = qrPicture(row.payload, { moduleSize: 1 });
      qr = qrPicture(row.payload, {
        moduleSize: Math.max(1, Math.min(largestModule, Math.floor(inner / side))),
      });
    }
    return { row, lines, strong, lineHeight, qr, height: lines.length * lineHeight + (qr?.height ?? 0) };
  });
  const height = blocks.reduce((sum, block) => sum + block.height, 0);
  const picture = blankPicture(
    Math.max(inner, ...blocks.map(({ qr }) => qr?.width ?? 0)) + 2 * margin,
    height + 2 * margin,
  );
  let y = margin;
  for (const { row, lines, strong, lineHeight, qr } of blocks) {
    if (qr !== undefined) {
      drawPicture(picture, qr, { x: Math.floor((picture.width - qr.width) / 2), y });
      y += qr.height;
    }
    for (const line of lines) {
      if (row.type === 'rule') {
        // Dashes of a whole line, at the height of a hyphen.
        for (let x = 0; x < inner; x += 8)
          fillBox(picture, { x: margin + x, y: y + (lineHeight >> 1), width: 5, height: 1 });
      } else {
        const weight = strong || row.type === 'title' ? 'bold' : 'normal';
        drawText(picture, line, { x: margin, y }, { typeface, weight, scaleY: strong ? 2 : 1 });
      }
      y += lineHeight;
    }
  }
  return picture;
}

/**
 * A receipt as PNG, its QR and the basket's drawn: nothing but this package is needed, no font and no browser.
 *
 * @throws ElcertError as `renderReceiptText` and {@link rowsPicture}
 * @example
 * ```ts
 * writeFileSync('receipt.png', renderReceiptPng(decodeReceipt(bytes)));
 * ```
 */
export function renderReceiptPng(view: ReceiptView, options?: PictureOptions): Uint8Array {
  return encodePng(rowsPicture(receiptRows(view), options));
}

/** Any document as PNG, the way its paper is laid out. @throws ElcertError as {@link rowsPicture} */
export function renderDocumentPng(
  document: FiscalDocument,
  { seller, ...options }: PictureOptions & { readonly seller?: ReportSeller | undefined } = {},
): Uint8Array {
  return encodePng(rowsPicture(documentRows(document, seller), options));
}
