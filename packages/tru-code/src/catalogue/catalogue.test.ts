import { encodeText } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import {
  collectCatalogue,
  compareCatalogues,
  type ListRow,
  parseKtsrArticle,
  readEsnsiPages,
  readKtsrCsv,
  readTruCsv,
  safeParseKtsrArticle,
  type TruCatalogueEntry,
} from './index.js';

const list = `№;Код ТРУ;Наименование товара;Ед.
1;329921120.060010101;Трость опорная, без устройства противоскольжения;шт
2;329921120.060010102;"Трость опорная; с устройством";шт
3;266014120.170000111;Слуховой аппарат;шт
`;

async function all<Entry>(rows: AsyncIterable<ListRow<Entry>>): Promise<ListRow<Entry>[]> {
  const seen: ListRow<Entry>[] = [];
  for await (const row of rows) seen.push(row);
  return seen;
}

const entriesOf = async (rows: AsyncIterable<ListRow<TruCatalogueEntry>>) =>
  (await all(rows)).map((row) =>
    row.ok ? [row.entry.code, row.entry.name] : [row.problem.line, row.problem.code],
  );

describe('readTruCsv', () => {
  const wanted = [
    ['329921120.060010101', 'Трость опорная, без устройства противоскольжения'],
    ['329921120.060010102', 'Трость опорная; с устройством'],
    ['266014120.170000111', 'Слуховой аппарат'],
  ];

  it('finds the columns by what stands in them', async () => {
    expect(await entriesOf(readTruCsv(list))).toEqual(wanted);
    expect(await entriesOf(readTruCsv(encodeText(list, 'windows-1251').bytes))).toEqual(wanted);
    const withoutHeader = list.slice(list.indexOf('\n') + 1);
    expect(await entriesOf(readTruCsv(withoutHeader))).toEqual(wanted);
    const otherHeader = list.replace('Код ТРУ;Наименование товара', 'A;B');
    expect(await entriesOf(readTruCsv(otherHeader))).toEqual(wanted);
  });

  it('takes the columns it is told', async () => {
    const options = { columns: { code: 'Код ТРУ', name: 3 } } as const;
    expect(await entriesOf(readTruCsv(list, options))).toEqual(wanted.map(([code]) => [code, 'шт']));
    await expect(all(readTruCsv(list, { columns: { code: 'Код' } }))).rejects.toMatchObject({
      code: 'CSV_NO_COLUMN',
      details: { columns: ['№', 'Код ТРУ', 'Наименование товара', 'Ед.'] },
    });
  });

  it('does not choose between two columns of codes', async () => {
    const text = 'Код;Полный;Имя\n329921120.060010101;329921120.06001010100080001643;Трость\n';
    await expect(all(readTruCsv(text))).rejects.toMatchObject({ code: 'CSV_AMBIGUOUS_COLUMN', path: 'code' });
    expect(await entriesOf(readTruCsv(text, { columns: { code: 'Код' } }))).toEqual([
      ['329921120.060010101', 'Трость'],
    ]);
  });

  it.each(['Имя;Цена\nТрость;5\n', 'Код\n329921120.060010101\n'])(
    'says what it does not find in %j',
    async (text) => {
      await expect(all(readTruCsv(text))).rejects.toMatchObject({ code: 'CSV_NO_COLUMN' });
    },
  );

  it('tells of each bad row with line, column and reason, and goes on', async () => {
    const rows = await all(
      readTruCsv(`Код;Наименование
329921120.060010101;Трость
3,29921E+29;Трость
329921120.06001010;Трость
329921120.060010101
;
329921120.060010102;
329921120.06001010200080001643;Трость
329921120.060010103;Трость "Ника"
329921120.060010104;Трость
`),
    );
    expect(rows.map((row) => (row.ok ? row.entry.code : row.problem))).toEqual([
      '329921120.060010101',
      expect.objectContaining({
        line: 3,
        column: 'Код',
        code: 'EXCEL_SCIENTIFIC',
        value: '3,29921E+29',
        position: 7,
      }),
      expect.objectContaining({ line: 4, column: 'Код', code: 'TRU_TOO_SHORT', position: 18 }),
      expect.objectContaining({ line: 5, code: 'CSV_CELL_COUNT' }),
      expect.objectContaining({ line: 7, column: 'Наименование', code: 'NAME_EMPTY' }),
      expect.objectContaining({ line: 8, column: 'Код', code: 'ENRICHED_CODE' }),
      expect.objectContaining({ line: 9, code: 'CSV_STRAY_QUOTE' }),
      '329921120.060010104',
    ]);
    for (const row of rows) if (!row.ok) expect(row.problem.userMessage).toMatch(/[а-я]/);
  });

  it('streams a long list', { timeout: 60_000 }, async () => {
    const count = 100_000;
    function* source() {
      yield 'Код;Наименование\n';
      for (let index = 0; index < count; index += 1) {
        yield `329921120.${String(index).padStart(9, '0')};Товар ${index}\n`;
      }
    }
    let progress = 0;
    let rows = 0;
    for await (const row of readTruCsv(source(), { onProgress: (now) => (progress = now.rows) })) {
      if (row.ok) rows += 1;
    }
    expect([rows, progress]).toEqual([count, count]);
  });
});

