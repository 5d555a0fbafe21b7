import { isElcertError, type Kopecks, kopecks, type LookupAnswer } from '@elcert/core';
import type {
  CashEvidence,
  CashMovement,
  CashMovementResult,
  FiscalRegister,
  SettlementType,
  ShiftTotal,
  ShiftTotals,
} from '@elcert/fiscal-doc';
import { atolRubles, isAtolObject, kopecksOfAtol } from './codec.js';
import type { AtolConnection } from './connection.js';
import { badAnswer, failed } from './failures.js';
import { atolReceiptTypes } from './names.js';
import type { Operations } from './operations.js';
import type { AtolObject } from './tasks.js';

/** The drawer and the shift's sums. */
export type AtolCash = Pick<FiscalRegister, 'moveCash' | 'lookupCash' | 'shiftTotals'>;

function money(value: unknown, path: string): Kopecks | undefined {
  return value === undefined || value === null ? undefined : kopecksOfAtol(value, path);
}

function totalOf(value: unknown, path: string): ShiftTotal | undefined {
  if (!isAtolObject(value)) return undefined;
  const { count } = value;
  // Some versions tell the sum only by kinds of payment.
  const payments = isAtolObject(value.payments) ? Object.values(value.payments) : undefined;
  const sum =
    money(value.sum, `${path}/sum`) ??
    payments?.reduce<number>((all, one) => all + (money(one, `${path}/payments`) ?? 0), 0);
  return typeof count === 'number' && Number.isSafeInteger(count) && sum !== undefined
    ? { count, sum: kopecks(sum) }
    : undefined;
}

/** Reads what `getShiftTotals` gives. @throws ElcertError `BAD_RESULT` for what is no sum */
export function readShiftTotals(totals: AtolObject): ShiftTotals {
  const { shiftNumber } = totals;
  const drawer = isAtolObject(totals.cashDrawer) ? money(totals.cashDrawer.sum, 'cashDrawer/sum') : undefined;
  const known = isAtolObject(totals.receipts) ? totals.receipts : undefined;
  const receipts: Partial<Record<SettlementType, ShiftTotal>> = {};
  for (const settlement of Object.keys(atolReceiptTypes) as SettlementType[]) {
    const type = atolReceiptTypes[settlement].receipt;
    const total = totalOf(known?.[type], `receipts/${type}`);
    if (total !== undefined) receipts[settlement] = total;
  }
  return {
    shiftNumber: typeof shiftNumber === 'number' && shiftNumber > 0 ? shiftNumber : undefined,
    cashInDrawer: drawer,
    receipts: known === undefined ? undefined : receipts,
    cashIn: totalOf(totals.income, 'income'),
    cashOut: totalOf(totals.outcome, 'outcome'),
  };
}

/** Makes the money half of the driver. */
export function atolCash(connection: AtolConnection, operations: Operations): AtolCash {
  const { exclusive, question } = connection;

  /** Kopecks in the drawer; `undefined` when the register does not tell. */
  const drawer = async (): Promise<Kopecks | undefined> => {
    const { counters } = await question('getCashDrawerStatus');
    return counters === undefined ? undefined : money(counters.cashSum, 'counters/cashSum');
  };

  /** The register keeps no list of movements: only the sum in the drawer tells of one. */
  const asked = async ({
    movement,
    drawerBefore,
  }: CashEvidence): Promise<LookupAnswer<CashMovementResult>> => {
    const now = await drawer();
    if (now === drawerBefore) return { state: 'not-done' };
    const after = drawerBefore + (movement.direction === 'in' ? movement.amount : -movement.amount);
    return now === after
      ? { state: 'done', result: { cashInDrawer: now } }
      : { state: 'unknown', reason: 'the sum in the drawer has changed otherwise' };
  };

  const read = (answer: { readonly result: AtolObject | undefined }): CashMovementResult => {
    const counters = isAtolObject(answer.result?.counters) ? answer.result.counters : {};
    try {
      return { cashInDrawer: money(counters.cashSum, 'counters/cashSum') };
    } catch (error) {
      if (!isElcertError(error)) throw error;
      // It is done, whatever its answer looks like.
      return {};
    }
  };

  const checked = ({ direction, amount }: CashMovement): CashMovement => {
    if (Number.isSafeInteger(amount) && amount > 0 && (direction === 'in' || direction === 'out'))
      return { direction, amount };
    throw failed('RECEIPT_NOT_SUPPORTED', 'a movement of whole kopecks above 0', 'not-sent', undefined, {
      path: 'movement/amount',
    });
  };

  return {
    shiftTotals: ({ signal } = {}) =>
      exclusive(signal, async () => {
        const { shiftTotals } = await question('getShiftTotals');
        try {
          return readShiftTotals(shiftTotals ?? {});
        } catch (cause) {
          throw badAnswer('getShiftTotals', cause, 'refused');
        }
      }),
    moveCash: (movement, { operationKey, signal }) =>
      exclusive(signal, () => {
        const { direction, amount } = checked(movement);
        const type = direction === 'in' ? 'cashIn' : 'cashOut';
        const what = `${type} ${amount}`;
        return operations.carryOut<CashMovementResult>(
          operationKey,
          async () => {
            const drawerBefore = await drawer();
            return {
              kind: 'cash',
              what,
              type,
              task: { type, cashSum: atolRubles(kopecks(amount)) },
              read,
              asked: () =>
                drawerBefore === undefined
                  ? Promise.resolve({ state: 'unknown', reason: 'the register does not tell its drawer' })
                  : asked({ movement: { direction, amount }, drawerBefore }),
              // The answer does not name the sum: the queue's uuid is made of this key and of nothing else.
              isOurs: async () => 'yes',
            };
          },
          what,
        );
      }),
    lookupCash: (operationKey, evidence, { signal } = {}) =>
      exclusive(signal, () =>
        operations.lookup<CashMovementResult>(operationKey, {
          kind: 'cash',
          read,
          asked: () => asked({ ...evidence, movement: checked(evidence.movement) }),
        }),
      ),
  };
}
