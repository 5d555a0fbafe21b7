import { describe, expect, it } from 'vitest';
import { demo, demoSums } from '../support/demo.js';
import { elcert } from '../support/elcert.js';

describe('elcert demo', () => {
  it('plays a sale on which every end agrees to the kopeck', async () => {
    const { code, report } = await demo();
    expect(report).toMatchObject({
      ok: true,
      balanced: true,
      sale: { certificateAmount: demoSums.certificate, ownAmount: demoSums.own, total: demoSums.total },
    });
    expect(code).toBe(0);
    const of = (who: string) => report.holdings?.find((holding) => holding.who.startsWith(who));
    expect(of('the till')).toMatchObject({
      certificate: demoSums.certificate,
      own: demoSums.own,
      total: demoSums.total,
    });
    expect(of('FES, receipt confirmed')).toMatchObject({ certificate: demoSums.certificate });
    expect(of('acquirer')).toMatchObject({ certificate: demoSums.certificate, own: demoSums.own });
    expect(of('ledger')).toMatchObject({
      certificate: demoSums.certificate,
      own: demoSums.own,
      total: demoSums.total,
    });
    expect(of('fiscal drive')).toMatchObject({ total: demoSums.total });
    expect(of('operator')).toMatchObject({ total: demoSums.total });
  });

  it('shows every wire, and no secret on any', async () => {
    const { stdout, report } = await demo();
    expect([...new Set(report.wire.map((event) => event.wire))].sort()).toEqual([
      'fes',
      'ofd',
      'register',
      'terminal',
    ]);
    // The card's numbers and keys of this seed, asked from an emulated world of the same seed.
    const { defaultScenario, panHashOf } = await import('@elcert/emulators/kernel');
    const { systemClock } = await import('@elcert/core');
    const { merchant, cashbox, cards } = defaultScenario({ clock: systemClock(), seed: 'test' });
    const pans = cards.flatMap((card) => [card.pan, ...card.tokens]);
    for (const secret of [
      merchant.apiKey,
      cashbox.macKey,
      ...pans,
      ...pans.map(panHashOf),
      ...cards.map((card) => card.par),
    ]) {
      expect(stdout.toLowerCase()).not.toContain(secret.toLowerCase());
    }
    const preAuth = report.wire.find((event) => event.text.includes('preAuthPurchase'));
    expect(preAuth?.text).toMatch(/X-API-KEY: \*\*\*.*X-MAC: \*\*\*/i);
  });

  it('tells people what happens, step by step', async () => {
    const { code, stdout, stderr } = await elcert(['demo', '--columns', '32']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (let step = 1; step <= 7; step += 1) expect(stdout).toMatch(new RegExp(`^${step}\\. `, 'm'));
    expect(stdout).toContain('КАССОВЫЙ ЧЕК');
    expect(stdout).toContain('СЕРТИФИКАТОМ');
    expect(stdout).toContain('ТРУ (КОД):');
    expect(stdout).toContain('All ends agree to the kopeck.');
  });

  it('refuses a paper width that no register has', async () => {
    const { code, stderr } = await elcert(['demo', '--columns', '33']);
    expect(code).toBe(2);
    expect(stderr).toContain('32, 42 or 48');
  });
});
