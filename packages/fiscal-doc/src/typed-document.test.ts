import { describe, expect, expectTypeOf, it } from 'vitest';
import { certificateSale, register } from '../test/support/sale.js';
import { decodeDocument, documentCodes, documentFromTags, encodeDocument } from './document.js';
import { encodeReceipt } from './receipt-codec.js';
import { validateDocument } from './rules/index.js';
import { fiscalSignBytes } from './signs.js';
import { compositionOf } from './tags/composition.js';
import { buildDocument, documentView } from './typed-document.js';

const sale = decodeDocument(encodeReceipt(certificateSale, register));

const opened = {
  userInn: '7700000009',
  fiscalDriveNumber: '9999078900001234',
  kktRegId: '0000000001036066',
  dateTime: '2026-11-22T08:00:00',
  shiftNumber: 3,
  fiscalDocumentNumber: 11,
  fiscalSign: fiscalSignBytes('3153580303'),
  kktVersion: '001',
  documentKktVersion: 4,
};

describe('buildDocument', () => {
  it('makes a document that the rules accept, and says its version', () => {
    const document = buildDocument('1.2', 2, { ...opened, operator: 'Иванова А. А.' });
    expect(document.ffdVersion).toBe('1.2');
    expect(validateDocument(document)).toEqual([]);
    const ack = buildDocument('1.05', 7, {
      ofdInn: '7704358518',
      fiscalDriveNumber: '9999078900001234',
      fiscalDocumentNumber: 5,
      dateTime: '2026-11-22T09:00',
      operatorFiscalSign: new Uint8Array(16),
    });
    expect(validateDocument(ack, { ffdVersion: '1.05' })).toEqual([]);
  });

  it('refuses names that the form lacks, and forms that the version lacks', () => {
    // @ts-expect-error a shift is not opened with a total
    buildDocument('1.2', 2, { ...opened, totalSum: 5 });
    // @ts-expect-error a shift is opened with a number
    buildDocument('1.2', 2, { ...opened, shiftNumber: undefined });
    expect(() => buildDocument('1.05', 81, {} as never)).toThrow(
      expect.objectContaining({ code: 'NOT_A_DOCUMENT' }),
    );
  });
});

describe('documentView', () => {
  it('shows a receipt by names, repeated requisites as arrays', () => {
    const view = documentView(sale, '1.2', 3);
    expectTypeOf(view.items).toExtend<readonly unknown[]>();
    expectTypeOf(view.totalSum).toEqualTypeOf<number | bigint>();
    expectTypeOf(view.items[0]?.name).toEqualTypeOf<string | undefined>();
    expect(view.items.map(({ name }) => name)).toEqual(certificateSale.lines.map(({ name }) => name));
    expect(view.totalSum).toBe(1_251_099);
    expect(view.amountsReceiptNds?.amountsNds).toEqual([{ nds: 11, ndsSum: 198 }]);
  });

  it('is the way back of buildDocument', () => {
    const { fiscalDocumentFormatVer: _version, ...parts } = documentView(sale, '1.2', 3);
    const again = buildDocument('1.2', 3, parts);
    const order = (tags: typeof sale.tags) => [...tags].sort((a, b) => a.tag - b.tag);
    expect(order(again.tags)).toEqual(order(sale.tags));
    const document = buildDocument('1.2', 2, opened);
    const { fiscalDocumentFormatVer: __version, ...same } = documentView(document, '1.2', 2);
    expect(encodeDocument(buildDocument('1.2', 2, same))).toEqual(encodeDocument(document));
  });

  it('keeps what it does not know under its number', () => {
    const document = documentFromTags(3, [
      ...sale.tags,
      { tag: 9999, value: Uint8Array.of(1) },
      { tag: 1201, value: 7 },
    ]);
    expect(documentView(document, '1.2', 3)).toMatchObject({
      9999: Uint8Array.of(1),
      1201: 7,
      totalSum: 1_251_099,
    });
  });

  it('refuses what its type would not hold', () => {
    expect(() => documentView(sale, '1.05', 3)).toThrow(expect.objectContaining({ code: 'NOT_A_DOCUMENT' }));
    expect(() => documentView(sale, '1.2', 31)).toThrow(expect.objectContaining({ code: 'NOT_A_DOCUMENT' }));
    const poor = documentFromTags(
      3,
      sale.tags.filter(({ tag }) => tag !== 1042),
    );
    expect(() => documentView(poor, '1.2', 3)).toThrow(
      expect.objectContaining({ code: 'TAG_MISSING', path: 'receipt/1042' }),
    );
    const line = sale.tags.find(({ tag }) => tag === 1059);
    const unpriced = documentFromTags(
      3,
      sale.tags.map((entry) =>
        entry === line && Array.isArray(entry.value)
          ? { tag: 1059, value: entry.value.filter(({ tag }) => tag !== 1079) }
          : entry,
      ),
    );
    expect(() => documentView(unpriced, '1.2', 3)).toThrow(
      expect.objectContaining({ code: 'TAG_MISSING', path: 'receipt/items[0]/1079' }),
    );
    const twice = documentFromTags(3, [...sale.tags, { tag: 1054, value: 1 }]);
    expect(() => documentView(twice, '1.2', 3)).toThrow(
      expect.objectContaining({ code: 'TAG_VALUE', path: 'receipt/1054' }),
    );
  });

  it('knows every form of every version', () => {
    for (const version of ['1.0', '1.05', '1.1', '1.2'] as const)
      for (const code of documentCodes) {
        const known = compositionOf(version, code) !== undefined;
        const empty = documentFromTags(code, []);
        // An empty document lacks something, or the version lacks the form.
        const expected =
          known && (empty.ffdVersion ?? version) === version ? 'TAG_MISSING' : 'NOT_A_DOCUMENT';
        expect(() => documentView(empty, version, code)).toThrow(expect.objectContaining({ code: expected }));
      }
  });
});
