import type { Kopecks } from '@elcert/core';

/** What the card's side may know of a basket before it moves money. */
export interface BasketFacts {
  readonly kind: 'purchase' | 'return';
  readonly certificateAmount: Kopecks;
  /** SHA-256 hashes (lower-case hex) of the cards and tokens that the basket was approved for. */
  readonly panHashes: readonly string[];
  /** The basket of the test TRU: always answered with insufficient funds, never booked. */
  readonly test: boolean;
}

/** A movement of certificate money, asked by an acquirer. */
export interface CertificateMovement {
  /** The acquirer's own id: asking again with the same id gives the same answer and moves nothing twice. */
  readonly operationId: string;
  readonly basketId: string;
  /** Hash of the card that was really tapped; another token of the same account is accepted. */
  readonly panHash: string;
  readonly certificate: Kopecks;
  readonly own: Kopecks;
}

/** The answer to a {@link CertificateMovement}. */
export type CertificateMovementAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: number; readonly description: string };

/**
 * The moment of truth, which FES operations do not show: the acquirer debits a certificate here. Implemented by the FES
 * emulator, called by the acquirer's.
 */
export interface CertificateDebitPort {
  basket(basketId: string): BasketFacts | undefined;
  /** Atomic and idempotent by `operationId`; books certificate → acquirer/clearing. */
  debit(movement: CertificateMovement): CertificateMovementAnswer;
  /** Gives certificate money back for a return basket; books acquirer/clearing → certificate. */
  credit(movement: CertificateMovement): CertificateMovementAnswer;
}
