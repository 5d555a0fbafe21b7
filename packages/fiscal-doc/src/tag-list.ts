import { fiscalDocError } from './errors.js';
import { type TagPlace, tagByName, tagDefinition } from './tags/dictionary.js';
import type { TagFields } from './tags/fields.js';
import type { TagEntry, TagList, TagValue } from './tags.js';

/** The first value of a tag, or nothing. */
export function tagValue(list: TagList, tag: number): TagValue | undefined {
  for (const entry of list) if (entry.tag === tag) return entry.value;
  return undefined;
}

/** All values of a tag, in their order. */
export function tagValues(list: TagList, tag: number): TagValue[] {
  return list.filter((entry) => entry.tag === tag).map((entry) => entry.value);
}

/** The first value of a text, quantity or time tag. */
export function textOf(list: TagList, tag: number): string | undefined {
  const value = tagValue(list, tag);
  return typeof value === 'string' ? value : undefined;
}

/** The first value of a number or mask tag, when it is a safe integer. */
export function numberOf(list: TagList, tag: number): number | undefined {
  const value = tagValue(list, tag);
  return typeof value === 'number' ? value : undefined;
}

/** The first value of a tag of bytes. */
export function bytesOf(list: TagList, tag: number): Uint8Array | undefined {
  const value = tagValue(list, tag);
  return value instanceof Uint8Array ? value : undefined;
}

/** The first value of an STLV. */
export function listOf(list: TagList, tag: number): TagList | undefined {
  return listsOf(list, tag)[0];
}

/** All values of an STLV, in their order. */
export function listsOf(list: TagList, tag: number): TagList[] {
  return tagValues(list, tag).filter((value): value is TagList => Array.isArray(value));
}

function isFields(value: unknown): value is TagFields {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

/**
 * A {@link TagList} out of requisites by name, in the order of the object. Members that are `undefined` are left out.
 *
 * @param place - the document or STLV the fields stand in: a few names mean different tags in different places
 * @throws ElcertError `TAG_NAME` with a path for a name that the dictionary does not know
 * @example
 * ```ts
 * tagList({ fiscalDriveNumber: '9999078900001234', shiftNumber: 3 }, { document: 2 });
 * ```
 */
export function tagList(fields: TagFields, place: TagPlace = {}): TagList {
  return build(fields, place, '');
}

function build(fields: TagFields, place: TagPlace, path: string): TagList {
  const list: TagEntry[] = [];
  for (const [name, member] of Object.entries(fields) as [string, unknown][]) {
    if (member === undefined) continue;
    const here = path === '' ? name : `${path}/${name}`;
    const number = /^\d{1,5}$/.test(name) ? Number(name) : undefined;
    const definition =
      number === undefined ? tagByName(name, place) : tagDefinition(number, place.ffdVersion);
    const tag = number ?? definition?.tag;
    if (tag === undefined) {
      throw fiscalDocError({
        code: 'TAG_NAME',
        message: `${here}: no requisite of this name`,
        path: here,
      });
    }
    const values = Array.isArray(member) ? (member as unknown[]) : [member];
    values.forEach((value, index) => {
      const inner: TagPlace = { ...place, parent: tag };
      list.push({
        tag,
        value: isFields(value)
          ? build(value, inner, Array.isArray(member) ? `${here}[${index}]` : here)
          : (value as TagValue),
      });
    });
  }
  return list;
}
