import { describe, expect, it } from 'vitest';
import { ofdOperator, ofdOperators } from './operators.js';

describe('operators', () => {
  it('have their own taxpayer numbers with right check digits', () => {
    const weights = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    for (const { inn } of ofdOperators) {
      expect(inn).toMatch(/^\d{10}$/);
      const sum = weights.reduce((total, weight, index) => total + weight * Number(inn[index]), 0);
      expect((sum % 11) % 10, inn).toBe(Number(inn[9]));
    }
    expect(new Set(ofdOperators.map(({ inn }) => inn)).size).toBe(ofdOperators.length);
  });

  it('can be reached unless they have stopped', () => {
    for (const one of ofdOperators) {
      if (one.closedOn === undefined && one.replacedBy === undefined)
        expect(one.host, one.name).toBeDefined();
      expect(one.host === undefined).toBe(one.port === undefined);
      expect(one.markingHost === undefined).toBe(one.markingPort === undefined);
      if (one.replacedBy !== undefined) expect(ofdOperator(one.replacedBy)).toBeDefined();
    }
  });

  it('are found as tag 1017 spells them', () => {
    expect(ofdOperator('7704211201  ')?.host).toBe('f1.taxcom.ru');
    expect(ofdOperator('0000000000')).toBeUndefined();
  });
});
