import { concatBytes } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { encodeSession, pingMessage } from './codec.js';
import { sessionFramer } from './framer.js';

const message = {
  ...pingMessage(),
  hasContainer: true,
  crcMode: 'header-and-body' as const,
  body: Uint8Array.of(1, 2, 3, 4, 5),
};
const bytes = encodeSession(message);

describe('sessionFramer', () => {
  it('puts a message together whatever the chunks', () => {
    for (let size = 1; size <= bytes.length; size += 1) {
      const framer = sessionFramer();
      const got = [];
      for (let at = 0; at < bytes.length; at += size)
        got.push(...framer.push(bytes.subarray(at, at + size)).messages);
      expect(got).toEqual([message]);
      expect(framer.pending).toBe(0);
    }
  });

  it('gives several messages of one chunk, and keeps what is left', () => {
    const framer = sessionFramer();
    const ping = encodeSession(pingMessage());
    const { messages, error } = framer.push(concatBytes(bytes, ping, bytes.subarray(0, 7)));
    expect(messages).toEqual([message, pingMessage()]);
    expect(error).toBeUndefined();
    expect(framer.pending).toBe(7);
  });

  it('stops at the first wrong byte of a signature, and stays stopped', () => {
    const framer = sessionFramer();
    expect(framer.push(Uint8Array.of(0x2a)).error).toBeUndefined();
    const { error } = framer.push(Uint8Array.of(0x2a));
    expect(error).toMatchObject({ code: 'BAD_SESSION', position: 1 });
    const after = framer.push(bytes);
    expect(after.messages).toEqual([]);
    expect(after.error).toBe(error);
  });

  it('gives the messages that came before the garbage', () => {
    const { messages, error } = sessionFramer().push(concatBytes(bytes, Uint8Array.of(0)));
    expect(messages).toEqual([message]);
    expect(error).toMatchObject({ code: 'BAD_SESSION' });
  });

  it('refuses a body above its limit at the header', () => {
    const framer = sessionFramer({ maxBodyBytes: 4 });
    expect(framer.push(bytes.subarray(0, 30)).error).toMatchObject({
      code: 'SESSION_TOO_LONG',
      position: 24,
    });
    expect(framer.pending).toBe(0);
  });

  it('refuses a wrong check sum only when the body is whole', () => {
    const framer = sessionFramer();
    const wrong = bytes.slice();
    wrong[34] = 9;
    expect(framer.push(wrong.subarray(0, 34)).error).toBeUndefined();
    expect(framer.push(wrong.subarray(34)).error).toMatchObject({ code: 'BAD_SESSION_CRC' });
  });
});
