import { isElcertError } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeLan4Gate,
  encodeLan4Gate,
  encodeLan4GateBody,
  type Lan4GateFrameEvent,
  lan4GateFramer,
  redactLan4Gate,
} from '../../src/lan4gate/index.js';

const runs = { numRuns: 50_000 };

describe('LAN-4Gate, long', () => {
  it('any bytes in any chunks: frames, junk or one fatal error, nothing else', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.string({ maxLength: 30 }).map((text) => new TextEncoder().encode(text)),
      fc
        .constantFrom('ffff', '0002{', 'ffff00000005{', '{}', '\u00ff\u00ff', '0037{"')
        .map((text) => Uint8Array.from(text, (character) => character.charCodeAt(0))),
    );
    fc.assert(
      fc.property(
        fc.array(noise, { maxLength: 10 }),
        fc.constantFrom('sized' as const, 'bare' as const),
        (chunks, framing) => {
          const framer = lan4GateFramer({ framing, maxFrame: 64, maxJunk: 256 });
          let dead = false;
          let seen = 0;
          let pushed = 0;
          for (const chunk of chunks) {
            if (dead) break;
            pushed += chunk.length;
            for (const event of framer.push(chunk)) {
              dead = event.type === 'fatal';
              if (event.type === 'frame') {
                expect(event.body.length).toBeLessThanOrEqual(64);
                seen += event.body.length;
              } else if (event.type === 'junk') seen += event.length;
            }
          }
          expect(seen + framer.buffered).toBeLessThanOrEqual(pushed);
          expect(framer.buffered).toBeLessThanOrEqual(64 + 12);
        },
      ),
      runs,
    );
  });

  it('chunking changes nothing', () => {
    const stream = fc
      .array(
        fc.oneof(
          fc.uint8Array({ maxLength: 12 }),
          fc
            .string({ maxLength: 12 })
            .map((message) => encodeLan4Gate({ type: 'notification', code: 1, message })),
        ),
        { maxLength: 8 },
      )
      .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
    const total = (events: readonly Lan4GateFrameEvent[]) => ({
      frames: events.flatMap((event) =>
        event.type === 'frame' ? [new TextDecoder().decode(event.body)] : [],
      ),
      junk: events.reduce((sum, event) => sum + (event.type === 'junk' ? event.length : 0), 0),
      fatal: events.some((event) => event.type === 'fatal'),
    });
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 7 }), (data, size) => {
        const whole = total(lan4GateFramer({ maxFrame: 100 }).push(data));
        const framer = lan4GateFramer({ maxFrame: 100 });
        const events: Lan4GateFrameEvent[] = [];
        for (let at = 0; at < data.length && events.at(-1)?.type !== 'fatal'; at += size)
          events.push(...framer.push(data.subarray(at, at + size)));
        expect(total(events)).toEqual(whole);
      }),
      runs,
    );
  });

  it('what can be read can be written again, or is refused with a path; masking never fails', () => {
    const object = fc.dictionary(
      fc.constantFrom(
        'EcrNumber',
        'OperationCode',
        'Status',
        'Amount',
        'TotalAmount',
        'SalesArray',
        'FinalizationRequired',
        'CardPAN',
        'Code',
        'Lines',
        'TypeUI',
        'Result',
        'X',
      ),
      fc.jsonValue(),
    );
    const name = fc.constantFrom(
      'LANTER::Request',
      'LANTER::Response',
      'LANTER::Notification',
      'LANTER::Receipt',
      'LANTER::Interface',
      'Com',
    );
    fc.assert(
      fc.property(name, object, (__class, __object) => {
        try {
          const message = decodeLan4Gate(new TextEncoder().encode(JSON.stringify({ __class, __object })));
          redactLan4Gate(message);
          const again = decodeLan4Gate(encodeLan4GateBody(message));
          expect(again.type).toBe(message.type);
        } catch (error) {
          if (!isElcertError(error)) throw error;
          expect(['BAD_MESSAGE', 'BAD_FIELD']).toContain(error.code);
        }
      }),
      runs,
    );
  });
});
