import { formatDecimal, formatRubles, type LocalDateTime, normalizeDecimal } from '@elcert/core';
import type { Row } from '@elcert/fiscal-doc/render';
import { inLanguage, type Label, labels, operationLabels, paymentLabels } from './labels.js';
import { type KzDateTime, type KzMoney, type KzOperation, localOfKz, tiynOf } from './messages.js';
import { headRows, type KzRowOptions, type KzSeller, printedTime } from './ticket-rows.js';

interface Counted {
  readonly operation: KzOperation;
  readonly count: number;
  readonly sum: KzMoney;
}

interface Grown {
  readonly operation: KzOperation;
  readonly sum: KzMoney;
}

/** What a paper shows of a `ZXReport`, in its JSON form. */
interface ReportJson {
  readonly dateTime: KzDateTime;
  readonly shiftNumber: number;
  readonly cashSum: KzMoney;
  readonly revenue: { readonly sum: KzMoney; readonly isNegative: boolean };
  readonly openShiftTime?: KzDateTime;
  readonly closeShiftTime?: KzDateTime;
  readonly checksum?: string;
  readonly sections?: readonly { readonly sectionCode: string; readonly operations?: readonly Counted[] }[];
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
    readonly discountSum?: KzMoney;
    readonly markupSum?: KzMoney;
    readonly changeSum?: KzMoney;
  }[];
  readonly moneyPlacements?: readonly {
    readonly operation: string;
    readonly operationsCount: number;
    readonly operationsSum: KzMoney;
  }[];
  readonly startShiftNonNullableSums?: readonly Grown[];
  readonly nonNullableSums?: readonly Grown[];
}

/** What a report of paper is made of. */
export interface KzReportView {
  readonly seller: KzSeller;
  readonly type: 'x' | 'z';
  /** In the JSON form of `ZXReport`: `session.xReport()`, or `report` of a closed shift's result. */
  readonly report: object;
  /** Of the document that carried it to the operator. */
  readonly documentNumber?: number | undefined;
  readonly cashier?: string | undefined;
  /** It was made without connection. */
  readonly autonomous?: boolean | undefined;
}

function percentText(percent: number): string {
  return `${formatDecimal(normalizeDecimal({ units: BigInt(percent), scale: 3 }))}%`;
}

/**
 * A report as rows of paper, in Kazakh and Russian: sums that only grow, tickets and payments of each operation, sections, taxes, the
 * drawer.
 *
 * @throws KzError `BAD_VALUE` for a sum that is none, or a registration number
 * @example
 * ```ts
 * renderRowsText(kzReportRows({ seller, type: 'x', report: session.xReport() }), { columns: 48 });
 * ```
 */
