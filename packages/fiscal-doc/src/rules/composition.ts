import type { FiscalDocument } from '../document.js';
import { type CompositionList, compositionOf } from '../tags/composition.js';
import type { FfdVersion, TagDefinition } from '../tags/definition.js';
import { definitionsOf, type TagLookup } from '../tags/dictionary.js';
import { tagEnumeration } from '../tags/enumerations.js';
import type { TagEntry, TagList } from '../tags.js';
import { annex, clauseOf } from './clause.js';
import type { IssueSeverity, Report } from './issue.js';

// Presence, repetition, spelling and listed values: everything that the tables alone decide.

/** STLVs whose stated maximum is smaller than the sum of their members: too long is doubtful, not wrong. */
const looseSizes: ReadonlySet<number> = new Set([1084, 1129, 1130, 1131, 1132, 1145, 1146, 1232, 1233]);

interface Walk {
  readonly report: Report;
  readonly version: FfdVersion;
  readonly definitions: TagLookup;
  readonly places: ReadonlyMap<number, CompositionList> | undefined;
  /** Severity of composition faults: published documents of FFD 1.0 hold less than its tables ask for. */
  readonly composition: IssueSeverity;
}

function titleOf(walk: Walk, tag: number): string {
  const title = walk.definitions.get(tag)?.title;
  return title === undefined ? String(tag) : `${tag} «${title}»`;
}

/** Counts requisites that may repeat while a list is walked, so that each path need not look at all before it. */
export function tagCounter(): (tag: number, definition: TagDefinition | undefined) => number | undefined {
  let seen: Map<number, number> | undefined;
  return (tag, definition) => {
    if (definition?.repeated !== true) return undefined;
    seen ??= new Map();
    const count = seen.get(tag) ?? 0;
    seen.set(tag, count + 1);
    return count;
  };
}

/** Path of one entry. @param nth - which of its kind it is, by {@link tagCounter} */
export function entryPath(
  path: string,
  tag: number,
  definition: TagDefinition | undefined,
  nth: number | undefined,
): string {
  const name =
    definition !== undefined && definition.kind === 'stlv' && definition.name !== ''
      ? definition.name
      : String(tag);
  return nth === undefined ? `${path}/${name}` : `${path}/${name}[${nth}]`;
}

function checkValue(
  walk: Walk,
  entry: TagEntry,
  definition: TagDefinition,
  pathOf: () => string,
  clause: string,
): void {
  const { report } = walk;
  const { tag, value, raw } = entry;
  if (raw !== undefined) {
    const tooLong = raw.length > definition.size;
    report({
      code: tooLong ? 'length' : 'spelling',
      path: pathOf(),
      tag,
      severity: tooLong ? 'error' : 'info',
      message: tooLong
        ? `${raw.length} bytes where there is room for ${definition.size}`
        : 'an unusual spelling of the value',
      message_ru: tooLong
        ? `Длина ${raw.length} больше допустимой ${definition.size}`
        : 'Значение записано необычным образом',
      clause,
    });
  } else if (definition.fixed && value instanceof Uint8Array && value.length !== definition.size) {
    report({
      code: 'length',
      path: pathOf(),
      tag,
      severity: 'error',
      message: `${value.length} bytes where there are always ${definition.size}`,
      message_ru: `Длина ${value.length}, должна быть ${definition.size}`,
      clause,
    });
  }
  const enumeration = tagEnumeration(tag);
  if (enumeration === undefined) return;
  const listed =
    enumeration.kind === 'one'
      ? enumeration.values.some(([one]) => one === value)
      : typeof value === 'number' && isSumOf(value, enumeration.values);
  if (listed) return;
  report({
    code: 'value',
    path: pathOf(),
    tag,
    severity: 'error',
    message: `${String(value)} is not a listed value`,
    message_ru: `Значение ${String(value)} не предусмотрено для реквизита ${titleOf(walk, tag)}`,
    clause,
  });
}

function isSumOf(value: number, values: readonly (readonly [number | string, string])[]): boolean {
  let rest = value;
  for (const [bit] of values) if (Math.floor(value / Number(bit)) % 2 === 1) rest -= Number(bit);
  return rest === 0;
}

/** Bytes that a list takes on the wire when every value is canonical; texts count as many bytes as characters. */
function sizeOf(list: TagList, definitions: TagLookup): number {
  let size = 0;
  for (const { tag, value, raw } of list) {
    size += 4;
    if (raw !== undefined) size += raw.length;
    else if (Array.isArray(value)) size += sizeOf(value, definitions);
    else if (value instanceof Uint8Array) size += value.length;
    else {
      const definition = definitions.get(tag);
      if (definition === undefined) continue;
      if (definition.fixed) size += definition.size;
      else if (definition.kind === 'fvln') size += 1 + bytesOfNumber(Number(String(value).replace('.', '')));
      else if (typeof value === 'string') size += value.length;
      else if (typeof value === 'number' || typeof value === 'bigint') size += bytesOfNumber(value);
    }
  }
  return size;
}

