import { type ByteChannel, channelReader, concatBytes, systemClock } from '@elcert/core';
import { expect } from 'vitest';

// A host as public drivers of other languages are written: it knows nothing of this repository's driver, tests the line with
// zero bytes, works byte by byte, sells with 80h and 85h under cashier 1, and reports under administrator 30.

/** A number in little-endian bytes. */
export function le(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Math.floor(value / 256 ** index) % 256);
}

/** A text of a fixed length. */
export function text(value: string, length = 40): Uint8Array {
  const out = new Uint8Array(length);
  // Windows-1251 of Cyrillic capital and small letters.
  [...value].forEach((character, index) => {
    const code = character.charCodeAt(0);
    out[index] = code >= 0x410 ? code - 0x410 + 0xc0 : code;
  });
  return out;
}

/** The host on a connection of its own. */
export function foreignHost(channel: ByteChannel) {
  const reader = channelReader(channel, systemClock());
  let rest: number[] = [];
  const byte = async (): Promise<number> => {
    while (rest.length === 0) {
      const read = await reader.read({ timeoutMs: 3000 });
      if (read.type !== 'chunk') throw new Error(`no byte: ${read.type}`);
      rest = [...read.bytes];
    }
    return rest.shift() as number;
  };
  return {
    byte,
    write: (...bytes: number[]) => channel.write(Uint8Array.from(bytes)),
    async command(...parts: (number | Uint8Array)[]): Promise<Uint8Array> {
      const body = concatBytes(
        ...parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)),
      );
      await channel.write(Uint8Array.of(5));
      expect(await byte()).toBe(0x15);
      let lrc = body.length;
      for (const value of body) lrc ^= value;
      await channel.write(concatBytes(Uint8Array.of(2, body.length), body, Uint8Array.of(lrc)));
      expect(await byte()).toBe(0x06);
      expect(await byte()).toBe(0x02);
      const length = await byte();
      const answer: number[] = [];
      for (let index = 0; index < length; index += 1) answer.push(await byte());
      let check = length;
      for (const value of answer) check ^= value;
      expect(await byte()).toBe(check);
      await channel.write(Uint8Array.of(6));
      return Uint8Array.from(answer);
    },
  };
}
