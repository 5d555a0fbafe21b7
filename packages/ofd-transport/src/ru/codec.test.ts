import { concatBytes, fromHex, toHex } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import {
  type Container,
  decodeContainer,
  decodeRawData,
  decodeSession,
  decodeSessionHeader,
  documentServiceData,
  encodeContainer,
  encodeDocumentServiceData,
  encodeRawData,
  encodeSession,
  maxContainerBytes,
  packFnNumber,
  pingMessage,
  type SessionMessage,
  splitContainerData,
  unpackFnNumber,
} from './codec.js';
import { recognise } from './recognise.js';

const session: SessionMessage = {
  sVersion: '81A2',
  aVersion: '0120',
  fiscalDriveNumber: '9999078900001234',
  crcMode: 'none',
  hasContainer: true,
  replyWanted: true,
  priority: 0,
  body: Uint8Array.of(1, 2, 3),
};

const container: Container = {
  lengthForm: 'total',
  messageType: 0xa5,
  documentCode: 2,
  version: 1,
  serviceData1: Uint8Array.of(0x10, 0x09),
  fiscalDriveNumber: '9999078900001234',
  fiscalDocumentNumber: 7,
  serviceData2: new Uint8Array(12),
  data: fromHex('02000800 1004 0400 07000000 8106454d55010203 0000'),
};

function patched(bytes: Uint8Array, position: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, position);
  return copy;
}

describe('bad sessions', () => {
  const plain = encodeSession(session);
  const summed = encodeSession({ ...session, crcMode: 'header' });
  const whole = encodeSession({ ...session, crcMode: 'header-and-body' });
  it.each([
    ['too short', plain.subarray(0, 29), 'BAD_SESSION', 29],
    ['nothing', new Uint8Array(0), 'BAD_SESSION', 0],
    ['signature', patched(plain, 2, 0x40), 'BAD_SESSION', 2],
    ['drive number not ASCII', patched(plain, 10, 0x80), 'BAD_SESSION', 10],
    ['body cut', plain.subarray(0, 31), 'BAD_SESSION', 31],
    ['byte too many', concatBytes(plain, Uint8Array.of(0)), 'BAD_SESSION', 33],
    ['check sum mode 11', patched(plain, 26, 0x17), 'BAD_SESSION_FLAGS', 26],
    ['reply bits 10', patched(plain, 26, 0x24), 'BAD_SESSION_FLAGS', 26],
    ['bit 3', patched(plain, 26, 0x1c), 'BAD_SESSION_FLAGS', 26],
    ['high bits', patched(plain, 27, 0x01), 'BAD_SESSION_FLAGS', 26],
    ['no container flag', patched(plain, 26, 0x10), 'BAD_SESSION_FLAGS', 26],
    ['container of no size', patched(plain.subarray(0, 30), 24, 0, 0), 'BAD_SESSION_FLAGS', 26],
    ['header check sum', patched(summed, 8, 0x38), 'BAD_SESSION_CRC', 28],
    ['check sum of header and body', patched(whole, 30, 9), 'BAD_SESSION_CRC', 28],
  ])('%s', (_name, bytes, code, position) => {
    expect(() => decodeSession(bytes)).toThrow(expect.objectContaining({ code, position }));
  });

  it('a changed body is not noticed where only the header is summed', () => {
    expect(decodeSession(patched(summed, 30, 9)).body[0]).toBe(9);
  });

  it('a header alone can be read without its body', () => {
    expect(decodeSessionHeader(plain)).toMatchObject({ bodySize: 3, hasContainer: true });
  });

  it.each([
    ['a short drive number', { fiscalDriveNumber: '99990789' }, 'BAD_NUMBER'],
    ['a Cyrillic drive number', { fiscalDriveNumber: '999907890000123Я' }, 'BAD_NUMBER'],
    ['a version that is not hex', { aVersion: '12' }, 'BAD_NUMBER'],
    ['a priority of two bits more', { priority: 4 }, 'BAD_NUMBER'],
    ['a body without a flag', { hasContainer: false }, 'BAD_SESSION_FLAGS'],
    ['an unknown mode', { crcMode: 'both' as never }, 'BAD_SESSION_FLAGS'],
    ['a body that does not fit', { body: new Uint8Array(65_536) }, 'SESSION_TOO_LONG'],
  ])('%s is not written', (_name, change, code) => {
    expect(() => encodeSession({ ...session, ...change })).toThrow(expect.objectContaining({ code }));
  });

  it('a ping is a header with flags 0010h', () => {
    const bytes = encodeSession(pingMessage());
    expect(bytes).toHaveLength(30);
    expect(toHex(bytes.subarray(24))).toBe('000010000000');
  });
});

