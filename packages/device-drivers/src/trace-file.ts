import { ElcertError, fromHex, toHex } from '@elcert/core';
import type { WireEntry } from './wire-trace.js';

// A trace as a file: one JSON object a line, so that it can be appended to, cut by a crash, and shared by all devices of a
// till. Drivers mask what is secret before an entry gets here.

/** What every driver's trace entry has; the rest is the family's own. */
export interface TraceEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly direction: 'in' | 'out';
}

/** One line of a trace file. */
export interface TraceRecord {
  /** Whose conversation it is: `shtrih-m`, `atol`, `lan4gate` … */
  readonly family: string;
  /** The driver's entry; bytes are bytes again. */
  readonly entry: TraceEntry & Readonly<Record<string, unknown>>;
}

/** What {@link parseTrace} found. */
export interface ParsedTrace {
  readonly records: readonly TraceRecord[];
  /** The last line is cut short, as a crash leaves it; it is not among the records. */
  readonly torn: boolean;
}

/**
 * One line for a trace file, without its line feed.
 *
 * @example
 * ```ts
 * const lines: string[] = [];
 * const trace = (entry: WireEntry) => void lines.push(formatTraceLine('shtrih-m', entry));
 * ```
 */
export function formatTraceLine(family: string, entry: TraceEntry): string {
  return JSON.stringify({ family, ...entry }, (_name, value: unknown) =>
    value instanceof Uint8Array ? toHex(value) : value,
  );
}

/**
 * Reads a trace file. Empty lines are passed over.
 *
 * @throws ElcertError `BAD_TRACE` with the line's number from 1 as `position`, unless it is the last one
 */
export function parseTrace(text: string): ParsedTrace {
  const lines = text.split('\n');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  const records: TraceRecord[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const record = readLine(line);
    if (typeof record !== 'string') records.push(record);
    // Only what was never finished counts as torn: a whole line ends in a line feed.
    else if (index === last && index === lines.length - 1) return { records, torn: true };
    else {
      throw new ElcertError({
        code: 'BAD_TRACE',
        message: `line ${index + 1} is no trace entry: ${record}`,
        position: index + 1,
      });
    }
  }
  return { records, torn: false };
}

// The last millisecond that a Date can be.
const lastMoment = 8.64e15;

/** A record, or what is wrong with the line. */
function readLine(line: string): TraceRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not an object';
  const { family, ...entry } = value as Record<string, unknown>;
  if (typeof family !== 'string' || family === '') return '`family` is missing';
  if (typeof entry.at !== 'number' || !(Math.abs(entry.at) <= lastMoment))
    return '`at` is no number of a moment';
  if (entry.direction !== 'in' && entry.direction !== 'out') return '`direction` is neither in nor out';
  if (entry.bytes !== undefined) {
    try {
      entry.bytes = fromHex(String(entry.bytes));
    } catch {
      return '`bytes` is no hex';
    }
  }
  return { family, entry: entry as TraceRecord['entry'] };
}

/** The entries of one byte-level family, for {@link replayWire} and its like. */
export function wireEntriesOf(records: readonly TraceRecord[], family: string): WireEntry[] {
  return records.flatMap(({ family: whose, entry }) =>
    whose === family && entry.bytes instanceof Uint8Array
      ? [{ at: entry.at, direction: entry.direction, bytes: entry.bytes }]
      : [],
  );
}
