import type { JsonObject } from '@bufbuild/protobuf';
import type { Kopecks, LocalDateTime } from '@elcert/core';
import { KzError } from './errors.js';
import {
  type KzDateTime,
  type KzItem,
  type KzMoney,
  type KzMoneyPlacement,
  type KzOperation,
  type KzTicket,
  kzDateTime,
  kzMoney,
  kzOperations,
  localOfKz,
  tiynOf,
} from './messages.js';

/** How many, and how much in tiyn. */
export interface KzCount {
  readonly count: number;
  readonly sum: Kopecks;
}

/** Counters of one operation in a shift; `ticketsTotal` and `nonNullable` go on for all time. */
export interface KzOperationCounters {
  readonly lines: KzCount;
  readonly discounts: KzCount;
  readonly markups: KzCount;
  readonly tickets: KzCount;
  readonly ticketsTotal: number;
  readonly offlineTickets: number;
  readonly change: Kopecks;
  readonly payments: Readonly<Record<string, KzCount>>;
  readonly sections: Readonly<Record<string, KzCount>>;
  /** By per cent in thousandths: taxed sum and tax. */
  readonly taxes: Readonly<Record<string, { readonly turnover: Kopecks; readonly sum: Kopecks }>>;
  readonly nonNullable: Kopecks;
  readonly startNonNullable: Kopecks;
}

/** Counters of money put into the drawer or taken out. */
export interface KzPlacementCounters extends KzCount {
  readonly total: number;
  readonly offline: number;
}

/** Everything an X or Z report is made of: plain data, fit for a file. */
export interface KzCounters {
  /** Number of the shift that is open, or of the last one; 0 before the first. */
  readonly shiftNumber: number;
  /** Absent while no shift is open. */
  readonly openedAt?: LocalDateTime;
  /** Cash in the drawer. */
  readonly cash: Kopecks;
  readonly operations: Readonly<Record<KzOperation, KzOperationCounters>>;
  readonly deposits: KzPlacementCounters;
  readonly withdrawals: KzPlacementCounters;
}

const nothing: KzCount = { count: 0, sum: 0 };
const noPlacements: KzPlacementCounters = { ...nothing, total: 0, offline: 0 };
const noOperation: KzOperationCounters = {
  lines: nothing,
  discounts: nothing,
  markups: nothing,
  tickets: nothing,
  ticketsTotal: 0,
  offlineTickets: 0,
  change: 0,
  payments: {},
  sections: {},
  taxes: {},
  nonNullable: 0,
  startNonNullable: 0,
};

function byOperation(make: (operation: KzOperation) => KzOperationCounters) {
  return Object.fromEntries(kzOperations.map((name) => [name, make(name)])) as Record<
    KzOperation,
    KzOperationCounters
  >;
}

/** Counters of a register that has done nothing yet. */
export const noKzCounters: KzCounters = {
  shiftNumber: 0,
  cash: 0,
  operations: byOperation(() => noOperation),
  deposits: noPlacements,
  withdrawals: noPlacements,
};

/** Most tiyn of one document: a hundred milliards of tenge. *Ours*: a slip of the finger must not fill what only grows. */
const mostOfDocument = 10 ** 13;
/** Most tiyn of a counter: sums and differences of a few of them are still exact. */
const mostOfCounter = 2 ** 51;

function bounded(sum: Kopecks, most: number): Kopecks {
  if (Math.abs(sum) > most)
    throw new KzError({
      code: 'BAD_VALUE',
      message: `${sum} tiyn: more than a register counts`,
      userMessage: 'Сумма больше допустимой для кассы.',
      path: 'sum',
    });
  return sum;
}

function add(to: KzCount | undefined, sum: Kopecks, count = 1): KzCount {
  return { count: (to?.count ?? 0) + count, sum: bounded((to?.sum ?? 0) + sum, mostOfCounter) };
}

/** Opens a shift, unless one is open: the first document does it. */
export function openKzShift(counters: KzCounters, at: LocalDateTime): KzCounters {
  if (counters.openedAt !== undefined) return counters;
  return { ...counters, shiftNumber: counters.shiftNumber + 1, openedAt: at };
}

