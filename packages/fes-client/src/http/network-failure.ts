// Errors of `fetch` carry the reason in `cause`, in the words of the runtime underneath.

const beforeConnection = new Set([
  'ECONNREFUSED',
  'ConnectionRefused',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const certificate =
  /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|UNABLE_TO_(VERIFY|GET)_|HOSTNAME_MISMATCH$|INVALID_CA$)/;

/** Why trying again will not help. */
export type LastingFailure =
  /** The server's certificate was not accepted: the handshake ended before the request. */
  | 'certificate'
  /** The Fetch standard forbids the port of the address: `fetch` opens no connection to it. */
  | 'port';

/** What a failed `fetch` says of the request: whether it can have left, and whether trying again makes sense. */
export interface NetworkFailure {
  readonly sent: boolean;
  readonly lasting: LastingFailure | undefined;
  /** The runtime's own code, when it has one. */
  readonly code: string | undefined;
}

interface Cause {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
}

function* causes(error: unknown, depth = 0): Generator<Cause> {
  if (typeof error !== 'object' || error === null || depth > 5) return;
  yield error;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  yield* causes(cause, depth + 1);
  if (Array.isArray(errors)) for (const one of errors.slice(0, 8)) yield* causes(one, depth + 1);
}

/** Reads an error of `fetch`. What it does not recognise may have been sent. */
export function networkFailure(error: unknown): NetworkFailure {
  let first: string | undefined;
  for (const { code, syscall, message } of causes(error)) {
    // Said by Node without a code, before any connection.
    if (code === undefined && message === 'bad port') return { sent: false, lasting: 'port', code: first };
    if (typeof code !== 'string') continue;
    first ??= code;
    if (certificate.test(code)) return { sent: false, lasting: 'certificate', code };
    if (beforeConnection.has(code) || (code === 'ETIMEDOUT' && syscall === 'connect'))
      return { sent: false, lasting: undefined, code };
  }
  return { sent: true, lasting: undefined, code: first };
}
