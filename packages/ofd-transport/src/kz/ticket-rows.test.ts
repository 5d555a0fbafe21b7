import type { Receipt } from '@elcert/fiscal-doc';
import { renderRowsHtml, renderRowsSvg, renderRowsText, rowsPicture } from '@elcert/fiscal-doc/render';
import { describe, expect, it } from 'vitest';
import { closeKzShift, countKzPlacement, countKzTicket, kzReport, noKzCounters } from './counters.js';
import { type KzTicket, kzDateTime, kzMoney } from './messages.js';
import { kzPlacementRows, kzReportRows } from './report-rows.js';
import { kzTicketOf } from './ticket.js';
import { type KzTicketView, kzReceiptItems, kzTicketRows, missingKzReceiptItems } from './ticket-rows.js';

const at = '2026-03-02T12:34:56';
const receipt: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [
    {
      name: 'Нан «Бидай»',
      price: 50_000,
      quantity: '2',
      amount: 90_000,
      vat: '16',
      method: 'full',
      subject: 'goods',
    },
    { name: 'Дәрі', price: 16_000, quantity: '1', vat: '5', method: 'full', subject: 'goods' },
  ],
  payments: { cash: 56_000, electronic: 50_000 },
  cashier: { name: 'Әсел' },
  buyer: { inn: '900101300017' },
};
const ticket: KzTicket = {
  ...kzTicketOf(receipt, {
    at,
    details: {
      cashGiven: 60_000,
      lines: [{ ntin: '0200000000001', markingCodes: ['01048\u001d93x'] }, { ntin: '0200000000002' }],
    },
  }),
  dateTime: kzDateTime(at),
};
const view: KzTicketView = {
  seller: {
    title: 'ТОО «Тест»',
    address: 'г. Астана, ул. Тестовая, 1',
    addressKk: 'Астана қ., Тест көшесі, 1',
    taxpayerNumber: '200140000014',
    serialNumber: 'TEST0000000000001',
    registrationNumber: '010100000001/010101012345',
    vat: { series: '62001', number: '0012345' },
  },
  ofd: { title: 'АО «Казахтелеком»', site: 'consumer.oofd.kz' },
  ticket,
  documentNumber: 17,
  shiftNumber: 7,
  fiscalSign: '1234567890',
  link: 'http://consumer.oofd.kz?i=1234567890&f=010101012345&s=1060.00&t=20260302T123456',
};

describe('a receipt on paper', () => {
  const text = renderRowsText(kzTicketRows(view), { columns: 48 });

  it('is in Kazakh and Russian', () => {
    expect(text).toBe(`                   ТОО «Тест»
           Астана қ., Тест көшесі, 1
           г. Астана, ул. Тестовая, 1
ЖСН(БСН)/ИИН(БИН)                   200140000014
ҚҚС сериясы/Серия НДС                      62001
ҚҚС нөмірі/Номер НДС                     0012345
МЗН/ЗНМ                        TEST0000000000001
МТН/РНМ                             010101012345
------------------------------------------------
                  САТУ/ПРОДАЖА
Реттік нөмірі/Порядковый номер                17
Ауысым/Смена                                   7
Күні, уақыты/Дата, время     02.03.2026 12:34:56
Кассир                                      Әсел
------------------------------------------------
1. Нан «Бидай»
  2 дана/шт x 500.00                     1000.00
ҰТК/НКТ: 0200000000001
ТК/КМ: 0104893x
  ҚҚС/НДС 16%                             124.14
  Жеңілдік/Скидка                        -100.00
2. Дәрі
  1 дана/шт x 160.00                      160.00
ҰТК/НКТ: 0200000000002
  ҚҚС/НДС 5%                                7.62
------------------------------------------------
ЖИЫНЫ/ИТОГО                            1060.00 ₸
Қолма-қол/Наличные                        560.00
Карта                                     500.00
Қабылданды/Принято                        600.00
Қайтарым/Сдача                             40.00
оның ішінде ҚҚС/в т.ч. НДС 16%            124.14
оның ішінде ҚҚС/в т.ч. НДС 5%               7.62
------------------------------------------------
Сатып алушының ЖСН(БСН)/ИИН(БИН) покупателя
                                    900101300017
ФБ/ФП                                 1234567890
ФДО/ОФД                        АО «Казахтелеком»
Чекті тексеру/Проверка чека: consumer.oofd.kz
http://consumer.oofd.kz?i=1234567890&f=010101012
345&s=1060.00&t=20260302T123456
          ФИСКАЛДЫ ЧЕК/ФИСКАЛЬНЫЙ ЧЕК
`);
  });

  it('has the sixteen items', () => {
    expect(kzReceiptItems).toHaveLength(16);
    expect(missingKzReceiptItems(view)).toEqual([]);
    const bare: KzTicketView = {
      ...view,
      fiscalSign: undefined,
      link: '',
      seller: { ...view.seller, address: ' ', vat: { series: '', number: '1' } },
      ticket: {
        ...ticket,
        items: [
          {
            type: 'ITEM_TYPE_COMMODITY',
            commodity: { name: 'x', sectionCode: '1', quantity: '1000', price: kzMoney(1), sum: kzMoney(1) },
          },
        ],
      },
    };
    expect(missingKzReceiptItems(bare)).toEqual([
      'address',
      'itemCode',
      'quantityAndUnit',
      'fiscalSign',
      'vat',
      'qr',
    ]);
  });

  it('says that it was made without connection, is a copy, or a return', () => {
    const back = renderRowsText(
      kzTicketRows({
        ...view,
        fiscalSign: undefined,
        offlineSign: '1001',
        copy: true,
        ads: ['Рахмет!'],
        ticket: {
          ...ticket,
          operation: 'OPERATION_SELL_RETURN',
          parentTicket: {
            parentTicketNumber: '99',
            parentTicketDataTime: kzDateTime('2026-01-01T00:00:01'),
            kgdKkmId: '1',
            parentTicketTotal: kzMoney(1),
            parentTicketIsOffline: false,
          },
        },
      }),
      { columns: 32 },
    );
    for (const row of [
      'КӨШІРМЕ/КОПИЯ',
      'АВТОНОМДЫ РЕЖИМ/АВТОНОМНЫЙ РЕЖИМ',
      'САТУДЫ ҚАЙТАРУ/ВОЗВРАТ ПРОДАЖИ',
      'Бастапқы чек/Исходный чек     99',
      'Автономды ФБ/Автономный ФП  1001',
      'Рахмет!',
    ])
      expect(back).toContain(row);
    expect(back).not.toContain('ФБ/ФП ');
    expect(Math.max(...back.split('\n').map((line) => [...line].length))).toBe(32);
  });

  it('is a page and a picture too', () => {
    const rows = kzTicketRows(view);
    expect(renderRowsHtml(rows, { title: 'Чек <1>' })).toContain('<title>Чек &lt;1&gt;</title>');
    for (const markup of [renderRowsHtml(rows, { title: '' }), renderRowsSvg(rows, { columns: 48 })])
      for (const word of ['САТУ/ПРОДАЖА', 'Нан «Бидай»', '1060.00 ₸', '<path'])
        expect(markup).toContain(word);
    expect(rowsPicture(rows, { columns: 48 }).height).toBeGreaterThan(700);
  });

  it('is in one language when told to', () => {
    const russian = renderRowsText(kzTicketRows(view, { language: 'ru' }), { columns: 48 });
    expect(russian).toContain('ПРОДАЖА');
    expect(russian).not.toContain('САТУ');
    expect(russian).not.toContain('көшесі');
    const kazakh = renderRowsText(kzTicketRows(view, { language: 'kk' }), { columns: 48 });
    expect(kazakh).toContain('САТУ');
    expect(kazakh).not.toContain('ПРОДАЖА');
  });
});

