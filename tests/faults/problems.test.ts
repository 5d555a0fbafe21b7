import { describe, expect, it } from 'vitest';
import { demo } from '../support/demo.js';

// Each sale begins with something that is not right. It must end with an error that says whether money moved, and leave a
// state from which the next sale works (the demo mends the cause and plays it).
describe('a sale that cannot go on', () => {
  it.each([
    ['wrong-mac', 1, 'pre-auth', 'refused', 'no'],
    ['blocked-api-key', 1, 'pre-auth', 'refused', 'no'],
    ['inactive-desk', 1, 'pre-auth', 'refused', 'no'],
    ['terminal-refuses', 1, 'payment', 'refused', 'no'],
    ['closed-shift', 1, 'check', 'refused', 'no'],
    ['paper-out', 1, 'check', 'refused', 'no'],
    ['ofd-down', 4, 'delivery', 'not-sent', 'yes'],
  ])('%s', async (problem, exit, step, outcome, moneyMoved) => {
    const { code, report } = await demo('--problem', problem);
    expect(report.error).toMatchObject({ outcome, details: { step, moneyMoved } });
    expect(report.error?.userMessage).not.toMatch(/[^.!?] Деньги/);
    expect(report.error?.userMessage).toMatch(moneyMoved === 'no' ? /Деньги не списаны/ : /Деньги списаны/);
    expect(report.ok).toBe(false);
    expect(code).toBe(exit);
    // The next sale.
    expect(report.balanced).toBe(true);
    expect(report.sale?.total).toBeGreaterThan(0);
  });

  it('a stopped sale has moved no money: the next one finds every certificate whole', async () => {
    const { report } = await demo('--problem', 'terminal-refuses');
    const ledger = report.holdings?.find((holding) => holding.who.startsWith('ledger'));
    expect(ledger?.certificate).toBe(report.sale?.certificateAmount);
    expect(report.sale?.certificateAmount).toBe(135_000 + 2 * 85_050 + 526_629);
  });
});
