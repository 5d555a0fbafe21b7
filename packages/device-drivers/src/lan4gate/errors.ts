import { ElcertError, type ElcertErrorInit, type Outcome } from '@elcert/core';

/** Codes of the errors that the LAN-4Gate driver, codec and framer throw. */
export type Lan4GateErrorCode =
  /** Bytes that are not a LAN-4Gate message. */
  | 'BAD_MESSAGE'
  /** A member of a request is absent, of another kind or out of range; `path` names it. */
  | 'BAD_FIELD'
  /** A size prefix above the limit: the framer is dead. */
  | 'FRAME_TOO_LONG'
  /** Too many bytes in a row that belong to no frame: the framer is dead. */
  | 'TOO_MUCH_JUNK'
  | 'FRAMER_DEAD'
  /** Listening, and no terminal service has called in time. */
  | 'NO_TERMINAL'
  /** The terminal does not take this till (800 was refused or not answered). */
  | 'NOT_REGISTERED'
  /** Another operation of this driver is running. */
  | 'BUSY'
  /** The driver is closed. */
  | 'CLOSED'
  /** Aborted before anything was asked. */
  | 'ABORTED'
  /** The key was used before for another operation. */
  | 'OPERATION_KEY_REUSED'
  /** It is not certain that the terminal's last operation is the one to be undone. */
  | 'REVERSAL_UNSAFE'
  /** The request went out and no answer came: timeout, disconnect, or nobody answered an abort. */
  | 'ANSWER_LOST'
  /** The request went out and something unreadable came back. */
  | 'ANSWER_UNREADABLE'
  /** The terminal says "done" with other sums than were asked. */
  | 'ANSWER_MISMATCH'
  /** The terminal itself does not know: link to the bank lost, operation pending. */
  | 'UNCERTAIN'
  /** Approved, but the confirmation (814) that the terminal asked for was not answered or refused. */
  | 'NOT_CONFIRMED'
  /** The terminal answered no. */
  | 'REFUSED'
  /** A replayed trace does not go on as the driver does. */
  | 'REPLAY_MISMATCH'
  /** A card was read, but the terminal gave no usable hash of its number. */
  | 'NO_PAN_HASH';

/** Makes an error of this family. */
export function lan4GateError(init: ElcertErrorInit<Lan4GateErrorCode>): ElcertError<Lan4GateErrorCode> {
  return new ElcertError(init);
}

/** What a cashier reads when it is not known whether the money moved. */
export const unknownMoney =
  'Результат операции не известен. Не повторяйте оплату: проверьте последнюю операцию на терминале.';

/** What a cashier reads when an answer was lost that no money hangs on. */
export const noAnswer = 'Терминал не ответил, повторите.';

/** The error of a lost or unusable answer; the cashier is told that money may have moved unless told otherwise. */
export function lostAnswer(
  code: Extract<
    Lan4GateErrorCode,
    'ANSWER_LOST' | 'ANSWER_UNREADABLE' | 'ANSWER_MISMATCH' | 'UNCERTAIN' | 'NOT_CONFIRMED'
  >,
  message: string,
  rest: {
    readonly userMessage?: string;
    readonly details?: Readonly<Record<string, unknown>>;
    readonly cause?: unknown;
  } = {},
): ElcertError<Lan4GateErrorCode> {
  const outcome: Outcome = 'unknown';
  return lan4GateError({ code, message, outcome, userMessage: unknownMoney, ...rest });
}

/** The error of an emergency reversal that might undo somebody else's operation. */
export function unsafeReversal(why: string, cause?: unknown): ElcertError<Lan4GateErrorCode> {
  return lan4GateError({
    code: 'REVERSAL_UNSAFE',
    message: `not reversed: ${why}`,
    userMessage: 'Последняя операция терминала – не та, которую нужно отменить. Проверьте её на терминале.',
    outcome: 'not-sent',
    cause,
  });
}

/** A text for the cashier as a sentence. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text.trimEnd()) ? text : `${text}.`);
