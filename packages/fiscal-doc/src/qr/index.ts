import { encode } from 'uqr';
import { fiscalDocError } from '../errors.js';

/** A QR code: `true` is a dark module. Without the quiet zone. */
export interface QrMatrix {
  readonly size: number;
  /** Rows from top to bottom. */
  readonly rows: readonly (readonly boolean[])[];
}

/** Longest text in bytes that a QR of the lowest correction holds. */
const maxBytes = 2953;

/**
 * The modules of a QR code for a text (UTF-8, error correction M unless told otherwise).
 *
 * @throws ElcertError `BAD_QR` for an empty text or one that no QR holds
 */
export function qrMatrix(
  text: string,
  { correction = 'M' }: { readonly correction?: 'L' | 'M' | 'Q' | 'H' } = {},
): QrMatrix {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length === 0 || bytes.length > maxBytes)
    throw fiscalDocError({ code: 'BAD_QR', message: `no QR holds a text of ${bytes.length} bytes` });
  try {
    const { size, data } = encode(text, { ecc: correction, border: 0 });
    return { size, rows: data };
  } catch (cause) {
    throw fiscalDocError({
      code: 'BAD_QR',
      message: `no QR holds ${bytes.length} bytes at this correction`,
      cause,
    });
  }
}

/**
 * A QR as text for a terminal: half blocks, two modules a character high, with a quiet zone. Dark modules are drawn with the
 * foreground, so a light background is wanted unless `invert`.
 *
 * @returns lines joined by `\n`, each `size + 2 × quiet` characters long
 */
export function renderQrText(
  text: string,
  {
    quiet = 2,
    invert = false,
    correction = 'M',
  }: {
    readonly quiet?: number;
    readonly invert?: boolean;
    readonly correction?: 'L' | 'M' | 'Q' | 'H';
  } = {},
): string {
  const { size, rows } = qrMatrix(text, { correction });
  const dark = (y: number, x: number) => (rows[y]?.[x] ?? false) !== invert;
  const lines: string[] = [];
  for (let y = -quiet; y < size + quiet; y += 2) {
    let line = '';
    for (let x = -quiet; x < size + quiet; x += 1) {
      const top = dark(y, x);
      const bottom = y + 1 < size + quiet ? dark(y + 1, x) : invert;
      line += top ? (bottom ? '█' : '▀') : bottom ? '▄' : ' ';
    }
    lines.push(line);
  }
  return lines.join('\n');
}