export function kzReportRows(view: KzReportView, { language = 'kk-ru' }: KzRowOptions = {}): Row[] {
  const report = view.report as ReportJson;
  const of = (label: Label) => inLanguage(label, language);
  const money = (sum: KzMoney) => formatRubles(tiynOf(sum));
  const pair = (label: Label, value: string | number | undefined, indent = 0): Row[] =>
    value === undefined ? [] : [{ type: 'pair', caption: of(label), value: String(value), indent }];
  const time = (label: Label, value: KzDateTime | undefined) =>
    pair(label, value === undefined ? undefined : printedTime(localOfKz(value)));
  const title = (label: Label): Row[] => [{ type: 'rule' }, { type: 'title', text: of(label) }];
  const grown = (label: Label, sums: readonly Grown[] = []) =>
    sums.length === 0
      ? []
      : [
          ...title(label),
          ...sums.flatMap(({ operation, sum }) => pair(operationLabels[operation], money(sum))),
        ];
  const some = (label: Label, sum: KzMoney | undefined, indent: number) =>
    sum === undefined || tiynOf(sum) === 0 ? [] : pair(label, money(sum), indent);
  return [
    ...headRows(view.seller, language),
    { type: 'rule' },
    ...(view.autonomous === true ? [{ type: 'title', text: of(labels.autonomous) } as const] : []),
    { type: 'title', text: of(view.type === 'z' ? labels.zReport : labels.xReport) },
    ...pair(labels.documentNumber, view.documentNumber),
    ...pair(labels.shift, report.shiftNumber),
    ...time(labels.opened, report.openShiftTime),
    ...time(view.type === 'z' ? labels.closed : labels.dateTime, report.closeShiftTime ?? report.dateTime),
    ...pair(labels.cashier, view.cashier),
    ...grown(labels.startSums, report.startShiftNonNullableSums),
    ...(report.ticketOperations ?? []).flatMap((own) => [
      ...title(operationLabels[own.operation]),
      ...pair(labels.tickets, own.ticketsCount),
      ...pair(labels.ticketsTotal, own.ticketsTotalCount),
      ...((own.offlineCount ?? 0) === 0 ? [] : pair(labels.offlineTickets, own.offlineCount)),
      ...pair(labels.total, money(own.ticketsSum)),
      ...(own.payments ?? []).flatMap(({ payment, sum, count }) =>
        pair(
          paymentLabels[payment] ?? [payment, payment],
          `${count === undefined ? '' : `${count} x `}${money(sum)}`,
          2,
        ),
      ),
      ...some(labels.discount, own.discountSum, 2),
      ...some(labels.markup, own.markupSum, 2),
      ...some(labels.change, own.changeSum, 2),
    ]),
    ...((report.sections ?? []).length === 0 ? [] : title(labels.sections)),
    ...(report.sections ?? []).flatMap(({ sectionCode, operations = [] }) => [
      { type: 'text', text: `${of(labels.section)} ${sectionCode}` } as const,
      ...operations.flatMap(({ operation, count, sum }) =>
        pair(operationLabels[operation], `${count} x ${money(sum)}`, 2),
      ),
    ]),
    ...((report.taxes ?? []).length === 0 ? [] : title(labels.taxes)),
    ...(report.taxes ?? []).flatMap(({ percent, operations = [] }) =>
      operations.flatMap(({ operation, turnover, sum }) => [
        {
          type: 'text',
          text: `${of(labels.vat)} ${percentText(percent)}, ${of(operationLabels[operation])}`,
        } as const,
        ...pair(labels.turnover, money(turnover), 2),
        ...pair(labels.vat, money(sum), 2),
      ]),
    ),
    { type: 'rule' },
    ...(report.moneyPlacements ?? []).flatMap(({ operation, operationsCount, operationsSum }) =>
      pair(
        operation === 'MONEY_PLACEMENT_DEPOSIT' ? labels.deposit : labels.withdrawal,
        `${operationsCount} x ${money(operationsSum)}`,
      ),
    ),
    { type: 'pair', caption: of(labels.cash), value: money(report.cashSum), strong: true },
    ...pair(labels.revenue, `${report.revenue.isNegative ? '-' : ''}${money(report.revenue.sum)}`),
    ...grown(labels.endSums, report.nonNullableSums),
    ...pair(labels.checksum, report.checksum),
  ];
}

/** Money put into the drawer or taken out, as rows of paper. */
export function kzPlacementRows(
  view: {
    readonly seller: KzSeller;
    readonly direction: 'deposit' | 'withdrawal';
    /** Tiyn. */
    readonly sum: number;
    readonly at: LocalDateTime;
    readonly documentNumber: number;
    readonly shiftNumber: number;
    readonly cashier?: string | undefined;
    readonly autonomous?: boolean | undefined;
  },
  { language = 'kk-ru' }: KzRowOptions = {},
): Row[] {
  const of = (label: Label) => inLanguage(label, language);
  const pair = (label: Label, value: string | number | undefined): Row[] =>
    value === undefined ? [] : [{ type: 'pair', caption: of(label), value: String(value) }];
  return [
    ...headRows(view.seller, language),
    { type: 'rule' },
    ...(view.autonomous === true ? [{ type: 'title', text: of(labels.autonomous) } as const] : []),
    {
      type: 'title',
      text: of(view.direction === 'deposit' ? labels.deposit : labels.withdrawal).toUpperCase(),
    },
    ...pair(labels.documentNumber, view.documentNumber),
    ...pair(labels.shift, view.shiftNumber),
    ...pair(labels.dateTime, printedTime(view.at)),
    ...pair(labels.cashier, view.cashier),
    { type: 'pair', caption: of(labels.total), value: `${formatRubles(view.sum)} ₸`, strong: true },
  ];
}
