import { isElcertError, type Outcome, outcomeOf } from '@elcert/core';
import type { CommandCode } from './commands.js';
import type { LinkFailure } from './machine.js';
import { RegisterError, type RegisterErrorCode } from './register-error.js';

// The errors that every part of the driver throws, in one wording.

/** What a cashier reads is a sentence, whatever a table has. */
function sentence(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === '' || /[.!?…]$/.test(trimmed)
    ? trimmed || undefined
    : `${trimmed}.`;
}

/** Makes an error of the driver. */
export function failed(
  code: RegisterErrorCode,
  message: string,
  outcome: Outcome,
  userMessage?: string,
  more: {
    readonly details?: Readonly<Record<string, unknown>>;
    readonly path?: string | undefined;
    readonly cause?: unknown;
  } = {},
): RegisterError {
  return new RegisterError({ code, message, outcome, userMessage: sentence(userMessage), ...more });
}

/** The line failed inside a command: the reason decides what may be done next. */
export function lineError(code: CommandCode, reason: LinkFailure): RegisterError {
  const unknown = reason === 'answer-lost' || reason === 'closed-after';
  return failed(
    'LINK_LOST',
    `${code}h: ${reason}`,
    unknown ? 'unknown' : 'not-sent',
    'Нет связи с кассой: проверьте подключение.',
    { details: { command: code, reason } },
  );
}

/** A document may have been written, and it could not be found out. */
export function unknownOutcome(cause: unknown, what: string): RegisterError {
  return failed(
    'OUTCOME_UNKNOWN',
    `${what}: it is not known whether the document was written`,
    'unknown',
    'Неизвестно, пробит ли чек: проверьте кассу, не пробивайте повторно.',
    { cause },
  );
}

/** The line failed while nothing of effect could have happened. */
export function nothingWritten(
  cause: unknown,
  what: string,
  userMessage = 'Нет связи с кассой: чек не пробит.',
): RegisterError {
  return failed('LINK_LOST', `${what}: the link failed, nothing was registered`, 'not-sent', userMessage, {
    cause,
  });
}

/** A lost answer leaves nothing in doubt here: what was asked for changes nothing, or may simply be done again. */
export async function harmless<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (outcomeOf(error) !== 'unknown') throw error;
    throw isElcertError(error, 'BAD_ANSWER')
      ? failed('BAD_ANSWER', error.message, 'not-sent', error.userMessage, { cause: error })
      : nothingWritten(error, what, 'Нет связи с кассой: проверьте подключение.');
  }
}
