import type { AuthorizationResult, Kopecks, PartState } from '@elcert/core';
import type { Lan4GateResponse } from './codec.js';
import { type Lan4GateMask, lan4GateMask } from './masking.js';
import { type Lan4GateField, lan4GateStatuses } from './table.js';

/** What was asked of the terminal, in kopecks. */
export interface Lan4GateAsked {
  readonly own: Kopecks;
  readonly certificate: Kopecks;
}

/** What became of the two parts. `mismatch`: the terminal says "done" but names other sums. */
export type Lan4GateVerdict =
  | { readonly own: PartState; readonly certificate: PartState; readonly mismatch?: never }
  | { readonly mismatch: string };

/** Reads a verdict out of an answer; the default is {@link readLan4GateVerdict}. */
export type Lan4GateVerdictReader = (
  response: Pick<Lan4GateResponse, 'status' | 'fields'>,
  asked: Lan4GateAsked,
) => Lan4GateVerdict;

// OperationIsAutoReversal.
const autoReversed = 5;

/**
 * Which part of a payment or refund was done. The public library has no member for "own part done, certificate refused",
 * so this reading is **ours**; replace it by the driver's option `readVerdict` when a terminal shows it otherwise.
 *
 * - Status 1: both parts that were asked for are done. If the answer names sums, they must fit: `ECertAmount` the asked
 *   one, `TotalAmount` the whole or the own part (with or without the fees named); else it is a mismatch.
 * - A status that says no, with sums of what was really moved: `ECertAmount` 0 and `TotalAmount` the own part – own done,
 *   certificate refused; `ECertAmount` the asked one and `TotalAmount` the same (or 0) – the reverse. Looked at only when
 *   both parts were asked for; when the two sums are equal the reverse cannot be told from an echo, and all is unknown.
 * - Any other no: nothing moved. The first part asked for is `refused`, the next `not-attempted`.
 * - A status that leaves it open (0, 4, 13, 20, or one that nobody knows): unknown. So is 5 (taken back by the terminal)
 *   when a certificate was asked for: acquirers do not cancel certificate operations.
 *
 * @example
 * ```ts
 * readLan4GateVerdict({ status: 3, fields: { ResponseCode: '51' } }, { own: 2000, certificate: 8000 });
 * // { own: 'refused', certificate: 'not-attempted' }
 * ```
 */
export function readLan4GateVerdict(
  response: Pick<Lan4GateResponse, 'status' | 'fields'>,
  asked: Lan4GateAsked,
): Lan4GateVerdict {
  const { own, certificate } = asked;
  const { TotalAmount: total, ECertAmount: paidByCertificate } = response.fields;
  const of = (amount: Kopecks, state: PartState): PartState => (amount > 0 ? state : 'not-attempted');
  const stated = lan4GateStatuses[response.status]?.money ?? 'unknown';
  const money = response.status === autoReversed && certificate > 0 ? 'unknown' : stated;
  if (money === 'unknown') return { own: of(own, 'unknown'), certificate: of(certificate, 'unknown') };
  if (money === 'done') {
    if (paidByCertificate !== undefined && paidByCertificate !== certificate)
      return { mismatch: `ECertAmount ${paidByCertificate}, asked ${certificate}` };
    const fees =
      (response.fields.AcquirerFeeAmount ?? 0) +
      (response.fields.TerminalFeeAmount ?? 0) +
      (response.fields.TipsAmount ?? 0);
    const fitting = [own, own + certificate, own + fees, own + certificate + fees];
    if (total !== undefined && !fitting.includes(total))
      return { mismatch: `TotalAmount ${total}, asked ${own} and ${certificate}` };
    return { own: of(own, 'done'), certificate: of(certificate, 'done') };
  }
  if (own > 0 && certificate > 0 && total !== undefined && paidByCertificate !== undefined) {
    if (paidByCertificate === 0 && total === own) return { own: 'done', certificate: 'refused' };
    if (paidByCertificate === certificate && (total === certificate || total === 0))
      return total === own
        ? { own: 'unknown', certificate: 'unknown' }
        : { own: 'refused', certificate: 'done' };
  }
  return {
    own: of(own, 'refused'),
    certificate: of(certificate, own > 0 ? 'not-attempted' : 'refused'),
  };
}

const slipFields = [
  'ReceiptLine1',
  'ReceiptLine2',
  'ReceiptLine3',
  'ReceiptLine4',
  'ReceiptLine5',
] as const satisfies readonly Lan4GateField[];

/** The slip, masked: what the terminal sent line by line, else the lines inside its answer. */
export function slipOf(
  response: Pick<Lan4GateResponse, 'fields'>,
  printed: readonly string[],
  mask: Lan4GateMask = lan4GateMask(response.fields),
): readonly string[] | undefined {
  if (printed.length > 0) return printed.map(mask);
  const inside = slipFields.flatMap((name) => response.fields[name] ?? []);
  return inside.length > 0 ? inside.map(mask) : undefined;
}

/** The neutral result of an answer and its verdict; what the terminal wrote for people is masked. */
export function authorizationResult(
  response: Pick<Lan4GateResponse, 'status' | 'fields'>,
  parts: { readonly own: PartState; readonly certificate: PartState },
  printed: readonly string[],
  mask: Lan4GateMask = lan4GateMask(response.fields),
): AuthorizationResult {
  const { fields, status } = response;
  const pan = fields.CardPAN;
  return {
    own: parts.own,
    certificate: parts.certificate,
    responseCode: fields.ResponseCode,
    responseText:
      fields.ResponseText === undefined ? lan4GateStatuses[status]?.ru : mask(fields.ResponseText),
    rrn: fields.RRN,
    authCode: fields.AuthCode,
    receiptNumber: fields.ReceiptReference,
    // The terminal masks it; a number that comes in clear is cut here.
    maskedPan: pan === undefined ? undefined : `${'*'.repeat(Math.max(pan.length - 4, 0))}${pan.slice(-4)}`,
    slip: slipOf(response, printed, mask),
  };
}
