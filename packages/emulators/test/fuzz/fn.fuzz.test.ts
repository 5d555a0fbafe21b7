import { manualClock } from '@elcert/core';
import { decodeDocument, numberOf } from '@elcert/fiscal-doc';
import { validateDocument } from '@elcert/fiscal-doc/rules';
import { decodeContainer, splitContainerData } from '@elcert/ofd-transport/ru';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type EmulatedFn, FnRefusal, fnCodes } from '../../src/fn/index.js';
import { replyContainer } from '../../src/ofd-ru/reply.js';
import { closeShift, openShift, sell, testFn } from '../fiscal.js';

function reply(fn: EmulatedFn, wrong: string | undefined): Uint8Array {
  const request = decodeContainer(fn.nextContainer()?.bytes ?? fn.container(1)?.bytes ?? new Uint8Array());
  const { document, messageSign } = splitContainerData(request.data, request.documentCode);
  return replyContainer(
    request,
    {
      ofdInn: '7700000016',
      dateTime: '2026-01-12T12:00:00',
      responseCode: 0,
      operatorMessage: 0,
      alwaysTellCode: false,
      confirmed: { document, messageSign: messageSign ?? new Uint8Array(8) },
    },
    wrong,
  );
}

const step = fc.oneof(
  fc.record({
    do: fc.constantFrom(
      'open' as const,
      'close' as const,
      'begin' as const,
      'cancel' as const,
      'commit' as const,
    ),
  }),
  fc.record({
    do: fc.constant('sell' as const),
    settlement: fc.integer({ min: 0, max: 5 }),
    cash: fc.integer({ min: 0, max: 150_000 }),
  }),
  fc.record({ do: fc.constant('add' as const), bytes: fc.uint8Array({ maxLength: 12 }) }),
  fc.record({
    do: fc.constant('reply' as const),
    wrong: fc.constantFrom(undefined, undefined, 'wrong-fn', 'wrong-fd', 'wrong-sign', 'wrong-crc'),
  }),
  fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 0, max: 24 * 20 }) }),
);

it('whatever is asked of a drive: numbers without gaps, documents by the rules, one reply each, refusals by its own codes', async () => {
  const known = new Set(fnCodes.map(({ code }) => code));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer(), async (steps, seed) => {
      const clock = manualClock();
      const fn = testFn(clock, seed);
      let made = 1;
      let confirmed = 0;
      for (const one of steps) {
        const before = fn.status();
        try {
          if (one.do === 'open') openShift(fn);
          else if (one.do === 'close') closeShift(fn);
          else if (one.do === 'sell') sell(fn, { settlement: one.settlement, cash: one.cash });
          else if (one.do === 'begin') fn.begin(3);
          else if (one.do === 'cancel') fn.cancel();
          else if (one.do === 'commit') fn.commit();
          else if (one.do === 'add') fn.add(one.bytes);
          else if (one.do === 'reply') {
            fn.loadReply(reply(fn, one.wrong));
            confirmed += 1;
            expect(one.wrong).toBeUndefined();
          } else if (one.do === 'wait') await clock.advance(one.hours * 3_600_000);
          if (one.do === 'open' || one.do === 'close' || one.do === 'sell' || one.do === 'commit') made += 1;
        } catch (error) {
          if (!(error instanceof FnRefusal)) throw error;
          expect(known.has(error.fnCode)).toBe(true);
          const { lastFiscalDocumentNumber, shiftNumber, receiptNumber, unsentDocuments } = fn.status();
          expect({ lastFiscalDocumentNumber, shiftNumber, receiptNumber, unsentDocuments }).toEqual({
            lastFiscalDocumentNumber: before.lastFiscalDocumentNumber,
            shiftNumber: before.shiftNumber,
            receiptNumber: before.receiptNumber,
            unsentDocuments: before.unsentDocuments,
          });
        }
      }
      expect(fn.documents()).toHaveLength(made);
      expect(fn.status().unsentDocuments).toBe(made - confirmed);
      for (const [index, { bytes, fiscalDocumentNumber }] of fn.documents().entries()) {
        const document = decodeDocument(bytes);
        expect(fiscalDocumentNumber).toBe(index + 1);
        expect(numberOf(document.tags, 1040)).toBe(index + 1);
        // Random requisites may be added to a receipt; what the drive and the test make is by the rules.
        if (!steps.some(({ do: what }) => what === 'add'))
          expect(validateDocument(document).filter(({ severity }) => severity === 'error')).toEqual([]);
      }
    }),
    { numRuns: 2000 },
  );
}, 120_000);
