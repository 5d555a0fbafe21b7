import type {
  AuthorizationResult,
  Authorizer,
  CertificatePayment,
  Kopecks,
  LookupAnswer,
} from '@elcert/core';

/** What a terminal tells of a card that was tapped without a PIN. */
export interface CardReading {
  /** SHA-256 of the card number, lower-case hex. */
  readonly panHash: string;
  readonly maskedPan?: string | undefined;
  /** Payment account reference; LAN-4Gate has none. */
  readonly par?: string | undefined;
}

/** Something to show to the cashier while the terminal works. */
export interface TerminalProgress {
  /** The terminal family's own code, for logs. */
  readonly code: number;
  readonly name: string;
  readonly userMessage: string;
}

/** What the terminal asks the cashier in the middle of an operation. */
export type TerminalDialog =
  | { readonly kind: 'yes-no'; readonly title: string; readonly text: string | undefined }
  | { readonly kind: 'amount'; readonly title: string; readonly text: string | undefined }
  | {
      readonly kind: 'text';
      readonly title: string;
      readonly text: string | undefined;
      readonly minLength: number;
      readonly maxLength: number | undefined;
    }
  | {
      readonly kind: 'menu';
      readonly title: string;
      readonly text: string | undefined;
      readonly options: readonly string[];
    };

/**
 * The cashier's answer: yes or no, kopecks, a text, or the index of the chosen option from 0 – of the kind that was asked.
 * `undefined` cancels the operation.
 */
export type TerminalDialogAnswer = boolean | number | string | undefined;

/** What a terminal can do, known before it is asked to. */
export interface TerminalCapabilities {
  readonly certificates: boolean;
  /** It reports a payment account reference. */
  readonly par: boolean;
  /** Its answer about the last operation names the basket, so that a lookup can be certain. */
  readonly lookupByBasket: boolean;
}

/** Options of a call that waits for a person. */
export interface TerminalCallOptions {
  /** Asks the terminal to stop. The call still waits for the verdict, as the abort may come too late. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TerminalProgress) => void) | undefined;
  /** Without it, or when it throws, a terminal that asks is told to stop the operation. */
  readonly onDialog?: ((dialog: TerminalDialog) => Promise<TerminalDialogAnswer>) | undefined;
}

/** A payment by the card's own money. */
export interface CardPayment {
  /** The caller's UUID, persisted by the caller before the call. */
  readonly operationKey: string;
  readonly amount: Kopecks;
}

/** Giving back what was paid by the card's own money. */
export interface CardRefund extends CardPayment {
  /** RRN of the payment. */
  readonly rrn: string;
}

/** Undoing an operation of the same day, before settlement. */
export interface CardVoid {
  /** The caller's UUID, persisted by the caller before the call. */
  readonly operationKey: string;
  /** The terminal's own receipt number; without it the last operation is undone. */
  readonly receiptNumber?: string | undefined;
}

/** What the terminal remembers of its last operation. It names neither our key nor the basket. */
export interface LastOperation {
  /** The family's own code; `undefined` when the terminal does not say. */
  readonly operationCode: number | undefined;
  readonly approved: boolean;
  readonly totalAmount?: Kopecks | undefined;
  readonly responseCode?: string | undefined;
  readonly rrn?: string | undefined;
  readonly receiptNumber?: string | undefined;
  readonly transactionId?: string | undefined;
  /** When, as the terminal writes it. */
  readonly dateTime?: string | undefined;
}

/** Totals since the last settlement, as the terminal counts them. */
export interface SettlementTotals {
  /** The bank agrees. */
  readonly agreed: boolean;
  readonly sales: { readonly count: number; readonly amount: Kopecks };
  readonly refunds: { readonly count: number; readonly amount: Kopecks };
  readonly voids: { readonly count: number; readonly amount: Kopecks };
  readonly responseCode?: string | undefined;
  readonly slip?: readonly string[] | undefined;
}

/**
 * A payment terminal that knows certificates.
 *
 * Money calls return a result part by part, or throw an `ElcertError` with an outcome; after `unknown` ask
 * {@link PaymentTerminal.lookup}, never pay again.
 */
export interface PaymentTerminal {
  readonly capabilities: TerminalCapabilities;
  /** Reads a card without a PIN: the first tap. Moves no money: it may be repeated whatever its error says. */
  readCard(options?: TerminalCallOptions): Promise<CardReading>;
  /** Own money first, certificate second: the second tap. */
  payCertificate(payment: CertificatePayment, options?: TerminalCallOptions): Promise<AuthorizationResult>;
  refundCertificate(payment: CertificatePayment, options?: TerminalCallOptions): Promise<AuthorizationResult>;
  /** Pays by the card alone, without a certificate. */
  pay(payment: CardPayment, options?: TerminalCallOptions): Promise<AuthorizationResult>;
  lastOperation(options?: TerminalCallOptions): Promise<LastOperation | undefined>;
  lookup(operationKey: string, options?: TerminalCallOptions): Promise<LookupAnswer<AuthorizationResult>>;
  close(): Promise<void>;
}

/** A terminal that gives back what was paid by the card alone. */
export interface CardRefundTerminal extends PaymentTerminal {
  refund(payment: CardRefund, options?: TerminalCallOptions): Promise<AuthorizationResult>;
}

/** A terminal that undoes card operations of the same day. Certificate operations are not undone: they are returned. */
export interface CardVoidTerminal extends PaymentTerminal {
  voidOperation(payment: CardVoid, options?: TerminalCallOptions): Promise<AuthorizationResult>;
}

/** A terminal that settles its totals with the bank on demand. */
export interface SettlementTerminal extends PaymentTerminal {
  settle(options?: TerminalCallOptions): Promise<SettlementTotals>;
}

/** The terminal as the {@link Authorizer} of a certificate payment. */
export function terminalAuthorizer(terminal: PaymentTerminal): Authorizer {
  return {
    pay: (payment, options) => terminal.payCertificate(payment, options),
    refund: (payment, options) => terminal.refundCertificate(payment, options),
    lookup: (operationKey, options) => terminal.lookup(operationKey, options),
  };
}
