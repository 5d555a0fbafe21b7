import type { LocalDateTime } from '@elcert/core';
import type { FiscalCallOptions, FiscalResult } from './fiscal-call.js';
import type { TaxationType } from './receipt.js';
import type { TagFields } from './tags/fields.js';

/** What a register is registered with. */
export interface RegistrationRequest {
  /** `first` makes form 1; `driveReplaced` and `changed` make form 11. */
  readonly kind: 'first' | 'driveReplaced' | 'changed';
  readonly inn: string;
  /** Sixteen digits given by the tax service (tag 1037). */
  readonly kktRegistrationNumber: string;
  readonly taxation: readonly TaxationType[];
  /** How the register works; none unless told. */
  readonly modes?: readonly RegistrationMode[] | undefined;
  /** Reason of a change (tag 1101): 1 the drive, 2 the operator, 3 data of the user, 4 settings; 4 for `changed` unless told. */
  readonly reason?: 1 | 2 | 3 | 4 | undefined;
  /** Further requisites of the report by their names: `user`, `retailPlaceAddress`, `ofdInn`, `usageConditionSigns` … */
  readonly requisites?: TagFields | undefined;
}

/**
 * How a register works: encryption (tag 1056), offline without an operator (1002), in a vending machine (1001), for services
 * (1109), with strict forms (1110), on the internet alone (1108).
 */
export type RegistrationMode =
  | 'encryption'
  | 'offline'
  | 'automatic'
  | 'services'
  | 'strictForms'
  | 'internet';

/** What a registration report says. */
export interface RegistrationSummary {
  readonly dateTime: LocalDateTime;
  readonly inn: string;
  readonly kktRegistrationNumber: string;
  readonly taxation: readonly TaxationType[];
  readonly modes: readonly RegistrationMode[];
  readonly fiscalDocumentNumber: number;
  /** Ten digits. */
  readonly fiscalSign: string;
}

/** The life of a register with the tax service. None of it can be taken back. */
export interface RegistrationDesk {
  /** The registration in force; `undefined` before the first one. */
  read(options?: { readonly signal?: AbortSignal }): Promise<RegistrationSummary | undefined>;
  /** Makes form 1 or 11. The shift is closed. A drive takes few of them, and the first one ties it to this register. */
  register(request: RegistrationRequest, options: FiscalCallOptions): Promise<FiscalResult>;
  /**
   * Ends the fiscal life of the drive for ever, form 6. The shift is closed and no document waits for the operator.
   *
   * @throws ElcertError `refused` while some wait
   */
  closeDrive(options: FiscalCallOptions): Promise<FiscalResult>;
}
