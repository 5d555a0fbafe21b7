import { concatBytes, type FnMessage, fromHex } from '@elcert/core';
import { documentFromTags, encodeDocument, type TagEntry } from '@elcert/fiscal-doc';
import { describe, expect, it } from 'vitest';
import { type Container, decodeSession, encodeContainer, type SessionMessage } from './codec.js';
import { OfdError } from './errors.js';
import {
  type ExchangeInput,
  type ExchangeState,
  exchangeRequest,
  startExchange,
  stepExchange,
} from './machine.js';

const fiscalDriveNumber = '9999078900001234';
const sent: Container = {
  lengthForm: 'total',
  messageType: 0xa5,
  documentCode: 2,
  version: 1,
  serviceData1: Uint8Array.of(0x10, 0x09),
  fiscalDriveNumber,
  fiscalDocumentNumber: 7,
  serviceData2: new Uint8Array(12),
  data: fromHex('02000000'),
};
const message: FnMessage = { fiscalDriveNumber, container: encodeContainer(sent) };
const request = exchangeRequest(message);

function confirmation(change: readonly TagEntry[] = [], without: readonly number[] = []): Uint8Array {
  const tags = new Map<number, TagEntry>(
    [
      { tag: 1017, value: '7700000016' },
      { tag: 1041, value: fiscalDriveNumber },
      { tag: 1040, value: 7 },
      { tag: 1012, value: '2026-01-12T12:00:00' },
      { tag: 1078, value: new Uint8Array(16) },
      ...change,
    ].map((entry) => [entry.tag, entry]),
  );
  for (const tag of without) tags.delete(tag);
  return encodeDocument(documentFromTags(7, [...tags.values()]));
}

function reply({
  session = {},
  container = {},
  document = confirmation(),
}: {
  readonly session?: Partial<SessionMessage>;
  readonly container?: Partial<Container>;
  readonly document?: Uint8Array;
} = {}): SessionMessage {
  return {
    ...decodeSession(request.bytes),
    replyWanted: false,
    body: encodeContainer({
      ...sent,
      messageType: 0x5a,
      documentCode: 7,
      data: concatBytes(document, new Uint8Array(8)),
      ...container,
    }),
    ...session,
  };
}

function run(...inputs: readonly ExchangeInput[]): ExchangeState {
  return inputs.reduce(stepExchange, startExchange(request));
}

const upToSent: readonly ExchangeInput[] = [{ type: 'connected' }, { type: 'sent' }];

