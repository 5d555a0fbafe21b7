import type { AuthorizationResult, Kopecks, PartState } from '@elcert/core';
import {
  type InpasFields,
  inpasCardNumbers,
  inpasField,
  inpasNumber,
  inpasSlip,
  inpasUserText,
  maskedPan,
} from './codec.js';
import { inpasStatuses } from './table.js';

/** What was asked of the terminal, in kopecks. */
export interface InpasAsked {
  readonly own: Kopecks;
  readonly certificate: Kopecks;
}

/** What the host knows besides the answer. */
export interface InpasCircumstances {
  /**
   * The terminal's way to its bank: `failed` – it asked this host for a connection and never got one, so nothing can have
   * reached the bank; `used` – it got one; `own` – it did not ask.
   */
  readonly relay: 'own' | 'used' | 'failed';
}

/** What became of the two parts. `mismatch`: the terminal says "approved" but names another sum. */
export type InpasVerdict =
  | { readonly own: PartState; readonly certificate: PartState; readonly mismatch?: never }
  | { readonly mismatch: string };

/** Reads a verdict out of an answer; the default is {@link readInpasVerdict}. */
export type InpasVerdictReader = (
  answer: InpasFields,
  asked: InpasAsked,
  circumstances: InpasCircumstances,
) => InpasVerdict;

/** Whether an answer says yes, no, or leaves it open. */
export function inpasMoney(
  answer: InpasFields,
  { relay }: InpasCircumstances,
): 'done' | 'refused' | 'unknown' {
  const status = inpasNumber(answer, 'status');
  const stated = inpasStatuses[status ?? 0]?.money ?? 'unknown';
  // 34: whether the request reached the bank is not said, unless it had to go through this host.
  if (status === 34) return relay === 'failed' ? 'refused' : 'unknown';
  const code = inpasField(answer, 'responseCodeHost');
  // Approved by the terminal, refused by the bank: somebody has to look.
  if (stated === 'done' && code !== undefined && code !== '' && !/^0+$/.test(code)) return 'unknown';
  return stated;
}

/**
 * What became of an operation of the card's own money. Field 39 decides: 1 is done, 16 and 53 are refused; 34 (no link) is
 * refused when the terminal has to go through this host and never got through, open otherwise; all else is open. An approved
 * sum must be the one that was asked.
 */
export function readInpasVerdict(
  answer: InpasFields,
  asked: InpasAsked,
  circumstances: InpasCircumstances,
): InpasVerdict {
  const money = inpasMoney(answer, circumstances);
  const amount = inpasNumber(answer, 'amount');
  if (money === 'done' && asked.own > 0 && amount !== undefined && amount !== asked.own)
    return { mismatch: `amount ${amount}, asked ${asked.own}` };
  return { own: money, certificate: 'not-attempted' };
}

/** The neutral result of an answer and its verdict; what the terminal wrote for people is masked. */
export function inpasResult(
  answer: InpasFields,
  parts: { readonly own: PartState; readonly certificate: PartState },
): AuthorizationResult {
  const pan = inpasField(answer, 'pan');
  const secrets = inpasCardNumbers(answer);
  const text = inpasField(answer, 'textResponse');
  const filled = (value: string | undefined) =>
    value === undefined || value.trim() === '' ? undefined : value;
  const status = inpasNumber(answer, 'status');
  return {
    own: parts.own,
    certificate: parts.certificate,
    responseCode: filled(inpasField(answer, 'responseCodeHost')),
    responseText:
      filled(text) === undefined ? inpasStatuses[status ?? 0]?.ru : inpasUserText(text ?? '', secrets),
    rrn: filled(inpasField(answer, 'referenceNumber')),
    authCode: filled(inpasField(answer, 'authorizationCode')),
    receiptNumber: undefined,
    maskedPan: filled(pan) === undefined ? undefined : maskedPan(pan ?? ''),
    slip: inpasSlip(inpasField(answer, 'receiptData'), secrets),
  };
}
