import { concatBytes, isElcertError } from '@elcert/core';
import { type DocumentCode, documentFromTags, type FiscalDocument, isDocumentCode } from './document.js';
import { fiscalDocError } from './errors.js';
import type { FfdVersion } from './tags/definition.js';
import { tagDefinition } from './tags/dictionary.js';
import { readRange } from './tags.js';

/** One TLV element of a stream. */
export interface StreamedElement {
  readonly tag: number;
  /** Where its header begins, counted from the beginning of the stream. */
  readonly offset: number;
  /** Header and value; a copy that the caller may keep. */
  readonly bytes: Uint8Array;
}

/** Cuts a stream of any length into top-level TLV elements. Holds one element at most, so at most 64 KB and a chunk. */
export interface TlvFramer {
  /** Elements that this chunk completes. */
  push(chunk: Uint8Array): StreamedElement[];
  /** @throws ElcertError `TLV_TRUNCATED` with the position when the stream ends inside an element */
  end(): void;
}

/** Makes a {@link TlvFramer}. */
export function tlvFramer(): TlvFramer {
  // Chunks are put together once the element is whole: a stream of small chunks would be copied again with each of them.
  let pending: Uint8Array[] = [];
  let held = 0;
  let wanted = 4;
  let offset = 0;
  return {
    push(chunk) {
      const elements: StreamedElement[] = [];
      if (chunk.length === 0) return elements;
      if (held + chunk.length < wanted) {
        // A call takes no tens of thousands of arguments.
        if (pending.length >= 256) pending = [concatBytes(...pending)];
        pending.push(chunk.slice());
        held += chunk.length;
        return elements;
      }
      const bytes = held === 0 ? chunk : concatBytes(...pending, chunk);
      let at = 0;
      while (bytes.length - at >= 4) {
        const length = 4 + ((bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8));
        if (bytes.length - at < length) break;
        elements.push({
          tag: (bytes[at] as number) | ((bytes[at + 1] as number) << 8),
          offset,
          bytes: bytes.slice(at, at + length),
        });
        at += length;
        offset += length;
      }
      const rest = bytes.slice(at);
      pending = rest.length === 0 ? [] : [rest];
      held = rest.length;
      wanted = held < 4 ? 4 : 4 + ((rest[2] as number) | ((rest[3] as number) << 8));
      return elements;
    },
    end() {
      if (held === 0) return;
      throw fiscalDocError({
        code: 'TLV_TRUNCATED',
        message: `the stream ends inside an element, ${held} bytes after ${offset}`,
        path: 'archive',
        position: offset,
      });
    },
  };
}

/** One record of an archive export. */
export type ArchiveRecord =
  /** 65ab1, 65ab2: what follows was made under FFD a.b, offline or with an operator. */
  | {
      readonly type: 'format';
      readonly offset: number;
      readonly ffdVersion: FfdVersion;
      readonly offline: boolean;
      readonly bytes: Uint8Array;
    }
  /** A document, in an envelope of its own (form code + 100; 304, 305 the full data of registrations and of the drive's end) or bare. */
  | {
      readonly type: 'document';
      readonly offset: number;
      readonly envelope: number | undefined;
      readonly document: FiscalDocument;
    }
  /** Fiscal signs of messages (201, 301) and elements that no table knows, byte for byte. */
  | { readonly type: 'other'; readonly offset: number; readonly tag: number; readonly bytes: Uint8Array }
  /** An element that could not be read; the next one is read on. */
  | {
      readonly type: 'fault';
      readonly offset: number;
      readonly tag: number;
      readonly bytes: Uint8Array;
      readonly message: string;
    };

const formats: Readonly<Record<number, readonly [FfdVersion, boolean]>> = {
  65001: ['1.05', true],
  65002: ['1.05', false],
  65011: ['1.1', true],
  65012: ['1.1', false],
  65021: ['1.2', true],
  65022: ['1.2', false],
};

