import { type AuthorizationResult, formatRubles, type Kopecks, type LookupAnswer } from '@elcert/core';
import type { LastOperation } from '../terminal.js';
import type { Lan4GateResponse } from './codec.js';
import { lan4GateFingerprint } from './machine.js';
import {
  type Lan4GateOperationName,
  lan4GateOperationName,
  lan4GateOperations,
  lan4GateStatuses,
  lan4GateSuccess,
} from './table.js';
import { authorizationResult } from './verdict.js';

// What may be concluded about an operation whose answer was lost, from the terminal's last operation (804). Pure.

/** What a lost operation had asked for. */
export interface MoneyAsked {
  readonly own: Kopecks;
  readonly certificate: Kopecks;
  readonly basketId?: string;
}

/** What 804 says, read. */
export interface LastOperationFacts {
  readonly response: Lan4GateResponse;
  readonly fingerprint: string | undefined;
}

/** What is known of the terminal's last operation before a money request. */
export type Baseline =
  | { readonly known: false }
  | { readonly known: true; readonly last: LastOperationFacts | undefined };

/** What is known of the lost operation. */
export interface LostOperation {
  readonly name: Lan4GateOperationName;
  readonly asked: MoneyAsked;
  readonly baseline: Baseline;
  /** Milliseconds since its request went out. */
  readonly ageMs: number;
  /** After this long the terminal cannot be at it any more. */
  readonly settledMs: number;
  /** Other money requests went out after it. */
  readonly followed: boolean;
  /** Answers that came: what they are about is not what was lost. */
  readonly answered: readonly Lan4GateResponse[];
}

/** Whether the last operation was approved. */
const lastApproved = ({ fields }: Lan4GateResponse): boolean =>
  fields.OriginalOperationStatus === undefined
    ? fields.ResponseCode === '00'
    : fields.OriginalOperationStatus === lan4GateSuccess;

/** What 804 says, in neutral form. */
export function readLastOperation(response: Lan4GateResponse): LastOperation {
  const { fields } = response;
  return {
    operationCode: fields.OriginalOperationCode,
    approved: lastApproved(response),
    totalAmount: fields.TotalAmount,
    responseCode: fields.ResponseCode,
    rrn: fields.RRN,
    receiptNumber: fields.ReceiptReference,
    transactionId: fields.TransactionID,
    dateTime: fields.TransDateTime ?? fields.TerminalDateTime,
  };
}

const describeLast = (last: LastOperationFacts | undefined): string => {
  if (last === undefined) return 'терминал не помнит ни одной операции';
  const { fields } = last.response;
  const code = fields.OriginalOperationCode;
  const name = code === undefined ? undefined : lan4GateOperationName(code);
  const parts = [
    name === undefined ? `операция ${code ?? '?'}` : lan4GateOperations[name].ru,
    fields.TotalAmount === undefined ? undefined : `${formatRubles(fields.TotalAmount)} руб.`,
    lastApproved(last.response) ? 'одобрена' : 'не одобрена',
    fields.RRN === undefined ? undefined : `RRN ${fields.RRN}`,
    fields.TerminalDateTime ?? fields.TransDateTime,
  ];
  return `последняя операция терминала: ${parts.filter((part) => part !== undefined).join(', ')}`;
};

/** The answer of one who cannot tell. */
export const unknownAnswer = (reason: string): LookupAnswer<AuthorizationResult> => ({
  state: 'unknown',
  reason,
});

/**
 * What became of an operation whose answer was lost.
 *
 * @param trust - `cautious`: nothing is taken for granted; `sole-till`: the terminal serves this till alone, one operation
 * at a time, and answers 804 only when idle
 */
export function concludeLost(
  lost: LostOperation,
  last: LastOperationFacts | undefined,
  trust: 'cautious' | 'sole-till',
): LookupAnswer<AuthorizationResult> {
  const seen = describeLast(last);
  const { asked, baseline, name } = lost;
  const fields = last?.response.fields;
  // A void, or an operation passed on as it is, names no sum of its own.
  const sumKnown = asked.own + asked.certificate > 0;
  const done = (): LookupAnswer<AuthorizationResult> => ({
    state: 'done',
    result: authorizationResult(
      { status: lan4GateSuccess, fields: fields ?? {} },
      {
        own: asked.own > 0 || !sumKnown ? 'done' : 'not-attempted',
        certificate: asked.certificate > 0 ? 'done' : 'not-attempted',
      },
      [],
    ),
  });
  const sameCode = fields?.OriginalOperationCode === lan4GateOperations[name].code;
  const fittingSum =
    !sumKnown ||
    fields?.TotalAmount === undefined ||
    [asked.own, asked.own + asked.certificate].includes(fields.TotalAmount);
  const approved = last !== undefined && lastApproved(last.response);
  // The public library's answer has no basket; a terminal that sends one all the same settles the matter.
  const sameBasket = asked.basketId !== undefined && fields?.BasketID === asked.basketId;
  // An operation whose own answer has come, or that was there before, is not the one whose answer was lost: a basket is
  // returned in parts too.
  const answered = lost.answered.some(
    (one) => one.fields.OriginalOperationCode === undefined && lan4GateFingerprint(one) === last?.fingerprint,
  );
  const unchanged =
    baseline.known &&
    (last === undefined
      ? baseline.last === undefined
      : last.fingerprint !== undefined && last.fingerprint === baseline.last?.fingerprint);
  const ofAnother = last?.fingerprint !== undefined && (answered || unchanged);
  if (sameBasket && sameCode && approved && fittingSum && !ofAnother) return done();
  if (trust === 'cautious')
    return unknownAnswer(`Ответ терминала потерян; ${seen}, но корзина в ней не названа`);
  if (!baseline.known)
    return unknownAnswer(`Ответ терминала потерян; ${seen}, что было до неё – не известно`);
  if (lost.followed)
    return unknownAnswer(`Ответ терминала потерян, после этой операции были другие; ${seen}`);
  if (unchanged) {
    // The request may still lie in the terminal's service.
    return lost.ageMs >= lost.settledMs
      ? { state: 'not-done' }
      : unknownAnswer(`Ответ терминала потерян, он может ещё выполнять операцию; ${seen}`);
  }
  if (last?.fingerprint === undefined || answered || !sameCode || !fittingSum)
    return unknownAnswer(`Ответ терминала потерян; ${seen} – не похожа на искомую`);
  if (approved) return done();
  const status = lan4GateStatuses[fields?.OriginalOperationStatus ?? -1]?.money ?? 'unknown';
  // A refused operation of two parts may have done one of them: the answer has no member to tell.
  if (status === 'refused' && (asked.own === 0 || asked.certificate === 0)) return { state: 'not-done' };
  return unknownAnswer(`Ответ терминала потерян; ${seen}, судьба её частей не известна`);
}
