import { describe, expect, it } from 'vitest';
import { certificateSale, register } from '../../test/support/sale.js';
import {
  decodeDocument,
  documentCodes,
  documentFromTags,
  type FiscalDocument,
  fiscalDocument,
} from '../document.js';
import { encodeReceipt } from '../receipt-codec.js';
import type { TagFields } from '../tags/fields.js';
import {
  documentRows,
  renderDocumentHtml,
  renderDocumentPng,
  renderDocumentSvg,
  renderDocumentText,
  renderRowsText,
  requisiteRows,
} from './index.js';

const drive: TagFields = {
  fiscalDriveNumber: '9999078900001234',
  kktRegId: '0000000001036066',
  userInn: '7700000009',
  fiscalDocumentNumber: 45,
  fiscalSign: Uint8Array.of(0x31, 4, 0, 0, 0, 7),
  fiscalDocumentFormatVer: 4,
};
const sold = {
  receiptBsoCount: 3,
  cashSum: 100_000,
  ecashSum: 1_151_099,
  prepaidSum: 0,
  tax10Sum: 13_636,
  totalSum: 1_251_099,
};
const closed = fiscalDocument(5, {
  ...drive,
  operator: 'Иванова А. А.',
  shiftNumber: 12,
  dateTime: '2026-11-22T21:00',
  documentsQuantity: 5,
  receiptQuantity: 3,
  operatorMessage: 0x44,
  notTransmittedDocumentsQuantity: 2,
  notTransmittedDocumentsDateTime: '2026-11-22',
  fiscalDriveExhaustionSign: true,
  ofdResponseTimeoutSign: false,
  fdKeyResource: 300,
  fiscalDriveSumReports: {
    sellOper: sold,
    sellReturnOper: { receiptBsoCount: 0, totalSum: 0 },
    receiptCorrection: {
      receiptCorrectionCount: 1,
      sellCorrection: { receiptBsoCount: 1, cashSum: 500, totalSum: 500 },
    },
    totalReceiptBsoCount: 4,
  },
  9999: Uint8Array.of(1, 2),
});

