import { ElcertError, type ElcertErrorInit } from '@elcert/core';

/** Codes of the errors that the INPAS drivers, codecs and framers throw. */
export type InpasErrorCode =
  /** Bytes that are not a list of fields. */
  | 'BAD_MESSAGE'
  /** XML that is not an answer of DualConnector. */
  | 'BAD_XML'
  /** A value of a request is absent, of another kind or out of range; `path` names it. */
  | 'BAD_FIELD'
  /** Too many bytes in a row that belong to no frame: the framer is dead. */
  | 'TOO_MUCH_JUNK'
  | 'FRAMER_DEAD'
  /** No connection to the terminal, or it did not take the request (NAK). */
  | 'NOT_TAKEN'
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
  /** The request went out and no answer came. */
  | 'ANSWER_LOST'
  /** The request went out and something unreadable came back. */
  | 'ANSWER_UNREADABLE'
  /** The terminal says "approved" with another sum than was asked. */
  | 'ANSWER_MISMATCH'
  /** The terminal, or DualConnector, itself does not know. */
  | 'UNCERTAIN'
  /** The terminal answered no. */
  | 'REFUSED'
  /** A card was read, but the answer has no usable hash of its number. */
  | 'NO_PAN_HASH';

/** Makes an error of this family. */
export function inpasError(init: ElcertErrorInit<InpasErrorCode>): ElcertError<InpasErrorCode> {
  return new ElcertError(init);
}

/** What a cashier reads when it is not known whether the money moved. */
export const unknownMoney =
  'Результат операции не известен. Не повторяйте оплату: проверьте последнюю операцию на терминале.';

/** What a cashier reads when an answer was lost that no money hangs on. */
export const noAnswer = 'Терминал не ответил, повторите.';

/** What a cashier reads when nothing went out. */
export const notBegun = 'Терминал не отвечает, операция не начата.';

/** The error of a lost or unusable answer. */
export function lostAnswer(
  code: Extract<InpasErrorCode, 'ANSWER_LOST' | 'ANSWER_UNREADABLE' | 'ANSWER_MISMATCH' | 'UNCERTAIN'>,
  message: string,
  rest: Pick<ElcertErrorInit, 'userMessage' | 'details' | 'cause'> = {},
): ElcertError<InpasErrorCode> {
  return inpasError({ code, message, outcome: 'unknown', userMessage: unknownMoney, ...rest });
}

/** A text for the cashier as a sentence. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text.trimEnd()) ? text : `${text}.`);
