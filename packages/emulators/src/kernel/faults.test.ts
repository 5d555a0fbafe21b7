import { channelReader, seededRandom, systemClock } from '@elcert/core';
import { listenTcp, openTcp } from '@elcert/core/node';
import { describe, expect, it } from 'vitest';
import { admitting, type FaultRule, faultPlan } from './faults.js';

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

  it('refuses connections after a cut one, as many as it was told', () => {
    const plan = faultPlan('fes', [
      { at: 'fes', do: 'disconnect', refuseNext: 2, times: 1 },
      { at: 'fes', do: 'delay', refuseNext: 5 },
    ]);
    expect(plan.admit()).toBe(true);
    expect(plan.strike('a')?.do).toBe('disconnect');
    expect([plan.admit(), plan.admit(), plan.admit()]).toEqual([false, false, true]);
    // What does not end a connection refuses none.
    expect(plan.strike('a')?.do).toBe('delay');
    expect(plan.admit()).toBe(true);
    plan.add({ at: 'fes', do: 'power-loss', refuseNext: 1, when: { operation: 'b' } });
    expect(plan.rules).toHaveLength(3);
    plan.clear();
    expect(plan.admit()).toBe(true);
  });

  it('closes what it does not take', async () => {
    const plan = faultPlan('fes', [{ at: 'fes', do: 'disconnect', refuseNext: 1 }]);
    const served: string[] = [];
    const listener = await listenTcp(admitting(plan, (channel) => channel.write(Uint8Array.of(1))));
    plan.strike('a');
    for (let turn = 0; turn < 2; turn += 1) {
      const channel = await openTcp({ host: listener.host, port: listener.port });
      const read = await channelReader(channel, systemClock()).read();
      served.push(read.type);
      await channel.close();
    }
    expect(served).toEqual([expect.not.stringMatching('chunk'), 'chunk']);
    await listener.close();
  });
});
