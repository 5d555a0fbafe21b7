import { isElcertError, type Kopecks, kopecks, type LookupAnswer, outcomeOf } from '@elcert/core';
import type {
  CashEvidence,
  CashMovement,
  CashMovementResult,
  Receipt,
  SettlementType,
  ShiftTotal,
  ShiftTotals,
} from '@elcert/fiscal-doc';
import { drawerHistory, signedSum } from './drawer-history.js';
import { failed, harmless, nothingWritten } from './fail.js';
import { receiptTypes } from './receipt-commands.js';
import { isRefused, type Session } from './session.js';
import type { RegisterState } from './state.js';

// Cash in the drawer, and what the shift has come to. The counters are the register's own (1Ah money, 1Bh operations).

/** Money counters: cash in the drawer; cash put in and taken out during the shift. */
const drawerCounter = 241;
const cashInCounter = 242;
const cashOutCounter = 243;
/** Operation counters: cash movements of the shift; receipts of the shift, one for each type of settlement. */
const cashInCount = 153;
const cashOutCount = 154;
const receiptCount = 144;
/** Sums paid during the shift, four types of settlement for each kind of payment: kinds 1 to 4, and 5 to 16. */
const firstPayments = { counter: 193, kinds: 4 } as const;
const furtherPayments = { counter: 4144, kinds: 12 } as const;

interface KnownMovement {
  readonly movement: CashMovement;
  readonly drawerBefore: Kopecks;
  /** When it began, as {@link DrawerHistory} counts. */
  readonly at: number;
  readonly result?: CashMovementResult;
}

/** Keys that are remembered with their results. */
const keysKept = 256;

/** Cash of a register. */
export interface CashDesk {
  shiftTotals(): Promise<ShiftTotals>;
  moveCash(key: string, movement: CashMovement): Promise<CashMovementResult>;
  lookupCash(key: string, evidence: CashEvidence): Promise<LookupAnswer<CashMovementResult>>;
  /** A receipt was registered: its cash is in the drawer, or out of it. */
  noteReceipt(receipt: Receipt): void;
  /** Something was done that may have changed the drawer, nobody knows by how much. */
  noteDoubt(): void;
}

