import { fromHex, isElcertError, toHex } from '@elcert/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AnyFields,
  commandCodeOf,
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeErrorAnswer,
  encodeRequest,
} from './codec.js';
import { type CommandCode, type CommandRow, commands } from './commands.js';
import type { FieldValue } from './layout.js';

const rows = Object.entries(commands) as [CommandCode, CommandRow][];

/** Any value that a field's type can hold and that comes back as it went in. */
function anyValue(type: string): fc.Arbitrary<FieldValue> {
  const [kind = '', parameter = ''] = type.replace(/\?$/, '').split(':');
  const uint = (bytes: number) =>
    fc.nat().map((value) => value % Math.min(2 ** (8 * bytes), Number.MAX_SAFE_INTEGER));
  const text = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'АБвг ёЁ«»№—abc019.,-'), maxLength: Math.min(length, 60) });
  switch (kind) {
    case 'i16':
      return fc.integer({ min: -0x8000, max: 0x7fff });
    case 'sum':
      return uint(5);
    case 'sumOrAuto':
      return fc.oneof(uint(5), fc.constant('auto'));
    case 'sum6':
      return uint(6);
    case 'sum8':
      return uint(8);
    case 'quantity5':
      return fc
        .nat(0xffff_ffff)
        .map((units) => `${Math.floor(units / 1000)}.${String(units % 1000).padStart(3, '0')}`);
    case 'quantity6':
      return fc
        .nat(0xffff_ffff)
        .map((units) => `${Math.floor(units / 1e6)}.${String(units % 1e6).padStart(6, '0')}`);
    case 'date':
    case 'fnDate':
      return fc.constantFrom('2026-11-22', '2000-01-01', '2099-12-31');
    case 'time':
      return fc.constantFrom('00:00:00', '14:05:33', '23:59:59');
    case 'fnDateTime':
      return fc.constantFrom('', '2026-11-22T14:05');
    case 'text':
      return text(parameter === '' ? 60 : Number(parameter));
    case 'ascii':
      return fc
        .string({ unit: fc.constantFrom(...'0123456789 ABC'), maxLength: Number(parameter) })
        .map((value) => value.trimEnd());
    case 'bytes':
      return /^\d+$/.test(parameter)
        ? fc.uint8Array({ minLength: Number(parameter), maxLength: Number(parameter) })
        : fc.uint8Array({ maxLength: 40 });
    case 'operatorPassword':
    case 'adminPassword':
      return uint(4);
    default:
      return uint(Number(kind.slice(1)) / 8);
  }
}

function fieldsOf(layout: Readonly<Record<string, string>>): fc.Arbitrary<AnyFields> {
  const arbitraries = Object.fromEntries(
    Object.entries(layout).map(([name, type]) => [name, anyValue(type)]),
  );
  return fc.record(arbitraries).map((fields) => {
    const out: Record<string, FieldValue> = { ...fields };
    for (const [name, type] of Object.entries(layout)) {
      const counter = /^bytes:@(.+)$/.exec(type)?.[1];
      if (counter !== undefined) out[counter] = (fields[name] as Uint8Array).length;
    }
    // An optional field of no bytes is not seen on the wire.
    const last = Object.entries(layout).at(-1);
    if (last?.[1] === 'bytes?' && (out[last[0]] as Uint8Array).length === 0) delete out[last[0]];
    return out;
  });
}

