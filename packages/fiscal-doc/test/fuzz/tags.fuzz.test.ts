import { equalBytes, isElcertError } from '@elcert/core';
import { decodeDocument, decodeTags, encodeDocument, encodeTags, inspectTlv } from '@elcert/fiscal-doc';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { damaged, listsOf } from '../support/arbitrary-tags.js';

function outer(bytes: Uint8Array, code: number): Uint8Array {
  const out = new Uint8Array(bytes.length + 4);
  out.set([code, 0, bytes.length & 0xff, bytes.length >> 8]);
  out.set(bytes, 4);
  return out;
}

it('a damaged document encodes back or fails with a path', () => {
  const documents = fc
    .tuple(listsOf(3, false), fc.constantFrom(1, 2, 3, 5, 7, 31, 82))
    .map(([list, code]) => outer(encodeTags(list, { ffdVersion: '1.2' }), code));
  fc.assert(
    fc.property(documents.chain(damaged).chain(damaged), (bytes) => {
      inspectTlv(bytes);
      try {
        expect(equalBytes(encodeDocument(decodeDocument(bytes)), bytes)).toBe(true);
      } catch (error) {
        if (!isElcertError(error)) throw error;
        expect(error.path).toBeTypeOf('string');
      }
    }),
    { numRuns: 50_000 },
  );
});

it('any bytes at all encode back or fail with a path', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('1.0' as const, '1.2' as const),
      (bytes, ffdVersion) => {
        inspectTlv(bytes, { ffdVersion });
        try {
          expect(equalBytes(encodeTags(decodeTags(bytes, { ffdVersion }), { ffdVersion }), bytes)).toBe(true);
        } catch (error) {
          if (!isElcertError(error)) throw error;
          expect(error.path).toBeTypeOf('string');
        }
      },
    ),
    { numRuns: 50_000 },
  );
});
