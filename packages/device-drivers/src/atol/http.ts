import { type Clock, type FetchLike, type FetchResponse, redact } from '@elcert/core';
import { maxAtolBody } from './codec.js';
import { type AtolTrace, type AtolTraceEntry, maskAtolBody } from './trace.js';

/** What became of one HTTP exchange. */
export type AtolHttpOutcome =
  /** `body` is absent when it was cut, or longer than is read. */
  | { readonly type: 'answer'; readonly httpStatus: number; readonly body: Uint8Array | undefined }
  | { readonly type: 'not-connected' }
  | { readonly type: 'lost' };

/** Sends one HTTP request; never throws. */
export type AtolHttp = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: Uint8Array<ArrayBuffer>,
) => Promise<AtolHttpOutcome>;

const beforeConnection: ReadonlySet<unknown> = new Set([
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

/** Whether an error of `fetch` came before any byte could leave. What is not recognised may have left. */
function neverConnected(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  const { code, cause, errors } = error as {
    readonly code?: unknown;
    readonly cause?: unknown;
    readonly errors?: unknown;
  };
  return (
    beforeConnection.has(code) ||
    neverConnected(cause, depth + 1) ||
    (Array.isArray(errors) &&
      errors.length > 0 &&
      errors.slice(0, 8).every((one) => neverConnected(one, depth + 1)))
  );
}

function basic(login: string, password: string): string {
  const bytes = new TextEncoder().encode(`${login}:${password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}

function shown(body: Uint8Array | undefined): unknown {
  if (body === undefined || body.length === 0) return undefined;
  const text = new TextDecoder().decode(body);
  try {
    return maskAtolBody(JSON.parse(text) as unknown);
  } catch {
    return redact(text.slice(0, 2000));
  }
}

/** Makes the HTTP side of the driver. */
export function atolHttp(options: {
  readonly baseUrl: string;
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly credentials: { readonly login: string; readonly password: string } | undefined;
  readonly trace: AtolTrace | undefined;
}): AtolHttp {
  const { fetch, clock, timeoutMs, credentials, trace } = options;
  const base = options.baseUrl.replace(/\/+$/, '');
  const authorization: Record<string, string> =
    credentials === undefined ? {} : { authorization: basic(credentials.login, credentials.password) };
  return async (method, path, body) => {
    const controller = new AbortController();
    const cancelTimer = clock.setTimer(timeoutMs, () => controller.abort(new Error('timeout')));
    // A fetch of the caller's may ignore the signal: its promise is then left behind.
    const aborted = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
    });
    aborted.catch(() => {});
    const note = (entry: Omit<AtolTraceEntry, 'at' | 'method' | 'path' | 'body'>, bytes?: Uint8Array) => {
      if (trace === undefined) return;
      try {
        const content = shown(bytes);
        trace({
          at: clock.now(),
          method,
          path,
          ...entry,
          ...(content === undefined ? {} : { body: content }),
        });
      } catch {
        // Who writes a trace must not change what is known of the money.
      }
    };
    note({ direction: 'out' }, body);
    try {
      let response: FetchResponse;
      try {
        const init = {
          method,
          headers: {
            accept: 'application/json',
            ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
            ...authorization,
          },
          ...(body === undefined ? {} : { body }),
          // Followed, a redirect would carry the password on, and hide that the task was heard.
          redirect: 'manual',
          signal: controller.signal,
        } as const;
        const sent = fetch(`${base}${path}`, init);
        sent.catch(() => {});
        response = await Promise.race([sent, aborted]);
      } catch (error) {
        const failure = neverConnected(error) ? 'not-connected' : 'lost';
        note({ direction: 'in', failure });
        return { type: failure };
      }
      const httpStatus = response.status;
      let bytes: Uint8Array | undefined;
      try {
        const length = Number(response.headers.get('content-length') ?? 0);
        if (!(length > maxAtolBody)) {
          const read = response.arrayBuffer();
          read.catch(() => {});
          const buffer = await Promise.race([read, aborted]);
          if (buffer.byteLength <= maxAtolBody) bytes = new Uint8Array(buffer);
        }
      } catch {
        bytes = undefined;
      }
      note({ direction: 'in', httpStatus }, bytes);
      return { type: 'answer', httpStatus, body: bytes };
    } finally {
      cancelTimer();
    }
  };
}
