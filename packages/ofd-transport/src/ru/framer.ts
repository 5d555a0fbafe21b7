import {
  decodeSession,
  decodeSessionHeader,
  maxContainerBytes,
  type SessionMessage,
  sessionHeaderBytes,
  sessionSignature,
} from './codec.js';
import { OfdError } from './errors.js';

/** What one chunk completed. */
export interface FramedSessions {
  readonly messages: readonly SessionMessage[];
  /** Why the stream cannot be read any further; from then on every `push` gives the same error and no messages. */
  readonly error: OfdError | undefined;
}

/** Cuts a stream of bytes into session messages. */
export interface SessionFramer {
  push(chunk: Uint8Array): FramedSessions;
  /** Bytes of a message that is not whole yet. */
  readonly pending: number;
}

/**
 * Makes a {@link SessionFramer}. A wrong signature is noticed at its first wrong byte, a body above the limit at its header,
 * before anything is kept; there is no way to find the next message after garbage, so any error ends the stream.
 *
 * @param options - `maxBodyBytes`: most bytes a body may announce; what a container can have unless told
 */
export function sessionFramer({
  maxBodyBytes = maxContainerBytes,
}: {
  readonly maxBodyBytes?: number;
} = {}): SessionFramer {
  let frame = new Uint8Array(sessionHeaderBytes);
  let filled = 0;
  let dead: OfdError | undefined;
  const readHeader = () => {
    const { bodySize } = decodeSessionHeader(frame);
    if (bodySize > maxBodyBytes) {
      throw new OfdError({
        code: 'SESSION_TOO_LONG',
        message: `a body of ${bodySize} bytes is announced, at most ${maxBodyBytes} are taken`,
        position: 24,
      });
    }
    const whole = new Uint8Array(sessionHeaderBytes + bodySize);
    whole.set(frame);
    frame = whole;
  };
  return {
    get pending() {
      return filled;
    },
    push(chunk) {
      const messages: SessionMessage[] = [];
      let position = 0;
      try {
        while (dead === undefined && position < chunk.length) {
          const before = filled;
          const part = chunk.subarray(position, position + frame.length - filled);
          frame.set(part, filled);
          filled += part.length;
          position += part.length;
          for (let index = before; index < Math.min(filled, sessionSignature.length); index += 1)
            if (frame[index] !== sessionSignature[index])
              throw new OfdError({
                code: 'BAD_SESSION',
                message: 'not the signature of a session message',
                position: index,
              });
          if (before < sessionHeaderBytes && filled === sessionHeaderBytes) readHeader();
          if (filled >= sessionHeaderBytes && filled === frame.length) {
            messages.push(decodeSession(frame));
            frame = new Uint8Array(sessionHeaderBytes);
            filled = 0;
          }
        }
      } catch (error) {
        if (!(error instanceof OfdError)) throw error;
        dead = error;
        frame = new Uint8Array(0);
        filled = 0;
      }
      return { messages, error: dead };
    },
  };
}
