import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../../test/support/sale.js';
import { qrMatrix } from '../qr/index.js';
import type { Receipt } from '../receipt.js';
import { decodeReceipt, encodeReceipt } from '../receipt-codec.js';
import { renderQrSvg, renderReceiptHtml, renderReceiptSvg, renderReceiptText } from './index.js';

const bytes = encodeReceipt(certificateSale, register);
const { facts } = decodeReceipt(bytes);
const view = { receipt: certificateSale, facts };
const payload = 't=20261122T1405&s=12510.99&fn=9999078900001234&i=12&fp=3153580303&n=1';
const basketId = '0f8fad5b-d9cb-469f-a165-70867728950e';

/** Elements that are opened and not closed, or the other way round. */
function unbalanced(markup: string): string[] {
  const open: string[] = [];
  for (const [, slash, name = '', rest = ''] of markup.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*)>/gi,
  )) {
    if (rest.endsWith('/') || ['meta', 'hr', 'br'].includes(name)) continue;
    if (slash === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
}

const darkModules = (text: string) => qrMatrix(text).rows.flat().filter(Boolean).length;
const drawnModules = (markup: string) =>
  [...markup.matchAll(/h(\d+)v1h-\1z/g)].reduce((sum, [, run]) => sum + Number(run), 0);

describe('a receipt as a page', () => {
  const html = renderReceiptHtml(view);

  it('says what the paper says', () => {
    const plain = html
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&');
    for (const word of renderReceiptText(view, { columns: 120 }).replaceAll('-', ' ').split(/\s+/))
      expect(plain.replaceAll('-', ' ')).toContain(word);
    expect(html).toContain('СЕРТИФИКАТОМ');
    expect(html).toContain('ЭС (ФЗ-491)');
  });

  it('is whole and needs nothing else', () => {
    expect(unbalanced(html)).toEqual([]);
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|https?:\/\/(?!www\.w3\.org)/);
  });

  it('draws the very QRs: of the receipt and of the basket', () => {
    expect(drawnModules(html)).toBe(darkModules(payload) + darkModules(basketId));
  });

  it('lets no text out of its place', () => {
    const hostile: Receipt = {
      ...certificateSale,
      lines: certificateSale.lines.map((line) => ({
        ...line,
        name: '"><script>alert(1)</script>\u0007\ud800&',
      })),
    };
    for (const markup of [
      renderReceiptHtml({ receipt: hostile, facts }),
      renderReceiptSvg({ receipt: hostile, facts }),
    ]) {
      expect(markup).not.toContain('<script');
      expect(markup).toContain('&lt;script&gt;');
      expect(markup).not.toContain('\u0007');
      // Throws for half of a surrogate pair.
      expect(() => encodeURIComponent(markup)).not.toThrow();
      expect(unbalanced(markup)).toEqual([]);
    }
  });
});

describe('a receipt as a picture', () => {
  it('has every line of the text and both QRs', () => {
    const svg = renderReceiptSvg(view, { columns: 48 });
    expect(unbalanced(svg)).toEqual([]);
    expect(svg.match(/<text /g)).toHaveLength(
      renderReceiptText(view, { columns: 48 }).trimEnd().split('\n').length,
    );
    expect(drawnModules(svg)).toBe(darkModules(payload) + darkModules(basketId));
    expect(svg).toContain('xml:space="preserve"');
  });

  it('has each QR above its own payload', () => {
    const order = [
      ...renderReceiptSvg(view, { columns: 80 }).matchAll(/<path|>t=2026|ЭС \(ФЗ-491\)|>0f8fad5b-/g),
    ];
    expect(order.map(([found]) => found)).toEqual(['<path', '>t=2026', 'ЭС (ФЗ-491)', '<path', '>0f8fad5b-']);
  });
});

