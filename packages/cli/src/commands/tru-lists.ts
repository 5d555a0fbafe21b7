import { explainTruCode, parseTruCode } from '@elcert/tru-code';
import type { Catalogue, CsvProgress, RowProblem, TruCatalogueEntry } from '@elcert/tru-code/catalogue';
import type { EnrichCsvReport } from '@elcert/tru-code/enrich';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../command-context.js';
import { progressLine, streamFile, writeWhole } from '../files.js';
import { readJson } from '../input.js';
import type { Io } from '../io.js';
import { exitCode, printJson } from '../outcome.js';
import { textTable } from '../table.js';

interface JsonOption {
  readonly json?: boolean;
}

interface ListOptions extends JsonOption {
  readonly encoding?: 'utf-8' | 'windows-1251';
  readonly delimiter?: ';' | ',' | '\t';
}

interface EnrichFileOptions extends ListOptions {
  readonly mapping: string;
  readonly catalogue?: string;
  readonly out: string;
  readonly replace?: boolean;
  readonly useMapping?: boolean;
  readonly strict?: boolean;
}

// The lists and what reads them are loaded by the command that needs them: a look at one code stays quick.

/** `elcert tru search|explain|check|diff|enrich-file` */
export function addTruListCommands(tru: Command, context: CommandContext): void {
  tru
    .command('explain')
    .description('what the digits of a code mean, as far as that is known')
    .argument('<code>', 'TRU code')
    .option('--json', 'one JSON object on stdout')
    .action(context.action((text: string, options: JsonOption) => explain(context.io, text, options)));

  listOptions(tru.command('search'))
    .description(
      'find goods by code, its beginning, OKPD2 group, KTSR class, or words of the name in any form',
    )
    .argument('<words...>', 'what to look for')
    .requiredOption('--catalogue <file>', 'list of TRU codes: CSV, or JSON of the ESNSI classifier')
    .option('--limit <number>', 'most hits', limit, 20)
    .action(
      context.action(
        (words: string[], options: ListOptions & { readonly catalogue: string; readonly limit: number }) =>
          search(context.io, words.join(' '), options),
      ),
    );

  listOptions(tru.command('check'))
    .description('check every code of a CSV file; exit code 1 when something is wrong')
    .argument('<file>', 'CSV file; the column of codes is found by itself')
    .option('--column <name>', 'the column of codes')
    .action(
      context.action((file: string, options: ListOptions & { readonly column?: string }) =>
        check(context.io, file, options),
      ),
    );

  listOptions(tru.command('diff'))
    .description('what was added, has gone or was renamed between two versions of a list')
    .argument('<before>', 'older list')
    .argument('<after>', 'newer list')
    .action(
      context.action((before: string, after: string, options: ListOptions) =>
        diff(context.io, before, after, options),
      ),
    );

  listOptions(tru.command('enrich-file'))
    .description(
      "give every article of a shop's list its full code; nothing is guessed, other columns stay as they are",
    )
    .argument('<in>', "the shop's list, CSV")
    .requiredOption('--mapping <file>', 'article → TRU, manufacturer, model, country, CSV')
    .requiredOption('--out <file>', 'where the list with its codes goes')
    .option('--catalogue <file>', 'list of TRU codes: a code that it does not have is not given')
    .option('--replace', 'write over a file that is there')
    .option('--use-mapping', "where the list's own code contradicts the mapping, take the mapping's")
    .option('--strict', 'exit code 1 unless every article got a code')
    .action(
      context.action((file: string, options: EnrichFileOptions) => enrichFile(context.io, file, options)),
    );
}

function listOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--encoding <name>', 'found by itself unless told').choices(['utf-8', 'windows-1251']),
    )
    .addOption(
      new Option('--delimiter <character>', 'found by itself unless told')
        .choices([';', ',', 'tab'])
        .argParser(delimiter),
    )
    .option('--json', 'one JSON object on stdout');
}

