import { describe, expect, it } from 'vitest';
import { maskPrinted } from './masking.js';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const masked = (text: string) => String.fromCharCode(...maskPrinted(latin1(text)));

describe('what a trace shows of paper', () => {
  it.each([
    '4111111111111111',
    '4111 1111 1111 1111',
    '4111.1111.1111.1111',
    // A no-break space of windows-1251, and of CP866.
    '4111\u00a01111\u00a01111\u00a01111',
    '4111\u00ff1111\u00ff1111\u00ff1111',
    '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1',
    // Longer than a card's number is, with what stands before it.
    '123456789012 4111111111111111',
    '1234567890123456789 4111 1111 1111 1111',
  ])('no number of a card: %s', (text) => {
    const shown = masked(`N ${text};`);
    expect(shown).toHaveLength(text.length + 3);
    expect(shown.replace(/\D/g, '')).not.toContain('41111111');
  });

  it.each(['9960440302093477', '22.11.2026 14.05.33', 'ИТОГ 1500.00', 't=20261122T1405&s=12510.99'])(
    'but the numbers of the trade: %s',
    (text) => {
      const bytes = latin1(text.replace(/[А-Я]/g, '\u0080'));
      expect(maskPrinted(bytes)).toBe(bytes);
    },
  );
});
