import {
  byteWriter,
  concatBytes,
  equalBytes,
  type FnMessage,
  type FnMessageSource,
  isElcertError,
  outcomeOf,
} from '@elcert/core';
import { failed, harmless } from './fail.js';
import type { Session } from './session.js';

const sessionSignature = Uint8Array.of(0x2a, 0x08, 0x41, 0x0a);
const sessionHeaderLength = 30;
/** The largest block that fits a frame of the standard layer. */
const largestBlock = 240;

/** The queue for the operator (FF30–FF33). Nothing is lost or doubled by a lost answer: the drive counts what is confirmed. */
export function fnMessageSource({ call, exclusive }: Session): FnMessageSource {
  let replyHeader: Uint8Array | undefined;

  const next = async (): Promise<FnMessage | undefined> => {
    const { size, blockSize } = await call('FF30', {});
    if (size === 0) return undefined;
    const block = Math.min(Math.max(blockSize, 1), largestBlock);
    const parts: Uint8Array[] = [];
    for (let offset = 0; offset < size; ) {
      const wanted = Math.min(block, size - offset);
      const { data } = await call('FF31', { offset, size: wanted });
      if (data.length === 0 || data.length > wanted) {
        throw failed('BAD_ANSWER', `a block of ${data.length} bytes instead of ${wanted}`, 'refused');
      }
      parts.push(data);
      offset += data.length;
    }
    const bytes = concatBytes(...parts);
    const { fiscalDriveNumber } = await call('FF02', {});
    // The buffer holds the whole session message: public drivers of the maker put it on the operator's socket as it is.
    if (equalBytes(bytes.subarray(0, 4), sessionSignature) && bytes.length > sessionHeaderLength) {
      replyHeader = bytes.slice(0, sessionHeaderLength);
      return { fiscalDriveNumber, container: bytes.slice(sessionHeaderLength) };
    }
    replyHeader = new Uint8Array(0);
    return { fiscalDriveNumber, container: bytes };
  };

  /** The reply as the drive wants it: a session message whose header is the request's, with the reply's size and flags. */
  const replyMessage = (message: FnMessage, reply: Uint8Array): Uint8Array => {
    if (replyHeader?.length === 0) return reply;
    const header =
      replyHeader ??
      concatBytes(
        sessionSignature,
        Uint8Array.of(0x81, 0xa2, 0x01, 0x20),
        new TextEncoder().encode(message.fiscalDriveNumber.padEnd(16, ' ').slice(0, 16)),
        new Uint8Array(6),
      );
    // Flags 0004h: a container follows, no reply is wanted, no check sum.
    const tail = byteWriter(6).u16le(reply.length).u16le(4).u16le(0).finish();
    return concatBytes(header.subarray(0, 24), tail, reply);
  };

  const confirm = async (message: FnMessage, reply: Uint8Array): Promise<void> => {
    const bytes = replyMessage(message, reply);
    try {
      const { blockSize } = await call('FF32', { size: bytes.length });
      const block = Math.min(Math.max(blockSize, 1), largestBlock);
      for (let offset = 0; offset < bytes.length; offset += block) {
        const data = bytes.subarray(offset, offset + block);
        await call('FF33', { offset, size: data.length, data });
      }
    } catch (error) {
      if (outcomeOf(error) !== 'refused' || !isElcertError(error)) throw error;
      throw failed(
        'REPLY_REFUSED',
        `the drive refused the reply: ${error.message}`,
        'refused',
        error.userMessage,
        { cause: error, details: error.details ?? {} },
      );
    }
  };

  return {
    next: ({ signal } = {}) => exclusive(signal, () => harmless('a message for the operator', next)),
    confirm: (message, reply, { signal } = {}) => exclusive(signal, () => confirm(message, reply)),
  };
}
