import { toHex } from '@elcert/core';
import { type FiscalDocument, ffdVersionOf } from '../document.js';
import { fiscalSignText } from '../signs.js';
import type { TagDefinition } from '../tags/definition.js';
import { tagDefinition } from '../tags/dictionary.js';
import { tagValueTitle } from '../tags/enumerations.js';
import type { TagList, TagValue } from '../tags.js';
import { dateAndTime, dayOf, money, pair, type Row, rule, text } from './row.js';

/** A value as a person reads it. */
export function printed(definition: TagDefinition | undefined, value: Exclude<TagValue, TagList>): string {
  if (value instanceof Uint8Array)
    return definition?.tag === 1077 && value.length === 6 ? fiscalSignText(value) : toHex(value);
  if (typeof value === 'boolean') return value ? 'ДА' : 'НЕТ';
  if (definition === undefined) return String(value);
  const { tag, kind, size } = definition;
  if (tag === 1209 || tag === 1189 || tag === 1190) return ffdVersionOf(Number(value)) ?? String(value);
  const label = tagValueTitle(tag, value);
  if (label !== undefined && label !== '') return label;
  if (kind === 'unixtime') return dateAndTime(String(value));
  if (kind === 'date') return dayOf(String(value));
  // Sums are the numbers of at most six bytes; counters and codes are of a fixed size or longer.
  return kind === 'vln' && size === 6 ? money(Number(value)) : String(value);
}

/** Each requisite by its official name, those inside others further right. */
export function tagRows(tags: TagList, indent: number, version: FiscalDocument['ffdVersion']): Row[] {
  return tags.flatMap(({ tag, value }): Row[] => {
    const definition = tagDefinition(tag, version);
    const caption = definition?.title ?? `Реквизит ${tag}`;
    if (Array.isArray(value)) return [...text(caption, indent), ...tagRows(value, indent + 1, version)];
    return pair(caption, printed(definition, value as Exclude<TagValue, TagList>), indent);
  });
}

/** The title of a document, as its paper has it. */
export function titleOf(document: FiscalDocument): string {
  return (tagDefinition(document.code)?.title ?? document.name).toUpperCase();
}

/** The rows of any document as a list: each requisite by its official name, in the order of the document, nothing left out. */
export function requisiteRows(document: FiscalDocument): Row[] {
  return [
    { type: 'title', text: titleOf(document) },
    rule,
    ...tagRows(document.tags, 0, document.ffdVersion),
  ];
}
