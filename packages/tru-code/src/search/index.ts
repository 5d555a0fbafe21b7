import { stemmer } from '@orama/stemmers/russian';
import { explainTruCode } from '../explain.js';
import { parseTruCode } from '../tru-code.js';

/** What is searched: an entry of a catalogue. */
export interface TruSearchEntry {
  /** 19 or 30 characters. */
  readonly code: string;
  readonly name: string;
}

/** One thing found. */
export interface TruSearchHit<Entry extends TruSearchEntry = TruSearchEntry> {
  readonly entry: Entry;
  /**
   * By what: the beginning of the code (`code`, also an OKPD2 group with its points), the class read from it (`class`,
   * inferred), words of the name (`words`), or words that only resemble those of the name (`similar`).
   */
  readonly by: 'code' | 'class' | 'words' | 'similar';
  /** Words of the query that the name does not have; empty for a full match. */
  readonly missing: readonly string[];
}

/** A list that can be searched. */
export interface TruSearch<Entry extends TruSearchEntry = TruSearchEntry> {
  readonly size: number;
  /**
   * Finds by code, beginning of a code, OKPD2 group, KTSR class, or words of the name in any form and order, each also
   * by its beginning. Whole words come before beginnings, names that start with a word of the query before others, short
   * names before long ones; names that have all the words hide those that lack some.
   *
   * @param options.limit - most hits, 20 unless told
   */
  search(query: string, options?: { readonly limit?: number }): readonly TruSearchHit<Entry>[];
}

// A query is typed by a person: more than this is a pasted text.
const maxQueryLength = 200;
const maxWords = 12;

function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll('ё', 'е')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

function stemOf(word: string): string {
  return /[а-я]/.test(word) ? stemmer(word) : word;
}

function trigramsOf(word: string): string[] {
  const padded = ` ${word} `;
  return Array.from({ length: Math.max(0, padded.length - 2) }, (_, at) => padded.slice(at, at + 3));
}

