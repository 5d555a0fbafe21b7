import { ElcertError, type ElcertErrorInit } from '@elcert/core';

/**
 * Codes of the Kazakh protocol's errors.
 *
 * Bytes and values at fault (they carry a `position` or a `path`): `BAD_HEADER` (not the application code, or a size that
 * cannot be), `UNSUPPORTED_VERSION` (a version without a schema), `FRAME_TOO_LONG`, `BAD_SIZE` (the bytes are fewer or more than the header
 * says), `BAD_MESSAGE` (not protobuf), `UNKNOWN_KIND` (a request or a response: it cannot be told), `BAD_VALUE`, `MISSING_FIELD`.
 *
 * An exchange that did not end well:
 *
 * | code | outcome | what it means |
 * |---|---|---|
 * | `NOT_CONNECTED` | `not-sent` | nobody answered at the operator's address |
 * | `ABORTED` | `not-sent` before the request went out, `unknown` after | the caller's signal |
 * | `SEND_FAILED` | `unknown` | the connection broke while the request went out |
 * | `NO_REPLY` | `unknown` | the request went out, nothing came back in time |
 * | `CONNECTION_CLOSED` | `unknown` | the operator closed before its reply was whole |
 * | `BAD_REPLY` | `unknown` | what came back is no response |
 * | `REPLY_MISMATCH` | `unknown` | the response is for another device, request or command |
 * | `REFUSED` | `refused` | the operator answered with a result code, see `details.resultCode` |
 * | `BLOCKED` | `not-sent` | the device waits for a token, for a repair, or for the operator to unblock it |
 * | `PENDING` | `not-sent` | an earlier document has no answer yet: it goes first |
 * | `OFFLINE_TOO_LONG` | `not-sent` | the device has worked for 72 hours without its operator |
 * | `NOT_SYNCHRONISED` | `not-sent` | a new device has not reached its operator yet: its counters are not known |
 * | `CLOCK_BEHIND` | `not-sent` | the machine's clock is behind the operator's shift, or behind the device's own documents |
 * | `STORE_LOCKED` | `not-sent` | another process (or another session of this one) has the store |
 * | `DEVICE_OPEN` | `not-sent` | this process has a session of the device already |
 * | `SESSION_CLOSED` | `not-sent` | the session was closed |
 * | `NOTHING_TO_DO` | `not-sent` | there is no such document to decide about |
 * | `SHIFT_EXPIRED` | `not-sent` | the shift is open for 24 hours: close it |
 * | `NO_SHIFT` | `not-sent` | there is no open shift to close |
 * | `SHIFT_OPEN` | `refused` | a shift is to be opened, and one is open |
 * | `KEY_REUSED` | `refused` | the operation key stands for another document: nothing was made |
 * | `NOT_SUPPORTED` | `not-sent` | this register does not do it, see its capabilities |
 * | `BAD_STORE` | `not-sent`, `unknown` once the document has gone out | what the store holds is not the state of this device, or cannot be read or written |
 *
 * After `unknown` the **same bytes** may be sent again: the operator knows a repeat by token and request number, and counts it once.
 */
export type KzErrorCode =
  | 'BAD_HEADER'
  | 'UNSUPPORTED_VERSION'
  | 'FRAME_TOO_LONG'
  | 'BAD_SIZE'
  | 'BAD_MESSAGE'
  | 'UNKNOWN_KIND'
  | 'BAD_VALUE'
  | 'MISSING_FIELD'
  | 'NOT_CONNECTED'
  | 'ABORTED'
  | 'SEND_FAILED'
  | 'NO_REPLY'
  | 'CONNECTION_CLOSED'
  | 'BAD_REPLY'
  | 'REPLY_MISMATCH'
  | 'REFUSED'
  | 'BLOCKED'
  | 'PENDING'
  | 'OFFLINE_TOO_LONG'
  | 'NOT_SYNCHRONISED'
  | 'CLOCK_BEHIND'
  | 'STORE_LOCKED'
  | 'DEVICE_OPEN'
  | 'SESSION_CLOSED'
  | 'NOTHING_TO_DO'
  | 'SHIFT_EXPIRED'
  | 'NO_SHIFT'
  | 'SHIFT_OPEN'
  | 'KEY_REUSED'
  | 'NOT_SUPPORTED'
  | 'BAD_STORE';

/** What goes wrong between a cash register of Kazakhstan and its operator. See {@link KzErrorCode}. */
export class KzError extends ElcertError<KzErrorCode> {
  override readonly name = 'KzError';

  constructor(init: ElcertErrorInit<KzErrorCode>) {
    super(init);
  }
}