describe('a report on paper', () => {
  const sold = countKzTicket(noKzCounters, ticket, '2026-03-02T09:00:00');
  const counters = countKzPlacement(
    sold,
    { datetime: kzDateTime(at), operation: 'MONEY_PLACEMENT_WITHDRAWAL', sum: kzMoney(6_000) },
    at,
  );

  it('shows what the counters hold', () => {
    const report = kzReport(counters, at, '2026-03-02T21:00:00');
    const text = renderRowsText(
      kzReportRows({ seller: view.seller, type: 'z', report, documentNumber: 18, cashier: 'Әсел' }),
      { columns: 48 },
    );
    expect(text.slice(text.indexOf('   '))).toContain(`                 Z-ЕСЕП/Z-ОТЧЕТ
Реттік нөмірі/Порядковый номер                18
Ауысым/Смена                                   1
Ауысым ашылды/Смена открыта  02.03.2026 09:00:00
Ауысым жабылды/Смена закрыта 02.03.2026 21:00:00
Кассир                                      Әсел
`);
    for (const row of [
      'Чектер/Чеков                                   1',
      'ЖИЫНЫ/ИТОГО                              1060.00',
      '  Қолма-қол/Наличные                  1 x 560.00',
      '  Жеңілдік/Скидка                         100.00',
      '  Қайтарым/Сдача                           40.00',
      'ҚҚС/НДС 16%, САТУ/ПРОДАЖА',
      '  ҚҚС/НДС                                 124.14',
      'Кассадан алу/Изъятие                   1 x 60.00',
      'Кассадағы қолма-қол ақша/Наличных в кассе 500.00',
      'Түсім/Выручка                            1060.00',
      'Секция 1',
    ])
      expect(text).toContain(row);
  });

  it('shows an empty shift, and a drawer', () => {
    const report = kzReport(closeKzShift(counters), at);
    const text = renderRowsText(
      kzReportRows({ seller: view.seller, type: 'x', report, autonomous: true }, { language: 'ru' }),
      { columns: 32 },
    );
    expect(text).toContain('X-ОТЧЕТ');
    expect(text).toContain('АВТОНОМНЫЙ РЕЖИМ');
    const placed = renderRowsText(
      kzPlacementRows({
        seller: view.seller,
        direction: 'deposit',
        sum: 100_000,
        at,
        documentNumber: 3,
        shiftNumber: 1,
      }),
      { columns: 32 },
    );
    expect(placed).toContain('1000.00 ₸');
  });
});