/** Makes a {@link CashDesk}. */
export function cashDesk(session: Session, state: RegisterState): CashDesk {
  const { call, logger } = session;
  const known = new Map<string, KnownMovement>();
  const history = drawerHistory();

  const counterFields = (number: number) =>
    number > 0xff ? { register: number & 0xff, registerHigh: number >> 8 } : { register: number };
  const money = async (number: number): Promise<Kopecks> => (await call('1A', counterFields(number))).value;
  const count = async (number: number): Promise<number> => (await call('1B', counterFields(number))).value;

  const remember = (key: string, movement: KnownMovement): void => {
    known.delete(key);
    known.set(key, movement);
    if (known.size <= keysKept) return;
    // Doubts are kept: they are few, and forgetting one could move the money twice.
    for (const [other, { result }] of known) {
      if (result === undefined) continue;
      known.delete(other);
      return;
    }
  };

  /** What the drawer's counter says of a movement. */
  const find = async (
    { movement, drawerBefore }: CashEvidence,
    at: number | undefined,
  ): Promise<LookupAnswer<CashMovementResult>> => {
    const answer = history.conclude(movement, drawerBefore, await money(drawerCounter), at);
    return answer.state === 'done' ? { state: 'done', result: { cashInDrawer: answer.result } } : answer;
  };

  const done = (key: string, open: KnownMovement, result: CashMovementResult): CashMovementResult => {
    remember(key, { ...open, result });
    history.changed(open.at, signedSum(open.movement));
    return result;
  };

  const unknownMovement = (cause: unknown) =>
    failed(
      'OUTCOME_UNKNOWN',
      'it is not known whether the cash was counted',
      'unknown',
      'Неизвестно, учтены ли наличные: проверьте кассу, не повторяйте операцию.',
      { cause },
    );

  /** What became of a movement that was left open; a failure to ask leaves it open. */
  const settle = async (
    key: string,
    open: KnownMovement,
    cause: unknown,
  ): Promise<CashMovementResult | undefined> => {
    let answer: LookupAnswer<CashMovementResult>;
    try {
      answer = await find(open, open.at);
    } catch (error) {
      throw unknownMovement(error);
    }
    if (answer.state === 'unknown') throw unknownMovement(cause);
    if (answer.state === 'not-done') return undefined;
    return done(key, open, answer.result);
  };

  const shiftTotal = async (type: SettlementType): Promise<ShiftTotal> => {
    const index = receiptTypes[type];
    const receipts = await count(receiptCount + index);
    let sum = 0;
    if (receipts > 0) {
      for (const { counter, kinds } of [firstPayments, furtherPayments]) {
        for (let kind = 0; kind < kinds; kind += 1) sum += await money(counter + index + kind * 4);
      }
    }
    return { count: receipts, sum };
  };

  return {
    noteReceipt(receipt) {
      const cash = receipt.payments.cash ?? 0;
      if (cash === 0) return;
      // Whether a correction moves the drawer's counter differs between models.
      if (receipt.correction !== undefined) history.doubted();
      else {
        const isIn = receipt.settlementType === 'sale' || receipt.settlementType === 'purchaseReturn';
        history.changed(history.mark(), isIn ? cash : -cash);
      }
    },
    noteDoubt: history.doubted,

    shiftTotals: () =>
      harmless('totals of the shift', async () => {
        const { shiftNumber } = await call('FF40', {});
        const cashInDrawer = await money(drawerCounter);
        const cashIn = { count: await count(cashInCount), sum: await money(cashInCounter) };
        const cashOut = { count: await count(cashOutCount), sum: await money(cashOutCounter) };
        let receipts: Partial<Record<SettlementType, ShiftTotal>> | undefined = {};
        try {
          for (const type of Object.keys(receiptTypes) as SettlementType[])
            receipts[type] = await shiftTotal(type);
        } catch (error) {
          // A firmware that does not count every kind of payment would tell too small a sum.
          if (!isRefused(error)) throw error;
          receipts = undefined;
        }
        return {
          shiftNumber: shiftNumber === 0 ? undefined : shiftNumber,
          cashInDrawer,
          receipts,
          cashIn,
          cashOut,
        };
      }),

    async moveCash(key, movement) {
      const amount = kopecks(movement.amount, { path: 'movement/amount' });
      if (amount === 0 || amount >= 2 ** 40 - 1) {
        throw failed(
          'RECEIPT_NOT_SUPPORTED',
          'an amount above 0 that fits five bytes',
          'not-sent',
          undefined,
          {
            path: 'movement/amount',
          },
        );
      }
      const former = known.get(key);
      if (former !== undefined) {
        if (former.movement.direction !== movement.direction || former.movement.amount !== amount)
          throw failed('OPERATION_KEY_REUSED', 'this key belongs to another operation', 'not-sent');
        const result = former.result ?? (await settle(key, former, undefined));
        if (result !== undefined) return result;
        known.delete(key);
      }
      const drawerBefore = await harmless('the drawer', async () => {
        await state.ready();
        return money(drawerCounter);
      });
      const open: KnownMovement = {
        movement: { direction: movement.direction, amount },
        drawerBefore,
        at: history.mark(),
      };
      try {
        await call(movement.direction === 'in' ? '50' : '51', { sum: amount });
      } catch (error) {
        if (outcomeOf(error) !== 'unknown') throw error;
        // It must not be sent again: nothing but the counter tells two movements from one.
        remember(key, open);
        const result = await settle(key, open, error);
        if (result !== undefined) return result;
        // The key stays known with its doubt: a copy that arrives yet is found before the same key moves anything again.
        throw nothingWritten(error, 'cash movement', 'Нет связи с кассой: наличные не учтены.');
      }
      let cashInDrawer: Kopecks | undefined;
      try {
        cashInDrawer = await money(drawerCounter);
      } catch (error) {
        // It is done; only the new sum could not be read.
        logger.warn({ error: isElcertError(error) ? error.code : 'unknown' }, 'the drawer could not be read');
      }
      return done(key, open, { cashInDrawer });
    },

    async lookupCash(key, evidence) {
      const former = known.get(key);
      if (former?.result !== undefined) return { state: 'done', result: former.result };
      try {
        const answer = await find(former ?? evidence, former?.at);
        if (former !== undefined && answer.state === 'done') done(key, former, answer.result);
        return answer;
      } catch (error) {
        if (!isElcertError(error)) throw error;
        return { state: 'unknown', reason: error.message };
      }
    },
  };
}
