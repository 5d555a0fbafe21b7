import type { ElcertError } from '@elcert/core';
import type { Lan4GateResponse } from './codec.js';
import { lan4GateError, lostAnswer, noAnswer, sentence } from './errors.js';
import type { SentEnd } from './exchange-driver.js';
import { lan4GateMask } from './masking.js';
import { type Lan4GateOperationName, lan4GateOperations, lan4GateStatuses } from './table.js';

// What an exchange has brought: an answer, or the error of its loss or of its no.

/** The response of an exchange, or the error of a lost one. */
export function responseOf(end: SentEnd, name: Lan4GateOperationName): Lan4GateResponse {
  if (end.type === 'answered') return end.response;
  const shown = lan4GateOperations[name].effect === 'money' ? {} : { userMessage: noAnswer };
  if (end.type === 'not-confirmed') {
    throw lostAnswer('NOT_CONFIRMED', `${name} was answered, its confirmation was not (${end.reason})`, {
      ...shown,
      details: { status: end.response.status, reason: end.reason },
    });
  }
  if (end.reason === 'garbage') throw lostAnswer('ANSWER_UNREADABLE', `unreadable answer to ${name}`, shown);
  throw lostAnswer(
    'ANSWER_LOST',
    `no answer to ${name}: ${end.reason}${end.aborted ? ' after an abort' : ''}`,
    { ...shown, details: { reason: end.reason, aborted: end.aborted } },
  );
}

/** The error of an answer that says no, where a result cannot say it. */
export function lan4GateRefusal(response: Lan4GateResponse, name: string): ElcertError {
  const status = lan4GateStatuses[response.status];
  const mask = lan4GateMask(response.fields);
  const { ResponseText } = response.fields;
  const told = ResponseText === undefined ? undefined : mask(ResponseText);
  // Two or three characters, but it is the terminal that says so.
  const code =
    response.fields.ResponseCode === undefined ? undefined : mask(response.fields.ResponseCode).slice(0, 20);
  return lan4GateError({
    code: 'REFUSED',
    message: `${name}: ${status?.name ?? `status ${response.status}`}${code === undefined ? '' : `, code ${code}`}`,
    userMessage: sentence(told ?? status?.ru ?? `Терминал отказал, статус ${response.status}`),
    outcome: 'refused',
    details: {
      status: response.status,
      ...(code === undefined ? {} : { responseCode: code }),
    },
  });
}
