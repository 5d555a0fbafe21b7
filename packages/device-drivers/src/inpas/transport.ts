import type { TerminalCallOptions } from '../terminal.js';
import type { InpasFields } from './codec.js';
import type { InpasEnd } from './machine.js';
import type { InpasCircumstances } from './verdict.js';

/** How an exchange whose request went out has ended, and what the host knows besides. */
export interface InpasSentEnd {
  readonly end: Exclude<InpasEnd, { readonly type: 'not-taken' }> | InpasServiceError;
  readonly circumstances: InpasCircumstances;
}

/** DualConnector answered with an error of its own in place of fields. */
export interface InpasServiceError {
  readonly type: 'service-error';
  readonly code: string;
  readonly text: string;
}

/** What an exchange is run with. */
export interface InpasRunOptions {
  /** How long the terminal may be silent once it has taken the request, milliseconds. */
  readonly answerMs: number;
  readonly repeatable: boolean;
  readonly call: TerminalCallOptions;
  /** Called just before the request's first byte goes out. */
  readonly onSent?: () => void;
  /** Called with an answer that comes after the exchange was given up, before anything else was asked. */
  readonly onLate?: (answer: InpasFields) => void;
}

/** How requests get to the terminal: SA over a byte channel, or DualConnector over HTTP. */
export interface InpasTransport {
  /** @throws ElcertError, always `not-sent` */
  run(request: InpasFields, options: InpasRunOptions): Promise<InpasSentEnd>;
  close(): Promise<void>;
}
