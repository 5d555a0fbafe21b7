import type { Clock } from './clock.js';
import { type CoreErrorCode, ElcertError, isElcertError } from './errors.js';

/**
 * A two-way stream of bytes: TCP, a serial port or memory, all alike to what stands above.
 *
 * Reading: `for await` gives the chunks in the order they came; leaving the loop loses nothing and closes nothing, a
 * later loop goes on where it stopped; the loop ends when the other side has closed. One reader at a time.
 */
export interface ByteChannel extends AsyncIterable<Uint8Array> {
  /** For messages and traces: `tcp 127.0.0.1:7778`. */
  readonly label: string;
  /**
   * Hands bytes to the other side.
   *
   * @throws ElcertError `CHANNEL_CLOSED` (`not-sent`) when it was closed before, `CHANNEL_FAILED` (`unknown`) when it broke
   * while writing, `ABORTED` for a signal that was aborted before (`not-sent`) or while the other side did not take the
   * bytes (`unknown`: they may still go out).
   */
  write(bytes: Uint8Array, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** Closes both directions. May be called again. */
  close(): Promise<void>;
}

/** The receiving half that every channel shares: a queue of chunks with an end. */
export interface ReceiveQueue extends AsyncIterable<Uint8Array> {
  /** Bytes that wait to be read. */
  readonly buffered: number;
  push(chunk: Uint8Array): void;
  /** No more bytes will come; with an error, the reader gets it after the queued bytes. */
  end(error?: ElcertError): void;
}

const nothing = new Uint8Array(0);

/**
 * Makes a {@link ReceiveQueue}, for those who write a channel of their own.
 *
 * @param onDrained - called when the reader has taken everything: the place to resume a paused source
 */
export function receiveQueue(onDrained?: () => void): ReceiveQueue {
  const chunks: Uint8Array[] = [];
  let head = 0;
  let buffered = 0;
  let ended = false;
  let failure: ElcertError | undefined;
  let wake: (() => void) | undefined;
  // Readers that began to wait and were followed by another: the newest gets the bytes, all learn of the end.
  const left: (() => void)[] = [];
  // A shift() for each chunk would move all the others.
  const take = (): Uint8Array | undefined => {
    const chunk = chunks[head];
    if (chunk === undefined) return undefined;
    chunks[head] = nothing;
    head += 1;
    if (head === chunks.length || head === 1024) {
      chunks.splice(0, head);
      head = 0;
    }
    return chunk;
  };
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    for (;;) {
      const chunk = take();
      if (chunk !== undefined) {
        buffered -= chunk.length;
        if (buffered === 0) onDrained?.();
        return { done: false, value: chunk };
      }
      if (failure !== undefined) throw failure;
      if (ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        if (wake !== undefined) left.push(wake);
        wake = resolve;
      });
    }
  };
  return {
    get buffered() {
      return buffered;
    },
    push(chunk) {
      if (ended || chunk.length === 0) return;
      chunks.push(chunk);
      buffered += chunk.length;
      wake?.();
      wake = undefined;
    },
    end(error) {
      if (ended) return;
      ended = true;
      failure = error;
      wake?.();
      for (const resolve of left) resolve();
    },
    [Symbol.asyncIterator]: () => ({ next, return: async () => ({ done: true, value: undefined }) }),
  };
}

/** The error of a write to a channel that is closed. */
export function channelClosedError(label: string): ElcertError<'CHANNEL_CLOSED'> {
  return new ElcertError({
    code: 'CHANNEL_CLOSED',
    message: `${label} is closed`,
    userMessage: 'Нет связи с устройством',
    outcome: 'not-sent',
  });
}

/** Throws `ABORTED` (`not-sent`) when the signal is aborted already. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new ElcertError<CoreErrorCode>({
      code: 'ABORTED',
      message: 'aborted by the caller',
      outcome: 'not-sent',
      cause: signal.reason,
    });
  }
}

/**
 * Two ends of a wire in memory. What is written to one end is read from the other, as a copy, in the same chunks.
 *
 * @example
 * ```ts
 * const [till, device] = memoryChannelPair();
 * await till.write(Uint8Array.of(0x05));
 * ```
 */
export function memoryChannelPair(label = 'memory'): [ByteChannel, ByteChannel] {
  const queues = [receiveQueue(), receiveQueue()] as const;
  let open = true;
  const end = (own: 0 | 1): ByteChannel => ({
    label: `${label} ${own === 0 ? 'a' : 'b'}`,
    async write(bytes, options) {
      throwIfAborted(options?.signal);
      if (!open) throw channelClosedError(label);
      queues[own === 0 ? 1 : 0].push(bytes.slice());
    },
    async close() {
      open = false;
      queues[0].end();
      queues[1].end();
    },
    [Symbol.asyncIterator]: () => queues[own][Symbol.asyncIterator](),
  });
  return [end(0), end(1)];
}

