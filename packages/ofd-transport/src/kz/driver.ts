import {
  type ByteChannel,
  type Clock,
  channelReader,
  isElcertError,
  type Outcome,
  throwIfAborted,
  writeWithin,
} from '@elcert/core';
import { type DecodedKzFrame, decodeKzFrame } from './codec.js';
import { KzError, type KzErrorCode } from './errors.js';
import { kzFramer } from './framer.js';
import { decodeKzHeader, type KzHeader, kzHeaderBytes } from './header.js';

/** How an operator is reached. */
export interface KzEndpoint {
  /** Opens a connection of its own for each request, e.g. `() => openTcp({ host, port })` of `@elcert/core/node`, or through a SOCKS proxy. */
  readonly connect: (options: { readonly signal?: AbortSignal | undefined }) => Promise<ByteChannel>;
  readonly clock: Clock;
  /** Milliseconds to wait for a connection; 4000 unless told. */
  readonly connectTimeoutMs?: number | undefined;
  /** Milliseconds to wait for a whole reply, counted from the moment the request went out; 8000 unless told. */
  readonly timeoutMs?: number | undefined;
}

function failed(
  code: KzErrorCode,
  message: string,
  outcome: Outcome,
  userMessage: string,
  cause?: unknown,
): KzError {
  return new KzError({ code, message, outcome, userMessage, cause });
}

/**
 * Sends one request over a connection of its own and waits for the response, as everybody does with this protocol. The bytes are
 * the caller's, so that a repeat is the very same ones; a function is asked for them once the connection stands, and nothing is sent
 * when it throws (what it throws is passed on as it is).
 *
 * Whatever the result code says is a response, not an error; the token of its header is the one to use next.
 *
 * @throws KzError with an outcome: see {@link KzErrorCode}
 * @example
 * ```ts
 * const response = await exchangeKz({ connect, clock: systemClock(), request: encodeKzFrame(frame) });
 * ```
 */
export async function exchangeKz(
  options: KzEndpoint & {
    readonly request: Uint8Array | (() => Promise<Uint8Array>);
    readonly signal?: AbortSignal | undefined;
  },
): Promise<DecodedKzFrame> {
  const { clock, timeoutMs = 8000, signal } = options;
  const channel = await connected(options);
  try {
    const request = typeof options.request === 'function' ? await options.request() : options.request;
    const asked = decodeKzHeader(request);
    // The limit is for the whole reply: one that drips in byte by byte does not last forever.
    const deadline = clock.now() + timeoutMs;
    // Reading begins before writing, so that an operator who closes at once is noticed as such.
    const reader = channelReader(channel, clock);
    try {
      await writeWithin(channel, request, { clock, timeoutMs, signal });
    } catch (cause) {
      if (isElcertError(cause, 'ABORTED'))
        throw failed(
          'ABORTED',
          'aborted by the caller',
          cause.outcome ?? 'unknown',
          'Обмен с ОФД прерван.',
          signal?.reason,
        );
      throw failed('SEND_FAILED', 'the connection broke', 'unknown', 'Связь с ОФД прервалась.', cause);
    }
    const framer = kzFramer();
    for (;;) {
      const read = await reader.read({ timeoutMs: deadline - clock.now(), signal });
      if (read.type === 'timeout')
        throw failed('NO_REPLY', `no reply within ${timeoutMs} ms`, 'unknown', 'ОФД не отвечает.');
      if (read.type === 'aborted')
        throw failed('ABORTED', 'aborted by the caller', 'unknown', 'Обмен с ОФД прерван.', signal?.reason);
      if (read.type === 'closed')
        throw failed(
          'CONNECTION_CLOSED',
          `the operator closed after ${framer.pending} bytes of its reply`,
          'unknown',
          'Связь с ОФД прервалась.',
          read.error,
        );
      const { frames, error } = framer.push(read.bytes);
      const [frame] = frames;
      if (frame !== undefined) return answerTo(asked, commandOf(request), frame);
      if (error !== undefined)
        throw failed('BAD_REPLY', error.message, 'unknown', 'По этому адресу отвечает не ОФД.', error);
    }
  } finally {
    await channel.close();
  }
}

/** Opens a connection in time. One that comes after that is closed again. */
async function connected(options: Parameters<typeof exchangeKz>[0]): Promise<ByteChannel> {
  const { connect, clock, connectTimeoutMs = 4000, signal } = options;
  throwIfAborted(signal);
  const giveUp = new AbortController();
  const onAbort = () => giveUp.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const cancelTimer = clock.setTimer(connectTimeoutMs, () => giveUp.abort());
  try {
    return await new Promise<ByteChannel>((resolve, reject) => {
      giveUp.signal.addEventListener('abort', () => reject(giveUp.signal.reason), { once: true });
      Promise.resolve()
        .then(() => connect({ signal: giveUp.signal }))
        .then((channel) => {
          if (giveUp.signal.aborted) channel.close().catch(() => {});
          else resolve(channel);
        }, reject);
    });
  } catch (cause) {
    throw signal?.aborted
      ? failed('ABORTED', 'aborted by the caller', 'not-sent', 'Обмен с ОФД прерван.', signal.reason)
      : failed('NOT_CONNECTED', 'the operator does not answer', 'not-sent', 'Нет связи с ОФД.', cause);
  } finally {
    cancelTimer();
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The command of a message that begins with it, as all do: field 1, a varint below 128. */
function commandOf(bytes: Uint8Array): number | undefined {
  return bytes[kzHeaderBytes] === 0x08 ? bytes[kzHeaderBytes + 1] : undefined;
}

function answerTo(asked: KzHeader, command: number | undefined, bytes: Uint8Array): DecodedKzFrame {
  let reply: DecodedKzFrame;
  try {
    reply = decodeKzFrame(bytes, { kind: 'response' });
  } catch (cause) {
    throw failed(
      'BAD_REPLY',
      `not a response: ${cause instanceof Error ? cause.message : 'unreadable'}`,
      'unknown',
      'Ответ ОФД не разобран.',
      cause,
    );
  }
  const header = decodeKzHeader(bytes);
  if (header.id !== asked.id || header.reqnum !== asked.reqnum)
    throw failed(
      'REPLY_MISMATCH',
      `a reply to request ${header.reqnum} of device ${header.id}`,
      'unknown',
      'Ответ ОФД относится к другому запросу.',
    );
  const { result } = reply.message as { readonly result?: { readonly resultCode?: number } };
  if (result?.resultCode === undefined)
    throw failed('BAD_REPLY', 'a response without a result', 'unknown', 'Ответ ОФД не разобран.');
  const answered = commandOf(bytes);
  if (result.resultCode === 0 && command !== undefined && answered !== undefined && answered !== command)
    throw failed(
      'REPLY_MISMATCH',
      `a reply to ${String(reply.message.command)}`,
      'unknown',
      'Ответ ОФД относится к другому запросу.',
    );
  return reply;
}