describe('collectCatalogue', () => {
  it('keeps the first of equal codes and tells of the others', async () => {
    const { catalogue, problems, problemCount } = await collectCatalogue(
      readTruCsv(`${list}4;329921120.060010101;Другое имя;шт\n5;плохо;x;шт\n`),
    );
    expect(catalogue.size).toBe(3);
    expect(catalogue.get('329921120.060010101')?.name).toMatch(/^Трость/);
    expect(catalogue.get('329921120.060010109')).toBeUndefined();
    expect(problemCount).toBe(2);
    expect(problems.map((problem) => [problem.line, problem.code])).toEqual([
      [5, 'DUPLICATE_CODE'],
      [6, 'TRU_BAD_CHARACTER'],
    ]);
  });

  it('refuses the first bad row when told to', async () => {
    await expect(
      collectCatalogue(readTruCsv(`${list}5;плохо;x;шт\n`), { badRows: 'refuse' }),
    ).rejects.toMatchObject({
      code: 'CSV_BAD_ROW',
      path: 'line 5/column "Код ТРУ"',
      position: 0,
      message: 'line 5: character U+043F at 0',
      details: { problem: 'TRU_BAD_CHARACTER' },
    });
  });

  it('counts all problems and keeps some', async () => {
    const bad = 'плохо;x\n'.repeat(50);
    const { problems, problemCount } = await collectCatalogue(
      readTruCsv(`Код;Наименование\n${'329921120.060010101;Трость\n'.repeat(60)}${bad}`),
      { maxProblems: 3 },
    );
    expect([problems.length, problemCount]).toEqual([3, 109]);
  });
});

describe('compareCatalogues', () => {
  it('finds what was added, what is gone and what is called otherwise', async () => {
    const of = async (text: string) =>
      (await collectCatalogue(readTruCsv(`Код;Наименование\n${text}`))).catalogue;
    const before = await of('100000000.000000003;В\n100000000.000000001;А\n100000000.000000002;Б\n');
    const after = await of(
      '100000000.000000005;Д\n100000000.000000004;Г\n100000000.000000002;Б\n100000000.000000001;А!\n',
    );
    expect(compareCatalogues(before, after)).toEqual({
      added: [
        { code: '100000000.000000004', name: 'Г' },
        { code: '100000000.000000005', name: 'Д' },
      ],
      gone: [{ code: '100000000.000000003', name: 'В' }],
      renamed: [{ code: '100000000.000000001', before: 'А', after: 'А!' }],
    });
    expect(compareCatalogues(after, after)).toEqual({ added: [], gone: [], renamed: [] });
  });
});

