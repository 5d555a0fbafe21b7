import { concatBytes, fromHex, toHex } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../test/support/sale.js';
import { decodeDocument, encodeDocument, fiscalDocument, recogniseFiscalBytes } from './document.js';
import { inspectTlv } from './inspect.js';
import { documentToJson } from './json.js';
import { encodeReceipt } from './receipt-codec.js';
import { tagList, tagValues } from './tag-list.js';
import type { TagFields } from './tags/fields.js';
import { encodeTags } from './tags.js';

const receipt = encodeReceipt(certificateSale, register);
const messageSign = fromHex('81060b96f07a4730');

describe('documents', () => {
  it.each([
    ['nothing', '', 'TLV_TRUNCATED'],
    ['half a header', '0300', 'TLV_TRUNCATED'],
    ['an outer tag that is no form code', '04040000', 'NOT_A_DOCUMENT'],
    ['a length past the end', '03000100', 'TLV_TRUNCATED'],
    ['bytes after the document', '0300000000', 'TLV_TRAILING'],
  ])('refuse %s', (_, hex, code) => {
    expect(() => decodeDocument(fromHex(hex))).toThrow(
      expect.objectContaining({ code, path: expect.any(String) }),
    );
  });

  it('tell their version', () => {
    const version = (code: 1 | 3 | 7, fiscalDocumentFormatVer?: number) =>
      fiscalDocument(code, { fiscalDocumentFormatVer }).ffdVersion;
    expect([version(3, 4), version(3, 3), version(3, 2), version(3, 1), version(3), version(7)]).toEqual([
      '1.2',
      '1.1',
      '1.05',
      '1.0',
      '1.0',
      undefined,
    ]);
    expect(version(1, 77)).toBeUndefined();
  });
});

describe('requisites by name', () => {
  it('nest, repeat and take numbers for names', () => {
    const list = tagList(
      {
        items: [{ name: 'А', 1079: 5 }, { name: 'Б' }],
        properties: { propertyName: 'x', propertyValue: 'y' },
        buyer: undefined,
      },
      { document: 3 },
    );
    expect(list).toEqual([
      {
        tag: 1059,
        value: [
          { tag: 1079, value: 5 },
          { tag: 1030, value: 'А' },
        ],
      },
      { tag: 1059, value: [{ tag: 1030, value: 'Б' }] },
      {
        tag: 1084,
        value: [
          { tag: 1085, value: 'x' },
          { tag: 1086, value: 'y' },
        ],
      },
    ]);
    expect(tagValues(list, 1059)).toHaveLength(2);
  });

  it('refuse a name that nothing has', () => {
    const fields = { items: [{}, { prize: 5 }] } as unknown as TagFields;
    expect(() => tagList(fields, { document: 3 })).toThrow(
      expect.objectContaining({ code: 'TAG_NAME', path: 'items[1]/prize' }),
    );
  });
});

describe('recogniseFiscalBytes', () => {
  const header = new Uint8Array(28).fill(0x11);
  it.each([
    ['document', receipt, 0, undefined],
    ['document', concatBytes(receipt, messageSign), 0, '81060b96f07a4730'],
    ['document', concatBytes(receipt, messageSign, new Uint8Array(2)), 0, '81060b96f07a4730'],
    ['tax-service', concatBytes(fromHex('ffff001c'), header, receipt, messageSign), 32, '81060b96f07a4730'],
    ['tax-service', concatBytes(fromHex('ffff001c'), header, receipt), 32, undefined],
    ['tags', receipt.subarray(4), 0, undefined],
  ])('%s', (kind, bytes, prefix, sign) => {
    const found = recogniseFiscalBytes(bytes);
    expect(found?.kind).toBe(kind);
    expect(found?.prefix).toHaveLength(prefix);
    expect(found?.messageSign && toHex(found.messageSign)).toBe(sign);
    expect(toHex(found?.body ?? new Uint8Array())).toBe(
      toHex(kind === 'tags' ? receipt.subarray(4) : receipt),
    );
    if (found) expect(toHex(concatBytes(found.prefix, found.body, found.suffix))).toBe(toHex(bytes));
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['text', Uint8Array.from('hello, world', (character) => character.charCodeAt(0))],
    ['a session header', fromHex('2a08410a81a20105393939393037383930303030313233340000')],
    ['a document cut short', receipt.subarray(0, -1)],
    ['a document with something else after it', concatBytes(receipt, Uint8Array.of(1, 2, 3))],
    ['a list cut short', receipt.subarray(4, -1)],
    ['a prefix with no document', concatBytes(fromHex('ffff001c'), header, fromHex('0604000000'))],
  ])('not %s', (_, bytes) => {
    expect(recogniseFiscalBytes(bytes)).toBeUndefined();
  });
});

