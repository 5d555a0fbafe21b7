import type { JsonObject } from '@bufbuild/protobuf';
import type { LookupAnswer } from '@elcert/core';
import type {
  CashMovement,
  CashMovementResult,
  FiscalCallOptions,
  FiscalRegister,
  FiscalResult,
  PrintRow,
  Receipt,
  ReceiptCallOptions,
  ReceiptPrinter,
  RegisterStatus,
} from '@elcert/fiscal-doc';
import type { Row } from '@elcert/fiscal-doc/render';
import type { KzLanguage } from './labels.js';
import type { KzSession, KzStatus } from './session-api.js';
import type { KzReceiptDetails, KzTicketRules } from './ticket-details.js';
import type { KzOfd, KzRowOptions, KzSeller } from './ticket-rows.js';

/** What a register over a session is told. */
export interface KzRegisterOptions {
  /** Named on receipts; its site is where a buyer checks one. */
  readonly ofd: KzOfd;
  /** Certificate of a payer of VAT. Without it every line has the rate `none`. */
  readonly vat?: KzSeller['vat'];
  /** What papers say otherwise than the operator's registration data. */
  readonly seller?:
    | { readonly [Name in Exclude<keyof KzSeller, 'vat'>]?: KzSeller[Name] | undefined }
    | undefined;
  /** How tickets are written; version, taxpayer and payment of VAT are known here already. */
  readonly rules?: Omit<KzTicketRules, 'version' | 'taxpayer' | 'vatPayer'> | undefined;
  /** Where receipts and reports are printed; without one nothing is. */
  readonly printer?: ReceiptPrinter | undefined;
  /** Of papers; both unless told. */
  readonly language?: KzLanguage | undefined;
  /**
   * What the printer is given; the rows themselves unless told. A printer without Kazakh letters takes a picture of them:
   * `(rows) => [{ type: 'picture', picture: rowsPicture(rows, { columns: 48 }) }]`.
   */
  readonly draw?: ((rows: readonly Row[]) => readonly PrintRow[]) | undefined;
  /** The paper did not come out. The document is made all the same: {@link KzRegister.printCopy} gives another. */
  readonly onPrintProblem?: ((error: unknown) => void) | undefined;
  /** Told by `identity`; `Elcert KZ` unless told. */
  readonly model?: string | undefined;
}

/** A fiscal call of a Kazakh register. */
export interface KzFiscalCallOptions extends FiscalCallOptions {
  /** Number of the cashier; that of the rules unless told. */
  readonly operatorCode?: number | undefined;
}

/** A receipt of a Kazakh register: what the neutral receipt cannot say stands in `details`. */
export interface KzReceiptCallOptions extends ReceiptCallOptions, KzFiscalCallOptions {
  readonly details?: KzReceiptDetails | undefined;
}

/**
 * What a document leaves behind, in the words of the contract:
 *
 * | member | in Kazakhstan |
 * |---|---|
 * | `documentCode` | 3 a ticket, 2 and 5 a shift opened and closed |
 * | `fiscalDriveNumber` | registration number (РНМ), `f` of the QR |
 * | `fiscalDocumentNumber` | number of the document at this device, growing by one |
 * | `fiscalSign` | the operator's sign, `i` of the QR, as text of 9 to 13 digits; the autonomous one until the operator has answered; empty for a shift |
 */
export interface KzFiscalResult extends FiscalResult {
  /** The operator has it; otherwise it waits in the queue. */
  readonly delivered: boolean;
  /** The sign of a ticket that was made without the operator, as it stands on its paper. */
  readonly offlineSign?: string | undefined;
  /** Of the QR; tickets only. */
  readonly checkLink?: string | undefined;
  /** Absent without a printer. */
  readonly printed?: boolean | undefined;
}

/** A shift that a device has closed by itself, because a document came after 24 hours. */
export interface KzClosedShift extends KzFiscalResult {
  /** The Z report, in the JSON form of `ZXReport`. */
  readonly report: JsonObject;
}

/** State of a Kazakh register. */
export interface KzRegisterStatus extends RegisterStatus {
  /** What the session says of itself: without the operator, blocked … */
  readonly device: KzStatus;
}

/** A register of Kazakhstan that looks to a till like any other. */
export interface KzRegister extends FiscalRegister {
  readonly session: KzSession;
  /** The seller as papers show him. @throws KzError `NOT_SYNCHRONISED` while a new device does not know its registration */
  readonly seller: KzSeller;
  status(options?: { readonly signal?: AbortSignal }): Promise<KzRegisterStatus>;
  openShift(cashier: Receipt['cashier'], options: KzFiscalCallOptions): Promise<KzFiscalResult>;
  closeShift(cashier: Receipt['cashier'], options: KzFiscalCallOptions): Promise<KzFiscalResult>;
  registerReceipt(receipt: Receipt, options: KzReceiptCallOptions): Promise<KzFiscalResult>;
  moveCash(movement: CashMovement, options: KzFiscalCallOptions): Promise<CashMovementResult>;
  lookup(...args: Parameters<FiscalRegister['lookup']>): Promise<LookupAnswer<KzFiscalResult>>;
  /**
   * The shift that the device has closed by itself before the document of a key: its Z report belongs to the books like any other. With a
   * printer it is printed before the document.
   */
  closedShift(operationKey: string): KzClosedShift | undefined;
  /** The paper of a receipt that this register has made, e.g. to show it or to print it again after a restart. */
  receiptRows(
    receipt: Receipt,
    result: KzFiscalResult,
    options?: KzRowOptions & {
      readonly details?: KzReceiptDetails | undefined;
      readonly copy?: boolean | undefined;
    },
  ): Row[];
  /** The X report as rows of paper. */
  xReportRows(cashier?: Receipt['cashier'], options?: KzRowOptions): Row[];
  printCopy(fiscalDocumentNumber: number, options?: { readonly signal?: AbortSignal }): Promise<void>;
}
