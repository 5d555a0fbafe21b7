import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../test/support/sale.js';
import { decodeDocument, documentFromTags, encodeDocument, fiscalDocument } from './document.js';
import type { Receipt, ReceiptLine } from './receipt.js';
import {
  decodeReceipt,
  encodeReceipt,
  fiscalQrOf,
  receiptOfDocument,
  receiptToTags,
} from './receipt-codec.js';
import { listOf, listsOf, numberOf, textOf } from './tag-list.js';
import {
  paymentMethods,
  paymentSubjects,
  quantityUnits,
  settlementTypes,
  taxationTypes,
  vatRateNames,
} from './tags/codes.js';
import { lineAmount } from './totals.js';

const { certificate: _certificate, ...inTags } = certificateSale;
const sale: Receipt = {
  ...inTags,
  dateTime: register.dateTime,
  lines: inTags.lines.map(({ truCode: _truCode, ...line }) => ({ ...line, amount: lineAmount(line) })),
};

/** What composition of FFD 1.2 demands of form 3 and of its lines. */
const mandatory = [
  1009, 1012, 1020, 1031, 1037, 1038, 1040, 1041, 1042, 1054, 1055, 1059, 1077, 1081, 1209, 1215, 1216, 1217,
];
const mandatoryInLine = [1023, 1043, 1079, 1212, 1214, 2108];

describe('a certificate sale', () => {
  const tags = receiptToTags(certificateSale, register);

  it('has every mandatory requisite', () => {
    expect(mandatory.filter((tag) => !tags.some((entry) => entry.tag === tag))).toEqual([]);
    for (const line of listsOf(tags, 1059))
      expect(mandatoryInLine.filter((tag) => !line.some((entry) => entry.tag === tag))).toEqual([]);
  });

  it('pays certificate and card together in 1081, and totals VAT by rate', () => {
    expect(numberOf(tags, 1081)).toBe(1_251_099);
    expect(numberOf(tags, 1103)).toBe(13_636);
    expect(numberOf(tags, 1105)).toBe(1_100_000);
    const block = listsOf(listOf(tags, 1115) ?? [], 1119);
    expect(block.map((entry) => [numberOf(entry, 1199), numberOf(entry, 1120)])).toEqual([[11, 198]]);
    expect(numberOf(tags, 1102)).toBeUndefined();
  });

  it('sends neither the TRU code nor the basket', () => {
    const text = JSON.stringify(tags);
    expect(text).not.toContain('329921120');
    expect(text).not.toContain('0f8fad5b');
  });

  it('comes back from its bytes', () => {
    const read = decodeReceipt(encodeReceipt(certificateSale, register));
    expect(read.receipt).toEqual(sale);
    expect(read.facts).toMatchObject({
      documentCode: 3,
      fiscalSign: '3153580303',
      totalSum: 1_251_099,
      user: 'ООО "Ортосалон"',
      place: 'Ортосалон на Мясницкой',
      kktRegistrationNumber: '0000000001036066',
    });
    expect(fiscalQrOf(read.facts)).toMatchObject({
      dateTime: '2026-11-22T14:05',
      totalSum: 1_251_099,
      settlementType: 'sale',
    });
    expect(fiscalQrOf({ ...read.facts, dateTime: '2026-11-22T14:00:05' }).dateTime).toBe(
      '2026-11-22T14:00:05',
    );
  });

  it('states its own time, address and place before those of the register', () => {
    const read = decodeReceipt(
      encodeReceipt(
        { ...certificateSale, dateTime: '2026-11-21T10:00', address: 'Тверь', place: 'Ларёк' },
        register,
      ),
    );
    expect(read.facts).toMatchObject({ dateTime: '2026-11-21T10:00:00', address: 'Тверь', place: 'Ларёк' });
  });

  it('leaves VAT out of lines, or puts that of a unit in, on demand', () => {
    const lines = (lineVat: 'none' | 'line-and-unit') =>
      listsOf(receiptToTags(certificateSale, { ...register, lineVat }), 1059);
    expect(numberOf(lines('none')[0] ?? [], 1200)).toBeUndefined();
    expect(numberOf(lines('line-and-unit')[0] ?? [], 1198)).toBe(13_636);
    expect(numberOf(lines('line-and-unit')[1] ?? [], 1198)).toBeUndefined();
  });

  it('is a БСО when the register is one', () => {
    const bytes = encodeReceipt(certificateSale, { ...register, documentCode: 4 });
    expect(decodeDocument(bytes)).toMatchObject({ code: 4, name: 'bso' });
    expect(decodeReceipt(bytes).facts.documentCode).toBe(4);
  });

  it('writes the unit as text in FFD 1.05 and 1.1', () => {
    for (const ffdVersion of ['1.05', '1.1'] as const) {
      const bytes = encodeReceipt(certificateSale, { ...register, ffdVersion });
      const line = listsOf(decodeDocument(bytes).tags, 1059)[0] ?? [];
      expect(textOf(line, 1197)).toBe('шт.');
      expect(numberOf(line, 2108)).toBeUndefined();
      expect(decodeReceipt(bytes).facts.ffdVersion).toBe(ffdVersion);
      expect(decodeReceipt(bytes).receipt.lines[0]?.unit).toBe('piece');
    }
  });
});

