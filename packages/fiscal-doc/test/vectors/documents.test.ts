import { readFileSync } from 'node:fs';
import { fromHex, toHex } from '@elcert/core';
import {
  decodeDocument,
  decodeReceipt,
  documentToJson,
  encodeDocument,
  encodeReceipt,
  fiscalDocument,
  fiscalSignBytes,
  kktRegistrationNumberCheck,
  type Receipt,
  type RegisterContext,
} from '@elcert/fiscal-doc';
import { describe, expect, it } from 'vitest';

// ffd.json was made by make-vectors.py beside it, which knows nothing of this package.
const vectors = JSON.parse(readFileSync(new URL('./ffd.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;
const bytes = (name: string) => fromHex(vectors[name] ?? '');

const receipt: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [
    {
      name: 'Трость опорная',
      price: 150_000,
      quantity: '1',
      amount: 150_000,
      unit: 'piece',
      vat: '10',
      method: 'full',
      subject: 'goods',
    },
    {
      name: 'Пакет № 5',
      price: 1099,
      quantity: '2.000',
      amount: 2198,
      unit: 'piece',
      vat: '22',
      method: 'full',
      subject: 'goods',
    },
  ],
  payments: { electronic: 152_198 },
  cashier: { name: 'Иванова А. А.' },
  dateTime: '2026-11-22T14:05:00',
};

const context: RegisterContext = {
  fiscalDriveNumber: '9999078900001234',
  fiscalDocumentNumber: 12,
  fiscalSign: fiscalSignBytes('3153580303'),
  dateTime: '2026-11-22T14:05',
  shiftNumber: 1,
  receiptNumber: 3,
  kktRegistrationNumber: '0000000001045782',
  userInn: '7700000009',
  address: '101000, г. Москва, ул. Мясницкая, д. 1',
  place: 'Ортосалон',
};

describe('a receipt built by Python', () => {
  it('is what the encoder writes', () => {
    expect(toHex(encodeReceipt(receipt, context))).toBe(vectors.receipt);
  });

  it('is read back whole', () => {
    const read = decodeReceipt(bytes('receipt'));
    expect(read.receipt).toEqual(receipt);
    expect(read.facts).toMatchObject({
      documentCode: 3,
      ffdVersion: '1.2',
      fiscalDocumentNumber: 12,
      fiscalSign: '3153580303',
      receiptNumber: 3,
      totalSum: 152_198,
      userInn: '7700000009',
      vat: [
        { rate: '22', base: 2198, vat: 396 },
        { rate: '10', base: 150_000, vat: 13_636 },
      ],
    });
  });

  it('is written back as it was', () => {
    expect(toHex(encodeDocument(decodeDocument(bytes('receipt'))))).toBe(vectors.receipt);
  });

  it('has the names of the tax service in JSON', () => {
    expect(documentToJson(decodeDocument(bytes('receipt')))).toMatchObject({
      code: 3,
      fiscalSign: 3_153_580_303,
      dateTime: '2026-11-22T14:05:00',
      items: [
        { name: 'Трость опорная', quantity: 1, nds: 2 },
        { quantity: 2, itemsQuantityMeasure: 0 },
      ],
      amountsReceiptNds: { amountsNds: [{ nds: 11, ndsSum: 396 }] },
    });
  });
});

describe('other documents built by Python', () => {
  it('the shift report comes from names', () => {
    const document = fiscalDocument(2, {
      fiscalDriveNumber: '9999078900001234',
      shiftNumber: 7,
      fiscalDocumentFormatVer: 4,
    });
    expect(toHex(encodeDocument(document))).toBe(vectors.openShift);
    expect(decodeDocument(bytes('openShift'))).toEqual(document);
  });

  it("the operator's confirmation comes from names, though it has no version of its own", () => {
    const document = fiscalDocument(7, {
      ofdInn: '7704358518',
      fiscalDriveNumber: '9999078900001234',
      fiscalDocumentNumber: 12,
      dateTime: '2026-11-22T14:05:30',
      operatorMessage: 0x42,
      operatorFiscalSign: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7),
    });
    expect(document.ffdVersion).toBeUndefined();
    expect(toHex(encodeDocument(document))).toBe(vectors.operatorAck);
    expect(decodeDocument(bytes('operatorAck'))).toEqual(document);
  });

  it('the check digits of a registration number', () => {
    expect(
      kktRegistrationNumberCheck({ number: '1', inn: '7700000009', kktSerialNumber: '00012345678901' }),
    ).toBe(vectors.registrationCheck);
  });
});
