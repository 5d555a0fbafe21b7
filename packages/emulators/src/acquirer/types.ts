import type { Kopecks, LocalDateTime, PartState } from '@elcert/core';
import type {
  CertificateDebitPort,
  EmulatorContext,
  FaultPlan,
  Recorder,
  Scenario,
} from '../kernel/index.js';

/** How an {@link AcquirerHost} is made. */
export interface AcquirerOptions extends EmulatorContext {
  readonly scenario: Scenario;
  /** Where certificates are debited: the FES emulator's port. Without it every certificate part is refused. */
  readonly certificates: CertificateDebitPort | undefined;
  /**
   * `own-first` (the default) is the merchant guide's order. `certificate-first` is what some terminal drivers report: there
   * a refused own part leaves the certificate debited, because acquirers do not cancel certificate operations.
   */
  readonly order?: 'own-first' | 'certificate-first';
  /** With `own-first`: take the own part back when the certificate is refused (the default), or leave it done. */
  readonly whenCertificateRefused?: 'reverse-own' | 'keep-own';
  /** What the basket of the test TRU is answered with; `51` by the guide, some cash software shows `513`. */
  readonly testCode?: '51' | '513';
  readonly pin?: Partial<PinRules>;
}

/** When a plastic card is asked for its PIN, and how often it may be wrong. A phone checks its holder itself. */
export interface PinRules {
  /** Wrong ones in a row before the card is blocked (75) until {@link AcquirerHost.unblock}; 3 unless told. */
  readonly tries: number;
  /** A payment without a PIN above this, or by a certificate, is refused with 70; 3000 rubles unless told. */
  readonly noPinLimit: Kopecks;
}

/** What a terminal asks of its acquirer. Sums in kopecks. */
export type AuthorizationRequest =
  | {
      readonly kind: 'payment' | 'refund';
      /** The terminal's own id: the same one again gives the same answer and moves nothing twice. */
      readonly operationId: string;
      readonly terminalId: string;
      /** Digits of the card or token that was tapped. Never recorded. */
      readonly pan: string;
      readonly own: Kopecks;
      readonly certificate: Kopecks;
      readonly basketId?: string | undefined;
      /** Refund: RRN of the payment. */
      readonly originalRrn?: string | undefined;
      /** How the holder was checked; not looked at when it is absent. `wrong-pin` is refused with 55. */
      readonly holder?: 'none' | 'pin' | 'device' | 'wrong-pin';
    }
  | {
      /** `reversal`: the terminal does not know how the original ended, or could not finish its part; 25 when it never came. */
      readonly kind: 'void' | 'reversal';
      readonly operationId: string;
      readonly terminalId: string;
      /** The operation that is undone. */
      readonly originalOperationId: string;
    };

/** What the acquirer answers. */
export interface AuthorizationAnswer {
  /** `false`: no answer came back to the terminal, whatever was done. */
  readonly answered: boolean;
  readonly approved: boolean;
  readonly own: PartState;
  readonly certificate: PartState;
  /** `00` approved, `51` insufficient funds … */
  readonly responseCode: string;
  readonly responseText: string;
  /** 12 digits. */
  readonly rrn: string;
  /** 6 digits, approved operations only. */
  readonly authCode?: string | undefined;
  readonly maskedPan: string;
}

/** An operation in the acquirer's journal. */
export interface AcquirerOperation extends AuthorizationAnswer {
  readonly operationId: string;
  readonly kind: AuthorizationRequest['kind'];
  readonly at: LocalDateTime;
  readonly terminalId: string;
  readonly cardId: string | undefined;
  /** Sums that were asked for. */
  readonly ownAmount: Kopecks;
  readonly certificateAmount: Kopecks;
  readonly basketId?: string | undefined;
  /** A later void has undone it. */
  readonly voided: boolean;
  readonly cleared: boolean;
}

/** One line of the clearing file. */
export interface ClearingEntry {
  readonly operationId: string;
  readonly kind: AuthorizationRequest['kind'];
  readonly at: LocalDateTime;
  readonly terminalId: string;
  readonly maskedPan: string;
  readonly rrn: string;
  /** What the merchant gets for it (negative: gives back), kopecks. */
  readonly own: Kopecks;
  readonly certificate: Kopecks;
  readonly basketId?: string | undefined;
}

/** The clearing file of a day: what the bank pays the merchant, to the kopeck. */
export interface ClearingFile {
  /** From 1. */
  readonly number: number;
  /** When the day was closed. */
  readonly at: LocalDateTime;
  readonly merchantId: string;
  readonly entries: readonly ClearingEntry[];
  readonly own: Kopecks;
  readonly certificate: Kopecks;
}

/** Own money of a card, and what its PIN counter says. */
export interface CardBalance {
  readonly cardId: string;
  readonly balance: Kopecks;
  readonly pinTriesLeft: number;
}

/** A {@link AcquirerHost.settle}: the host's counters, and whether the terminal's were the same. */
export interface Settlement extends TerminalTotals {
  readonly agreed: boolean;
}

/** Counters of a terminal since its last settlement. */
export interface TerminalTotals {
  readonly sales: { readonly count: number; readonly amount: Kopecks };
  readonly refunds: { readonly count: number; readonly amount: Kopecks };
  readonly voids: { readonly count: number; readonly amount: Kopecks };
}

/** The bank and issuer behind emulated terminals. */
export interface AcquirerHost {
  authorize(request: AuthorizationRequest): AuthorizationAnswer;
  /** The journal, oldest first. */
  operations(): readonly AcquirerOperation[];
  /** What waits to be cleared, oldest first. */
  clearing(): readonly ClearingEntry[];
  /** Ends the day: pays what waits to the merchant (`acquirer/clearing` → `merchant/<id>`) and gives the file of it. */
  clear(): readonly ClearingEntry[];
  /** Files of the days that were closed, oldest first. */
  clearingFiles(): readonly ClearingFile[];
  totals(terminalId: string): TerminalTotals;
  /**
   * Gives the totals of a terminal and starts them anew.
   *
   * @param counted - what the terminal has counted itself; the bank says whether it agrees
   */
  settle(terminalId: string, counted?: TerminalTotals): Settlement;
  balances(): readonly CardBalance[];
  /** Sets the PIN counter of a card anew. */
  unblock(cardId: string): void;
  readonly records: Recorder;
  readonly faults: FaultPlan;
}
