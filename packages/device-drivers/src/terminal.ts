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
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TerminalProgress) => void) | undefined;
}

/** A payment by the card's own money. */
export interface CardPayment {
  /** The caller's UUID, persisted by the caller before the call. */
  readonly operationKey: string;
  readonly amount: Kopecks;
}

/** What the terminal remembers of its last operation. It names neither our key nor the basket. */
export interface LastOperation {
  readonly operationCode: number;
  readonly approved: boolean;
  readonly totalAmount?: Kopecks | undefined;
  readonly responseCode?: string | undefined;
  readonly rrn?: string | undefined;
  readonly receiptNumber?: string | undefined;
  readonly transactionId?: string | undefined;
}

/**
 * A payment terminal that knows certificates.
 *
 * Money calls return a result part by part, or throw an `ElcertError` with an outcome; after `unknown` ask
 * {@link PaymentTerminal.lookup}, never pay again.
 */
export interface PaymentTerminal {
  readonly capabilities: TerminalCapabilities;
  /** Reads a card without a PIN: the first tap. */
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

/** The terminal as the {@link Authorizer} of a certificate payment. */
export function terminalAuthorizer(terminal: PaymentTerminal): Authorizer {
  return {
    pay: (payment, options) => terminal.payCertificate(payment, options),
    refund: (payment, options) => terminal.refundCertificate(payment, options),
    lookup: (operationKey, options) => terminal.lookup(operationKey, options),
  };
}
