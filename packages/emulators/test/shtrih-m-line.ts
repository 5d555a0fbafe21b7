import { type ByteChannel, channelClosedError, receiveQueue } from '@elcert/core';

/** Where a line is cut: after so many bytes in one direction, counted over all its connections. */
export interface Cut {
  readonly direction: 'out' | 'in';
  readonly after: number;
}

/** A line between a driver and a register that can be cut, go dead, or be taken away. */
export interface Line {
  connect(): Promise<ByteChannel>;
  /** Bytes that went over it since the last {@link Line.count}. */
  readonly bytes: { readonly out: number; readonly in: number };
  /** Begins to count anew, and to cut where it is told: the byte at the cut is lost, and both ends see the end. */
  count(cut?: Cut): void;
  /** The cut has happened. */
  readonly struck: boolean;
  /** From now on nothing arrives any more, and nobody is told. */
  die(): void;
  revive(): void;
  /** What is heard comes after this, byte by byte as it is given: for noise between frames. */
  noise: ((bytes: Uint8Array) => readonly Uint8Array[]) | undefined;
}

/** Makes a line over any other. */
export function openLine(dial: () => ByteChannel | Promise<ByteChannel>): Line {
  const bytes = { out: 0, in: 0 };
  let cut: Cut | undefined;
  let struck = false;
  let dead = false;
  const line: Line = {
    bytes,
    get struck() {
      return struck;
    },
    count(next) {
      bytes.out = 0;
      bytes.in = 0;
      cut = next;
      struck = false;
    },
    die() {
      dead = true;
    },
    revive() {
      dead = false;
    },
    noise: undefined,
    async connect() {
      const inner = await dial();
      const heard = receiveQueue();
      let open = true;
      const close = async () => {
        open = false;
        heard.end();
        await inner.close();
      };
      /** What of these bytes still gets through. */
      const passed = (direction: 'out' | 'in', chunk: Uint8Array): Uint8Array => {
        const left =
          cut?.direction === direction && !struck ? cut.after - bytes[direction] : Number.POSITIVE_INFINITY;
        const through = chunk.length > left ? chunk.subarray(0, left) : chunk;
        bytes[direction] += through.length;
        if (through.length < chunk.length) struck = true;
        return through;
      };
      void (async () => {
        for await (const chunk of inner) {
          if (dead) continue;
          const before = struck;
          const through = passed('in', chunk);
          for (const piece of line.noise?.(through) ?? [through]) heard.push(piece);
          if (struck && !before) return close();
        }
        heard.end();
      })().catch(() => heard.end());
      return {
        label: 'line',
        async write(chunk) {
          if (!open) throw channelClosedError('line');
          if (dead) return;
          const before = struck;
          const through = passed('out', chunk);
          if (through.length > 0) await inner.write(through);
          if (struck && !before) await close();
        },
        close,
        [Symbol.asyncIterator]: () => heard[Symbol.asyncIterator](),
      };
    },
  };
  return line;
}
