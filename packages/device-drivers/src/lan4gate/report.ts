import type { SettlementTotals, TerminalOperationRow } from '../terminal.js';
import type { Lan4GateResponse } from './codec.js';
import { type Lan4GateValues, lan4GateSuccess } from './table.js';
import { slipOf } from './verdict.js';

const masked = (pan: string): string => `${'*'.repeat(Math.max(pan.length - 4, 0))}${pan.slice(-4)}`;

const row = (kind: TerminalOperationRow['kind'], fields: Lan4GateValues): TerminalOperationRow => ({
  kind,
  amount: fields.TotalAmount ?? 0,
  maskedPan: fields.CardPAN === undefined ? undefined : masked(fields.CardPAN),
  rrn: fields.RRN,
  receiptNumber: fields.ReceiptReference,
  responseCode: fields.ResponseCode,
  transactionId: fields.TransactionID,
  dateTime: fields.TransDateTime,
});

/** The rows of a detailed report (806) or a settlement (808): payments, then refunds, then voids, each as the terminal has them. */
export function readOperationRows(fields: Lan4GateValues): readonly TerminalOperationRow[] {
  return [
    ...(fields.SalesArray ?? []).map((one) => row('payment', one)),
    ...(fields.RefundArray ?? []).map((one) => row('refund', one)),
    ...(fields.VoidArray ?? []).map((one) => row('void', one)),
  ];
}

/** Totals of a settlement (status 1, or 9: they differ). */
export function readTotals(response: Lan4GateResponse, printed: readonly string[]): SettlementTotals {
  const { fields, status } = response;
  return {
    agreed: status === lan4GateSuccess,
    sales: { count: fields.SalesCount ?? 0, amount: fields.SalesAmount ?? 0 },
    refunds: { count: fields.RefundCount ?? 0, amount: fields.RefundAmount ?? 0 },
    voids: { count: fields.VoidCount ?? 0, amount: fields.VoidAmount ?? 0 },
    responseCode: fields.ResponseCode,
    slip: slipOf(response, printed),
  };
}
