import { encodeText, randomInt, seededRandom } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectCatalogue, readTruCsv } from '../catalogue/index.js';
import { parseTruCode, safeParseTruCode } from '../index.js';
import {
  type AssortmentItem,
  checkTruCsv,
  collectMapping,
  type EnrichCsvOptions,
  enrichCsv,
  enrichItems,
  type ItemReason,
  type ItemStatus,
  readMappingCsv,
  readMappingFields,
} from './index.js';

const { catalogue } = await collectCatalogue(
  readTruCsv(`Код;Наименование
329921120.060010101;Трость опорная, без устройства противоскольжения
329921120.060010102;Трость опорная, с устройством противоскольжения
329921120.060020201;Трость белая тактильная цельная
266014120.170000111;Слуховой аппарат цифровой заушный
`),
);

const mappingText = `Артикул;Код ТРУ;Класс КТСР;Производитель;Модель;Страна
FULL;329921120.060010102;;0008;0001;Россия
KTSR-FORM;329921120.060010102.0008.0001.643;;;;
ZEROS;329921120.060010102;;;;RU
TWICE;329921120.060010101;;;;643
TWICE;329921120.060010101;;;;643
TWO;329921120.060010101;;;;643
TWO;329921120.060010102;;;;643
CLASS;;06-01-02;;;
NOCLASS;;22-01-01;;;
ELSEWHERE;325022154.090001101;;;;643
MAKER;329921120.060010102;;8;;643
LAND;329921120.060010102;;;;Атлантида
AUSTRALIA;329921120.060010102;;;;36
EXCEL;3,29921E+29;;;;
DATE;;06.01.2002;;;
BOTH;329921120.060010102.0008.0001.643;;0009;;
ABC-1;329921120.060010102;;0008;0001;643
`;

const { mapping, problems } = await collectMapping(readMappingCsv(mappingText));

