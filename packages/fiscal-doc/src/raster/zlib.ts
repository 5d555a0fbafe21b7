// A zlib stream with one block of fixed codes (RFC 1950, 1951): pictures of text are mostly white, and runs are all that is looked for.

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 0x1_0000 + a;
}

const lengthBases = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const distanceBases = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12_289, 16_385, 24_577,
];

function lastAtMost(bases: readonly number[], value: number): number {
  let index = bases.length - 1;
  while ((bases[index] as number) > value) index -= 1;
  return index;
}

const window = 32_768;
const longest = 258;

/** Compresses bytes into a zlib stream. */
export function zlibStream(bytes: Uint8Array): Uint8Array {
  // A byte takes nine bits at most.
  const out = new Uint8Array(Math.ceil((bytes.length * 9) / 8) + 16);
  out[0] = 0x78;
  out[1] = 0x01;
  let size = 2;
  let held = 0;
  let count = 0;
  /** Lowest bit first, as everything but the codes is written. */
  const put = (value: number, bits: number): void => {
    held |= value << count;
    count += bits;
    while (count >= 8) {
      out[size++] = held & 0xff;
      held >>>= 8;
      count -= 8;
    }
  };
  const putCode = (code: number, bits: number): void => {
    let reversed = 0;
    for (let bit = 0; bit < bits; bit += 1) reversed |= ((code >> bit) & 1) << (bits - 1 - bit);
    put(reversed, bits);
  };
  const symbol = (value: number): void => {
    if (value < 144) putCode(0x30 + value, 8);
    else if (value < 256) putCode(0x190 + value - 144, 9);
    else if (value < 280) putCode(value - 256, 7);
    else putCode(0xc0 + value - 280, 8);
  };

  put(1, 1); // the last block
  put(1, 2); // of fixed codes
  const seen = new Int32Array(1 << 15).fill(-1);
  let at = 0;
  while (at < bytes.length) {
    let length = 0;
    let distance = 0;
    if (at + 3 <= bytes.length) {
      const three =
        ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
      const slot = (Math.imul(three, 0x9e37_79b1) >>> 17) & 0x7fff;
      const before = seen[slot] as number;
      seen[slot] = at;
      if (before >= 0 && at - before <= window) {
        const most = Math.min(longest, bytes.length - at);
        while (length < most && bytes[before + length] === bytes[at + length]) length += 1;
        distance = at - before;
      }
    }
    if (length < 3) {
      symbol(bytes[at] as number);
      at += 1;
      continue;
    }
    const lengthCode = lastAtMost(lengthBases, length);
    symbol(257 + lengthCode);
    // Codes 265 to 284 (indices 8 to 27) have a bit more every four; 258 has a code of its own.
    put(
      length - (lengthBases[lengthCode] as number),
      lengthCode < 8 || lengthCode === 28 ? 0 : (lengthCode >> 2) - 1,
    );
    const distanceCode = lastAtMost(distanceBases, distance);
    putCode(distanceCode, 5);
    put(distance - (distanceBases[distanceCode] as number), distanceCode < 4 ? 0 : (distanceCode >> 1) - 1);
    at += length;
  }
  symbol(256);
  if (count > 0) put(0, 8 - count);
  const sum = adler32(bytes);
  for (const shift of [24, 16, 8, 0]) out[size++] = (sum >>> shift) & 0xff;
  return out.slice(0, size);
}
