import { type ByteChannel, type Random, randomFloat, seededRandom } from '@elcert/core';

/** Every {@link FaultAction}. */
export const faultActions = [
  'delay',
  'drop',
  'cut',
  'corrupt',
  'duplicate',
  'reorder',
  'refuse',
  'disconnect',
  'silent-after-effect',
  'power-loss',
  'wrong-mac',
  'nak',
  'paper-out',
  'cover-open',
] as const;

/**
 * What goes wrong. "Effect" is the business deed: money moved, document written.
 *
 * | action | effect | answer |
 * |---|---|---|
 * | `delay` | yes | late, after `delayMs` of the clock |
 * | `drop` | no: the request is lost | none |
 * | `silent-after-effect` | yes | none, the connection stays |
 * | `disconnect` | yes | none, the connection closes; with `refuseNext` the next ones are refused, too |
 * | `power-loss` | yes | none, the connection closes; Shtrih-M forgets what its link remembers and keeps what it has written (not over HTTP) |
 * | `cut` | yes | its first half (or `keepBytes`), then the connection closes |
 * | `corrupt` | yes | with a wrong byte |
 * | `duplicate` | yes | twice |
 * | `reorder` | yes | held back until the next answer has gone |
 * | `refuse` | no | the protocol's own refusal, with `code` where it has codes |
 * | `wrong-mac` | no | as if the request's MAC were wrong |
 * | `nak` | no | the link layer's NAK |
 * | `paper-out`, `cover-open` | no | the device's own state |
 */
export type FaultAction = (typeof faultActions)[number];

/** One thing that goes wrong, at one emulator. */
export interface FaultRule {
  /** Name of the emulator: `fes`, `shtrih-m` … */
  readonly at: string;
  readonly when?: {
    /** The emulator's name of an operation: `preAuthPurchase`, `302`, `FF45` … */
    readonly operation?: string;
    /** Only the n-th matching operation, counted from 1. */
    readonly nth?: number;
    /** 0 … 1, drawn from the plan's seed. */
    readonly probability?: number;
    /** Members that the operation's facts must have. */
    readonly match?: Readonly<Record<string, string | number | boolean>>;
  };
  readonly do: FaultAction;
  readonly delayMs?: number;
  readonly keepBytes?: number;
  /** With `disconnect`, `cut` and `power-loss`: so many connections after this one are closed as soon as they come. */
  readonly refuseNext?: number;
  readonly code?: number | string;
  /** How often it may strike; without it, every time it matches (once when `nth` is given). */
  readonly times?: number;
}

/** Rules of one emulator, with their counters. */
export interface FaultPlan {
  readonly rules: readonly FaultRule[];
  /** How often any rule has struck. */
  readonly strikes: number;
  add(...rules: readonly FaultRule[]): void;
  clear(): void;
  /** The rule that strikes this operation, if any; the first that matches wins. Counts the operation. */
  strike(operation: string, facts?: Readonly<Record<string, unknown>>): FaultRule | undefined;
  /** Whether a new connection is taken; counts it as one of `refuseNext` when it is not. */
  admit(): boolean;
}

/** Actions that end a connection. */
const closing: ReadonlySet<FaultAction> = new Set(['disconnect', 'cut', 'power-loss']);

/**
 * Serves the connections that the plan takes and closes the others at once, for every emulator that listens on TCP.
 *
 * @example
 * ```ts
 * const listener = await listenTcp(admitting(faults, serve));
 * ```
 */
export function admitting(
  faults: FaultPlan,
  serve: (channel: ByteChannel) => unknown,
): (channel: ByteChannel) => void {
  return (channel) => void (faults.admit() ? serve(channel) : channel.close());
}

/** Makes the plan of the emulator `at`; rules for other emulators are kept but never strike. */
export function faultPlan(
  at: string,
  rules: readonly FaultRule[] = [],
  random: Random = seededRandom(0),
): FaultPlan {
  let strikes = 0;
  let refusing = 0;
  let active = rules.map((rule) => ({ rule, matched: 0, struck: 0 }));
  return {
    get rules() {
      return active.map(({ rule }) => rule);
    },
    get strikes() {
      return strikes;
    },
    add(...more) {
      active.push(...more.map((rule) => ({ rule, matched: 0, struck: 0 })));
    },
    clear() {
      active = [];
      refusing = 0;
    },
    admit() {
      if (refusing === 0) return true;
      refusing -= 1;
      return false;
    },
    strike(operation, facts = {}) {
      let hit: FaultRule | undefined;
      for (const entry of active) {
        const { rule } = entry;
        const { when } = rule;
        if (rule.at !== at) continue;
        if (when?.operation !== undefined && when.operation !== operation) continue;
        if (
          when?.match !== undefined &&
          !Object.entries(when.match).every(([name, value]) => facts[name] === value)
        )
          continue;
        entry.matched += 1;
        if (hit !== undefined) continue;
        if (when?.nth !== undefined && entry.matched !== when.nth) continue;
        if (rule.times !== undefined && entry.struck >= rule.times) continue;
        if (when?.probability !== undefined && randomFloat(random) >= when.probability) continue;
        entry.struck += 1;
        strikes += 1;
        if (closing.has(rule.do)) refusing += rule.refuseNext ?? 0;
        hit = rule;
      }
      return hit;
    },
  };
}
