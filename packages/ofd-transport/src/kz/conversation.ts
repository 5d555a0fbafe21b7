import type { JsonObject } from '@bufbuild/protobuf';
import { isElcertError } from '@elcert/core';
import { exchangeKz, type KzEndpoint } from './driver.js';
import { KzError, type KzErrorCode } from './errors.js';
import type { KzVersion } from './header.js';
import type { KzReply } from './machine.js';
import { replyOf } from './replies.js';
import { kzResult } from './results.js';

/** What a conversation ended with: the operator's answer, or nothing within the transaction time. */
export type Conversation =
  | {
      readonly type: 'reply';
      readonly reply: KzReply;
      readonly mayBeThere: boolean;
      readonly frame: JsonObject;
    }
  | { readonly type: 'silence'; readonly error: KzError; readonly mayBeThere: boolean };

/** What a conversation is about. */
export interface ConversationOptions extends KzEndpoint {
  readonly version: KzVersion;
  /** Milliseconds that it may try; at least one request goes out. */
  readonly transactionMs: number;
  /** How often a request is repeated at once; 2 unless told. */
  readonly repeats?: number;
  /** Asked once, when a connection stands; repeats are the same bytes. */
  readonly request: () => Promise<Uint8Array>;
  /** An earlier conversation may have brought it to the operator. */
  readonly wasThere: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends a request, the same bytes again while the connection breaks or nothing comes, within the transaction time.
 *
 * @throws KzError `ABORTED`, `unknown` once the request was made; what `request` throws
 */
export async function converseKz(options: ConversationOptions): Promise<Conversation> {
  const { clock, timeoutMs = 8000, transactionMs, repeats = 2, version, request, wasThere, signal } = options;
  const deadline = clock.now() + transactionMs;
  let bytes: Uint8Array | undefined;
  let there = wasThere;
  for (let left = repeats; ; left -= 1) {
    let error: KzError;
    try {
      const decoded = await exchangeKz({
        ...options,
        timeoutMs: Math.min(timeoutMs, Math.max(1, deadline - clock.now())),
        request: async () => {
          bytes ??= await request();
          return bytes;
        },
        signal,
      });
      const reply = replyOf(decoded);
      const { reaction } = kzResult(reply.resultCode, version);
      if (reaction !== 'retry') return { type: 'reply', reply, mayBeThere: there, frame: decoded.message };
      // "Unknown error" may have come after the deed.
      there = true;
      error = refusalOf(reply, version, 'unknown');
    } catch (cause) {
      if (isElcertError(cause, 'ABORTED')) {
        // What was kept may still go out: the caller has to ask.
        throw new KzError({
          code: 'ABORTED',
          message: 'aborted by the caller',
          userMessage: 'Обмен с ОФД прерван.',
          outcome: there || bytes !== undefined ? 'unknown' : 'not-sent',
          cause: signal?.reason,
        });
      }
      if (!(cause instanceof KzError) || !wireCodes.has(cause.code)) throw cause;
      error = cause;
      there ||= cause.outcome !== 'not-sent';
    }
    const nobodyThere = error.code === 'NOT_CONNECTED';
    if (left <= 0 || nobodyThere || clock.now() >= deadline)
      return { type: 'silence', error, mayBeThere: there };
  }
}

/** The operator's no as an error. */
export function refusalOf(reply: KzReply, version: KzVersion, outcome: 'refused' | 'unknown'): KzError {
  const { name, userMessage } = kzResult(reply.resultCode, version);
  return new KzError({
    code: 'REFUSED',
    message: `result ${reply.resultCode} (${name})`,
    userMessage,
    outcome,
    details: { resultCode: reply.resultCode, resultText: reply.resultText },
  });
}

/** What fails on the wire; everything else is not the wire's. */
const wireCodes: ReadonlySet<KzErrorCode> = new Set([
  'NOT_CONNECTED',
  'ABORTED',
  'SEND_FAILED',
  'NO_REPLY',
  'CONNECTION_CLOSED',
  'BAD_REPLY',
  'REPLY_MISMATCH',
]);

/** The same error with what is really known. */
export function withOutcome(error: KzError, there: boolean): KzError {
  const { code, message, userMessage, details, cause } = error;
  return new KzError({ code, message, userMessage, details, cause, outcome: there ? 'unknown' : 'not-sent' });
}
