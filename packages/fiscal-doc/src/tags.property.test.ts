import { equalBytes, isElcertError } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damaged, listsOf, valuesOf } from '../test/support/arbitrary-tags.js';
import { decodeDocument, encodeDocument, recogniseFiscalBytes } from './document.js';
import { inspectTlv } from './inspect.js';
import { tagDefinitions } from './tags/dictionary.js';
import { decodeTags, encodeTagged, encodeTags } from './tags.js';

describe('the whole dictionary', () => {
  it('each requisite carries any value there and back', () => {
    for (const definition of tagDefinitions()) {
      const context = { ffdVersion: definition.legacy ? ('1.0' as const) : ('1.2' as const) };
      fc.assert(
        fc.property(valuesOf(definition, 1, definition.legacy), (value) => {
          const list = [{ tag: definition.tag, value }];
          expect(decodeTags(encodeTags(list, context), context)).toEqual(list);
        }),
        { numRuns: 10 },
      );
    }
  });

  it.each(['1.0', '1.2'] as const)('lists of FFD %s survive, order and duplicates too', (ffdVersion) => {
    fc.assert(
      fc.property(listsOf(3, ffdVersion === '1.0'), (list) => {
        expect(decodeTags(encodeTags(list, { ffdVersion }), { ffdVersion })).toEqual(list);
      }),
      { numRuns: 200 },
    );
  });
});

describe('damaged documents', () => {
  it('decode to something that encodes back to the same bytes, or fail with a path', () => {
    const document = listsOf(3, false).map((list) =>
      encodeTagged(3, list, { document: 3, ffdVersion: '1.2' }),
    );
    fc.assert(
      fc.property(document.chain(damaged), (bytes) => {
        inspectTlv(bytes);
        recogniseFiscalBytes(bytes);
        let decoded: ReturnType<typeof decodeDocument>;
        try {
          decoded = decodeDocument(bytes);
        } catch (error) {
          if (!isElcertError(error)) throw error;
          expect(error.path).toBeTypeOf('string');
          expect(error.position).toBeTypeOf('number');
          return;
        }
        expect(equalBytes(encodeDocument(decoded), bytes)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
