export * from './archive.js';
export * from './certificate-tags.js';
export * from './check-link.js';
export * from './distribution.js';
export * from './document.js';
export * from './errors.js';
export * from './fiscal-call.js';
export * from './fiscal-qr.js';
export * from './inspect.js';
export * from './json.js';
export * from './printing.js';
export * from './receipt.js';
export * from './receipt-codec.js';
export * from './receipt-mending.js';
export * from './register.js';
export * from './registration.js';
export * from './requisites.js';
export * from './signs.js';
export * from './tag-list.js';
export * from './tags/codes.js';
export {
  type CompositionEntry,
  type CompositionList,
  compositionOf,
  type Presence,
} from './tags/composition.js';
export type * from './tags/definition.js';
export { type TagPlace, tagByName, tagDefinition, tagDefinitions } from './tags/dictionary.js';
export type * from './tags/document-fields.js';
export * from './tags/enumerations.js';
export type { TagFields, TagName } from './tags/fields.js';
export {
  decodeTags,
  type EncodeTagsOptions,
  encodeTags,
  type TagContext,
  type TagEntry,
  type TagList,
  type TagReplacement,
  type TagValue,
} from './tags.js';
export * from './tax-service-json.js';
export * from './tlv.js';
export * from './totals.js';
export * from './typed-document.js';
