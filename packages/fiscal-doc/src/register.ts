import type { FnMessageSource, Kopecks, LocalDateTime, LookupAnswer } from '@elcert/core';
import type { FiscalCallOptions, FiscalResult } from './fiscal-call.js';
import type { ReceiptPrinter } from './printing.js';
import type { QuantityUnit, Receipt, SettlementType } from './receipt.js';
import type { RegistrationDesk } from './registration.js';

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
  /** Time of the oldest of them: after thirty days a drive signs nothing more. Absent when nothing waits or it is not told. */
  readonly oldestUnsentAt?: LocalDateTime | undefined;
  /** `false` for a drive that is not registered yet, or closed: it signs nothing. Absent when it is not told. */
  readonly driveInFiscalPhase?: boolean | undefined;
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
  /** It checks marked products: {@link FiscalRegister.marking} is there. */
  readonly marking?: boolean | undefined;
  /** It makes a receipt that is sent to the buyer and not printed: {@link ReceiptCallOptions.electronicOnly}. */
  readonly electronicOnly?: boolean | undefined;
}

/** What is to become of a marked product (tag 2003). */
export type PlannedStatus = 'pieceSold' | 'measuredSold' | 'pieceReturned' | 'measuredReturned' | 'unchanged';

/** A marked product to be checked before it stands in a receipt. */
export interface MarkedItem {
  /** The whole code as it was scanned, group separators (U+001D) included; ASCII (tag 2000). */
  readonly code: string;
  readonly plannedStatus: PlannedStatus;
  /** Exact decimal text; needed for `measuredSold` and `measuredReturned` only (tag 1023). */
  readonly quantity?: string | undefined;
  /** `piece` unless told (tag 2108). */
  readonly unit?: QuantityUnit | undefined;
}

/** What the drive and the marking service found. */
export interface MarkingCheck {
  /** The drive's own check of the cryptographic tail (tag 2004). */
  readonly local: 'notChecked' | 'negative' | 'positive';
  /** Type of the code, 0 to 5 (tag 2100). */
  readonly codeType: number;
  /** The marking service has answered. */
  readonly online: boolean;
  /** The result so far as tag 2106 has it; `undefined` while the service has not answered. */
  readonly result: number | undefined;
  /** What the service says of the status (tag 2109). */
  readonly status: 'correct' | 'wrong' | 'suspended' | undefined;
  /** A check was made and came out against the product: by the law of most groups it must not be sold. */
  readonly negative: boolean;
}

/**
 * Checks marked products one by one. Each check ends in `accept` or `reject`; accepted products wait in the drive for the
 * next receipt, whose lines name them by `markingCode` and carry the result as `markingCheck`. Nothing here is fiscal.
 */
