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

/** What a terminal can do, known before it is asked to. {@link terminalCan} turns a member into the calls that it stands for. */
export interface TerminalCapabilities {
  /** Pays by certificates and takes such payments back ({@link PaymentTerminal.payCertificate}). */
  readonly certificates: boolean;
  /** Reading a card gives the SHA-256 of its number. */
  readonly panHash: boolean;
  /** Reading a card gives its masked number. */
  readonly maskedPan: boolean;
  /** It reports a payment account reference. */
  readonly par: boolean;
  /** It can be asked for its last operation; otherwise {@link PaymentTerminal.lastOperation} finds nothing. */
  readonly lastOperation: boolean;
  /** Its answer about the last operation names the basket, so that a lookup can be certain. */
  readonly lookupByBasket: boolean;
  /** {@link CardRefundTerminal} */
  readonly refund: boolean;
  /** {@link CardVoidTerminal} */
  readonly void: boolean;
  /** {@link SettlementTerminal} */
  readonly settlement: boolean;
  /** {@link OperationsTerminal} */
  readonly operations: boolean;
  /** {@link ReversalTerminal} */
  readonly emergencyReversal: boolean;
  /** {@link ThreePhaseTerminal}: an operation that is not committed is taken back. */
  readonly threePhase: boolean;
  /** It may ask this host to carry its traffic with the bank (`TerminalRelayOptions`). */
  readonly hostRelay: boolean;
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
  /** The terminal's own receipt number; without it and without `rrn` the last operation is undone, where a terminal does so. */
  readonly receiptNumber?: string | undefined;
  /** RRN of the operation, for terminals that find it by that (INPAS). */
  readonly rrn?: string | undefined;
  /** What was paid; INPAS is told it. */
  readonly amount?: Kopecks | undefined;
}

/**
 * Undoing the last operation because the till could not finish its part: the slip, or the receipt, would not print.
 *
 * The original is named twice, so that nobody else's payment is undone: by its key, and by what the terminal answered to it.
 */
export interface EmergencyReversal {
  /** The caller's UUID of this reversal, persisted by the caller before the call. */
  readonly operationKey: string;
  /** Key of the operation that is undone. */
  readonly originalKey: string;
  /** What the terminal answered to it, as the caller kept it: needed when the till was started anew in between. */
  readonly original?: Pick<AuthorizationResult, 'rrn' | 'receiptNumber'> | undefined;
}

/** A line of the terminal's list of operations. */
export interface TerminalOperationRow {
  readonly kind: 'payment' | 'refund' | 'void';
  readonly amount: Kopecks;
  readonly maskedPan?: string | undefined;
  readonly rrn?: string | undefined;
  readonly receiptNumber?: string | undefined;
  readonly responseCode?: string | undefined;
  readonly transactionId?: string | undefined;
  /** When, as the terminal writes it. */
  readonly dateTime?: string | undefined;
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
  /** `undefined` when the terminal remembers none, or cannot be asked. */
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

/** A terminal that tells its operations since the last settlement. */
export interface OperationsTerminal extends PaymentTerminal {
  operations(options?: TerminalCallOptions): Promise<readonly TerminalOperationRow[]>;
}

/** A terminal that undoes its last operation in an emergency. */
export interface ReversalTerminal extends PaymentTerminal {
  /**
   * Undoes the last operation, if it is the one that is meant.
   *
   * @throws ElcertError `REVERSAL_UNSAFE` (`not-sent`) when that is not certain; otherwise as the money calls do
   */
  reverseLast(reversal: EmergencyReversal, options?: TerminalCallOptions): Promise<AuthorizationResult>;
}

/**
 * A terminal that closes an operation in three phases (UPOS): paid and suspended, then committed once the receipt is printed,
 * or rolled back. What is neither is taken back by the terminal itself.
 */
export interface ThreePhaseTerminal extends PaymentTerminal {
  /** Makes a suspended operation final. Repeating it is harmless. */
  commit(operationKey: string, options?: TerminalCallOptions): Promise<void>;
  /** Takes a suspended operation back. Repeating it is harmless. */
  rollback(operationKey: string, options?: TerminalCallOptions): Promise<AuthorizationResult>;
}

/** The calls behind a capability. */
export interface TerminalExtensions {
  readonly refund: CardRefundTerminal;
  readonly void: CardVoidTerminal;
  readonly settlement: SettlementTerminal;
  readonly operations: OperationsTerminal;
  readonly emergencyReversal: ReversalTerminal;
  readonly threePhase: ThreePhaseTerminal;
}

/**
 * Whether a terminal has the calls of a capability.
 *
 * @example
 * ```ts
 * if (terminalCan(terminal, 'settlement')) await terminal.settle();
 * ```
 */
export function terminalCan<Capability extends keyof TerminalExtensions>(
  terminal: PaymentTerminal,
  capability: Capability,
): terminal is TerminalExtensions[Capability] {
  return terminal.capabilities[capability];
}

const isCut = (line: string): boolean => /^\s*\[(?:cut|отрезка)\]\s*$/i.test(line);

// 1C's driver requirements 4.0: a slip holds none of 1–8, 11, 12, 14–31.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/**
 * A slip as the pieces of paper it is meant to be, line by line: cut at lines `[cut]` (or `[отрезка]`), without control characters and
 * without pieces that are empty.
 *
 * @example
 * ```ts
 * splitSlip(['ДЛЯ КЛИЕНТА', '[cut]', 'ДЛЯ МАГАЗИНА']); // [['ДЛЯ КЛИЕНТА'], ['ДЛЯ МАГАЗИНА']]
 * ```
 */
export function splitSlip(slip: readonly string[]): readonly (readonly string[])[] {
  const pieces: string[][] = [[]];
  for (const line of slip.flatMap((text) => text.split(/\r?\n/))) {
    if (isCut(line)) pieces.push([]);
    else pieces.at(-1)?.push(line.replace(control, ''));
  }
  return pieces.filter((piece) => piece.some((line) => line.trim() !== ''));
}

/** The terminal as the {@link Authorizer} of a certificate payment. */
export function terminalAuthorizer(terminal: PaymentTerminal): Authorizer {
  return {
    pay: (payment, options) => terminal.payCertificate(payment, options),
    refund: (payment, options) => terminal.refundCertificate(payment, options),
    lookup: (operationKey, options) => terminal.lookup(operationKey, options),
  };
}
