import type { KzDeviceState } from '../store.js';

// The difference between two states of a device as plain data. States are never changed in place, so that what is the same object is the
// same value.

/** What one list became: so many taken from its beginning, some replaced, some added, cut to a length. */
interface ListChange {
  readonly drop?: number;
  readonly set?: readonly (readonly [number, unknown])[];
  readonly push?: readonly unknown[];
  readonly length?: number;
}

/** A whole state, or what has changed in one. */
export type StateChange =
  | { readonly all: KzDeviceState }
  | {
      readonly set?: Readonly<Record<string, unknown>>;
      readonly unset?: readonly string[];
      readonly lists?: Readonly<Record<string, ListChange>>;
    };

const lists = ['queue', 'done'] as const;

function changeOfList(before: readonly unknown[], after: readonly unknown[]): ListChange | undefined {
  if (before === after) return undefined;
  const drop = Math.max(0, before.indexOf(after[0]));
  const kept = Math.min(before.length - drop, after.length);
  const set: [number, unknown][] = [];
  for (let index = 0; index < kept; index += 1)
    if (before[drop + index] !== after[index]) set.push([index, after[index]]);
  const push = after.slice(kept);
  return {
    ...(drop === 0 ? {} : { drop }),
    ...(set.length === 0 ? {} : { set }),
    ...(push.length === 0 ? {} : { push }),
    ...(before.length - drop > after.length ? { length: after.length } : {}),
  };
}

function listAfter(
  before: readonly unknown[],
  { drop = 0, set = [], push = [], length }: ListChange,
): unknown[] {
  const list = before.slice(drop);
  for (const [index, value] of set) list[index] = value;
  if (length !== undefined) list.length = length;
  list.push(...push);
  return list;
}

/** What leads from one state to another. */
export function changeOf(before: KzDeviceState, after: KzDeviceState): StateChange {
  const set: Record<string, unknown> = {};
  const unset: string[] = [];
  const from = before as unknown as Record<string, unknown>;
  const to = after as unknown as Record<string, unknown>;
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if ((lists as readonly string[]).includes(name) || from[name] === to[name]) continue;
    if (to[name] === undefined) unset.push(name);
    else set[name] = to[name];
  }
  const changed: Record<string, ListChange> = {};
  for (const name of lists) {
    const change = changeOfList(before[name], after[name]);
    if (change !== undefined) changed[name] = change;
  }
  return {
    ...(Object.keys(set).length === 0 ? {} : { set }),
    ...(unset.length === 0 ? {} : { unset }),
    ...(Object.keys(changed).length === 0 ? {} : { lists: changed }),
  };
}

/** The state after a change; nothing when there is none that it could change. */
export function applyChange(
  before: KzDeviceState | undefined,
  change: StateChange,
): KzDeviceState | undefined {
  if ('all' in change) return change.all;
  if (before === undefined) return undefined;
  const { set = {}, unset = [], lists: changed = {} } = change;
  const after: Record<string, unknown> = { ...before, ...set };
  for (const name of unset) delete after[name];
  for (const [name, list] of Object.entries(changed))
    after[name] = listAfter((before as unknown as Record<string, unknown[]>)[name] ?? [], list);
  return after as unknown as KzDeviceState;
}
