import { isElcertError } from '@elcert/core';
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

/**
 * The paper that was asked for, if one was: rows as text, a page, a picture (a PNG in base64), or as they are. A paper that cannot be
 * drawn is told and nothing more: its document is made.
 */
export function paperOf(
  make: () => readonly Row[],
  asked: { readonly format: Paper['format']; readonly columns?: number | undefined } | undefined,
): { readonly paper?: Paper; readonly paperProblem?: string } {
  if (asked === undefined) return {};
  try {
    const { format, columns = 48 } = asked;
    return { paper: { format, content: drawn(make(), format, columns) } };
  } catch (error) {
    return { paperProblem: isElcertError(error) ? error.message : 'the paper could not be drawn' };
  }
}

function drawn(rows: readonly Row[], format: Paper['format'], columns: number): Paper['content'] {
  switch (format) {
    case 'text':
      return renderRowsText(rows, { columns });
    case 'html':
      return renderRowsHtml(rows, { title: 'Чек' });
    case 'svg':
      return renderRowsSvg(rows, { columns });
    case 'png':
      return Buffer.from(encodePng(rowsPicture(rows, { columns }))).toString('base64');
    case 'rows':
      return rows;
  }
}
