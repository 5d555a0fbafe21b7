import { fromHex, toHex } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { decodeTags, type EncodeTagsOptions, encodeTags, type TagList, type TagReplacement } from './tags.js';
import { joinTlv, splitTlv } from './tlv.js';

const modern = { ffdVersion: '1.2' } as const;

// Each row runs in four directions: encode, decode, and both round trips.
const table: readonly (readonly [string, string, TagList, EncodeTagsOptions?])[] = [
  ['a text', '06040400 92a5e1e2', [{ tag: 1030, value: 'Тест' }]],
  ['an empty text', '06040000', [{ tag: 1030, value: '' }]],
  ['characters that CP866 has', '06040300 fcf1f0', [{ tag: 1030, value: '№ёЁ' }]],
  ['a padded INN of ten digits', 'fa030c00 373730303030303030392020', [{ tag: 1018, value: '7700000009' }]],
  ['an INN of twelve digits', 'b3040c00 353030313030373332323539', [{ tag: 1203, value: '500100732259' }]],
  [
    'twelve zeros: no Russian INN',
    'ca040c00 303030303030303030303030',
    [{ tag: 1226, value: '000000000000' }],
  ],
  [
    'a padded registration number',
    '0d041400 3030303030303030303130343537383220202020',
    [{ tag: 1037, value: '0000000001045782' }],
  ],
  ['a byte', '1e040100 01', [{ tag: 1054, value: 1 }]],
  ['a 16-bit number', 'bd040200 9a01', [{ tag: 1213, value: 410 }]],
  ['a 32-bit number', '0e040400 78563412', [{ tag: 1038, value: 0x12345678 }]],
  ['a mask of 32 bits', 'b5040400 00000080', [{ tag: 1205, value: 0x8000_0000 }]],
  ['a flag', 'e9030100 01', [{ tag: 1001, value: true }]],
  ['a time', 'f4030400 8a029e55', [{ tag: 1012, value: '2015-07-09T05:11:38' }]],
  ['the first moment', 'f4030400 00000000', [{ tag: 1012, value: '1970-01-01T00:00:00' }]],
  ['the last moment', 'f4030400 ffffffff', [{ tag: 1012, value: '2106-02-07T06:28:15' }]],
  ['a date', '9a040400 c0fa9e69', [{ tag: 1178, value: '2026-02-25T13:36:00' }]],
  ['a date at midnight', '9a040400 803b9e69', [{ tag: 1178, value: '2026-02-25' }]],
  ['a sum', '37040200 c409', [{ tag: 1079, value: 2500 }]],
  ['the sum nothing', '37040100 00', [{ tag: 1079, value: 0 }]],
  ['the largest sum', '37040600 ffffffffffff', [{ tag: 1079, value: 0xffff_ffff_ffff }]],
  ['a number above 2^53', '0d050800 ffffffffffffffff', [{ tag: 1293, value: 0xffff_ffff_ffff_ffffn }]],
  ['a quantity with its digits', 'ff030300 03d007', [{ tag: 1023, value: '2.000' }]],
  ['a quantity without a point', 'ff030200 0001', [{ tag: 1023, value: '1' }]],
  ['a long quantity', 'ff030500 0215cd5b07', [{ tag: 1023, value: '1234567.89' }]],
  ['a small quantity', 'ff030200 0301', [{ tag: 1023, value: '0.001' }]],
  ['bytes', '35040600 3104bbf7d10f', [{ tag: 1077, value: fromHex('3104bbf7d10f') }]],
  ['an unknown tag', 'd2ff0300 010203', [{ tag: 65490, value: Uint8Array.of(1, 2, 3) }]],
  [
    'repeated and nested',
    '23040a00 06040100 80 37040100 01 23040000',
    [
      {
        tag: 1059,
        value: [
          { tag: 1030, value: 'А' },
          { tag: 1079, value: 1 },
        ],
      },
      { tag: 1059, value: [] },
    ],
  ],
  [
    'the old meaning of a reused number',
    '5b040300 617263',
    [{ tag: 1115, value: 'arc' }],
    { ffdVersion: '1.0' },
  ],
  [
    'the new meaning of a reused number',
    '5b040900 5f040500 60040100 05',
    [{ tag: 1115, value: [{ tag: 1119, value: [{ tag: 1120, value: 5 }] }] }],
  ],
];