export interface MarkingSession {
  check(item: MarkedItem, options?: { readonly signal?: AbortSignal }): Promise<MarkingCheck>;
  /** Keeps the product that was checked last. @returns the result for `markingCheck` (tag 2106) */
  accept(options?: { readonly signal?: AbortSignal }): Promise<number>;
  /** Forgets the product that was checked last. */
  reject(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Forgets every accepted product, e.g. when the buyer leaves. */
  clear(options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/**
 * What the caller persisted together with the key. A register keeps no keys of ours: what was done is found by the
 * documents that came after `afterDocumentNumber`.
 */
export interface FiscalEvidence {
  /** `lastFiscalDocumentNumber` of the status asked before the call. */
  readonly afterDocumentNumber: number;
  /** `fiscalDriveNumber` of that status: after a change of drive nothing can be concluded. */
  readonly fiscalDriveNumber?: string | undefined;
  /** The receipt that was being registered; absent for a shift. */
  readonly receipt?: Receipt | undefined;
  /** Form of what is no receipt: 2 for opening a shift, 5 for closing it; 1, 11, 21, 6 where the driver makes them. */
  readonly documentCode?: number | undefined;
}

/** How a receipt is to be registered. */
export interface ReceiptCallOptions extends FiscalCallOptions {
  /**
   * Not printed: the buyer gets it by `receipt.buyerContact`, which must be there.
   *
   * A register without `capabilities.electronicOnly` refuses it before anything is done.
   */
  readonly electronicOnly?: boolean | undefined;
}

/** Cash put into the drawer or taken out of it, apart from any sale. Not fiscal, but counted by the register. */
export interface CashMovement {
  readonly direction: 'in' | 'out';
  /** Kopecks, above 0. */
  readonly amount: Kopecks;
}

/** What a cash movement leaves behind. */
export interface CashMovementResult {
  /** Kopecks in the drawer after it, as the register counts them; absent when it does not tell. */
  readonly cashInDrawer?: Kopecks | undefined;
}

/** What the caller persisted together with the key of a cash movement. */
export interface CashEvidence {
  readonly movement: CashMovement;
  /** `cashInDrawer` of the {@link ShiftTotals} asked before the call. */
  readonly drawerBefore: Kopecks;
}

/** Number and sum of the receipts of one kind in a shift; sums in kopecks. Corrections are not among them. */
export interface ShiftTotal {
  readonly count: number;
  readonly sum: Kopecks;
}

/** What a shift has come to so far. A register leaves out what it does not tell. */
export interface ShiftTotals {
  readonly shiftNumber?: number | undefined;
  /** Kopecks. */
  readonly cashInDrawer?: Kopecks | undefined;
  readonly receipts?: Readonly<Partial<Record<SettlementType, ShiftTotal>>> | undefined;
  readonly cashIn?: ShiftTotal | undefined;
  readonly cashOut?: ShiftTotal | undefined;
}

/** Where a drive stands in its life. */
export type DrivePhase = 'ready' | 'fiscal' | 'closed' | 'read';

/** State of the fiscal drive. A register leaves out what it does not tell. */
export interface DriveState {
  readonly fiscalDriveNumber: string;
  /** `ready` for registration, `fiscal`, `closed` (its last documents may still go out), `read` (everything is delivered). */
  readonly phase: DrivePhase;
  /** Version of the drive's programme. */
  readonly version?: string | undefined;
  /** FFD in force. */
  readonly ffdVersion?: '1.0' | '1.05' | '1.1' | '1.2' | undefined;
  /** ISO date until which its keys hold. */
  readonly validUntil?: string | undefined;
  readonly registrationsMade?: number | undefined;
  readonly registrationsLeft?: number | undefined;
  readonly lastFiscalDocumentNumber?: number | undefined;
  readonly warnings: {
    /** Three days of the keys are left. */
    readonly replaceUrgently: boolean;
    /** Thirty days of the keys are left. */
    readonly replaceSoon: boolean;
    /** The archive is full to 99 %. */
    readonly archiveAlmostFull: boolean;
    /** No answer of the operator for too long. */
    readonly operatorSilent: boolean;
  };
  /** The queue for the operator; absent in autonomous mode. */
  readonly operator?:
    | {
        readonly unsentDocuments: number;
        readonly oldestUnsentNumber?: number | undefined;
        readonly oldestUnsentAt?: LocalDateTime | undefined;
      }
    | undefined;
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
  /** Checks of marked products, where the register makes them. */
  readonly marking?: MarkingSession | undefined;
  /** Paper outside receipts, and the drawer. */
  readonly printer?: ReceiptPrinter | undefined;
  /** Registration with the tax service and the end of a drive, where the register does them. */
  readonly registration?: RegistrationDesk | undefined;
  identity(options?: { readonly signal?: AbortSignal }): Promise<RegisterIdentity>;
  status(options?: { readonly signal?: AbortSignal }): Promise<RegisterStatus>;
  openShift(cashier: Receipt['cashier'], options: FiscalCallOptions): Promise<FiscalResult>;
  closeShift(cashier: Receipt['cashier'], options: FiscalCallOptions): Promise<FiscalResult>;
  /** Registers and prints a receipt. Leaves no document open, whether it succeeds or is refused. */
  registerReceipt(receipt: Receipt, options: ReceiptCallOptions): Promise<FiscalResult>;
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
  /** What the shift has come to. Prints nothing, changes nothing. */
  shiftTotals(options?: { readonly signal?: AbortSignal }): Promise<ShiftTotals>;
  /** Prints the X report. Changes nothing. */
  printXReport(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** After `unknown` ask {@link FiscalRegister.lookupCash}, never move it again. */
  moveCash(movement: CashMovement, options: FiscalCallOptions): Promise<CashMovementResult>;
  lookupCash(
    operationKey: string,
    evidence: CashEvidence,
    options?: { readonly signal?: AbortSignal },
  ): Promise<LookupAnswer<CashMovementResult>>;
  /** Makes and prints the report on the state of settlements, form 21. */
  settlementReport?(options: FiscalCallOptions): Promise<FiscalResult>;
  /** Prints a document of the drive once more, as a copy that is no receipt. */
  printCopy?(fiscalDocumentNumber: number, options?: { readonly signal?: AbortSignal }): Promise<void>;
  driveState?(options?: { readonly signal?: AbortSignal }): Promise<DriveState>;
  close(): Promise<void>;
}
