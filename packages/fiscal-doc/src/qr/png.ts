import { encodePng } from '../raster/png.js';
import { qrPicture } from '../raster/qr.js';

/**
 * A QR as a PNG picture of one bit a pixel with a quiet zone of four modules, for mail and for programs that take no SVG.
 *
 * @param options - `moduleSize`: pixels a module, 1 to 32; 4 when absent
 * @throws ElcertError `BAD_QR`, also for a module size out of its range
 */
export function renderQrPng(
  text: string,
  { moduleSize = 4 }: { readonly moduleSize?: number } = {},
): Uint8Array {
  return encodePng(qrPicture(text, { moduleSize }));
}
