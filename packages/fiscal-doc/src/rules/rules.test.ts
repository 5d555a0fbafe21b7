import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listsOf as arbitraryLists } from '../../test/support/arbitrary-tags.js';
import { certificateSale, register } from '../../test/support/sale.js';
import {
  decodeDocument,
  documentFromTags,
  encodeDocument,
  type FiscalDocument,
  fiscalDocument,
} from '../document.js';
import { encodeReceipt } from '../receipt-codec.js';
import { listsOf } from '../tag-list.js';
import type { TagFields } from '../tags/fields.js';
import type { TagEntry, TagList, TagValue } from '../tags.js';
import { type Issue, validateDocument } from './index.js';

const sale = decodeDocument(encodeReceipt(certificateSale, register));

/** The same list with some values changed, added (at the end) or – `undefined` – taken out. */
function change(list: TagList, changes: Readonly<Record<number, TagValue | undefined>>): TagList {
  const kept = list
    .filter(({ tag }) => !(tag in changes) || changes[tag] !== undefined)
    .map(
      (entry): TagEntry =>
        entry.tag in changes ? { tag: entry.tag, value: changes[entry.tag] as TagValue } : entry,
    );
  const added = Object.entries(changes)
    .filter(([tag, value]) => value !== undefined && !list.some((entry) => entry.tag === Number(tag)))
    .map(([tag, value]): TagEntry => ({ tag: Number(tag), value: value as TagValue }));
  return [...kept, ...added];
}

function changeLine(
  list: TagList,
  at: number,
  changes: Readonly<Record<number, TagValue | undefined>>,
): TagList {
  let index = -1;
  return list.map((entry) => {
    if (entry.tag !== 1059) return entry;
    index += 1;
    return index === at ? { tag: 1059, value: change(entry.value as TagList, changes) } : entry;
  });
}

const of = (tags: TagList, code: FiscalDocument['code'] = 3) => documentFromTags(code, tags);
const found = (issues: readonly Issue[]) =>
  issues.map((issue) => `${issue.severity} ${issue.code} ${issue.path}`);

