import { ElcertError } from '@elcert/core';
import type { RowProblem } from '../csv/problems.js';
import { safeParseTruCode } from '../tru-code.js';
import type { ListRow, TruCatalogueEntry } from './catalogue.js';

/** Errors of the JSON that ESNSI answers. */
export type EsnsiErrorCode =
  /** Not an object with `body`. */
  | 'ESNSI_BAD_PAGE'
  /** The page carries errors of the service instead of data. */
  | 'ESNSI_ERRORS'
  /** No element of a row is a TRU code, or none looks like a name: say which. */
  | 'ESNSI_NO_COLUMN';

interface Row {
  readonly values: readonly unknown[];
}

// Which element of a row is the code is known from public clients, which of them is the name is not.
const usualCodeIndex = 3;

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function rowsOf(page: unknown): Row[] {
  const body = member(page, 'body');
  if (!Array.isArray(body)) {
    throw new ElcertError<EsnsiErrorCode>({
      code: 'ESNSI_BAD_PAGE',
      message: 'a page without "body"',
      userMessage: 'Ответ ЕСНСИ не похож на страницу справочника',
      path: 'body',
    });
  }
  const errors = listOf(member(page, 'errors'));
  if (errors.length > 0) {
    throw new ElcertError<EsnsiErrorCode>({
      code: 'ESNSI_ERRORS',
      message: `the service answered with ${errors.length} errors`,
      userMessage: 'ЕСНСИ вернула ошибку вместо данных',
      path: 'errors',
    });
  }
  return body.map((row) => ({
    values: listOf(member(row, 'elements')).map((element) => member(element, 'value')),
  }));
}

function isCode(value: unknown): boolean {
  return typeof value === 'string' && safeParseTruCode(value).ok;
}

function columnsOf(
  page: unknown,
  rows: readonly Row[],
  options: EsnsiOptions,
): { code: number; name: number } {
  const share = (index: number, fits: (value: unknown) => boolean) =>
    rows.filter((row) => fits(row.values[index])).length / Math.max(1, rows.length);
  const width = Math.max(0, ...rows.map((row) => row.values.length));
  const all = Array.from({ length: width }, (_, index) => index);
  const code = options.codeIndex ?? [usualCodeIndex, ...all].find((index) => share(index, isCode) >= 0.5);
  const titles = listOf(member(page, 'header')).map((column) => String(member(column, 'value') ?? ''));
  const letters = (index: number) =>
    rows.reduce((sum, row) => sum + (String(row.values[index] ?? '').match(/[а-яё]/gi)?.length ?? 0), 0);
  const byTitle = all.filter((index) => /^(?:полное )?(?:наименование|название)/i.test(titles[index] ?? ''));
  const name =
    options.nameIndex ??
    (byTitle.length === 1
      ? byTitle[0]
      : all
          .filter((index) => index !== code && letters(index) > 0)
          .sort((a, b) => letters(b) - letters(a))[0]);
  if (code === undefined || name === undefined) {
    throw new ElcertError<EsnsiErrorCode>({
      code: 'ESNSI_NO_COLUMN',
      message: `no element of a row looks like the ${code === undefined ? 'code' : 'name'}`,
      userMessage: 'В ответе ЕСНСИ не найден столбец с кодом ТРУ или наименованием',
      path: code === undefined ? 'codeIndex' : 'nameIndex',
    });
  }
  return { code, name };
}

/** Which element of a row is what; found by content when absent. */
export interface EsnsiOptions {
  readonly codeIndex?: number | undefined;
  readonly nameIndex?: number | undefined;
}

/**
 * Reads pages of an ESNSI classifier as its REST interface answers them:
 * `{ errors, header: [{ order, value, … }], body: [{ elements: [{ order, value, reference }] }], total, currentPage }`.
 *
 * The code is element 3 of a row (*implemented* by public clients); where it is not, it is found by its form. The element of
 * the name is found by its title or its Russian letters.
 *
 * @param pages - parsed JSON, page by page; a row's `line` is its ordinal over all of them
 * @throws ElcertError with an {@link EsnsiErrorCode}
 * @example
 * ```ts
 * const rows = readEsnsiPages([JSON.parse(await readFile('page-1.json', 'utf8'))]);
 * const { catalogue } = await collectCatalogue(rows);
 * ```
 */
export async function* readEsnsiPages(
  pages: Iterable<unknown> | AsyncIterable<unknown>,
  options: EsnsiOptions = {},
): AsyncGenerator<ListRow<TruCatalogueEntry>> {
  let columns: { code: number; name: number } | undefined;
  let line = 0;
  for await (const page of pages) {
    const rows = rowsOf(page);
    if (rows.length === 0) continue;
    columns ??= columnsOf(page, rows, options);
    const { code: at, name: nameAt } = columns;
    for (const { values } of rows) {
      line += 1;
      const text = values[at];
      const column = `element ${at}`;
      const problem = (
        init: Pick<RowProblem, 'code' | 'message' | 'userMessage'>,
        rest: Partial<RowProblem> = {},
      ) => ({ ok: false, problem: { ...init, line, column, ...rest } }) as const;
      if (values.length === 0) {
        yield problem({
          code: 'JSON_BAD_ROW',
          message: 'a row without "elements"',
          userMessage: 'Строка без значений',
        });
        continue;
      }
      const parsed = safeParseTruCode(text as string);
      if (!parsed.ok) {
        const { position, ...error } = parsed.error;
        yield problem(error, { position, value: String(text ?? '').slice(0, 60) });
        continue;
      }
      if (parsed.value.enriched) {
        yield problem(
          {
            code: 'ENRICHED_CODE',
            message: 'the code names a manufacturer, model or country',
            userMessage: 'В справочнике ТРУ коды без производителя, модели и страны',
          },
          { value: parsed.value.full },
        );
        continue;
      }
      const name = values[nameAt];
      if (typeof name !== 'string' || name === '') {
        yield problem(
          { code: 'NAME_EMPTY', message: 'no name', userMessage: 'Нет наименования' },
          { column: `element ${nameAt}` },
        );
        continue;
      }
      yield { ok: true, line, entry: { code: parsed.value.base, name } };
    }
  }
}
