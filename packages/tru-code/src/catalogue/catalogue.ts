import type { BadRows, RowProblem } from '../csv/problems.js';
import { badRowError } from '../csv/rows.js';

/** One row of a list of TRU codes. */
export interface TruCatalogueEntry {
  /** 19 characters. */
  readonly code: string;
  readonly name: string;
}

/** What a reader of lists gives for each row. */
export type ListRow<Entry> =
  | { readonly ok: true; readonly line: number; readonly entry: Entry }
  | { readonly ok: false; readonly problem: RowProblem };

/** A list in memory. */
export interface Catalogue<Entry extends { readonly code: string; readonly name: string }> {
  readonly size: number;
  get(code: string): Entry | undefined;
  /** In the order of the list. */
  entries(): Iterable<Entry>;
}

/** A catalogue and what was wrong with its rows. */
export interface CollectedCatalogue<Entry extends { readonly code: string; readonly name: string }> {
  readonly catalogue: Catalogue<Entry>;
  /** The first problems, at most `maxProblems`. */
  readonly problems: readonly RowProblem[];
  /** All of them. */
  readonly problemCount: number;
}

/**
 * Puts the rows of a list into memory, each code once: a code that comes again is a `DUPLICATE_CODE` problem, and the first
 * row stays. Memory grows with the number of good rows only.
 *
 * @param options.badRows - `report` (the default) leaves them out and tells of them; `refuse` throws on the first
 * @param options.maxProblems - how many problems to keep, 1000 unless told; all are counted
 * @throws ElcertError `CSV_BAD_ROW` where bad rows are refused, and what the reader throws
 * @example
 * ```ts
 * const { catalogue, problemCount } = await collectCatalogue(readTruCsv(createReadStream('esnsi.csv')));
 * catalogue.get('329921120.060010102')?.name;
 * ```
 */
export async function collectCatalogue<Entry extends { readonly code: string; readonly name: string }>(
  rows: Iterable<ListRow<Entry>> | AsyncIterable<ListRow<Entry>>,
  options: { readonly badRows?: BadRows; readonly maxProblems?: number } = {},
): Promise<CollectedCatalogue<Entry>> {
  const { badRows = 'report', maxProblems = 1000 } = options;
  const byCode = new Map<string, Entry>();
  const problems: RowProblem[] = [];
  let problemCount = 0;
  for await (const row of rows) {
    let problem: RowProblem;
    if (!row.ok) problem = row.problem;
    else if (!byCode.has(row.entry.code)) {
      byCode.set(row.entry.code, row.entry);
      continue;
    } else {
      problem = {
        code: 'DUPLICATE_CODE',
        line: row.line,
        message: `${row.entry.code} stands in the list already`,
        userMessage: `Код ${row.entry.code} уже есть в списке`,
        value: row.entry.code,
      };
    }
    if (badRows === 'refuse') throw badRowError(problem);
    problemCount += 1;
    if (problems.length < maxProblems) problems.push(problem);
  }
  return {
    catalogue: {
      size: byCode.size,
      get: (code) => byCode.get(code),
      entries: () => byCode.values(),
    },
    problems,
    problemCount,
  };
}

/** What changed between two versions of a list, each part in the order of codes. */
export interface CatalogueChanges<Entry> {
  readonly added: readonly Entry[];
  readonly gone: readonly Entry[];
  readonly renamed: readonly { readonly code: string; readonly before: string; readonly after: string }[];
}

/** Compares two versions of a list by code and name. */
export function compareCatalogues<Entry extends { readonly code: string; readonly name: string }>(
  before: Catalogue<Entry>,
  after: Catalogue<Entry>,
): CatalogueChanges<Entry> {
  const added: Entry[] = [];
  const gone: Entry[] = [];
  const renamed: { code: string; before: string; after: string }[] = [];
  for (const entry of after.entries()) {
    const old = before.get(entry.code);
    if (old === undefined) added.push(entry);
    else if (old.name !== entry.name) renamed.push({ code: entry.code, before: old.name, after: entry.name });
  }
  for (const entry of before.entries()) if (after.get(entry.code) === undefined) gone.push(entry);
  const byCode = (a: { readonly code: string }, b: { readonly code: string }) => (a.code < b.code ? -1 : 1);
  return { added: added.sort(byCode), gone: gone.sort(byCode), renamed: renamed.sort(byCode) };
}
