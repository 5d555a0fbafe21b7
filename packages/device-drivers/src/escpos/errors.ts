import { ElcertError, type ElcertErrorInit } from '@elcert/core';

/** Codes of the errors that the ESC/POS driver and its codec throw. */
export type EscPosErrorCode =
  /** A row that this printer cannot draw, or that is too wide for its paper; `path` names it. Nothing was printed. */
  | 'ROW_NOT_SUPPORTED'
  /** A profile that no printer has, or an unknown name; `path` names the member. */
  | 'BAD_PROFILE'
  /** A command with parameters of another number or range than the table says. */
  | 'BAD_COMMAND'
  /** A command with more data than the framer keeps: the framer is dead. */
  | 'COMMAND_TOO_LONG'
  | 'FRAMER_DEAD'
  | 'PAPER_OUT'
  | 'COVER_OPEN'
  | 'CUTTER_ERROR'
  /** The printer reports an error of its mechanism. */
  | 'PRINTER_ERROR'
  /** Off line for a reason that it does not tell. */
  | 'PRINTER_OFFLINE'
  /** It neither goes on nor says why. */
  | 'NO_PROGRESS'
  /** The connection broke. */
  | 'LINK_LOST'
  /** The caller's signal. */
  | 'ABORTED'
  | 'NO_DRAWER'
  | 'PRINTER_CLOSED'
  /** No such device file, or no right to it. */
  | 'DEVICE_OPEN_FAILED';

/** Makes an error of this family. */
export function escPosError(init: ElcertErrorInit<EscPosErrorCode>): ElcertError<EscPosErrorCode> {
  return new ElcertError(init);
}

/** What a cashier reads when part of a slip may be on paper. */
export const unknownPaper = 'Проверьте, что напечатано: документ мог выйти не полностью.';
