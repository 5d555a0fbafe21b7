import type { Kopecks } from '@elcert/core';
import { type Lan4GateValues, lan4GateOperations, lan4GateSuccess } from '@elcert/device-drivers/lan4gate';
import type { AuthorizationAnswer, TerminalTotals } from '../acquirer/index.js';

/** A money operation as the terminal's journal keeps it. The basket stays out of what it tells about it, as in the vendor's lists. */
export interface TerminalOperation {
  /** Number of the receipt, decimal text. */
  readonly receiptReference: string;
  /** Id at the acquirer. */
  readonly operationId: string;
  readonly code: number;
  readonly status: number;
  readonly own: Kopecks;
  readonly certificate: Kopecks;
  readonly currencyCode: string;
  readonly merchantNumber: number;
  readonly answer: AuthorizationAnswer;
  readonly transactionId: string;
  readonly dateTime: string;
  readonly slip: readonly string[];
}

/** What of both parts was really moved. */
export function movedBy(operation: Pick<TerminalOperation, 'own' | 'certificate' | 'answer'>): {
  readonly own: Kopecks;
  readonly certificate: Kopecks;
} {
  const { answer } = operation;
  return {
    own: answer.own === 'done' ? operation.own : 0,
    certificate: answer.certificate === 'done' ? operation.certificate : 0,
  };
}

const { ECertPayment, ECertRefund, Refund, Sale } = lan4GateOperations;

/** What the terminal knows to have moved by some operations. */
export function countedBy(operations: readonly TerminalOperation[]): TerminalTotals {
  const sums = {
    sales: { count: 0, amount: 0 },
    refunds: { count: 0, amount: 0 },
    voids: { count: 0, amount: 0 },
  };
  for (const one of operations) {
    const { own, certificate } = movedBy(one);
    if (own + certificate === 0) continue;
    const line =
      one.code === Sale.code || one.code === ECertPayment.code
        ? sums.sales
        : one.code === Refund.code || one.code === ECertRefund.code
          ? sums.refunds
          : sums.voids;
    line.count += 1;
    line.amount += own + certificate;
  }
  return sums;
}

/**
 * The members of a response about an operation, numbers of the operation first. A refused certificate operation names its
 * sums only when a part of it was done all the same.
 */
export function operationFields(
  operation: TerminalOperation,
  terminal: { readonly terminalId: string; readonly merchantId: string },
): Lan4GateValues {
  const { answer } = operation;
  const moved = movedBy(operation);
  const isCertificate = operation.code === ECertPayment.code || operation.code === ECertRefund.code;
  const sums =
    operation.status === lan4GateSuccess || moved.own + moved.certificate > 0
      ? {
          TotalAmount: moved.own + moved.certificate,
          ...(isCertificate ? { ECertAmount: moved.certificate } : {}),
        }
      : {};
  return {
    EcrMerchantNumber: operation.merchantNumber,
    ...sums,
    CurrencyCode: operation.currencyCode,
    RRN: answer.answered ? answer.rrn : undefined,
    AuthCode: answer.authCode,
    ReceiptReference: operation.receiptReference,
    TransactionID: operation.transactionId,
    ResponseCode: answer.responseCode === '' ? undefined : answer.responseCode,
    ResponseText: answer.responseText,
    TerminalID: terminal.terminalId,
    MerchantID: terminal.merchantId,
    TransDateTime: operation.dateTime,
    TerminalDateTime: operation.dateTime,
    CardPAN: answer.maskedPan === '' ? undefined : answer.maskedPan,
  };
}
