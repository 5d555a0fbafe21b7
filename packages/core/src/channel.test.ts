import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ByteChannel,
  channelReader,
  concatBytes,
  ElcertError,
  manualClock,
  memoryChannelPair,
  receiveQueue,
  toHex,
  writeWithin,
} from './index.js';

async function collect(channel: AsyncIterable<Uint8Array>): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of channel) chunks.push(toHex(chunk));
  return chunks;
}

describe('memoryChannelPair', () => {
  it('carries copies, both ways, until it is closed', async () => {
    const [till, device] = memoryChannelPair('wire');
    const bytes = Uint8Array.of(1, 2);
    await till.write(bytes);
    bytes.fill(9);
    await device.write(Uint8Array.of(3));
    await till.write(Uint8Array.of(4));
    await till.close();
    await till.close();
    expect(await collect(device)).toEqual(['0102', '04']);
    expect(await collect(till)).toEqual(['03']);
    expect([till.label, device.label]).toEqual(['wire a', 'wire b']);
  });

  it.each([0, 1])('refuses to write once either end is closed (%s)', async (closer) => {
    const pair = memoryChannelPair('wire');
    await pair[closer as 0 | 1].close();
    for (const end of pair) {
      await expect(end.write(Uint8Array.of(1))).rejects.toMatchObject({
        code: 'CHANNEL_CLOSED',
        outcome: 'not-sent',
        message: 'wire is closed',
      });
    }
  });

  it('does not write for a signal that was aborted before', async () => {
    const [till, device] = memoryChannelPair();
    await expect(till.write(Uint8Array.of(1), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
      outcome: 'not-sent',
    });
    await till.close();
    expect(await collect(device)).toEqual([]);
  });

  it('loses nothing when a loop is left', async () => {
    const [till, device] = memoryChannelPair();
    for (const byte of [1, 2, 3]) await till.write(Uint8Array.of(byte));
    for await (const chunk of device) {
      expect(toHex(chunk)).toBe('01');
      break;
    }
    await till.close();
    expect(await collect(device)).toEqual(['02', '03']);
    expect(await collect(device)).toEqual([]);
  });

  it('brings any chunks in order, however reading and writing interleave', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 40 }),
        fc.array(fc.boolean(), { maxLength: 40 }),
        async (chunks, pauses) => {
          const [till, device] = memoryChannelPair();
          const reading = (async () => {
            const seen: Uint8Array[] = [];
            // A new loop for each chunk: leaving one must lose nothing.
            for (;;) {
              const before = seen.length;
              for await (const chunk of device) {
                seen.push(chunk);
                break;
              }
              if (seen.length === before) return concatBytes(...seen);
            }
          })();
          for (const [index, chunk] of chunks.entries()) {
            await till.write(chunk);
            if (pauses[index] === true) await new Promise((resolve) => setImmediate(resolve));
          }
          await till.close();
          expect(await reading).toEqual(concatBytes(...chunks));
        },
      ),
    );
  });
});

