import { fiscalDocError } from '../errors.js';
import type { MonoPicture } from '../printing.js';
import { qrMatrix } from '../qr/matrix.js';
import { blankPicture, fillBox } from './picture.js';

/** How a QR is drawn. */
export interface QrStyle {
  /** Dots a module, 1 to 32; 4 unless told. */
  readonly moduleSize?: number | undefined;
  /** Modules of white around it, 0 to 16; the four of the standard unless told. */
  readonly quiet?: number | undefined;
  /** Error correction, `M` unless told. */
  readonly correction?: 'L' | 'M' | 'Q' | 'H' | undefined;
}

/**
 * A QR as a picture.
 *
 * @throws ElcertError `BAD_QR` for a text that no QR holds, and for measures out of range
 */
export function qrPicture(
  text: string,
  { moduleSize = 4, quiet = 4, correction = 'M' }: QrStyle = {},
): MonoPicture {
  if (!Number.isInteger(moduleSize) || moduleSize < 1 || moduleSize > 32) {
    throw fiscalDocError({
      code: 'BAD_QR',
      message: `a module of ${moduleSize} pixels; 1 to 32 are possible`,
      path: 'moduleSize',
    });
  }
  if (!Number.isInteger(quiet) || quiet < 0 || quiet > 16)
    throw fiscalDocError({ code: 'BAD_QR', message: `a quiet zone of ${quiet} modules`, path: 'quiet' });
  const { size, rows } = qrMatrix(text, { correction });
  const side = (size + 2 * quiet) * moduleSize;
  const picture = blankPicture(side, side);
  rows.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (!dark) return;
      fillBox(picture, {
        x: (quiet + x) * moduleSize,
        y: (quiet + y) * moduleSize,
        width: moduleSize,
        height: moduleSize,
      });
    });
  });
  return picture;
}