/** Form of the document in an envelope. */
function enveloped(tag: number): DocumentCode | undefined {
  if (tag === 304) return 1;
  if (tag === 305) return 6;
  const code = tag - 100;
  return tag > 100 && tag < 200 && isDocumentCode(code) ? code : undefined;
}

function recordOf({ tag, offset, bytes }: StreamedElement, version: FfdVersion | undefined): ArchiveRecord {
  const format = formats[tag];
  if (format !== undefined)
    return { type: 'format', offset, ffdVersion: format[0], offline: format[1], bytes: bytes.subarray(4) };
  const envelope = enveloped(tag);
  const code = envelope ?? (isDocumentCode(tag) ? tag : undefined);
  if (code === undefined) return { type: 'other', offset, tag, bytes: bytes.subarray(4) };
  try {
    const tags = readRange(bytes, 4, bytes.length, { document: code, ffdVersion: version });
    // An envelope may hold the whole document with its outer tag, or its requisites right away.
    const [only] = tags;
    const whole =
      tags.length === 1 && only !== undefined && isDocumentCode(only.tag) && Array.isArray(only.value);
    const document = whole
      ? documentFromTags(only.tag as DocumentCode, only.value)
      : documentFromTags(code, tags);
    return { type: 'document', offset, envelope: envelope === undefined ? undefined : tag, document };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return { type: 'fault', offset, tag, bytes: bytes.subarray(4), message: error.message };
  }
}

/** Says that the bytes are something else, as soon as the tag is there: the length of a first element that is none may point far. */
function checkBeginning(tag: number): void {
  if (canBegin(tag)) return;
  throw fiscalDocError({
    code: 'NOT_A_DOCUMENT',
    message: `tag ${tag} begins no archive export`,
    path: 'archive',
    position: 0,
  });
}

/** Bytes that are cut into elements at once. */
const pieceLength = 1 << 18;

/** How far {@link readArchive} has come. */
export interface ArchiveProgress {
  readonly bytes: number;
  readonly documents: number;
}

/** Whether a tag can begin an archive export: where the export begins with something else, the bytes are not one. */
function canBegin(tag: number): boolean {
  return (
    formats[tag] !== undefined ||
    enveloped(tag) !== undefined ||
    isDocumentCode(tag) ||
    tagDefinition(tag) !== undefined
  );
}

/**
 * Reads the archive export of a fiscal drive as a stream: a file of any size in the memory of one element.
 *
 * The export is taken as a plain sequence of TLV elements – documents in their envelopes, signs, marks of the format. That much
 * is known from the pseudo-tags; no export was at hand to check against.
 *
 * @param chunks - the file, e.g. a Node stream
 * @param options - `onProgress` is called after each chunk
 * @throws ElcertError `NOT_A_DOCUMENT` when the first element is none of an archive; `TLV_TRUNCATED` with the position at its end
 * @example
 * ```ts
 * for await (const record of readArchive(createReadStream('export.fnc')))
 *   if (record.type === 'document') console.log(record.document.name);
 * ```
 */
export async function* readArchive(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: { readonly onProgress?: ((progress: ArchiveProgress) => void) | undefined } = {},
): AsyncGenerator<ArchiveRecord, void, undefined> {
  const framer = tlvFramer();
  let version: FfdVersion | undefined;
  let bytes = 0;
  let documents = 0;
  for await (const chunk of chunks) {
    if (bytes === 0 && chunk.length > 1) checkBeginning((chunk[0] as number) | ((chunk[1] as number) << 8));
    // A caller may have the whole export in one piece: its elements need not all be there at once.
    for (let from = 0; from < chunk.length; from += pieceLength) {
      for (const element of framer.push(chunk.subarray(from, from + pieceLength))) {
        if (element.offset === 0) checkBeginning(element.tag);
        const record = recordOf(element, version);
        if (record.type === 'format') version = record.ffdVersion;
        if (record.type === 'document') documents += 1;
        yield record;
      }
    }
    bytes += chunk.length;
    options.onProgress?.({ bytes, documents });
  }
  framer.end();
}
