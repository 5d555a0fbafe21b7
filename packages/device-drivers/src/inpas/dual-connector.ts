import {
  type Clock,
  type ElcertError,
  type FetchLike,
  type FetchResponse,
  isElcertError,
  type Logger,
  throwIfAborted,
} from '@elcert/core';
import { quietLogger } from '../quiet-logger.js';
import { type InpasFields, redactInpas } from './codec.js';
import {
  type InpasDialect,
  type InpasTerminal,
  type InpasTerminalOptions,
  inpasDateTime,
  inpasTerminal,
} from './driver.js';
import { type InpasErrorCode, inpasError, notBegun } from './errors.js';
import { inpasInterrupt, notTheAnswer } from './machine.js';
import { defaultInpasTimeouts } from './sa.js';
import type { InpasRunOptions, InpasSentEnd, InpasTransport } from './transport.js';
import {
  type DualConnectorAnswer,
  decodeDualConnectorAnswer,
  encodeDualConnectorRequest,
  maxDualConnectorAnswer,
} from './xml.js';

/** One exchange with the service, masked: fit for a file. */
export interface DualConnectorTraceEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly direction: 'out' | 'in';
  /** By field number. */
  readonly fields?: Readonly<Record<number, string>>;
  readonly error?: { readonly code: string; readonly text: string };
  readonly httpStatus?: number;
  /** Why no answer came, or none that can be read. */
  readonly failure?: 'not-connected' | 'lost' | 'unreadable';
}

/** Settings of a terminal behind the DualConnector service. */
export interface DualConnectorOptions extends InpasTerminalOptions {
  /** `http://localhost:9015/` unless told. */
  readonly url?: string;
  /** The platform's own unless given. */
  readonly fetch?: FetchLike;
  /** IANA zone of field 21; `Europe/Moscow` unless told. */
  readonly timeZone?: string;
  readonly trace?: (entry: DualConnectorTraceEntry) => void;
}

/**
 * A driver of INPAS terminals behind INPAS's own DualConnector service (HTTP and XML): the same calls and outcomes as
 * `openInpas`; the service carries the bank's traffic itself and tells nothing while an operation runs.
 *
 * A request is posted once. No connection is `not-sent`; a lost answer, an HTTP status other than 200 and an error of the
 * service (`<errorcode>`) leave money `unknown`: none of them says what the terminal did.
 *
 * @example
 * ```ts
 * const terminal = openDualConnector({ clock: systemClock(), terminalId: '00000001' });
 * const paid = await terminal.pay({ operationKey, amount: 15000 });
 * ```
 */
export function openDualConnector(options: DualConnectorOptions): InpasTerminal {
  const timeouts = { ...defaultInpasTimeouts, ...options.timeouts };
  const timeZone = options.timeZone ?? 'Europe/Moscow';
  const dialect: InpasDialect = {
    timeouts,
    hostRelay: false,
    amount: (value) => String(value),
    extra: () => ({ terminalDateTime: inpasDateTime(options.clock, timeZone) }),
  };
  return inpasTerminal(dualConnectorTransport({ ...options, abortMs: timeouts.abortMs }), options, dialect);
}

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
  const { code, cause, errors, message } = error as Readonly<Record<string, unknown>>;
  return (
    beforeConnection.has(code) ||
    // A port that fetch itself refuses has no code.
    (message === 'bad port' && code === undefined) ||
    neverConnected(cause, depth + 1) ||
    (Array.isArray(errors) &&
      errors.length > 0 &&
      errors.slice(0, 8).every((one) => neverConnected(one, depth + 1)))
  );
}

type Posted =
  | { readonly type: 'answer'; readonly answer: DualConnectorAnswer }
  | { readonly type: 'not-connected'; readonly cause: unknown }
  | { readonly type: 'lost'; readonly reason: 'timeout' | 'disconnected' | 'garbage' };

// The service is told to stop waiting for the terminal a little before we stop waiting for the service.
const marginMs = 5000;