describe('receiveQueue', () => {
  it('counts what waits, tells when it is drained, and takes nothing after its end', async () => {
    let drained = 0;
    const queue = receiveQueue(() => {
      drained += 1;
    });
    queue.push(Uint8Array.of(1, 2));
    queue.push(new Uint8Array());
    queue.push(Uint8Array.of(3));
    expect(queue.buffered).toBe(3);
    const iterator = queue[Symbol.asyncIterator]();
    await iterator.next();
    expect([queue.buffered, drained]).toEqual([1, 0]);
    await iterator.next();
    expect([queue.buffered, drained]).toEqual([0, 1]);
    queue.end();
    queue.push(Uint8Array.of(4));
    expect(queue.buffered).toBe(0);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('gives the error after the bytes, and again to whoever asks again', async () => {
    const queue = receiveQueue();
    queue.push(Uint8Array.of(1));
    queue.end(new ElcertError({ code: 'CHANNEL_FAILED', message: 'broke' }));
    queue.end();
    const iterator = queue[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toEqual(Uint8Array.of(1));
    await expect(iterator.next()).rejects.toThrow('broke');
    await expect(collect(queue)).rejects.toThrow('broke');
  });

  it('gives the bytes to the newest reader and the end to all', async () => {
    const queue = receiveQueue();
    const old = queue[Symbol.asyncIterator]().next();
    const fresh = queue[Symbol.asyncIterator]().next();
    queue.push(Uint8Array.of(1));
    queue.push(Uint8Array.of(2));
    expect((await fresh).value).toEqual(Uint8Array.of(1));
    expect(await collect(ended(queue))).toEqual(['02']);
    expect((await old).done).toBe(true);
  });

  it('keeps order over many small chunks, in time that grows with their number only', async () => {
    const queue = receiveQueue();
    const count = 200_000;
    for (let index = 0; index < count; index += 1) queue.push(Uint8Array.of(index & 0xff));
    queue.end();
    let seen = 0;
    for await (const chunk of queue) {
      if (chunk[0] !== (seen & 0xff)) throw new Error(`out of order at ${seen}`);
      seen += 1;
    }
    expect(seen).toBe(count);
  });
});

function ended(queue: ReturnType<typeof receiveQueue>): AsyncIterable<Uint8Array> {
  queue.end();
  return queue;
}

describe('channelReader', () => {
  function setUp(): {
    till: ByteChannel;
    clock: ReturnType<typeof manualClock>;
    reader: ReturnType<typeof channelReader>;
  } {
    const [till, device] = memoryChannelPair();
    const clock = manualClock(0);
    return { till, clock, reader: channelReader(device, clock) };
  }

  it('answers a chunk, a timeout and the end as values', async () => {
    const { till, clock, reader } = setUp();
    await till.write(Uint8Array.of(1));
    expect(await reader.read({ timeoutMs: 100 })).toEqual({ type: 'chunk', bytes: Uint8Array.of(1) });
    expect(clock.pendingTimers).toBe(0);
    const late = reader.read({ timeoutMs: 100 });
    await clock.advance(100);
    expect(await late).toEqual({ type: 'timeout' });
    await till.close();
    expect(await reader.read()).toEqual({ type: 'closed' });
    expect(await reader.read({ timeoutMs: 5 })).toEqual({ type: 'closed' });
  });

  it('keeps a chunk that comes after a timeout for the next read', async () => {
    const { till, clock, reader } = setUp();
    for (let index = 0; index < 3; index += 1) {
      const early = reader.read({ timeoutMs: 10 });
      await clock.advance(10);
      expect(await early).toEqual({ type: 'timeout' });
    }
    await till.write(Uint8Array.of(7));
    await till.write(Uint8Array.of(8));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await reader.read({ timeoutMs: 10 })).toEqual({ type: 'chunk', bytes: Uint8Array.of(7) });
    expect(await reader.read({ timeoutMs: 10 })).toEqual({ type: 'chunk', bytes: Uint8Array.of(8) });
    expect(clock.pendingTimers).toBe(0);
  });

  it('is ended by a signal, before and meanwhile, and loses nothing by it', async () => {
    const { till, clock, reader } = setUp();
    const controller = new AbortController();
    const waiting = reader.read({ timeoutMs: 1000, signal: controller.signal });
    controller.abort();
    expect(await waiting).toEqual({ type: 'aborted' });
    expect(clock.pendingTimers).toBe(0);
    await till.write(Uint8Array.of(1));
    expect(await reader.read({ signal: controller.signal })).toEqual({ type: 'aborted' });
    expect(await reader.read()).toEqual({ type: 'chunk', bytes: Uint8Array.of(1) });
  });

  it('hands out each chunk once, also to reads that overlap', async () => {
    const { till, reader } = setUp();
    const both = Promise.all([reader.read(), reader.read()]);
    await till.write(Uint8Array.of(1));
    await till.write(Uint8Array.of(2));
    expect(await both).toEqual([
      { type: 'chunk', bytes: Uint8Array.of(1) },
      { type: 'chunk', bytes: Uint8Array.of(2) },
    ]);
    const ends = Promise.all([reader.read(), reader.read()]);
    await till.close();
    expect(await ends).toEqual([{ type: 'closed' }, { type: 'closed' }]);
  });

  it('tells why a channel broke', async () => {
    const queue = receiveQueue();
    const failure = new ElcertError({ code: 'CHANNEL_FAILED', message: 'broke', outcome: 'unknown' });
    queue.end(failure);
    expect(await channelReader(queue, manualClock()).read()).toEqual({ type: 'closed', error: failure });
    const foreign: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new TypeError('oops')) }),
    };
    expect(await channelReader(foreign, manualClock()).read()).toMatchObject({
      type: 'closed',
      error: { code: 'CHANNEL_FAILED', outcome: 'unknown', cause: new TypeError('oops') },
    });
  });
});

