import { fromHex, toHex } from '@elcert/core';
import { decodeKzFrame, encodeKzFrame } from '@elcert/ofd-transport/kz';
import { describe, expect, it } from 'vitest';
// Written by protoc, see make-kz-vectors.py.
import vectors from './kz.json' with { type: 'json' };

const named = (name: string) => fromHex(vectors.find((row) => row.name === name)?.hex ?? '');

describe.each(vectors)('$name', ({ hex, kind }) => {
  it('is recognised, read, and written back to the same bytes', () => {
    const frame = decodeKzFrame(fromHex(hex));
    expect(frame.kind).toBe(kind);
    expect(frame.unknown).toEqual([]);
    expect(frame).not.toHaveProperty('payload');
    expect(frame.header).toMatchObject({ id: 100500, token: 0x9abcdef0, reqnum: 65535 });
    expect(toHex(encodeKzFrame(JSON.parse(JSON.stringify(frame))))).toBe(hex);
  });
});

describe('fields that clash between versions', () => {
  const org = (name: string) =>
    (decodeKzFrame(named(name)).message as { service: { regInfo: { org: unknown } } }).service.regInfo.org;

  it('reads number 6 of an organisation by the header', () => {
    expect(org('202 org with tenantId at 6')).toEqual({ title: 'T', tenantId: 5 });
    expect(org('203 org with address_kz at 6')).toEqual({ title: 'T', addressKz: 'A', tenantId: 5 });
  });

  it('keeps what a version does not know', () => {
    const bytes = named('203 ticket');
    // The same message under the number of 2.0.2.
    bytes[2] = 202;
    const frame = decodeKzFrame(bytes);
    expect(frame.unknown.map(({ path, number }) => `${path} ${number}`)).toEqual([
      'ticket 17',
      'ticket/items[0]/commodity 14',
      'ticket/items[0]/commodity 14',
      'ticket/items[0]/commodity 15',
    ]);
    expect(encodeKzFrame(JSON.parse(JSON.stringify(frame)))).toEqual(bytes);
  });

  it('keeps large sums exact', () => {
    expect(decodeKzFrame(named('203 ticket')).message).toMatchObject({
      ticket: { parentTicket: { parentTicketTotal: { bills: '9007199254740993', coins: 99 } } },
    });
  });
});
