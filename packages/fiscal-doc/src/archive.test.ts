import { concatBytes, toHex } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../test/support/sale.js';
import { type ArchiveProgress, type ArchiveRecord, readArchive, tlvFramer } from './archive.js';
import { decodeDocument } from './document.js';
import { encodeReceipt } from './receipt-codec.js';
import { joinTlv } from './tlv.js';

const receipt = encodeReceipt(certificateSale, register);
const file = joinTlv([
  { tag: 65022, value: new Uint8Array() },
  { tag: 103, value: receipt },
  { tag: 103, value: receipt.subarray(4) },
  { tag: 301, value: Uint8Array.of(0x81, 6, 1, 2, 3, 4, 5, 6) },
  { tag: 3, value: receipt.subarray(4) },
  { tag: 102, value: Uint8Array.of(1, 2, 3) },
  { tag: 40_000, value: Uint8Array.of(9) },
]);

async function all(chunks: Iterable<Uint8Array>): Promise<ArchiveRecord[]> {
  const records: ArchiveRecord[] = [];
  for await (const record of readArchive(chunks)) records.push(record);
  return records;
}

describe('readArchive', () => {
  it('finds documents in envelopes and bare ones, signs, the format, and goes on after a fault', async () => {
    const document = decodeDocument(receipt);
    const length = receipt.length;
    expect(await all([file])).toEqual([
      { type: 'format', offset: 0, ffdVersion: '1.2', offline: false, bytes: new Uint8Array() },
      { type: 'document', offset: 4, envelope: 103, document },
      { type: 'document', offset: 8 + length, envelope: 103, document },
      { type: 'other', offset: 8 + 2 * length, tag: 301, bytes: Uint8Array.of(0x81, 6, 1, 2, 3, 4, 5, 6) },
      { type: 'document', offset: 20 + 2 * length, envelope: undefined, document },
      expect.objectContaining({ type: 'fault', offset: 20 + 3 * length, tag: 102 }),
      { type: 'other', offset: 27 + 3 * length, tag: 40_000, bytes: Uint8Array.of(9) },
    ]);
  });

  it('does not care how the file is cut', async () => {
    const whole = await all([file]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: file.length }), { maxLength: 12 }),
        async (cuts) => {
          const at = [0, ...cuts.sort((a, b) => a - b), file.length];
          const chunks = at.slice(1).map((end, index) => file.subarray(at[index], end));
          expect(await all(chunks)).toEqual(whole);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('takes the longest element byte by byte', () => {
    const framer = tlvFramer();
    const element = joinTlv([{ tag: 103, value: new Uint8Array(0xffff).fill(7) }]);
    const buffer = new Uint8Array(1);
    const before = performance.now();
    const found = [];
    for (const byte of concatBytes(element, element)) {
      buffer[0] = byte; // the caller's buffer is the caller's
      found.push(...framer.push(buffer), ...framer.push(buffer.subarray(1)));
    }
    framer.end();
    expect(found.map(({ offset }) => offset)).toEqual([0, element.length]);
    expect(toHex(found[1]?.bytes ?? buffer)).toBe(toHex(element));
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it('reads a long file in little memory, telling how far it is', async () => {
    const chunk = concatBytes(...Array.from({ length: 20 }, () => joinTlv([{ tag: 103, value: receipt }])));
    const copies = 250;
    function* chunks() {
      for (let index = 0; index < copies; index += 1) yield chunk;
    }
    let last: ArchiveProgress | undefined;
    let seen = 0;
    for await (const record of readArchive(chunks(), { onProgress: (progress) => (last = progress) }))
      if (record.type === 'document') seen += 1;
    expect(seen).toBe(20 * copies);
    expect(last).toEqual({ bytes: chunk.length * copies, documents: 20 * copies });
  });

  it('takes a whole export in one piece', async () => {
    const whole = concatBytes(...Array.from({ length: 1000 }, () => file));
    let documents = 0;
    for await (const record of readArchive([whole])) if (record.type === 'document') documents += 1;
    expect(documents).toBe(3000);
  });

  it('refuses what is no archive, and says where it ends early', async () => {
    await expect(
      all([Uint8Array.from('PK\u0003\u0004____', (one) => one.charCodeAt(0)), new Uint8Array(0x404)]),
    ).rejects.toMatchObject({ code: 'NOT_A_DOCUMENT', position: 0 });
    await expect(all([joinTlv([{ tag: 40_000, value: new Uint8Array(1) }])])).rejects.toMatchObject({
      code: 'NOT_A_DOCUMENT',
    });
    await expect(all([file.subarray(0, 100)])).rejects.toMatchObject({ code: 'TLV_TRUNCATED', position: 4 });
  });
});

describe('tlvFramer', () => {
  it('hands out copies', () => {
    const framer = tlvFramer();
    const chunk = Uint8Array.of(0x37, 4, 1, 0, 5);
    const [element] = framer.push(chunk);
    chunk.fill(0);
    expect(toHex(element?.bytes ?? new Uint8Array())).toBe('3704010005');
    framer.end();
  });
});
