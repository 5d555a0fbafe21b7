import { isElcertError, toHex } from '@elcert/core';
import { isDocumentCode } from './document.js';
import type { TagDefinition, TagKind } from './tags/definition.js';
import { tagDefinition } from './tags/dictionary.js';
import { tagValueTitle } from './tags/enumerations.js';
import { decodeTags, type TagContext, type TagValue } from './tags.js';

/** One TLV element of an annotated dump. */
export interface InspectedTag {
  /** Where its header begins. */
  readonly offset: number;
  /** 0 for the outermost. */
  readonly depth: number;
  readonly tag: number;
  /** JSON name; empty when unknown. */
  readonly name: string;
  /** Official name, Russian; empty when unknown. */
  readonly title: string;
  readonly kind: TagKind | 'unknown';
  readonly length: number;
  /** Absent for an STLV (its members follow) and where the bytes do not fit the tag. */
  readonly value?: Exclude<TagValue, readonly unknown[]>;
  /** What an enumerated value means, Russian. */
  readonly meaning?: string;
  /** The value's bytes, lower-case hex; empty for an STLV whose members follow. */
  readonly raw: string;
  /** What is wrong with this element; the dump goes on after it. */
  readonly fault?: string;
}

const maxRows = 100_000;

/**
 * Explains bytes of TLV element by element. Never throws for bad bytes: what does not fit is a row with `fault`, so that a dump
 * from the field can be read as far as it makes sense.
 *
 * @param bytes - a document TLV or a bare list
 * @example
 * ```ts
 * for (const row of inspectTlv(bytes)) console.log(row.offset, ' '.repeat(row.depth), row.tag, row.title, row.value ?? row.raw);
 * ```
 */
export function inspectTlv(bytes: Uint8Array, context: Pick<TagContext, 'ffdVersion'> = {}): InspectedTag[] {
  const rows: InspectedTag[] = [];
  const outer = bytes.length >= 4 ? (bytes[0] as number) | ((bytes[1] as number) << 8) : 0;
  const version = context.ffdVersion ?? (isOldDocument(bytes, outer) ? '1.0' : undefined);
  walk(bytes, 0, bytes.length, 0, rows, version);
  return rows;
}

/** A receipt, report or registration without tag 1209 among its members is FFD 1.0. */
function isOldDocument(bytes: Uint8Array, outer: number): boolean {
  if (!isDocumentCode(outer) || outer === 7 || outer > 80) return false;
  let offset = 4;
  while (offset + 4 < bytes.length) {
    const length = (bytes[offset + 2] as number) | ((bytes[offset + 3] as number) << 8);
    if (bytes[offset] === 0xb9 && bytes[offset + 1] === 0x04) return (bytes[offset + 4] as number) < 2;
    offset += 4 + length;
  }
  return true;
}

function walk(
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
  rows: InspectedTag[],
  version: TagContext['ffdVersion'],
): void {
  let offset = start;
  while (offset < end && rows.length < maxRows) {
    if (end - offset < 4) {
      rows.push(rest(bytes, offset, end, depth, 'a TLV header has 4 bytes'));
      return;
    }
    const tag = (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8);
    const length = (bytes[offset + 2] as number) | ((bytes[offset + 3] as number) << 8);
    const at = offset + 4;
    const definition = tagDefinition(tag, version);
    const base = {
      offset,
      depth,
      tag,
      name: definition?.name ?? '',
      title: definition?.title ?? '',
      kind: definition?.kind ?? ('unknown' as const),
      length,
    };
    if (length > end - at) {
      const fault = `${length} bytes said, ${end - at} are left`;
      // The members of a list that was cut short are still worth reading.
      if (definition?.kind === 'stlv' && depth < 8 && end > at) {
        rows.push({ ...base, raw: '', fault });
        walk(bytes, at, end, depth + 1, rows, version);
      } else rows.push({ ...base, raw: toHex(bytes.subarray(at, end)), fault });
      return;
    }
    const value = bytes.subarray(at, at + length);
    if (definition?.kind === 'stlv' && depth < 8) {
      rows.push({ ...base, raw: '' });
      walk(bytes, at, at + length, depth + 1, rows, version);
    } else
      rows.push({
        ...base,
        ...explain(bytes.subarray(offset, at + length), definition, version),
        raw: toHex(value),
      });
    offset = at + length;
  }
}

function explain(
  element: Uint8Array,
  definition: TagDefinition | undefined,
  version: TagContext['ffdVersion'],
): Pick<InspectedTag, 'value' | 'meaning' | 'fault'> {
  if (definition === undefined) return {};
  try {
    const value = decodeTags(element, { ffdVersion: version ?? '1.2', path: '' })[0]?.value;
    if (value === undefined || Array.isArray(value)) return {};
    const meaning = tagValueTitle(definition.tag, value);
    const plain = value as Exclude<TagValue, readonly unknown[]>;
    return meaning === undefined || meaning === '' ? { value: plain } : { value: plain, meaning };
  } catch (error) {
    if (isElcertError(error)) return { fault: error.message };
    throw error;
  }
}

function rest(bytes: Uint8Array, offset: number, end: number, depth: number, fault: string): InspectedTag {
  return {
    offset,
    depth,
    tag: 0,
    name: '',
    title: '',
    kind: 'unknown',
    length: end - offset,
    raw: toHex(bytes.subarray(offset, end)),
    fault,
  };
}