/** A line with its sign: undoing subtracts its sum and adds nothing to the count. */
function linesOf(item: KzItem) {
  const line = item.commodity ?? item.stornoCommodity;
  if (line === undefined) return undefined;
  const sign = item.commodity === undefined ? -1 : 1;
  return { line, sign, count: sign === 1 ? 1 : 0 };
}

/**
 * Counts a ticket. Lines are counted without modifiers; discounts and markups of lines and of the whole ticket each; the cash of a
 * sale or of a purchase taken back comes in, that of the others goes out.
 *
 * @throws KzError `BAD_VALUE` when more cash goes out than the drawer holds, or a sum is more than a register counts
 */
export function countKzTicket(counters: KzCounters, ticket: KzTicket, at: LocalDateTime): KzCounters {
  const open = openKzShift(counters, at);
  let own = open.operations[ticket.operation];
  if (own === undefined)
    throw new KzError({ code: 'BAD_VALUE', message: 'not an operation', path: 'ticket/operation' });
  const sections: Record<string, KzCount> = { ...own.sections };
  const taxes: Record<string, { turnover: Kopecks; sum: Kopecks }> = { ...own.taxes };
  const payments: Record<string, KzCount> = { ...own.payments };
  let { lines, discounts, markups } = own;
  const tax = (percent: number, turnover: Kopecks, sum: Kopecks) => {
    const before = taxes[percent];
    taxes[percent] = {
      turnover: bounded((before?.turnover ?? 0) + turnover, mostOfCounter),
      sum: bounded((before?.sum ?? 0) + sum, mostOfCounter),
    };
  };
  for (const item of ticket.items ?? []) {
    const found = linesOf(item);
    if (found !== undefined) {
      const { line, sign, count } = found;
      const sum = sign * tiynOf(line.sum);
      lines = add(lines, sum, count);
      sections[line.sectionCode] = add(sections[line.sectionCode], sum, count);
      for (const one of line.taxes ?? []) tax(one.percent, sum, sign * tiynOf(one.sum));
    }
    if (item.discount !== undefined) discounts = add(discounts, tiynOf(item.discount.sum));
    if (item.stornoDiscount !== undefined) discounts = add(discounts, -tiynOf(item.stornoDiscount.sum), 0);
    if (item.markup !== undefined) markups = add(markups, tiynOf(item.markup.sum));
    if (item.stornoMarkup !== undefined) markups = add(markups, -tiynOf(item.stornoMarkup.sum), 0);
  }
  const { amounts } = ticket;
  const total = bounded(tiynOf(amounts.total), mostOfDocument);
  for (const one of ticket.taxes ?? []) tax(one.percent, total, tiynOf(one.sum));
  if (amounts.discount !== undefined) discounts = add(discounts, tiynOf(amounts.discount.sum));
  if (amounts.markup !== undefined) markups = add(markups, tiynOf(amounts.markup.sum));
  let cash = 0;
  for (const { type, sum } of ticket.payments ?? []) {
    payments[type] = add(payments[type], tiynOf(sum));
    if (type === 'PAYMENT_CASH') cash += tiynOf(sum);
  }
  const inward = ticket.operation === 'OPERATION_SELL' || ticket.operation === 'OPERATION_BUY_RETURN';
  own = {
    ...own,
    lines,
    discounts,
    markups,
    sections,
    taxes,
    payments,
    tickets: add(own.tickets, total),
    ticketsTotal: own.ticketsTotal + 1,
    offlineTickets: own.offlineTickets + (ticket.offlineTicketNumber === undefined ? 0 : 1),
    change: bounded(own.change + (amounts.change === undefined ? 0 : tiynOf(amounts.change)), mostOfCounter),
    nonNullable: bounded(own.nonNullable + total, mostOfCounter),
  };
  return {
    ...open,
    cash: drawer(open.cash + (inward ? cash : -cash)),
    operations: { ...open.operations, [ticket.operation]: own },
  };
}

