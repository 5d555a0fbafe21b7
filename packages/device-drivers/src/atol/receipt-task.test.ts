import {
  paymentMethods,
  paymentSubjects,
  productCodeKinds,
  quantityUnits,
  type Receipt,
  settlementTypes,
  taxationTypes,
  vatRateNames,
} from '@elcert/fiscal-doc';
import { describe, expect, it } from 'vitest';
import { checkAtolTask } from './codec.js';
import {
  atolMethods,
  atolObjects,
  atolProductCodes,
  atolReceiptTypes,
  atolTaxations,
  atolTaxes,
  atolUnits,
  nameOfAtolWord,
} from './names.js';
import { atolReceiptTask } from './receipt-task.js';

const sale: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [
    {
      name: 'Трость опорная',
      price: 150_000,
      quantity: '1',
      vat: '22',
      method: 'full',
      subject: 'goods',
      truCode: '329921120.06001010200000000643',
    },
  ],
  payments: { electronic: 150_000 },
  certificate: { basketId: '123456789012345678901234', certificateAmount: 90_000, cardAmount: 60_000 },
  cashier: { name: 'Иванова А. А.', inn: '770000000004' },
  buyerContact: 'buyer@example.com',
};
const [first] = sale.lines as readonly [Receipt['lines'][0]];

