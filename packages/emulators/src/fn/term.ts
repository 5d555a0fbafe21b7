import type { RegistrationMode } from '@elcert/fiscal-doc';

/** Months that the keys of a drive's model are made for. */
export type FnModel = 13 | 15 | 36;

/** What decides on the term of the keys. */
export interface FnUse {
  /** Bits of tag 1062. */
  readonly taxation: number;
  /** Bits of tag 1290. */
  readonly usageConditions: number;
  readonly modes?: readonly RegistrationMode[] | undefined;
  readonly agent?: boolean | undefined;
  readonly seasonal?: boolean | undefined;
}

/** The term of the keys, or why the drive does not take the registration (its code 05h). */
export type FnTerm = { readonly days: number } | { readonly refused: string };

const general = 0x01;
const excise = 0x40;
const servicesOnly = 0x200;

/**
 * Days of key life by model and use.
 *
 * Who renders services or pays no general taxes keeps a drive for 36 months (54-FZ, art. 4.1), unless the register also trades under
 * general taxation, in excise goods, in seasons, as an agent or without an operator: then 13 months are enough. The terms of 410, 470, 560
 * and 1110 days are those of real drives; which use makes which of them is inferred.
 *
 * @example
 * ```ts
 * keyTermOf(36, { taxation: 2, usageConditions: 0 }); // { days: 1110 }
 * keyTermOf(15, { taxation: 2, usageConditions: 0 }); // { refused: '…' }
 * ```
 */
export function keyTermOf(model: FnModel, use: FnUse): FnTerm {
  const offline = use.modes?.includes('offline') === true;
  const services = use.modes?.includes('services') === true || (use.usageConditions & servicesOnly) !== 0;
  const underGeneral = (use.taxation & general) !== 0;
  const inExcise = (use.usageConditions & excise) !== 0;
  const mustBeLong = services || !underGeneral;
  // Among special regimes one under general taxation is an exception of its own; for services alone it is not.
  const excused =
    inExcise || offline || use.agent === true || use.seasonal === true || (underGeneral && !services);
  if (model !== 36) {
    if (mustBeLong && !excused)
      return { refused: `services and special tax regimes want a drive of 36 months, not of ${model}` };
    return { days: model === 13 || inExcise || offline ? 410 : 470 };
  }
  if (inExcise) return { days: 410 };
  if (offline) return { days: 560 };
  return { days: mustBeLong ? 1110 : 470 };
}