function drawer(cash: Kopecks): Kopecks {
  if (cash < 0)
    throw new KzError({
      code: 'BAD_VALUE',
      message: `the drawer lacks ${-cash} tiyn`,
      userMessage: 'В кассе недостаточно наличных.',
      path: 'cash',
    });
  return bounded(cash, mostOfCounter);
}

/** Counts money put into the drawer or taken out. @throws KzError `BAD_VALUE` when the drawer holds less, or counts no more */
export function countKzPlacement(
  counters: KzCounters,
  placement: KzMoneyPlacement,
  at: LocalDateTime,
): KzCounters {
  const open = openKzShift(counters, at);
  const sum = bounded(tiynOf(placement.sum), mostOfDocument);
  const deposit = placement.operation === 'MONEY_PLACEMENT_DEPOSIT';
  const name = deposit ? 'deposits' : 'withdrawals';
  const before = open[name];
  return {
    ...open,
    cash: drawer(open.cash + (deposit ? sum : -sum)),
    [name]: {
      ...add(before, sum),
      total: before.total + 1,
      offline: before.offline + (placement.isOffline === true ? 1 : 0),
    },
  };
}

/** Closes the shift: its values go, what counts for all time stays. */
export function closeKzShift(counters: KzCounters): KzCounters {
  const { openedAt: _closed, ...rest } = counters;
  return {
    ...rest,
    operations: byOperation((name) => {
      const { ticketsTotal, nonNullable } = counters.operations[name];
      return { ...noOperation, ticketsTotal, nonNullable, startNonNullable: nonNullable };
    }),
    deposits: { ...noPlacements, total: counters.deposits.total },
    withdrawals: { ...noPlacements, total: counters.withdrawals.total },
  };
}

/**
 * The report of a shift in the JSON form of `ZXReport` (2.0.2 and 2.0.3). What is zero is left out of the lists, except for the sums
 * that only grow. Without a checksum: none is published.
 *
 * @param closedAt - makes it the report of a closed shift
 */
