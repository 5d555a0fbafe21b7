import { formatRubles, type Kopecks } from '@elcert/core';

// What is printed, before it is known on what: paper tape, page or picture lay the same rows out.

/** One row of a printed document. */
export type Row =
  | { readonly type: 'title' | 'centre' | 'text'; readonly text: string; readonly indent?: number }
  /** A caption and its value at the right edge. */
  | {
      readonly type: 'pair';
      readonly caption: string;
      readonly value: string;
      readonly indent?: number;
      readonly strong?: boolean;
    }
  /** A code that is cut at the edge, with a caption on the same line where there is room. */
  | { readonly type: 'code'; readonly text: string; readonly caption?: string }
  | { readonly type: 'qr'; readonly payload: string }
  | { readonly type: 'rule' };

/** A line across. */
export const rule: Row = { type: 'rule' };

/** Kopecks as receipts print them: `=1234.50`. */
export function money(value: Kopecks): string {
  return `=${formatRubles(value)}`;
}

/** `22.11.2026`. */
export function dayOf(local: string): string {
  return (local.split('T')[0] ?? '').split('-').reverse().join('.');
}

/** `22.11.2026 14:05`. */
export function dateAndTime(local: string): string {
  return `${dayOf(local)} ${(local.split('T')[1] ?? '').slice(0, 5)}`;
}

/** A row of text, unless there is none. */
export function text(content: string | undefined, indent = 0): Row[] {
  return content === undefined || content === '' ? [] : [{ type: 'text', text: content, indent }];
}

/** A row in the middle, unless there is no text. */
export function centre(content: string | undefined): Row[] {
  return content === undefined || content === '' ? [] : [{ type: 'centre', text: content }];
}

/** A caption with its value, unless there is none. */
export function pair(caption: string, value: string | number | undefined, indent = 0): Row[] {
  return value === undefined || value === '' ? [] : [{ type: 'pair', caption, value: String(value), indent }];
}
