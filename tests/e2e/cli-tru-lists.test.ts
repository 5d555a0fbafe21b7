import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeText } from '@elcert/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elcert } from '../support/elcert.js';

let folder: string;
const file = (name: string) => join(folder, name);
const windows1251 = (text: string) => encodeText(text, 'windows-1251', 'refuse').bytes;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elcert-tru-'));
  await writeFile(
    file('catalogue.csv'),
    windows1251(
      [
        'Код ТРУ;Наименование',
        '329921120.060010101;Трость опорная, регулируемая по высоте, без устройства противоскольжения',
        '329921120.060010102;Трость опорная, регулируемая по высоте, с устройством противоскольжения',
        '329921120.060020201;Трость белая тактильная цельная',
        '',
      ].join('\r\n'),
    ),
  );
  await writeFile(
    file('mapping.csv'),
    'Артикул,ТРУ,Производитель,Модель,Страна\nA-1,329921120.060010102,0008,0001,643\nA-3,"3,29921E+29",8,,36\n',
  );
  await writeFile(
    file('shop.csv'),
    windows1251('Артикул;Наименование;Цена\r\nA-1;Трость с УПС;1350\r\nA-3;Что-то;1\r\nA-4;Нет такого;2\r\n'),
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function json(...args: string[]): Promise<{ code: number | null; value: Record<string, unknown> }> {
  const { code, stdout } = await elcert(['tru', ...args, '--json']);
  return { code, value: JSON.parse(stdout) as Record<string, unknown> };
}

describe('elcert tru with lists', () => {
  it('finds goods by words in any form', async () => {
    const { code, value } = await json('search', 'белой', 'тростью', '--catalogue', file('catalogue.csv'));
    expect(code).toBe(0);
    expect(value.hits).toMatchObject([{ code: '329921120.060020201', missing: [] }]);
  });

  it('explains a code and marks what is inferred', async () => {
    const { stdout } = await elcert(['tru', 'explain', '329921120.060010102']);
    expect(stdout).toMatch(/OKPD2 group\s+32\.99\.21\.120 \(inferred\)/);
    expect(stdout).toMatch(/KTSR class\s+06-01-02 \(inferred\)/);
  });

  it('gives articles their codes, keeps the other columns and the encoding, and says why where it cannot', async () => {
    const out = file('out.csv');
    const args = ['--mapping', file('mapping.csv'), '--catalogue', file('catalogue.csv'), '--out', out];
    const { code, value } = await json('enrich-file', file('shop.csv'), ...args);
    expect(code).toBe(0);
    expect(value).toMatchObject({
      ok: true,
      total: 3,
      byStatus: { enriched: 1, damaged: 1, 'not-found': 1 },
      mapping: { problemCount: 1 },
    });
    const written = new TextDecoder('windows-1251').decode(await readFile(out));
    expect(written).toMatch(/^A-1;Трость с УПС;1350;329921120\.06001010200080001643;/m);
    expect(written).toMatch(/^A-4;Нет такого;2;;/m);

    const again = await json('enrich-file', file('shop.csv'), ...args);
    expect(again).toMatchObject({ code: 2, value: { error: { code: 'FILE_EXISTS' } } });
    const strict = await json('enrich-file', out, ...args, '--replace', '--strict');
    expect(strict).toMatchObject({ code: 1, value: { ok: false, byStatus: { enriched: 1 } } });
    expect(new TextDecoder('windows-1251').decode(await readFile(out))).toBe(written);
  });

  it('leaves what was there when the list cannot be read', async () => {
    const out = file('kept.csv');
    await writeFile(out, 'precious');
    await writeFile(file('workbook.xlsx'), Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0));
    const { code, value } = await json(
      ...['enrich-file', file('workbook.xlsx'), '--mapping', file('mapping.csv'), '--out', out, '--replace'],
    );
    expect(code).toBe(2);
    expect(value).toMatchObject({ ok: false, error: { code: 'CSV_NOT_TEXT' } });
    expect(await readFile(out, 'utf8')).toBe('precious');
  });

  it('checks every code of a file', async () => {
    const codes = file('codes.csv');
    await writeFile(codes, 'Артикул;Код ТРУ\n1;329921120.060010102\n2;329921120.06001010\n3;\n');
    const { code, value } = await json('check', codes);
    expect(code).toBe(1);
    expect(value).toMatchObject({
      ok: false,
      rows: 3,
      valid: 1,
      empty: 1,
      problems: [{ line: 3, code: 'TRU_TOO_SHORT' }],
    });
  });

  it('compares two versions of a list', async () => {
    const newer = file('newer.csv');
    await writeFile(
      newer,
      'Код ТРУ;Наименование\n329921120.060010101;Трость опорная\n329921120.060010102;Трость опорная, регулируемая по высоте, с устройством противоскольжения\n325022154.090001101;Обувь ортопедическая\n',
    );
    const { value } = await json('diff', file('catalogue.csv'), newer);
    expect(value).toMatchObject({
      added: [{ code: '325022154.090001101' }],
      gone: [{ code: '329921120.060020201' }],
      renamed: [{ code: '329921120.060010101', after: 'Трость опорная' }],
    });
  });
});