export function kzReport(counters: KzCounters, at: LocalDateTime, closedAt?: LocalDateTime): JsonObject {
  const { operations, deposits, withdrawals } = counters;
  const each = (make: (own: KzOperationCounters, operation: KzOperation) => JsonObject | undefined) =>
    kzOperations.flatMap((operation) => make(operations[operation], operation) ?? []);
  const counted = (name: 'lines' | 'discounts' | 'markups') =>
    each((own, operation) =>
      own[name].count === 0
        ? undefined
        : { operation, count: own[name].count, sum: { ...kzMoney(own[name].sum) } },
    );
  const names = (of: (own: KzOperationCounters) => object) =>
    [...new Set(kzOperations.flatMap((name) => Object.keys(of(operations[name]))))].sort();
  const growing = (name: 'nonNullable' | 'startNonNullable') =>
    each((own, operation) => ({ operation, sum: { ...kzMoney(own[name]) } }));
  const sum = (name: KzOperation) => operations[name].tickets.sum;
  const revenue =
    sum('OPERATION_SELL') - sum('OPERATION_SELL_RETURN') - sum('OPERATION_BUY') + sum('OPERATION_BUY_RETURN');
  return {
    dateTime: { ...kzDateTime(at) },
    shiftNumber: counters.shiftNumber,
    sections: names((own) => own.sections).map((sectionCode) => ({
      sectionCode,
      operations: each((own, operation) => {
        const one = own.sections[sectionCode];
        return one && { operation, count: one.count, sum: { ...kzMoney(one.sum) } };
      }),
    })),
    operations: counted('lines'),
    discounts: counted('discounts'),
    markups: counted('markups'),
    totalResult: each((own, operation) =>
      own.lines.count === 0
        ? undefined
        : {
            operation,
            count: own.lines.count,
            sum: { ...kzMoney(own.lines.sum + own.markups.sum - own.discounts.sum) },
          },
    ),
    taxes: names((own) => own.taxes)
      .sort((a, b) => Number(a) - Number(b))
      .map((percent) => ({
        taxType: 100,
        percent: Number(percent),
        operations: each((own, operation) => {
          const one = own.taxes[percent];
          return (
            one && {
              operation,
              turnover: { ...kzMoney(one.turnover) },
              sum: { ...kzMoney(one.sum) },
              turnoverWithoutTax: { ...kzMoney(one.turnover - one.sum) },
            }
          );
        }),
      })),
    startShiftNonNullableSums: growing('startNonNullable'),
    ticketOperations: each((own, operation) =>
      own.ticketsTotal === 0
        ? undefined
        : {
            operation,
            ticketsTotalCount: own.ticketsTotal,
            ticketsCount: own.tickets.count,
            ticketsSum: { ...kzMoney(own.tickets.sum) },
            payments: Object.entries(own.payments).map(([payment, one]) => ({
              payment,
              sum: { ...kzMoney(one.sum) },
              count: one.count,
            })),
            offlineCount: own.offlineTickets,
            discountSum: { ...kzMoney(own.discounts.sum) },
            markupSum: { ...kzMoney(own.markups.sum) },
            changeSum: { ...kzMoney(own.change) },
          },
    ),
    moneyPlacements: (
      [
        ['MONEY_PLACEMENT_DEPOSIT', deposits],
        ['MONEY_PLACEMENT_WITHDRAWAL', withdrawals],
      ] as const
    ).map(([operation, own]) => ({
      operation,
      operationsTotalCount: own.total,
      operationsCount: own.count,
      operationsSum: { ...kzMoney(own.sum) },
      offlineCount: own.offline,
    })),
    cashSum: { ...kzMoney(counters.cash) },
    revenue: { sum: { ...kzMoney(Math.abs(revenue)) }, isNegative: revenue < 0 },
    nonNullableSums: growing('nonNullable'),
    ...(counters.openedAt === undefined ? {} : { openShiftTime: { ...kzDateTime(counters.openedAt) } }),
    ...(closedAt === undefined ? {} : { closeShiftTime: { ...kzDateTime(closedAt) } }),
  };
}

interface ReportOperation {
  readonly operation: KzOperation;
  readonly count: number;
  readonly sum: KzMoney;
}

/** The members of a `ZXReport` that counters are made of; a real operator leaves most of them out while they are empty. */
interface ReportJson {
  readonly shiftNumber: number;
  readonly cashSum: KzMoney;
  readonly sections?: readonly {
    readonly sectionCode: string;
    readonly operations?: readonly ReportOperation[];
  }[];
  readonly operations?: readonly ReportOperation[];
  readonly discounts?: readonly ReportOperation[];
  readonly markups?: readonly ReportOperation[];
  readonly taxes?: readonly {
    readonly percent: number;
    readonly operations?: readonly {
      readonly operation: KzOperation;
      readonly turnover: KzMoney;
      readonly sum: KzMoney;
    }[];
  }[];
  readonly ticketOperations?: readonly {
    readonly operation: KzOperation;
    readonly ticketsTotalCount: number;
    readonly ticketsCount: number;
    readonly ticketsSum: KzMoney;
    readonly payments?: readonly {
      readonly payment: string;
      readonly sum: KzMoney;
      readonly count?: number;
    }[];
    readonly offlineCount?: number;
    readonly changeSum?: KzMoney;
  }[];
  readonly moneyPlacements?: readonly {
    readonly operation: KzMoneyPlacement['operation'];
    readonly operationsTotalCount: number;
    readonly operationsCount: number;
    readonly operationsSum: KzMoney;
    readonly offlineCount?: number;
  }[];
  readonly nonNullableSums?: readonly { readonly operation: KzOperation; readonly sum: KzMoney }[];
  readonly startShiftNonNullableSums?: readonly { readonly operation: KzOperation; readonly sum: KzMoney }[];
  readonly openShiftTime?: KzDateTime;
}