describe('values', () => {
  it.each(table.map(([name, hex, list, options]) => ({ name, hex, list, options: options ?? modern })))(
    '$name',
    ({ hex, list, options }) => {
      const bytes = fromHex(hex);
      expect(toHex(encodeTags(list, options))).toBe(toHex(bytes));
      expect(decodeTags(bytes, options)).toEqual(list);
      expect(decodeTags(encodeTags(list, options), options)).toEqual(list);
      expect(toHex(encodeTags(decodeTags(bytes, options), options))).toBe(toHex(bytes));
    },
  );
});

// What devices write and the encoder would not: the value is understood, the spelling stays.
const oddities: readonly (readonly [string, string, unknown])[] = [
  ['a number of no bytes', '37040000', 0],
  ['a number with zero bytes at its end', '37040600 c40900000000', 2500],
  ['a quantity with zero bytes at its end', 'ff030800 02d7370200000000', '1453.67'],
  ['a quantity that is only a scale', 'ff030100 03', '0.000'],
  ['a quantity of no bytes', 'ff030000', '0'],
  ['a sum of eight bytes', '37040800 c409000000000000', 2500],
  ['an INN padded with zeros on the left', 'fa030c00 303037373030303030303039', '7700000009'],
  ['an INN without padding', 'fa030a00 37373030303030303039', '7700000009'],
  ['a flag that is neither 0 nor 1', 'e9030100 07', true],
  ['a text longer than its tag', 'a4040900 312e322e332e342e35', '1.2.3.4.5'],
  ['a sign of eight bytes', '35040800 0102030405060708', fromHex('0102030405060708')],
];

describe('odd spellings', () => {
  it.each(oddities)('%s', (_, hex, value) => {
    const bytes = fromHex(hex);
    const list = decodeTags(bytes, modern);
    expect(list[0]?.value).toEqual(value);
    expect(list[0]?.raw).toBeInstanceOf(Uint8Array);
    expect(toHex(encodeTags(list, modern))).toBe(toHex(bytes));
  });

  it('are forgotten when the value changes', () => {
    const [entry] = decodeTags(fromHex('37040600 c40900000000'), modern);
    expect(toHex(encodeTags([{ tag: 1079, raw: entry?.raw as Uint8Array, value: 2501 }], modern))).toBe(
      '37040200c509',
    );
  });
});

const badBytes: readonly (readonly [string, string, string, string, number])[] = [
  ['a header cut short', '370402', 'TLV_TRUNCATED', 'receipt', 0],
  ['a length past the end', '37040300c409', 'TLV_TRUNCATED', 'receipt/1079', 0],
  ['a byte of two bytes', '1e0402000100', 'TAG_LENGTH', 'receipt/1054', 4],
  ['a time of three bytes', 'f4030300010203', 'TAG_LENGTH', 'receipt/1012', 4],
  ['a number of nine bytes', '37040900010203040506070809', 'TAG_LENGTH', 'receipt/1079', 4],
  ['a quantity of nine bytes', 'ff030900010203040506070809', 'TAG_LENGTH', 'receipt/1023', 4],
  ['a quantity with 200 digits after the point', 'ff030200c801', 'TAG_VALUE', 'receipt/1023', 4],
  ['inside the second line', '23040000 23040600 ff030200c801', 'TAG_VALUE', 'receipt/items[1]/1023', 12],
  ['a line whose member is cut', '23040500 ff030300 01', 'TLV_TRUNCATED', 'receipt/items[0]/1023', 4],
  ['the second of a tag that stands once', '1e04010001 1e040000', 'TAG_LENGTH', 'receipt/1054[1]', 9],
];

describe('bytes that lie', () => {
  it.each(badBytes)('%s', (_, hex, code, path, position) => {
    expect(() => decodeTags(fromHex(hex), { document: 3, ffdVersion: '1.2' })).toThrow(
      expect.objectContaining({ code, path, position }),
    );
  });

  it('nesting deeper than any document', () => {
    let bytes = new Uint8Array();
    for (let level = 0; level < 12; level += 1)
      bytes = Uint8Array.from([0x23, 0x04, bytes.length, 0, ...bytes]);
    expect(() => decodeTags(bytes, modern)).toThrow(expect.objectContaining({ code: 'TLV_TOO_DEEP' }));
  });
});

