import { equalBytes } from '@elcert/core';
import { fiscalDocError } from './errors.js';
import { numberOf, tagList } from './tag-list.js';
import type { FfdVersion } from './tags/definition.js';
import { tagDefinition } from './tags/dictionary.js';
import type { TagFields } from './tags/fields.js';
import { type EncodeTagsOptions, encodeTagged, readRange, type TagList } from './tags.js';
import { splitTlv } from './tlv.js';

/** Form codes of the documents. */
export const documentCodes = [1, 2, 3, 4, 5, 6, 7, 11, 21, 31, 41, 81, 82, 83, 84] as const;

/** Form code of a document: 1/11 registration, 2/5 shift open/close, 3/4 receipt/БСО, 31/41 their corrections, 21 state, 6 end of the drive, 7 operator's confirmation, 81–84 marking. */
export type DocumentCode = (typeof documentCodes)[number];

/** A fiscal document: its form and its requisites in the order of the wire. */
export interface FiscalDocument {
  readonly code: DocumentCode;
  /** JSON name of the form: `receipt`, `openShift` … */
  readonly name: string;
  /** By tag 1209 (absent: 1.0); documents that never carry it have none. */
  readonly ffdVersion: FfdVersion | undefined;
  readonly tags: TagList;
}

const versionsByCode: Readonly<Record<number, FfdVersion>> = {
  0: '1.0',
  1: '1.0',
  2: '1.05',
  3: '1.1',
  4: '1.2',
};

/** Value of tags 1209, 1189 and 1190 of a version. */
export function ffdVersionCode(version: FfdVersion): number {
  return { '1.0': 1, '1.05': 2, '1.1': 3, '1.2': 4 }[version];
}

/** The version that a value of tag 1209, 1189 or 1190 names. */
export function ffdVersionOf(code: number): FfdVersion | undefined {
  return versionsByCode[code];
}

/** Whether a number is the form code of a document. */
export function isDocumentCode(code: number): code is DocumentCode {
  return (documentCodes as readonly number[]).includes(code);
}

function documentOf(code: DocumentCode, tags: TagList): FiscalDocument {
  const version = numberOf(tags, 1209);
  return {
    code,
    name: tagDefinition(code)?.name ?? String(code),
    ffdVersion: version !== undefined ? ffdVersionOf(version) : code === 7 || code > 80 ? undefined : '1.0',
    tags,
  };
}

/**
 * A document out of requisites by name.
 *
 * @throws ElcertError `TAG_NAME` with a path
 * @example
 * ```ts
 * const opened = fiscalDocument(2, { fiscalDriveNumber: '9999078900001234', shiftNumber: 3, fiscalDocumentFormatVer: 4 });
 * const bytes = encodeDocument(opened);
 * ```
 */
export function fiscalDocument(code: DocumentCode, fields: TagFields): FiscalDocument {
  const version = fields.fiscalDocumentFormatVer;
  return documentOf(
    code,
    tagList(fields, {
      document: code,
      ffdVersion: version === undefined ? undefined : ffdVersionOf(version),
    }),
  );
}

/** A document out of a list of tags. */
export function documentFromTags(code: DocumentCode, tags: TagList): FiscalDocument {
  return documentOf(code, tags);
}

/**
 * Decodes a document TLV (outer tag = form code) to the last byte.
 *
 * @throws ElcertError `NOT_A_DOCUMENT` when the outer tag is no form code, `TLV_TRAILING` when something follows (see
 * {@link recogniseFiscalBytes}), and everything that {@link decodeTags} throws, with paths such as `receipt/items[2]/1079`
 */
