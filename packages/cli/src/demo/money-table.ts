import { formatRubles, type Kopecks } from '@elcert/core';
import { textTable } from '../table.js';

/** What one end of the sale holds, asked from that end itself. Kopecks; absent where the end cannot know. */
export interface Holding {
  readonly who: string;
  readonly certificate?: Kopecks;
  /** Paid by the buyer's card. */
  readonly own?: Kopecks;
  /** Whole receipt. */
  readonly total?: Kopecks;
}

const columns = ['certificate', 'own', 'total'] as const;

/** Where the ends contradict each other: empty when they agree to the kopeck. */
export function disagreements(holdings: readonly Holding[]): string[] {
  const found: string[] = [];
  for (const column of columns) {
    const known = holdings.filter((holding) => holding[column] !== undefined);
    const [first] = known;
    for (const holding of known) {
      if (first !== undefined && holding[column] !== first[column]) {
        found.push(
          `${column}: ${first.who} has ${formatRubles(first[column] ?? 0)}, ${holding.who} has ${formatRubles(holding[column] ?? 0)}`,
        );
      }
    }
  }
  for (const { who, certificate, own, total } of holdings) {
    if (
      certificate !== undefined &&
      own !== undefined &&
      total !== undefined &&
      certificate + own !== total
    ) {
      found.push(
        `${who}: ${formatRubles(certificate)} and ${formatRubles(own)} are not ${formatRubles(total)}`,
      );
    }
  }
  return found;
}

/** The closing table, in rubles. */
export function moneyTable(holdings: readonly Holding[]): string {
  const cell = (amount: Kopecks | undefined) => (amount === undefined ? '–' : formatRubles(amount));
  return textTable(
    ['who holds it', 'certificate', 'own (card)', 'whole receipt'],
    holdings.map((holding) => [holding.who, ...columns.map((column) => cell(holding[column]))]),
    { right: [1, 2, 3] },
  );
}
