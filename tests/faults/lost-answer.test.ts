import { describe, expect, it } from 'vitest';
import { demo, demoSums } from '../support/demo.js';

describe('a lost answer', () => {
  it.each(['pre-auth', 'terminal', 'register', 'confirm', 'ofd'])(
    'on the wire %s ends in one sale, paid once',
    async (wire) => {
      const { code, report } = await demo('--fault', wire);
      expect(report).toMatchObject({ ok: true, balanced: true });
      expect(code).toBe(0);
      expect(report.sale).toMatchObject({
        certificateAmount: demoSums.certificate,
        ownAmount: demoSums.own,
        total: demoSums.total,
      });
      const ledger = report.holdings?.find((holding) => holding.who.startsWith('ledger'));
      expect(ledger).toMatchObject({ certificate: demoSums.certificate, own: demoSums.own });
      const payments = report.wire.filter(
        (event) => event.direction === '→' && event.text.includes('"OperationCode":302'),
      );
      expect(payments).toHaveLength(1);
      // Shift open and receipt, nothing printed twice.
      expect(report.sale?.delivered).toBeGreaterThan(0);
    },
  );
});
