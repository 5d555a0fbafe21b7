import { formatRubles, type Kopecks, parseRubles, sumKopecks } from '@elcert/core';
import { isUndoing } from './money.js';
import type { AcquirerOperation, ClearingEntry, ClearingFile, TerminalTotals } from './types.js';

// The end of a day: counters of terminals, what is cleared, and the file of it.

/** What of both parts was really moved. */
export const movedBy = (one: AcquirerOperation): Kopecks =>
  (one.own === 'done' ? one.ownAmount : 0) + (one.certificate === 'done' ? one.certificateAmount : 0);

/** Counters over some operations of one terminal. */
export function totalsOf(operations: readonly AcquirerOperation[], terminalId: string): TerminalTotals {
  const sums = {
    sales: { count: 0, amount: 0 },
    refunds: { count: 0, amount: 0 },
    voids: { count: 0, amount: 0 },
  };
  for (const one of operations) {
    if (one.terminalId !== terminalId) continue;
    const amount = movedBy(one);
    if (amount === 0) continue;
    const line = one.kind === 'payment' ? sums.sales : one.kind === 'refund' ? sums.refunds : sums.voids;
    line.count += 1;
    line.amount += amount;
  }
  return sums;
}

/** Whether two parties have counted the same. */
export const sameTotals = (a: TerminalTotals, b: TerminalTotals): boolean =>
  (['sales', 'refunds', 'voids'] as const).every(
    (line) => a[line].count === b[line].count && a[line].amount === b[line].amount,
  );

/** What of a journal waits to be cleared: its index, and its line. */
export function waitingForClearing(
  journal: readonly AcquirerOperation[],
): readonly { readonly index: number; readonly entry: ClearingEntry }[] {
  return journal.flatMap((one, index) => {
    if (one.cleared || one.voided || isUndoing(one.kind) || movedBy(one) === 0) return [];
    const sign = one.kind === 'payment' ? 1 : -1;
    const entry: ClearingEntry = {
      operationId: one.operationId,
      kind: one.kind,
      at: one.at,
      terminalId: one.terminalId,
      maskedPan: one.maskedPan,
      rrn: one.rrn,
      own: one.own === 'done' ? sign * one.ownAmount : 0,
      certificate: one.certificate === 'done' ? sign * one.certificateAmount : 0,
      basketId: one.basketId,
    };
    return [{ index, entry }];
  });
}

/** The file of a day over its lines. */
export function clearingFile(
  head: Pick<ClearingFile, 'number' | 'at' | 'merchantId'>,
  entries: readonly ClearingEntry[],
): ClearingFile {
  return {
    ...head,
    entries,
    own: sumKopecks(entries.map(({ own }) => own)),
    certificate: sumKopecks(entries.map(({ certificate }) => certificate)),
  };
}

const columns = [
  'KIND',
  'AT',
  'TERMINAL',
  'CARD',
  'RRN',
  'OWN',
  'CERTIFICATE',
  'BASKET',
  'OPERATION',
] as const;

/**
 * A clearing file as text: a head, a line for each operation and a foot with the sums, tab-separated, rubles with two digits.
 * Banks have formats of their own; this one is ours.
 */
export function formatClearingFile(file: ClearingFile): string {
  const lines = file.entries.map((one) =>
    [
      one.kind,
      one.at,
      one.terminalId,
      one.maskedPan,
      one.rrn,
      formatRubles(one.own),
      formatRubles(one.certificate),
      one.basketId ?? '',
      one.operationId,
    ].join('\t'),
  );
  return [
    ['CLEARING', file.number, file.at, file.merchantId].join('\t'),
    columns.join('\t'),
    ...lines,
    ['TOTAL', file.entries.length, formatRubles(file.own), formatRubles(file.certificate)].join('\t'),
    '',
  ].join('\n');
}

/**
 * Reads a {@link formatClearingFile}.
 *
 * @throws Error when the foot does not agree with the lines, or a line is cut
 */
export function parseClearingFile(text: string): ClearingFile {
  const [head = '', names = '', ...rest] = text.split('\n');
  const [mark, number = '', at = '', merchantId = ''] = head.split('\t');
  const foot = rest.at(-2)?.split('\t') ?? [];
  if (mark !== 'CLEARING' || names !== columns.join('\t') || foot[0] !== 'TOTAL' || rest.at(-1) !== '')
    throw new Error('not a clearing file, or one that is cut');
  const rubles = (value: string) => parseRubles(value, { allowNegative: true });
  const entries = rest.slice(0, -2).map((line): ClearingEntry => {
    const parts = line.split('\t');
    const [kind, when = '', terminalId = '', maskedPan = '', rrn = '', own = '', certificate = ''] = parts;
    const [basketId = '', operationId = ''] = parts.slice(7);
    if (parts.length !== columns.length || (kind !== 'payment' && kind !== 'refund'))
      throw new Error(`not a line of a clearing file: ${parts.length} columns`);
    return {
      operationId,
      kind,
      at: when,
      terminalId,
      maskedPan,
      rrn,
      own: rubles(own),
      certificate: rubles(certificate),
      basketId: basketId === '' ? undefined : basketId,
    };
  });
  const file = clearingFile({ number: Number(number), at, merchantId }, entries);
  if (
    foot[1] !== String(entries.length) ||
    foot[2] !== formatRubles(file.own) ||
    foot[3] !== formatRubles(file.certificate)
  )
    throw new Error('the foot of the clearing file does not agree with its lines');
  return file;
}
