import { type DocumentCode, type FiscalDocument, ffdVersionCode, fiscalDocument } from './document.js';
import { fiscalDocError } from './errors.js';
import { type CompositionList, compositionOf } from './tags/composition.js';
import type { FfdVersion } from './tags/definition.js';
import { tagDefinition } from './tags/dictionary.js';
import type { DocumentFields } from './tags/document-fields.js';
import type { TagFields } from './tags/fields.js';
import type { TagList, TagValue } from './tags.js';

// Whole documents as typed objects, both ways, for every form of every version.

type ElementOf<List> = List extends readonly (infer Element)[] ? Element : never;

/** What may be one value or several is always several when it is read. */
type Seen<Value> = [Extract<Value, readonly unknown[]>] extends [never]
  ? Value extends string | number | bigint | boolean | Uint8Array | undefined
    ? Value
    : { readonly [Name in keyof Value]: Seen<Value[Name]> }
  : readonly Seen<ElementOf<Extract<Value, readonly unknown[]>>>[] | Extract<Value, undefined>;

/** A decoded document by JSON names: {@link DocumentFields} with each repeated requisite as an array. */
export type DocumentView<Version extends FfdVersion, Code extends DocumentCode> = Seen<
  DocumentFields<Version, Code>
>;

/** What {@link buildDocument} takes: everything the document holds, but for its version, which is known. */
export type DocumentParts<Version extends FfdVersion, Code extends DocumentCode> = Omit<
  DocumentFields<Version, Code>,
  'fiscalDocumentFormatVer'
>;

/**
 * A document of any form out of its requisites by name: the compiler asks for what is mandatory in this version and for nothing that it does
 * not have. Tag 1209 is added where the form has it.
 *
 * @throws ElcertError `TAG_NAME` with a path, for callers without types
 * @example
 * ```ts
 * const opened = buildDocument('1.2', 2, {
 *   userInn: '7700000009', fiscalDriveNumber: '9999078900001234', kktRegId: '0000000001036066',
 *   dateTime: '2026-11-22T08:00', shiftNumber: 3, fiscalDocumentNumber: 11, fiscalSign: fiscalSignBytes('3153580303'),
 *   kktVersion: '001', documentKktVersion: 4,
 * });
 * const bytes = encodeDocument(opened);
 * ```
 */
export function buildDocument<const Version extends FfdVersion, const Code extends DocumentCode>(
  version: Version,
  code: Code,
  parts: DocumentParts<Version, Code>,
): FiscalDocument {
  const places = compositionOf(version, code);
  if (places === undefined) {
    throw fiscalDocError({
      code: 'NOT_A_DOCUMENT',
      message: `FFD ${version} has no form ${code}`,
      path: String(code),
    });
  }
  const stated = places.get(0)?.entries.has(1209) === true;
  return fiscalDocument(code, {
    ...(parts as TagFields),
    ...(stated ? { fiscalDocumentFormatVer: ffdVersionCode(version) } : {}),
  });
}

interface Reading {
  readonly version: FfdVersion;
  readonly places: ReadonlyMap<number, CompositionList>;
}

function seen(list: TagList, parent: number, path: string, reading: Reading): Record<string, unknown> {
  const place = reading.places.get(parent);
  const fields: Record<string, unknown> = {};
  const pathOf = (tag: number) => `${path}/${tag}`;
  const counts = new Map<number, number>();
  for (const { tag, value } of list) {
    const definition = tagDefinition(tag, reading.version);
    const entry = place?.entries.get(tag);
    // A requisite that does not belong here might share its name with one that does.
    const named =
      definition !== undefined && definition.name !== '' && (place === undefined || entry !== undefined);
    const key = named ? definition.name : String(tag);
    const index = counts.get(tag) ?? 0;
    counts.set(tag, index + 1);
    const repeated = entry?.repeated ?? definition?.repeated ?? false;
    const here = named && definition.kind === 'stlv' ? `${path}/${key}` : pathOf(tag);
    const one: unknown = Array.isArray(value)
      ? seen(value, tag, repeated ? `${here}[${index}]` : here, reading)
      : (value as Exclude<TagValue, TagList>);
    if (repeated) {
      if (index === 0) fields[key] = [one];
      else (fields[key] as unknown[]).push(one);
    } else if (index === 0) fields[key] = one;
    else
      throw fiscalDocError({
        code: 'TAG_VALUE',
        message: `${pathOf(tag)}: stands several times`,
        path: pathOf(tag),
      });
  }
  for (const tag of place?.mandatory ?? []) {
    if (counts.has(tag)) continue;
    throw fiscalDocError({
      code: 'TAG_MISSING',
      message: `${pathOf(tag)}: not in the document`,
      path: pathOf(tag),
    });
  }
  return fields;
}

/**
 * A decoded document as a typed object: the inverse of {@link buildDocument}. What the composition table calls mandatory is there, or the
 * document is refused; unknown and misplaced requisites stand under their numbers.
 *
 * @throws ElcertError `NOT_A_DOCUMENT` for another form or version, `TAG_MISSING` for a document that lacks a mandatory requisite, `TAG_VALUE`
 * for one that has a requisite twice; with paths such as `receipt/items[2]/1043`
 * @example
 * ```ts
 * const { items, totalSum } = documentView(decodeDocument(bytes), '1.2', 3);
 * ```
 */
export function documentView<const Version extends FfdVersion, const Code extends DocumentCode>(
  document: FiscalDocument,
  version: Version,
  code: Code,
): DocumentView<Version, Code> {
  const places = compositionOf(version, code);
  const right = document.code === code && (document.ffdVersion ?? version) === version;
  if (!right || places === undefined) {
    throw fiscalDocError({
      code: 'NOT_A_DOCUMENT',
      message: `${document.name} of FFD ${document.ffdVersion ?? '?'} is no form ${code} of FFD ${version}`,
      path: document.name,
    });
  }
  return seen(document.tags, 0, document.name, { version, places }) as DocumentView<Version, Code>;
}
