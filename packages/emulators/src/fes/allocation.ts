import type { Kopecks } from '@elcert/core';
import type { EmulatedCertificate } from '../kernel/index.js';

// Which certificate pays for what. The merchant guide gives the five kinds of limits; the order and the way a position
// is split are chosen here.

/** Goods of a TRU code: its first 19 characters decide whether a certificate fits. */
export function baseOf(truCode: string): string {
  return truCode.slice(0, 19);
}

/** What one certificate pays of one position. */
export interface Share {
  readonly certificateId: string;
  readonly certCount: number;
  readonly certPrice: Kopecks;
  readonly certMaxPrice: Kopecks;
}

/** A position that asks for certificates. */
export interface Wanted {
  readonly truCode: string;
  readonly count: number;
  readonly price: Kopecks;
  /** Last six digits of the certificate that the buyer chose. */
  readonly certificateLastNumbers?: string | undefined;
}

/** What has been taken from a certificate. */
export interface Tally {
  money: Kopecks;
  count: number;
  readonly perTru: Map<string, number>;
}

/** An empty {@link Tally}. */
export function emptyTally(): Tally {
  return { money: 0, count: 0, perTru: new Map() };
}

/** Adds what a share of a position takes (`sign` 1) or gives back (−1). */
export function addToTally(tally: Tally, truCode: string, share: Share, sign: 1 | -1): void {
  const base = baseOf(truCode);
  tally.money += sign * share.certCount * share.certPrice;
  tally.count += sign * share.certCount;
  tally.perTru.set(base, (tally.perTru.get(base) ?? 0) + sign * share.certCount);
}

/** Units of a TRU that a certificate still pays for; `Infinity` when it does not count. */
export function countLeft(certificate: EmulatedCertificate, taken: Tally, truCode: string): number {
  const tru = certificate.tru.find((one) => one.truCode === baseOf(truCode));
  if (tru === undefined) return 0;
  if (certificate.count === 'per-tru')
    return Math.max(0, (tru.count ?? 0) - (taken.perTru.get(tru.truCode) ?? 0));
  if (certificate.count === 'total') return Math.max(0, (certificate.totalCount ?? 0) - taken.count);
  return Number.POSITIVE_INFINITY;
}

/** Money that a certificate with a common sum still has; `Infinity` when each unit has its own limit. */
export function moneyLeft(certificate: EmulatedCertificate, taken: Tally): number {
  return certificate.money === 'total'
    ? Math.max(0, (certificate.totalMoney ?? 0) - taken.money)
    : Number.POSITIVE_INFINITY;
}

/** Money that the treasury gives for a certificate: as much as it can ever pay. */
export function moneyGiven(certificate: EmulatedCertificate): Kopecks {
  if (certificate.money === 'total') return certificate.totalMoney ?? 0;
  if (certificate.count === 'per-tru')
    return certificate.tru.reduce((sum, tru) => sum + (tru.count ?? 0) * (tru.unitLimit ?? 0), 0);
  return (certificate.totalCount ?? 0) * Math.max(0, ...certificate.tru.map((tru) => tru.unitLimit ?? 0));
}

/** Shares of one certificate for at most `count` units. With a common sum, whole units first and the rest for one more. */
function sharesOf(certificate: EmulatedCertificate, taken: Tally, wanted: Wanted, count: number): Share[] {
  const units = Math.min(count, countLeft(certificate, taken, wanted.truCode));
  if (units <= 0) return [];
  const certificateId = certificate.id;
  if (certificate.money === 'per-unit') {
    const limit = certificate.tru.find((one) => one.truCode === baseOf(wanted.truCode))?.unitLimit ?? 0;
    const certPrice = Math.min(wanted.price, limit);
    return certPrice === 0 ? [] : [{ certificateId, certCount: units, certPrice, certMaxPrice: limit }];
  }
  const money = moneyLeft(certificate, taken);
  const whole = Math.min(units, Math.floor(money / wanted.price));
  const rest = whole < units ? Math.min(money - whole * wanted.price, wanted.price) : 0;
  const shares: Share[] = [];
  if (whole > 0)
    shares.push({ certificateId, certCount: whole, certPrice: wanted.price, certMaxPrice: money });
  if (rest > 0)
    shares.push({ certificateId, certCount: 1, certPrice: rest, certMaxPrice: money - whole * wanted.price });
  return shares;
}

/**
 * Divides positions over certificates: the chosen one alone where the buyer chose, else the earliest to expire, then by
 * id. A position may take from several certificates; a unit takes from one.
 *
 * @param taken - what has been spent and is held already; not changed
 * @returns the shares of each position, in their order
 */
export function allocate(
  positions: readonly Wanted[],
  certificates: readonly EmulatedCertificate[],
  taken: (certificateId: string) => Tally,
): Share[][] {
  const ordered = [...certificates].sort((a, b) =>
    a.expiryDate === b.expiryDate ? (a.id < b.id ? -1 : 1) : a.expiryDate < b.expiryDate ? -1 : 1,
  );
  const tallies = new Map(
    ordered.map(({ id }) => {
      const { money, count, perTru } = taken(id);
      return [id, { money, count, perTru: new Map(perTru) } satisfies Tally] as const;
    }),
  );
  return positions.map((position) => {
    const shares: Share[] = [];
    let open = position.count;
    for (const certificate of ordered) {
      if (open === 0) break;
      const chosen = position.certificateLastNumbers;
      if (chosen !== undefined && !certificate.id.endsWith(chosen)) continue;
      const tally = tallies.get(certificate.id) ?? emptyTally();
      for (const share of sharesOf(certificate, tally, position, open)) {
        addToTally(tally, position.truCode, share, 1);
        open -= share.certCount;
        shares.push(share);
      }
    }
    return shares;
  });
}
