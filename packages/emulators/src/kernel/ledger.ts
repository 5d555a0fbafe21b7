import { ElcertError, type Kopecks, kopecks, sumKopecks } from '@elcert/core';

/** One side of a posting: what an account gets (positive) or gives (negative), in kopecks. */
export interface LedgerEntry {
  readonly account: string;
  readonly amount: Kopecks;
}

/** One booked event: entries that add up to nothing. */
export interface Posting {
  /** Unique: booking the same id again with the same entries is ignored, with others refused. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Name of the emulator that booked it. */
  readonly by: string;
  readonly operation: string;
  readonly entries: readonly LedgerEntry[];
  /** Ids that tie it to a basket, a receipt …; never card numbers. */
  readonly references?: Readonly<Record<string, string>>;
}

/**
 * The double-entry book of the emulated world. Accounts: `treasury`, `bank`, `card/<id>`, `certificate/<id>`,
 * `acquirer/clearing`, `merchant/<id>`. Tests and the demo ask it instead of the emulators' insides.
 */
export interface Ledger {
  /** @throws ElcertError `LEDGER_UNBALANCED`, `LEDGER_CONFLICT` or `LEDGER_OVERDRAWN` (only `treasury` and `bank` may go below zero) */
  post(posting: Posting): void;
  balance(account: string): Kopecks;
  /** Balances of all accounts, or of those whose name begins so. */
  balances(prefix?: string): ReadonlyMap<string, Kopecks>;
  readonly postings: readonly Posting[];
}

const sources = new Set(['treasury', 'bank']);

/** Makes an empty {@link Ledger}. */
export function createLedger(): Ledger {
  const postings: Posting[] = [];
  const byId = new Map<string, Posting>();
  const accounts = new Map<string, Kopecks>();
  const balance = (account: string) => accounts.get(account) ?? 0;
  return {
    postings,
    balance,
    balances: (prefix = '') =>
      new Map([...accounts].filter(([account]) => account.startsWith(prefix)).sort()),
    post(posting) {
      const booked = byId.get(posting.id);
      if (booked !== undefined) {
        if (JSON.stringify(booked.entries) === JSON.stringify(posting.entries)) return;
        throw new ElcertError({
          code: 'LEDGER_CONFLICT',
          message: `${posting.id} is booked already, with other sums`,
        });
      }
      if (sumKopecks(posting.entries.map((entry) => entry.amount)) !== 0) {
        throw new ElcertError({
          code: 'LEDGER_UNBALANCED',
          message: `the entries of ${posting.id} do not add up to nothing`,
        });
      }
      const after = new Map<string, Kopecks>();
      for (const { account, amount } of posting.entries) {
        const value = kopecks((after.get(account) ?? balance(account)) + amount, { allowNegative: true });
        after.set(account, value);
      }
      for (const [account, value] of after) {
        if (value < 0 && !sources.has(account)) {
          throw new ElcertError({
            code: 'LEDGER_OVERDRAWN',
            message: `${account} has ${balance(account)} kopecks only`,
          });
        }
      }
      for (const [account, value] of after) accounts.set(account, value);
      byId.set(posting.id, posting);
      postings.push(posting);
    },
  };
}
