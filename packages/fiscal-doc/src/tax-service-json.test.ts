import { fromHex } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../test/support/sale.js';
import { decodeDocument, encodeDocument, fiscalDocument } from './document.js';
import { documentToJson, type JsonValue } from './json.js';
import { encodeReceipt, receiptOfDocument } from './receipt-codec.js';
import { compareWithJson, documentFromJson, documentToJsonText, parseExactJson } from './tax-service-json.js';

const sale = decodeDocument(encodeReceipt(certificateSale, register));
const messageSign = fromHex('81060b96f07a4730');

describe('exact JSON', () => {
  it('keeps the digits of long numbers and leaves texts alone', () => {
    expect(
      parseExactJson(
        '{"messageFiscalSign": 9297131223660513072, "a": [1, -2.5, 9007199254740991], "t": "9297131223660513072 \\" 1"}',
      ),
    ).toEqual({
      messageFiscalSign: '9297131223660513072',
      a: [1, -2.5, 9_007_199_254_740_991],
      t: '9297131223660513072 " 1',
    });
  });

  it('writes the message sign as a bare number', () => {
    const text = documentToJsonText(sale, { messageSign });
    expect(text).toContain('"messageFiscalSign":9297131223660513072}');
    expect(documentFromJson(parseExactJson(text)).messageFiscalSign).toBe('9297131223660513072');
    expect(documentToJsonText(sale, { messageSign, indent: 2 })).toContain(
      '"messageFiscalSign": 9297131223660513072\n',
    );
  });

  it.each(['{', '', 'nonsense'])('refuses %j', (text) => {
    expect(() => parseExactJson(text)).toThrow(expect.objectContaining({ code: 'TAG_VALUE', path: 'json' }));
  });

  it('refuses a text full of quotation marks without an end in no time', () => {
    const before = performance.now();
    expect(() => parseExactJson('\\"'.repeat(1_900_000))).toThrow(
      expect.objectContaining({ code: 'TAG_VALUE', path: 'json' }),
    );
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it.each([
    ['around the document', '', ''],
    ['in a member', '{"code":3,"items":', '}'],
    ['in a number', '{"code":3,"totalSum":', '}'],
  ])('refuses lists in lists %s', (_, before, after) => {
    const json = parseExactJson(`${before}${'['.repeat(50_000)}${']'.repeat(50_000)}${after}`);
    expect(() => documentFromJson(json)).toThrow(
      expect.objectContaining({ path: expect.stringMatching(/^(json|receipt\/)/) }),
    );
  });

  it('refuses a text without end', () => {
    expect(() => parseExactJson(' '.repeat(4_000_001))).toThrow(
      expect.objectContaining({ code: 'TAG_VALUE' }),
    );
  });
});

describe('a document from JSON', () => {
  it('is the document again', () => {
    const back = documentFromJson(documentToJson(sale));
    expect(back).toEqual({ document: sale, ignored: [], messageFiscalSign: undefined, rawData: undefined });
    expect(encodeDocument(back.document)).toEqual(encodeDocument(sale));
  });

  // The shape of answers that the tax service published, with made-up content.
  const answer = {
    document: {
      receipt: {
        receiptCode: 3,
        rawData: 'AwAA',
        messageFiscalSign: '9297131223660513072',
        kktRegId: '0000000001036066    ',
        userInn: '7700000009  ',
        user: '',
        operator: null,
        fiscalDriveNumber: '9999078900001234',
        fiscalDocumentNumber: 5,
        fiscalSign: 42,
        dateTime: 1_436_418_698,
        taxationType: 1,
        appliedTaxationType: 1,
        operationType: 1,
        senderAddress: 'shop@example.org',
        stornoItems: [],
        items: [
          {
            name: 'Вода',
            quantity: 0.25,
            price: 100,
            sum: 25,
            nds: 1,
            productCodeNew: {
              gs1m: { gtin: '04600439931256', rawProductCode: '0104600439931256215abc', productIdType: 6 },
            },
            productCodeDataError: 'remark',
          },
        ],
        properties: [{ propertyName: 'a', propertyValue: 'b' }],
        totalSum: 25,
        cashTotalSum: 25,
      },
    },
  } satisfies JsonValue;

  it('is read through wrappers, old names, empty members and times in seconds', () => {
    const { document, ignored, rawData } = documentFromJson([{ ticket: answer }]);
    expect(ignored).toEqual(['receipt/taxationType', 'receipt/items[0]/productCodeDataError']);
    expect(rawData).toBe('AwAA');
    expect(documentToJson(document)).toEqual({
      code: 3,
      kktRegId: '0000000001036066',
      userInn: '7700000009',
      fiscalDriveNumber: '9999078900001234',
      fiscalDocumentNumber: 5,
      fiscalSign: 42,
      dateTime: '2015-07-09T05:11:38',
      appliedTaxationType: 1,
      operationType: 1,
      sellerAddress: 'shop@example.org',
      items: [
        {
          name: 'Вода',
          quantity: 0.25,
          price: 100,
          sum: 25,
          nds: 1,
          productCodeNew: { gs1m: '0104600439931256215abc' },
        },
      ],
      properties: { propertyName: 'a', propertyValue: 'b' },
      totalSum: 25,
      cashTotalSum: 25,
    });
    expect(receiptOfDocument(document).receipt).toMatchObject({
      payments: { cash: 25 },
      lines: [{ quantity: '0.25', vat: '20' }],
    });
  });

  it('takes unknown tags by number, and its form from the caller', () => {
    const { document } = documentFromJson({ 9999: 'ab01', 1054: 2 }, { code: 31 });
    expect(document).toMatchObject({
      code: 31,
      tags: [
        { tag: 1054, value: 2 },
        { tag: 9999, value: Uint8Array.of(0xab, 1) },
      ],
    });
  });

  it.each([
    ['no form', {}, 'NOT_A_DOCUMENT', 'json/code'],
    ['a form that does not exist', { code: 99 }, 'NOT_A_DOCUMENT', 'json/code'],
    ['a text', 'x', 'NOT_A_DOCUMENT', 'json'],
    ['several documents', [{ code: 3 }, { code: 3 }], 'NOT_A_DOCUMENT', 'json'],
    ['a fraction of a kopeck', { code: 3, totalSum: 0.5 }, 'TAG_VALUE', 'receipt/totalSum'],
    ['a text for a sum', { code: 3, items: [{}, { sum: 'x' }] }, 'TAG_VALUE', 'receipt/items[1]/sum'],
    ['a list for a text', { code: 3, user: {} }, 'TAG_VALUE', 'receipt/user'],
    ['a text for an object', { code: 3, items: ['x'] }, 'TAG_VALUE', 'receipt/items[0]'],
    ['a time that is none', { code: 3, dateTime: 'yesterday' }, 'TAG_VALUE', 'receipt/dateTime'],
    ['hex that is none', { code: 3, 9999: 'zz' }, 'TAG_VALUE', 'receipt/9999'],
    [
      'a quantity that is not exact',
      { code: 3, items: [{ quantity: 1e21 }] },
      'TAG_VALUE',
      'receipt/items[0]/quantity',
    ],
    ['a negative quantity', { code: 3, items: [{ quantity: -1 }] }, 'TAG_VALUE', 'receipt/items[0]/quantity'],
  ])('refuses %s', (_, json, code, path) => {
    expect(() => documentFromJson(json as JsonValue)).toThrow(expect.objectContaining({ code, path }));
  });

  it('writes small quantities without exponents', () => {
    const { document } = documentFromJson({ code: 3, items: [{ quantity: 1e-7 }] });
    expect(document.tags).toEqual([{ tag: 1059, value: [{ tag: 1023, value: '0.0000001' }] }]);
  });

  it('never fails in another way', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        try {
          documentFromJson({ code: 3, ...(json as object) } as JsonValue);
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(TAG_VALUE|NOT_A_DOCUMENT|TLV_TOO_DEEP|BAD_FISCAL_SIGN)$/),
          });
        }
      }),
    );
  });
});