describe('validateDocument', () => {
  it('finds nothing in a receipt of this package, in any version', () => {
    expect(validateDocument(sale)).toEqual([]);
    for (const ffdVersion of ['1.05', '1.1'] as const) {
      const lines = certificateSale.lines.map(({ unit: _unit, ...line }) => line);
      const older = decodeDocument(encodeReceipt({ ...certificateSale, lines }, { ...register, ffdVersion }));
      expect(validateDocument(older)).toEqual([]);
    }
  });

  const cases: readonly (readonly [string, FiscalDocument, readonly string[]])[] = [
    ['a mandatory requisite', of(change(sale.tags, { 1042: undefined })), ['error missing receipt/1042']],
    [
      'a requisite of a line',
      of(changeLine(sale.tags, 1, { 2108: undefined })),
      ['error missing receipt/items[1]/2108'],
    ],
    [
      'one that stands on paper only',
      of(change(sale.tags, { 1000: 'Кассовый чек' })),
      ['error forbidden receipt/1000'],
    ],
    [
      'one of another version',
      of(changeLine(sale.tags, 0, { 1197: 'шт' })),
      ['error unexpected receipt/items[0]/1197'],
    ],
    ['one of another document', of(change(sale.tags, { 1111: 5 })), ['error unexpected receipt/1111']],
    ['an unknown one', of(change(sale.tags, { 3000: new Uint8Array(1) })), ['warning unknown receipt/3000']],
    ['one that stands twice', of([...sale.tags, { tag: 1054, value: 1 }]), ['error repeated receipt/1054']],
    [
      'a value that is not listed',
      of(changeLine(sale.tags, 2, { 1212: 28 })),
      ['error value receipt/items[2]/1212'],
    ],
    ['bits that are not listed', of(change(sale.tags, { 1055: 128 })), ['error value receipt/1055']],
    ['an INN of eleven digits', of(change(sale.tags, { 1018: '77000000090' })), ['error inn receipt/1018']],
    ['an INN with wrong digits', of(change(sale.tags, { 1018: '7700000008' })), ['warning inn receipt/1018']],
    [
      'an organisation as the cashier',
      of(change(sale.tags, { 1203: '7700000009' })),
      ['error inn receipt/1203'],
    ],
    [
      'a short registration number',
      of(change(sale.tags, { 1037: '123' })),
      ['error registration-number receipt/1037'],
    ],
    ['a contact that is none', of(change(sale.tags, { 1008: 'Иван' })), ['warning value receipt/1008']],
    ['another site', of(change(sale.tags, { 1060: 'example.org' })), ['warning value receipt/1060']],
    [
      'characters outside CP866',
      of(change(sale.tags, { 1048: 'ООО «Ёж»' })),
      ['warning character receipt/1048'],
    ],
    [
      'payments that do not add up',
      of(change(sale.tags, { 1081: 1_251_000 })),
      ['error sum-total receipt/1020'],
    ],
    [
      'a total above the lines',
      of(change(sale.tags, { 1020: 1_251_100, 1081: 1_251_100 })),
      ['error sum-lines receipt/1020'],
    ],
    ['a total rounded down by 99 kopecks', of(change(sale.tags, { 1020: 1_251_000, 1081: 1_251_000 })), []],
    [
      'one rounded by a ruble',
      of(change(sale.tags, { 1020: 1_250_999, 1081: 1_250_999 })),
      ['error sum-lines receipt/1020'],
    ],
    [
      'a line that is not price × quantity',
      of(changeLine(sale.tags, 0, { 1079: 149_990 })),
      ['error sum-line receipt/items[0]/1043'],
    ],
    [
      'one that is a kopeck off',
      of(changeLine(sale.tags, 0, { 1079: 150_001 })),
      ['warning sum-line receipt/items[0]/1043'],
    ],
    ['VAT that is wrong', of(change(sale.tags, { 1103: 13_600 })), ['error vat-sum receipt/1103']],
    ['VAT that is missing', of(change(sale.tags, { 1103: undefined })), ['error vat-missing receipt/1103']],
    [
      'VAT in the block of rates that is missing',
      of(change(sale.tags, { 1115: undefined })),
      ['error vat-missing receipt/amountsReceiptNds'],
    ],
    ['VAT of no line', of(change(sale.tags, { 1102: 100 })), ['warning vat-unexpected receipt/1102']],
    [
      'VAT of a line that is wrong',
      of(changeLine(sale.tags, 0, { 1200: 1 })),
      ['warning vat-line receipt/items[0]/1200'],
    ],
    [
      '22 % in 2025',
      of(change(sale.tags, { 1012: '2025-12-31T23:59:00' })),
      ['error vat-rate receipt/items[2]/1199'],
    ],
    [
      '22 % on 2 January 2026',
      of(change(sale.tags, { 1012: '2026-01-02T10:00:00' })),
      ['warning vat-rate receipt/items[2]/1199'],
    ],
    ['22 % on 5 January 2026', of(change(sale.tags, { 1012: '2026-01-05T00:00:00' })), []],
    [
      '22 % in the return of a settlement of 2025',
      of(change(sale.tags, { 1012: '2025-12-31T10:00:00', 1054: 2 })),
      ['warning vat-rate receipt/items[2]/1199'],
    ],
    [
      'VAT beside a patent',
      of(change(sale.tags, { 1055: 32 })),
      ['warning vat-rate receipt/items[0]/1199', 'warning vat-rate receipt/items[2]/1199'],
    ],
    ['two tax systems', of(change(sale.tags, { 1055: 3 })), ['error taxation receipt/1055']],
    ['a tax system that ended', of(change(sale.tags, { 1055: 8 })), ['error taxation receipt/1055']],
    [
      'nobody at the till',
      of(change(sale.tags, { 1021: undefined, 1203: undefined })),
      ['warning cashier receipt/1021'],
    ],
    ['an automat', of(change(sale.tags, { 1021: undefined, 1203: undefined, 1036: '5' })), []],
    [
      'the internet without an address',
      of(change(sale.tags, { 1008: undefined, 1125: true })),
      ['error internet receipt/1008'],
    ],
    [
      'a marked good without its code',
      of(changeLine(sale.tags, 0, { 1212: 33 })),
      [
        'error marking receipt/items[0]/productCodeNew',
        'error marking receipt/items[0]/2106',
        'error marking receipt/2107',
      ],
    ],
    [
      'two marked pieces in a line',
      of(
        change(
          changeLine(sale.tags, 1, { 1212: 33, 2106: 15, 1163: [{ tag: 1305, value: '0104600439931256' }] }),
          { 2107: true },
        ),
      ),
      ['error measure receipt/items[1]/1023'],
    ],
    [
      'a part that is more than the whole',
      of(
        changeLine(sale.tags, 0, {
          1291: [
            { tag: 1293, value: 3 },
            { tag: 1294, value: 2 },
          ],
        }),
      ),
      ['error measure receipt/items[0]/labeledProdFractionalQuantity/1293'],
    ],
    [
      'an agent without a supplier',
      of(changeLine(sale.tags, 0, { 1222: 64 })),
      ['error agent receipt/items[0]/1226', 'warning agent receipt/items[0]/providerData'],
    ],
    [
      'a user property without a value',
      of(change(sale.tags, { 1084: [{ tag: 1085, value: 'x' }] })),
      ['warning missing receipt/properties/1086'],
    ],
    [
      'a text in FFD 1.05 where 1.2 has a code',
      of(changeLine(change(sale.tags, { 1209: 2 }), 0, { 1212: 33 })),
      [
        'error unexpected receipt/items[0]/2108',
        'error unexpected receipt/items[1]/2108',
        'error unexpected receipt/items[2]/2108',
        'error marking receipt/items[0]/1212',
      ],
    ],
    [
      'single payments that are not what 1081 says',
      of(
        change(sale.tags, {
          1234: [
            {
              tag: 1235,
              value: [
                { tag: 1082, value: 5 },
                { tag: 1236, value: 1 },
                { tag: 1237, value: 'rrn' },
              ],
            },
          ],
        }),
      ),
      ['warning sum-payments receipt/nonCashPayments'],
    ],
    [
      'goods handed over on credit, and no credit',
      of(changeLine(sale.tags, 2, { 1214: 6 })),
      ['warning sum-payments receipt/1216'],
    ],
    [
      'a broken number of pieces',
      of(changeLine(sale.tags, 0, { 1023: '1.5', 1079: 100_000 })),
      ['warning measure receipt/items[0]/1023'],
    ],
    [
      'nothing sold',
      of(changeLine(sale.tags, 0, { 1023: '0', 1079: 0 })),
      ['error sum-line receipt/items[0]/1043'],
    ],
    [
      'a line without a rate',
      of(changeLine(sale.tags, 0, { 1199: undefined })),
      ['warning vat-missing receipt/items[0]/1199'],
    ],
    [
      'money before the goods at a plain rate',
      of(changeLine(sale.tags, 2, { 1214: 1 })),
      ['warning vat-rate receipt/items[2]/1199'],
    ],
    [
      'a check of no code',
      of(changeLine(sale.tags, 0, { 2106: 15 })),
      ['warning marking receipt/items[0]/2106'],
    ],
    [
      'goods without a name',
      of(changeLine(sale.tags, 0, { 1030: ' ' })),
      ['warning value receipt/items[0]/1030'],
    ],
    [
      'a rate in the block of rates that has a tag of its own, and one that stands twice',
      of(
        change(sale.tags, {
          1115: [11, 2, 11].map((code) => ({
            tag: 1119,
            value: [
              { tag: 1199, value: code },
              { tag: 1120, value: 198 },
            ],
          })),
        }),
      ),
      [
        'warning vat-unexpected receipt/amountsReceiptNds/amountsNds[1]/1199',
        'error repeated receipt/amountsReceiptNds/amountsNds[2]/1199',
      ],
    ],
    [
      'a register for the internet alone, and no address of the buyer',
      of(change(sale.tags, { 1008: undefined, 1108: true })),
      ['error internet receipt/1008'],
    ],
    [
      'two codes of one product',
      of(
        change(
          changeLine(sale.tags, 0, {
            1212: 33,
            2106: 15,
            1163: [
              { tag: 1302, value: '4600439931256' },
              { tag: 1301, value: '46004399' },
            ],
          }),
          { 2107: true },
        ),
      ),
      ['error marking receipt/items[0]/productCodeNew'],
    ],
    [
      'a product code of an unknown kind in FFD 1.05',
      of([
        ...change(sale.tags, {
          1059: undefined,
          1209: 2,
          1115: undefined,
          1105: undefined,
          1020: 150_000,
          1081: 150_000,
        }),
        {
          tag: 1059,
          value: change(listsOf(sale.tags, 1059)[0] ?? [], {
            2108: undefined,
            1162: Uint8Array.of(255, 255, 1),
          }),
        },
      ]),
      ['info marking receipt/items[0]/1162'],
    ],
    ['a version that does not exist', of(change(sale.tags, { 1209: 9 })), ['error version receipt/1209']],
  ];
  it.each(cases)('%s', (_, document, expected) => {
    const issues = validateDocument(document);
    expect(found(issues)).toEqual(expected);
    // Each finding says what it rests on.
    for (const { clause } of issues) expect(clause).toMatch(/^(ЕД-7-20|ММВ-7-20|54-ФЗ|97-ФЗ|НК РФ)/);
  });

  it('says everything in two languages, with the table it rests on', () => {
    const [issue] = validateDocument(of(change(sale.tags, { 1042: undefined })));
    expect(issue).toEqual({
      code: 'missing',
      path: 'receipt/1042',
      tag: 1042,
      severity: 'error',
      message: 'tag 1042 is missing',
      message_ru: 'Нет обязательного реквизита 1042 «Номер чека за смену»',
      clause: 'ЕД-7-20/662@, прил. 2, табл. 96',
    });
  });

  it('is milder to documents from the field', () => {
    const broken = of(change(sale.tags, { 1042: undefined, 1081: 5 }));
    expect(found(validateDocument(broken, { strictness: 'field' }))).toEqual([
      'warning missing receipt/1042',
      'error sum-total receipt/1020',
    ]);
  });

  it('can tell only what a format-logic control may refuse', () => {
    const document = of(
      change(sale.tags, { 1042: undefined, 1081: 5, 1021: undefined, 1012: '2025-12-31T23:59:00' }),
    );
    expect(found(validateDocument(document, { strictness: 'flc' }))).toEqual([
      'error missing receipt/1042',
      'error sum-total receipt/1020',
    ]);
  });

  it('judges the rates of a return by the day of the sale, when it is told', () => {
    const back = of(change(sale.tags, { 1054: 2 }));
    expect(validateDocument(back)).toEqual([]);
    expect(found(validateDocument(back, { originalDate: '2025-11-20' }))).toEqual([
      'error vat-rate receipt/items[2]/1199',
    ]);
  });

  it('asks for the agent of a receipt in FFD 1.05', () => {
    const { certificate: _certificate, ...plain } = certificateSale;
    const bytes = encodeReceipt(
      { ...plain, agent: { types: ['payingAgent'], data: { payingAgentPhones: ['+74950000001'] } } },
      { ...register, ffdVersion: '1.05' },
    );
    expect(found(validateDocument(decodeDocument(bytes)))).toEqual([
      'warning agent receipt/1074',
      'warning agent receipt/1171',
    ]);
  });

  it('knows odd spellings and lengths', () => {
    const line = [{ tag: 1079, value: 5, raw: Uint8Array.of(5, 0) }];
    const document = fiscalDocument(2, { kktVersion: '1' });
    const tags = [
      ...document.tags.map((entry) => ({ ...entry, value: '123456789', raw: new Uint8Array(9).fill(0x31) })),
      { tag: 1059, value: line },
    ];
    const issues = found(validateDocument(of(tags, 2), { ffdVersion: '1.2' }));
    expect(issues).toContain('error length openShift/1188');
    expect(issues).toContain('info spelling openShift/items[0]/1079');
  });

  it('accepts VAT that adds up rounded lines', () => {
    // Two lines of 3 kopecks at 20 %: each 0.5 → 1, together 1.0.
    const lines = certificateSale.lines.slice(0, 1).flatMap((line) => [
      { ...line, price: 3, vat: '10' as const },
      { ...line, price: 3, vat: '10' as const },
    ]);
    const { certificate: _certificate, ...plain } = certificateSale;
    const document = decodeDocument(encodeReceipt({ ...plain, lines, payments: { cash: 6 } }, register));
    expect(validateDocument(of(change(document.tags, { 1103: 0 })))).toEqual([]);
    expect(validateDocument(of(change(document.tags, { 1103: 1 })))).toEqual([]);
    expect(found(validateDocument(of(change(document.tags, { 1103: 2 }))))).toEqual([
      'error vat-sum receipt/1103',
    ]);
  });
});

