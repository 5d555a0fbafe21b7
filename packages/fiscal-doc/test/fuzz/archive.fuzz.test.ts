import { expect, it } from 'vitest';
import { encodeReceipt, joinTlv, readArchive } from '../../src/index.js';
import { certificateSale, register } from '../support/sale.js';

const documents = 250_000;
const perChunk = 100;

/** An export as a drive would give it: the mark of the format, then each document in its envelope and its sign. */
function* chunksOfExport(): Generator<Uint8Array> {
  yield joinTlv([{ tag: 65022, value: new Uint8Array() }]);
  for (let first = 0; first < documents; first += perChunk) {
    const elements = [];
    for (let number = first + 1; number <= first + perChunk; number += 1) {
      elements.push(
        { tag: 103, value: encodeReceipt(certificateSale, { ...register, fiscalDocumentNumber: number }) },
        { tag: 301, value: Uint8Array.of(0x81, 6, 0, 0, 0, 0, 0, 1) },
      );
    }
    yield joinTlv(elements);
  }
}

const used = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

it('reads an archive of 250,000 documents in bounded memory, telling how far it is', async () => {
  let reports = 0;
  let backwards = 0;
  let bytes = 0;
  let seen = 0;
  let last = 0;
  let most = 0;
  const before = used();
  const begun = performance.now();
  const records = readArchive(chunksOfExport(), {
    onProgress: (progress) => {
      if (progress.bytes < bytes || progress.documents < seen) backwards += 1;
      bytes = progress.bytes;
      reports += 1;
      most = Math.max(most, used() - before);
    },
  });
  for await (const record of records) {
    if (record.type === 'fault') throw new Error(record.message);
    if (record.type !== 'document') continue;
    seen += 1;
    const number = record.document.tags.find((entry) => entry.tag === 1040)?.value;
    if (number !== last + 1) throw new Error(`document ${String(number)} after ${last}`);
    last = number;
  }
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(
    `${seen} documents, ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s, making them included; at most ${(most / 1e6).toFixed(0)} MB more in use\n`,
  );
  expect(seen).toBe(documents);
  expect(reports).toBe(documents / perChunk + 1);
  expect(backwards).toBe(0);
  // A part of the file, garbage not yet collected included; holding the documents would take gigabytes.
  expect(most).toBeLessThan(100_000_000);
});
