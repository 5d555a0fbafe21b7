import { createReadStream } from 'node:fs';
import { type ElcertError, isElcertError } from '@elcert/core';
import {
  type ArchiveProgress,
  type ArchiveRecord,
  type FiscalDocument,
  numberOf,
  readArchive,
  textOf,
} from '@elcert/fiscal-doc';
import type { Io } from './io.js';
import { badInput } from './outcome.js';

/** What an archive export holds, without its documents. */
export interface ArchiveSummary {
  readonly bytes: number;
  readonly documents: number;
  /** Documents by form: `receipt`, `openShift` … */
  readonly forms: Readonly<Record<string, number>>;
  readonly fiscalDriveNumbers: readonly string[];
  /** Numbers and times of the first and the last document. */
  readonly first?: ArchivedDocument;
  readonly last?: ArchivedDocument;
  /** Elements that could not be read, and those that no table knows. */
  readonly faults: readonly {
    readonly offset: number;
    /** Absent where the export ends inside an element. */
    readonly tag?: number;
    readonly message: string;
  }[];
  readonly faultCount: number;
  readonly others: number;
}

/** One document of an archive, in a line. */
export interface ArchivedDocument {
  readonly offset: number;
  readonly document: string;
  readonly fiscalDocumentNumber?: number | undefined;
  readonly dateTime?: string | undefined;
  readonly totalSum?: number | undefined;
}

/** More faults are counted, not kept. */
const maxFaults = 100;
/** Drives of one export: one. */
const maxDrives = 100;

function inLine(offset: number, { name, tags }: FiscalDocument): ArchivedDocument {
  return {
    offset,
    document: name,
    fiscalDocumentNumber: numberOf(tags, 1040),
    dateTime: textOf(tags, 1012),
    totalSum: numberOf(tags, 1020),
  };
}

async function* chunksOf(path: string, io: Io): AsyncGenerator<Uint8Array> {
  const stream = path === '-' ? io.stdin : createReadStream(path);
  try {
    for await (const chunk of stream)
      yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : (chunk as Uint8Array);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw badInput(missing ? 'NO_SUCH_FILE' : 'UNREADABLE_FILE', `cannot read ${path}`, { cause });
  }
}

/** The records up to the element that the export ends inside, which `onCut` is told. */
async function* endedBy(
  records: AsyncIterable<ArchiveRecord>,
  onCut: (error: ElcertError) => void,
): AsyncGenerator<ArchiveRecord> {
  try {
    yield* records;
  } catch (error) {
    if (!isElcertError(error) || error.code !== 'TLV_TRUNCATED') throw error;
    onCut(error);
  }
}

/**
 * Goes through an archive export of any length, holding one document at a time.
 *
 * @param onDocument - called for each document
 * An export that is cut off after its first element is a fault like others.
 *
 * @throws ElcertError `NO_SUCH_FILE`, `UNREADABLE_FILE`, `EMPTY_FILE`, and what `readArchive` throws
 */
export async function summariseArchive(
  path: string,
  io: Io,
  onDocument: (one: ArchivedDocument) => void,
  onProgress: (progress: ArchiveProgress) => void,
): Promise<ArchiveSummary> {
  const forms: Record<string, number> = {};
  const drives = new Set<string>();
  const faults: { offset: number; tag?: number; message: string }[] = [];
  let faultCount = 0;
  let others = 0;
  let far: ArchiveProgress = { bytes: 0, documents: 0 };
  let first: ArchivedDocument | undefined;
  let last: ArchivedDocument | undefined;
  const records = readArchive(chunksOf(path, io), {
    onProgress: (progress) => {
      far = progress;
      onProgress(progress);
    },
  });
  let read = 0;
  for await (const record of endedBy(records, (error) => {
    // What was read of an export that was cut off is worth telling; of nothing there is nothing to tell.
    if (read === 0) throw error;
    faultCount += 1;
    faults.push({ offset: error.position ?? far.bytes, message: error.message });
  })) {
    read += 1;
    if (record.type === 'document') {
      const one = inLine(record.offset, record.document);
      forms[one.document] = (forms[one.document] ?? 0) + 1;
      const drive = textOf(record.document.tags, 1041);
      if (drive !== undefined && drives.size < maxDrives) drives.add(drive);
      first ??= one;
      last = one;
      onDocument(one);
    } else if (record.type === 'fault') {
      faultCount += 1;
      if (faults.length < maxFaults)
        faults.push({ offset: record.offset, tag: record.tag, message: record.message });
    } else if (record.type === 'other') others += 1;
  }
  if (far.bytes === 0) throw badInput('EMPTY_FILE', `${path} holds nothing`, { position: 0 });
  return {
    ...far,
    forms,
    fiscalDriveNumbers: [...drives],
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    faults,
    faultCount,
    others,
  };
}