/**
 * The counters that a report tells: how a device takes over those of its operator. What only grows (the sums and numbers for all time)
 * stays as it was when the report does not tell it.
 *
 * @param report - in the JSON form of `ZXReport`
 * @param isOpen - `true` for the report of an open shift (X), `false` for that of the last closed one (Z)
 * @param known - the local counters
 * @throws KzError `BAD_VALUE` for a sum that is none
 */
export function countersOfKzReport(report: JsonObject, isOpen: boolean, known: KzCounters): KzCounters {
  const told = report as unknown as ReportJson;
  const count = (list: readonly ReportOperation[] | undefined, operation: KzOperation): KzCount => {
    const one = list?.find((entry) => entry.operation === operation);
    return one === undefined ? nothing : { count: one.count, sum: tiynOf(one.sum) };
  };
  const growing = (list: ReportJson['nonNullableSums'], operation: KzOperation, before: Kopecks) => {
    const one = list?.find((entry) => entry.operation === operation);
    return one === undefined ? before : tiynOf(one.sum);
  };
  const operations = byOperation((operation) => {
    const before = known.operations[operation];
    const tickets = told.ticketOperations?.find((entry) => entry.operation === operation);
    const sections: Record<string, KzCount> = {};
    for (const { sectionCode, operations: list } of told.sections ?? []) {
      if (list?.some((entry) => entry.operation === operation))
        sections[sectionCode] = count(list, operation);
    }
    const taxes: Record<string, { readonly turnover: Kopecks; readonly sum: Kopecks }> = {};
    for (const { percent, operations: list } of told.taxes ?? []) {
      const one = list?.find((entry) => entry.operation === operation);
      if (one !== undefined) taxes[percent] = { turnover: tiynOf(one.turnover), sum: tiynOf(one.sum) };
    }
    const payments = Object.fromEntries(
      (tickets?.payments ?? []).map(({ payment, sum, count: times = 0 }) => [
        payment,
        { count: times, sum: tiynOf(sum) },
      ]),
    );
    return {
      lines: count(told.operations, operation),
      discounts: count(told.discounts, operation),
      markups: count(told.markups, operation),
      tickets:
        tickets === undefined ? nothing : { count: tickets.ticketsCount, sum: tiynOf(tickets.ticketsSum) },
      ticketsTotal: tickets?.ticketsTotalCount ?? before.ticketsTotal,
      offlineTickets: tickets?.offlineCount ?? 0,
      change: tickets?.changeSum === undefined ? 0 : tiynOf(tickets.changeSum),
      payments,
      sections,
      taxes,
      nonNullable: growing(told.nonNullableSums, operation, before.nonNullable),
      startNonNullable: growing(told.startShiftNonNullableSums, operation, before.startNonNullable),
    };
  });
  const placements = (operation: KzMoneyPlacement['operation'], before: KzPlacementCounters) => {
    const one = told.moneyPlacements?.find((entry) => entry.operation === operation);
    if (one === undefined) return { ...noPlacements, total: before.total };
    return {
      count: one.operationsCount,
      sum: tiynOf(one.operationsSum),
      total: one.operationsTotalCount,
      offline: one.offlineCount ?? 0,
    };
  };
  const counters: KzCounters = {
    shiftNumber: told.shiftNumber,
    cash: tiynOf(told.cashSum),
    operations,
    deposits: placements('MONEY_PLACEMENT_DEPOSIT', known.deposits),
    withdrawals: placements('MONEY_PLACEMENT_WITHDRAWAL', known.withdrawals),
  };
  if (!isOpen) return closeKzShift(counters);
  // A shift whose beginning nobody tells has begun when this device says so, or with the report.
  const openedAt =
    told.openShiftTime === undefined
      ? (known.openedAt ?? localOfKz(report.dateTime as unknown as KzDateTime))
      : localOfKz(told.openShiftTime);
  return { ...counters, openedAt };
}

/** Whether two devices would report the same. */
export function sameKzCounters(one: KzCounters, other: KzCounters): boolean {
  return sorted(one) === sorted(other);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