describe('compareWithJson', () => {
  const json = documentToJson(sale) as Record<string, JsonValue>;

  it('finds nothing between a document and its own JSON, nor in what only one has', () => {
    expect(compareWithJson(sale, json)).toEqual([]);
    expect(compareWithJson(sale, { code: 3, remark: 'x', userInn: '7700000009  ' })).toEqual([]);
  });

  it('reports what differs, and times that are shifted by a zone', () => {
    expect(
      compareWithJson(sale, {
        ...json,
        totalSum: 1,
        dateTime: '2026-11-22T11:05:00',
        items: [(json.items as JsonValue[])[0] as JsonValue],
      }),
    ).toEqual([
      { path: 'receipt/dateTime', document: '2026-11-22T14:05:00', json: '2026-11-22T11:05:00', hours: -3 },
      { path: 'receipt/totalSum', document: 1_251_099, json: 1 },
      { path: 'receipt/items', document: 3, json: 1 },
    ]);
    expect(compareWithJson(sale, { ...json, dateTime: '2026-11-22T11:06:00' })[0]).not.toHaveProperty(
      'hours',
    );
  });

  it('works for every form', () => {
    const report = fiscalDocument(5, { shiftNumber: 3, documentsQuantity: 4, fiscalDocumentFormatVer: 4 });
    expect(compareWithJson(report, { closeShift: { shiftNumber: 4 } })).toEqual([
      { path: 'closeShift/shiftNumber', document: 3, json: 4 },
    ]);
  });
});