describe('the table', () => {
  test('has 205 commands, each with both names', () => {
    expect(rows.length).toBe(205);
    for (const [code, row] of rows) {
      expect(code).toMatch(/^(?:[0-9A-F]{2}|FF[0-9A-F]{2})$/);
      expect(row.name).not.toBe('');
      expect(row.nameRu).toMatch(/[а-яА-Я]/);
    }
    expect(new Set(rows.map(([, row]) => row.name)).size).toBe(205);
  });

  test.each(rows.map(([code]) => code))('%s goes to bytes and back, both ways', (code) => {
    const row: CommandRow = commands[code];
    fc.assert(
      fc.property(fieldsOf(row.request), fieldsOf(row.response), (request, response) => {
        const body = encodeRequest(code, request as never);
        expect(commandCodeOf(body)).toBe(code);
        expect(decodeRequest(body)).toEqual({ code, fields: request });
        expect(toHex(encodeRequest(code, decodeRequest(body).fields as never))).toBe(toHex(body));
        const answer = encodeAnswer(code, response as never);
        expect(decodeAnswer(answer)).toEqual({ code, error: 0, fields: response });
        expect(toHex(encodeAnswer(code, decodeAnswer(answer).fields as never))).toBe(toHex(answer));
      }),
      { numRuns: 15 },
    );
  });
});

describe('optional tails', () => {
  test('10h without and with the last print result', () => {
    const short = fromHex('10 00 1E 92 02 02 00 00 9F E5 18 01 00 92 08 00');
    const { fields } = decodeAnswer(short);
    expect(fields).toMatchObject({ mode: 2, flags: 0x0292 });
    expect(fields).not.toHaveProperty('lastPrintResult');
    expect(toHex(encodeAnswer('10', fields as never))).toBe(toHex(short));
  });

  test('a length of bytes may be left to the codec', () => {
    const body = encodeRequest('FF61', {
      password: 30,
      plannedStatus: 1,
      mode: 0,
      code: Uint8Array.of(1, 2, 3),
      tlv: new Uint8Array(0),
    } as never);
    expect(toHex(body)).toBe('ff611e00000001000300010203');
  });
});

const bad = [
  ['nothing', '', 'SHORT_INPUT', undefined],
  ['a lone FF', 'ff', 'SHORT_INPUT', undefined],
  ['an unknown code', 'ff99', 'UNKNOWN_COMMAND', 'FF99'],
  ['a password cut short', 'e01e0000', 'SHORT_INPUT', 'E0/password'],
  ['bytes too many', 'e01e00000001', 'TRAILING_BYTES', undefined],
  ['a code longer than what follows', 'ff611e0000000100050001', 'SHORT_INPUT', 'FF61/code'],
] as const;

describe('bad bytes', () => {
  test.each(bad)('%s', (_title, hex, code, path) => {
    try {
      decodeRequest(fromHex(hex));
      expect.unreachable();
    } catch (error) {
      if (!isElcertError(error)) throw error;
      expect(error.code).toBe(code);
      expect(error.position).toBeTypeOf('number');
      if (path !== undefined) expect(error.path).toBe(path);
    }
  });

  test('an error answer ends after its byte', () => {
    expect(toHex(encodeErrorAnswer('FF45', 0x4d))).toBe('ff454d');
    expect(decodeAnswer(fromHex('ff454d0102'))).toEqual({ code: 'FF45', error: 0x4d, fields: undefined });
  });
});

const wrong = [
  ['quantity with seven digits', { quantity: '1.0000001' }, 'FF46/quantity'],
  ['a negative price', { price: -1 }, 'FF46/price'],
  ['a price of six bytes', { price: 2 ** 40 }, 'FF46/price'],
  ['a fraction of a kopeck', { price: 0.5 }, 'FF46/price'],
  ['no name', { name: undefined }, 'FF46/name'],
  ['a number for a text', { name: 5 }, 'FF46/name'],
] as const;

test.each(wrong)('%s is refused with its path', (_title, change, path) => {
  const line = {
    password: 30,
    operation: 1,
    quantity: '1',
    price: 1,
    sum: 1,
    tax: 'auto',
    taxRate: 1,
    department: 0,
    method: 4,
    subject: 1,
    name: 'a',
  };
  try {
    encodeRequest('FF46', { ...line, ...change } as never);
    expect.unreachable();
  } catch (error) {
    if (!isElcertError(error)) throw error;
    expect(error.path).toBe(path);
  }
});
