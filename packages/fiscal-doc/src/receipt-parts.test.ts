import { encodeCp866, fromHex, toHex } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../test/support/sale.js';
import { type CertificateTags, certificateTags } from './certificate-tags.js';
import { decodeDocument } from './document.js';
import { productCodeOfBytes } from './product-code-bytes.js';
import type { ProductCode, Receipt, ReceiptLine } from './receipt.js';
import { decodeReceipt, encodeReceipt } from './receipt-codec.js';
import { validateDocument } from './rules/index.js';
import { bytesOf, listOf, listsOf, numberOf, textOf } from './tag-list.js';

const [first, second, third] = certificateSale.lines as readonly [ReceiptLine, ReceiptLine, ReceiptLine];

/** Every rarer requisite at once. */
const rich: Receipt = {
  ...certificateSale,
  lines: [
    {
      ...first,
      amount: 150_000,
      subject: 'markedWithCode',
      productCode: { kind: 'gs1m', value: '0104600439931256215abcdef' },
      markingCheck: 15,
      excise: 100,
      countryCode: '643',
      customsDeclaration: '10702020/060520/0013422',
      additional: 'серия 5',
      industry: [{ body: '030', date: '2023-11-21', number: '1944', value: 'UUID=1&Time=2' }],
    },
    {
      ...second,
      amount: 1_100_000,
      agent: 'bankPayingAgent',
      agentData: {
        operation: 'Перевод',
        transferOperatorPhones: ['+74950000001', '+74950000002'],
        transferOperatorName: 'Оператор',
        transferOperatorAddress: 'Москва',
        transferOperatorInn: '7707083893',
      },
      supplier: { inn: '7704358518', name: 'Поставщик', phones: ['+74950000003'] },
    },
    {
      ...third,
      amount: 1099,
      supplier: { name: 'Иностранный поставщик', phones: ['+375290000000'] },
      agent: 'other',
    },
  ],
  buyer: {
    name: 'Петров П. П.',
    inn: '500100732259',
    birthday: '1980-02-29',
    citizenship: '643',
    documentCode: '21',
    documentData: '4500 000000',
    address: 'Тверь',
  },
  internet: true,
  property: { name: 'Заказ', value: '15' },
  additional: 'акция',
  industry: [{ body: '012', date: '2024-01-01', number: '1', value: 'x' }],
  operation: { id: 1, data: 'y', dateTime: '2026-11-22T14:00:00' },
};

describe('a receipt with everything', () => {
  const bytes = encodeReceipt(rich, { ...register, markingResult: true });

  it('comes back whole', () => {
    const { certificate: _certificate, ...expected } = rich;
    const lines = expected.lines.map(({ truCode: _truCode, ...line }) => line);
    expect(decodeReceipt(bytes).receipt).toEqual({ ...expected, lines, dateTime: register.dateTime });
  });

  it('is right by the rules', () => {
    expect(validateDocument(decodeDocument(bytes))).toEqual([]);
  });

  it('writes twelve zeros for a supplier without a Russian number', () => {
    expect(textOf(listsOf(decodeDocument(bytes).tags, 1059)[2] ?? [], 1226)).toBe('000000000000');
  });
});

describe('corrections', () => {
  const correct = (correction: Receipt['correction'], documentCode?: 3 | 4) =>
    encodeReceipt({ ...certificateSale, ...(correction && { correction }) }, { ...register, documentCode });

  it('have forms of their own, and come back', () => {
    const correction = { type: 'ordered', date: '2026-11-20', orderNumber: '12-3' } as const;
    const { document, receipt } = decodeReceipt(correct(correction));
    expect(document.code).toBe(31);
    expect(receipt.correction).toEqual(correction);
    expect(numberOf(document.tags, 1173)).toBe(1);
    expect(textOf(listOf(document.tags, 1174) ?? [], 1178)).toBe('2026-11-20');
    expect(decodeDocument(correct({ type: 'own', date: '2026-11-20' }, 4)).code).toBe(41);
  });

  it('are right by the rules of each version', () => {
    for (const ffdVersion of ['1.05', '1.1', '1.2'] as const) {
      const bytes = encodeReceipt(
        { ...certificateSale, correction: { type: 'own', date: '2026-11-20' } },
        { ...register, ffdVersion },
      );
      expect(validateDocument(decodeDocument(bytes)).filter((issue) => issue.severity === 'error')).toEqual(
        [],
      );
    }
  });

  it('need the number of the order that asks for them', () => {
    expect(() => correct({ type: 'ordered', date: '2026-11-20' })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/correction/orderNumber' }),
    );
  });

  it('need a date that exists', () => {
    expect(() => correct({ type: 'own', date: '20.11.2026' })).toThrow(
      expect.objectContaining({ code: 'TAG_VALUE', path: 'receiptCorrection/correctionBase/1178' }),
    );
  });
});

