import { encodeText } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvWriter } from './output.js';
import { maxRecordLength, recordReader } from './records.js';
import { type CsvOptions, type CsvRow, type CsvTable, findColumn, openCsv } from './table.js';
import type { CsvSource } from './types.js';

const utf8 = (text: string) => new TextEncoder().encode(text);
const cp1251 = (text: string) => encodeText(text, 'windows-1251', 'refuse').bytes;

async function rowsOf(table: CsvTable): Promise<CsvRow[]> {
  const rows = [table.first];
  for await (const block of table.blocks) rows.push(...block);
  return rows;
}

/** Line and cells of each row; the problem's code in place of the cells where there is one. */
async function read(source: CsvSource, options?: CsvOptions): Promise<(readonly [number, unknown])[]> {
  return (await rowsOf(await openCsv(source, options))).map((row) => [row.line, row.problem ?? row.cells]);
}

/** A text in pieces of the given sizes, the last size for the rest. */
function* pieces(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = Math.max(1, sizes[Math.min(index, sizes.length - 1)] ?? bytes.length);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('openCsv', () => {
  it.each([
    ['a;b\r\n1;2\r\n', { delimiter: ';', newline: '\r\n', sepLine: false }],
    ['a,b\n1,2', { delimiter: ',', newline: '\n', sepLine: false }],
    ['a\tb\n1\t2', { delimiter: '\t', newline: '\n', sepLine: false }],
    ['"a;x",b\n1,2', { delimiter: ',', newline: '\n', sepLine: false }],
    ['a, полностью;b\n1;2', { delimiter: ';', newline: '\n', sepLine: false }],
    ['sep=,\r\na;x,b\r\n1,2', { delimiter: ',', newline: '\r\n', sepLine: true }],
    ['alone\n1', { delimiter: ';', newline: '\n', sepLine: false }],
  ])('sees how %j is written', async (text, dialect) => {
    expect((await openCsv(text)).dialect).toMatchObject(dialect);
  });

  it.each([
    ['utf-8', utf8('Имя;Код\nТрость;1\n'), { encoding: 'utf-8', bom: false }],
    ['utf-8 with a mark', utf8('\ufeffИмя;Код\nТрость;1\n'), { encoding: 'utf-8', bom: true }],
    ['windows-1251', cp1251('Имя;Код\nТрость;1\n'), { encoding: 'windows-1251', bom: false }],
    [
      'utf-16',
      new Uint8Array(
        Uint16Array.from([...'\ufeffИмя;Код\nТрость;1\n'].map((one) => one.charCodeAt(0))).buffer,
      ),
      { encoding: 'utf-16le', bom: true },
    ],
  ])('reads %s, in pieces of any size', async (_name, bytes, dialect) => {
    for (const size of [1, 2, 3, 1000]) {
      const table = await openCsv(pieces(bytes, [size]));
      expect(table.dialect).toMatchObject(dialect);
      expect((await rowsOf(table)).map((row) => row.cells)).toEqual([
        ['Имя', 'Код'],
        ['Трость', '1'],
      ]);
    }
  });

  it('takes the encoding it is told', async () => {
    const bytes = encodeText('Имя;Код\nТрость;1', 'ibm866', 'refuse').bytes;
    expect(await read(bytes, { encoding: 'ibm866' })).toEqual([
      [1, ['Имя', 'Код']],
      [2, ['Трость', '1']],
    ]);
  });

  it.each([
    ['a workbook', Uint8Array.of(0x50, 0x4b, 3, 4, 0), 'CSV_NOT_TEXT', /книга Excel/],
    ['an old workbook', Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0), 'CSV_NOT_TEXT', /книга Excel/],
    ['zero bytes', Uint8Array.of(65, 0, 66), 'CSV_NOT_TEXT', /не текстовый/],
    ['nothing', '', 'CSV_EMPTY', /пуст/],
    ['blank lines', '\n \r\n\n', 'CSV_EMPTY', /пуст/],
    ['only sep=', 'sep=;\n', 'CSV_EMPTY', /пуст/],
    ['a line without end', 'x'.repeat(maxRecordLength * 3), 'CSV_RECORD_TOO_LONG', /слишком длинная/],
  ])('refuses %s', async (_name, source, code, userMessage) => {
    await expect(openCsv(source).then(rowsOf)).rejects.toMatchObject({
      code,
      userMessage: expect.stringMatching(userMessage),
    });
  });

  it('refuses letters of another encoding that come late, with the place', async () => {
    const bytes = [utf8(`a;b\n${'1;2\n'.repeat(30_000)}`), cp1251('Трость;1\n')];
    await expect(openCsv(bytes).then(rowsOf)).rejects.toMatchObject({
      code: 'CSV_BAD_ENCODING',
      position: 120_004,
      userMessage: expect.stringContaining('укажите кодировку'),
    });
    expect(await read(bytes, { encoding: 'windows-1251' })).toHaveLength(30_002);
  });

  it('reads quotes, line breaks in cells and blank lines, and counts lines as an editor does', async () => {
    const text = 'a;b\r\n1;"x ""y""; z"\r\n\r\n2;"two\r\nlines"\r\n  \r\n3;end';
    expect(await read(text)).toEqual([
      [1, ['a', 'b']],
      [2, ['1', 'x "y"; z']],
      [4, ['2', 'two\r\nlines']],
      [7, ['3', 'end']],
    ]);
    expect((await read(`sep=;\n${text}`)).map(([line]) => line)).toEqual([2, 3, 5, 8]);
  });

  it.each([
    [
      'a quote inside',
      'a;b\n1;5" x\n2;y',
      [
        [1, ['a', 'b']],
        [2, 'CSV_STRAY_QUOTE'],
        [3, ['2', 'y']],
      ],
    ],
    [
      'text after a quote',
      'a;b\n1;"5"x\n2;y',
      [
        [1, ['a', 'b']],
        [2, 'CSV_STRAY_QUOTE'],
        [3, ['2', 'y']],
      ],
    ],
    [
      'a quote never closed',
      'a;b\n1;"5\n2;y\n',
      [
        [1, ['a', 'b']],
        [2, 'CSV_UNCLOSED_QUOTE'],
        [3, ['2', 'y']],
      ],
    ],
    [
      'a quote never closed at the end',
      'a;b\n1;y\n2;"',
      [
        [1, ['a', 'b']],
        [2, ['1', 'y']],
        [3, 'CSV_UNCLOSED_QUOTE'],
      ],
    ],
  ])('gives up %s alone', async (_name, text, rows) => {
    expect(await read(text)).toEqual(rows);
    expect(await read(pieces(utf8(text), [1]))).toEqual(rows);
  });

  it('goes on after a quote that nothing closes for longer than a record may be', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `${index};ordinary row`);
    lines[10] = '10;"open';
    const rows = await read(`a;b\n${lines.join('\n')}\n`);
    expect(rows).toHaveLength(30_001);
    expect(rows.filter(([, row]) => row === 'CSV_UNCLOSED_QUOTE')).toEqual([[12, 'CSV_UNCLOSED_QUOTE']]);
  });

  it('keeps each row as it stood', async () => {
    const rows = await rowsOf(await openCsv('a;b\r\n1;"x"\r\n"2" ;y\r\n'));
    expect(rows.map((row) => row.raw)).toEqual(['a;b', '1;"x"', '"2" ;y']);
  });

  it('tells how far it is, and stops when told', async () => {
    const text = `a;b\n${'1;2\n'.repeat(200_000)}`;
    const seen: number[] = [];
    const table = await openCsv(text, { onProgress: ({ bytes, rows }) => seen.push(bytes, rows) });
    await rowsOf(table);
    expect(seen.slice(-2)).toEqual([text.length, 200_000]);
    expect(seen.length).toBeGreaterThan(6);
    const controller = new AbortController();
    const stopped = await openCsv(text, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(rowsOf(stopped)).rejects.toThrow('enough');
  });

  it('lets its source go when the reader leaves', async () => {
    let ended = false;
    async function* source() {
      try {
        for (;;) yield 'a;b\n1;2\n'.repeat(10_000);
      } finally {
        ended = true;
      }
    }
    const table = await openCsv(source());
    for await (const block of table.blocks) {
      expect(block.length).toBeGreaterThan(0);
      break;
    }
    expect(ended).toBe(true);
  });
});

