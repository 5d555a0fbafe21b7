import { readFileSync } from 'node:fs';
import { fromHex, toHex } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import {
  type Container,
  decodeContainer,
  decodeSession,
  encodeContainer,
  encodeSession,
  recognise,
  type SessionMessage,
} from '../../src/ru/index.js';

// Made by make-vectors.py (Python: struct and binascii); see its docstring.
const vectors = JSON.parse(readFileSync(new URL('./ru.json', import.meta.url), 'utf8')) as {
  readonly sessions: readonly {
    sVersion: string;
    aVersion: string;
    fn: string;
    mode: 0 | 1 | 2;
    reply: boolean;
    prio: number;
    body: string;
    hex: string;
  }[];
  readonly containers: readonly {
    form: 'total' | 'data';
    mt: number;
    code: number;
    fn: string;
    fd: number;
    sd2: string;
    data: string;
    hex: string;
  }[];
};

const sessions = vectors.sessions.map(({ hex, ...row }) => ({
  hex,
  value: {
    sVersion: row.sVersion,
    aVersion: row.aVersion,
    fiscalDriveNumber: row.fn,
    crcMode: (['none', 'header', 'header-and-body'] as const)[row.mode],
    hasContainer: row.body !== '',
    replyWanted: row.reply,
    priority: row.prio,
    body: fromHex(row.body),
  } satisfies SessionMessage,
}));

const containers = vectors.containers.map(({ hex, ...row }) => ({
  hex,
  value: {
    lengthForm: row.form,
    messageType: row.mt,
    documentCode: row.code,
    version: 1,
    serviceData1: Uint8Array.of(0x10, 0x09),
    fiscalDriveNumber: row.fn,
    fiscalDocumentNumber: row.fd,
    serviceData2: fromHex(row.sd2),
    data: fromHex(row.data),
  } satisfies Container,
}));

describe.each(sessions)(
  'session $value.aVersion, check sum $value.crcMode, priority $value.priority',
  ({ hex, value }) => {
    it('decodes', () => expect(decodeSession(fromHex(hex))).toEqual(value));
    it('encodes', () => expect(toHex(encodeSession(value))).toBe(hex));
    it('bytes survive', () => expect(toHex(encodeSession(decodeSession(fromHex(hex))))).toBe(hex));
    it('value survives', () => expect(decodeSession(encodeSession(value))).toEqual(value));
    it('is recognised', () =>
      expect(recognise(fromHex(hex))).toBe(value.body.length === 0 ? 'sessionHeader' : 'session'));
  },
);

describe.each(containers)(
  'container of form $value.documentCode, length as $value.lengthForm',
  ({ hex, value }) => {
    it('decodes', () => expect(decodeContainer(fromHex(hex))).toEqual(value));
    it('encodes', () => expect(toHex(encodeContainer(value))).toBe(hex));
    it('bytes survive', () => expect(toHex(encodeContainer(decodeContainer(fromHex(hex))))).toBe(hex));
    it('value survives', () => expect(decodeContainer(encodeContainer(value))).toEqual(value));
    it('is recognised', () => expect(recognise(fromHex(hex))).toBe('container'));
  },
);
