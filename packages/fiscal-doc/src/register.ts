import type { FnMessageSource, Kopecks, LocalDateTime, LookupAnswer } from '@elcert/core';
import type { Receipt, SettlementType } from './receipt.js';

/** What a fiscal call leaves behind: enough for the fiscal QR, for FES and to find the document again. */
export interface FiscalResult {
  /** Form code: 2 shift open, 3 receipt, 5 shift close … */
  readonly documentCode: number;
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: number;
  /** Decimal text of the 32-bit sign as it is printed, ten digits with leading zeros. */
  readonly fiscalSign: string;
  readonly dateTime: LocalDateTime;
  readonly shiftNumber?: number | undefined;
  /** Number of the receipt in the shift. */
  readonly receiptNumber?: number | undefined;
  /** Receipts only. */
  readonly totalSum?: Kopecks | undefined;
  readonly settlementType?: SettlementType | undefined;
}

/** State of a register at one moment. */
export interface RegisterStatus {
  readonly shift: 'closed' | 'open' | 'expired';
  /** A receipt was begun and neither closed nor cancelled. */
  readonly documentOpen: boolean;
  readonly paper: 'ok' | 'out' | 'unknown';
  readonly coverOpen: boolean | undefined;
  readonly shiftNumber: number | undefined;
  readonly dateTime: LocalDateTime | undefined;
  readonly fiscalDriveNumber: string;
  /** 0 before the first document. */
  readonly lastFiscalDocumentNumber: number;
  /** Documents that wait for the operator. */
  readonly unsentDocuments: number;
}

/** Who the register is. */
export interface RegisterIdentity {
  readonly model: string;
  readonly serialNumber: string;
  readonly fiscalDriveNumber: string;
  readonly inn: string | undefined;
  readonly kktRegistrationNumber: string | undefined;
}

/** What a register can do, known before it is asked to. */
export interface RegisterCapabilities {
  /** It hands its documents for the operator to the host. */
  readonly fnMessages: boolean;
  /** It reads documents back from its drive as TLV. */
  readonly readDocuments: boolean;
  /** Characters a line of its paper takes, when known. */
  readonly paperColumns: number | undefined;
}

/** Every fiscal call carries the caller's own key. */
export interface FiscalCallOptions {
  /** UUID that the caller has persisted before the call. */
  readonly operationKey: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What the caller persisted together with the key. A register keeps no keys of ours: what was done is found by the
 * documents that came after `afterDocumentNumber`.
 */
export interface FiscalEvidence {
  /** `lastFiscalDocumentNumber` of the status asked before the call. */
  readonly afterDocumentNumber: number;
  /** The receipt that was being registered; absent for a shift. */
  readonly receipt?: Receipt | undefined;
}

/**
 * A fiscal register: whole documents in one call.
 *
 * Each fiscal call either returns the document's result or throws an `ElcertError` with an outcome; after `unknown` ask
 * {@link FiscalRegister.lookup}, never register again.
 */
export interface FiscalRegister {
  readonly capabilities: RegisterCapabilities;
  /** The register's queue for the operator, when it hands it to the host. */
  readonly fnMessages: FnMessageSource | undefined;
  identity(options?: { readonly signal?: AbortSignal }): Promise<RegisterIdentity>;
  status(options?: { readonly signal?: AbortSignal }): Promise<RegisterStatus>;
  openShift(cashier: Receipt['cashier'], options: FiscalCallOptions): Promise<FiscalResult>;
  closeShift(cashier: Receipt['cashier'], options: FiscalCallOptions): Promise<FiscalResult>;
  /** Registers and prints a receipt. Leaves no document open, whether it succeeds or is refused. */
  registerReceipt(receipt: Receipt, options: FiscalCallOptions): Promise<FiscalResult>;
  lookup(
    operationKey: string,
    evidence: FiscalEvidence,
    options?: { readonly signal?: AbortSignal },
  ): Promise<LookupAnswer<FiscalResult>>;
  /** The document TLV (outer tag included) of a document in the drive. */
  readDocument(
    fiscalDocumentNumber: number,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Uint8Array>;
  close(): Promise<void>;
}
