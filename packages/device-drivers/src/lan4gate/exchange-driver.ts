import {
  type ByteChannel,
  type Clock,
  ElcertError,
  isElcertError,
  type Logger,
  outcomeOf,
  throwIfAborted,
  writeWithin,
} from '@elcert/core';
import { quietLogger } from '../quiet-logger.js';
import type { TerminalCallOptions } from '../terminal.js';
import {
  decodeLan4Gate,
  encodeLan4Gate,
  type Lan4GateInterface,
  type Lan4GateMessage,
  type Lan4GateRequest,
  type Lan4GateResponse,
  redactLan4Gate,
} from './codec.js';
import { encodeDialogAnswer, readDialog } from './dialog.js';
import { lan4GateError } from './errors.js';
import { lan4GateFramer } from './framer.js';
import type { Lan4GateLink } from './incoming.js';
import {
  type Lan4GateEffect,
  type Lan4GateEnd,
  type Lan4GateInput,
  type Lan4GateStep,
  startLan4GateExchange,
  stepLan4GateExchange,
} from './machine.js';
import { type Lan4GateMask, lan4GateMask } from './masking.js';
import { lan4GateNotifications, lan4GateStatuses } from './table.js';

/** How long to wait, in milliseconds. */
export interface Lan4GateTimeouts {
  /** For the answer to a registration; 10 s. */
  readonly registrationMs: number;
  /** Longest silence of the terminal while a card operation runs; 180 s. Any sign of life starts it anew. */
  readonly answerMs: number;
  /** Longest card operation, signs of life or not; 15 min. */
  readonly totalMs: number;
  /** For the verdict after an abort was sent; 60 s. */
  readonly abortMs: number;
  /** For the answer to a confirmation (814); 30 s. */
  readonly confirmationMs: number;
  /** For operations without a card or the bank: 801, 804, 818; 30 s. */
  readonly serviceMs: number;
}

/** One event on the wire, masked: fit for a file. */
export interface Lan4GateTraceEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly kind: 'message' | 'junk' | 'garbage' | 'connected' | 'closed';
  /** Of a message: the masked frame, size prefix included, as it can be decoded and played back. */
  readonly frame?: string;
  /** Of junk and garbage: its length in bytes; the bytes themselves may hold card data. */
  readonly length?: number;
}

/** The time limits that hold unless others are given. */
export const defaultTimeouts: Lan4GateTimeouts = {
  registrationMs: 10_000,
  answerMs: 180_000,
  totalMs: 900_000,
  abortMs: 60_000,
  confirmationMs: 30_000,
  serviceMs: 30_000,
};

/** What the exchanges of one terminal need. */
export interface ExchangeOptions {
  readonly link: Lan4GateLink;
  readonly ecrNumber: number;
  readonly clock: Clock;
  readonly timeouts: Lan4GateTimeouts;
  readonly logger?: Logger | undefined;
  readonly trace?: ((entry: Lan4GateTraceEntry) => void) | undefined;
  readonly framing?: 'sized' | 'bare' | undefined;
}

/** The end of an exchange whose request went out. */
export type SentEnd = Exclude<Lan4GateEnd, { readonly type: 'not-sent' }>;

/** Runs the machine over connections of a link: the one place of this family with a channel and a timer. */
export interface Exchanges {
  /**
   * Runs one request. `onSent` is called just before its bytes go to the channel.
   *
   * @throws ElcertError, always `not-sent`
   */
  run(
    request: Lan4GateRequest,
    answerMs: number,
    call: TerminalCallOptions,
    onSent?: () => void,
  ): Promise<SentEnd>;
  /** Answers that were taken, the last few. */
  readonly taken: readonly Lan4GateResponse[];
  /** Gives up the connection: what may still come on it must not be taken for the answer to what is asked next. */
  leave(): void;
  close(): Promise<void>;
}

// Answers that are remembered to know a duplicate by.
const takenLimit = 32;
interface Connection {
  readonly channel: ByteChannel;
  registered: boolean;
  alive: boolean;
  receive: ((input: Lan4GateInput) => void) | undefined;
}

