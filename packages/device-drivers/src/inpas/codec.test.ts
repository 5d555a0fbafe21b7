import { fromHex, toHex } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeInpasTlv,
  encodeInpasTlv,
  inpasMessage,
  inpasNumber,
  inpasSlip,
  inpasUserText,
  maskedPan,
  redactInpas,
  safeDecodeInpasTlv,
} from './codec.js';
import { inpasFieldNumber, inpasFieldSpec, inpasFieldTable, inpasOperationSpec } from './table.js';

// Four directions: values to bytes, bytes to values, and both round trips.
const table: readonly (readonly [string, ReadonlyMap<number, string>])[] = [
  ['', new Map()],
  ['1901003 1'.replace(' ', ''), new Map([[25, '1']])],
  ['1b0000', new Map([[27, '']])],
  ['13080 0cec4cec1d0c5cdce'.replace(' ', ''), new Map([[19, 'ОДОБРЕНО']])],
  [
    '0001003119010032ff0200abcd',
    new Map([
      [0, '1'],
      [25, '2'],
      [255, '\u00ab\u041d'],
    ]),
  ],
  // The order of the wire is kept.
  [
    '190100320001 0031'.replace(' ', ''),
    new Map([
      [25, '2'],
      [0, '1'],
    ]),
  ],
];

describe('fields', () => {
  it.each(table)('%s', (hex, fields) => {
    const bytes = fromHex(hex);
    expect(toHex(encodeInpasTlv(fields))).toBe(hex);
    expect([...decodeInpasTlv(bytes)]).toEqual([...fields]);
    expect(toHex(encodeInpasTlv(decodeInpasTlv(bytes)))).toBe(hex);
    expect([...decodeInpasTlv(encodeInpasTlv(fields))]).toEqual([...fields]);
  });

  it.each([
    ['a number without a length', '19', 0],
    ['a length that is cut', '1901', 0],
    ['a value that is cut', '00010031190200', 4],
    ['a length beyond the end', '19ffff31', 0],
    ['a field twice', '190100311901 0031'.replace(' ', ''), 4],
  ])('refuses %s', (_name, hex, position) => {
    expect(() => decodeInpasTlv(fromHex(hex))).toThrow(
      expect.objectContaining({ code: 'BAD_MESSAGE', position }),
    );
    expect(safeDecodeInpasTlv(fromHex(hex))).toMatchObject({ ok: false, error: { code: 'BAD_MESSAGE' } });
  });

  it.each([
    ['a number that is no byte', new Map([[256, '']]), '256'],
    ['a fraction', new Map([[1.5, '']]), '1.5'],
    ['a character that windows-1251 lacks', new Map([[19, '☃']]), '19'],
  ])('refuses to write %s', (_name, fields, path) => {
    expect(() => encodeInpasTlv(fields)).toThrow(expect.objectContaining({ code: 'BAD_FIELD', path }));
  });

  it('is limited in size both ways', () => {
    expect(() => encodeInpasTlv(new Map([[90, 'x'.repeat(1 << 16)]]))).toThrow();
    expect(() => decodeInpasTlv(new Uint8Array((1 << 16) + 1))).toThrow(
      expect.objectContaining({ code: 'BAD_MESSAGE' }),
    );
  });

  it('any fields survive the way there and back', () => {
    const value = fc
      .uint8Array({ maxLength: 40 })
      .map((bytes) =>
        Array.from(bytes, (byte) => new TextDecoder('windows-1251').decode(Uint8Array.of(byte))).join(''),
      );
    fc.assert(
      fc.property(fc.dictionary(fc.integer({ min: 0, max: 255 }).map(String), value), (object) => {
        const fields = new Map(Object.entries(object).map(([number, text]) => [Number(number), text]));
        expect(decodeInpasTlv(encodeInpasTlv(fields))).toEqual(fields);
      }),
    );
  });

  it('reads numbers, and none where there is none', () => {
    const of = (amount: string) => inpasNumber(inpasMessage({ amount }), 'amount');
    expect([of('00000500'), of('15000'), of('-1'), of(''), of('1e3'), of('1.5'), of('9'.repeat(16))]).toEqual(
      [500, 15_000, undefined, undefined, undefined, undefined, undefined],
    );
  });
});

describe('the table', () => {
  it('has every name once', () => {
    const names = Object.values(inpasFieldTable).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const [number, { name }] of Object.entries(inpasFieldTable))
      expect(inpasFieldNumber(name)).toBe(Number(number));
    expect(inpasFieldSpec(200)).toBeUndefined();
    expect(inpasOperationSpec(59)?.en).toBe('settlement');
  });
});

describe('masking', () => {
  const pan = '2200999912345672';

  it('leaves no card data', () => {
    const fields = inpasMessage({
      pan,
      track2: `${pan}=30121010000000000`,
      pinBlock: 'AABBCCDD',
      textResponse: `КАРТА ${pan}`,
      additionalData: 'hash=ab',
      fileData: 'bytes of the bank',
      receiptData: `0xDF^^${pan}~`,
      referenceNumber: '123456789012',
    });
    const shown = redactInpas(new Map([...fields, [201, pan]]));
    expect(JSON.stringify([...shown])).not.toContain(pan);
    expect(shown.get(10)).toBe('************5672');
    expect(shown.get(12)).toBe('***');
    expect(shown.get(70)).toBe('<17 bytes>');
    expect(shown.get(201)).toBe('***');
    expect(shown.get(14)).toBe('123456789012');
    expect(redactInpas(inpasMessage({ fileData: '10.0.0.1;1979;' })).get(70)).toBe('10.0.0.1;1979;');
  });

  it.each([
    [pan, '************5672'],
    ['************0000', '************0000'],
    ['2200 9999 1234 5672', '************5672'],
    ['12', '12'],
    ['', ''],
  ])('%s', (number, masked) => {
    expect(maskedPan(number)).toBe(masked);
  });

  it.each([
    ['ОПЕРАЦИЯ ОДОБРЕНА^APPROVED.JPG~', 'ОПЕРАЦИЯ ОДОБРЕНА'],
    ['ОДОБРЕНО', 'ОДОБРЕНО'],
    [`КАРТА ${pan} ОТКАЗ^DECLINED.JPG~ `, 'КАРТА ************5672 ОТКАЗ'],
  ])('%s', (text, shown) => {
    expect(inpasUserText(text)).toBe(shown);
  });
});

describe('a slip', () => {
  it.each([
    ['two copies', '0xDF^^ЧЕК\r\n  1\r\n\r\n~0xDA^^КАССИР\r\n~0xDE^^MIR~', ['ЧЕК', '  1', '[cut]', 'КАССИР']],
    ['one copy', '0xDF^^ЧЕК~', ['ЧЕК']],
    ['no marks', 'ЧЕК\r\nИТОГО', ['ЧЕК', 'ИТОГО']],
    ['a card number', '0xDF^^2200999912345672~', ['************5672']],
    ['an empty copy', '0xDF^^ \r\n~0xDA^^КАССИР~', ['КАССИР']],
    ['nothing but the card’s name', '0xDE^^MIR~', undefined],
    ['nothing', '', undefined],
    ['absence', undefined, undefined],
  ])('%s', (_name, data, lines) => {
    expect(inpasSlip(data)).toEqual(lines);
  });
});
