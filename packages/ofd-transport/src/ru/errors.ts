import { ElcertError, type ElcertErrorInit } from '@elcert/core';

/**
 * Codes of this package's errors.
 *
 * Bytes at fault (no outcome of their own, they carry a `position`): `BAD_SESSION`, `BAD_SESSION_FLAGS`,
 * `BAD_SESSION_CRC`, `SESSION_TOO_LONG`, `BAD_CONTAINER`, `BAD_CONTAINER_CRC`, `BAD_CONTAINER_DATA`, `BAD_RAW_DATA`,
 * `BAD_NUMBER` (a value that does not fit its field).
 *
 * An exchange that did not end well:
 *
 * | code | outcome | what it means |
 * |---|---|---|
 * | `NOT_CONNECTED` | `not-sent` | nobody answered at the operator's address |
 * | `ABORTED` | `not-sent` before the message went out, `unknown` after | the caller's signal |
 * | `SEND_FAILED` | `unknown` | the connection broke while the message went out, or took it not in time |
 * | `NO_REPLY` | `unknown` | the message went out, nothing came back in time |
 * | `CONNECTION_CLOSED` | `unknown` | the operator closed before its reply was whole |
 * | `BAD_REPLY` | `unknown` | what came back is not a session message with a confirmation |
 * | `REPLY_MISMATCH` | `unknown` | the reply is about another drive or another document |
 * | `OPERATOR_REFUSED` | `refused` | tag 1022 is 11 (not recognised) or 14 (failed the format check) |
 * | `REPLY_NOT_LOADED` | that of the drive | the register or the drive did not take the reply |
 * | `BAD_FN_MESSAGE` | `not-sent` | the source handed out something that is not a container of that drive |
 * | `SOURCE_FAILED` | `unknown` | the source of documents threw something that is no error of Elcert |
 * | `BAD_OUTBOX` | `not-sent` | a folder of documents holds what does not belong there, or cannot be read or written |
 *
 * After `unknown` the **same** document may be sent again: an operator counts documents by drive and number, so a
 * second copy is confirmed again and counted once. The next document must not be sent before.
 */
export type OfdErrorCode =
  | 'BAD_SESSION'
  | 'BAD_SESSION_FLAGS'
  | 'BAD_SESSION_CRC'
  | 'SESSION_TOO_LONG'
  | 'BAD_CONTAINER'
  | 'BAD_CONTAINER_CRC'
  | 'BAD_CONTAINER_DATA'
  | 'BAD_RAW_DATA'
  | 'BAD_NUMBER'
  | 'NOT_CONNECTED'
  | 'ABORTED'
  | 'SEND_FAILED'
  | 'NO_REPLY'
  | 'CONNECTION_CLOSED'
  | 'BAD_REPLY'
  | 'REPLY_MISMATCH'
  | 'OPERATOR_REFUSED'
  | 'REPLY_NOT_LOADED'
  | 'BAD_FN_MESSAGE'
  | 'SOURCE_FAILED'
  | 'BAD_OUTBOX';

/** What goes wrong between a fiscal drive and its operator. See {@link OfdErrorCode} for the meaning of each code. */
export class OfdError extends ElcertError<OfdErrorCode> {
  override readonly name = 'OfdError';

  constructor(init: ElcertErrorInit<OfdErrorCode>) {
    super(init);
  }
}
