import { compositionRows } from './composition-table.js';
import type { FfdVersion } from './definition.js';

/** Whether a requisite stands in the electronic form of a document. */
export type Presence = 'mandatory' | 'conditional' | 'optional' | 'forbidden';

/** One requisite at one place of a document. */
export interface CompositionEntry {
  readonly tag: number;
  readonly presence: Presence;
  readonly repeated: boolean;
}

/** The requisites of one place. */
export interface CompositionList {
  readonly entries: ReadonlyMap<number, CompositionEntry>;
  /** Tags that must be there. */
  readonly mandatory: readonly number[];
  /** Table of annex 2 to order ЕД-7-20/662@; empty where none is known. */
  readonly table: string;
}

const presences: Readonly<Record<string, Presence>> = {
  '!': 'mandatory',
  '?': 'conditional',
  '-': 'forbidden',
};

function listOf(table: string, text: string): CompositionList {
  const entries = new Map<number, CompositionEntry>();
  const mandatory: number[] = [];
  for (const word of text.split(' ')) {
    const presence = presences[word[0] ?? ''] ?? 'optional';
    const tag = Number(word.replace(/[^\d]/g, ''));
    entries.set(tag, { tag, presence, repeated: word.endsWith('*') });
    if (presence === 'mandatory') mandatory.push(tag);
  }
  return { entries, mandatory, table };
}

let made: ReadonlyMap<string, ReadonlyMap<number, CompositionList>> | undefined;

function lists(): ReadonlyMap<string, ReadonlyMap<number, CompositionList>> {
  if (made !== undefined) return made;
  const all = new Map<string, Map<number, CompositionList>>();
  for (const [where, parent, table, tags] of compositionRows) {
    const list = listOf(table, tags);
    for (const document of where.split(' ')) {
      const places = all.get(document) ?? new Map<number, CompositionList>();
      places.set(parent, list);
      all.set(document, places);
    }
  }
  made = all;
  return all;
}

/**
 * What the electronic form of a document holds, by the tag of the enclosing STLV (0 is the document itself). Nothing when the version
 * has no such document.
 */
export function compositionOf(
  version: FfdVersion,
  documentCode: number,
): ReadonlyMap<number, CompositionList> | undefined {
  return lists().get(`${version}/${documentCode}`);
}
