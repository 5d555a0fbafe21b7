import { toHex } from '@elcert/core';
import type { FiscalDocument } from './document.js';
import { fiscalSignText, messageSignNumber } from './signs.js';
import type { TagDefinition } from './tags/definition.js';
import { tagDefinition } from './tags/dictionary.js';
import type { TagList, TagValue } from './tags.js';

/** A value of JSON. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** An object of JSON. */
export type JsonObject = { readonly [name: string]: JsonValue };

/**
 * A quantity as the tax service writes it: a JSON number where that loses no digit, otherwise the exact text.
 */
function quantity(text: string): JsonValue {
  return text.replace(/[.]/, '').replace(/^0+/, '').length <= 15 ? Number(text) : text;
}

function scalar(definition: TagDefinition | undefined, value: Exclude<TagValue, TagList>): JsonValue {
  if (value instanceof Uint8Array) {
    return definition?.tag === 1077 && value.length === 6 ? Number(fiscalSignText(value)) : toHex(value);
  }
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' && definition?.kind === 'fvln') return quantity(value);
  return value;
}

/**
 * Tags as a JSON object with the tax service's names. Repeated requisites are arrays – a requisite that should stand once and
 * does not, too –; unknown ones appear under their number, bytes as hex. Odd spellings of values are not shown: bytes are
 * rebuilt from the document, not from this.
 */
export function tagsToJson(tags: TagList, ffdVersion?: FiscalDocument['ffdVersion']): JsonObject {
  const json: Record<string, JsonValue> = {};
  const collected = new Map<string, JsonValue[]>();
  for (const { tag, value } of tags) {
    const definition = tagDefinition(tag, ffdVersion);
    const name = definition === undefined || definition.name === '' ? String(tag) : definition.name;
    const one = Array.isArray(value)
      ? tagsToJson(value, ffdVersion)
      : scalar(definition, value as Exclude<TagValue, TagList>);
    const before = json[name];
    const list = collected.get(name);
    if (list !== undefined) list.push(one);
    else if (before === undefined && definition?.repeated !== true) json[name] = one;
    else {
      const started = before === undefined ? [one] : [before, one];
      collected.set(name, started);
      json[name] = started;
    }
  }
  return json;
}

/**
 * A document in the JSON form of the tax service: `code`, then its requisites by name. Flags are 0 and 1, sums kopecks,
 * quantities numbers, times local ISO text, `fiscalSign` the printed number, what exceeds 2⁵³ decimal text.
 *
 * @param messageSign - the eight bytes after the document, shown as `messageFiscalSign`
 */
export function documentToJson(
  document: FiscalDocument,
  { messageSign }: { readonly messageSign?: Uint8Array | undefined } = {},
): JsonObject {
  return {
    code: document.code,
    ...tagsToJson(document.tags, document.ffdVersion),
    ...(messageSign === undefined ? {} : { messageFiscalSign: messageSignNumber(messageSign).toString() }),
  };
}