describe('recordReader', () => {
  it('finds the same records however the text is cut', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab"";;\n\n\r'), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 60 }), (all, sizes) => {
        const whole = recordReader(';');
        const expected = [...whole.push(all), ...whole.end()];
        const reader = recordReader(';');
        const seen: unknown[] = [];
        let at = 0;
        for (const size of sizes) {
          seen.push(...reader.push(all.slice(at, at + size)));
          at += size;
        }
        seen.push(...reader.push(all.slice(at)), ...reader.end());
        expect(seen).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('findColumn', () => {
  const header = ['Артикул', 'ТРУ', 'Цена', 'Цена'];

  it('finds by name and by index', () => {
    expect(findColumn(header, 'ТРУ', 'tru')).toBe(1);
    expect(findColumn(header, 3, 'price')).toBe(3);
  });

  it.each([
    ['Код', 'CSV_NO_COLUMN'],
    ['тру', 'CSV_NO_COLUMN'],
    ['Цена', 'CSV_AMBIGUOUS_COLUMN'],
    [4, 'CSV_NO_COLUMN'],
    [-1, 'CSV_NO_COLUMN'],
    [0.5, 'CSV_NO_COLUMN'],
  ])('refuses %s', (column, code) => {
    expect(() => findColumn(header, column, 'tru')).toThrow(expect.objectContaining({ code, path: 'tru' }));
  });
});

describe('what is written', () => {
  // Cells that a spreadsheet may hold; a row of nothing at all is a blank line, which is no row.
  const cell = fc.oneof(
    fc.constantFrom(
      '',
      '"',
      '""',
      ';',
      ',',
      '\t',
      '\n',
      '\r\n',
      ' x ',
      "'1",
      '=1',
      'Трость «Ника»',
      '0008',
      '\r',
    ),
    fc.string({ unit: fc.constantFrom(...'aЯ1 ";,\t\n\r') }),
  );
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((width) =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
    )
    .map((rows) => rows.map(([first = '', ...rest]) => [`k${first}`, ...rest]));

  it('is read back the same, in every dialect and however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.record({
          encoding: fc.constantFrom('utf-8' as const, 'windows-1251' as const, 'utf-16le' as const),
          bom: fc.boolean(),
          delimiter: fc.constantFrom(';' as const, ',' as const, '\t' as const),
          newline: fc.constantFrom('\r\n' as const, '\n' as const),
          sepLine: fc.boolean(),
        }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        async (rows, dialect, sizes) => {
          const marked = {
            ...dialect,
            bom: dialect.encoding === 'utf-16le' || (dialect.encoding === 'utf-8' && dialect.bom),
          };
          const writer = csvWriter(marked);
          const bytes = writer.encode(writer.begin() + writer.rows(rows), true);
          const options = { encoding: dialect.encoding, delimiter: dialect.delimiter };
          const back = await rowsOf(await openCsv(pieces(bytes, sizes), options));
          expect(back.map((row) => row.problem ?? row.cells)).toEqual(rows);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never throws on any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'ab"";;\n\n\r,') }), async (text) => {
        const rows = await read(`k;v\n${text}`);
        expect(rows.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
