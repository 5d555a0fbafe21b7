import type { Row } from './render/row.js';

// What prints: a receipt printer, or a register outside its receipts. Both take the rows that every rendering is made of.

/** Kinds of bar codes that printers draw themselves. */
export type BarcodeKind = 'ean8' | 'ean13' | 'code39' | 'code128' | 'itf';

/** A black and white picture. */
export interface MonoPicture {
  /** Dots. */
  readonly width: number;
  readonly height: number;
  /** Row by row, each row from a new byte; the highest bit is the leftmost dot, 1 is black. */
  readonly bits: Uint8Array;
}

/** What a printer takes: the rows of a rendering, and what only paper has. */
export type PrintRow =
  | Row
  | { readonly type: 'barcode'; readonly kind: BarcodeKind; readonly text: string }
  | { readonly type: 'picture'; readonly picture: MonoPicture }
  | { readonly type: 'feed'; readonly lines: number };

/** What a printer can do, known before it is asked to. */
export interface PrinterCapabilities {
  /** Characters a line takes. */
  readonly columns: number;
  readonly qr: boolean;
  readonly barcodes: readonly BarcodeKind[];
  /** Dots a line takes, where it prints pictures. */
  readonly pictureWidth: number | undefined;
  readonly cutter: boolean;
  readonly drawer: boolean;
  /** It tells of its paper and cover. */
  readonly status: boolean;
}

/** State of a printer. `unknown` and `undefined` are said by one that does not tell. */
export interface PrinterStatus {
  readonly online: boolean;
  readonly paper: 'ok' | 'near-end' | 'out' | 'unknown';
  readonly coverOpen: boolean | undefined;
  readonly drawerOpen: boolean | undefined;
  /** Something a person has to mend; text for the cashier. */
  readonly problem?: string | undefined;
}

/** How a slip is to be printed. */
export interface PrintOptions {
  /** `partial` unless told; a printer without a cutter feeds the paper to the edge. */
  readonly cut?: 'full' | 'partial' | 'none' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Prints slips, copies and whatever is no fiscal document. */
export interface ReceiptPrinter {
  readonly capabilities: PrinterCapabilities;
  status(options?: { readonly signal?: AbortSignal }): Promise<PrinterStatus>;
  /**
   * Prints the rows. What the printer cannot draw is refused before anything is printed.
   *
   * @throws ElcertError with an outcome: `unknown` means that part of it may be on paper
   */
  print(rows: readonly PrintRow[], options?: PrintOptions): Promise<void>;
  /** Opens the cash drawer. */
  openDrawer(options?: { readonly signal?: AbortSignal }): Promise<void>;
}