describe('the paper of a report', () => {
  it('of a closed shift has its counters, what is wrong with the drive, and nothing hidden', () => {
    const seller = { user: 'ООО "Ортосалон"', address: 'г. Москва' };
    expect(renderDocumentText(closed, { columns: 32, seller })).toBe(`        ООО "Ортосалон"
           г. Москва
         ИНН 7700000009
--------------------------------
     ОТЧЕТ О ЗАКРЫТИИ СМЕНЫ
22.11.2026 21:00        СМЕНА 12
КАССИР: Иванова А. А.
--------------------------------
ЧЕКОВ ЗА СМЕНУ                 3
ФД ЗА СМЕНУ                    5
НЕПЕРЕДАННЫХ ФД                2
ФД НЕ ПЕРЕДАНЫ С      22.11.2026
--------------------------------
ИСЧЕРПАН РЕСУРС ФН
СООБЩЕНИЕ ОФД
 сообщение в кабинете ОФД
 нужно настроить связь
РЕСУРС КЛЮЧЕЙ, ДНЕЙ          300
--------------------------------
       СЧЕТЧИКИ ИТОГОВ ФН
ВСЕГО ЧЕКОВ                    4
ПРИХОД                         3
 НАЛИЧНЫМИ              =1000.00
 БЕЗНАЛИЧНЫМИ          =11510.99
 НДС 10%                 =136.36
 ИТОГ                  =12510.99
ВОЗВРАТ ПРИХОДА                0
 ИТОГ                      =0.00
КОРРЕКЦИЯ                      1
 ПРИХОД                        1
  НАЛИЧНЫМИ                =5.00
  ИТОГ                     =5.00
--------------------------------
Реквизит 9999               0102
--------------------------------
РН ККТ          0000000001036066
ФН              9999078900001234
ФД                            45
ФПД                   0000000007
ФФД                          1.2
`);
  });

  it('of a registration has its modes, and a change its reasons', () => {
    const changed = fiscalDocument(11, {
      ...drive,
      user: 'ООО "Ортосалон"',
      retailPlaceAddress: 'г. Москва',
      retailPlace: 'Ортосалон',
      kktNumber: '00012345678901',
      operator: 'Иванова А. А.',
      dateTime: '2026-11-22T09:00',
      autoMode: false,
      offlineMode: true,
      encryptionSign: true,
      taxationType: 1 | 32,
      kktVersion: '001',
      documentKktVersion: 4,
      documentFdVersion: 4,
      fdKeyResource: 410,
      usageConditionSigns: 4,
      fnsUrl: 'www.nalog.gov.ru',
      correctionKktReasonCode: 1 | 8,
    });
    expect(renderDocumentText(changed, { columns: 42 })).toBe(`             ООО "Ортосалон"
                г. Москва
                Ортосалон
              ИНН 7700000009
------------------------------------------
ОТЧЕТ ОБ ИЗМЕНЕНИИ ПАРАМЕТРОВ РЕГИСТРАЦИИ
22.11.2026 09:00
КАССИР: Иванова А. А.
------------------------------------------
ПРИЧИНЫ ИЗМЕНЕНИЯ СВЕДЕНИЙ О ККТ
 замена ФН
 новый адрес или место применения
------------------------------------------
СНО
 ОСН
 Патент
------------------------------------------
АВТОНОМНЫЙ РЕЖИМ
ШИФРОВАНИЕ
УСЛОВИЯ ПРИМЕНЕНИЯ ККТ              АС БСО
------------------------------------------
САЙТ ФНС                  www.nalog.gov.ru
------------------------------------------
ВЕРСИЯ ККТ                             001
ФФД ККТ                                1.2
ФФД ФН                                 1.2
РЕСУРС КЛЮЧЕЙ, ДНЕЙ                    410
------------------------------------------
ЗН ККТ                      00012345678901
РН ККТ                    0000000001036066
ФН                        9999078900001234
ФД                                      45
ФПД                             0000000007
ФФД                                    1.2
`);
  });

  it('of an opened shift, of the state of settlements, of the end of a drive and of the operator', () => {
    const papers: readonly (readonly [FiscalDocument, readonly string[]])[] = [
      [
        fiscalDocument(2, {
          ...drive,
          shiftNumber: 12,
          dateTime: '2026-11-22T09:00',
          kktVersion: '001',
          documentKktVersion: 4,
          ofdResponseTimeoutSign: true,
        }),
        ['ОТЧЕТ ОБ ОТКРЫТИИ СМЕНЫ', 'ВЕРСИЯ ККТ                                   001', 'ОФД НЕ ОТВЕЧАЕТ'],
      ],
      [
        fiscalDocument(21, {
          ...drive,
          dateTime: '2026-11-22T09:00',
          offlineMode: false,
          notTransmittedDocumentsQuantity: 2,
          notTransmittedDocumentNumber: 44,
          fiscalDriveSumReports: { sellOper: sold },
          notTransmittedDocumentsSumReports: {
            receiptCorrectionCount: 2,
            sellCorrection: { receiptBsoCount: 2, totalSum: 1 },
          },
        }),
        [
          'ОТЧЕТ О ТЕКУЩЕМ СОСТОЯНИИ РАСЧЕТОВ',
          'ПЕРВЫЙ НЕПЕРЕДАННЫЙ ФД                        44',
          'СЧЕТЧИКИ ИТОГОВ ФН',
        ],
      ],
      [
        fiscalDocument(6, {
          ...drive,
          shiftNumber: 12,
          dateTime: '2026-11-22T09:00',
          fiscalDriveSumReports: { buyOper: sold },
        }),
        ['ОТЧЕТ О ЗАКРЫТИИ ФИСКАЛЬНОГО НАКОПИТЕЛЯ', 'РАСХОД                                         3'],
      ],
      [
        fiscalDocument(7, {
          ofdInn: '7704358518',
          fiscalDriveNumber: '9999078900001234',
          fiscalDocumentNumber: 5,
          dateTime: '2026-11-22T09:00',
          operatorMessage: 2,
        }),
        ['ПОДТВЕРЖДЕНИЕ ОПЕРАТОРА', 'ИНН ОФД                               7704358518'],
      ],
    ];
    for (const [document, words] of papers) {
      const paper = renderDocumentText(document, { columns: 48 });
      for (const word of words) expect(paper).toContain(word);
    }
  });

  it.each([24, 32, 42, 48, 120])('fits %i columns, whatever the document', (columns) => {
    for (const code of documentCodes) {
      const paper = renderDocumentText(documentFromTags(code, closed.tags), { columns });
      for (const line of paper.split('\n')) expect([...line].length).toBeLessThanOrEqual(columns);
      // Nothing that the document says is left out, but for flags that are not set and sums of nothing.
      const joined = paper.replaceAll(/\s/g, '');
      for (const word of ['0102', '9999078900001234', '0000000007', '7700000009', '=11510.99', '300'])
        expect(joined).toContain(word);
    }
  });

  it('is a page and a picture too', () => {
    for (const markup of [renderDocumentHtml(closed), renderDocumentSvg(closed)]) {
      expect(markup).toContain('=12510.99');
      expect(markup).toContain('СЧЕТЧИКИ ИТОГОВ ФН');
    }
    expect(renderDocumentPng(closed).subarray(1, 4)).toEqual(Uint8Array.of(0x50, 0x4e, 0x47));
  });
});

describe('any document', () => {
  const sale = decodeDocument(encodeReceipt(certificateSale, register));

  it('that is a receipt is laid out as one, unless it lacks too much', () => {
    expect(renderDocumentText(sale, { columns: 32 })).toContain('БЕЗНАЛИЧНЫМИ');
    const poor = documentFromTags(
      3,
      sale.tags.filter(({ tag }) => tag !== 1020),
    );
    expect(documentRows(poor)).toEqual(requisiteRows(poor));
    expect(renderDocumentText(poor, { columns: 32 })).toContain('Трость опорная');
  });

  it('can be a list of requisites by their official names', () => {
    expect(renderRowsText(requisiteRows(closed), { columns: 42 })).toContain(` Счетчики операций «приход»
  Количество чеков (БСО) по признаку
  расчетов                               3
`);
  });
});
