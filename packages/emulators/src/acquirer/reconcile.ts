import type { Kopecks } from '@elcert/core';
import type { ClearingFile, TerminalTotals } from './types.js';

/** What FES says of a basket, as its emulator shows it. */
export interface ReconciledBasket {
  readonly basketId: string;
  readonly kind: 'purchase' | 'return';
  readonly state: string;
  readonly certificateAmount: Kopecks;
}

/** Something that two parties do not agree on. Sums in kopecks, refunds negative. */
export interface ReconciliationDifference {
  readonly what: 'basket' | 'terminal' | 'foot';
  /** Basket or terminal id. */
  readonly id: string;
  /** What FES, or the terminal, says. */
  readonly theirs: Kopecks;
  /** What the bank's file says. */
  readonly bank: Kopecks;
}

/**
 * Holds the bank's clearing files against FES (certificate money, basket by basket) and against what terminals have counted
 * (sales less refunds less voids). Nothing is rounded: a kopeck is a difference.
 *
 * @returns nothing when all agree
 * @example
 * ```ts
 * reconcile(acquirer.clearingFiles(), { baskets: fes.baskets() }); // []
 * ```
 */
export function reconcile(
  files: readonly ClearingFile[],
  others: {
    readonly baskets?: readonly ReconciledBasket[];
    readonly terminals?: Readonly<Record<string, TerminalTotals>>;
  },
): readonly ReconciliationDifference[] {
  const entries = files.flatMap((file) => file.entries);
  const sum = (amounts: Iterable<readonly [string, Kopecks]>) => {
    const sums = new Map<string, Kopecks>();
    for (const [id, amount] of amounts) sums.set(id, (sums.get(id) ?? 0) + amount);
    return sums;
  };
  const compare = (
    what: ReconciliationDifference['what'],
    theirs: ReadonlyMap<string, Kopecks>,
    bank: ReadonlyMap<string, Kopecks>,
  ): ReconciliationDifference[] =>
    [...new Set([...theirs.keys(), ...bank.keys()])].sort().flatMap((id) => {
      const pair = { theirs: theirs.get(id) ?? 0, bank: bank.get(id) ?? 0 };
      return pair.theirs === pair.bank ? [] : [{ what, id, ...pair }];
    });
  const { baskets, terminals } = others;
  const feet = files.map((file): readonly [string, Kopecks] => [
    String(file.number),
    file.own + file.certificate,
  ]);
  const lines = files.flatMap((file) =>
    file.entries.map((one): readonly [string, Kopecks] => [String(file.number), one.own + one.certificate]),
  );
  return [
    ...compare('foot', sum(feet), sum(lines)),
    ...(baskets === undefined
      ? []
      : compare(
          'basket',
          sum(
            baskets
              .filter(({ state }) => state === 'paid')
              .map((one) => [
                one.basketId,
                one.kind === 'purchase' ? one.certificateAmount : -one.certificateAmount,
              ]),
          ),
          sum(
            entries.flatMap((one) => (one.basketId === undefined ? [] : [[one.basketId, one.certificate]])),
          ),
        )),
    ...(terminals === undefined
      ? []
      : compare(
          'terminal',
          sum(
            Object.entries(terminals).map(([id, { sales, refunds, voids }]) => [
              id,
              sales.amount - refunds.amount - voids.amount,
            ]),
          ),
          sum(entries.map((one) => [one.terminalId, one.own + one.certificate])),
        )),
  ];
}
