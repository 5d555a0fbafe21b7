import { RegisterError, type RegisterErrorCode } from '../shtrih-m/register-error.js';
import type { AtolTaskAnswer } from './codec.js';
import { describeAtolError } from './errors.js';
import type { AtolTaskType } from './tasks.js';

// Errors of the driver, made in one place so that each has its outcome and, where a cashier can do something, a sentence.

type Outcome = 'not-sent' | 'refused' | 'unknown';

const refusalCodes: Readonly<Record<number, RegisterErrorCode>> = {
  2: 'LINK_LOST',
  3: 'LINK_LOST',
  4: 'LINK_LOST',
  44: 'PAPER_OUT',
  45: 'COVER_OPEN',
  55: 'REGISTER_BUSY',
  68: 'SHIFT_EXPIRED',
  71: 'WRONG_PASSWORD',
  73: 'SHIFT_CLOSED',
  82: 'DOCUMENT_OPEN',
  83: 'SHIFT_OPEN',
  89: 'REGISTER_NOT_READY',
  123: 'DOCUMENT_NOT_FOUND',
  141: 'SHIFT_EXPIRED',
  200: 'DOCUMENT_OPEN',
  203: 'DOCUMENT_OPEN',
  225: 'REGISTER_NOT_READY',
  241: 'LINK_LOST',
  420: 'MARKING_NOT_CHECKED',
  422: 'MARKING_NOT_CHECKED',
  423: 'MARKING_NOT_CHECKED',
  601: 'REGISTER_BUSY',
};

/** An error of the register. */
export function failed(
  code: RegisterErrorCode,
  message: string,
  outcome: Outcome,
  userMessage?: string,
  more: {
    readonly details?: Readonly<Record<string, unknown>>;
    readonly cause?: unknown;
    readonly path?: string;
  } = {},
): RegisterError {
  return new RegisterError({ code, message, outcome, userMessage, ...more });
}

/** It may have been done. */
export function outcomeUnknown(what: string, cause?: unknown): RegisterError {
  return failed(
    'OUTCOME_UNKNOWN',
    `${what}: it is not known whether it was done`,
    'unknown',
    'Неизвестно, выполнена ли операция: проверьте кассу, не повторяйте её.',
    { cause },
  );
}

/** The server asks for another sign-in. */
export function wrongSignIn(): RegisterError {
  return failed(
    'WRONG_PASSWORD',
    'the web server wants another sign-in',
    'refused',
    'Веб-сервер кассы не принял логин и пароль.',
  );
}

/** Nothing left this machine, or nothing of it arrived. */
export function notReached(what: string, cause?: unknown): RegisterError {
  return failed(
    'LINK_LOST',
    `${what}: the web server cannot be reached, nothing was done`,
    'not-sent',
    'Нет связи с веб-сервером кассы: операция не выполнена.',
    { cause },
  );
}

/** The HTTP server said no before it took the request. */
export function notTaken(what: string, httpStatus: number): RegisterError {
  if (httpStatus === 401 || httpStatus === 403) return wrongSignIn();
  return failed(
    'REGISTER_REFUSED',
    `${what}: HTTP ${httpStatus}`,
    'refused',
    'Веб-сервер кассы не принял задание.',
    { details: { httpStatus } },
  );
}

/** The register is taken by others. */
export function busy(what: string): RegisterError {
  return failed(
    'REGISTER_BUSY',
    `${what}: others' tasks kept the register`,
    'not-sent',
    'Касса занята другими заданиями: операция не выполнена.',
  );
}

/** The key was given to something else. */
export function keyReused(): RegisterError {
  return failed('OPERATION_KEY_REUSED', 'this key belongs to another operation', 'not-sent');
}

/** An answer without what the table demands. */
export function badAnswer(type: AtolTaskType, cause: unknown, outcome: Outcome): RegisterError {
  return failed('BAD_ANSWER', `${type}: the answer does not fit the table`, outcome, undefined, {
    cause,
    details: { task: type },
  });
}

/** A task that ended with an error. */
export function taskRefused(type: AtolTaskType, answer: AtolTaskAnswer, outcome: Outcome): RegisterError {
  // A state without a number: interrupted or canceled before it began.
  const code = answer.errorCode === 0 ? (answer.status === 'canceled' ? 249 : 502) : answer.errorCode;
  const meaning = describeAtolError(code);
  return failed(
    refusalCodes[code] ?? 'REGISTER_REFUSED',
    `${type} ${answer.status} with ${code}: ${meaning.text}`,
    outcome,
    `${meaning.textRu}.`,
    { details: { task: type, result: code, status: answer.status, said: answer.errorDescription } },
  );
}
