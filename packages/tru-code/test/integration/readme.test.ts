import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectCatalogue, readTruCsv } from '../../src/catalogue/index.js';
import { collectMapping, enrichCsv, readMappingCsv } from '../../src/enrich/index.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'elcert-tru-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the files of a README through the code of its step 4. */
async function workedExample(readme: string): Promise<{ output: string; promised: string }> {
  const text = readFileSync(new URL(`../../${readme}`, import.meta.url), 'utf8').replaceAll('\r\n', '\n');
  const [goods = '', mappingFile = '', promised = ''] = [...text.matchAll(/```csv\n(.*?)```/gs)].map(
    (match) => match[1] ?? '',
  );
  const at = (name: string) => path.join(folder, `${readme}-${name}`);
  await writeFile(at('goods.csv'), goods);
  await writeFile(at('mapping.csv'), mappingFile);
  await writeFile(at('esnsi.csv'), 'Код;Наименование\n329921120.060010102;Трость опорная\n');
  const { catalogue } = await collectCatalogue(readTruCsv(createReadStream(at('esnsi.csv'))));
  const { mapping } = await collectMapping(readMappingCsv(createReadStream(at('mapping.csv'))));
  const run = await enrichCsv(createReadStream(at('goods.csv')), { catalogue, mapping });
  await pipeline(run.output, createWriteStream(at('goods-tru.csv')));
  return { output: await readFile(at('goods-tru.csv'), 'utf8'), promised };
}

describe('the worked example', () => {
  it.each(['README.md', 'README.ru.md'])('of %s comes out as it says', async (readme) => {
    const { output, promised } = await workedExample(readme);
    // The README shortens the advice at the end of a long explanation.
    const shortened = output.replace(/ Задайте столбцу текстовый формат[^\n]*/g, ' …');
    expect(shortened).toBe(promised);
  });
});
