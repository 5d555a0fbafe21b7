import type { FfdVersion, TagDefinition, TagKind, TagRow } from './definition.js';
import { tagRows } from './table.js';

const versionOfLetter: Readonly<Record<string, FfdVersion>> = { 0: '1.0', 5: '1.05', 1: '1.1', 2: '1.2' };

const plainFormats: Readonly<Record<string, readonly [TagKind, number]>> = {
  uint8: ['uint', 1],
  uint16: ['uint', 2],
  uint32: ['uint', 4],
  mask8: ['mask', 1],
  mask32: ['mask', 4],
  bool: ['bool', 1],
  unixtime: ['unixtime', 4],
  date: ['date', 4],
  inn: ['string', 12],
};

// Names of kinds as they stand in this file: those cut out of the table would be other strings to the engine, compared letter by
// letter for every value of a document.
const kinds: Readonly<Record<string, TagKind>> = {
  string: 'string',
  vln: 'vln',
  fvln: 'fvln',
  bytes: 'bytes',
  stlv: 'stlv',
};

function words(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

function definitionOf(row: TagRow): TagDefinition {
  const [tag, name, format, versions, parents, documents, title, flagText = ''] = row;
  const flags = words(flagText);
  const plain = plainFormats[format];
  const [kind = '', size = ''] = format.split(' ');
  const inn = format === 'inn';
  return {
    tag,
    name,
    otherNames: flags.filter((flag) => flag.startsWith('~')).map((flag) => flag.slice(1)),
    nameIsOurs: flags.includes('ours'),
    title,
    kind: plain?.[0] ?? (kinds[kind] as TagKind),
    size: plain?.[1] ?? Number(size.replace('=', '')),
    fixed: plain !== undefined || size.startsWith('='),
    padded: inn || format.endsWith(' pad'),
    inn,
    versions: [...versions].map((letter) => versionOfLetter[letter] as FfdVersion),
    parents: words(parents).map((parent) => (parent === 'doc' ? 'document' : Number(parent))),
    documents: words(documents).map(Number),
    repeated: flags.includes('repeated'),
    abolished: flags.includes('abolished'),
    legacy: flags.includes('legacy'),
  };
}

/** Definitions by tag. */
export interface TagLookup {
  get(tag: number): TagDefinition | undefined;
}

interface Dictionary {
  readonly all: readonly TagDefinition[];
  readonly current: TagLookup;
  /** As `current`, with the FFD 1.0 meaning of reused numbers. */
  readonly legacy: TagLookup;
  readonly byName: ReadonlyMap<string, readonly TagDefinition[]>;
}

/** Tags of documents lie below; only marks of the archive export lie above. */
const nearTags = 4096;

/** An array where documents look, a map for the rest: every requisite of every document is looked up. */
function lookupOf(definitions: ReadonlyMap<number, TagDefinition>): TagLookup {
  const near = Array.from({ length: nearTags }, (_, tag) => definitions.get(tag));
  return { get: (tag) => (tag >= 0 && tag < nearTags ? near[tag] : definitions.get(tag)) };
}

let made: Dictionary | undefined;

function dictionary(): Dictionary {
  if (made !== undefined) return made;
  const all = (tagRows as readonly TagRow[]).map(definitionOf);
  const current = new Map<number, TagDefinition>();
  const byName = new Map<string, TagDefinition[]>();
  const named = (name: string, definition: TagDefinition) => {
    const list = byName.get(name);
    if (list === undefined) byName.set(name, [definition]);
    else list.push(definition);
  };
  for (const definition of all) {
    if (!definition.legacy) current.set(definition.tag, definition);
    if (definition.name !== '') named(definition.name, definition);
  }
  for (const definition of all) for (const name of definition.otherNames) named(name, definition);
  const legacy = new Map(current);
  for (const definition of all) if (definition.legacy) legacy.set(definition.tag, definition);
  made = { all, current: lookupOf(current), legacy: lookupOf(legacy), byName };
  return made;
}

/** All requisites in the order of their numbers; a reused number stands twice. */
export function tagDefinitions(): readonly TagDefinition[] {
  return dictionary().all;
}

/**
 * What a tag number means.
 *
 * @param version - `'1.0'` gives the old meaning of the numbers that were reused in 2025 (1011, 1082, 1115, 1119, 1120, 1125)
 */
export function tagDefinition(tag: number, version?: FfdVersion): TagDefinition | undefined {
  return definitionsOf(version === '1.0').get(tag);
}

/** The lookup table of one reading, for the codec. */
export function definitionsOf(legacy: boolean): TagLookup {
  return legacy ? dictionary().legacy : dictionary().current;
}

/** Where a name stands, because a few names belong to two tags. */
export interface TagPlace {
  /** Tag of the enclosing STLV; absent for the document itself. */
  readonly parent?: number | undefined;
  /** Form code of the document. */
  readonly document?: number | undefined;
  readonly ffdVersion?: FfdVersion | undefined;
}

function score(definition: TagDefinition, name: string, place: TagPlace): number {
  const parentFits = definition.parents.includes(place.parent ?? 'document');
  const documentFits = place.document === undefined || definition.documents.includes(place.document);
  return (
    (parentFits ? 8 : 0) +
    (documentFits ? 4 : 0) +
    (definition.legacy === (place.ffdVersion === '1.0') ? 2 : 0) +
    (definition.name === name ? 1 : 0)
  );
}

/** The requisite that a JSON name means at a place: `totalSum` is 1020 in a receipt and 1201 in shift totals. */
export function tagByName(name: string, place: TagPlace = {}): TagDefinition | undefined {
  const candidates = dictionary().byName.get(name);
  if (candidates === undefined) return undefined;
  let best: TagDefinition | undefined;
  let bestScore = -1;
  for (const candidate of candidates) {
    const one = score(candidate, name, place);
    if (one > bestScore) {
      best = candidate;
      bestScore = one;
    }
  }
  return best;
}
