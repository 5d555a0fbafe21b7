import {
  type ByteChannel,
  type Clock,
  type ElcertError,
  isElcertError,
  type Logger,
  outcomeOf,
  throwIfAborted,
  writeWithin,
} from '@elcert/core';
import { quietLogger } from '../quiet-logger.js';
import type { TerminalProgress } from '../terminal.js';
import { type TerminalRelayOptions, terminalRelay } from '../terminal-relay.js';
import type { WireTrace } from '../wire-trace.js';
import { type InpasFields, inpasField, inpasUserText, redactInpas, safeDecodeInpasTlv } from './codec.js';
import { type InpasErrorCode, inpasError, notBegun } from './errors.js';
import { type InpasFrameEvent, inpasFramer } from './framer.js';
import { nothingReceived, receiveInpas } from './link.js';
import {
  type InpasEffect,
  type InpasEnd,
  type InpasInput,
  type InpasStep,
  notTheAnswer,
  startInpasExchange,
  stepInpasExchange,
} from './machine.js';
import { inpasRelayAnswer, readRelayRequest } from './relay.js';
import { inpasControl, inpasOperations } from './table.js';
import { inpasTraceMasker } from './trace.js';
import type { InpasRunOptions, InpasSentEnd, InpasTransport } from './transport.js';

/** Time limits of SA, milliseconds of the clock. */
export interface InpasTimeouts {
  /** For the ACK of a frame, and between two bytes of one; 1 s. */
  readonly ackMs: number;
  /** The silence after which a damaged frame is asked for again, or a NAK is believed; 200 ms. */
  readonly quietMs: number;
  /** How long a sign of life is waited for after a request that may move money was met by silence; 10 s. */
  readonly silenceMs: number;
  /** How long the terminal may be silent while the buyer is at it; 120 s. */
  readonly answerMs: number;
  /** For the whole of an operation, whatever signs of life come; 15 minutes. */
  readonly totalMs: number;
  /** For the verdict after an abort; 180 s. */
  readonly abortMs: number;
  /** For a settlement; 600 s. */
  readonly settlementMs: number;
  /** For a link test; 60 s. */
  readonly serviceMs: number;
}

/** The time limits that hold unless others are given. */
export const defaultInpasTimeouts: InpasTimeouts = {
  ackMs: 1000,
  quietMs: 200,
  silenceMs: 10_000,
  answerMs: 120_000,
  totalMs: 900_000,
  abortMs: 180_000,
  settlementMs: 600_000,
  serviceMs: 60_000,
};

/** What SA is run with. */
export interface InpasSaOptions {
  readonly connect: (options: { readonly signal?: AbortSignal | undefined }) => Promise<ByteChannel>;
  readonly clock: Clock;
  readonly timeouts: InpasTimeouts;
  readonly relay?: TerminalRelayOptions | undefined;
  readonly logger?: Logger | undefined;
  readonly trace?: WireTrace | undefined;
}

// How long the end of a session is listened behind.
const endMs = 3000;

// Bytes of the bank that go into one answer, so that it fits a frame like the terminal's own; and how long they are waited for.
const relayChunk = 480;
const relayWaitMs = 500;

interface Connection {
  readonly channel: ByteChannel;
  alive: boolean;
  receive: ((input: InpasInput) => void) | undefined;
  /** Takes an answer that nobody waits for any more. */
  late: ((answer: InpasFields) => void) | undefined;
}

