import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  closeKzShift,
  countKzPlacement,
  countKzTicket,
  type KzTicket,
  kzDateTime,
  kzMoney,
  kzReport,
  kzResult,
  localOfKz,
  noKzCounters,
  tiynOf,
} from './index.js';

const at = '2026-03-02T12:34:56';
const line = (tiyn: number, section = '1') => ({
  type: 'ITEM_TYPE_COMMODITY',
  commodity: {
    sectionCode: section,
    quantity: '1000',
    price: kzMoney(tiyn),
    sum: kzMoney(tiyn),
    taxes: [
      { taxType: 100, percent: 16_000, sum: kzMoney(Math.round((tiyn * 16) / 116)), isInTotalSum: true },
    ],
  },
});
const ticket = (more: Partial<KzTicket>): KzTicket => ({
  operation: 'OPERATION_SELL',
  dateTime: kzDateTime(at),
  operator: { code: 1 },
  amounts: { total: kzMoney(0) },
  ...more,
});

describe('counters', () => {
  it('count lines, modifiers, tickets, payments and the drawer', () => {
    const sold = countKzTicket(
      noKzCounters,
      ticket({
        items: [
          line(11_600),
          { type: 'ITEM_TYPE_DISCOUNT', discount: { sum: kzMoney(600) } },
          line(5_000, '2'),
          { type: 'ITEM_TYPE_STORNO_COMMODITY', stornoCommodity: line(5_000, '2').commodity },
        ],
        payments: [
          { type: 'PAYMENT_CASH', sum: kzMoney(10_000) },
          { type: 'PAYMENT_CARD', sum: kzMoney(1_000) },
        ],
        amounts: { total: kzMoney(11_000), taken: kzMoney(20_000), change: kzMoney(10_000) },
      }),
      at,
    );
    const back = countKzTicket(
      sold,
      ticket({
        operation: 'OPERATION_SELL_RETURN',
        items: [line(1_000)],
        payments: [{ type: 'PAYMENT_CASH', sum: kzMoney(1_000) }],
        amounts: { total: kzMoney(1_000) },
        offlineTicketNumber: 7,
      }),
      at,
    );
    const report = kzReport(
      countKzPlacement(
        back,
        { datetime: kzDateTime(at), operation: 'MONEY_PLACEMENT_DEPOSIT', sum: kzMoney(1) },
        at,
      ),
      at,
    );
    expect(report).toMatchObject({
      shiftNumber: 1,
      cashSum: { bills: '90', coins: 1 },
      revenue: { sum: { bills: '100', coins: 0 }, isNegative: false },
      operations: [
        { operation: 'OPERATION_SELL', count: 2, sum: { bills: '116', coins: 0 } },
        { operation: 'OPERATION_SELL_RETURN', count: 1, sum: { bills: '10', coins: 0 } },
      ],
      discounts: [{ count: 1, sum: { bills: '6', coins: 0 } }],
      totalResult: [{ sum: { bills: '110', coins: 0 } }, {}],
      taxes: [
        { percent: 16_000, operations: [{ turnover: { bills: '116' }, sum: { bills: '16', coins: 0 } }, {}] },
      ],
      ticketOperations: [
        { ticketsTotalCount: 1, ticketsSum: { bills: '110' }, changeSum: { bills: '100' }, offlineCount: 0 },
        { ticketsTotalCount: 1, offlineCount: 1 },
      ],
      moneyPlacements: [{ operationsCount: 1 }, { operationsCount: 0 }],
    });
  });

  it('close a shift, and what grows goes on', () => {
    const one = countKzTicket(noKzCounters, ticket({ amounts: { total: kzMoney(500) } }), at);
    const next = countKzTicket(closeKzShift(one), ticket({ amounts: { total: kzMoney(200) } }), at);
    expect(next.shiftNumber).toBe(2);
    expect(next.operations.OPERATION_SELL).toMatchObject({
      tickets: { count: 1, sum: 200 },
      ticketsTotal: 2,
      startNonNullable: 500,
      nonNullable: 700,
    });
  });

  it('take no sum that would keep the shift from being closed', () => {
    const place = (tiyn: number, counters = noKzCounters) =>
      countKzPlacement(
        counters,
        { datetime: kzDateTime(at), operation: 'MONEY_PLACEMENT_DEPOSIT', sum: kzMoney(tiyn) },
        at,
      );
    const tooMuch = expect.objectContaining({ code: 'BAD_VALUE', path: 'sum' });
    expect(() => place(Number.MAX_SAFE_INTEGER)).toThrow(tooMuch);
    expect(() => place(10 ** 13 + 1)).toThrow(tooMuch);
    const sum = kzMoney(Number.MAX_SAFE_INTEGER);
    const huge = ticket({
      items: [line(100)],
      payments: [{ type: 'PAYMENT_CARD', sum }],
      amounts: { total: sum },
    });
    expect(() => countKzTicket(noKzCounters, huge, at)).toThrow(tooMuch);
    let counters = noKzCounters;
    expect(() => {
      for (let times = 0; times < 1000; times += 1) counters = place(10 ** 13, counters);
    }).toThrow(tooMuch);
    expect(kzReport(counters, at, at).cashSum).toEqual(kzMoney(counters.cash));
  });

  it('do not let the drawer go below nothing', () => {
    expect(() =>
      countKzPlacement(
        noKzCounters,
        { datetime: kzDateTime(at), operation: 'MONEY_PLACEMENT_WITHDRAWAL', sum: kzMoney(1) },
        at,
      ),
    ).toThrow('the drawer lacks 1 tiyn');
  });
});

describe('values', () => {
  it('turn sums and times there and back', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (tiyn) => tiynOf(kzMoney(tiyn)) === tiyn),
    );
    expect(localOfKz(kzDateTime('2026-03-02T12:34'))).toBe('2026-03-02T12:34:00');
    for (const bad of ['2026-03-02', '2026-03-02T12:34:56Z'])
      expect(() => kzDateTime(bad)).toThrow('an ISO local time');
    for (const bad of [
      { bills: '1', coins: 100 },
      { bills: '-1', coins: 0 },
      { bills: '90071992547409930', coins: 0 },
      { bills: 'x', coins: 0 },
    ])
      expect(() => tiynOf(bad)).toThrow('not a sum');
  });

  it('reads a result code by the version', () => {
    expect([kzResult(18, 203).name, kzResult(18, 204).name, kzResult(18, 202).name]).toEqual([
      'ELEMENT_NOT_FOUND_BY_BARCODE',
      'DEREGISTERED',
      'CODE_18',
    ]);
    expect(kzResult(4000, 203)).toMatchObject({ code: 4000, reaction: 'refuse' });
    expect([2, 8, 11, 15, 254].map((code) => kzResult(code, 203).reaction)).toEqual([
      'enter-token',
      'fix-first',
      'close-shift',
      'blocked',
      'retry',
    ]);
  });
});