describe('corrections', () => {
  const base = (children: TagList) => change(sale.tags, { 1008: undefined, 1173: 0, 1174: children });
  it.each([
    ['a whole one', of(base([{ tag: 1178, value: '2026-11-20' }]), 31), []],
    ['without its day', of(base([]), 31), ['error correction receiptCorrection/correctionBase/1178']],
    [
      'of a day to come',
      of(base([{ tag: 1178, value: '2026-11-23' }]), 31),
      ['error date receiptCorrection/correctionBase/1178'],
    ],
    [
      'by order without its number',
      of(change(base([{ tag: 1178, value: '2026-11-20' }]), { 1173: 1 }), 31),
      ['error correction receiptCorrection/correctionBase/1179'],
    ],
    [
      'the rate is that of the corrected day',
      of(base([{ tag: 1178, value: '2025-11-20' }]), 31),
      ['error vat-rate receiptCorrection/items[2]/1199'],
    ],
  ] as const)('%s', (_, document, expected) => {
    expect(found(validateDocument(document))).toEqual(expected);
  });
});

describe('counters of reports', () => {
  const sold = { receiptBsoCount: 3, cashSum: 100, ecashSum: 200, totalSum: 300 };
  const closed = (counters: TagFields, more: TagFields = {}) =>
    fiscalDocument(5, {
      fiscalDriveNumber: '9999078900001234',
      kktRegId: '0000000001036066',
      userInn: '7700000009',
      operator: 'Иванова А. А.',
      fiscalDocumentNumber: 9,
      fiscalSign: Uint8Array.of(0x31, 4, 0, 0, 0, 7),
      shiftNumber: 12,
      dateTime: '2026-11-22T21:00',
      documentsQuantity: 6,
      receiptQuantity: 4,
      fdKeyResource: 300,
      fiscalDriveSumReports: counters,
      fiscalDocumentFormatVer: 4,
      ...more,
    });

  it.each<readonly [string, FiscalDocument, readonly string[]]>([
    [
      'add up',
      closed({
        sellOper: sold,
        receiptCorrection: {
          receiptCorrectionCount: 1,
          sellCorrection: { receiptBsoCount: 1, cashSum: 5, totalSum: 5 },
        },
        totalReceiptBsoCount: 4,
      }),
      [],
    ],
    [
      'have a total that nobody paid',
      closed({ sellOper: { ...sold, totalSum: 301 } }),
      ['error sum-counters closeShift/fiscalDriveSumReports/sellOper/1201'],
    ],
    [
      'count receipts that are of no kind',
      closed({ sellOper: sold, totalReceiptBsoCount: 4 }),
      ['error sum-counters closeShift/fiscalDriveSumReports/1134'],
    ],
    [
      'count corrections that are of no kind',
      closed({
        receiptCorrection: { receiptCorrectionCount: 2, sellCorrection: { receiptBsoCount: 1, totalSum: 0 } },
      }),
      ['error sum-counters closeShift/fiscalDriveSumReports/1144'],
    ],
    [
      'are of more receipts than documents',
      closed({ sellOper: sold }, { documentsQuantity: 5 }),
      ['warning sum-counters closeShift/1111'],
    ],
    [
      'tell of waiting documents, but not since when',
      closed({ sellOper: sold }, { notTransmittedDocumentsQuantity: 1 }),
      ['warning missing closeShift/1098'],
    ],
  ])('%s', (_, document, expected) => {
    expect(found(validateDocument(document))).toEqual(expected);
  });
});

