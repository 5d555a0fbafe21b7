import { decodeCp866, unixSecondsToLocal } from '@elcert/core';
import {
  type TagDefinition,
  type TagEntry,
  type TagList,
  type TagValue,
  tagDefinitions,
} from '@elcert/fiscal-doc';
import fc from 'fast-check';

const anyByte = fc.integer({ min: 0, max: 255 });

function texts(definition: TagDefinition): fc.Arbitrary<string> {
  const fixed = definition.fixed && !definition.padded;
  const length = fixed
    ? { minLength: definition.size, maxLength: definition.size }
    : { maxLength: Math.min(definition.size, 40) };
  const all = fc.array(anyByte, length).map((codes) => decodeCp866(Uint8Array.from(codes)));
  if (!definition.padded) return all;
  // What a padded text cannot tell apart: spaces at its end, and – for a taxpayer number – zeros before ten digits.
  return all.filter(
    (text) => !text.endsWith(' ') && !(definition.inn && text.length === 12 && text.startsWith('00')),
  );
}

function decimals(size: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.bigInt({ min: 0n, max: (1n << BigInt(8 * (size - 1))) - 1n }), fc.integer({ min: 0, max: 7 }))
    .map(([units, scale]) => {
      const digits = units.toString().padStart(scale + 1, '0');
      return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    });
}

/** Canonical values of one requisite. */
export function valuesOf(definition: TagDefinition, depth: number, legacy: boolean): fc.Arbitrary<TagValue> {
  const { kind, size, fixed } = definition;
  switch (kind) {
    case 'string':
      return texts(definition);
    case 'uint':
    case 'mask':
      return fc.integer({ min: 0, max: 256 ** size - 1 });
    case 'bool':
      return fc.boolean();
    case 'vln':
      return fc
        .bigInt({ min: 0n, max: (1n << BigInt(size * 8)) - 1n })
        .map((value) => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value));
    case 'fvln':
      return decimals(size);
    case 'unixtime':
      return fc.integer({ min: 0, max: 0xffff_ffff }).map(unixSecondsToLocal);
    case 'date':
      return fc
        .integer({ min: 0, max: 0xffff_ffff })
        .map((seconds) => unixSecondsToLocal(seconds))
        .chain((text) => fc.constantFrom(text.slice(0, 10), text))
        .map((text) => (text.endsWith('T00:00:00') ? text.slice(0, 10) : text));
    case 'bytes':
      return fc.uint8Array(fixed ? { minLength: size, maxLength: size } : { maxLength: Math.min(size, 40) });
    case 'stlv':
      return depth <= 0 ? fc.constant([]) : listsOf(depth - 1, legacy);
  }
}

/** Any requisite of the dictionary with any canonical value. */
export function entries(depth: number, legacy: boolean): fc.Arbitrary<TagEntry> {
  const numbers = new Set(
    tagDefinitions()
      .filter((one) => one.legacy)
      .map((one) => one.tag),
  );
  const known = tagDefinitions().filter((one) => (numbers.has(one.tag) ? one.legacy === legacy : true));
  const ofDictionary = fc
    .constantFrom(...known)
    .chain((definition) =>
      valuesOf(definition, depth, legacy).map((value): TagEntry => ({ tag: definition.tag, value })),
    );
  const unknown = fc
    .record({ tag: fc.integer({ min: 2200, max: 60_000 }), value: fc.uint8Array({ maxLength: 20 }) })
    .map((entry): TagEntry => entry);
  return fc.oneof({ arbitrary: ofDictionary, weight: 20 }, { arbitrary: unknown, weight: 1 });
}

/** Lists of any requisites, nested. */
export function listsOf(depth: number, legacy: boolean): fc.Arbitrary<TagList> {
  return fc.array(entries(depth, legacy), { maxLength: 6 });
}

/** One damage to some bytes. */
export function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.integer({ min: 0, max: Math.max(0, bytes.length - 1) });
  return fc.oneof(
    fc.tuple(at, anyByte).map(([position, byte]) => {
      const copy = bytes.slice();
      if (copy.length > 0) copy[position] = byte;
      return copy;
    }),
    at.map((position) => bytes.slice(0, position)),
    fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 4 })).map(([position, more]) => {
      const copy = new Uint8Array(bytes.length + more.length);
      copy.set(bytes.subarray(0, position));
      copy.set(more, position);
      copy.set(bytes.subarray(position), position + more.length);
      return copy;
    }),
    at.map((position) => Uint8Array.from(bytes.filter((_, index) => index !== position))),
  );
}