describe('older versions', () => {
  it('know the name and number of a buyer alone', () => {
    const buyer = { name: 'Петров П. П.', inn: '500100732259' };
    const bytes = encodeReceipt({ ...certificateSale, buyer }, { ...register, ffdVersion: '1.05' });
    expect(textOf(decodeDocument(bytes).tags, 1227)).toBe('Петров П. П.');
    expect(decodeReceipt(bytes).receipt.buyer).toEqual(buyer);
    expect(() =>
      encodeReceipt({ ...certificateSale, buyer: { address: 'Тверь' } }, { ...register, ffdVersion: '1.05' }),
    ).toThrow(expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/buyer/address' }));
  });

  it.each([
    ['productCode', { kind: 'f1', value: '46004399' }],
    ['markingCheck', 15],
    ['fraction', { numerator: 1, denominator: 2 }],
    ['industry', []],
  ])('have no %s', (name, value) => {
    const lines = [{ ...first, [name]: value }, second, third];
    expect(() => encodeReceipt({ ...certificateSale, lines }, { ...register, ffdVersion: '1.1' })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: `receipt/lines[0]/${name}` }),
    );
  });
});

describe('product codes of FFD 1.05 and 1.1', () => {
  // The kind, six bytes of the number (python: (4600439931256).to_bytes(6, 'big').hex()), then the rest as ASCII.
  it.each<readonly [ProductCode, string]>([
    [{ kind: 'gs1m', value: '0104600439931256215abc' }, '444d042f1f96817835616263'],
    [{ kind: 'ean13', value: '4600439931256' }, '450d042f1f968178'],
    [{ kind: 'ean8', value: '46004399' }, '4508000002bdf8af'],
    [{ kind: 'itf14', value: '14600439931256' }, '490e0d476e092178'],
    [{ kind: 'mi', value: 'RU-430302-ABC1234567' }, '524652552d3433303330322d41424331323334353637'],
    [{ kind: 'undefined', value: 'x' }, '000078'],
  ])('%o', (productCode, hex) => {
    const lines = [{ ...first, productCode }, second, third];
    const bytes = encodeReceipt({ ...certificateSale, lines }, { ...register, ffdVersion: '1.05' });
    const line = listsOf(decodeDocument(bytes).tags, 1059)[0] ?? [];
    expect(toHex(bytesOf(line, 1162) ?? new Uint8Array())).toBe(hex);
    expect(decodeReceipt(bytes).receipt.lines[0]?.productCode).toEqual(productCode);
    expect(validateDocument(decodeDocument(bytes)).filter(({ severity }) => severity === 'error')).toEqual(
      [],
    );
  });

  it.each<ProductCode>([
    { kind: 'gs1m', value: '04600439931256' },
    { kind: 'gs1m', value: `010460043993125621${'x'.repeat(25)}` },
    { kind: 'ean13', value: '460043993125' },
    { kind: 'egais2', value: 'код' },
  ])('refuse %o', (productCode) => {
    const lines = [{ ...first, productCode }, second, third];
    expect(() => encodeReceipt({ ...certificateSale, lines }, { ...register, ffdVersion: '1.1' })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/lines[0]/productCode' }),
    );
  });

  it('of unknown kinds are passed over, for the document still has them', () => {
    expect(productCodeOfBytes(fromHex('ffff01'))).toBeUndefined();
    expect(productCodeOfBytes(fromHex('4508'))).toBeUndefined();
    expect(productCodeOfBytes(fromHex('4508ffffffffffff'))).toBeUndefined();
    expect(productCodeOfBytes(fromHex('444d042f1f968164'))).toBeUndefined();
    expect(productCodeOfBytes(new Uint8Array())).toBeUndefined();
  });
});

