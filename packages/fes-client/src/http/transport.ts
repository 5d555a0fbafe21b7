import {
  type Clock,
  type FetchLike,
  type FetchResponse,
  type Logger,
  type Outcome,
  type Random,
  randomFloat,
  sleep,
} from '@elcert/core';
import ky from 'ky';
import { type FesResult, readResult } from '../answers.js';
import { FesError, type FesErrorCode } from '../errors.js';
import { computeMac, verifyMac } from '../mac.js';
import type { FesOperation, FesWireProfile } from '../profile.js';
import { parseObject, queryOf, readBody, retryAfterMs } from './body.js';
import { afterUnknown, createFailures, type Failures } from './failures.js';
import { type LastingFailure, networkFailure } from './network-failure.js';

/** The two keys of the merchant's cabinet. */
export interface FesCredentials {
  /** One for the merchant. */
  readonly apiKey: string;
  /** One for the desk. */
  readonly macKey: string;
}

/** How long to wait, milliseconds on the client's clock. */
export interface FesTimeouts {
  /** For one HTTP exchange, connection and body included. */
  readonly attemptMs: number;
  /** For the whole call with its repetitions. */
  readonly totalMs: number;
}

/** How often the same bytes are sent again. Only transport failures, 5xx and 429 are tried again. */
export interface FesRetry {
  /** Attempts in all, 1 to 10. */
  readonly attempts: number;
  /** The first pause, milliseconds; each next one is twice as long, all with jitter. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/** What one exchange cost and how it ended: for logs and metrics. */
export interface FesAttemptEvent {
  readonly operation: FesOperation;
  readonly requestId: string;
  /** From 1. */
  readonly attempt: number;
  readonly durationMs: number;
  readonly outcome: 'done' | Outcome;
  readonly httpStatus?: number | undefined;
  readonly errorCode?: FesErrorCode | undefined;
}

/** Everything the transport needs, already checked. */
export interface FesTransportSettings {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly profile: FesWireProfile;
  readonly cashboxId: string;
  readonly credentials: () => FesCredentials | Promise<FesCredentials>;
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger | undefined;
  readonly onAttempt: ((event: FesAttemptEvent) => void) | undefined;
  readonly timeouts: FesTimeouts;
  readonly retry: FesRetry;
  readonly maxAnswerBytes: number;
}

/** One logical request. */
export interface FesExchange {
  readonly operation: FesOperation;
  readonly requestId: string;
  /** Members of the body beyond the request's id and the desk's number. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
  readonly timeouts?: Partial<FesTimeouts> | undefined;
}

/** A successful answer: the JSON object, and when its request id first went out. */
export interface FesAnswer {
  readonly body: Readonly<Record<string, unknown>>;
  readonly result: FesResult;
  readonly sentAt: number;
}

/** Why one of our own signals was aborted. */
type AbortReason = 'attempt' | 'total' | 'caller';

const lastingMessages: Readonly<Record<LastingFailure, string>> = {
  certificate: 'Сертификат сервера ФЭС НСПК не принят: установите корневые сертификаты Минцифры',
  port: 'Порт в адресе ФЭС НСПК недопустим: проверьте адрес в настройках',
};

const printableKey = /^[\x21-\x7e]{1,256}$/;

/** Settles as the promise does, or fails as soon as the signal is aborted: a `fetch` may ignore its signal. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

async function readCredentials(
  settings: FesTransportSettings,
  failures: Failures,
  signal: AbortSignal,
): Promise<FesCredentials> {
  let found: FesCredentials;
  try {
    found = await abortable((async () => settings.credentials())(), signal);
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw failures.make('FES_CREDENTIALS', {
      message: 'the credentials function failed',
      outcome: 'not-sent',
      cause,
    });
  }
  for (const name of ['apiKey', 'macKey'] as const) {
    const key: unknown = found?.[name];
    if (typeof key === 'string' && printableKey.test(key)) continue;
    throw failures.make('FES_CREDENTIALS', {
      message: `${name} is not a text of 1 to 256 visible ASCII characters`,
      outcome: 'not-sent',
      details: { key: name },
    });
  }
  return found;
}

/** What a status other than 2xx means. */
function httpFailure(
  { profile, clock }: FesTransportSettings,
  failures: Failures,
  response: FetchResponse,
  json: Readonly<Record<string, unknown>> | undefined,
): FesError {
  const { status } = response;
  const facts = { message: `HTTP ${status}`, details: { httpStatus: status } };
  const wait = retryAfterMs(response.headers.get('retry-after'), clock.now());
  if (status === 429)
    return failures.make('FES_RATE_LIMITED', { ...facts, outcome: 'refused', retryAfterMs: wait });
  if (status >= 500)
    return failures.make('FES_SERVER_ERROR', { ...facts, outcome: 'unknown', retryAfterMs: wait });
  // 3xx, 408 and 425 do not come from FES, or say that it did not take the request as a whole.
  if (status < 400 || status === 408 || status === 425)
    return failures.make('FES_NO_ANSWER', { ...facts, outcome: 'unknown', retryAfterMs: wait });
  const code: FesErrorCode =
    status === 401 ? 'FES_UNAUTHORIZED' : status === 403 ? 'FES_FORBIDDEN' : 'FES_HTTP_REFUSED';
  if (json !== undefined) {
    try {
      return failures.refusal(code, status, readResult(profile, json));
    } catch {
      // A body of another form tells nothing more than the status does.
    }
  }
  return failures.make(code, { ...facts, outcome: 'refused' });
}

/** Card data among the members of a body. */
function secretMembers({ names }: FesWireProfile, members: Readonly<Record<string, unknown>>): string[] {
  return [members[names.panHash], members[names.par]].filter((value) => typeof value === 'string');
}

/** How many request ids are remembered with the time of their first sending. */
const rememberedRequests = 1000;

/**
 * Sends logical requests: builds the body once, signs it anew on each attempt over the bytes that really go out, and
 * tries again only what may be tried again. All waiting is on the client's clock.
 */
export function createTransport(
  settings: FesTransportSettings,
): (exchange: FesExchange) => Promise<FesAnswer> {
  const { profile, clock, logger, retry, cashboxId } = settings;
  const { headers: headerNames, names } = profile;
  const firstSent = new Map<string, number>();

  return async ({ operation, requestId, members, signal: callerSignal, ...exchange }) => {
    const timeouts = { ...settings.timeouts, ...exchange.timeouts };
    const deadline = clock.now() + timeouts.totalMs;
    const { verb, path } = profile.operations[operation];
    const all = {
      ...(headerNames.requestId === null ? { [names.requestId]: requestId } : {}),
      ...(headerNames.cashboxId === null ? { [names.cashboxId]: cashboxId } : {}),
      ...members,
    };
    const url = new URL(settings.baseUrl + path + (verb === 'GET' ? `?${queryOf(all)}` : ''));
    const body = verb === 'GET' ? undefined : new TextEncoder().encode(JSON.stringify(all));
    const signedPath = url.pathname + url.search;

    let attempts = 0;
    let mayHaveArrived = false;
    let answer: FesAnswer | undefined;
    const secrets = new Set(secretMembers(profile, members));
    const failures = createFailures(profile, operation, () => ({ requestId, cashboxId, attempts }), secrets);

    const total = new AbortController();
    const abortTotal = (reason: AbortReason) => total.abort(reason);
    const onCallerAbort = () => abortTotal('caller');
    if (callerSignal?.aborted) onCallerAbort();
    else callerSignal?.addEventListener('abort', onCallerAbort, { once: true });
    const cancelTotal = clock.setTimer(timeouts.totalMs, () => abortTotal('total'));

    const aborted = (outcome: Outcome): FesError => {
      if (total.signal.reason === 'caller') {
        const cause = callerSignal?.reason;
        return failures.make('FES_ABORTED', { message: 'aborted by the caller', outcome, cause });
      }
      return total.signal.aborted
        ? failures.make('FES_TIMEOUT', { message: `no answer in ${timeouts.totalMs} ms in all`, outcome })
        : failures.make('FES_TIMEOUT', {
            message: `no answer in ${timeouts.attemptMs} ms`,
            outcome,
            retryAfterMs: 0,
          });
    };

    const judge = (
      response: FetchResponse,
      received: Uint8Array,
      macKey: string,
      sentAt: number,
    ): FesAnswer => {
      const { status } = response;
      const json = parseObject(received);
      if (status < 200 || status >= 300) throw httpFailure(settings, failures, response, json);
      const facts = { outcome: 'unknown', details: { httpStatus: status } } as const;
      if (json === undefined) {
        const message = received.length === 0 ? 'an empty answer' : 'the answer is not a JSON object';
        throw failures.make('FES_NO_ANSWER', { ...facts, message, retryAfterMs: 0 });
      }
      const recipe = profile.answerMac;
      if (
        recipe !== null &&
        !verifyMac(
          recipe,
          macKey,
          { verb, path: signedPath, body: received },
          response.headers.get(recipe.header),
        )
      ) {
        const message = 'the MAC of the answer is absent or wrong';
        throw failures.make('FES_BAD_ANSWER_MAC', { ...facts, message });
      }
      let result: FesResult;
      try {
        result = readResult(profile, json);
      } catch (cause) {
        const message = `the answer has no ${names.result} with a code`;
        throw failures.make('FES_NO_ANSWER', { ...facts, message, cause, retryAfterMs: 0 });
      }
      if (result.code !== profile.resultCodes.success) throw failures.refusal('FES_REFUSED', status, result);
      return { body: json, result, sentAt };
    };

    const attempt = async (bytes: Uint8Array<ArrayBuffer>): Promise<FesAnswer> => {
      let keys: FesCredentials;
      try {
        keys = await readCredentials(settings, failures, total.signal);
      } catch (error) {
        throw error instanceof FesError ? error : aborted('not-sent');
      }
      const mac = computeMac(profile.mac, keys.macKey, { verb, path: signedPath, body: bytes });
      for (const secret of [keys.apiKey, keys.macKey, mac]) secrets.add(secret);
      const headers: Record<string, string> = {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
        [headerNames.apiKey]: keys.apiKey,
        [headerNames.mac]: mac,
        ...(headerNames.requestId === null ? {} : { [headerNames.requestId]: requestId }),
        ...(headerNames.cashboxId === null ? {} : { [headerNames.cashboxId]: cashboxId }),
      };
      const timer = new AbortController();
      const cancelTimer = clock.setTimer(timeouts.attemptMs, () =>
        timer.abort('attempt' satisfies AbortReason),
      );
      const signal = AbortSignal.any([timer.signal, total.signal]);
      // A repeated request gets the answer of the first one: what lives for a time lives from then.
      const sentAt = firstSent.get(requestId) ?? clock.now();
      if (firstSent.size >= rememberedRequests) firstSent.delete(firstSent.keys().next().value as string);
      firstSent.set(requestId, sentAt);
      let response: FetchResponse;
      let received: Uint8Array | undefined;
      try {
        const init = {
          method: verb,
          headers,
          signal,
          // A redirect would carry the keys to whomever it names.
          redirect: 'manual',
          ...(body === undefined ? {} : { body: bytes }),
        } as const;
        response = await abortable(settings.fetch(url.href, init), signal);
        received = await abortable(readBody(response, settings.maxAnswerBytes), signal);
      } catch (cause) {
        if (signal.aborted) throw aborted('unknown');
        const { sent, lasting, code } = networkFailure(cause);
        const why = code ?? (lasting === 'port' ? 'a port that fetch refuses' : undefined);
        const because = why === undefined ? '' : ` (${why})`;
        if (sent) {
          const message = `the connection broke${because}`;
          throw failures.make('FES_DISCONNECTED', { message, outcome: 'unknown', cause, retryAfterMs: 0 });
        }
        throw failures.make('FES_UNREACHABLE', {
          message: `no connection${because}`,
          userMessage: lasting === undefined ? undefined : lastingMessages[lasting],
          outcome: 'not-sent',
          cause,
          ...(lasting === undefined ? { retryAfterMs: 0 } : {}),
        });
      } finally {
        cancelTimer();
      }
      if (received === undefined) {
        throw failures.make('FES_ANSWER_TOO_LONG', {
          message: `the answer is longer than ${settings.maxAnswerBytes} bytes`,
          outcome: 'unknown',
          details: { httpStatus: response.status },
        });
      }
      return judge(response, received, keys.macKey, sentAt);
    };

    const report = (startedAt: number, error?: FesError): void => {
      const status = error?.details?.httpStatus;
      const event: FesAttemptEvent = {
        operation,
        requestId,
        attempt: attempts,
        durationMs: clock.now() - startedAt,
        outcome: error === undefined ? 'done' : (error.outcome ?? 'unknown'),
        ...(typeof status === 'number' ? { httpStatus: status } : {}),
        ...(error === undefined ? {} : { errorCode: error.code }),
      };
      try {
        settings.onAttempt?.(event);
        if (error === undefined) logger?.debug({ ...event }, 'FES answered');
        else logger?.warn({ ...event, reason: error.message }, 'FES did not do it');
      } catch {
        // Whoever listens must not change what is known of the money.
      }
    };

    // ky hands over the request as it is about to be sent: what is signed here is what goes out.
    const send = async (request: Request): Promise<Response> => {
      attempts += 1;
      const startedAt = clock.now();
      try {
        answer = await attempt(new Uint8Array(await request.arrayBuffer()));
      } catch (error) {
        if (error instanceof FesError) {
          if (error.outcome === 'unknown') mayHaveArrived = true;
          report(startedAt, error);
        }
        throw error;
      }
      report(startedAt);
      return new Response(null, { status: 204 });
    };

    let pauseMs = 0;
    const pauseBefore = (retryCount: number, least: number): number => {
      const step = Math.min(retry.maxDelayMs, retry.baseDelayMs * 2 ** (retryCount - 1));
      return Math.max(least, Math.round(step / 2 + (randomFloat(settings.random) * step) / 2));
    };

    try {
      if (total.signal.aborted) throw aborted('not-sent');
      await ky(url, {
        method: verb,
        ...(body === undefined ? {} : { body }),
        signal: total.signal,
        // Waiting belongs to the client's clock, and what may be sent again to the outcome: ky only repeats.
        timeout: false,
        retry: {
          limit: retry.attempts - 1,
          methods: ['post', 'put', 'get'],
          delay: () => 0,
          shouldRetry: ({ error, retryCount }) => {
            const least = failures.retryAfterMs(error);
            if (least === undefined) return false;
            pauseMs = pauseBefore(retryCount, least);
            return clock.now() + pauseMs < deadline;
          },
        },
        hooks: { beforeRetry: [() => sleep(clock, pauseMs, total.signal)] },
        fetch: (input) => send(input as Request),
      });
      return answer as FesAnswer;
    } catch (thrown) {
      const error =
        thrown instanceof FesError
          ? thrown
          : total.signal.aborted
            ? aborted('not-sent')
            : failures.make('FES_UNREACHABLE', {
                message: 'the request could not be made',
                outcome: mayHaveArrived ? 'unknown' : 'not-sent',
                cause: thrown,
              });
      // A later attempt that did not get through says nothing of an earlier one that may have. FES's own refusal does:
      // to the same request it gives the same answer.
      const settled = error.outcome === 'unknown' || error.code === 'FES_REFUSED';
      throw mayHaveArrived && !settled ? afterUnknown(error) : error;
    } finally {
      cancelTotal();
      callerSignal?.removeEventListener('abort', onCallerAbort);
    }
  };
}
