import { encodePng } from '@elcert/fiscal-doc/raster';
import {
  type Row,
  renderRowsHtml,
  renderRowsSvg,
  renderRowsText,
  rowsPicture,
} from '@elcert/fiscal-doc/render';

/** A paper as a caller asked for it. */
export interface Paper {
  readonly format: 'text' | 'html' | 'svg' | 'png' | 'rows';
  readonly content: string | readonly Row[];
}

/** Rows as text, a page, a picture (a PNG in base64), or as they are. */
export function paperOf(
  rows: readonly Row[],
  { format, columns = 48 }: { readonly format: Paper['format']; readonly columns?: number | undefined },
): Paper {
  switch (format) {
    case 'text':
      return { format, content: renderRowsText(rows, { columns }) };
    case 'html':
      return { format, content: renderRowsHtml(rows, { title: 'Чек' }) };
    case 'svg':
      return { format, content: renderRowsSvg(rows, { columns }) };
    case 'png':
      return { format, content: Buffer.from(encodePng(rowsPicture(rows, { columns }))).toString('base64') };
    case 'rows':
      return { format, content: rows };
  }
}