/** First index in sorted texts whose text is not below `wanted`. */
function lowerBound(sorted: readonly string[], wanted: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function upperBoundOfPrefix(sorted: readonly string[], prefix: string): number {
  return lowerBound(sorted, `${prefix}\uffff`);
}

interface Ranked {
  readonly at: number;
  readonly score: number;
}

/** Puts an entry among the best, at most `limit`: a keystroke may match every name, sorting them all would take longest. */
function rank(best: Ranked[], limit: number, at: number, score: number): void {
  let place = best.length;
  while (place > 0) {
    const other = best[place - 1] as Ranked;
    // Entries are numbered from the shortest name on, so that of equal scores the lower number goes first.
    if (other.score > score || (other.score === score && other.at < at)) break;
    place -= 1;
  }
  if (place >= limit) return;
  best.splice(place, 0, { at, score });
  if (best.length > limit) best.pop();
}

/** A word of a query: how well each stem answers it. */
interface QueryWord {
  readonly text: string;
  readonly stems: readonly number[];
  /** By number of the stem; 0 for all that do not answer. */
  readonly quality: Float32Array;
  /** How many names the stems stand in, those counted twice that have two. */
  readonly postings: number;
}

/**
 * Builds the index: about a tenth of a second for 20,000 names. Forms of a word meet in their stem (Snowball's Russian
 * stemmer); a word that no name has, nor begins with, is looked for among those with the same trigrams, so that a slip of
 * a finger still finds.
 *
 * @throws ElcertError a `TruCodeIssueCode` for an entry whose code is none
 * @example
 * ```ts
 * const { search } = buildTruSearch(catalogue.entries());
 * search('тростью опорн')[0]?.entry.code; // '329921120.060010101'
 * ```
 */
export function buildTruSearch<Entry extends TruSearchEntry>(source: Iterable<Entry>): TruSearch<Entry> {
  const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const entries = [...source].sort((a, b) => a.name.length - b.name.length || compareText(a.code, b.code));

  const byCode = entries.map((entry, at) => ({ key: entry.code, at }));
  const byClass: { readonly key: string; readonly at: number }[] = [];
  const stemIds = new Map<string, number>();
  const formStems = new Map<string, number>();
  /** Entries that have a stem, in order. */
  const postings: number[][] = [];
  /** Stems that an entry has, one after the other from `starts[at]` on, that of its first word first. */
  const stemsOfEntries: number[] = [];
  const starts = new Uint32Array(entries.length + 1);
  for (const [at, entry] of entries.entries()) {
    const { ktsrClass } = explainTruCode(parseTruCode(entry.code));
    if (ktsrClass !== undefined) byClass.push({ key: ktsrClass, at });
    for (const form of wordsOf(entry.name)) {
      let id = formStems.get(form);
      if (id === undefined) {
        const stem = stemOf(form);
        id = stemIds.get(stem);
        if (id === undefined) {
          id = postings.length;
          stemIds.set(stem, id);
          postings.push([]);
        }
        formStems.set(form, id);
      }
      const list = postings[id] as number[];
      // A stem may stand twice in the same name.
      if (list[list.length - 1] === at) continue;
      list.push(at);
      stemsOfEntries.push(id);
    }
    starts[at + 1] = stemsOfEntries.length;
  }
  for (const list of [byCode, byClass]) list.sort((a, b) => compareText(a.key, b.key) || a.at - b.at);
  const codeKeys = byCode.map(({ key }) => key);
  const classKeys = byClass.map(({ key }) => key);
  const lists = postings.map((list) => Uint32Array.from(list));
  const stems = Uint32Array.from(stemsOfEntries);
  const forms = [...formStems.keys()].sort();
  const formIds = Uint32Array.from(forms, (form) => formStems.get(form) as number);
  const formsOfTrigram = new Map<string, number[]>();
  for (const [at, form] of forms.entries()) {
    for (const trigram of new Set(trigramsOf(form))) {
      const list = formsOfTrigram.get(trigram);
      if (list === undefined) formsOfTrigram.set(trigram, [at]);
      else list.push(at);
    }
  }

  // Working space, zeroed again after each use, so that a keystroke allocates next to nothing.
  const qualities: Float32Array[] = [];
  const shared = new Uint8Array(forms.length);
  const seen = new Uint8Array(entries.length);

  /** Stems of the few forms that resemble a word most: half of their trigrams at least are its own. */
  const similarStems = (word: string): { readonly id: number; readonly likeness: number }[] => {
    const wanted = trigramsOf(word);
    const met: number[] = [];
    for (const trigram of wanted) {
      for (const at of formsOfTrigram.get(trigram) ?? []) {
        if (shared[at] === 0) met.push(at);
        shared[at] = (shared[at] as number) + 1;
      }
    }
    const found = met.map((at) => {
      const likeness = (2 * (shared[at] as number)) / (wanted.length + (forms[at] as string).length);
      shared[at] = 0;
      return { id: formIds[at] as number, likeness };
    });
    return found
      .filter(({ likeness }) => likeness >= 0.5)
      .sort((a, b) => b.likeness - a.likeness)
      .slice(0, 8);
  };

  const lookUp = (text: string, index: number): QueryWord & { readonly similar: boolean } => {
    qualities[index] ??= new Float32Array(lists.length);
    const quality = qualities[index];
    const found: number[] = [];
    const note = (id: number, value: number) => {
      if (quality[id] === 0) found.push(id);
      quality[id] = Math.max(quality[id] as number, value);
    };
    const exact = stemIds.get(stemOf(text));
    if (exact !== undefined) note(exact, 1);
    for (let at = lowerBound(forms, text), end = upperBoundOfPrefix(forms, text); at < end; at += 1) {
      note(formIds[at] as number, 0.5);
    }
    const similar = found.length === 0 && text.length >= 4;
    if (similar) for (const { id, likeness } of similarStems(text)) note(id, likeness / 2);
    let size = 0;
    for (const id of found) size += (lists[id] as Uint32Array).length;
    return { text, stems: found, quality, postings: size, similar: similar && found.length > 0 };
  };

  /** How well an entry answers a word. */
  const answer = (at: number, { quality }: QueryWord): number => {
    let best = 0;
    for (let index = starts[at] as number; index < (starts[at + 1] as number); index += 1) {
      const value = quality[stems[index] as number] as number;
      if (value > best) best = value;
      if (best === 1) break;
    }
    return best;
  };

  const byWords = (texts: readonly string[], limit: number): TruSearchHit<Entry>[] => {
    const words = texts.map(lookUp);
    // A word that nothing answers cannot choose between names: it is only told of.
    const known = words.filter((word) => word.stems.length > 0);
    const byRarity = [...known].sort((a, b) => a.postings - b.postings);
    const collect = (from: readonly QueryWord[], all: boolean): readonly number[] => {
      const best: Ranked[] = [];
      const met: number[] = [];
      for (const word of from) {
        // The best stems first: an entry that was met is not looked at again.
        for (const id of [...word.stems].sort(
          (a, b) => (word.quality[b] as number) - (word.quality[a] as number),
        )) {
          const own = word.quality[id] as number;
          for (const at of lists[id] as Uint32Array) {
            if (seen[at] !== 0) continue;
            seen[at] = 1;
            met.push(at);
            const first = stems[starts[at] as number] as number;
            let score = 0;
            let lacks = false;
            let leads = false;
            for (const other of known) {
              const value = other === word ? own : answer(at, other);
              lacks ||= value === 0;
              leads ||= other.quality[first] !== 0;
              // Where words are missing, a rare one that is there counts for more than a frequent one.
              score += all ? value : value * Math.log(1 + entries.length / other.postings);
            }
            if (!all || !lacks) rank(best, limit, at, leads ? score + 0.25 : score);
          }
        }
      }
      for (const at of met) seen[at] = 0;
      return best.map(({ at }) => at);
    };
    // Every name with all the words has the rarest. Where none has them all, the two rarest tell most.
    let found = collect(byRarity.slice(0, 1), true);
    if (found.length === 0) found = collect(byRarity.slice(0, 2), false);
    const hits = found.map(
      (at): TruSearchHit<Entry> => ({
        entry: entries[at] as Entry,
        by: words.some((word) => word.similar) ? 'similar' : 'words',
        missing: words.filter((word) => answer(at, word) === 0).map((word) => word.text),
      }),
    );
    for (const word of words) for (const id of word.stems) word.quality[id] = 0;
    return hits;
  };

  const byPrefix = (
    keys: readonly string[],
    order: readonly { readonly at: number }[],
    prefix: string,
    limit: number,
    by: 'code' | 'class',
  ): TruSearchHit<Entry>[] => {
    const from = lowerBound(keys, prefix);
    const to = Math.min(upperBoundOfPrefix(keys, prefix), from + limit);
    return order.slice(from, to).map(({ at }) => ({ entry: entries[at] as Entry, by, missing: [] }));
  };

  return {
    size: entries.length,
    search(query, { limit = 20 } = {}) {
      const text = query.slice(0, maxQueryLength).trim();
      if (text === '' || limit < 1) return [];
      if (/^[\d.]+$/.test(text)) {
        // 329921120.06…, 32992112006… or 32.99.21.120: with the point where the code has it, or with those of OKPD2.
        const digits = text.replaceAll('.', '');
        const prefix = digits.length > 9 ? `${digits.slice(0, 9)}.${digits.slice(9)}` : digits;
        const hits = byPrefix(codeKeys, byCode, prefix, limit, 'code');
        if (hits.length > 0) return hits;
      }
      if (/^\d{2}-(?:\d{1,2}(?:-\d{0,2})?)?$/.test(text)) {
        const hits = byPrefix(classKeys, byClass, text, limit, 'class');
        if (hits.length > 0) return hits;
      }
      const words = [...new Set(wordsOf(text))].slice(0, maxWords);
      return words.length === 0 ? [] : byWords(words, limit);
    },
  };
}