describe('registrations', () => {
  const registration = fiscalDocument(1, {
    fiscalDriveNumber: '9999078900001234',
    kktRegId: '0000000001036066',
    kktNumber: '00012345678901',
    userInn: '7700000009',
    user: 'ООО "Ортосалон"',
    operator: 'Иванова А. А.',
    fiscalDocumentNumber: 1,
    dateTime: '2026-11-22T09:00',
    fiscalSign: Uint8Array.of(0x21, 4, 0, 0, 0, 1),
    retailPlaceAddress: '101000, г. Москва, ул. Мясницкая, д. 1',
    retailPlace: 'Ортосалон',
    autoMode: false,
    offlineMode: false,
    encryptionSign: false,
    ofdInn: '7704358518',
    ofdName: 'ОФД',
    taxationType: 1,
    kktVersion: '1.0',
    documentKktVersion: 4,
    documentFdVersion: 4,
    fiscalDocumentFormatVer: 4,
    fdKeyResource: 410,
    usageConditionSigns: 0,
    fnsUrl: 'www.nalog.gov.ru',
  });

  it('are right, when they are', () => {
    expect(validateDocument(registration)).toEqual([]);
    expect(validateDocument(decodeDocument(encodeDocument(registration)))).toEqual([]);
  });

  it('name the operator unless offline, and the automat', () => {
    const issues = validateDocument(
      of(change(registration.tags, { 1001: true, 1017: undefined, 1046: undefined }), 1),
    );
    expect(found(issues)).toEqual([
      'error registration fiscalReport/1017',
      'error registration fiscalReport/1046',
      'error registration fiscalReport/1036',
    ]);
    const offline = change(registration.tags, { 1002: true, 1017: undefined, 1046: undefined });
    expect(validateDocument(of(offline, 1))).toEqual([]);
  });

  it('warn of a registration number that is of another register', () => {
    expect(found(validateDocument(of(change(registration.tags, { 1013: '5' }), 1)))).toEqual([
      'warning registration-number fiscalReport/1037',
    ]);
  });
});

