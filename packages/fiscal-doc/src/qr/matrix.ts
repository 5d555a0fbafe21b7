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