describe('payments without cash, one by one', () => {
  it('come back, and are held against their sum', () => {
    const nonCashPayments = [
      { amount: 1_203_258, method: 2, identifiers: 'basket=0f8fad5b', details: 'ЭС' },
      { amount: 47_841, method: 1, identifiers: 'rrn=1' },
    ];
    for (const ffdVersion of ['1.05', '1.1', '1.2'] as const) {
      const lines = certificateSale.lines.map(({ unit: _unit, ...line }) => line);
      const bytes = encodeReceipt(
        { ...certificateSale, lines, nonCashPayments },
        { ...register, ffdVersion },
      );
      expect(decodeReceipt(bytes).receipt.nonCashPayments).toEqual(nonCashPayments);
      expect(validateDocument(decodeDocument(bytes))).toEqual([]);
    }
  });
});

describe('the agent of a whole receipt', () => {
  const agent = {
    types: ['payingAgent', 'commissionAgent'],
    data: { payingAgentPhones: ['+74950000001'], receivingOperatorPhones: ['+74950000002'] },
    supplierPhones: ['+74950000003'],
  } as const;

  it('stands in FFD 1.05 and 1.1, and comes back', () => {
    for (const ffdVersion of ['1.05', '1.1'] as const) {
      const lines = certificateSale.lines.map(({ unit: _unit, ...line }) => line);
      const bytes = encodeReceipt({ ...certificateSale, lines, agent }, { ...register, ffdVersion });
      expect(numberOf(decodeDocument(bytes).tags, 1057)).toBe(4 | 32);
      expect(decodeReceipt(bytes).receipt.agent).toEqual(agent);
      expect(validateDocument(decodeDocument(bytes))).toEqual([]);
    }
    expect(() => encodeReceipt({ ...certificateSale, agent }, register)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/agent' }),
    );
  });
});

describe('a tag for what certificates paid', () => {
  const bytes = encodeReceipt(certificateSale, { ...register, certificateTags });

  it('is off unless asked for', () => {
    expect(toHex(encodeReceipt(certificateSale, register))).not.toContain(
      toHex(encodeCp866('ТРУ 3299').bytes),
    );
    expect(decodeReceipt(encodeReceipt(certificateSale, register)).receipt.certificate).toBeUndefined();
  });

  it('comes back by the same mapping, and is right by the rules', () => {
    const { receipt, document } = decodeReceipt(bytes, { certificateTags });
    expect(receipt.certificate).toEqual(certificateSale.certificate);
    expect(receipt.lines.map(({ truCode }) => truCode)).toEqual(
      certificateSale.lines.map(({ truCode }) => truCode),
    );
    expect(receipt.property).toBeUndefined();
    expect(receipt.lines[0]?.additional).toBeUndefined();
    expect(validateDocument(document)).toEqual([]);
    expect(encodeReceipt(receipt, { ...register, certificateTags })).toEqual(bytes);
    // Without the mapping the requisites are what they are.
    expect(decodeReceipt(bytes).receipt.property?.name).toBe('ЭС (ФЗ-491)');
  });

  it('can be another one', () => {
    const own: CertificateTags = {
      receipt: {
        tag: 1192,
        write: ({ basketId }) => basketId.slice(0, 8),
        read: (value) =>
          typeof value === 'string' ? { basketId: value, certificateAmount: 0, cardAmount: 0 } : undefined,
      },
    };
    const { receipt } = decodeReceipt(encodeReceipt(certificateSale, { ...register, certificateTags: own }), {
      certificateTags: own,
    });
    expect(receipt.certificate?.basketId).toBe('0f8fad5b');
    expect(receipt.lines[0]?.truCode).toBeUndefined();
  });

  it('does not overwrite what the receipt says itself', () => {
    const property = { name: 'Заказ', value: '15' };
    expect(() => encodeReceipt({ ...certificateSale, property }, { ...register, certificateTags })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/certificate' }),
    );
    const lines = [{ ...first, additional: 'серия 5' }, second, third];
    expect(() => encodeReceipt({ ...certificateSale, lines }, { ...register, certificateTags })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/lines[0]/truCode' }),
    );
  });
});

describe('names that no table has', () => {
  it.each([
    ['agent', { agent: 'spy' }],
    ['productCode', { productCode: { kind: 'constructor', value: '1' } }],
  ])('%s', (name, change) => {
    const lines = [{ ...first, ...change } as ReceiptLine, second, third];
    expect(() => encodeReceipt({ ...certificateSale, lines }, register)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: `receipt/lines[0]/${name}` }),
    );
  });

  it('a birthday in another form', () => {
    expect(() => encodeReceipt({ ...certificateSale, buyer: { birthday: '29.02.1980' } }, register)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/buyer/birthday' }),
    );
  });
});
