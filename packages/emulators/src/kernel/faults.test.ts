import { seededRandom } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { type FaultRule, faultPlan } from './faults.js';

const strikes = (rules: FaultRule[], operations: string[], seed = 1) => {
  const plan = faultPlan('fes', rules, seededRandom(seed));
  return operations.map((operation) => plan.strike(operation)?.do);
};

describe('fault plan', () => {
  it('strikes only its own emulator and operation', () => {
    const rule: FaultRule = { at: 'fes', when: { operation: 'echo' }, do: 'drop' };
    expect(strikes([rule, { at: 'ofd-ru', do: 'cut' }], ['preAuthPurchase', 'echo', 'echo'])).toEqual([
      undefined,
      'drop',
      'drop',
    ]);
  });

  it('strikes the n-th matching operation alone', () => {
    expect(
      strikes(
        [{ at: 'fes', when: { operation: 'echo', nth: 2 }, do: 'drop' }],
        ['echo', 'x', 'echo', 'echo'],
      ),
    ).toEqual([undefined, undefined, 'drop', undefined]);
  });

  it('strikes as often as it may', () => {
    expect(strikes([{ at: 'fes', do: 'delay', times: 2 }], ['a', 'b', 'c'])).toEqual([
      'delay',
      'delay',
      undefined,
    ]);
  });

  it('lets the first matching rule win but counts for all', () => {
    const rules: FaultRule[] = [
      { at: 'fes', when: { nth: 1 }, do: 'drop' },
      { at: 'fes', when: { nth: 2 }, do: 'cut' },
    ];
    expect(strikes(rules, ['a', 'b', 'c'])).toEqual(['drop', 'cut', undefined]);
  });

  it('matches facts', () => {
    const plan = faultPlan('fes', [{ at: 'fes', when: { match: { basketId: '7' } }, do: 'refuse' }]);
    expect(plan.strike('x', { basketId: '8' })).toBeUndefined();
    expect(plan.strike('x', { basketId: '7' })?.do).toBe('refuse');
  });

  it('draws chances from the seed, the same every time', () => {
    const rule: FaultRule = { at: 'fes', when: { probability: 0.3 }, do: 'drop' };
    const operations = Array.from({ length: 400 }, () => 'a');
    const first = strikes([rule], operations, 7);
    expect(strikes([rule], operations, 7)).toEqual(first);
    const share = first.filter((one) => one === 'drop').length / operations.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
  });

  it('takes rules while it runs and forgets them', () => {
    const plan = faultPlan('fes');
    plan.add({ at: 'fes', do: 'drop' });
    expect(plan.strike('a')?.do).toBe('drop');
    plan.clear();
    expect(plan.strike('a')).toBeUndefined();
    expect(plan.strikes).toBe(1);
  });
});