function delimiter(text: string): string {
  if (text === 'tab') return '\t';
  if (text !== ';' && text !== ',') throw new InvalidArgumentError('; or , or tab is wanted.');
  return text;
}

function limit(text: string): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError('a number from 1 to 9999 is wanted.');
  return value;
}

function explain(io: Io, text: string, { json }: JsonOption): number {
  const code = parseTruCode(text);
  const explanation = explainTruCode(code);
  if (json === true) {
    printJson(io, { ok: true, full: code.full, ...explanation });
    return exitCode.done;
  }
  const { okpd2, ktsrClass, doubt } = explanation;
  io.out(`${code.full}\n  OKPD2 group   ${okpd2} (inferred)\n`);
  io.out(
    ktsrClass === undefined
      ? `  KTSR class    not told: ${doubt}\n`
      : `  KTSR class    ${ktsrClass} (inferred)\n`,
  );
  for (const part of ['manufacturer', 'model', 'country'] as const) {
    io.out(`  ${part.padEnd(13)} ${/^0+$/.test(code[part]) ? 'unknown' : code[part]}\n`);
  }
  return exitCode.done;
}

async function loadCatalogue(
  io: Io,
  file: string,
  options: ListOptions,
): Promise<{
  catalogue: Catalogue<TruCatalogueEntry>;
  problems: readonly RowProblem[];
  problemCount: number;
}> {
  const { collectCatalogue, readEsnsiPages, readTruCsv } = await import('@elcert/tru-code/catalogue');
  if (/\.json$/i.test(file)) {
    const json = await readJson(file, io, 256 << 20);
    return collectCatalogue(readEsnsiPages(Array.isArray(json) ? json : [json]));
  }
  const { source, bytes } = await streamFile(file);
  const progress = progressLine(io, 'reading the catalogue', bytes);
  const collected = await collectCatalogue(
    readTruCsv(source, {
      ...dialect(options),
      onProgress: (at: CsvProgress) => progress.update(at.bytes, at.rows),
    }),
  );
  progress.done();
  return collected;
}

function dialect({ encoding, delimiter: separator }: ListOptions) {
  return {
    ...(encoding === undefined ? {} : { encoding }),
    ...(separator === undefined ? {} : { delimiter: separator }),
  };
}

async function search(
  io: Io,
  query: string,
  options: ListOptions & { readonly catalogue: string; readonly limit: number },
): Promise<number> {
  const { buildTruSearch } = await import('@elcert/tru-code/search');
  const { catalogue } = await loadCatalogue(io, options.catalogue, options);
  const hits = buildTruSearch(catalogue.entries()).search(query, { limit: options.limit });
  if (options.json === true) {
    printJson(io, { ok: true, hits: hits.map(({ entry, by, missing }) => ({ ...entry, by, missing })) });
  } else if (hits.length === 0) io.out('nothing found\n');
  else
    io.out(
      textTable(
        ['code', 'name', 'by'],
        hits.map(({ entry, by }) => [entry.code, entry.name, by]),
      ),
    );
  return exitCode.done;
}

async function check(
  io: Io,
  file: string,
  options: ListOptions & { readonly column?: string },
): Promise<number> {
  const { checkTruCsv } = await import('@elcert/tru-code/enrich');
  const { source, bytes } = await streamFile(file);
  const progress = progressLine(io, 'checking', bytes);
  const report = await checkTruCsv(source, {
    ...dialect(options),
    ...(options.column === undefined ? {} : { columns: { tru: options.column } }),
    onProgress: (at: CsvProgress) => progress.update(at.bytes, at.rows),
  });
  progress.done();
  const ok = report.problemCount === 0;
  if (options.json === true) printJson(io, { ok, ...report });
  else {
    io.out(problemTable(report.problems));
    io.out(
      `${report.rows} rows: ${report.valid} valid codes (${report.complete} complete), ${report.empty} without a code, ${report.problemCount} wrong\n`,
    );
  }
  return ok ? exitCode.done : exitCode.refused;
}

