import { KzError } from './errors.js';
import { decodeKzHeader, kzAppCode, kzHeaderBytes, kzMaxFrameBytes } from './header.js';

/** What one chunk completed. */
export interface FramedKz {
  /** Whole messages, header included. */
  readonly frames: readonly Uint8Array[];
  /** Why the stream cannot be read any further; from then on every `push` gives the same error and no frames. */
  readonly error: KzError | undefined;
}

/** Cuts a stream of bytes into messages. */
export interface KzFramer {
  push(chunk: Uint8Array): FramedKz;
  /** Bytes of a message that is not whole yet. */
  readonly pending: number;
}

/**
 * Makes a {@link KzFramer}. A wrong application code is noticed at its first wrong byte, a size above the limit at its header,
 * before anything is kept; memory grows with what has come, not with what was announced.
 *
 * @param options - `maxFrameBytes`: most bytes a message may announce, {@link kzMaxFrameBytes} unless told
 */
export function kzFramer({
  maxFrameBytes = kzMaxFrameBytes,
}: {
  readonly maxFrameBytes?: number;
} = {}): KzFramer {
  let kept = new Uint8Array(64);
  let filled = 0;
  let wanted = kzHeaderBytes;
  let dead: KzError | undefined;
  const keep = (part: Uint8Array) => {
    if (filled + part.length > kept.length) {
      const bigger = new Uint8Array(Math.max(filled + part.length, kept.length * 2));
      bigger.set(kept.subarray(0, filled));
      kept = bigger;
    }
    kept.set(part, filled);
    filled += part.length;
  };
  const readHeader = () => {
    const { size } = decodeKzHeader(kept.subarray(0, filled));
    if (size > maxFrameBytes)
      throw new KzError({
        code: 'FRAME_TOO_LONG',
        message: `a message of ${size} bytes is announced, at most ${maxFrameBytes} are taken`,
        position: 4,
      });
    wanted = size;
  };
  return {
    get pending() {
      return filled;
    },
    push(chunk) {
      const frames: Uint8Array[] = [];
      let position = 0;
      try {
        while (dead === undefined && position < chunk.length) {
          const before = filled;
          const part = chunk.subarray(position, position + wanted - filled);
          keep(part);
          position += part.length;
          for (let index = before; index < Math.min(filled, 2); index += 1)
            if (kept[index] !== ((kzAppCode >> (8 * index)) & 0xff))
              throw new KzError({
                code: 'BAD_HEADER',
                message: 'not the application code 81A2h',
                position: index,
              });
          if (before < kzHeaderBytes && filled === kzHeaderBytes) readHeader();
          if (filled >= kzHeaderBytes && filled === wanted) {
            frames.push(kept.slice(0, filled));
            filled = 0;
            wanted = kzHeaderBytes;
          }
        }
      } catch (error) {
        if (!(error instanceof KzError)) throw error;
        dead = error;
        kept = new Uint8Array(0);
        filled = 0;
      }
      return { frames, error: dead };
    },
  };
}