describe('any receipt', () => {
  const keys = <Name extends string>(table: Readonly<Record<Name, unknown>>) =>
    fc.constantFrom(...(Object.keys(table) as Name[]));
  const line: fc.Arbitrary<ReceiptLine> = fc
    .record({
      name: fc.stringMatching(/^[А-Яа-я0-9 .,"-]{1,60}$/),
      price: fc.integer({ min: 0, max: 100_000_000 }),
      quantity: fc
        .tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: 0, max: 999 }))
        .map(([whole, part]) => `${whole}.${String(part).padStart(3, '0')}`),
      unit: keys(quantityUnits),
      vat: fc.constantFrom(...vatRateNames),
      method: keys(paymentMethods),
      subject: keys(paymentSubjects),
    })
    .map((one) => ({ ...one, amount: lineAmount(one) }));

  it('survives', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        keys(settlementTypes),
        keys(taxationTypes),
        fc.integer({ min: 0, max: 99 }),
        (lines, settlementType, taxation, cents) => {
          const sum = lines.reduce((total, one) => total + (one.amount ?? 0), 0);
          const rounding = Math.min(cents, sum);
          const paid = sum - rounding;
          const receipt: Receipt = {
            settlementType,
            taxation,
            lines,
            payments: paid > 0 ? { electronic: paid } : {},
            ...(rounding > 0 ? { rounding } : {}),
            dateTime: register.dateTime,
          };
          expect(decodeReceipt(encodeReceipt(receipt, register)).receipt).toEqual(receipt);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('bad input', () => {
  it('names that no table has', () => {
    const broken = (change: object): Receipt => ({ ...certificateSale, ...change }) as Receipt;
    const lineWith = (change: object) =>
      broken({
        lines: [{ ...certificateSale.lines[0], ...change }],
        payments: { cash: 150_000 },
        certificate: undefined,
      });
    expect(() => receiptToTags(broken({ taxation: 'none' }), register)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/taxation' }),
    );
    for (const name of ['unit', 'subject', 'method', 'vat']) {
      expect(() => receiptToTags(lineWith({ [name]: 'nonsense' }), register)).toThrow(
        expect.objectContaining({ code: 'RECEIPT_VALUE', path: `receipt/lines[0]/${name}` }),
      );
    }
  });

  it('a name of a line that is too long has its path in the document', () => {
    const lines = [
      ...certificateSale.lines.slice(0, 2),
      { ...certificateSale.lines[2], name: 'я'.repeat(129) },
    ];
    expect(() => encodeReceipt({ ...certificateSale, lines } as Receipt, register)).toThrow(
      expect.objectContaining({ code: 'TAG_LENGTH', path: 'receipt/items[2]/1030' }),
    );
  });

  it('documents that are no receipts, lack something or hold codes of no table', () => {
    expect(() => receiptOfDocument(fiscalDocument(2, { shiftNumber: 1 }))).toThrow(
      expect.objectContaining({ code: 'NOT_A_DOCUMENT' }),
    );
    const tags = receiptToTags(certificateSale, register);
    const without = (tag: number) =>
      documentFromTags(
        3,
        tags.filter((entry) => entry.tag !== tag),
      );
    expect(() => receiptOfDocument(without(1020))).toThrow(
      expect.objectContaining({ code: 'TAG_MISSING', path: 'receipt/1020' }),
    );
    const odd = documentFromTags(
      3,
      tags.map((entry) =>
        entry.tag === 1059
          ? {
              tag: 1059,
              value: [
                { tag: 1079, value: 1 },
                { tag: 1023, value: '1' },
                { tag: 1043, value: 1 },
                { tag: 1212, value: 28 },
              ],
            }
          : entry,
      ),
    );
    expect(() => receiptOfDocument(decodeDocument(encodeDocument(odd)))).toThrow(
      expect.objectContaining({ code: 'TAG_VALUE', path: 'receipt/items[0]/1212' }),
    );
  });

  it.each(['16', '12'] as const)('a rate of Kazakhstan: %s %%', (vat) => {
    const lines = certificateSale.lines.map((line, index) => (index === 1 ? { ...line, vat } : line));
    expect(() => encodeReceipt({ ...certificateSale, lines }, register)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'receipt/lines[1]/vat' }),
    );
  });

  it('a QR of something that is no receipt', () => {
    const { totalSum: _totalSum, ...shift } = decodeReceipt(encodeReceipt(certificateSale, register)).facts;
    expect(() => fiscalQrOf(shift)).toThrow(expect.objectContaining({ code: 'RECEIPT_VALUE' }));
  });
});