describe('a receipt as a task', () => {
  it('is what public clients of the web server send, with the certificate as text', () => {
    const { task, type } = atolReceiptTask(sale, { columns: 32 });
    checkAtolTask(task);
    expect(type).toBe('sell');
    expect(task).toEqual({
      type: 'sell',
      taxationType: 'osn',
      operator: { name: 'Иванова А. А.', vatin: '770000000004' },
      clientInfo: { emailOrPhone: 'buyer@example.com' },
      items: [
        {
          type: 'position',
          name: 'Трость опорная',
          price: 1500,
          quantity: 1,
          amount: 1500,
          measurementUnit: 0,
          paymentMethod: 'fullPayment',
          paymentObject: 'commodity',
          tax: { type: 'vat22' },
        },
        { type: 'text', text: 'ТРУ 329921120.060010102000000006' },
        { type: 'text', text: '43' },
        { type: 'text', text: 'СЕРТИФИКАТОМ             =900.00' },
        { type: 'text', text: 'КАРТА МИР                =600.00' },
        { type: 'text', text: 'КОРЗИНА 123456789012345678901234' },
      ],
      payments: [{ type: 'electronically', sum: 1500 }],
      total: 1500,
    });
  });

  it('leaves the printed lines out when told, and writes units as text before FFD 1.2', () => {
    const { task } = atolReceiptTask(
      { ...sale, lines: [{ ...first, unit: 'kilogram', quantity: '1.000' }] },
      { printCertificateLines: false, ffdVersion: '1.05' },
    );
    expect(task.items).toHaveLength(1);
    expect((task.items as { measurementUnit: unknown }[])[0]?.measurementUnit).toBe('кг');
  });

  it('names the correction as the service demands', () => {
    const correction = { type: 'ordered', date: '2026-01-10', orderNumber: '12' } as const;
    for (const settlementType of Object.keys(settlementTypes) as (keyof typeof settlementTypes)[]) {
      const { task } = atolReceiptTask({ ...sale, settlementType, correction });
      checkAtolTask(task);
      expect(task).toMatchObject({
        type: atolReceiptTypes[settlementType].correction,
        correctionType: 'instruction',
        correctionBaseDate: '2026.01.10',
        correctionBaseNumber: '12',
      });
    }
  });

  it.each<[string, Receipt, string]>([
    [
      'more than six digits',
      { ...sale, lines: [{ ...first, quantity: '1.0000001' }] },
      'receipt/lines[0]/quantity',
    ],
    [
      'digits that a double loses',
      { ...sale, lines: [{ ...first, price: 0, amount: 150_000, quantity: '1234567890.123456' }] },
      'receipt/lines[0]/quantity',
    ],
    ['a long name', { ...sale, lines: [{ ...first, name: 'Т'.repeat(129) }] }, 'receipt/lines[0]/name'],
    [
      'a check without its code',
      { ...sale, lines: [{ ...first, markingCheck: 15 }] },
      'receipt/lines[0]/markingCheck',
    ],
    [
      'a code without its check',
      { ...sale, lines: [{ ...first, markingCode: '01' }] },
      'receipt/lines[0]/markingCheck',
    ],
    [
      'a code of other letters',
      { ...sale, lines: [{ ...first, markingCode: 'Ж', markingCheck: 15 }] },
      'receipt/lines[0]/markingCode',
    ],
    [
      'more than the whole',
      {
        ...sale,
        lines: [
          { ...first, markingCode: '01', markingCheck: 15, fraction: { numerator: 2, denominator: 2 } },
        ],
      },
      'receipt/lines[0]/fraction',
    ],
    ['a rate of another country', { ...sale, lines: [{ ...first, vat: '12' }] }, 'receipt/lines[0]/vat'],
    [
      'a date of another form',
      { ...sale, industry: [{ body: '030', date: '10.01.2026', number: '1', value: 'a' }] },
      'receipt/industry[0]/date',
    ],
    [
      'a part of a marked unit',
      { ...sale, lines: [{ ...first, fraction: { numerator: 1, denominator: 2 } }] },
      'receipt/lines[0]/fraction',
    ],
    ['payments that do not add up', { ...sale, payments: { electronic: 149_999 } }, 'receipt/payments'],
    [
      'an order without a number',
      { ...sale, correction: { type: 'ordered', date: '2026-01-10' } },
      'receipt/correction/orderNumber',
    ],
    ['a birthday in another form', { ...sale, buyer: { birthday: '03.02.1990' } }, 'receipt/buyer/birthday'],
  ])('refuses %s before anything is sent', (_, receipt, path) => {
    expect(() => atolReceiptTask(receipt)).toThrow(
      expect.objectContaining({ code: 'RECEIPT_NOT_SUPPORTED', outcome: 'not-sent', path }),
    );
  });

  it('names the mark of a product, its check and its part, and leaves 1163 to the register', () => {
    const marked = {
      ...first,
      subject: 'markedWithCode',
      productCode: { kind: 'gs1m', value: '0104600439931256215abc' },
      markingCode: '0104600439931256215abc\u001d93abcd',
      markingCheck: 15,
    } as const;
    const paramsOf = (receipt: Receipt, options = {}) => {
      const { task } = atolReceiptTask(receipt, options);
      checkAtolTask(task);
      const [item] = task.items as readonly Record<string, unknown>[];
      expect(item).not.toHaveProperty('productCodes');
      return item;
    };
    expect(paramsOf({ ...sale, lines: [marked] })).toMatchObject({
      paymentObject: 'commodityWithMarking',
      imcParams: {
        imcType: 'auto',
        // printf '0104600439931256215abc\\x1d93abcd' | base64
        imc: 'MDEwNDYwMDQzOTkzMTI1NjIxNWFiYx05M2FiY2Q=',
        itemEstimatedStatus: 'itemPieceSold',
        imcModeProcessing: 0,
        itemInfoCheckResult: {
          imcCheckFlag: true,
          imcCheckResult: true,
          imcStatusInfo: true,
          imcEstimatedStatusCorrect: true,
          ecrStandAloneFlag: false,
        },
      },
    });
    const status = (receipt: Receipt, options = {}) =>
      (paramsOf(receipt, options)?.imcParams as { itemEstimatedStatus: string } | undefined)
        ?.itemEstimatedStatus;
    expect(status({ ...sale, settlementType: 'saleReturn', lines: [marked] })).toBe('itemPieceReturn');
    expect(status({ ...sale, settlementType: 'purchaseReturn', lines: [marked] })).toBe('itemPieceSold');
    expect(status({ ...sale, lines: [{ ...marked, unit: 'kilogram' }] })).toBe('itemDryForSale');
    expect(status({ ...sale, settlementType: 'purchase', lines: [{ ...marked, unit: 'kilogram' }] })).toBe(
      'itemDryReturn',
    );
    expect(status({ ...sale, lines: [marked] }, { plannedStatus: () => 'unchanged' })).toBe(
      'itemStatusUnchanged',
    );
    const part = { ...marked, fraction: { numerator: 1, denominator: 3 } };
    expect(paramsOf({ ...sale, lines: [part] })?.imcParams).toMatchObject({
      itemEstimatedStatus: 'itemDryForSale',
      itemFractionalAmount: '1/3',
    });
  });

  it('names a mark of FFD 1.05 by its kind, where nothing is checked', () => {
    const old = { ...first, markingCode: '22N00000', productCode: { kind: 'egais3', value: '1' } } as const;
    const { task } = atolReceiptTask({ ...sale, lines: [old] }, { ffdVersion: '1.05' });
    expect((task.items as readonly unknown[])[0]).toMatchObject({
      markingCode: { type: 'egais30', mark: btoa('22N00000') },
    });
    expect(() =>
      atolReceiptTask({ ...sale, lines: [{ ...old, markingCheck: 15 }] }, { ffdVersion: '1.05' }),
    ).toThrow(expect.objectContaining({ path: 'receipt/lines[0]/markingCheck' }));
  });

  it('asks for a buyer when nothing is printed', () => {
    expect(atolReceiptTask(sale, { electronicOnly: true }).task).toMatchObject({ electronically: true });
    const { buyerContact: _, ...nobody } = sale;
    expect(() => atolReceiptTask(nobody, { electronicOnly: true })).toThrow(
      expect.objectContaining({ path: 'receipt/buyerContact', outcome: 'not-sent' }),
    );
  });

  it('has a word for every name of the receipt model, and each word once', () => {
    for (const [words, names] of [
      [atolTaxes, vatRateNames],
      [atolTaxations, Object.keys(taxationTypes)],
      [atolMethods, Object.keys(paymentMethods)],
      [atolObjects, Object.keys(paymentSubjects)],
      [atolProductCodes, Object.keys(productCodeKinds)],
      [atolUnits, Object.keys(quantityUnits)],
    ] as const) {
      expect(Object.keys(words).sort()).toEqual([...names].sort());
      expect(new Set(Object.values(words)).size).toBe(names.length);
      for (const [name, word] of Object.entries(words))
        expect(nameOfAtolWord(words as Record<string, string>, word)).toBe(name);
    }
  });
});