/**
 * Writes, but does not wait for ever: when the bytes are not taken in time, or the signal is aborted meanwhile, the
 * channel is closed and the write counts as `unknown`. After that nothing may be written: half a frame may have left.
 *
 * What drivers use instead of `channel.write`: a peer that stops reading, a port whose output is stuck or a channel that
 * ignores its signal would otherwise hold the driver, and its own timers, as long as it likes.
 *
 * @param options.timeoutMs - milliseconds of the clock for the whole write
 * @throws ElcertError `ABORTED` (`not-sent`, nothing was handed over and the channel stays open) for a signal that was
 * aborted before; `WRITE_TIMEOUT` or `ABORTED` (both `unknown`, the channel is closed); what the channel itself throws
 * @example
 * ```ts
 * await writeWithin(channel, frame, { clock, timeoutMs: 10_000, signal });
 * ```
 */
export function writeWithin(
  channel: ByteChannel,
  bytes: Uint8Array,
  options: { readonly clock: Clock; readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { clock, timeoutMs, signal } = options;
  return new Promise<void>((resolve, reject) => {
    throwIfAborted(signal);
    const done = () => {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
    };
    const giveUp = (code: 'WRITE_TIMEOUT' | 'ABORTED', message: string, cause?: unknown) => {
      done();
      reject(
        new ElcertError<CoreErrorCode>({
          code,
          message,
          userMessage: 'Устройство не принимает данные',
          outcome: 'unknown',
          cause,
        }),
      );
      // Not waited for: a channel that does not write may not close either.
      channel.close().catch(() => {});
    };
    const onAbort = () =>
      giveUp('ABORTED', `aborted while ${channel.label} did not take the bytes`, signal?.reason);
    const cancelTimer = clock.setTimer(timeoutMs, () =>
      giveUp('WRITE_TIMEOUT', `${channel.label} did not take ${bytes.length} bytes in ${timeoutMs} ms`),
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    channel.write(bytes).then(
      () => {
        done();
        resolve();
      },
      (error: unknown) => {
        done();
        reject(error);
      },
    );
  });
}

/** What {@link ChannelReader.read} can answer. */
export type ReadResult =
  | { readonly type: 'chunk'; readonly bytes: Uint8Array }
  | { readonly type: 'timeout' }
  | { readonly type: 'closed'; readonly error?: ElcertError }
  | { readonly type: 'aborted' };

/** Reads a channel with a time limit; a chunk that comes after a timeout is kept for the next read. */
export interface ChannelReader {
  read(options?: {
    readonly timeoutMs?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<ReadResult>;
}

/**
 * Makes a {@link ChannelReader}: the loop of every driver. Timeout, disconnect and abort are values, as a protocol's
 * machine wants them.
 */
export function channelReader(channel: AsyncIterable<Uint8Array>, clock: Clock): ChannelReader {
  const iterator = channel[Symbol.asyncIterator]();
  const waiting = new Set<(result: ReadResult) => void>();
  let asking = false;
  let kept: ReadResult | undefined;
  const deliver = (result: ReadResult) => {
    asking = false;
    if (result.type === 'closed') {
      kept = result;
      for (const settle of waiting) settle(result);
      return;
    }
    const [first] = waiting;
    if (first === undefined) kept = result;
    else first(result);
    if (waiting.size > 0) ask();
  };
  const ask = () => {
    if (asking) return;
    asking = true;
    iterator.next().then(
      (result) => deliver(result.done ? { type: 'closed' } : { type: 'chunk', bytes: result.value }),
      (error: unknown) =>
        deliver({
          type: 'closed',
          error: isElcertError(error)
            ? error
            : new ElcertError<CoreErrorCode>({
                code: 'CHANNEL_FAILED',
                message: 'the channel broke',
                userMessage: 'Связь с устройством прервалась',
                outcome: 'unknown',
                cause: error,
              }),
        }),
    );
  };
  return {
    read({ timeoutMs, signal } = {}) {
      if (signal?.aborted) return Promise.resolve({ type: 'aborted' });
      if (kept !== undefined) {
        const result = kept;
        // The end stays the end, however often it is asked for.
        if (result.type === 'chunk') kept = undefined;
        return Promise.resolve(result);
      }
      return new Promise<ReadResult>((resolve) => {
        const settle = (result: ReadResult) => {
          waiting.delete(settle);
          cancelTimer?.();
          signal?.removeEventListener('abort', onAbort);
          resolve(result);
        };
        const onAbort = () => settle({ type: 'aborted' });
        const cancelTimer =
          timeoutMs === undefined ? undefined : clock.setTimer(timeoutMs, () => settle({ type: 'timeout' }));
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.add(settle);
        ask();
      });
    },
  };
}
