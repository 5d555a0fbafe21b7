import type { TraceRecord } from '@elcert/device-drivers';
import { type AtolTraceEntry, explainAtol } from '@elcert/device-drivers/atol';
import { type Explained, type ExplainHints, explainers, type Family } from './explain.js';

/** What one side said before the other spoke. */
export interface Said {
  /** When it began, milliseconds since 1970. */
  readonly at: number;
  readonly family: Family;
  readonly direction: 'in' | 'out';
  readonly found: readonly Explained[];
}

type FamilyRecord = TraceRecord & { readonly family: Family };

/**
 * Explains a trace. A frame may have come in several pieces, so bytes of one family are joined until the other side speaks;
 * what devices say at the same time on different wires does not part them.
 */
export function explainRecords(records: readonly FamilyRecord[]): Said[] {
  const said: { order: number; said: Said }[] = [];
  const open = new Map<Family, { order: number; records: FamilyRecord[] }>();
  const end = (family: Family) => {
    const run = open.get(family);
    open.delete(family);
    const [first] = run?.records ?? [];
    if (run === undefined || first === undefined) return;
    const { at, direction } = first.entry;
    const hints: ExplainHints = { side: direction === 'out' ? 'host' : 'register' };
    const bytes = new Uint8Array(Buffer.concat(run.records.map(({ entry }) => entry.bytes as Uint8Array)));
    const found = explainers[family](bytes, hints);
    said.push({ order: run.order, said: { at, family, direction, found } });
  };
  for (const [order, record] of records.entries()) {
    const { family, entry } = record;
    if (!(entry.bytes instanceof Uint8Array)) {
      end(family);
      const found = explainEntry(record);
      said.push({ order, said: { at: entry.at, family, direction: entry.direction, found } });
      continue;
    }
    const run = open.get(family);
    if (run !== undefined && run.records[0]?.entry.direction === entry.direction) run.records.push(record);
    else {
      end(family);
      open.set(family, { order, records: [record] });
    }
  }
  for (const family of [...open.keys()]) end(family);
  return said.sort((a, b) => a.order - b.order).map((one) => one.said);
}

/** An entry that is no bytes: a masked message of text, or something that happened to the connection. */
function explainEntry({ family, entry }: FamilyRecord): readonly Explained[] {
  if (family === 'atol') return explainExchange(entry);
  const { at: _at, direction: _direction, ...value } = entry;
  if (typeof entry.frame === 'string') {
    const [first] = explainers[family](new TextEncoder().encode(entry.frame), {});
    if (first !== undefined) return [first];
  }
  const { kind, ...rest } = value as { readonly kind?: unknown };
  const lines = Object.entries(rest).map(([name, member]) => `${name}: ${JSON.stringify(member)}`);
  const title = typeof kind === 'string' ? kind : 'entry';
  return [{ ok: title === 'connected' || title === 'closed', title, lines, value }];
}

function explainExchange(entry: FamilyRecord['entry']): readonly Explained[] {
  if (typeof entry.method !== 'string' || typeof entry.path !== 'string')
    return [{ ok: false, title: 'an entry without method and path', lines: [], value: entry }];
  return explainAtol(entry as unknown as AtolTraceEntry).map((one) => ({ ...one, value: one }));
}