describe('any document at all', () => {
  it.each([1, 2, 6, 11])('may hold more money than there is, at rate %i', (rate) => {
    const most = Number.MAX_SAFE_INTEGER;
    const line: TagEntry = {
      tag: 1059,
      value: [
        { tag: 1079, value: most },
        { tag: 1023, value: '1' },
        { tag: 1043, value: most },
        { tag: 1199, value: rate },
      ],
    };
    const total = { 1: 1102, 2: 1103, 6: 1105 }[rate];
    const stated: TagEntry =
      total === undefined
        ? {
            tag: 1115,
            value: [
              {
                tag: 1119,
                value: [
                  { tag: 1199, value: rate },
                  { tag: 1120, value: 1 },
                ],
              },
            ],
          }
        : { tag: total, value: 1 };
    const tags: TagList = [
      line,
      line,
      stated,
      { tag: 1020, value: most },
      { tag: 1031, value: most },
      { tag: 1209, value: 4 },
    ];
    expect(found(validateDocument(of(tags, 3))).join()).toContain('vat-sum');
  });

  it('may hold as many requisites as there is room for', () => {
    const tags: TagList = Array.from({ length: 16_383 }, () => ({ tag: 1059, value: [] }));
    const before = performance.now();
    const issues = validateDocument(of(tags, 2));
    expect(issues.at(-1)?.path).not.toBe('');
    expect(issues.some(({ path }) => path === 'openShift/items[16382]')).toBe(true);
    expect(performance.now() - before).toBeLessThan(3000);
  });

  it('is judged without an exception', () => {
    fc.assert(
      fc.property(
        arbitraryLists(3, false),
        fc.constantFrom(1, 2, 3, 5, 6, 7, 11, 21, 31, 82, 84),
        (tags, code) => {
          for (const issue of validateDocument(of(tags, code))) {
            expect(issue.path).not.toBe('');
            expect(issue.message_ru).not.toBe('');
            expect(issue.clause).not.toBe('');
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
