import { isElcertError } from '@elcert/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAnswer, decodeRequest, packetFramer, standardFramer } from '../../src/shtrih-m/index.js';

const stream = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(Uint8Array.of(0x02), Uint8Array.of(0x8f), Uint8Array.of(0x9f)),
  ),
  { maxLength: 200 },
);

test('framers eat anything, never throw and never grow', () => {
  fc.assert(
    fc.property(stream, (chunks) => {
      const standard = standardFramer();
      const packets = packetFramer(512);
      for (const chunk of chunks) {
        for (const event of standard.push(chunk))
          if (event.type === 'frame') expect(event.body.length).toBeLessThan(256);
        for (const event of packets.push(chunk))
          if (event.type === 'packet') expect(event.body.length).toBeLessThanOrEqual(512);
      }
    }),
    { numRuns: 20_000 },
  );
});

test('bodies of rubbish are decoded or refused, by an error with a code', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (body, wide) => {
      const bytes = wide ? Uint8Array.of(0xff, ...body) : body;
      for (const decode of [decodeRequest, decodeAnswer]) {
        try {
          decode(bytes);
        } catch (error) {
          expect(isElcertError(error)).toBe(true);
        }
      }
    }),
    { numRuns: 50_000 },
  );
});
