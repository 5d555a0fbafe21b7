import { readTruCsv } from '@elcert/tru-code/catalogue';
import { collectMapping, enrichCsv, readMappingCsv } from '@elcert/tru-code/enrich';

// Run by memory.test.ts in a process of its own with a small heap.

const name = 'Трость опорная, регулируемая по высоте, с устройством противоскольжения, модель';

function* list(rows: number): Generator<string> {
  yield 'Код;Наименование\n';
  for (let at = 0; at < rows; at += 100) {
    let text = '';
    for (let index = at; index < at + 100; index += 1) {
      const code = index % 100 === 0 ? '3,29921E+29' : `329921120.${String(index).padStart(9, '0')}`;
      text += `${code};${name} ${index}\n`;
    }
    yield text;
  }
}

function* assortment(rows: number): Generator<string> {
  yield 'Артикул;Наименование;ТРУ\r\n';
  for (let index = 0; index < rows; index += 1) {
    const damaged = index % 50 === 1;
    yield `${index % 2 === 0 ? 'KNOWN' : `A${index}`};"${name} ""${index}""";${damaged ? '3,29921E+29' : ''}\r\n`;
  }
}

let rows = 0;
let good = 0;
for await (const row of readTruCsv(list(300_000))) {
  rows += 1;
  if (row.ok) good += 1;
}

const { mapping } = await collectMapping(
  readMappingCsv('Артикул;ТРУ\nKNOWN;329921120.060010102.0008.0001.643\n'),
);
const { output, report } = await enrichCsv(assortment(150_000), { mapping });
let bytes = 0;
for await (const chunk of output) bytes += chunk.length;

process.stdout.write(
  JSON.stringify({
    read: { rows, good },
    enriched: {
      total: report.total,
      enriched: report.byStatus.enriched,
      damaged: report.byStatus.damaged,
      megabytes: Math.round(bytes / 1e6),
    },
  }),
);
