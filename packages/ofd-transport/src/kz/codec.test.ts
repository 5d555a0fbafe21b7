import { concatBytes, fromHex, toHex } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeKzFrame,
  encodeKzFrame,
  type KzFrame,
  kzFramer,
  kzVersions,
  missingKzField,
  recogniseKzKind,
} from './index.js';

const header = { version: 203, id: 100500, token: 305419896, reqnum: 2 } as const;
// struct.pack('<HHIIIH', 0x81A2, 203, 39, 100500, 0x12345678, 2), then command 1 and a result of 2, "Invalid token".
const refusal = 'a281cb002700000094880100785634120200080112110802120d496e76616c696420746f6b656e';

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('frames', () => {
  it('reads and writes a refusal', () => {
    const frame = decodeKzFrame(fromHex(refusal));
    expect(frame).toEqual({
      kind: 'response',
      header: { ...header, size: 39 },
      message: { command: 'COMMAND_TICKET', result: { resultCode: 2, resultText: 'Invalid token' } },
      unknown: [],
    });
    expect(toHex(encodeKzFrame(frame))).toBe(refusal);
  });

  it.each([
    ['', 'BAD_SIZE', 0],
    ['a281cb00', 'BAD_SIZE', 4],
    [`b${refusal.slice(1)}`, 'BAD_HEADER', 0],
    [refusal.replace('cb00', 'c800'), 'UNSUPPORTED_VERSION', 2],
    [refusal.replace('27000000', '11000000'), 'BAD_HEADER', 4],
    [refusal.replace('27000000', 'ffffffff'), 'FRAME_TOO_LONG', 4],
    [refusal.slice(0, -2), 'BAD_SIZE', 38],
    [`${refusal}00`, 'BAD_SIZE', 39],
    [refusal.replace('1211', '12ff'), 'BAD_MESSAGE', 18],
  ])('does not read %s', (hex, code, position) => {
    expect(thrownBy(() => decodeKzFrame(fromHex(hex)))).toMatchObject({ code, position });
  });

  it('does not follow a hostile nesting of groups', () => {
    const payload = new Uint8Array(1 << 19).fill(0x1b);
    const bytes = fromHex('a281cb001200080000000000000000000000').slice(0, 18);
    new DataView(bytes.buffer).setUint32(4, 18 + payload.length, true);
    expect(thrownBy(() => decodeKzFrame(concatBytes(bytes, payload)))).toMatchObject({ code: 'BAD_MESSAGE' });
  });

  it.each<[Partial<KzFrame>, string, string]>([
    [{ header: { ...header, token: -1 } }, 'BAD_VALUE', 'header/token'],
    [{ header: { ...header, reqnum: 65536 } }, 'BAD_VALUE', 'header/reqnum'],
    [{ header: { ...header, version: 125 as never } }, 'UNSUPPORTED_VERSION', 'header/version'],
    [{ message: { command: 'COMMAND_NONE' } }, 'BAD_VALUE', 'message'],
    [{ message: { command: 'COMMAND_SYSTEM', extra: 1 } }, 'BAD_VALUE', 'message'],
    [{ message: {} }, 'MISSING_FIELD', 'message/command'],
    [
      { message: { command: 'COMMAND_AUTH', auth: { login: 'x' } } },
      'MISSING_FIELD',
      'message/auth/password',
    ],
    [{ unknown: [{ path: 'ticket', number: 99, wireType: 0, hex: '01' }] }, 'BAD_VALUE', 'unknown[0]/path'],
    [{ unknown: [{ path: '', number: 0, wireType: 0, hex: '01' }] }, 'BAD_VALUE', 'unknown[0]/number'],
    [{ unknown: [{ path: '', number: 9, wireType: 4, hex: '01' }] }, 'BAD_VALUE', 'unknown[0]/wireType'],
  ])('does not write %o', (part, code, path) => {
    const frame: KzFrame = { kind: 'request', header, message: { command: 'COMMAND_SYSTEM' }, ...part };
    expect(thrownBy(() => encodeKzFrame(frame))).toMatchObject({ code, path });
  });

  it('writes another spelling of the same message back, but not after a change', () => {
    // Result before command, and the command as a varint of two bytes.
    const payload = fromHex('12020800088100');
    const bytes = encodeKzFrame({
      kind: 'response',
      header,
      message: { command: 'COMMAND_TICKET', result: { resultCode: 0 } },
    });
    const frame = concatBytes(bytes.subarray(0, 18), payload);
    frame[4] = frame.length;
    const read = decodeKzFrame(frame);
    expect(read.payload).toBe(toHex(payload));
    expect(encodeKzFrame(read)).toEqual(frame);
    const changed = encodeKzFrame({ ...read, message: { ...read.message, result: { resultCode: 2 } } });
    expect(decodeKzFrame(changed)).not.toHaveProperty('payload');
    expect(toHex(changed.subarray(18))).toBe('080112020802');
  });

  it('names the first field that is missing', () => {
    expect(missingKzField(203, 'response', { command: 'COMMAND_TICKET' })).toBe('result');
    expect(missingKzField(203, 'request', { command: 'COMMAND_SYSTEM' })).toBeUndefined();
  });

  it.each([
    ['0800', 'request'],
    ['08011200', 'response'],
    ['080112020800', 'response'],
    ['0801120408022200', 'request'],
    ['', 'request'],
  ])('tells what %s is', (hex, kind) => {
    expect(recogniseKzKind(fromHex(hex))).toBe(kind);
  });

  it('asks when there is no command', () => {
    expect(thrownBy(() => recogniseKzKind(fromHex('12020800')))).toMatchObject({ code: 'UNKNOWN_KIND' });
  });

  // Command 8, a result of 0, an answer to AUTH with roles of which 7 is none. Built by hand, field by field; protoc reads it so too.
  it.each([
    ['at the end of its list', '080812020800 3a06 0800 2001 2007', undefined],
    ['in the middle of its list', '080812020800 3a06 0800 2007 2001', '0808120208003a06080020072001'],
  ])('keeps an unknown number %s of names', (_where, hex, payload) => {
    const body = fromHex(hex.replaceAll(' ', ''));
    const bytes = concatBytes(fromHex('a281cb00200000009488010078563412020'.padEnd(36, '0')), body);
    bytes[4] = bytes.length;
    const read = decodeKzFrame(bytes);
    expect(read.message).toMatchObject({
      auth: { result: 'RESULT_TYPE_OK', roles: ['USER_ROLE_PAYMASTER'] },
    });
    expect(read.unknown).toEqual([{ path: 'auth', number: 4, wireType: 0, hex: '07' }]);
    expect(read.payload).toBe(payload);
    expect(toHex(encodeKzFrame(JSON.parse(JSON.stringify(read)) as KzFrame))).toBe(toHex(bytes));
  });

  it('refuses the end of a group that never began', () => {
    // 18 bytes of header (version 202, size 20), then field 1 with wire type 4.
    const bytes = fromHex('a281ca0014000000000000000000000000000c09');
    expect(thrownBy(() => decodeKzFrame(bytes, { kind: 'request' }))).toMatchObject({ code: 'BAD_MESSAGE' });
  });

  it('reads nothing but its own errors out of any bytes, and writes all it reads', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kzVersions),
        fc.constantFrom('request' as const, 'response' as const),
        fc.uint8Array({ maxLength: 60 }),
        (version, kind, payload) => {
          const bytes = concatBytes(fromHex('a28100000000000000000000000000000000'), payload);
          bytes[2] = version;
          bytes[4] = bytes.length;
          const error = thrownBy(() => {
            expect(encodeKzFrame(decodeKzFrame(bytes, { kind }))).toEqual(bytes);
          });
          if (error !== undefined) expect(error).toMatchObject({ code: 'BAD_MESSAGE' });
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('framer', () => {
  const one = fromHex(refusal);

  it('cuts any chunks into messages', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 20 }), (cuts) => {
        const stream = concatBytes(one, one, one);
        const framer = kzFramer();
        const frames: Uint8Array[] = [];
        let position = 0;
        for (const cut of [...cuts, stream.length]) {
          frames.push(...framer.push(stream.subarray(position, position + cut)).frames);
          position += cut;
        }
        expect(frames).toEqual([one, one, one]);
        expect(framer.pending).toBe(0);
      }),
    );
  });

  it('is dead after a wrong byte or a size above the limit', () => {
    for (const [bytes, code] of [
      [fromHex('a282'), 'BAD_HEADER'],
      [fromHex(refusal.replace('27000000', '01001000')), 'FRAME_TOO_LONG'],
    ] as const) {
      const framer = kzFramer();
      expect(framer.push(concatBytes(one, bytes))).toMatchObject({ frames: [one], error: { code } });
      expect(framer.push(one)).toMatchObject({ frames: [], error: { code } });
    }
  });
});
