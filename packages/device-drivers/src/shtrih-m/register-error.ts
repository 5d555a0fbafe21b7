import { ElcertError, type ElcertErrorInit } from '@elcert/core';

/** What a register driver throws. */
export type RegisterErrorCode =
  /** No answer, or the connection broke. With `not-sent` nothing was registered. */
  | 'LINK_LOST'
  /** It was asked whether the document was written, and it could not be told: `FiscalRegister.lookup` later. */
  | 'OUTCOME_UNKNOWN'
  /** The register answered with a result code; `details.result` has it. */
  | 'REGISTER_REFUSED'
  | 'SHIFT_CLOSED'
  | 'SHIFT_OPEN'
  /** The shift is older than 24 hours. */
  | 'SHIFT_EXPIRED'
  | 'DOCUMENT_OPEN'
  | 'PAPER_OUT'
  | 'COVER_OPEN'
  | 'WRONG_PASSWORD'
  /** Blocked, waiting for a date, in a test run …: `details.mode`. */
  | 'REGISTER_NOT_READY'
  /** It went on printing longer than it was waited for. */
  | 'REGISTER_BUSY'
  /** An answer that the table does not describe. */
  | 'BAD_ANSWER'
  /** A marked product was not checked, or not accepted (ACh). */
  | 'MARKING_NOT_CHECKED'
  /** The receipt cannot be said to this register; `path` tells where. */
  | 'RECEIPT_NOT_SUPPORTED'
  /** The registration cannot be told; `path` tells where. */
  | 'REGISTRATION_INVALID'
  /** What is to be printed cannot be told to this register; `path` tells where. */
  | 'PRINT_NOT_SUPPORTED'
  /** The drive cannot be closed while documents wait for the operator. */
  | 'UNSENT_DOCUMENTS'
  | 'DOCUMENT_NOT_FOUND'
  /** The drive refused the operator's reply. */
  | 'REPLY_REFUSED'
  /** The operation key was used for something else before. */
  | 'OPERATION_KEY_REUSED'
  | 'REGISTER_CLOSED';

/** An error of a register. Always has an `outcome`; has a `userMessage` whenever a cashier can do something. */
export class RegisterError extends ElcertError<RegisterErrorCode> {
  override readonly name = 'RegisterError';
  constructor(
    init: ElcertErrorInit<RegisterErrorCode> & { readonly outcome: 'not-sent' | 'refused' | 'unknown' },
  ) {
    super(init);
  }
}