describe('bad containers', () => {
  const good = encodeContainer(container);
  it.each([
    ['too short', good.subarray(0, 31), 'BAD_CONTAINER', 31],
    ['too long', new Uint8Array(maxContainerBytes + 1), 'BAD_CONTAINER', maxContainerBytes],
    ['a length of neither spelling', patched(good, 0, 1), 'BAD_CONTAINER', 0],
    ['a byte too many', concatBytes(good, Uint8Array.of(0)), 'BAD_CONTAINER', 0],
    ['check sum', patched(good, 40, 0xff), 'BAD_CONTAINER_CRC', 2],
  ])('%s', (_name, bytes, code, position) => {
    expect(() => decodeContainer(bytes)).toThrow(expect.objectContaining({ code, position }));
  });

  it('notices every single flipped bit', () => {
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const at = bit >> 3;
      expect(() => decodeContainer(patched(good, at, (good[at] as number) ^ (1 << (bit & 7))))).toThrow();
    }
  });

  it.each([
    ['a document number of four bytes', { fiscalDocumentNumber: 0x1_00_00_00 }, 'BAD_NUMBER'],
    ['a negative form', { documentCode: -1 }, 'BAD_NUMBER'],
    ['letters in a drive number', { fiscalDriveNumber: '99990789XYZ' }, 'BAD_NUMBER'],
    ['service data of another length', { serviceData2: new Uint8Array(11) }, 'BAD_NUMBER'],
    ['too much data', { data: new Uint8Array(maxContainerBytes) }, 'BAD_CONTAINER'],
  ])('%s is not written', (_name, change, code) => {
    expect(() => encodeContainer({ ...container, ...change })).toThrow(expect.objectContaining({ code }));
  });
});

describe('packed drive numbers', () => {
  it.each([
    ['9999078900005488', '9999078900005488'],
    ['999907891234567f', '999907891234567 '],
    ['99990789501fffff', '99990789501     '],
    ['ab00000000000000', 'AB00000000000000'],
  ])('%s', (hex, text) => {
    expect(unpackFnNumber(fromHex(hex))).toBe(text);
    expect(toHex(packFnNumber(text))).toBe(hex);
    expect(toHex(packFnNumber(text.trimEnd()))).toBe(hex);
  });
});

describe('what a container holds', () => {
  it('document, sign and two zero bytes', () => {
    const { document, messageSign, trailer } = splitContainerData(container.data, 2);
    expect(toHex(document)).toBe('020008001004040007000000');
    expect(messageSign === undefined ? '' : toHex(messageSign)).toBe('8106454d55010203');
    expect(toHex(trailer)).toBe('0000');
  });

  it('a mock reply without a sign', () => {
    expect(splitContainerData(fromHex('07000000'), 7).messageSign).toBeUndefined();
  });

  it.each([
    ['another form', container.data, 3, 0],
    ['a length past the end', fromHex('0200ff00'), 2, 2],
    ['nothing', new Uint8Array(3), 2, 3],
  ])('refuses %s', (_name, data, code, position) => {
    expect(() => splitContainerData(data, code)).toThrow(
      expect.objectContaining({ code: 'BAD_CONTAINER_DATA', position }),
    );
  });

  it('service data of a drive', () => {
    const bytes = fromHex('84ec4c14c20000010004018a');
    const value = documentServiceData(bytes);
    expect(value).toMatchObject({ shiftOpenDocumentNumber: 1, format: 4, documentLength: 394 });
    expect(encodeDocumentServiceData(value)).toEqual(bytes);
  });
});

describe('raw data of the tax service', () => {
  const document = '020008001004040007000000';
  const header = `a502011009${'9999078900001234'}000007${'00'.repeat(12)}`;
  it.each([
    ['document alone', document, undefined],
    ['document and sign', `${document}8106454d55010203`, undefined],
    ['with a header', `ffff001c${header}${document}8106454d55010203`, 7],
  ])('%s', (_name, hex, number) => {
    const bytes = fromHex(hex);
    const raw = decodeRawData(bytes);
    expect(raw.header?.fiscalDocumentNumber).toBe(number);
    expect(toHex(raw.document)).toBe(document);
    expect(encodeRawData(raw)).toEqual(bytes);
  });

  it.each([
    ['a cut header', 'ffff001ca502'],
    ['nothing', '02'],
  ])('refuses %s', (_name, hex) => {
    expect(() => decodeRawData(fromHex(hex))).toThrow(expect.objectContaining({ code: 'BAD_RAW_DATA' }));
  });
});

describe('recognise', () => {
  const document = fromHex('020008001004040007000000');
  it.each([
    ['session', encodeSession(session), 'session'],
    ['bare header that announces a body', encodeSession(session).subarray(0, 30), 'sessionHeader'],
    ['container', encodeContainer(container), 'container'],
    ['container that counts its data', encodeContainer({ ...container, lengthForm: 'data' }), 'container'],
    ['document', document, 'document'],
    ['document and sign', concatBytes(document, fromHex('8106454d55010203')), 'rawData'],
    [
      'raw data with a header',
      concatBytes(fromHex(`ffff001ca502011009${'00'.repeat(23)}`), document),
      'rawData',
    ],
    ['list of tags', document.subarray(4), 'tlv'],
    ['text', new TextEncoder().encode('{"code":3}'), undefined],
    ['nothing', new Uint8Array(0), undefined],
  ])('%s', (_name, bytes, kind) => {
    expect(recognise(bytes)).toBe(kind);
  });
});