function dualConnectorTransport(options: {
  readonly url?: string;
  readonly fetch?: FetchLike;
  readonly clock: Clock;
  readonly abortMs: number;
  readonly logger?: Logger;
  readonly trace?: (entry: DualConnectorTraceEntry) => void;
}): InpasTransport {
  const { clock, abortMs } = options;
  const logger = quietLogger(options.logger);
  const url = options.url ?? 'http://localhost:9015/';
  const fetch: FetchLike = options.fetch ?? ((target, init) => globalThis.fetch(target, init));
  let closed = false;
  const open = new Set<AbortController>();

  const note = (entry: Omit<DualConnectorTraceEntry, 'at'>) => {
    try {
      options.trace?.({ at: clock.now(), ...entry });
    } catch (error) {
      logger.warn({ error: String(error) }, 'the trace threw');
    }
  };

  const post = async (
    fields: InpasFields,
    timeoutMs: number,
    controller: AbortController,
  ): Promise<Posted> => {
    const body = encodeDualConnectorRequest(fields, timeoutMs);
    note({ direction: 'out', fields: Object.fromEntries(redactInpas(fields)) });
    let timedOut = false;
    const cancel = clock.setTimer(timeoutMs + marginMs, () => {
      timedOut = true;
      controller.abort(new Error('timeout'));
    });
    // A fetch of the caller's may ignore the signal: its promise is then left behind.
    const aborted = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
    });
    aborted.catch(() => {});
    const lost = (): Posted => {
      note({ direction: 'in', failure: 'lost' });
      return { type: 'lost', reason: timedOut ? 'timeout' : 'disconnected' };
    };
    open.add(controller);
    try {
      let response: FetchResponse;
      try {
        const headers = { accept: 'text/xml', 'content-type': 'text/xml; charset=utf-8' };
        // Followed, a redirect would post the money a second time, and hide that the first was heard.
        const init = {
          method: 'POST',
          headers,
          body,
          redirect: 'manual',
          signal: controller.signal,
        } as const;
        const sent = fetch(url, init);
        sent.catch(() => {});
        response = await Promise.race([sent, aborted]);
      } catch (cause) {
        if (!neverConnected(cause)) return lost();
        note({ direction: 'in', failure: 'not-connected' });
        return { type: 'not-connected', cause };
      }
      const httpStatus = response.status;
      let bytes: Uint8Array;
      try {
        if (Number(response.headers.get('content-length') ?? 0) > maxDualConnectorAnswer) {
          controller.abort();
          throw new Error('too long');
        }
        const read = response.arrayBuffer();
        read.catch(() => {});
        bytes = new Uint8Array(await Promise.race([read, aborted]));
      } catch {
        return lost();
      }
      try {
        const answer = decodeDualConnectorAnswer(bytes);
        note({
          direction: 'in',
          httpStatus,
          ...(answer.type === 'fields'
            ? { fields: Object.fromEntries(redactInpas(answer.fields)) }
            : { error: { code: answer.code, text: answer.text } }),
        });
        if (httpStatus === 200) return { type: 'answer', answer };
        logger.warn({ httpStatus }, 'DualConnector answered with another status');
      } catch (error) {
        if (!isElcertError(error)) throw error;
        note({ direction: 'in', httpStatus, failure: 'unreadable' });
        logger.warn({ httpStatus, why: error.message }, 'an answer of DualConnector cannot be read');
      }
      return { type: 'lost', reason: 'garbage' };
    } finally {
      cancel();
      open.delete(controller);
    }
  };

  return {
    async run(request, { answerMs, call, onSent }: InpasRunOptions): Promise<InpasSentEnd> {
      throwIfAborted(call.signal);
      if (closed) throw notSent('CLOSED', 'the terminal is closed');
      const circumstances = { relay: 'own' } as const;
      let aborting = false;
      let cancelAbort: (() => void) | undefined;
      const main = new AbortController();
      // The interruption is a request of its own; the verdict still comes as the answer to the first one.
      const onAbort = () => {
        aborting = true;
        cancelAbort = clock.setTimer(abortMs, () => main.abort(new Error('timeout')));
        void post(inpasInterrupt(request), 10_000, new AbortController()).catch((error: unknown) =>
          logger.warn({ error: String(error) }, 'the interruption failed'),
        );
      };
      call.signal?.addEventListener('abort', onAbort, { once: true });
      // Checked before the money counts as sent: a value that XML cannot carry.
      encodeDualConnectorRequest(request);
      onSent?.();
      try {
        const posted = await post(request, answerMs, main);
        switch (posted.type) {
          case 'not-connected':
            throw notSent('NOT_TAKEN', 'no connection to DualConnector', posted.cause);
          case 'lost':
            return {
              end: { type: 'lost', reason: posted.reason, taken: true, aborted: aborting },
              circumstances,
            };
          case 'answer': {
            const { answer } = posted;
            if (answer.type === 'error')
              return { end: { type: 'service-error', code: answer.code, text: answer.text }, circumstances };
            const why = notTheAnswer(request, answer.fields);
            if (why !== undefined) {
              logger.warn({ why, message: Object.fromEntries(redactInpas(answer.fields)) }, 'another answer');
              return {
                end: { type: 'lost', reason: 'garbage', taken: true, aborted: aborting },
                circumstances,
              };
            }
            return { end: { type: 'answered', fields: answer.fields, aborted: aborting }, circumstances };
          }
        }
      } finally {
        cancelAbort?.();
        call.signal?.removeEventListener('abort', onAbort);
      }
    },
    async close() {
      closed = true;
      for (const controller of open) controller.abort(new Error('closed'));
    },
  };
}

function notSent(code: InpasErrorCode, message: string, cause?: unknown): ElcertError<InpasErrorCode> {
  return inpasError({ code, message, outcome: 'not-sent', userMessage: notBegun, cause });
}
