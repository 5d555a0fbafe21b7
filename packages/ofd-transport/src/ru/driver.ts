import {
  type ByteChannel,
  type ChannelReader,
  type Clock,
  channelReader,
  type FnMessage,
  type FnMessageSource,
  isElcertError,
  type Logger,
  outcomeOf,
  throwIfAborted,
  writeWithin,
} from '@elcert/core';
import { encodeSession, type PingOptions, pingMessage, type SessionMessage } from './codec.js';
import { OfdError } from './errors.js';
import { sessionFramer } from './framer.js';
import {
  type ExchangeInput,
  exchangeRequest,
  type OfdReply,
  type SessionOptions,
  startExchange,
  stepExchange,
} from './machine.js';

/** How an operator is reached. */
export interface OfdEndpoint {
  /** Opens a connection of its own for each document, e.g. `() => openTcp({ host, port })` of `@elcert/core/node`. */
  readonly connect: (options: { readonly signal?: AbortSignal | undefined }) => Promise<ByteChannel>;
  readonly clock: Clock;
  /**
   * Milliseconds to wait for the message to go out, and again for a whole reply, counted from the moment it went out; 60,000
   * unless told.
   */
  readonly timeoutMs?: number | undefined;
  readonly logger?: Logger | undefined;
}

/** What {@link deliverNext} and {@link deliverAll} are told. */
export interface DeliveryOptions extends OfdEndpoint, SessionOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What {@link sendFnMessage} is told. */
export interface SendOptions extends DeliveryOptions {
  readonly message: FnMessage;
}

const defaultTimeoutMs = 60_000;