export function decodeDocument(bytes: Uint8Array): FiscalDocument {
  if (bytes.length < 4) {
    throw fiscalDocError({
      code: 'TLV_TRUNCATED',
      message: `${bytes.length} bytes are no document`,
      path: 'document',
      position: 0,
    });
  }
  const code = (bytes[0] as number) | ((bytes[1] as number) << 8);
  const length = (bytes[2] as number) | ((bytes[3] as number) << 8);
  if (!isDocumentCode(code)) {
    throw fiscalDocError({
      code: 'NOT_A_DOCUMENT',
      message: `tag ${code} is no form code of a document`,
      path: 'document',
      position: 0,
    });
  }
  const name = tagDefinition(code)?.name ?? String(code);
  if (length !== bytes.length - 4) {
    throw fiscalDocError({
      code: length > bytes.length - 4 ? 'TLV_TRUNCATED' : 'TLV_TRAILING',
      message: `${name} says ${length} bytes, there are ${bytes.length - 4}`,
      path: name,
      position: length > bytes.length - 4 ? 2 : 4 + length,
    });
  }
  return documentOf(code, readRange(bytes, 4, bytes.length, { document: code }));
}

/**
 * Encodes a document with its outer tag: the exact inverse of {@link decodeDocument}.
 *
 * @throws ElcertError as {@link encodeTags}
 */
export function encodeDocument(
  document: Pick<FiscalDocument, 'code' | 'tags'>,
  options: Pick<EncodeTagsOptions, 'unmappable' | 'onReplaced'> = {},
): Uint8Array {
  return encodeTagged(document.code, document.tags, { ...options, document: document.code });
}

/** Bytes around and inside a document, as they come without a session or a container. */
export interface FiscalBytes {
  /**
   * - `document` – a document TLV, perhaps with the message sign and two zero bytes after it
   * - `tax-service` – the tax service's `rawData`: `FF FF 00 1C`, 28 bytes of container header, then as above
   * - `tags` – a bare TLV list without an outer tag
   */
  readonly kind: 'document' | 'tax-service' | 'tags';
  readonly prefix: Uint8Array;
  /** The document TLV, or the list of tags. */
  readonly body: Uint8Array;
  /** Eight bytes `81 06 …` after the document, when they are there. */
  readonly messageSign: Uint8Array | undefined;
  /** Everything after the body, message sign included. */
  readonly suffix: Uint8Array;
}

const taxServiceMark = Uint8Array.of(0xff, 0xff, 0x00, 0x1c);
const taxServicePrefix = 4 + 28;

/**
 * Recognises bytes that hold a document or its tags. Sessions and containers are `ofd-transport`'s.
 *
 * `prefix`, `body` and `suffix` one after the other are the input again.
 *
 * @returns nothing when the bytes are none of these
 */
export function recogniseFiscalBytes(bytes: Uint8Array): FiscalBytes | undefined {
  const prefixed =
    bytes.length > taxServicePrefix && equalBytes(bytes.subarray(0, taxServiceMark.length), taxServiceMark);
  const start = prefixed ? taxServicePrefix : 0;
  if (bytes.length < start + 4) return undefined;
  const code = (bytes[start] as number) | ((bytes[start + 1] as number) << 8);
  if (isDocumentCode(code)) {
    const length = (bytes[start + 2] as number) | ((bytes[start + 3] as number) << 8);
    const end = start + 4 + length;
    if (end > bytes.length) return undefined;
    const suffix = bytes.subarray(end);
    const sign = suffix.length >= 8 && suffix[0] === 0x81 && suffix[1] === 0x06;
    const rest = suffix.subarray(sign ? 8 : 0);
    if (rest.length > 2 || rest.some((byte) => byte !== 0)) return undefined;
    return {
      kind: prefixed ? 'tax-service' : 'document',
      prefix: bytes.subarray(0, start),
      body: bytes.subarray(start, end),
      messageSign: sign ? suffix.subarray(0, 8) : undefined,
      suffix,
    };
  }
  if (prefixed || tagDefinition(code) === undefined) return undefined;
  try {
    splitTlv(bytes);
  } catch {
    return undefined;
  }
  return {
    kind: 'tags',
    prefix: bytes.subarray(0, 0),
    body: bytes,
    messageSign: undefined,
    suffix: bytes.subarray(0, 0),
  };
}