describe('writeWithin', () => {
  /** A channel whose writes settle when they are told to; closing settles none of them. */
  function stuck(): {
    channel: ByteChannel;
    writes: { resolve(): void; reject(error: unknown): void; bytes: Uint8Array }[];
    closed: () => number;
  } {
    const writes: { resolve(): void; reject(error: unknown): void; bytes: Uint8Array }[] = [];
    let closed = 0;
    return {
      writes,
      closed: () => closed,
      channel: {
        label: 'stuck',
        write: (bytes) =>
          new Promise<void>((resolve, reject) => {
            writes.push({ resolve, reject, bytes });
          }),
        close: () => {
          closed += 1;
          return new Promise(() => {});
        },
        [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
      },
    };
  }
  const bytes = Uint8Array.of(1, 2, 3);
  const failureOf = (promise: Promise<void>) =>
    promise.then(
      () => 'written',
      (error: unknown) => error,
    );

  it('writes, and leaves neither a timer nor a closed channel behind', async () => {
    const [till, device] = memoryChannelPair();
    const clock = manualClock(0);
    const controller = new AbortController();
    await writeWithin(till, bytes, { clock, timeoutMs: 100, signal: controller.signal });
    expect(clock.pendingTimers).toBe(0);
    controller.abort();
    await clock.advance(1000);
    await writeWithin(till, Uint8Array.of(4), { clock, timeoutMs: 100 });
    await till.close();
    expect(await collect(device)).toEqual(['010203', '04']);
  });

  it('a write that is not taken in time is unknown, and the channel is closed', async () => {
    const { channel, writes, closed } = stuck();
    const clock = manualClock(0);
    const failing = failureOf(writeWithin(channel, bytes, { clock, timeoutMs: 100 }));
    await clock.advance(99);
    expect(closed()).toBe(0);
    await clock.advance(1);
    expect(await failing).toMatchObject({
      code: 'WRITE_TIMEOUT',
      outcome: 'unknown',
      message: 'stuck did not take 3 bytes in 100 ms',
    });
    expect(closed()).toBe(1);
    // What the write says afterwards concerns nobody, and is no unhandled rejection either.
    writes[0]?.reject(new TypeError('late'));
    await new Promise((resolve) => setImmediate(resolve));
    expect([closed(), clock.pendingTimers]).toEqual([1, 0]);
  });

  it('an abort while the bytes are not taken is unknown, and the channel is closed', async () => {
    const { channel, writes, closed } = stuck();
    const clock = manualClock(0);
    const controller = new AbortController();
    const failing = failureOf(
      writeWithin(channel, bytes, { clock, timeoutMs: 100, signal: controller.signal }),
    );
    controller.abort(new Error('the buyer has left'));
    expect(await failing).toMatchObject({
      code: 'ABORTED',
      outcome: 'unknown',
      cause: new Error('the buyer has left'),
    });
    expect([writes.length, closed(), clock.pendingTimers]).toEqual([1, 1, 0]);
  });

  it('an abort before hands nothing over and closes nothing', async () => {
    const { channel, writes, closed } = stuck();
    const clock = manualClock(0);
    expect(
      await failureOf(writeWithin(channel, bytes, { clock, timeoutMs: 100, signal: AbortSignal.abort() })),
    ).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect([writes.length, closed(), clock.pendingTimers]).toEqual([0, 0, 0]);
  });

  it('passes on what the channel itself says', async () => {
    const [till] = memoryChannelPair('wire');
    const clock = manualClock(0);
    await till.close();
    expect(await failureOf(writeWithin(till, bytes, { clock, timeoutMs: 100 }))).toMatchObject({
      code: 'CHANNEL_CLOSED',
      outcome: 'not-sent',
    });
    expect(clock.pendingTimers).toBe(0);
  });
});
