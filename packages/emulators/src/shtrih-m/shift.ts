import { type Kopecks, sumKopecks } from '@elcert/core';
import type { FnDocument } from '../fn/index.js';
import type { Core } from './core.js';
import { typeNames } from './receipts.js';
import { byDrive, type Handlers, refuse, results } from './refusal.js';
import { registered } from './registered.js';
import { countOf, totalName } from './totals.js';

/** Shifts, reports and cash in and out. */
export function shiftHandlers(core: Core): Handlers {
  const { state, totals, tables, center, pair, sum } = core;
  const done = () => ({ operator: state.operator });
  const cashier = () => [{ tag: 1021, value: core.cashierName() }];

  const needOpen = () => {
    if (!state.fn.status().shiftOpen) refuse(results.shiftClosed);
  };

  const open = (): FnDocument => {
    const { shiftOpen, shiftExpired } = state.fn.status();
    if (shiftExpired) refuse(results.shiftExpired);
    if (shiftOpen) refuse(results.shiftOpen);
    const document = core.writeDocument(2, cashier());
    totals.shift.clear();
    core.printDocument('report', [
      ...core.headerLines(),
      center('ОТЧЁТ ОБ ОТКРЫТИИ СМЕНЫ'),
      `Кассир ${core.cashierName()}`,
      ...core.fiscalLines(document),
    ]);
    return document;
  };

  const totalsLines = (): string[] => [
    ...typeNames.map((name, type) =>
      pair(
        `${name} ${totals.shift.get(countOf(totalName.documents(type)))}`,
        sum(totals.shift.get(totalName.total(type))),
      ),
    ),
    pair('ВНЕСЕНО', sum(totals.shift.get(totalName.cashIn))),
    pair('ВЫПЛАЧЕНО', sum(totals.shift.get(totalName.cashOut))),
  ];

  /** @param toBuffer - the report is not printed, its lines are read by C8h and C9h */
  const close = (toBuffer = false): FnDocument => {
    needOpen();
    const document = core.writeDocument(5, cashier());
    const lines = [
      ...core.headerLines(),
      center('ОТЧЁТ О ЗАКРЫТИИ СМЕНЫ'),
      ...totalsLines(),
      pair('НАЛИЧНОСТЬ', sum(state.drawer)),
      ...core.fiscalLines(document),
    ];
    if (toBuffer) state.buffer = lines;
    else core.printDocument('report', lines);
    totals.ever.add(countOf(totalName.zReports), 1);
    if (tables.number(1, 1, 2) === 1) state.drawer = 0;
    return document;
  };

  const cash = (value: Kopecks, name: 'cashIn' | 'cashOut', title: string) => {
    if (state.fn.status().shiftExpired) refuse(results.shiftExpired);
    if (name === 'cashOut' && value > state.drawer) refuse(results.payout);
    state.drawer = name === 'cashIn' ? sumKopecks([state.drawer, value]) : state.drawer - value;
    for (const of of [totals.shift, totals.ever]) {
      of.add(totalName[name], value);
      of.add(countOf(totalName[name]), 1);
    }
    core.countDocument();
    core.print([...core.headerLines(), pair(title, sum(value))]);
    return { operator: state.operator, documentNumber: state.documentNumber };
  };

  /** A report that is no document of the drive. */
  const report = (title: string, lines: readonly string[]) => {
    core.print([...core.headerLines(), center(title), ...lines]);
    return done();
  };

  const departments = (): string[] =>
    Array.from({ length: 16 }, (_, index) => index + 1).flatMap((department) =>
      typeNames.flatMap((name, type) => {
        const value = totals.shift.get(totalName.department(department, type));
        return value === 0 ? [] : [pair(`ОТДЕЛ ${department} ${name}`, sum(value))];
      }),
    );

  const taxes = (): string[] =>
    [1, 2, 3, 4].flatMap((row) =>
      typeNames.flatMap((name, type) => {
        const value = totals.shift.get(totalName.turnover(row, type));
        return value === 0
          ? []
          : [
              pair(`${tables.text(6, row, 2)} ${name}`, sum(value)),
              pair('  НАЛОГ', sum(totals.shift.get(totalName.tax(row, type)))),
            ];
      }),
    );

  return {
    '2C': () =>
      report('ОПЕРАЦИОННЫЕ РЕГИСТРЫ', [
        ...typeNames.map((name, type) =>
          pair(name, String(totals.shift.get(countOf(totalName.documents(type))))),
        ),
        pair('ВНЕСЕНИЙ', String(totals.shift.get(countOf(totalName.cashIn)))),
        pair('ВЫПЛАТ', String(totals.shift.get(countOf(totalName.cashOut)))),
        pair('СКВОЗНОЙ НОМЕР ДОКУМЕНТА', String(state.documentNumber)),
      ]),
    '40': () => {
      needOpen();
      totals.ever.add(countOf(totalName.xReports), 1);
      return report('X-ОТЧЁТ', [...totalsLines(), pair('НАЛИЧНОСТЬ', sum(state.drawer))]);
    },
    '41': () => {
      close();
      return done();
    },
    '42': () => {
      needOpen();
      return report('ОТЧЁТ ПО ОТДЕЛАМ', departments());
    },
    '43': () => {
      needOpen();
      return report('ОТЧЁТ ПО НАЛОГАМ', taxes());
    },
    '50': ({ sum: value }) => cash(value, 'cashIn', 'ВНЕСЕНИЕ'),
    '51': ({ sum: value }) => cash(value, 'cashOut', 'ВЫПЛАТА'),
    C6: () => {
      close(true);
      return done();
    },
    E0: () => {
      open();
      return done();
    },
    FF0B: () => {
      const document = open();
      return { shiftNumber: document.shiftNumber ?? 0, ...registered(document) };
    },
    FF37: () => {
      byDrive(() => state.fn.begin(21));
      state.begun = 21;
      return {};
    },
    FF38: () => {
      // Some hosts begin it, others make it at once.
      const document = core.writeDocument(21, []);
      const status = state.fn.status();
      core.printDocument('report', [
        ...core.headerLines(),
        center('ОТЧЁТ О СОСТОЯНИИ РАСЧЁТОВ'),
        ...core.fiscalLines(document),
      ]);
      return {
        ...registered(document),
        unconfirmed: status.unsentDocuments,
        firstUnconfirmed: (status.firstUnsentAt ?? document.dateTime).slice(0, 10),
      };
    },
    FF40: () => {
      const status = state.fn.status();
      return {
        open: status.shiftOpen ? 1 : 0,
        shiftNumber: status.shiftNumber,
        receiptNumber: status.receiptNumber,
      };
    },
    FF41: () => {
      byDrive(() => state.fn.begin(2));
      state.begun = 2;
      return {};
    },
    FF42: () => {
      byDrive(() => state.fn.begin(5));
      state.begun = 5;
      return {};
    },
    FF43: () => {
      const document = close();
      return { shiftNumber: document.shiftNumber ?? 0, ...registered(document) };
    },
  };
}
