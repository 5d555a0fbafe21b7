import type { Kopecks, LocalDateTime } from '@elcert/core';
import type { SettlementType } from './receipt.js';

/** Every fiscal call carries the caller's own key. */
export interface FiscalCallOptions {
  /** UUID that the caller has persisted before the call. */
  readonly operationKey: string;
  readonly signal?: AbortSignal | undefined;
}

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
