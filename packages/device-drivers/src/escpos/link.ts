import {
  type ByteChannel,
  type Clock,
  type ElcertError,
  isElcertError,
  throwIfAborted,
  writeWithin,
} from '@elcert/core';
import type { WireTrace } from '../wire-trace.js';
import { type EscPosReading, encodeEscPos } from './codec.js';
import { escPosError } from './errors.js';
import { type PrinterEvent, printerFramer } from './framer.js';
import type { LineFacts } from './machine.js';

/** A connection to a printer: it reads all the time, because a printer speaks when it likes. */
export interface PrinterLink {
  readonly facts: LineFacts;
  /** Why nothing more will come; nothing while the connection stands. */
  readonly ended: ElcertError | undefined;
  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Asks `GS r`: its answer comes when everything before it went through the printer. */
  askInOrder(signal?: AbortSignal): Promise<void>;
  /** Waits for an event that passes, from now on. */
  next<T>(
    pick: (event: PrinterEvent) => T | undefined,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Heard<T>>;
  /** Asks `DLE EOT` 1–4; nothing when the first is not answered. */
  reading(signal?: AbortSignal): Promise<EscPosReading | undefined>;
  close(): Promise<void>;
}

/** What a wait came to. */
export type Heard<T> =
  | { readonly type: 'event'; readonly value: T }
  | { readonly type: 'quiet' }
  | { readonly type: 'ended'; readonly error: ElcertError }
  | { readonly type: 'aborted'; readonly reason: unknown };

/** How long a link waits. Milliseconds. */
export interface LinkLimits {
  readonly statusMs: number;
  readonly writeMs: number;
}

/** Reads a channel until its end. */
export function printerLink(
  channel: ByteChannel,
  {
    clock,
    limits,
    trace,
    onEvent,
  }: {
    readonly clock: Clock;
    readonly limits: LinkLimits;
    readonly trace?: WireTrace | undefined;
    readonly onEvent?: ((event: PrinterEvent) => void) | undefined;
  },
): PrinterLink {
  const framer = printerFramer();
  const listeners = new Set<(event: PrinterEvent | undefined) => void>();
  let answers = 0;
  let asked = 0;
  let paused = false;
  let ended: ElcertError | undefined;
  // After a question without an answer a late one could be taken for that to another question.
  let outOfStep = false;

  const tell = (direction: 'in' | 'out', bytes: Uint8Array) => {
    try {
      trace?.({ at: clock.now(), direction, bytes });
    } catch {
      // A trace that throws changes nothing of what is known.
    }
  };
  const over = (error: unknown) => {
    ended ??= isElcertError(error)
      ? error
      : escPosError({
          code: 'LINK_LOST',
          message: `${channel.label} has ended`,
          outcome: 'unknown',
          userMessage: 'Связь с принтером прервалась.',
          cause: error,
        });
    for (const listener of [...listeners]) listener(undefined);
  };
  const pump = async () => {
    try {
      for await (const chunk of channel) {
        tell('in', chunk);
        for (const event of framer.push(chunk)) {
          if (event.type === 'in-order') answers += 1;
          if (event.type === 'xoff') paused = true;
          if (event.type === 'xon') paused = false;
          for (const listener of [...listeners]) listener(event);
          try {
            onEvent?.(event);
          } catch {
            // Nor does a listener.
          }
        }
      }
      over(undefined);
    } catch (error) {
      over(error);
    }
  };
  void pump();

  const next: PrinterLink['next'] = (pick, timeoutMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve({ type: 'aborted', reason: signal.reason });
      if (ended !== undefined) return resolve({ type: 'ended', error: ended });
      const settle = (result: Parameters<typeof resolve>[0]) => {
        listeners.delete(listener);
        cancel();
        signal?.removeEventListener('abort', onAbort);
        resolve(result);
      };
      const listener = (event: PrinterEvent | undefined) => {
        if (event === undefined) {
          if (ended !== undefined) settle({ type: 'ended', error: ended });
          return;
        }
        const value = pick(event);
        if (value !== undefined) settle({ type: 'event', value });
      };
      const onAbort = () => settle({ type: 'aborted', reason: signal?.reason });
      const cancel = clock.setTimer(timeoutMs, () => settle({ type: 'quiet' }));
      signal?.addEventListener('abort', onAbort, { once: true });
      listeners.add(listener);
    });

  const write = async (bytes: Uint8Array, signal?: AbortSignal) => {
    throwIfAborted(signal);
    if (ended !== undefined) throw ended;
    tell('out', bytes);
    await writeWithin(channel, bytes, { clock, timeoutMs: limits.writeMs, signal });
  };

  /** One answer, or nothing in time. What ends the link, or the caller, is thrown. */
  const ask = async (n: number, signal?: AbortSignal): Promise<number | undefined> => {
    const answer = next(
      (event) => (event.type === 'real-time' ? event.byte : undefined),
      limits.statusMs,
      signal,
    );
    await write(encodeEscPos('DLE EOT', [n]), signal);
    const heard = await answer;
    if (heard.type === 'event') return heard.value;
    if (heard.type === 'quiet') return undefined;
    throw heard.type === 'ended' ? heard.error : abortedWhileAsking(heard.reason);
  };

  return {
    get facts() {
      return { answers, asked, paused };
    },
    get ended() {
      return ended;
    },
    write,
    async askInOrder(signal) {
      asked += 1;
      await write(encodeEscPos('GS r', [1]), signal);
    },
    next,
    async reading(signal) {
      if (outOfStep) {
        outOfStep = false;
        await next(() => undefined, limits.statusMs, signal);
      }
      const bytes: (number | undefined)[] = [];
      for (const n of [1, 2, 3, 4]) {
        const byte = await ask(n, signal);
        if (byte === undefined) {
          outOfStep = true;
          if (n === 1) return undefined;
          // A printer that leaves one out may know the next; waiting for each in turn is what it costs.
          if (n < 4) await next(() => undefined, limits.statusMs, signal);
        }
        bytes.push(byte);
      }
      const [printer, offline, error, paper] = bytes;
      return { printer, offline, error, paper };
    },
    close: () => channel.close(),
  };
}

function abortedWhileAsking(reason: unknown): ElcertError {
  return escPosError({
    code: 'ABORTED',
    message: 'aborted by the caller',
    outcome: 'not-sent',
    userMessage: 'Печать прервана.',
    cause: reason,
  });
}
