/**
 * What is known of an operation that failed, and so what a caller may do next.
 *
 * - `not-sent`: nothing left this machine, or nobody took it: it is safe to try again.
 * - `refused`: the other side answered, and the answer is no: nothing moved.
 * - `unknown`: it may have been done. Ask (`lookup`), never repeat blindly.
 */
export type Outcome = 'not-sent' | 'refused' | 'unknown';

/** Every code that this package itself throws with; other packages have unions of their own. */
export type CoreErrorCode =
  | 'ABORTED'
  | 'BAD_DECIMAL'
  | 'BAD_HEX'
  | 'BAD_KOPECKS'
  | 'BAD_LOCAL_TIME'
  | 'BAD_TIME_ZONE'
  | 'CHANNEL_CLOSED'
  | 'CHANNEL_FAILED'
  | 'CONNECT_FAILED'
  | 'DECIMAL_PRECISION'
  | 'LISTEN_FAILED'
  | 'NOTHING_TO_SPLIT_OVER'
  | 'NUMBER_OUT_OF_RANGE'
  | 'OUTPUT_TOO_LONG'
  | 'SHORT_INPUT'
  | 'TRAILING_BYTES'
  | 'UNMAPPABLE_CHARACTER'
  | 'WRITE_TIMEOUT';

/** The details an {@link ElcertError} is made of. */
export interface ElcertErrorInit<Code extends string = string> {
  /** From the closed list of the package that throws. */
  readonly code: Code;
  /** For a developer: short, English, free of secrets. */
  readonly message: string;
  /** For a cashier: Russian, says what to do. */
  readonly userMessage?: string | undefined;
  /** Present on everything that touches money or a device. */
  readonly outcome?: Outcome | undefined;
  /** Where in a value the fault is: `receipt/items[2]/1079`. */
  readonly path?: string | undefined;
  /** Where in a text or in bytes the fault is, counted from 0. */
  readonly position?: number | undefined;
  /** Facts worth logging; never keys, MACs or card numbers. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

const brand = Symbol.for('@elcert/core/ElcertError');

/**
 * The base of every error that Elcert throws on purpose.
 *
 * @example
 * ```ts
 * try {
 *   await terminal.payCertificate(payment);
 * } catch (error) {
 *   if (isElcertError(error) && error.outcome === 'unknown') await terminal.lookup(payment.operationKey);
 * }
 * ```
 */
export class ElcertError<Code extends string = string> extends Error {
  override readonly name: string = 'ElcertError';
  readonly code: Code;
  readonly userMessage: string | undefined;
  readonly outcome: Outcome | undefined;
  readonly path: string | undefined;
  readonly position: number | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(init: ElcertErrorInit<Code>) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.userMessage = init.userMessage;
    this.outcome = init.outcome;
    this.path = init.path;
    this.position = init.position;
    this.details = init.details;
    Object.defineProperty(this, brand, { value: true });
  }

  /**
   * The shape that `--json` prints; absent members are left out. The cause is told by its code or name alone, because a
   * foreign message may quote what it was given; `redact(error)` masks what must not be in `message` and `details`.
   */
  toJSON(): Record<string, unknown> {
    const json: Record<string, unknown> = { code: this.code, message: this.message };
    if (this.userMessage !== undefined) json.userMessage = this.userMessage;
    if (this.outcome !== undefined) json.outcome = this.outcome;
    if (this.path !== undefined) json.path = this.path;
    if (this.position !== undefined) json.position = this.position;
    if (this.details !== undefined) json.details = this.details;
    const cause = this.cause;
    if (typeof cause === 'object' && cause !== null) {
      const { code, name } = cause as { readonly code?: unknown; readonly name?: unknown };
      const known = typeof code === 'string' ? code : name;
      if (typeof known === 'string') json.cause = known;
    }
    return json;
  }
}

/**
 * Recognises an {@link ElcertError}, also one made by another copy of this package.
 *
 * @param code - when given, the error must carry this code too
 */
export function isElcertError(error: unknown, code?: string): error is ElcertError {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as Record<symbol, unknown>)[brand] === true &&
    (code === undefined || (error as ElcertError).code === code)
  );
}

/** The outcome an error carries; anything that does not say is `unknown`, which is the safe reading. */
export function outcomeOf(error: unknown): Outcome {
  return (isElcertError(error) ? error.outcome : undefined) ?? 'unknown';
}