function problemTable(problems: readonly RowProblem[]): string {
  if (problems.length === 0) return '';
  const rows = problems
    .slice(0, 50)
    .map(({ line, column = '', value = '', userMessage }) => [String(line), column, value, userMessage]);
  const more = problems.length > rows.length ? `… and more; --json has ${problems.length}\n` : '';
  return `${textTable(['line', 'column', 'value', 'what is wrong'], rows, { right: [0] })}${more}\n`;
}

async function diff(io: Io, before: string, after: string, options: ListOptions): Promise<number> {
  const { compareCatalogues } = await import('@elcert/tru-code/catalogue');
  const older = await loadCatalogue(io, before, options);
  const newer = await loadCatalogue(io, after, options);
  const { added, gone, renamed } = compareCatalogues(older.catalogue, newer.catalogue);
  if (options.json === true) printJson(io, { ok: true, added, gone, renamed });
  else {
    for (const { code, name } of added) io.out(`+ ${code}  ${name}\n`);
    for (const { code, name } of gone) io.out(`- ${code}  ${name}\n`);
    for (const one of renamed) io.out(`~ ${one.code}  ${one.before} → ${one.after}\n`);
    io.out(`${added.length} added, ${gone.length} gone, ${renamed.length} renamed\n`);
  }
  return exitCode.done;
}

async function enrichFile(io: Io, file: string, options: EnrichFileOptions): Promise<number> {
  const { collectMapping, enrichCsv, readMappingCsv } = await import('@elcert/tru-code/enrich');
  const catalogue =
    options.catalogue === undefined ? undefined : await loadCatalogue(io, options.catalogue, {});
  const mappingFile = await streamFile(options.mapping);
  const { mapping, problems, problemCount } = await collectMapping(readMappingCsv(mappingFile.source));
  const { source, bytes } = await streamFile(file);
  const progress = progressLine(io, 'enriching', bytes);
  const { output, report } = await enrichCsv(source, {
    ...dialect(options),
    mapping,
    ...(catalogue === undefined ? {} : { catalogue: catalogue.catalogue }),
    onConflict: options.useMapping === true ? 'use-mapping' : 'report',
    onProgress: (at: CsvProgress) => progress.update(at.bytes, at.rows),
  });
  await writeWhole(options.out, output, { replace: options.replace === true });
  progress.done();
  const { byStatus, byReason, total, unreadable } = report;
  const complete = byStatus.enriched + byStatus['enriched-with-zeros'] === total && unreadable === 0;
  if (options.json === true) {
    printJson(io, {
      ok: complete || options.strict !== true,
      out: options.out,
      total,
      byStatus,
      byReason,
      unreadable,
      details: report.details.map(({ item, ...rest }) => ({
        line: item.line,
        article: item.article,
        ...rest,
      })),
      mapping: { problemCount, problems },
      ...(catalogue === undefined
        ? {}
        : { catalogue: { size: catalogue.catalogue.size, problemCount: catalogue.problemCount } }),
    });
  } else io.out(enrichmentText(report, problems, options.out));
  return complete || options.strict !== true ? exitCode.done : exitCode.refused;
}

function enrichmentText(
  report: EnrichCsvReport,
  mappingProblems: readonly RowProblem[],
  out: string,
): string {
  const rows = report.details
    .slice(0, 50)
    .map(({ item, status, userMessage }) => [String(item.line), item.article, status, userMessage]);
  const details =
    rows.length === 0 ? '' : `${textTable(['line', 'article', 'status', 'why'], rows, { right: [0] })}\n`;
  const mapping = mappingProblems.length === 0 ? '' : `In the mapping:\n${problemTable(mappingProblems)}`;
  const summary = textTable(
    ['status', 'articles'],
    [
      ...Object.entries(report.byStatus).map(([status, count]) => [status, String(count)]),
      ['unreadable rows', String(report.unreadable)],
      ['total', String(report.total)],
    ],
    { right: [1] },
  );
  return `${mapping}${details}${summary}\nwritten to ${out}\n`;
}