/** Makes the {@link Exchanges} of a terminal. */
export function lan4GateExchanges(options: ExchangeOptions): Exchanges {
  const { link, ecrNumber, clock, timeouts } = options;
  const logger = quietLogger(options.logger);
  let connection: Connection | undefined;
  let closed = false;
  const taken: Lan4GateResponse[] = [];

  // ── the wire ───────────────────────────────────────────────────────────────────────────────────────────────────

  const traced = (entry: Omit<Lan4GateTraceEntry, 'at'>) => {
    try {
      options.trace?.({ at: clock.now(), ...entry });
    } catch (error) {
      logger.warn({ error: String(error) }, 'the trace threw');
    }
  };
  const maskedFrame = (message: Lan4GateMessage): string => {
    try {
      return new TextDecoder().decode(encodeLan4Gate(redactLan4Gate(message)));
    } catch {
      // A tolerant reader takes what the strict writer would refuse.
      return `{"__class":"${message.type}"}`;
    }
  };

  const drop = (one: Connection) => {
    if (connection === one) connection = undefined;
    if (!one.alive) return;
    one.alive = false;
    traced({ direction: 'out', kind: 'closed' });
    void one.channel
      .close()
      .catch((error: unknown) => logger.debug({ error: String(error) }, 'closing failed'));
  };

  /** Reads a connection for as long as it lives, so that a loss, and what nobody asked for, is noticed between calls too. */
  const pump = async (one: Connection): Promise<void> => {
    const framer = lan4GateFramer({ framing: options.framing ?? 'sized' });
    const hand = (input: Lan4GateInput) => {
      if (one.receive !== undefined) one.receive(input);
      else if (input.type === 'message')
        logger.warn(
          { message: redactLan4Gate(input.message) },
          'the terminal sent a message that nobody waits for',
        );
    };
    const garbage = (length: number, why: string) => {
      traced({ direction: 'in', kind: 'garbage', length });
      logger.warn({ length, why }, 'the terminal sent something unreadable');
      hand({ type: 'garbage' });
      drop(one);
    };
    try {
      for await (const chunk of one.channel) {
        if (!one.alive) return;
        for (const event of framer.push(chunk)) {
          if (event.type === 'junk') {
            traced({ direction: 'in', kind: 'junk', length: event.length });
            logger.warn({ length: event.length }, 'bytes between messages');
            continue;
          }
          if (event.type === 'fatal') return garbage(chunk.length, event.error.message);
          let message: Lan4GateMessage;
          try {
            message = decodeLan4Gate(event.body);
          } catch (error) {
            return garbage(event.body.length, error instanceof ElcertError ? error.message : 'unreadable');
          }
          traced({ direction: 'in', kind: 'message', frame: maskedFrame(message) });
          hand({ type: 'message', message });
        }
      }
    } catch (error) {
      logger.warn({ error: error instanceof ElcertError ? error.message : 'unknown' }, 'the link broke');
    }
    if (one.alive) {
      one.alive = false;
      if (connection === one) connection = undefined;
      traced({ direction: 'in', kind: 'closed' });
      void one.channel.close().catch(() => {});
    }
    hand({ type: 'disconnected' });
  };

  const connected = async (signal: AbortSignal | undefined): Promise<Connection> => {
    if (connection !== undefined && link.superseded?.(connection.channel) === true) drop(connection);
    if (connection !== undefined) return connection;
    const channel = await link.connect({ signal });
    if (closed) {
      await channel.close();
      throw lan4GateError({ code: 'CLOSED', message: 'the terminal was closed', outcome: 'not-sent' });
    }
    const one: Connection = { channel, registered: false, alive: true, receive: undefined };
    connection = one;
    traced({ direction: 'out', kind: 'connected' });
    void pump(one);
    return one;
  };

  const write = async (
    one: Connection,
    message: Lan4GateMessage,
    limit: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<void> => {
    const frame = encodeLan4Gate(message);
    traced({ direction: 'out', kind: 'message', frame: maskedFrame(message) });
    const bytes = options.framing === 'bare' ? frame.subarray(frame.indexOf(0x7b)) : frame;
    await writeWithin(one.channel, bytes, { clock, ...limit });
  };

  // ── one exchange ───────────────────────────────────────────────────────────────────────────────────────────────

  const exchangeOver = async (
    one: Connection,
    request: Lan4GateRequest,
    answerMs: number,
    call: TerminalCallOptions,
    onSent: () => void,
  ): Promise<Lan4GateEnd> => {
    const inbox: Lan4GateInput[] = [];
    let wake: (() => void) | undefined;
    let stopWriting: (() => void) | undefined;
    const push = (input: Lan4GateInput) => {
      inbox.push(input);
      // A write that is under way would keep the machine from hearing of it.
      if (input.type === 'abort' || input.type === 'disconnected' || input.type === 'garbage')
        stopWriting?.();
      wake?.();
      wake = undefined;
    };
    let cancelTimer: (() => void) | undefined;
    const totalEnd = clock.now() + timeouts.totalMs;
    const cancelTotal = clock.setTimer(timeouts.totalMs, () => push({ type: 'timeout' }));
    const onAbort = () => push({ type: 'abort' });
    call.signal?.addEventListener('abort', onAbort, { once: true });
    one.receive = push;
    const mask = lan4GateMask(request.fields);
    const limits = {
      registration: timeouts.registrationMs,
      answer: answerMs,
      abort: timeouts.abortMs,
      confirmation: timeouts.confirmationMs,
    };
    /** @returns the end of the exchange when the request could not be handed to the channel at all */
    const perform = async (effect: Lan4GateEffect, stepMs: number): Promise<Lan4GateEnd | undefined> => {
      switch (effect.type) {
        case 'send': {
          const main = effect.message === request;
          if (main) {
            // Registering may take a while: an abort that came meanwhile, or a lost link, still stops the request.
            if (!one.alive) return { type: 'not-sent', reason: 'disconnected' };
            if (call.signal?.aborted) return { type: 'not-sent', reason: 'aborted' };
            onSent();
          } else if (!one.alive) {
            push({ type: 'disconnected' });
            return undefined;
          }
          const writing = new AbortController();
          stopWriting = () => writing.abort();
          try {
            // The time for the answer is time enough for the question.
            const timeoutMs = Math.max(0, Math.min(stepMs, totalEnd - clock.now()));
            await write(one, effect.message, { timeoutMs, signal: writing.signal });
          } catch (error) {
            if (main && outcomeOf(error) === 'not-sent') return { type: 'not-sent', reason: 'disconnected' };
            // Half a message may have left: nothing can be said on this connection any more.
            drop(one);
            push({ type: isElcertError(error, 'WRITE_TIMEOUT') ? 'timeout' : 'disconnected' });
          } finally {
            stopWriting = undefined;
          }
          return undefined;
        }
        case 'wait':
          cancelTimer?.();
          cancelTimer = clock.setTimer(limits[effect.what], () => push({ type: 'timeout' }));
          return undefined;
        case 'progress': {
          const { code, message } = effect.notification;
          const known = lan4GateNotifications[code];
          const shown = known?.ru ?? `Сообщение терминала ${code}`;
          try {
            call.onProgress?.({
              code,
              name: known?.name ?? `Notification${code}`,
              userMessage: message === undefined || message === '' ? shown : mask(message),
            });
          } catch (error) {
            logger.warn({ error: String(error) }, 'the progress listener threw');
          }
          return undefined;
        }
        case 'ask':
          void answerDialog(effect.question, call, mask).then((result) =>
            push({ type: 'dialog', question: effect.question, result }),
          );
          return undefined;
        case 'stray':
          logger.warn(
            { message: redactLan4Gate(effect.message), why: effect.why },
            'a stray message was ignored',
          );
          return undefined;
      }
    };
    try {
      let now: Lan4GateStep = startLan4GateExchange({ request, register: !one.registered, taken });
      for (;;) {
        if (now.state.phase !== 'registering') one.registered = true;
        const waits = now.effects.find((effect) => effect.type === 'wait');
        for (const effect of now.effects) {
          const early = await perform(effect, limits[waits?.what ?? 'answer']);
          if (early !== undefined) return early;
        }
        if (now.state.phase === 'ended') {
          if (now.state.end.type === 'not-sent') one.registered = false;
          return now.state.end;
        }
        while (inbox.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        now = stepLan4GateExchange(now.state, inbox.shift() as Lan4GateInput);
      }
    } finally {
      cancelTimer?.();
      cancelTotal();
      call.signal?.removeEventListener('abort', onAbort);
      if (one.receive === push) one.receive = undefined;
    }
  };

  /** A question as the cashier may see it. An option of a menu is answered by its number, so its text does not matter. */
  const masked = (question: Lan4GateInterface, mask: Lan4GateMask): Lan4GateInterface => {
    const shown = (name: 'title' | 'infoText' | 'value') =>
      question[name] === undefined ? {} : { [name]: mask(question[name]) };
    return { ...question, ...shown('title'), ...shown('infoText'), ...shown('value') };
  };

  const answerDialog = async (
    question: Lan4GateInterface,
    call: TerminalCallOptions,
    mask: Lan4GateMask,
  ): Promise<string | undefined> => {
    const dialog = readDialog(masked(question, mask));
    if (dialog === undefined || call.onDialog === undefined) return undefined;
    try {
      return encodeDialogAnswer(dialog, await call.onDialog(dialog));
    } catch (error) {
      logger.warn({ error: String(error) }, 'the dialogue was not answered: the operation is stopped');
      return undefined;
    }
  };

  /** Runs one request; the end is always one where the request went out. */
  const run = async (
    request: Lan4GateRequest,
    answerMs: number,
    call: TerminalCallOptions,
    onSent: () => void = () => {},
  ): Promise<SentEnd> => {
    for (let attempt = 1; ; attempt += 1) {
      throwIfAborted(call.signal);
      if (closed)
        throw lan4GateError({ code: 'CLOSED', message: 'the terminal is closed', outcome: 'not-sent' });
      const one = await connected(call.signal);
      throwIfAborted(call.signal);
      const end = await exchangeOver(one, request, answerMs, call, onSent);
      if (end.type === 'answered') {
        taken.push(end.response);
        if (taken.length > takenLimit) taken.shift();
        return { ...end, slip: end.slip.map(lan4GateMask(request.fields, end.response.fields)) };
      }
      // A late answer has to find a closed door, or it would be taken for that of the next request.
      drop(one);
      if (end.type === 'not-confirmed')
        return { ...end, slip: end.slip.map(lan4GateMask(request.fields, end.response.fields)) };
      if (end.type !== 'not-sent') return end;
      // A connection that waited too long is noticed only now; nothing was asked yet, so one more try is harmless.
      if (end.reason === 'disconnected' && attempt === 1) continue;
      throw lan4GateError({
        code: end.reason === 'aborted' ? 'ABORTED' : 'NOT_REGISTERED',
        message:
          end.reason === 'refused'
            ? `registration refused: ${lan4GateStatuses[end.status ?? -1]?.name ?? end.status}`
            : `nothing was sent: ${end.reason}`,
        userMessage:
          end.reason === 'refused'
            ? `Терминал не принял кассу: ${lan4GateStatuses[end.status ?? -1]?.ru ?? 'неизвестная причина'}.`
            : 'Терминал не отвечает, операция не начата.',
        outcome: 'not-sent',
        details: { ecrNumber, ...(end.status === undefined ? {} : { status: end.status }) },
      });
    }
  };

  return {
    run,
    taken,
    leave() {
      if (connection !== undefined) drop(connection);
    },
    async close() {
      closed = true;
      const one = connection;
      connection = undefined;
      if (one === undefined) return;
      one.receive?.({ type: 'disconnected' });
      one.alive = false;
      traced({ direction: 'out', kind: 'closed' });
      await one.channel.close();
    },
  };
}