/** Runs exchanges over SA: the one place of this family with a channel and a timer. */
export function inpasSa(options: InpasSaOptions): InpasTransport {
  const { clock, timeouts } = options;
  const logger = quietLogger(options.logger);
  const relay = options.relay === undefined ? undefined : terminalRelay(options.relay, clock);
  const masker = inpasTraceMasker();
  let connection: Connection | undefined;
  let closed = false;

  const trace = (entries: readonly { readonly direction: 'in' | 'out'; readonly bytes: Uint8Array }[]) => {
    for (const entry of entries) {
      try {
        options.trace?.({ at: clock.now(), ...entry });
      } catch (error) {
        logger.warn({ error: String(error) }, 'the trace threw');
      }
    }
  };

  const drop = (one: Connection) => {
    if (connection === one) connection = undefined;
    if (!one.alive) return;
    one.alive = false;
    one.late = undefined;
    void one.channel.close().catch(() => {});
  };

  const write = (one: Connection, bytes: Uint8Array, timeoutMs: number): Promise<void> => {
    trace([{ direction: 'out', bytes: masker.out(bytes) }]);
    return writeWithin(one.channel, bytes, { clock, timeoutMs });
  };

  /** Confirms, or asks for again. A terminal that does not take one byte is gone. */
  const control = (one: Connection, name: 'ack' | 'nak') => {
    void write(one, Uint8Array.of(inpasControl[name]), timeouts.ackMs).catch(() => drop(one));
  };

  /** Reads a connection for as long as it lives. */
  const pump = async (one: Connection): Promise<void> => {
    const framer = inpasFramer();
    let receiving = nothingReceived;
    let cancelSilence: (() => void) | undefined;
    const hand = (input: InpasInput) => {
      if (one.receive !== undefined) return one.receive(input);
      if (input.type === 'message') {
        if (one.late !== undefined) return one.late(input.fields);
        const facts = { message: Object.fromEntries(redactInpas(input.fields)) };
        logger.warn(facts, 'the terminal sent a message that nobody waits for');
      }
    };
    const take = (event: InpasFrameEvent) => {
      if (event.type === 'control') return hand({ type: event.name });
      if (event.type === 'junk') {
        logger.warn({ length: event.length }, 'bytes between frames');
        return;
      }
      if (event.type === 'fatal') {
        hand({ type: 'garbage' });
        return drop(one);
      }
      const { state, reply, message, failed } = receiveInpas(receiving, event);
      receiving = state;
      if (failed !== undefined) {
        logger.warn({ why: failed }, 'a message of the terminal cannot be read');
        hand({ type: 'garbage' });
        return drop(one);
      }
      if (reply !== undefined) control(one, reply);
      if (message === undefined) return;
      const read = safeDecodeInpasTlv(message.body);
      if (read.ok) return hand({ type: 'message', fields: read.fields, frame: message.frame });
      logger.warn({ error: read.error.message }, 'a message of the terminal holds no fields');
      hand({ type: 'garbage' });
      drop(one);
    };
    const takeAll = (events: readonly InpasFrameEvent[]) => {
      trace(events.map((event) => ({ direction: 'in' as const, bytes: masker.in(event) })));
      for (const event of events) if (one.alive) take(event);
    };
    try {
      for await (const chunk of one.channel) {
        if (!one.alive) return;
        cancelSilence?.();
        takeAll(framer.push(chunk));
        const { unfinished } = framer;
        const silenceMs = unfinished === 'noise' ? timeouts.quietMs : timeouts.ackMs;
        cancelSilence =
          unfinished === undefined ? undefined : clock.setTimer(silenceMs, () => takeAll(framer.expire()));
      }
    } catch (error) {
      logger.warn({ error: isElcertError(error) ? error.message : 'unknown' }, 'the link broke');
    } finally {
      cancelSilence?.();
    }
    const wasAlive = one.alive;
    drop(one);
    if (wasAlive) one.receive?.({ type: 'disconnected' });
  };

  const connected = async (signal: AbortSignal | undefined): Promise<Connection> => {
    // A late answer must not be taken for that of what is asked next.
    if (connection?.late !== undefined) drop(connection);
    if (connection !== undefined) return connection;
    let channel: ByteChannel;
    try {
      channel = await options.connect({ signal });
    } catch (error) {
      if (isElcertError(error) && error.outcome === 'not-sent') throw error;
      throw notSent('NOT_TAKEN', 'no connection to the terminal', error);
    }
    if (closed) {
      await channel.close();
      throw notSent('CLOSED', 'the terminal was closed');
    }
    const one: Connection = { channel, alive: true, receive: undefined, late: undefined };
    connection = one;
    void pump(one);
    return one;
  };

  /** Does what the terminal asks of the relay. */
  const relayed = async (command: InpasFields): Promise<InpasFields> => {
    const request = readRelayRequest(command);
    if (relay === undefined || request.type === 'other') return inpasRelayAnswer(command, false);
    switch (request.type) {
      case 'open': {
        const opened = await relay.open(request.host, request.port);
        if (opened !== 'open')
          logger.warn({ host: request.host, port: request.port, opened }, 'the relay did not connect');
        return inpasRelayAnswer(command, opened === 'open');
      }
      case 'send':
        return inpasRelayAnswer(command, await relay.send(request.data));
      case 'receive': {
        const data = await relay.receive({ maxBytes: relayChunk, waitMs: relayWaitMs });
        return inpasRelayAnswer(command, data !== undefined, data);
      }
      case 'close':
        await relay.close();
        return inpasRelayAnswer(command, true);
    }
  };

  const progressOf = (fields: InpasFields): TerminalProgress => {
    const text = inpasField(fields, 'textResponse') ?? inpasField(fields, 'cashierRequest') ?? '';
    const shown = inpasUserText(text);
    return {
      code: inpasOperations.wait.code,
      name: 'wait',
      userMessage: shown === '' ? 'Терминал выполняет операцию.' : shown,
    };
  };

  const exchangeOver = async (
    one: Connection,
    request: InpasFields,
    { answerMs, repeatable, call, onSent }: InpasRunOptions,
  ): Promise<InpasEnd | { readonly type: 'not-sent'; readonly aborted: boolean }> => {
    const inbox: InpasInput[] = [];
    let wake: (() => void) | undefined;
    let cancelTimer: (() => void) | undefined;
    let over = false;
    const push = (input: InpasInput) => {
      inbox.push(input);
      wake?.();
      wake = undefined;
    };
    const limits = {
      ack: timeouts.ackMs,
      quiet: timeouts.quietMs,
      silence: timeouts.silenceMs,
      answer: answerMs,
      abort: timeouts.abortMs,
      end: endMs,
    };
    const onAbort = () => push({ type: 'abort' });
    let total = false;
    const cancelTotal = clock.setTimer(Math.max(timeouts.totalMs, answerMs), () => {
      total = true;
      push({ type: 'timeout' });
    });
    call.signal?.addEventListener('abort', onAbort, { once: true });
    one.receive = push;
    const perform = async (effect: InpasEffect, first: boolean): Promise<boolean> => {
      switch (effect.type) {
        case 'send':
          try {
            if (first) {
              if (!one.alive || call.signal?.aborted) return false;
              onSent?.();
            }
            await write(one, effect.frame, timeouts.silenceMs);
          } catch (error) {
            if (first && outcomeOf(error) === 'not-sent') return false;
            // Half a frame may have left: nothing can be said on this connection any more.
            drop(one);
            push({ type: 'disconnected' });
          }
          return true;
        case 'wait':
          cancelTimer?.();
          cancelTimer = clock.setTimer(limits[effect.what], () => push({ type: 'timeout' }));
          return true;
        case 'progress':
          try {
            call.onProgress?.(progressOf(effect.fields));
          } catch (error) {
            logger.warn({ error: String(error) }, 'the progress listener threw');
          }
          return true;
        case 'relay':
          void relayed(effect.command).then((answer) => {
            if (!over) push({ type: 'relayed', answer });
          });
          return true;
        case 'stray': {
          const fields =
            effect.fields === undefined ? {} : { message: Object.fromEntries(redactInpas(effect.fields)) };
          logger.warn({ ...fields, why: effect.why }, 'a stray frame was ignored');
          return true;
        }
      }
    };
    try {
      let now: InpasStep = startInpasExchange({ request, repeatable });
      let first = true;
      for (;;) {
        for (const effect of now.effects) {
          const sent = await perform(effect, first);
          if (!sent) return { type: 'not-sent', aborted: call.signal?.aborted === true };
          first = false;
        }
        if (now.state.phase === 'ended') return now.state.end;
        while (inbox.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const input = inbox.shift() as InpasInput;
        if (total && input.type === 'timeout') {
          const taken = now.state.phase === 'waiting';
          return { type: 'lost', reason: 'timeout', taken, aborted: call.signal?.aborted === true };
        }
        now = stepInpasExchange(now.state, input);
      }
    } finally {
      over = true;
      cancelTimer?.();
      cancelTotal();
      call.signal?.removeEventListener('abort', onAbort);
      if (one.receive === push) one.receive = undefined;
      // The terminal closes its connection to the bank itself; one that it forgot does not outlive the operation.
      await relay?.close();
    }
  };

  return {
    async run(request, run): Promise<InpasSentEnd> {
      const { call } = run;
      for (let attempt = 1; ; attempt += 1) {
        throwIfAborted(call.signal);
        if (closed) throw notSent('CLOSED', 'the terminal is closed');
        const one = await connected(call.signal);
        throwIfAborted(call.signal);
        const before = { attempts: relay?.attempts ?? 0, connections: relay?.connections ?? 0 };
        const end = await exchangeOver(one, request, run);
        const circumstances = {
          relay:
            relay === undefined || relay.attempts === before.attempts
              ? ('own' as const)
              : relay.connections === before.connections
                ? ('failed' as const)
                : ('used' as const),
        };
        switch (end.type) {
          case 'answered':
            return { end, circumstances };
          case 'lost':
            if (end.reason === 'timeout' && end.taken && run.onLate !== undefined && one.alive) {
              const { onLate } = run;
              one.late = (answer) => {
                if (notTheAnswer(request, answer) === undefined) onLate(answer);
              };
            } else drop(one);
            return { end, circumstances };
          case 'not-taken':
            drop(one);
            throw notSent('NOT_TAKEN', 'the terminal did not take the request: NAK');
          case 'not-sent':
            drop(one);
            if (end.aborted) throw notSent('ABORTED', 'aborted before the request went out');
            // A connection that waited too long is noticed only now; nothing went out, so one more try is harmless.
            if (attempt === 1) continue;
            throw notSent('NOT_TAKEN', 'the connection to the terminal is gone');
        }
      }
    },
    async close() {
      closed = true;
      await relay?.close();
      const one = connection;
      connection = undefined;
      if (one === undefined) return;
      one.receive?.({ type: 'disconnected' });
      one.alive = false;
      await one.channel.close();
    },
  };
}

function notSent(code: InpasErrorCode, message: string, cause?: unknown): ElcertError<InpasErrorCode> {
  return inpasError({ code, message, outcome: 'not-sent', userMessage: notBegun, cause });
}
