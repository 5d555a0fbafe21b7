import { qrMatrix } from './matrix.js';

export { type QrMatrix, qrMatrix } from './matrix.js';
export { renderQrPng } from './png.js';

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