/** Opens a connection; an abort ends the wait also where `connect` does not look at its signal, and a late connection is closed. */
async function open(endpoint: OfdEndpoint, signal: AbortSignal | undefined): Promise<ByteChannel> {
  throwIfAborted(signal);
  const opening = endpoint.connect({ signal });
  if (signal === undefined) return opening;
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(signal.reason);
      opening.then(
        (late) => late.close(),
        () => {},
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    opening.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Reads until there is a whole message or no hope for one. */
async function readMessage(
  reader: ChannelReader,
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Extract<ExchangeInput, { type: 'message' | 'bad-bytes' | 'timeout' | 'closed' | 'aborted' }>> {
  const framer = sessionFramer();
  // The limit is for the whole reply: one that drips in byte by byte does not last forever.
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const read = await reader.read({ timeoutMs: deadline - clock.now(), signal });
    switch (read.type) {
      case 'timeout':
        return { type: 'timeout' };
      case 'closed':
        return { type: 'closed', pending: framer.pending, cause: read.error };
      case 'aborted':
        return { type: 'aborted', reason: signal?.reason };
      case 'chunk': {
        const { messages, error } = framer.push(read.bytes);
        const [message] = messages;
        if (message !== undefined) return { type: 'message', message };
        if (error !== undefined) return { type: 'bad-bytes', error };
      }
    }
  }
}

/**
 * Sends one document of a drive to its operator over a connection of its own and waits for the confirmation.
 *
 * The reply is checked as far as it can be outside a drive; load its container with `source.confirm`. Whatever fails, the same
 * message may be sent again: the operator counts a document by drive and number, and confirms a second copy again.
 *
 * @throws OfdError with an outcome: see {@link OfdErrorCode}
 * @example
 * ```ts
 * const reply = await sendFnMessage({
 *   connect: ({ signal }) => openTcp({ host: 'ofd.example', port: 7777, signal }),
 *   clock: systemClock(),
 *   message,
 * });
 * await source.confirm(message, reply.container);
 * ```
 */
export async function sendFnMessage(options: SendOptions): Promise<OfdReply> {
  const { clock, signal, logger, timeoutMs = defaultTimeoutMs } = options;
  const request = exchangeRequest(options.message, options);
  const facts = {
    fn: request.fiscalDriveNumber,
    fd: request.fiscalDocumentNumber,
    form: request.documentCode,
  };
  let state = startExchange(request);
  const step = (input: ExchangeInput) => {
    state = stepExchange(state, input);
  };
  let channel: ByteChannel | undefined;
  try {
    try {
      channel = await open(options, signal);
      step({ type: 'connected' });
    } catch (cause) {
      step(signal?.aborted ? { type: 'aborted', reason: signal.reason } : { type: 'connect-failed', cause });
    }
    if (channel !== undefined) {
      // Reading begins before writing, so that an operator who closes at once is noticed as such.
      const reader = channelReader(channel, clock);
      try {
        await writeWithin(channel, request.bytes, { clock, timeoutMs, signal });
        step({ type: 'sent' });
      } catch (cause) {
        step(
          isElcertError(cause, 'ABORTED')
            ? { type: 'aborted', reason: signal?.reason }
            : { type: 'send-failed', cause },
        );
      }
      if (state.phase === 'waiting') step(await readMessage(reader, clock, timeoutMs, signal));
    }
  } finally {
    await channel?.close();
  }
  // The only place where the machine's value becomes an exception.
  const end = state as ReturnType<typeof stepExchange>;
  if (end.phase === 'done') {
    logger?.debug(
      { ...facts, message: end.reply.document.operatorMessage },
      'the operator has confirmed a document',
    );
    return end.reply;
  }
  if (end.phase === 'failed') {
    logger?.warn(
      { ...facts, code: end.error.code, outcome: end.error.outcome },
      'a document was not confirmed',
    );
    throw end.error;
  }
  throw new OfdError({
    code: 'NO_REPLY',
    message: `the exchange stopped while ${end.phase}`,
    outcome: 'unknown',
  });
}

/** A document that has reached the operator, and whose confirmation the drive has taken. */
export interface DeliveredDocument {
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: number;
  readonly reply: OfdReply;
}

function notLoaded(message: FnMessage, reply: OfdReply, cause: unknown): OfdError {
  return new OfdError({
    code: 'REPLY_NOT_LOADED',
    message: `the reply about document ${reply.document.fiscalDocumentNumber} was not loaded: ${isElcertError(cause) ? cause.message : 'the source failed'}`,
    userMessage: 'Касса не приняла ответ ОФД',
    outcome: outcomeOf(cause),
    details: {
      fiscalDriveNumber: message.fiscalDriveNumber,
      fiscalDocumentNumber: reply.document.fiscalDocumentNumber,
    },
    cause,
  });
}

/**
 * Takes the oldest waiting document of a source, sends it, and loads the confirmation back.
 *
 * @returns nothing when no document waits
 * @throws OfdError of {@link sendFnMessage}, or `REPLY_NOT_LOADED` with the outcome of the source; what the source throws in
 * `next` comes through unchanged. Either way the document is still the source's oldest one – unless loading ended `unknown`,
 * where the source itself knows: ask it again.
 */
export async function deliverNext(
  source: FnMessageSource,
  options: DeliveryOptions,
): Promise<DeliveredDocument | undefined> {
  const { signal } = options;
  const inner = signal === undefined ? {} : { signal };
  const message = await source.next(inner);
  if (message === undefined) return undefined;
  const reply = await sendFnMessage({ ...options, message });
  try {
    // Not aborted on the way: a reply that is here is worth loading.
    await source.confirm(message, reply.container);
  } catch (cause) {
    throw notLoaded(message, reply, cause);
  }
  return {
    fiscalDriveNumber: message.fiscalDriveNumber,
    fiscalDocumentNumber: reply.document.fiscalDocumentNumber,
    reply,
  };
}

/** How {@link deliverAll} ended. */
export interface DeliveryReport {
  /** Documents that were confirmed and loaded by this call. */
  readonly delivered: number;
  /** Why it stopped before the source was empty. The document it stopped at is still the oldest one. */
  readonly stoppedBy: unknown;
}

/**
 * Delivers a source's documents one after the other until none waits. Stops at the first failure: documents go strictly in
 * order and none is skipped.
 *
 * @param options.onDelivered - called after each document
 */
export async function deliverAll(
  source: FnMessageSource,
  options: DeliveryOptions & { readonly onDelivered?: (document: DeliveredDocument) => void },
): Promise<DeliveryReport> {
  let delivered = 0;
  try {
    for (;;) {
      const document = await deliverNext(source, options);
      if (document === undefined) return { delivered, stoppedBy: undefined };
      delivered += 1;
      options.onDelivered?.(document);
    }
  } catch (stoppedBy) {
    return { delivered, stoppedBy };
  }
}

/** What came of a {@link pingOfd}. */
export interface PingResult {
  /** `reply` – a session message came back; `closed` – the connection was taken and closed; `silent` – it was taken, nothing came. */
  readonly answer: 'reply' | 'closed' | 'silent';
  readonly elapsedMs: number;
  readonly reply: SessionMessage | undefined;
}

/**
 * Sends a header without a body. What an operator answers to it is not documented, so a connection that is taken already counts
 * as life: only one that is refused is an error.
 *
 * @throws OfdError `NOT_CONNECTED` or `ABORTED` (`not-sent`), `BAD_REPLY` (`unknown`) when somebody speaks another protocol there
 */
export async function pingOfd(
  options: OfdEndpoint & PingOptions & { readonly signal?: AbortSignal },
): Promise<PingResult> {
  const { clock, signal, timeoutMs = 5000 } = options;
  const start = clock.now();
  let channel: ByteChannel;
  try {
    channel = await open(options, signal);
  } catch (cause) {
    throw new OfdError({
      code: signal?.aborted ? 'ABORTED' : 'NOT_CONNECTED',
      message: 'the operator does not answer',
      userMessage: 'Нет связи с ОФД',
      outcome: 'not-sent',
      cause,
    });
  }
  const elapsed = () => clock.now() - start;
  const aborted = (cause: unknown) =>
    new OfdError({ code: 'ABORTED', message: 'aborted by the caller', outcome: 'unknown', cause });
  try {
    const reader = channelReader(channel, clock);
    try {
      await writeWithin(channel, encodeSession(pingMessage(options)), { clock, timeoutMs, signal });
    } catch (cause) {
      if (isElcertError(cause, 'ABORTED')) throw aborted(signal?.reason);
      const answer = isElcertError(cause, 'WRITE_TIMEOUT') ? 'silent' : 'closed';
      return { answer, elapsedMs: elapsed(), reply: undefined };
    }
    const input = await readMessage(reader, clock, timeoutMs, signal);
    switch (input.type) {
      case 'message':
        return { answer: 'reply', elapsedMs: elapsed(), reply: input.message };
      case 'closed':
        return { answer: 'closed', elapsedMs: elapsed(), reply: undefined };
      case 'timeout':
        return { answer: 'silent', elapsedMs: elapsed(), reply: undefined };
      case 'bad-bytes':
        throw new OfdError({
          code: 'BAD_REPLY',
          message: `another protocol is spoken there: ${input.error.message}`,
          userMessage: 'По этому адресу отвечает не ОФД',
          outcome: 'unknown',
          cause: input.error,
        });
      case 'aborted':
        throw aborted(input.reason);
    }
  } finally {
    await channel.close();
  }
}