describe('documentToJson', () => {
  it('writes flags as 0 and 1, long numbers and unknown bytes as text', () => {
    const document = fiscalDocument(1, {
      autoMode: false,
      offlineMode: true,
      9999: Uint8Array.of(0xab),
      fiscalDocumentFormatVer: 4,
    });
    expect(documentToJson(document, { messageSign })).toEqual({
      code: 1,
      9999: 'ab',
      autoMode: 0,
      offlineMode: 1,
      fiscalDocumentFormatVer: 4,
      messageFiscalSign: '9297131223660513072',
    });
  });

  it('keeps duplicates, and quantities that no double holds', () => {
    const tags = [
      { tag: 1054, value: 1 },
      { tag: 1054, value: 2 },
      { tag: 1054, value: 3 },
      {
        tag: 1059,
        value: [
          { tag: 1023, value: '123456789012345.67' },
          { tag: 1293, value: 2n ** 60n },
        ],
      },
    ];
    expect(documentToJson({ code: 3, name: 'receipt', ffdVersion: '1.2', tags })).toEqual({
      code: 3,
      operationType: [1, 2, 3],
      items: [{ quantity: '123456789012345.67', numerator: '1152921504606846976' }],
    });
  });
});

describe('inspectTlv', () => {
  it('goes into a document that was cut, as far as its members are there', () => {
    const rows = inspectTlv(receipt.subarray(0, 60));
    expect(rows[0]).toMatchObject({
      tag: 3,
      raw: '',
      fault: `${receipt.length - 4} bytes said, 56 are left`,
    });
    expect(rows[1]).toMatchObject({ depth: 1, tag: 1041, value: '9999078900001234' });
    expect(rows.at(-1)?.fault).toBeDefined();
  });

  it('explains every element with its offset', () => {
    const rows = inspectTlv(receipt);
    expect(rows[0]).toMatchObject({
      offset: 0,
      depth: 0,
      tag: 3,
      title: 'Кассовый чек',
      length: receipt.length - 4,
    });
    expect(rows[1]).toMatchObject({
      offset: 4,
      depth: 1,
      tag: 1041,
      name: 'fiscalDriveNumber',
      kind: 'string',
      value: '9999078900001234',
    });
    expect(rows.find((row) => row.tag === 1120)).toMatchObject({ depth: 3, value: 198, raw: 'c6' });
    expect(rows.find((row) => row.tag === 1054)).toMatchObject({ value: 1, meaning: 'ПРИХОД' });
    expect(rows.every((row) => row.fault === undefined)).toBe(true);
  });

  it('goes on after what does not fit, and says what is left', () => {
    const bytes = fromHex('1e0402000101 0f270100aa 37040100ff 3704');
    expect(inspectTlv(bytes).map(({ tag, value, fault, raw }) => ({ tag, value, fault, raw }))).toEqual([
      { tag: 1054, value: undefined, fault: '1054: 2 bytes where there are always 1', raw: '0101' },
      { tag: 9999, value: undefined, fault: undefined, raw: 'aa' },
      { tag: 1079, value: 255, fault: undefined, raw: 'ff' },
      { tag: 0, value: undefined, fault: 'a TLV header has 4 bytes', raw: '3704' },
    ]);
    expect(inspectTlv(fromHex('37040500c409'))[0]).toMatchObject({
      fault: '5 bytes said, 2 are left',
      raw: 'c409',
    });
  });

  it('reads old documents with the old meaning of numbers', () => {
    const old = encodeDocument(fiscalDocument(3, { 1115: 'arc' }));
    expect(inspectTlv(old)[1]).toMatchObject({ tag: 1115, kind: 'string', value: 'arc' });
    const bare = encodeTags([{ tag: 1115, value: [] }]);
    expect(inspectTlv(bare)[0]).toMatchObject({ tag: 1115, kind: 'stlv' });
  });
});
