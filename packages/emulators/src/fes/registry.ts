import type { CashboxState, EmulatedCard, EmulatedCertificate } from '../kernel/index.js';
import type { Tally } from './allocation.js';

/** States of a point of sale at the state's system (ГИС ЭС). */
export type PointState = 'created' | 'activating' | 'tested' | 'active' | 'disabled';

/** A merchant, as FES knows it. */
export interface MerchantRecord {
  readonly id: string;
  apiKey: string;
  apiKeyBlocked: boolean;
  /** Keys that were valid once. */
  readonly deadApiKeys: Set<string>;
  blocked: boolean;
}

/** A point of sale. */
export interface PointRecord {
  readonly id: string;
  readonly merchantId: string;
  state: PointState;
  /** ISO date from which an active point may sell. */
  activeFrom: string | undefined;
  /** Goods (19 characters) that may be sold here; everything when absent. */
  truCodes: ReadonlySet<string> | undefined;
}

/** A cash desk. */
export interface DeskRecord {
  readonly id: string;
  readonly merchantId: string;
  readonly pointId: string;
  macKey: string;
  state: CashboxState;
}

/** A card with all its hashes. */
export interface CardRecord {
  readonly card: EmulatedCard;
  readonly panHashes: readonly string[];
}

/** A certificate and what became of it. */
export interface CertificateRecord {
  readonly certificate: EmulatedCertificate;
  annulled: boolean;
  /** Paid minus returned. */
  readonly spent: Tally;
}

/** The member of a register that must exist. */
export function known<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const found = map.get(id);
  if (found === undefined) throw new Error(`no ${what} ${id}`);
  return found;
}
