import { encodeCp866 } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../../test/support/sale.js';
import type { Receipt } from '../receipt.js';
import { decodeReceipt, encodeReceipt } from '../receipt-codec.js';
import { chopped, spread, wrap } from './lines.js';
import { renderReceiptText } from './text.js';

const { facts } = decodeReceipt(encodeReceipt(certificateSale, register));
const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));

describe('a certificate sale on paper', () => {
  it('in 32 columns', () => {
    expect(renderReceiptText({ receipt: certificateSale, facts }, { columns: 32 })).toBe(
      `        ООО "Ортосалон"
     101000, г. Москва, ул.
        Мясницкая, д. 1
     Ортосалон на Мясницкой
         ИНН 7700000009
--------------------------------
          КАССОВЫЙ ЧЕК
             ПРИХОД
22.11.2026 14:05           ЧЕК 3
СМЕНА                          1
КАССИР: Иванова А. А. ИНН
500100732259
--------------------------------
1. Трость опорная, регулируемая
по высоте, с устройством
противоскольжения
  1 шт. x 1500.00       =1500.00
  НДС 10%
ТРУ (КОД):
329921120.06001010200080001643
2. Ортопедическая обувь сложная
  2 шт. x 5500.00      =11000.00
  БЕЗ НДС
ТРУ (КОД):
325022154.09000110100000000643
3. Пакет
  1 шт. x 10.99           =10.99
  НДС 22%
--------------------------------
ИТОГ                   =12510.99
БЕЗНАЛИЧНЫМИ           =12510.99
  СЕРТИФИКАТОМ         =12032.58
  КАРТА МИР              =478.41
СУММА НДС 22%              =1.98
СУММА НДС 10%            =136.36
СУММА БЕЗ НДС          =11000.00
--------------------------------
СНО                          ОСН
ЭЛ. АДРЕС ПОКУПАТЕЛЯ
               buyer@example.org
РН ККТ          0000000001036066
ФН              9999078900001234
ФД                            12
ФПД                   3153580303
ФФД                          1.2
--------------------------------
t=20261122T1405&s=12510.99&fn=99
99078900001234&i=12&fp=315358030
3&n=1
--------------------------------
          ЭС (ФЗ-491)
0f8fad5b-d9cb-469f-a165-70867728
950e
`,
    );
  });

  it('in 48 columns keeps a TRU code on its line', () => {
    const text = renderReceiptText({ receipt: certificateSale, facts }, { columns: 48 });
    expect(text).toContain('\nТРУ (КОД): 329921120.06001010200080001643\n');
    expect(text).toContain('  2 шт. x 5500.00                      =11000.00\n');
    expect(text).toContain('\n0f8fad5b-d9cb-469f-a165-70867728950e\n');
    expect(widest(text)).toBe(48);
  });

  it.each([24, 32, 42, 48, 80])('never exceeds %i columns', (columns) => {
    expect(widest(renderReceiptText({ receipt: certificateSale, facts }, { columns }))).toBe(columns);
  });

  it('is all in CP866', () => {
    const text = renderReceiptText({ receipt: certificateSale, facts }, { columns: 48 });
    expect(encodeCp866(text).replaced).toEqual([]);
  });

  it('draws the QR when it is given a brush', () => {
    const text = renderReceiptText(
      { receipt: certificateSale, facts },
      { columns: 48, drawQr: (payload) => `<${payload.length}>\n<>` },
    );
    expect(text).toContain('<69>\n<>\nt=2026');
  });

  it('shows rounding, cash and the method where it is not full', () => {
    const receipt: Receipt = {
      settlementType: 'saleReturn',
      taxation: 'patent',
      lines: [
        { name: 'Аванс', price: 10_050, quantity: '1.500', vat: '0', method: 'advance', subject: 'payment' },
      ],
      payments: { cash: 15_000, prepaid: 75 },
    };
    const text = renderReceiptText(
      {
        receipt: { ...receipt, payments: { cash: 15_000 }, rounding: 75 },
        facts: { ...facts, totalSum: 15_000, settlementType: 'saleReturn', vat: undefined },
      },
      { columns: 32 },
    );
    for (const row of [
      'ВОЗВРАТ ПРИХОДА',
      '  1.5 x 100.50           =150.75',
      '  АВАНС',
      'ОКРУГЛЕНИЕ                 -0.75',
      'ИТОГ                     =150.00',
      'НАЛИЧНЫМИ                =150.00',
      'СУММА С НДС 0%           =150.75',
      'СНО                       Патент',
    ])
      expect(text).toContain(row);
    expect(text).not.toContain('ЭС (ФЗ-491)');
    expect(text).toMatch(/&\n?n=2/);
  });

  it.each([23, 121, 32.5, Number.NaN])('refuses %d columns', (columns) => {
    expect(() => renderReceiptText({ receipt: certificateSale, facts }, { columns })).toThrow(
      expect.objectContaining({ code: 'RECEIPT_VALUE', path: 'columns' }),
    );
  });
});

describe('lines', () => {
  it('never exceed their width, and lose no word', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200 }),
        fc.string({ maxLength: 60 }),
        fc.integer({ min: 24, max: 60 }),
        (text, value, columns) => {
          const lines = wrap(text, columns);
          expect(lines.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
          const rows = [
            ...lines,
            ...chopped(text.replaceAll(/\s/g, ''), columns),
            ...spread(text, value.replaceAll(/\s/g, ''), columns),
          ];
          for (const row of rows) expect([...row].length).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});

describe('a control character', () => {
  it('commands neither terminal nor printer', () => {
    const [line] = certificateSale.lines;
    if (line === undefined) throw new Error('no line');
    const hostile = '\u001b[2J\u0007x\r\ny\u009b';
    const receipt: Receipt = {
      ...certificateSale,
      lines: [{ ...line, name: hostile, truCode: hostile, customsDeclaration: hostile }],
      payments: { electronic: line.price },
      cashier: { name: hostile },
      property: { name: hostile, value: hostile },
      certificate: { basketId: hostile, certificateAmount: 0, cardAmount: 0 },
    };
    const text = renderReceiptText({ receipt, facts }, { columns: 32 });
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(text).toContain('[2J');
  });
});
