import { concatBytes, equalBytes, isElcertError } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Container,
  decodeContainer,
  decodeRawData,
  decodeSession,
  encodeContainer,
  encodeRawData,
  encodeSession,
  readConfirmation,
  recognise,
  type SessionMessage,
  sessionFramer,
} from '../../src/ru/index.js';

const runs = { numRuns: 20_000 };
const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 16, maxLength: 16 });
const hex4 = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16).toUpperCase().padStart(4, '0'));

const sessions: fc.Arbitrary<SessionMessage> = fc
  .record({
    sVersion: hex4,
    aVersion: hex4,
    fiscalDriveNumber: digits,
    crcMode: fc.constantFrom('none' as const, 'header' as const, 'header-and-body' as const),
    replyWanted: fc.boolean(),
    priority: fc.integer({ min: 0, max: 3 }),
    body: fc.uint8Array({ maxLength: 80 }),
  })
  .map((message) => ({ ...message, hasContainer: message.body.length > 0 }));

const containers: fc.Arbitrary<Container> = fc.record({
  lengthForm: fc.constantFrom('total' as const, 'data' as const),
  messageType: fc.integer({ min: 0, max: 255 }),
  documentCode: fc.integer({ min: 0, max: 255 }),
  version: fc.integer({ min: 0, max: 255 }),
  serviceData1: fc.uint8Array({ minLength: 2, maxLength: 2 }),
  fiscalDriveNumber: digits,
  fiscalDocumentNumber: fc.integer({ min: 0, max: 0xff_ffff }),
  serviceData2: fc.uint8Array({ minLength: 12, maxLength: 12 }),
  data: fc.uint8Array({ maxLength: 80 }),
});

/** Nothing but an `ElcertError` may come out of a decoder, whatever the bytes. */
function onlyOurs(decode: () => void): void {
  try {
    decode();
  } catch (error) {
    if (!isElcertError(error)) throw error;
  }
}

describe('codecs', () => {
  it('give back what they were given', () => {
    fc.assert(
      fc.property(sessions, (value) => {
        expect(decodeSession(encodeSession(value))).toEqual(value);
      }),
      runs,
    );
    fc.assert(
      fc.property(containers, (value) => {
        expect(decodeContainer(encodeContainer(value))).toEqual(value);
      }),
      runs,
    );
  });

  it('fail with our errors only, and never change bytes that they take', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      fc
        .tuple(sessions, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 255 }))
        .map(([value, at, byte]) => {
          const copy = encodeSession(value);
          copy[at % copy.length] = byte;
          return copy;
        }),
      fc
        .tuple(containers, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 255 }))
        .map(([value, at, byte]) => {
          const copy = encodeContainer(value);
          copy[at % copy.length] = byte;
          return copy;
        }),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        const before = input.slice();
        recognise(input);
        onlyOurs(() => {
          const session = decodeSession(input);
          if (session.crcMode !== 'none') expect(encodeSession(session)).toEqual(input);
        });
        onlyOurs(() => expect(encodeContainer(decodeContainer(input))).toEqual(input));
        onlyOurs(() => expect(encodeRawData(decodeRawData(input))).toEqual(input));
        onlyOurs(() => void readConfirmation(input));
        expect(equalBytes(input, before)).toBe(true);
      }),
      runs,
    );
  });
});

describe('framer', () => {
  it('gives the same messages whatever the chunks, and nothing after garbage', () => {
    fc.assert(
      fc.property(
        fc.array(sessions, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 }),
        fc.uint8Array({ maxLength: 10 }),
        (messages, sizes, tail) => {
          const stream = concatBytes(...messages.map(encodeSession), tail);
          const framer = sessionFramer();
          const got: SessionMessage[] = [];
          let dead = false;
          for (let at = 0, turn = 0; at < stream.length; turn += 1) {
            const size = sizes[turn % sizes.length] as number;
            const { messages: some, error } = framer.push(stream.subarray(at, at + size));
            if (dead) expect(some).toEqual([]);
            got.push(...some);
            dead ||= error !== undefined;
            at += size;
          }
          expect(got).toEqual(messages);
        },
      ),
      runs,
    );
  });
});