describe('an exchange', () => {
  it('ends with the container to load', () => {
    const end = run(...upToSent, { type: 'message', message: reply() });
    expect(end).toMatchObject({
      phase: 'done',
      reply: {
        aVersion: '0120',
        document: {
          ofdInn: '7700000016',
          fiscalDocumentNumber: 7,
          dateTime: '2026-01-12T12:00:00',
          responseCode: 0,
          operatorMessage: 0,
        },
      },
    });
    expect(end.phase === 'done' && end.reply.container).toEqual(reply().body);
  });

  it('passes bits of tag 1206 and another application version on', () => {
    const message = reply({
      session: { aVersion: '0105' },
      document: confirmation([{ tag: 1206, value: 0x42 }]),
    });
    expect(run(...upToSent, { type: 'message', message })).toMatchObject({
      phase: 'done',
      reply: { aVersion: '0105', document: { operatorMessage: 0x42 } },
    });
  });

  it('takes code 0 in tag 1068 for a yes', () => {
    const document = confirmation([{ tag: 1068, value: [{ tag: 1022, value: 0 }] }]);
    expect(run(...upToSent, { type: 'message', message: reply({ document }) }).phase).toBe('done');
  });

  const wire: readonly [string, readonly ExchangeInput[], string, string][] = [
    ['no connection', [{ type: 'connect-failed', cause: new Error('refused') }], 'NOT_CONNECTED', 'not-sent'],
    ['aborted before the connection', [{ type: 'aborted' }], 'ABORTED', 'not-sent'],
    ['aborted while sending', [{ type: 'connected' }, { type: 'aborted' }], 'ABORTED', 'unknown'],
    [
      'broken while sending',
      [{ type: 'connected' }, { type: 'send-failed', cause: 1 }],
      'SEND_FAILED',
      'unknown',
    ],
    [
      'closed while sending',
      [{ type: 'connected' }, { type: 'closed', pending: 0 }],
      'CONNECTION_CLOSED',
      'unknown',
    ],
    ['no reply', [...upToSent, { type: 'timeout' }], 'NO_REPLY', 'unknown'],
    ['closed', [...upToSent, { type: 'closed', pending: 30 }], 'CONNECTION_CLOSED', 'unknown'],
    [
      'garbage',
      [...upToSent, { type: 'bad-bytes', error: new OfdError({ code: 'BAD_SESSION', message: 'x' }) }],
      'BAD_REPLY',
      'unknown',
    ],
  ];
  it.each(wire)('%s', (_name, inputs, code, outcome) => {
    expect(run(...inputs)).toMatchObject({ phase: 'failed', error: { code, outcome } });
  });

  const replies: readonly [string, SessionMessage, string, string][] = [
    ['another session version', reply({ session: { sVersion: '82FB' } }), 'BAD_REPLY', 'unknown'],
    [
      'another drive in the session',
      reply({ session: { fiscalDriveNumber: '9999078900001235' } }),
      'REPLY_MISMATCH',
      'unknown',
    ],
    [
      'no container',
      reply({ session: { hasContainer: false, body: new Uint8Array(0) } }),
      'BAD_REPLY',
      'unknown',
    ],
    ['a broken container', reply({ session: { body: new Uint8Array(40) } }), 'BAD_REPLY', 'unknown'],
    ['another form', reply({ container: { documentCode: 3 } }), 'BAD_REPLY', 'unknown'],
    ['no document', reply({ container: { data: new Uint8Array(0) } }), 'BAD_REPLY', 'unknown'],
    [
      'another drive in the container',
      reply({ container: { fiscalDriveNumber: '9999078900001235' } }),
      'REPLY_MISMATCH',
      'unknown',
    ],
    [
      'another document in the container',
      reply({ container: { fiscalDocumentNumber: 8 } }),
      'REPLY_MISMATCH',
      'unknown',
    ],
    [
      'another drive in 1041',
      reply({ document: confirmation([{ tag: 1041, value: '9999078900001235' }]) }),
      'REPLY_MISMATCH',
      'unknown',
    ],
    [
      'another document in 1040',
      reply({ document: confirmation([{ tag: 1040, value: 8 }]) }),
      'REPLY_MISMATCH',
      'unknown',
    ],
    ['no 1017', reply({ document: confirmation([], [1017]) }), 'BAD_REPLY', 'unknown'],
    ['no 1040', reply({ document: confirmation([], [1040]) }), 'BAD_REPLY', 'unknown'],
    [
      'code 11',
      reply({ document: confirmation([{ tag: 1068, value: [{ tag: 1022, value: 11 }] }]) }),
      'OPERATOR_REFUSED',
      'refused',
    ],
    [
      'code 14 outside 1068',
      reply({ document: confirmation([{ tag: 1022, value: 14 }]) }),
      'OPERATOR_REFUSED',
      'refused',
    ],
  ];
  it.each(replies)('a reply with %s', (_name, message, code, outcome) => {
    expect(run(...upToSent, { type: 'message', message })).toMatchObject({
      phase: 'failed',
      error: { code, outcome },
    });
  });

  it('nothing that comes after the end changes it', () => {
    const done = run(...upToSent, { type: 'message', message: reply() });
    const failed = run(...upToSent, { type: 'timeout' });
    for (const input of [
      { type: 'timeout' },
      { type: 'aborted' },
      { type: 'message', message: reply() },
    ] as const) {
      expect(stepExchange(done, input)).toBe(done);
      expect(stepExchange(failed, input)).toBe(failed);
    }
  });

  it('an input of another state is ignored', () => {
    const waiting = run(...upToSent);
    for (const input of [{ type: 'connected' }, { type: 'sent' }, { type: 'send-failed', cause: 1 }] as const)
      expect(stepExchange(waiting, input)).toBe(waiting);
    const connecting = startExchange(request);
    for (const input of [
      { type: 'sent' },
      { type: 'timeout' },
      { type: 'message', message: reply() },
    ] as const)
      expect(stepExchange(connecting, input)).toBe(connecting);
  });
});

describe('a request', () => {
  it.each([
    ['no container', { fiscalDriveNumber, container: new Uint8Array(5) }],
    ['a container of another drive', { ...message, fiscalDriveNumber: '9999078900009999' }],
    ['a number that is no drive', { ...message, fiscalDriveNumber: 'Ы' }],
  ])('is not made of %s', (_name, bad) => {
    expect(() => exchangeRequest(bad)).toThrow(
      expect.objectContaining({ code: 'BAD_FN_MESSAGE', outcome: 'not-sent' }),
    );
  });
});