describe('readEsnsiPages', () => {
  // The shape is that of the service's REST interface; the values are made up.
  const page = (rows: readonly (readonly unknown[])[], extra: object = {}) => ({
    errors: [],
    header: [
      { order: 0, value: 'Идентификатор', type: 'STRING' },
      { order: 1, value: 'Наименование ТРУ', type: 'STRING' },
      { order: 2, value: 'Примечание', type: 'STRING' },
      { order: 3, value: 'Код', type: 'STRING' },
    ],
    body: rows.map((values, id) => ({
      elements: values.map((value, order) => ({ order, value, reference: null })),
      id,
    })),
    total: rows.length,
    currentPage: 1,
    ...extra,
  });

  it('takes element 3 as the code, the titled one as the name', async () => {
    const pages = [
      page([
        ['1', 'Трость', 'длинное примечание по-русски', '329921120.060010101'],
        ['2', 'Слуховой аппарат', null, '266014120.170000111'],
      ]),
      page([]),
      page([['3', 'Обувь', '', '325022154.090001101']]),
    ];
    expect(await entriesOf(readEsnsiPages(pages))).toEqual([
      ['329921120.060010101', 'Трость'],
      ['266014120.170000111', 'Слуховой аппарат'],
      ['325022154.090001101', 'Обувь'],
    ]);
    const untitled = page([['1', 'Трость опорная', '5', '329921120.060010101']], { header: [] });
    expect(await entriesOf(readEsnsiPages([untitled]))).toEqual([['329921120.060010101', 'Трость опорная']]);
  });

  it('finds the code elsewhere by its form, or where it is told', async () => {
    const moved = page([['329921120.060010101', 'Трость', 'x', 'y']]);
    expect(await entriesOf(readEsnsiPages([moved]))).toEqual([['329921120.060010101', 'Трость']]);
    expect(await entriesOf(readEsnsiPages([moved], { codeIndex: 0, nameIndex: 2 }))).toEqual([
      ['329921120.060010101', 'x'],
    ]);
  });

  it('tells of bad rows', async () => {
    const rows = await all(
      readEsnsiPages([
        page([
          ['1', 'Трость', '', '329921120.060010101'],
          ['2', 'Трость', '', '329921120.06001010'],
          ['3', '', '', '329921120.060010102'],
          [],
          ['5', 'Трость', '', 329921120.06],
          ['6', 'Трость', '', '329921120.060010103'],
          ['7', 'Трость', '', '329921120.060010104'],
          ['8', 'Трость', '', '329921120.060010105'],
        ]),
      ]),
    );
    expect(rows.flatMap((row) => (row.ok ? [] : [[row.problem.line, row.problem.code]]))).toEqual([
      [2, 'TRU_TOO_SHORT'],
      [3, 'NAME_EMPTY'],
      [4, 'JSON_BAD_ROW'],
      [5, 'TRU_NOT_TEXT'],
    ]);
  });

  it.each([
    ['no page', null, 'ESNSI_BAD_PAGE'],
    ['a list', [], 'ESNSI_BAD_PAGE'],
    ['a text', 'x', 'ESNSI_BAD_PAGE'],
    ['errors', page([], { errors: [{ message: 'нет доступа' }] }), 'ESNSI_ERRORS'],
    ['no code', page([['1', 'Трость', '', 'x']]), 'ESNSI_NO_COLUMN'],
    ['no name', page([['1', '2', '3', '329921120.060010101']], { header: [] }), 'ESNSI_NO_COLUMN'],
    ['rows of nothing', page([[], []]), 'ESNSI_NO_COLUMN'],
  ])('refuses %s', async (_name, bad, code) => {
    await expect(all(readEsnsiPages([bad]))).rejects.toMatchObject({ code });
  });
});

describe('KTSR', () => {
  it('reads both forms of an article', () => {
    expect(parseKtsrArticle('06-01-02.0001')).toEqual({
      ktsrClass: '06-01-02',
      product: '0001',
      text: '06-01-02.0001',
    });
    expect(parseKtsrArticle('09-01-04-000101.0012')).toEqual({
      ktsrClass: '09-01-04',
      split: '000101',
      product: '0012',
      text: '09-01-04-000101.0012',
    });
  });

  it.each([
    ['06-01-02', 8],
    ['06-01-02.001', 12],
    ['06-01-02.00011', 13],
    ['6-01-02.0001', 1],
    ['06.01.02.0001', 2],
    ['06-01-02-00010.0001', 14],
    ['06-01-02.000Х', 12],
    ['', 0],
  ])('refuses %j', (text, position) => {
    expect(safeParseKtsrArticle(text)).toMatchObject({
      ok: false,
      error: { code: 'KTSR_BAD_ARTICLE', position },
    });
    expect(() => parseKtsrArticle(text)).toThrow(
      expect.objectContaining({ code: 'KTSR_BAD_ARTICLE', position }),
    );
  });

  it('reads a list with models and manufacturers where it has them', async () => {
    const rows = await all(
      readKtsrCsv(`Артикул,Наименование,Производитель,Модель
06-01-02.0001,Трость,ООО «Ника»,Т-1
06-01-02.0002,Трость,,
2.06.2001,Трость,,
`),
    );
    expect(rows.map((row) => (row.ok ? row.entry : row.problem.code))).toEqual([
      {
        code: '06-01-02.0001',
        name: 'Трость',
        ktsrClass: '06-01-02',
        manufacturer: 'ООО «Ника»',
        model: 'Т-1',
      },
      { code: '06-01-02.0002', name: 'Трость', ktsrClass: '06-01-02' },
      'EXCEL_DATE',
    ]);
    const { catalogue } = await collectCatalogue(readKtsrCsv('06-01-02.0001;Трость\n'));
    expect(catalogue.get('06-01-02.0001')?.name).toBe('Трость');
  });
});
