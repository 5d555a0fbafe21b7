import { concatBytes, isElcertError } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeDualConnectorAnswer,
  decodeInpasTlv,
  encodeInpasTlv,
  explainInpas,
  type InpasFrameEvent,
  inpasFragment,
  inpasFrame,
  inpasFramer,
  inpasFrames,
  inpasSlip,
  nothingReceived,
  receiveInpas,
  redactInpas,
  startInpasExchange,
  stepInpasExchange,
} from '../../src/inpas/index.js';

const runs = { numRuns: 50_000 };

const fields = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.string({ unit: 'binary-ascii', maxLength: 30 })), {
    maxLength: 12,
  })
  .map((pairs) => new Map(pairs));

const noise = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }).map(inpasFrame),
  fc
    .tuple(fc.constantFrom('0', '1', '2', '9', 'x'), fc.uint8Array({ maxLength: 40 }))
    .map(([number, data]) => inpasFragment(number, data)),
  fields.map((one) => inpasFrame(encodeInpasTlv(one))),
  fc.constantFrom(Uint8Array.of(0x06), Uint8Array.of(0x15), Uint8Array.of(0x04), Uint8Array.of(0x02, 0xff)),
);

describe('INPAS, long', () => {
  it('values to bytes and back, bytes to values and back', () => {
    fc.assert(
      fc.property(fields, (one) => {
        const bytes = encodeInpasTlv(one);
        expect([...decodeInpasTlv(bytes)]).toEqual([...one]);
        expect(encodeInpasTlv(decodeInpasTlv(bytes))).toEqual(bytes);
      }),
      runs,
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const read = decodeInpasTlv(bytes);
          expect(encodeInpasTlv(read)).toEqual(bytes);
          redactInpas(read);
          inpasSlip(read.get(90));
        } catch (error) {
          if (!isElcertError(error, 'BAD_MESSAGE')) throw error;
        }
      }),
      runs,
    );
  });

  it('any bytes in any chunks: bounded, and explained without an error', () => {
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 12 }), fc.integer({ min: 0, max: 3 }), (chunks, silence) => {
        const framer = inpasFramer({ maxFrame: 64, maxJunk: 256 });
        let state = nothingReceived;
        let dead = false;
        let naks = 0;
        const take = (events: readonly InpasFrameEvent[]) => {
          for (const event of events) {
            dead ||= event.type === 'fatal';
            const received = receiveInpas(state, event);
            ({ state } = received);
            naks += received.reply === 'nak' ? 1 : 0;
            if (received.message !== undefined) expect(received.reply).toBe('ack');
          }
        };
        for (const [index, chunk] of chunks.entries()) {
          if (dead) break;
          take(framer.push(chunk));
          expect(framer.buffered).toBeLessThanOrEqual(64);
          if (!dead && silence > 0 && index % silence === 0) take(framer.expire());
        }
        expect(naks).toBeLessThanOrEqual(chunks.length);
        explainInpas(concatBytes(...chunks));
      }),
      runs,
    );
  });

  it('a message that is cut into frames comes back whole, whatever is repeated', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.array(fc.boolean(), { maxLength: 40 }),
        (body, again) => {
          const framer = inpasFramer();
          let state = nothingReceived;
          const messages: Uint8Array[] = [];
          const frames = inpasFrames(body, 64);
          for (const [index, frame] of frames.entries()) {
            for (const bytes of frames.length > 1 && again[index] ? [frame, frame] : [frame]) {
              for (const event of framer.push(bytes)) {
                const received = receiveInpas(state, event);
                ({ state } = received);
                if (received.message !== undefined) messages.push(received.message.body);
              }
            }
          }
          expect(messages).toEqual([body]);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('no order of events writes a money request after silence, and every end is one', () => {
    const request = new Map([
      [0, '00000100'],
      [25, '1'],
    ]);
    const input = fc.oneof(
      fc.constantFrom(
        { type: 'ack' } as const,
        { type: 'nak' } as const,
        { type: 'eot' } as const,
        { type: 'timeout' } as const,
        { type: 'abort' } as const,
        { type: 'relayed', answer: new Map([[25, '63']]) } as const,
      ),
      fc.constantFrom('1', '21', '29', '53', '63').map((code) => ({
        type: 'message' as const,
        fields: new Map([
          [25, code],
          [39, '1'],
        ]),
        frame: Uint8Array.of(Number(code)),
      })),
    );
    fc.assert(
      fc.property(fc.array(input, { maxLength: 25 }), (inputs) => {
        let { state, effects } = startInpasExchange({ request, repeatable: false });
        let sent = 0;
        let silent = false;
        const count = () => {
          for (const effect of effects) {
            if (effect.type !== 'send' || effect.what !== 'request') continue;
            expect(silent).toBe(false);
            sent += 1;
          }
        };
        count();
        for (const one of inputs) {
          const before = state.phase;
          if (one.type === 'timeout' && state.phase === 'asking' && !state.refused) silent = true;
          ({ state, effects } = stepInpasExchange(state, one));
          count();
          // An answer counts only after the request was taken.
          if (state.phase === 'ended' && state.end.type === 'answered') expect(before).not.toBe('asking');
        }
        expect(sent).toBeLessThanOrEqual(3);
      }),
      runs,
    );
  });

  it('any XML is fields, an error of the service, or refused', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '<response>',
        '</response>',
        '<field id="0">',
        '<field id="39">',
        '</field>',
        '<errorcode>',
        '</errorcode>',
        '&amp;',
        '&#x41;',
        '<!DOCTYPE a>',
        '<![CDATA[',
        ']]>',
        '<?xml version="1.0"?>',
      ),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          const answer = decodeDualConnectorAnswer(new TextEncoder().encode(pieces.join('')));
          if (answer.type === 'fields')
            for (const number of answer.fields.keys()) expect(number).toBeLessThan(256);
        } catch (error) {
          if (!isElcertError(error, 'BAD_XML')) throw error;
        }
      }),
      runs,
    );
  });
});