describe('a QR as a picture', () => {
  it('has its modules and a quiet zone of four', () => {
    const svg = renderQrSvg(payload, { moduleSize: 3 });
    const { size } = qrMatrix(payload);
    expect(svg).toContain(`viewBox="0 0 ${size + 8} ${size + 8}"`);
    expect(svg).toContain(`width="${(size + 8) * 3}"`);
    expect(drawnModules(svg)).toBe(darkModules(payload));
    expect(svg).toContain('M4 4h7v1h-7z');
  });
});

describe('rarer parts of a receipt', () => {
  it('are printed', () => {
    const receipt: Receipt = {
      ...certificateSale,
      lines: certificateSale.lines.map((line) => ({
        ...line,
        productCode: { kind: 'gs1m', value: '0104600439931256215abc' },
        markingCheck: 15,
        fraction: { numerator: 1, denominator: 2 },
        agent: 'commissionAgent',
        agentData: { operation: 'Перевод', payingAgentPhones: ['+74950000001'] },
        subject: 'markedWithCode',
        industry: [{ body: '030', date: '2023-11-21', number: '1944', value: 'UUID=1&Time=2' }],
        supplier: { name: 'Поставщик', inn: '7704358518', phones: ['+74950000003'] },
      })),
      correction: { type: 'ordered', date: '2026-11-20', orderNumber: '12-3' },
      buyer: {
        name: 'Петров П. П.',
        inn: '500100732259',
        birthday: '1980-02-29',
        citizenship: '643',
        documentCode: '21',
        documentData: '4500 000000',
        address: 'Тверь',
      },
      agent: { types: ['attorney'], supplierPhones: ['+74950000004'] },
      nonCashPayments: [{ amount: 1_251_099, method: 1, identifiers: 'RRN 5' }],
      industry: [{ body: '012', date: '2024-01-01', number: '1', value: 'x' }],
      operation: { id: 1, data: 'y', dateTime: '2026-11-22T14:00:00' },
      internet: true,
      property: { name: 'Заказ', value: '15' },
    };
    const text = renderReceiptText({ receipt, facts: { ...facts, documentCode: 31 } }, { columns: 48 });
    for (const row of [
      'КАССОВЫЙ ЧЕК КОРРЕКЦИИ',
      'КОРРЕКЦИЯ                         ПО ПРЕДПИСАНИЮ',
      'ДАТА РАСЧЕТА                          20.11.2026',
      'ПРЕДПИСАНИЕ                                 12-3',
      '[М+]',
      '  ЧАСТЬ 1/2',
      '  КТ GS1.М',
      '  КОМИССИОНЕР',
      '  ПОСТАВЩИК: Поставщик',
      '  ИНН ПОСТАВЩИКА                      7704358518',
      'ПОКУПАТЕЛЬ: Петров П. П.',
      'ДАТА РОЖДЕНИЯ                         29.02.1980',
      'ДОКУМЕНТ ПОКУПАТЕЛЯ               21 4500 000000',
      '  ТОВАР С КМ',
      '  ОПЕРАЦИЯ АГЕНТА                        Перевод',
      '  ОТР. РЕКВИЗИТ: 030 21.11.2023 1944',
      'ПОВЕРЕННЫЙ',
      'ТЕЛ. ПОСТАВЩИКА                     +74950000004',
      '  RRN 5                                =12510.99',
      'ОТР. РЕКВИЗИТ: 012 01.01.2024 1 x',
      'ОПЕР. РЕКВИЗИТ: 1 22.11.2026 14:00 y',
      'РАСЧЕТ В СЕТИ ИНТЕРНЕТ',
      'Заказ                                         15',
    ])
      expect(text).toContain(row);
  });

  it('say 18 % for what the code meant until 2019', () => {
    const lines = certificateSale.lines.map((line) => ({ ...line, vat: '20' as const }));
    const label = (dateTime: string) => {
      const old = { ...facts, dateTime, vat: undefined };
      return renderReceiptText({ receipt: { ...certificateSale, lines }, facts: old }, { columns: 48 });
    };
    expect(label('2018-12-31T23:59')).toContain('СУММА НДС 18%');
    expect(label('2019-01-01T00:00')).toContain('СУММА НДС 20%');
  });
});
