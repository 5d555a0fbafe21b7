import type { Kopecks, LookupAnswer } from '@elcert/core';
import type { CashMovement } from '@elcert/fiscal-doc';

// What moved the drawer's counter in this process, in its order, so that a movement whose answer was lost can be told from the
// others. Pure: the counter itself is read elsewhere.

/** Changes that are kept; evidence from before the oldest of them proves nothing. */
const changesKept = 4096;

/** Changes of the drawer that are known, and moments of which nothing is known. */
export interface DrawerHistory {
  /** Marks a moment: the returned number orders it among all others. */
  mark(): number;
  /** The drawer changed at a marked moment. Kopecks, out of it below 0. */
  changed(at: number, sum: Kopecks): void;
  /** From now on nothing can be concluded from a sum that was read before. */
  doubted(): void;
  /**
   * What the drawer says of a movement that began at a moment; one of an earlier process (`undefined`) may have begun at any.
   */
  conclude(
    movement: CashMovement,
    drawerBefore: Kopecks,
    drawerNow: Kopecks,
    at: number | undefined,
  ): LookupAnswer<Kopecks>;
}

/** A movement as the counter shows it. */
export function signedSum({ direction, amount }: CashMovement): Kopecks {
  return direction === 'in' ? amount : -amount;
}

/** Makes a {@link DrawerHistory}. */
export function drawerHistory(): DrawerHistory {
  let sequence = 0;
  let doubtAt = 0;
  let changes: { readonly at: number; readonly sum: Kopecks }[] = [];
  return {
    mark() {
      sequence += 1;
      return sequence;
    },
    changed(at, sum) {
      changes.push({ at, sum });
      if (changes.length <= changesKept) return;
      doubtAt = Math.max(doubtAt, changes[0]?.at ?? 0);
      changes = changes.slice(1);
    },
    doubted() {
      sequence += 1;
      doubtAt = sequence;
      changes = [];
    },
    conclude(movement, drawerBefore, drawerNow, at) {
      if (doubtAt > (at ?? 0)) {
        return { state: 'unknown', reason: 'the drawer was changed since by something that is not known' };
      }
      const ordered = [...changes].sort((a, b) => a.at - b.at);
      // Everything that came after the moment; for an earlier process each moment is possible.
      const moments = at === undefined ? [0, ...ordered.map((change) => change.at)] : [at];
      const verdicts = new Set<'done' | 'not-done'>();
      for (const moment of moments) {
        let difference = drawerNow - drawerBefore;
        for (const change of ordered) if (change.at > moment) difference -= change.sum;
        if (difference === signedSum(movement)) verdicts.add('done');
        else if (difference === 0) verdicts.add('not-done');
      }
      if (verdicts.size !== 1) {
        return {
          state: 'unknown',
          reason: `the drawer changed by ${drawerNow - drawerBefore} kopecks since`,
        };
      }
      return verdicts.has('done') ? { state: 'done', result: drawerNow } : { state: 'not-done' };
    },
  };
}
