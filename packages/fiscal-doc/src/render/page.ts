import type { FiscalDocument } from '../document.js';
import { type QrMatrix, qrMatrix } from '../qr/index.js';
import { titleOf } from './requisite-rows.js';
import { documentRows, type ReceiptView, type ReportSeller, type Row, receiptRows } from './rows.js';
import { laidOut } from './text.js';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML and XML; what XML forbids – control characters, halves of surrogate pairs – becomes a space. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ' ')
    .replaceAll(/[&<>"']/g, (one) => entities[one] ?? one);
}

/** Path of the dark modules, one unit a module, runs of a row joined. */
function qrPath({ size, rows }: QrMatrix, left: number, top: number): string {
  let path = '';
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if (rows[y]?.[x] !== true) continue;
      let run = 1;
      while (rows[y]?.[x + run] === true) run += 1;
      path += `M${left + x} ${top + y}h${run}v1h-${run}z`;
      x += run;
    }
  }
  return path;
}

/** A QR as a self-contained SVG picture with a quiet zone of four modules. @throws ElcertError `BAD_QR` */
export function renderQrSvg(text: string, { moduleSize = 4 }: { readonly moduleSize?: number } = {}): string {
  const matrix = qrMatrix(text);
  const side = matrix.size + 8;
  const pixels = side * moduleSize;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${pixels}" height="${pixels}" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">` +
    `<rect width="${side}" height="${side}" fill="#fff"/><path d="${qrPath(matrix, 4, 4)}" fill="#000"/></svg>`
  );
}

function htmlOf(row: Row): string {
  switch (row.type) {
    case 'title':
      return `<h1>${escaped(row.text)}</h1>`;
    case 'centre':
      return `<p class="c">${escaped(row.text)}</p>`;
    case 'text':
      return `<p style="padding-left:${row.indent ?? 0}ch">${escaped(row.text)}</p>`;
    case 'pair':
      return `<p class="${row.strong === true ? 'p s' : 'p'}" style="padding-left:${row.indent ?? 0}ch"><span>${escaped(row.caption)}</span><span>${escaped(row.value)}</span></p>`;
    case 'code':
      return `<p>${row.caption === undefined ? '' : `${escaped(row.caption)} `}<code>${escaped(row.text)}</code></p>`;
    case 'qr':
      return `<figure>${renderQrSvg(row.payload)}<figcaption><code>${escaped(row.payload)}</code></figcaption></figure>`;
    case 'rule':
      return '<hr>';
  }
}

const style =
  'body{margin:0;background:#eee}main{width:min(48ch,100vw - 4ch);margin:2ch auto;padding:2ch;background:#fff;color:#000;' +
  'font:14px/1.35 ui-monospace,"DejaVu Sans Mono",Consolas,monospace}h1{font-size:1em;text-align:center;margin:0}p{margin:0;overflow-wrap:anywhere}' +
  '.c{text-align:center}.p{display:flex;gap:1ch;justify-content:space-between}.p span:last-child{text-align:right;overflow-wrap:anywhere}' +
  '.s{font-weight:bold;font-size:1.25em}hr{border:0;border-top:1px dashed #000;margin:.5em 0}figure{margin:0;text-align:center}' +
  'figure svg{max-width:100%;height:auto}code{font:inherit;overflow-wrap:anywhere}@media print{body{background:none}main{margin:0}}';

function page(title: string, rows: readonly Row[]): string {
  return (
    `<!doctype html>\n<html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>` +
    `<style>${style}</style></head><body><main>\n${rows.map(htmlOf).join('\n')}\n</main></body></html>\n`
  );
}

/**
 * A receipt as a page of HTML that needs nothing else: no script, no font, no picture from elsewhere; the QR is drawn inside.
 *
 * @throws ElcertError as {@link renderReceiptText}; `BAD_QR` for a basket that no QR holds
 */
export function renderReceiptHtml(view: ReceiptView): string {
  return page(`Чек ${view.facts.fiscalDocumentNumber}`, receiptRows(view));
}

/** Any document as such a page, the way its paper is laid out. */
export function renderDocumentHtml(
  document: FiscalDocument,
  { seller }: { readonly seller?: ReportSeller | undefined } = {},
): string {
  return page(titleOf(document), documentRows(document, seller));
}

/** Rows of any origin as such a page, e.g. those of a receipt of Kazakhstan. */
export function renderRowsHtml(rows: readonly Row[], { title }: { readonly title: string }): string {
  return page(title, rows);
}

const lineHeight = 18;
const characterWidth = 8;
const margin = 12;

function picture(rows: readonly Row[], columns: number): string {
  const width = columns * characterWidth + margin * 2;
  const parts: string[] = [];
  let top = margin;
  for (const { row, lines } of laidOut(rows, { columns })) {
    if (row.type === 'qr') {
      const matrix = qrMatrix(row.payload);
      const side = matrix.size + 8;
      const scale = Math.max(1, Math.min(4, Math.floor((width - 2 * margin) / side)));
      parts.push(
        `<path transform="translate(${(width - side * scale) / 2} ${top}) scale(${scale})" shape-rendering="crispEdges" d="${qrPath(matrix, 4, 4)}"/>`,
      );
      top += side * scale;
    }
    const weight =
      row.type === 'title' || (row.type === 'pair' && row.strong === true) ? ' font-weight="bold"' : '';
    for (const line of lines) {
      top += lineHeight;
      if (line === '') continue;
      parts.push(
        `<text x="${margin}" y="${top - 5}" xml:space="preserve" textLength="${[...line].length * characterWidth}" lengthAdjust="spacingAndGlyphs"${weight}>${escaped(line)}</text>`,
      );
    }
  }
  const height = top + margin;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="DejaVu Sans Mono, Consolas, monospace" font-size="13.3"><rect width="100%" height="100%" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`
  );
}

/**
 * A receipt as a self-contained SVG picture: its text in a fixed grid, each QR above its payload.
 *
 * @param options - `columns` as in {@link renderReceiptText}, 42 when absent
 * @throws ElcertError as {@link renderReceiptText}; `BAD_QR` for a basket that no QR holds
 */
export function renderReceiptSvg(
  view: ReceiptView,
  { columns = 42 }: { readonly columns?: number } = {},
): string {
  return picture(receiptRows(view), columns);
}

/** Any document as such a picture, the way its paper is laid out. */
export function renderDocumentSvg(
  document: FiscalDocument,
  { columns = 42, seller }: { readonly columns?: number; readonly seller?: ReportSeller | undefined } = {},
): string {
  return picture(documentRows(document, seller), columns);
}

/** Rows of any origin as such a picture. @throws ElcertError `RECEIPT_VALUE` for a width that no printer has, `BAD_QR` */
export function renderRowsSvg(
  rows: readonly Row[],
  { columns = 42 }: { readonly columns?: number } = {},
): string {
  return picture(rows, columns);
}
