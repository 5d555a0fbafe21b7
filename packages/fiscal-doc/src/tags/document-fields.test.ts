import { describe, expect, expectTypeOf, it } from 'vitest';
import { decodeDocument, encodeDocument, fiscalDocument } from '../document.js';
import { validateDocument } from '../rules/index.js';
import { fiscalSignBytes } from '../signs.js';
import type {
  DocumentFields,
  MarkingCodeAnswer12,
  OpenShift12,
  OperatorAck105,
  Receipt11,
  Receipt12,
  Receipt105,
  ReceiptItem11,
  ReceiptItem12,
  ReceiptItem105,
} from './document-fields.js';
import type { TagFields } from './fields.js';

const opened: OpenShift12 = {
  userInn: '7700000009',
  fiscalDriveNumber: '9999078900001234',
  kktRegId: '0000000001036066',
  dateTime: '2026-11-22T08:00:00',
  shiftNumber: 3,
  fiscalDocumentNumber: 11,
  fiscalSign: fiscalSignBytes('3153580303'),
  kktVersion: '001',
  documentKktVersion: 4,
  fiscalDocumentFormatVer: 4,
};

describe('types of documents', () => {
  it('hold a document that the rules accept', () => {
    const document = fiscalDocument(2, opened);
    expect(validateDocument(document)).toEqual([]);
    expect(decodeDocument(encodeDocument(document)).ffdVersion).toBe('1.2');
  });

  it('ask for what is mandatory and for nothing else', () => {
    expectTypeOf<Omit<Receipt12, 'fiscalSign'>>().not.toExtend<Receipt12>();
    // @ts-expect-error a shift is opened with a number
    const numberless: OpenShift12 = { ...opened, shiftNumber: undefined };
    expect(numberless.shiftNumber).toBeUndefined();
    expectTypeOf<Receipt12['totalSum']>().toEqualTypeOf<number | bigint>();
    expectTypeOf<Receipt12['operator']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Receipt12['fiscalDocumentFormatVer']>().toEqualTypeOf<4>();
    expectTypeOf<Receipt105['fiscalDocumentFormatVer']>().toEqualTypeOf<2>();
  });

  it('know what stands on paper only, and what other versions have', () => {
    // 1000, 1196 and 2115 are printed; a marking code travels in 1162 until 1.1 and in 1163 from 1.2 on.
    expectTypeOf<ReceiptItem12>().not.toHaveProperty('controlCode');
    expectTypeOf<ReceiptItem12>().toHaveProperty('productCodeNew');
    expectTypeOf<ReceiptItem12>().not.toHaveProperty('productCode');
    expectTypeOf<ReceiptItem11>().toHaveProperty('productCode');
    expectTypeOf<ReceiptItem105['productType']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<ReceiptItem11['productType']>().toEqualTypeOf<number>();
    expectTypeOf<Receipt11>().not.toHaveProperty('operationalDetails');
  });

  it('go down into requisites inside requisites', () => {
    expectTypeOf<Receipt12['items']>().toEqualTypeOf<ReceiptItem12 | readonly ReceiptItem12[]>();
    expectTypeOf<MarkingCodeAnswer12['requestDateTime']>().toEqualTypeOf<string>();
    expectTypeOf<OperatorAck105['fiscalDriveNumber']>().toEqualTypeOf<string>();
  });

  it('give a reused number its meaning of the version', () => {
    expectTypeOf<DocumentFields<'1.0', 3>>().toHaveProperty('addressToCheckFiscalSign');
    expectTypeOf<Receipt12>().not.toHaveProperty('addressToCheckFiscalSign');
  });

  it('are all lists of requisites by name', () => {
    const fields: readonly TagFields[] = [
      {} as Receipt12,
      {} as Receipt11,
      {} as DocumentFields<'1.05', 1>,
      {} as DocumentFields<'1.1', 21>,
    ];
    expect(fields).toHaveLength(4);
  });
});