const badValues: readonly (readonly [string, TagList, string, string])[] = [
  ['a text that is too long', [{ tag: 1030, value: 'я'.repeat(129) }], 'TAG_LENGTH', 'receipt/1030'],
  ['a fixed text that is too short', [{ tag: 1041, value: '123' }], 'TAG_LENGTH', 'receipt/1041'],
  ['a number for a text', [{ tag: 1030, value: 5 }], 'TAG_VALUE', 'receipt/1030'],
  ['a text for a number', [{ tag: 1079, value: '5' }], 'TAG_VALUE', 'receipt/1079'],
  ['a negative sum', [{ tag: 1079, value: -1 }], 'TAG_VALUE', 'receipt/1079'],
  ['a fraction of a kopeck', [{ tag: 1079, value: 0.5 }], 'TAG_VALUE', 'receipt/1079'],
  ['a sum of seven bytes', [{ tag: 1079, value: 2 ** 48 }], 'TAG_LENGTH', 'receipt/1079'],
  ['a bigint of nine bytes', [{ tag: 1293, value: 2n ** 64n }], 'TAG_LENGTH', 'receipt/1293'],
  ['256 for a byte', [{ tag: 1054, value: 256 }], 'TAG_VALUE', 'receipt/1054'],
  ['a number for a flag', [{ tag: 1001, value: 1 }], 'TAG_VALUE', 'receipt/1001'],
  ['an impossible time', [{ tag: 1012, value: '2026-02-30T10:00' }], 'TAG_VALUE', 'receipt/1012'],
  ['a time before 1970', [{ tag: 1012, value: '1969-12-31T23:59' }], 'TAG_VALUE', 'receipt/1012'],
  ['a quantity with a comma', [{ tag: 1023, value: '1,5' }], 'TAG_VALUE', 'receipt/1023'],
  ['a negative quantity', [{ tag: 1023, value: '-1' }], 'TAG_VALUE', 'receipt/1023'],
  ['a quantity of eight bytes', [{ tag: 1023, value: String(2n ** 56n) }], 'TAG_LENGTH', 'receipt/1023'],
  ['five bytes of a sign', [{ tag: 1077, value: new Uint8Array(5) }], 'TAG_LENGTH', 'receipt/1077'],
  ['a text for bytes', [{ tag: 1077, value: '00' }], 'TAG_VALUE', 'receipt/1077'],
  ['a text for an STLV', [{ tag: 1059, value: 'x' }], 'TAG_VALUE', 'receipt/items[0]'],
  ['a text for an unknown tag', [{ tag: 3000, value: 'x' }], 'TAG_VALUE', 'receipt/3000'],
  ['a tag above 16 bits', [{ tag: 70_000, value: new Uint8Array() }], 'TAG_VALUE', 'receipt/70000'],
  [
    'deep inside',
    [
      { tag: 1059, value: [] },
      { tag: 1059, value: [{ tag: 1260, value: [{ tag: 1262, value: '1' }] }] },
    ],
    'TAG_LENGTH',
    'receipt/items[1]/itemsIndustryDetails[0]/1262',
  ],
  ['more than a TLV holds', [{ tag: 3000, value: new Uint8Array(70_000) }], 'TLV_TOO_LONG', 'receipt/3000'],
];

describe('values that do not fit', () => {
  it.each(badValues)('%s', (_, list, code, path) => {
    expect(() => encodeTags(list, { document: 3, ffdVersion: '1.2' })).toThrow(
      expect.objectContaining({ code, path }),
    );
  });
});

describe('characters outside CP866', () => {
  it('are replaced and reported with their path', () => {
    const replaced: TagReplacement[] = [];
    const bytes = encodeTags([{ tag: 1059, value: [{ tag: 1030, value: '«А» — 5 ₽' }] }], {
      document: 3,
      ffdVersion: '1.2',
      onReplaced: (one) => replaced.push(one),
    });
    expect(decodeTags(bytes, modern)).toEqual([{ tag: 1059, value: [{ tag: 1030, value: '"А" - 5 руб.' }] }]);
    expect(replaced.map((one) => `${one.path} ${one.position} ${one.character}>${one.replacement}`)).toEqual([
      'receipt/items[0]/1030 0 «>"',
      'receipt/items[0]/1030 2 »>"',
      'receipt/items[0]/1030 4 —>-',
      'receipt/items[0]/1030 8 ₽>руб.',
    ]);
  });

  it('are refused on demand', () => {
    expect(() => encodeTags([{ tag: 1030, value: 'А—' }], { ...modern, unmappable: 'refuse' })).toThrow(
      expect.objectContaining({ code: 'TAG_VALUE', path: '1030', position: 1 }),
    );
  });

  it('count as long as what replaces them', () => {
    expect(() => encodeTags([{ tag: 1030, value: '₽'.repeat(40) }], modern)).toThrow(
      expect.objectContaining({ code: 'TAG_LENGTH' }),
    );
  });
});

