import { formatRubles, type Kopecks } from '@elcert/core';
import {
  type AtolObject,
  atolPayments,
  atolReceiptTypes,
  atolRubles,
  kopecksOfAtol,
} from '@elcert/device-drivers/atol';
import type { SettlementType } from '@elcert/fiscal-doc';
import {
  countReceipt,
  type DeviceContext,
  emptyTotals,
  type Handlers,
  type Tally,
  type Totals,
} from './context.js';
import { readReceiptTask, receiptRequisites } from './receipt.js';

const settlements = Object.keys(atolReceiptTypes) as SettlementType[];

function paymentsOf({ payments }: Tally): AtolObject {
  return Object.fromEntries(
    (Object.keys(atolPayments) as (keyof typeof atolPayments)[]).map((name) => [
      atolPayments[name],
      atolRubles(payments[name]),
    ]),
  );
}

function byType(read: (settlement: SettlementType) => unknown): AtolObject {
  return Object.fromEntries(settlements.map((one) => [atolReceiptTypes[one].receipt, read(one)]));
}

/** Shift, receipts and cash. */
export function moneyTasks(context: DeviceContext): Handlers & { receipt(task: AtolObject): AtolObject } {
  const { state, paper, refuse, needPaper, needShift, write, operatorTags, done } = context;

  const shiftReceipts = () => state.fn.status().receiptNumber;
  const countSum = ({ count, sum }: { readonly count: number; readonly sum: Kopecks }) => ({
    count,
    sum: atolRubles(sum),
  });

  const cashMove = (task: AtolObject, sign: 1 | -1): AtolObject => {
    const printed = task.electronically !== true;
    if (printed) needPaper();
    let sum: Kopecks;
    try {
      sum = kopecksOfAtol(task.cashSum, 'cashSum');
    } catch {
      return refuse(16);
    }
    if (sum <= 0) refuse(16);
    if (sign < 0 && sum > state.drawer) refuse(80);
    if (state.fn.status().shiftExpired) refuse(68);
    state.drawer += sign * sum;
    for (const totals of [state.shift, state.overall]) {
      const side = sign > 0 ? totals.income : totals.outcome;
      side.count += 1;
      side.sum += sum;
    }
    if (sign > 0) state.drawerOpen = true;
    if (printed) paper.print([`${sign > 0 ? 'ВНЕСЕНИЕ' : 'ВЫПЛАТА'} =${formatRubles(sum)}`]);
    return { counters: { cashSum: atolRubles(state.drawer) } };
  };

  const departments = (totals: Totals): AtolObject =>
    Object.fromEntries(
      [...totals.departments].map(([number, sums]) => [
        String(number),
        byType((one) => atolRubles(sums[one])),
      ]),
    );

  return {
    receipt(task) {
      const electronically = task.electronically === true;
      if (!electronically) needPaper();
      needShift();
      const read = readReceiptTask(task, state.fn, context);
      const { payments, settlementType, correction } = read.receipt;
      if (electronically && (read.receipt.buyerContact ?? '') === '') refuse(8, 'clientInfo/emailOrPhone');
      const cash = payments.cash ?? 0;
      // Money goes out at returns and at purchases.
      const out = settlementType === 'saleReturn' || settlementType === 'purchase';
      if (out && cash > state.drawer) refuse(80);
      const { form, tlv } = receiptRequisites(read.receipt);
      const document = write(form, tlv);
      state.drawer += out ? -cash : cash;
      if (cash > 0) state.drawerOpen = true;
      if (correction === undefined)
        for (const totals of [state.shift, state.overall])
          countReceipt(totals, settlementType, read.total, payments, read.departments);
      return done(
        document,
        `ЧЕК: ${String(task.type)}`,
        [
          ...read.text,
          `ИТОГ =${formatRubles(read.total)}`,
          ...(read.change > 0 ? [`СДАЧА =${formatRubles(read.change)}`] : []),
        ],
        { printed: !electronically },
      );
    },
    openShift(task) {
      const electronically = task.electronically === true;
      if (!electronically) needPaper();
      const { shiftOpen, shiftExpired } = state.fn.status();
      if (shiftExpired) refuse(68);
      if (shiftOpen) refuse(83);
      const result = done(write(2, operatorTags(task)), 'ОТКРЫТИЕ СМЕНЫ', [], { printed: !electronically });
      state.shift = emptyTotals();
      return context.quirks.emptyOpenShift === true ? {} : result;
    },
    closeShift(task) {
      const electronically = task.electronically === true;
      if (!electronically) needPaper();
      if (!state.fn.status().shiftOpen) refuse(73);
      const receiptsCount = shiftReceipts();
      const result = done(
        write(5, operatorTags(task)),
        'ЗАКРЫТИЕ СМЕНЫ',
        [`НАЛИЧНОСТЬ =${formatRubles(state.drawer)}`],
        { printed: !electronically },
      );
      return { ...result, fiscalParams: { ...(result.fiscalParams as AtolObject), receiptsCount } };
    },
    reportX() {
      needPaper();
      if (!state.fn.status().shiftOpen) refuse(73);
      paper.print([
        'X-ОТЧЁТ',
        `ЧЕКОВ ${shiftReceipts()}`,
        ...settlements.map(
          (one) => `${atolReceiptTypes[one].receipt} =${formatRubles(state.shift.receipts[one].sum)}`,
        ),
        `НАЛИЧНОСТЬ =${formatRubles(state.drawer)}`,
      ]);
      return {};
    },
    reportDepartments() {
      needPaper();
      paper.print([
        'ОТЧЁТ ПО ОТДЕЛАМ',
        ...[...state.shift.departments].map(([number, { sale }]) => `ОТДЕЛ ${number} =${formatRubles(sale)}`),
      ]);
      return {};
    },
    cashIn: (task) => cashMove(task, 1),
    cashOut: (task) => cashMove(task, -1),
    openCashDrawer() {
      state.drawerOpen = true;
      return {};
    },
    getCashDrawerStatus: () => ({
      cashDrawerStatus: { cashDrawerOpened: state.drawerOpen },
      counters: { cashSum: atolRubles(state.drawer) },
    }),
    getShiftTotals: () => ({
      shiftTotals: {
        shiftNumber: state.fn.status().shiftNumber,
        cashDrawer: { sum: atolRubles(state.drawer) },
        income: countSum(state.shift.income),
        outcome: countSum(state.shift.outcome),
        receipts: byType((one) => {
          const tally = state.shift.receipts[one];
          return { ...countSum(tally), payments: paymentsOf(tally) };
        }),
      },
    }),
    getOverallTotals: () => ({
      overallTotals: {
        receipts: byType((one) => {
          const tally = state.overall.receipts[one];
          return { sum: atolRubles(tally.sum), payments: paymentsOf(tally) };
        }),
      },
    }),
    getDepartmentSum: () => ({ departmentSum: departments(state.shift) }),
  };
}
