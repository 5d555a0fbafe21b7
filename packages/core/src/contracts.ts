import type { Kopecks } from './kopecks.js';

// Contracts that packages of one floor share without knowing each other. Types only.

/** The part of a `fetch` answer that Elcert reads. */
export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** The part of `fetch` that Elcert needs: the platform's own satisfies it, so does one with a proxy or a private CA. */
export type FetchLike = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: Uint8Array<ArrayBuffer>;
    readonly signal?: AbortSignal;
  },
) => Promise<FetchResponse>;

/** A logger in pino's shape: facts first, then a short message. Only redacted values are ever passed to it. */
export interface Logger {
  debug(facts: Readonly<Record<string, unknown>>, message: string): void;
  info(facts: Readonly<Record<string, unknown>>, message: string): void;
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  error(facts: Readonly<Record<string, unknown>>, message: string): void;
}

/** The answer to "was the operation with this key done?" */
export type LookupAnswer<T> =
  | { readonly state: 'done'; readonly result: T }
  | { readonly state: 'not-done' }
  /** It cannot be told from here: a person, or another system, decides. */
  | { readonly state: 'unknown'; readonly reason: string };

/** What became of one part (own money, or the certificate) of a payment. */
export type PartState = 'done' | 'refused' | 'not-attempted' | 'unknown';

/** A certificate payment or refund, as it goes to the card's side. Both sums in kopecks. */
export interface CertificatePayment {
  /** The caller's UUID, persisted by the caller before the call. */
  readonly operationKey: string;
  /** Purchase basket for a payment, return basket for a refund. */
  readonly basketId: string;
  /** SHA-256 of the card number, lower-case hex. */
  readonly panHash: string;
  readonly par?: string | undefined;
  readonly certificateAmount: Kopecks;
  /** What the buyer pays by the card itself; may be 0. */
  readonly ownAmount: Kopecks;
}

/** How a certificate payment or refund ended, part by part. */
export interface AuthorizationResult {
  readonly own: PartState;
  readonly certificate: PartState;
  /** The acquirer's own code: `00` approved, `51` (or `513`) on the test TRU. */
  readonly responseCode?: string | undefined;
  readonly responseText?: string | undefined;
  readonly rrn?: string | undefined;
  readonly authCode?: string | undefined;
  readonly receiptNumber?: string | undefined;
  readonly maskedPan?: string | undefined;
  readonly slip?: readonly string[] | undefined;
}

/** Who moves the money of a certificate payment: a terminal at a till, a payment provider in an e-shop. */
export interface Authorizer {
  /** @throws ElcertError with an outcome; after `unknown` ask {@link Authorizer.lookup}, never pay again. */
  pay(payment: CertificatePayment, options?: { readonly signal?: AbortSignal }): Promise<AuthorizationResult>;
  refund(
    payment: CertificatePayment,
    options?: { readonly signal?: AbortSignal },
  ): Promise<AuthorizationResult>;
  lookup(
    operationKey: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<LookupAnswer<AuthorizationResult>>;
}

/** One document of a fiscal drive that waits for its operator. */
export interface FnMessage {
  /** 16 characters, as the drive reports them. */
  readonly fiscalDriveNumber: string;
  /** The container (32-byte header and data) exactly as the drive gave it. */
  readonly container: Uint8Array;
}

/** Where documents for the operator come from and where its answers go: a register, or a folder. Strictly in order. */
export interface FnMessageSource {
  /** The oldest document that waits, or nothing. Asking again before an answer was loaded gives the same one. */
  next(options?: { readonly signal?: AbortSignal }): Promise<FnMessage | undefined>;
  /**
   * Loads the operator's answer (the reply's container).
   *
   * @throws ElcertError `refused` when the drive does not accept it: the document stays in the queue.
   */
  confirm(message: FnMessage, reply: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<void>;
}