describe('reused numbers', () => {
  it('are old in a receipt without a version and new beside 1209', () => {
    const old = decodeTags(fromHex('5b040300 617263'), { document: 3 });
    expect(old[0]?.value).toBe('arc');
    const current = decodeTags(fromHex('5b040900 5f0405006004010005 b904010004'), { document: 3 });
    expect(current[0]?.value).toEqual([{ tag: 1119, value: [{ tag: 1120, value: 5 }] }]);
  });

  it('are new where no document has a version, and in bare lists', () => {
    expect(decodeTags(fromHex('f303010003'), { document: 82 })[0]?.value).toBe(3);
    expect(decodeTags(fromHex('5b040000'))[0]?.value).toEqual([]);
  });
});

describe('bare TLV', () => {
  it('splits and joins', () => {
    const bytes = fromHex('37040200c409d2ff000006040100ff');
    const elements = splitTlv(bytes);
    expect(elements.map(({ tag, offset, value }) => [tag, offset, toHex(value)])).toEqual([
      [1079, 0, 'c409'],
      [65490, 6, ''],
      [1030, 10, 'ff'],
    ]);
    expect(toHex(joinTlv(elements))).toBe(toHex(bytes));
  });

  it.each([
    ['370402', 0],
    ['37040200c409370402', 6],
    ['37040300c409', 0],
  ])('refuses %s', (hex, position) => {
    expect(() => splitTlv(fromHex(hex))).toThrow(
      expect.objectContaining({ code: 'TLV_TRUNCATED', position }),
    );
  });

  it('refuses to join what no TLV holds', () => {
    expect(() => joinTlv([{ tag: -1, value: new Uint8Array() }])).toThrow(
      expect.objectContaining({ code: 'TAG_VALUE' }),
    );
    expect(() => joinTlv([{ tag: 1, value: new Uint8Array(65_536) }])).toThrow(
      expect.objectContaining({ code: 'TLV_TOO_LONG' }),
    );
  });
});

describe('times', () => {
  const seconds = (text: string) => {
    const bytes = encodeTags([{ tag: 1012, value: text }]);
    return new DataView(bytes.buffer).getUint32(4, true);
  };

  it('of every day from 1970 to 2105 are those of the calendar', () => {
    for (let day = 0; day < 49_710; day += 1) {
      const moment = day * 86_400 + ((day * 7919) % 86_400);
      const text = new Date(moment * 1000).toISOString().slice(0, 19);
      if (seconds(text) !== moment) expect(seconds(text), text).toBe(moment);
    }
    expect(seconds('2026-11-22T14:05')).toBe(Date.UTC(2026, 10, 22, 14, 5) / 1000);
  });

  it.each([
    '2026-02-29T00:00',
    '2026-13-01T00:00',
    '2026-00-01T00:00',
    '2026-01-00T00:00',
    '2026-01-01T24:00',
    '2026-01-01T00:60',
    '2026-01-01T00:00:60',
    '2026-01-01T00:00:0',
    '2026-01-01 00:00',
    '2026/01/01T00:00',
    '2026-01-01T00-00',
    '20:6-01-01T00:00',
  ])('refuses %s', (text) => {
    expect(() => seconds(text)).toThrow(expect.objectContaining({ code: 'TAG_VALUE', path: '1012' }));
  });
});

describe('encoding inside encoding', () => {
  it('keeps both apart', () => {
    const inner: string[] = [];
    const outer = encodeTags(
      [
        { tag: 1009, value: 'Адрес ☃' },
        { tag: 1037, value: '0000000001036066' },
      ],
      {
        onReplaced: () => inner.push(toHex(encodeTags([{ tag: 1040, value: 7 }]))),
      },
    );
    expect(inner).toEqual(['1004040007000000']);
    expect(decodeTags(outer)).toEqual([
      { tag: 1009, value: 'Адрес ?' },
      { tag: 1037, value: '0000000001036066' },
    ]);
  });

  it('goes on after a fault, and after more than one buffer holds', () => {
    expect(() => encodeTags([{ tag: 1040, value: -1 }])).toThrow(
      expect.objectContaining({ code: 'TAG_VALUE' }),
    );
    const long = Array.from({ length: 600 }, () => ({ tag: 1009, value: 'Я'.repeat(250) }));
    expect(encodeTags(long)).toHaveLength(600 * 254);
    expect(encodeTags([{ tag: 1040, value: 7 }])).toHaveLength(8);
  });
});
