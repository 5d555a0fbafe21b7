import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { concatBytes, equalBytes, isElcertError } from '@elcert/core';
import {
  compareWithJson,
  decodeDocument,
  decodeTags,
  encodeDocument,
  encodeTags,
  type JsonDifference,
  parseExactJson,
} from '@elcert/fiscal-doc';
import {
  decodeContainer,
  decodeRawData,
  decodeSession,
  decodeSessionHeader,
  encodeContainer,
  encodeRawData,
  encodeSession,
  type FiscalBytesKind,
  recognise,
  splitContainerData,
} from '@elcert/ofd-transport/ru';
import { readInput } from './input.js';
import type { Io } from './io.js';
import { badInput, errorJson } from './outcome.js';

/** What came of one raw file. */
export interface CheckedFile {
  readonly file: string;
  readonly ok: boolean;
  readonly kind?: FiscalBytesKind | undefined;
  /** The document's JSON name. */
  readonly document?: string | undefined;
  /** Encoding what was decoded gave the same bytes. */
  readonly identical?: boolean;
  /** The JSON file beside it, and where the two contradict each other. */
  readonly json?: string;
  readonly differences?: readonly JsonDifference[];
  /** Times in the JSON that stand whole hours away: the zone of the service, not a contradiction. */
  readonly shifted?: readonly JsonDifference[];
  readonly error?: Record<string, unknown>;
}

/** Decodes bytes of a kind down to the last tag and encodes them again. */
export function reencode(bytes: Uint8Array, kind: FiscalBytesKind): Uint8Array {
  switch (kind) {
    case 'session': {
      const message = decodeSession(bytes);
      return encodeSession({
        ...message,
        body: message.body.length === 0 ? message.body : reencode(message.body, 'container'),
      });
    }
    case 'sessionHeader': {
      // The body is not there; a header's check sum, where it has one, covers the header alone or cannot be known.
      const header = decodeSessionHeader(bytes);
      return encodeSession({ ...header, body: new Uint8Array(header.bodySize) }).subarray(0, bytes.length);
    }
    case 'container': {
      const container = decodeContainer(bytes);
      const { document, messageSign, trailer } = splitContainerData(container.data, container.documentCode);
      const data = concatBytes(reencode(document, 'document'), messageSign ?? new Uint8Array(), trailer);
      return encodeContainer({ ...container, data });
    }
    case 'rawData': {
      const raw = decodeRawData(bytes);
      return encodeRawData({ ...raw, document: reencode(raw.document, 'document') });
    }
    case 'document':
      return encodeDocument(decodeDocument(bytes));
    case 'tlv':
      return encodeTags(decodeTags(bytes));
  }
}

/** The document TLV inside bytes of a kind, where there is one. */
function documentIn(bytes: Uint8Array, kind: FiscalBytesKind): Uint8Array | undefined {
  switch (kind) {
    case 'session': {
      const { body } = decodeSession(bytes);
      return body.length === 0 ? undefined : documentIn(body, 'container');
    }
    case 'container': {
      const { data, documentCode } = decodeContainer(bytes);
      return splitContainerData(data, documentCode).document;
    }
    case 'rawData':
      return decodeRawData(bytes).document;
    case 'document':
      return bytes;
    default:
      return undefined;
  }
}

/**
 * Checks every raw file (`*.bin`) of a folder: recognised, decoded, encoded again to the same bytes, and in agreement with the tax
 * service's JSON beside it (`NAME.json` for `NAME.raw.bin`) where there is one. A bad file is a result, not an error.
 *
 * @throws ElcertError `NO_SUCH_FOLDER`, `NOTHING_TO_CHECK`
 */
export async function* checkFolder(folder: string, io: Io): AsyncGenerator<CheckedFile> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw badInput('NO_SUCH_FOLDER', `cannot read the folder ${folder}`, { cause });
  });
  const files = names.filter((name) => name.endsWith('.bin')).sort();
  if (files.length === 0) throw badInput('NOTHING_TO_CHECK', `no *.bin in ${folder}`);
  const all = new Set(names);
  for (const file of files) {
    const json = file.endsWith('.raw.bin') ? file.replace(/\.raw\.bin$/, '.json') : undefined;
    yield await checkFile(folder, file, json !== undefined && all.has(json) ? json : undefined, io);
  }
}

async function checkFile(
  folder: string,
  file: string,
  json: string | undefined,
  io: Io,
): Promise<CheckedFile> {
  let kind: FiscalBytesKind | undefined;
  try {
    const bytes = await readInput(join(folder, file), io, 1 << 20);
    kind = recognise(bytes);
    if (kind === undefined)
      throw badInput('NOT_FISCAL_BYTES', 'no form of a fiscal document', { position: 0 });
    const identical = equalBytes(reencode(bytes, kind), bytes);
    const inner = documentIn(bytes, kind);
    const document = inner === undefined ? undefined : decodeDocument(inner);
    if (json === undefined || document === undefined)
      return { file, ok: identical, kind, document: document?.name, identical };
    const text = new TextDecoder().decode(await readInput(join(folder, json), io, 1 << 22));
    const found = compareWithJson(document, parseExactJson(text));
    const differences = found.filter((one) => one.hours === undefined);
    const shifted = found.filter((one) => one.hours !== undefined);
    const ok = identical && differences.length === 0;
    return { file, ok, kind, document: document.name, identical, json, differences, shifted };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return { file, ok: false, kind, error: errorJson(error) };
  }
}