function one(item: AssortmentItem, options?: { onConflict: 'use-mapping' }) {
  const [answer] = enrichItems([item], catalogue, mapping, options).items;
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

describe('the mapping', () => {
  it('tells of its bad rows', () => {
    expect(problems.map(({ line, column, code }) => [line, column, code])).toEqual([
      [12, 'Производитель', 'EXCEL_LOST_ZEROS'],
      [13, 'Страна', 'COUNTRY_UNKNOWN'],
      [14, 'Страна', 'EXCEL_LOST_ZEROS'],
      [15, 'Код ТРУ', 'EXCEL_SCIENTIFIC'],
      [16, 'Класс КТСР', 'EXCEL_DATE'],
      [17, 'Производитель', 'TRU_PART_CONFLICT'],
    ]);
    expect(mapping.size).toBe(15);
  });

  it('is read in any encoding and delimiter, by the names of its columns or as told', async () => {
    const sources = [
      encodeText(mappingText, 'windows-1251').bytes,
      `\ufeff${mappingText}`,
      mappingText.replaceAll(';', ',').replace('3,29921E+29', '"3,29921E+29"'),
      mappingText.replaceAll('\n', '\r\n'),
      mappingText.replace(
        'Артикул;Код ТРУ;Класс КТСР;Производитель;Модель;Страна',
        'sku;tru;ktsr;manufacturer;model;country',
      ),
    ];
    for (const source of sources) {
      const again = (await collectMapping(readMappingCsv(source))).mapping;
      expect(again.get('FULL')).toEqual(mapping.get('FULL'));
      expect(again.size).toBe(mapping.size);
    }
    const odd = await collectMapping(
      readMappingCsv('x;y\nA;329921120.060010102\n', { columns: { article: 'x' } }),
    );
    expect(odd.mapping.get('A')[0]?.code?.base).toBe('329921120.060010102');
    await expect(collectMapping(readMappingCsv('x;y\nA;329921120.060010102\n'))).rejects.toMatchObject({
      code: 'CSV_NO_COLUMN',
      path: 'article',
    });
    await expect(collectMapping(readMappingCsv(mappingText), { badRows: 'refuse' })).rejects.toMatchObject({
      code: 'CSV_BAD_ROW',
      path: 'line 12/column "Производитель"',
    });
  });

  it('is read from rows of a database as well', () => {
    expect(readMappingFields({ article: 'A', tru: '329921120.060010102', country: 'Россия' }, 1)).toEqual({
      ok: true,
      line: 1,
      entry: { article: 'A', code: parseTruCode('329921120.060010102.0000.0000.643') },
    });
    expect(
      readMappingFields({ article: 'A', tru: '329921120.060010102', country: '000', model: '0000' }, 1),
    ).toMatchObject({
      entry: { code: { enriched: false } },
    });
    expect(readMappingFields({ article: '', tru: 'x' }, 7)).toMatchObject({
      ok: false,
      problem: { code: 'ARTICLE_EMPTY', line: 7 },
    });
    expect(readMappingFields({ article: 'A' }, 1)).toMatchObject({
      article: 'A',
      problem: { code: 'TRU_EMPTY' },
    });
    expect(readMappingFields({ article: 'A', tru: '329921120.060010102', model: 'X-1' }, 1)).toMatchObject({
      problem: { code: 'TRU_BAD_PART', column: 'model' },
    });
  });
});

describe('enrichItems', () => {
  it.each<[string, AssortmentItem, ItemStatus, ItemReason, string | undefined]>([
    ['all parts', { article: 'FULL' }, 'enriched', 'mapping', '329921120.06001010200080001643'],
    ['the form of KTSR', { article: 'KTSR-FORM' }, 'enriched', 'mapping', '329921120.06001010200080001643'],
    ['some parts', { article: 'ZEROS' }, 'enriched-with-zeros', 'mapping', '329921120.06001010200000000643'],
    [
      'the same row twice',
      { article: 'TWICE' },
      'enriched-with-zeros',
      'mapping',
      '329921120.06001010100000000643',
    ],
    ['rows that differ', { article: 'TWO' }, 'ambiguous', 'mapping-rows-differ', undefined],
    ['a class', { article: 'CLASS' }, 'ambiguous', 'class-only', undefined],
    ['a class without codes', { article: 'NOCLASS' }, 'not-found', 'class-not-in-catalogue', undefined],
    ['a code nobody lists', { article: 'ELSEWHERE' }, 'not-found', 'code-not-in-catalogue', undefined],
    ['a lost zero in the mapping', { article: 'MAKER' }, 'damaged', 'mapping-damaged', undefined],
    ['no such country', { article: 'LAND' }, 'damaged', 'mapping-damaged', undefined],
    ['a date in the mapping', { article: 'DATE' }, 'damaged', 'mapping-damaged', undefined],
    ['no row', { article: 'NEW' }, 'not-found', 'no-mapping', undefined],
    ['no article', { article: '' }, 'not-found', 'article-empty', undefined],
    ['blanks around', { article: ' FULL ' }, 'not-found', 'article-spelled-otherwise', undefined],
    ['Cyrillic letters', { article: 'АВС-1' }, 'not-found', 'article-spelled-otherwise', undefined],
    ['zeros in front', { article: '00abc-1' }, 'not-found', 'article-spelled-otherwise', undefined],
    ['a spoilt article', { article: '4,60123E+12' }, 'damaged', 'article-damaged', undefined],
    [
      'a name of the catalogue',
      { article: 'NEW', name: 'ТРОСТЬ  белая тактильная цельная' },
      'ambiguous',
      'same-name',
      undefined,
    ],
    [
      'a code of its own',
      { article: 'NEW', tru: '329921120.060010101.0008.0001.643' },
      'enriched',
      'own-code',
      '329921120.06001010100080001643',
    ],
    [
      'a short code of its own',
      { article: 'NEW', tru: '329921120.060010101' },
      'enriched-with-zeros',
      'own-code',
      '329921120.06001010100000000000',
    ],
    [
      'a code that agrees',
      { article: 'FULL', tru: '329921120.060010102' },
      'enriched',
      'own-code-and-mapping',
      '329921120.06001010200080001643',
    ],
    [
      'a code that knows more',
      { article: 'ZEROS', tru: '329921120.060010102.0008.0000.000' },
      'enriched-with-zeros',
      'own-code-and-mapping',
      '329921120.06001010200080000643',
    ],
    [
      'a code of other goods',
      { article: 'FULL', tru: '329921120.060010101' },
      'conflicting',
      'own-code-differs',
      undefined,
    ],
    [
      'another country',
      { article: 'FULL', tru: '329921120.060010102.0000.0000.112' },
      'conflicting',
      'own-part-differs',
      undefined,
    ],
    [
      'a code spoilt by a spreadsheet',
      { article: 'FULL', tru: '3,29921E+29' },
      'damaged',
      'own-code-damaged',
      undefined,
    ],
    [
      'a code of 18 digits',
      { article: 'FULL', tru: '329921120.06001010' },
      'damaged',
      'own-code-damaged',
      undefined,
    ],
  ])('%s', (_name, item, status, reason, full) => {
    const answer = one(item);
    expect([answer.status, answer.reason, answer.code?.full]).toEqual([status, reason, full]);
    expect(answer.userMessage).toMatch(/[А-Яа-я]/);
    expect(answer.item).toBe(item);
  });

  it('lists what may be meant', () => {
    expect(one({ article: 'TWO' }).candidates).toEqual([
      { code: '329921120.06001010100000000643', name: 'Трость опорная, без устройства противоскольжения' },
      { code: '329921120.06001010200000000643', name: 'Трость опорная, с устройством противоскольжения' },
    ]);
    expect(one({ article: 'CLASS' }).candidates.map((candidate) => candidate.code)).toEqual([
      '329921120.060010102',
    ]);
    expect(one({ article: 'FULL', tru: '329921120.060010101' }).candidates).toHaveLength(2);
  });

  it('explains in words', () => {
    expect(one({ article: 'MAKER' }).userMessage).toBe(
      'Таблица соответствия, строка 12, столбец «Производитель»: Потеряны нули в начале: «8», а должно быть 4 цифры. Задайте столбцу текстовый формат до вставки данных и вставьте их заново',
    );
    expect(one({ article: ' FULL ' }).userMessage).toContain('«FULL»');
    expect(one({ article: 'ZEROS' })).toMatchObject({
      missing: ['manufacturer', 'model'],
      userMessage: 'Не указано: производитель, модель',
    });
    expect(one({ article: 'FULL', tru: '329921120.06001010' }).damage).toEqual({
      code: 'TRU_TOO_SHORT',
      position: 18,
    });
  });

  it('lets the mapping win when told to', () => {
    const options = { onConflict: 'use-mapping' } as const;
    expect(one({ article: 'FULL', tru: '329921120.060010101' }, options).code?.full).toBe(
      '329921120.06001010200080001643',
    );
    // What the mapping does not say stays as it was, of the same goods only.
    expect(one({ article: 'ZEROS', tru: '329921120.060010102.0008.0000.112' }, options).code?.full).toBe(
      '329921120.06001010200080000643',
    );
    expect(one({ article: 'ZEROS', tru: '329921120.060010101.0008.0000.112' }, options).code?.full).toBe(
      '329921120.06001010200000000643',
    );
  });

  it('takes any valid code without a catalogue', () => {
    const { items } = enrichItems([{ article: 'ELSEWHERE' }], undefined, mapping);
    expect(items[0]?.code?.base).toBe('325022154.090001101');
  });

  it('counts', () => {
    const { report } = enrichItems(
      [{ article: 'FULL' }, { article: 'TWO' }, { article: 'X' }, { article: 'Y' }],
      catalogue,
      mapping,
    );
    expect(report).toEqual({
      total: 4,
      byStatus: {
        enriched: 1,
        'enriched-with-zeros': 0,
        ambiguous: 1,
        'not-found': 2,
        conflicting: 0,
        damaged: 0,
      },
      byReason: { mapping: 1, 'mapping-rows-differ': 1, 'no-mapping': 2 },
    });
  });

  it('gives the same again for what it gave', () => {
    const article = fc.constantFrom('FULL', 'ZEROS', 'TWO', 'CLASS', 'ELSEWHERE', 'MAKER', 'NEW', '');
    const tru = fc.constantFrom(
      '',
      '329921120.060010101',
      '329921120.060010102',
      '329921120.060010102.0008.0000.112',
      'x',
    );
    const how = fc.constantFrom('report' as const, 'use-mapping' as const);
    fc.assert(
      fc.property(article, tru, how, (itsArticle, itsTru, onConflict) => {
        const first = enrichItems([{ article: itsArticle, tru: itsTru }], catalogue, mapping, { onConflict })
          .items[0];
        const stored = { article: itsArticle, tru: first?.code?.full ?? itsTru };
        const second = enrichItems([stored], catalogue, mapping, { onConflict }).items[0];
        expect([second?.status, second?.code, second?.userMessage]).toEqual([
          first?.status,
          first?.code,
          first?.userMessage,
        ]);
      }),
    );
  });
});

async function run(source: Parameters<typeof enrichCsv>[0], options: Partial<EnrichCsvOptions> = {}) {
  const started = await enrichCsv(source, { catalogue, mapping, ...options });
  const chunks: Uint8Array[] = [];
  for await (const chunk of started.output) chunks.push(chunk);
  return { bytes: new Uint8Array(Buffer.concat(chunks)), report: started.report, dialect: started.dialect };
}

const textOf = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

describe('enrichCsv', () => {
  const shop = `Артикул;Наименование;Цена;Склад
FULL;"Трость ""Ника""; складная";1 500,00;12
ZEROS;Трость;900;
NEW;Зонт;"10
строк";1
MAKER;Трость;1;2
;;;
5" трубка;a "b";c
`;

  it('adds the code, the result and why, and keeps the rest', async () => {
    const { bytes, report } = await run(shop);
    expect(textOf(bytes)).toBe(`Артикул;Наименование;Цена;Склад;Код ТРУ;ТРУ: результат;ТРУ: пояснение
FULL;"Трость ""Ника""; складная";1 500,00;12;329921120.06001010200080001643;обогащён;Код полный
ZEROS;Трость;900;;329921120.06001010200000000643;обогащён, есть нули;Не указано: производитель, модель
NEW;Зонт;"10
строк";1;;не найден;Артикула нет в таблице соответствия
MAKER;Трость;1;2;;повреждён;Таблица соответствия, строка 12, столбец «Производитель»: Потеряны нули в начале: «8», а должно быть 4 цифры. Задайте столбцу текстовый формат до вставки данных и вставьте их заново
;;;;;;
5" трубка;a "b";c
`);
    expect(report).toMatchObject({
      total: 4,
      unreadable: 1,
      byStatus: { enriched: 1, 'enriched-with-zeros': 1, 'not-found': 1, damaged: 1 },
      problems: [{ line: 8, code: 'CSV_STRAY_QUOTE' }],
    });
    expect(report.details.map(({ item, reason }) => [item.line, reason])).toEqual([
      [3, 'mapping'],
      [4, 'no-mapping'],
      [6, 'mapping-damaged'],
    ]);
  });

  it('changes nothing when it is done again', async () => {
    const once = (await run(shop)).bytes;
    const twice = await run(once);
    expect(textOf(twice.bytes)).toBe(textOf(once));
    expect(twice.report.byStatus).toMatchObject({
      enriched: 1,
      'enriched-with-zeros': 1,
      'not-found': 1,
      damaged: 1,
    });
  });

  it('writes into the column of codes that is there, in the dialect that it met', async () => {
    const text = 'sep=,\r\nТРУ,Имя,Артикул\r\n,"Трость, белая",FULL\r\n329921120.060010101,Трость,NEW\r\n';
    const expected =
      'sep=,\r\nТРУ,Имя,Артикул,ТРУ: результат,ТРУ: пояснение\r\n' +
      '329921120.06001010200080001643,"Трость, белая",FULL,обогащён,Код полный\r\n' +
      '329921120.06001010100000000000,Трость,NEW,"обогащён, есть нули","Не указано: производитель, модель, страна"\r\n';
    for (const encoding of ['windows-1251', 'ibm866'] as const) {
      const { bytes, dialect } = await run(encodeText(text, encoding).bytes, { encoding });
      expect(dialect).toEqual({ encoding, bom: false, delimiter: ',', newline: '\r\n', sepLine: true });
      expect(bytes).toEqual(encodeText(expected, encoding, 'refuse').bytes);
    }
    expect(textOf((await run(`\ufeff${text}`)).bytes)).toBe(`\ufeff${expected}`);
  });

  it('never overwrites what is not its own', async () => {
    // A row with three separators too many would fit once three columns were added.
    const once = await run('Артикул;Имя\nFULL;a;b;c;d\nFULL;a\n');
    expect(once.report).toMatchObject({ total: 1, unreadable: 1 });
    expect(textOf(once.bytes)).toContain('FULL;a;b;c;d;;;\n');
    const twice = await run(once.bytes);
    expect(twice.report).toMatchObject({
      total: 1,
      unreadable: 1,
      problems: [{ line: 2, code: 'CSV_CELL_COUNT' }],
    });
    expect(textOf(twice.bytes)).toBe(textOf(once.bytes));
    const own = await run('Артикул;ТРУ: результат\nFULL;хит\nFULL;\n');
    expect(own.report).toMatchObject({
      total: 1,
      unreadable: 1,
      problems: [{ line: 2, code: 'FOREIGN_RESULT', value: 'хит' }],
    });
    expect(textOf(own.bytes)).toContain('FULL;хит;;\n');
  });

  it('does not let an open quote swallow what it writes', async () => {
    const once = await run('Артикул,Имя\nX,"open\nZEROS,b\n');
    expect(textOf(once.bytes)).toBe(
      'Артикул,Имя,Код ТРУ,ТРУ: результат,ТРУ: пояснение\n"X,""open",,,\n' +
        'ZEROS,b,329921120.06001010200000000643,"обогащён, есть нули","Не указано: производитель, модель"\n',
    );
    expect(once.report).toMatchObject({
      total: 1,
      unreadable: 1,
      problems: [{ line: 2, code: 'CSV_UNCLOSED_QUOTE' }],
    });
    expect(textOf((await run(once.bytes)).bytes)).toBe(textOf(once.bytes));
  });

  it('bears no cell too many, empty or not: the cells of such a row have moved', async () => {
    const moved = await run('Артикул;ТРУ;Имя\nFULL;;a\nmoved;FULL;;\nFULL;;b;\n');
    expect(moved.report).toMatchObject({
      total: 1,
      unreadable: 2,
      problems: [
        { line: 3, code: 'CSV_CELL_COUNT' },
        { line: 4, code: 'CSV_CELL_COUNT' },
      ],
    });
  });

  it('uses the names and columns that it is told', async () => {
    const { bytes } = await run('a;b\nFULL;\n', {
      columns: { article: 0, tru: 'b' },
      written: { result: 'r', explanation: 'e' },
    });
    expect(textOf(bytes)).toBe('a;b;r;e\nFULL;329921120.06001010200080001643;обогащён;Код полный\n');
    await expect(run('a;b\nFULL;\n')).rejects.toMatchObject({ code: 'CSV_NO_COLUMN', path: 'article' });
  });

  it('refuses bad rows when told to', async () => {
    await expect(run(shop, { badRows: 'refuse' })).rejects.toMatchObject({
      code: 'CSV_BAD_ROW',
      path: 'line 8',
    });
  });

  it('changes nothing on the second run, whatever the file', async () => {
    const cell = fc.constantFrom(
      '',
      'x',
      'FULL',
      'TWO',
      '"',
      '"q"',
      'a;b',
      '5"',
      '329921120.060010102',
      '3,29921E+29',
      ' ',
    );
    const file = fc
      .array(
        fc.array(cell, { minLength: 1, maxLength: 7 }).map((cells) => cells.join(';')),
        { maxLength: 12 },
      )
      .map((rows) => `Артикул;Имя;ТРУ\n${rows.join('\n')}`);
    await fc.assert(
      fc.asyncProperty(
        file,
        fc.constantFrom('report' as const, 'use-mapping' as const),
        async (text, onConflict) => {
          const once = await run(text, { onConflict });
          const twice = await run(once.bytes, { onConflict });
          expect(textOf(twice.bytes)).toBe(textOf(once.bytes));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('counts an assortment of 50,000 rows with 2 % damaged exactly', { timeout: 120_000 }, async () => {
    const random = seededRandom('assortment');
    const expected = {
      total: 0,
      unreadable: 0,
      enriched: 0,
      'enriched-with-zeros': 0,
      'not-found': 0,
      damaged: 0,
    };
    function* source() {
      yield 'Артикул;Наименование;Цена;ТРУ\r\n';
      for (let index = 0; index < 50_000; index += 1) {
        const price = `${randomInt(random, 10_000)},00`;
        if (index % 50 === 0) {
          // One row in fifty is damaged, each in one of five ways.
          const kind = randomInt(random, 5);
          if (kind < 2) expected.unreadable += 1;
          else expected.damaged += 1;
          yield [
            `A${index};Трость 5" складная;${price};\r\n`,
            `A${index};Трость;складная;${price};\r\n`,
            `FULL;Трость;${price};3,29921E+29\r\n`,
            `4,6E+12;Трость;${price};\r\n`,
            `MAKER;Трость;${price};\r\n`,
          ][kind] as string;
          if (kind >= 2) expected.total += 1;
          continue;
        }
        expected.total += 1;
        const article = ['FULL', 'ZEROS', `N${index}`][randomInt(random, 3)] as string;
        expected[
          article === 'FULL' ? 'enriched' : article === 'ZEROS' ? 'enriched-with-zeros' : 'not-found'
        ] += 1;
        yield `${article};"Трость ""Ника""; модель ${index}";${price};\r\n`;
      }
    }
    const started = await enrichCsv(source(), { catalogue, mapping, maxDetails: 10 });
    let rows = 0;
    for await (const chunk of started.output) for (const byte of chunk) if (byte === 0x0a) rows += 1;
    const { total, unreadable, byStatus, details } = started.report;
    expect(rows).toBe(50_001);
    expect({ total, unreadable, ...byStatus }).toEqual({ ...expected, ambiguous: 0, conflicting: 0 });
    expect(expected.unreadable + expected.damaged).toBe(1000);
    expect(details).toHaveLength(10);
  });
});

describe('checkTruCsv', () => {
  it('counts good, empty and bad codes', async () => {
    const report = await checkTruCsv(
      'Имя;Код ТРУ\nа;329921120.060010102.0008.0001.643\nб;329921120.060010102\nв;\nг;3,29921E+29\nд;329921120.06001010\n;\nе\n',
    );
    expect(report).toMatchObject({
      rows: 6,
      valid: 2,
      complete: 1,
      empty: 1,
      problemCount: 3,
      byProblem: { EXCEL_SCIENTIFIC: 1, TRU_TOO_SHORT: 1, CSV_CELL_COUNT: 1 },
      problems: [
        { line: 5, column: 'Код ТРУ', code: 'EXCEL_SCIENTIFIC', position: 7 },
        { line: 6, column: 'Код ТРУ', code: 'TRU_TOO_SHORT', position: 18 },
        { line: 8, code: 'CSV_CELL_COUNT' },
      ],
    });
  });

  it('checks a bare column of codes', async () => {
    expect(await checkTruCsv('329921120.060010102\n329921120.060010103\n')).toMatchObject({
      rows: 2,
      valid: 2,
    });
    expect(await checkTruCsv('a;b\n1;2\n', { columns: { tru: 'b' } })).toMatchObject({
      rows: 1,
      problemCount: 1,
    });
    await expect(checkTruCsv('a;b\n1;2\n')).rejects.toMatchObject({ code: 'CSV_NO_COLUMN' });
    await expect(checkTruCsv('тру\nx\n', { badRows: 'refuse' })).rejects.toMatchObject({
      code: 'CSV_BAD_ROW',
    });
  });

  it('agrees with the parser on every cell', async () => {
    const cell = fc.constantFrom(
      '329921120.060010102',
      '329921120.06001010',
      '8',
      'x',
      '329921120.06001010200080001643',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 20 }), async (cells) => {
        const report = await checkTruCsv(`тру\n${cells.join('\n')}\n`);
        expect(report.valid).toBe(cells.filter((text) => safeParseTruCode(text).ok).length);
        expect(report.rows).toBe(cells.length);
      }),
    );
  });
});