function bytesOfNumber(value: number | bigint): number {
  let rest = Number(value);
  let size = 1;
  while (rest >= 256) {
    rest /= 256;
    size += 1;
  }
  return size;
}

function has(list: TagList, tag: number): boolean {
  for (let index = 0; index < list.length; index += 1) if (list[index]?.tag === tag) return true;
  return false;
}

function checkList(walk: Walk, list: TagList, parent: number, path: string): void {
  const { report, definitions } = walk;
  const table = walk.places?.get(parent);
  const clause = clauseOf(walk.version, table);
  const countOf = tagCounter();
  for (let index = 0; index < list.length; index += 1) {
    const entry = list[index] as TagEntry;
    const { tag, value } = entry;
    const definition = definitions.get(tag);
    const nth = countOf(tag, definition);
    const pathOf = () => entryPath(path, tag, definition, nth);
    if (definition === undefined) {
      report({
        code: 'unknown',
        path: pathOf(),
        tag,
        severity: 'warning',
        message: `tag ${tag} is in no dictionary`,
        message_ru: `Реквизит ${tag} неизвестен`,
        clause,
      });
      continue;
    }
    const allowed = table?.entries.get(tag);
    // Places without a table of their own take what the dictionary names them as the parent of.
    const belongs =
      table === undefined
        ? definition.parents.includes(parent === 0 ? 'document' : parent)
        : allowed !== undefined;
    if (!belongs) {
      report({
        code: 'unexpected',
        path: pathOf(),
        tag,
        severity: walk.composition,
        message: `tag ${tag} does not belong here in FFD ${walk.version}`,
        message_ru: `Реквизит ${titleOf(walk, tag)} не предусмотрен здесь в ФФД ${walk.version}`,
        clause,
      });
    } else if (allowed?.presence === 'forbidden') {
      report({
        code: 'forbidden',
        path: pathOf(),
        tag,
        severity: walk.composition,
        message: `tag ${tag} stands on paper only`,
        message_ru: `Реквизит ${titleOf(walk, tag)} не включается в электронную форму`,
        clause,
      });
    }
    if (!(allowed?.repeated ?? definition.repeated)) {
      for (let before = 0; before < index; before += 1) {
        if (list[before]?.tag !== tag) continue;
        report({
          code: 'repeated',
          path: pathOf(),
          tag,
          severity: 'error',
          message: `tag ${tag} stands once only`,
          message_ru: `Реквизит ${titleOf(walk, tag)} не может повторяться`,
          clause,
        });
        break;
      }
    }
    if (Array.isArray(value)) {
      const here = pathOf();
      checkSize(walk, value, definition, here);
      checkList(walk, value, tag, here);
    } else checkValue(walk, entry, definition, pathOf, clause);
  }
  if (table === undefined) return;
  for (const tag of table.mandatory) {
    if (has(list, tag)) continue;
    report({
      code: 'missing',
      path: `${path}/${tag}`,
      tag,
      severity: walk.composition,
      message: `tag ${tag} is missing`,
      message_ru: `Нет обязательного реквизита ${titleOf(walk, tag)}`,
      clause,
    });
  }
}

function checkSize(walk: Walk, list: TagList, definition: TagDefinition, path: string): void {
  // 65535 is "no limit named"; an entry takes at least five bytes and seldom a hundred, so that most lists need no count.
  if (definition.size >= 0xffff || list.length * 4 > 0xffff) return;
  const size = sizeOf(list, walk.definitions);
  if (size <= definition.size) return;
  walk.report({
    code: 'size',
    path,
    tag: definition.tag,
    severity: looseSizes.has(definition.tag) ? 'warning' : 'error',
    message: `${size} bytes where there is room for ${definition.size}`,
    message_ru: `Длина ${size} байт больше допустимой ${definition.size}`,
    clause: annex(walk.version),
  });
}

/** Composition, repetition, sizes and listed values of a document. */
export function checkComposition(document: FiscalDocument, version: FfdVersion, report: Report): void {
  const walk: Walk = {
    report,
    version,
    definitions: definitionsOf(version === '1.0'),
    places: compositionOf(version, document.code),
    composition: version === '1.0' ? 'warning' : 'error',
  };
  const definition = walk.definitions.get(document.code);
  if (definition !== undefined) checkSize(walk, document.tags, definition, document.name);
  checkList(walk, document.tags, 0, document.name);
}
