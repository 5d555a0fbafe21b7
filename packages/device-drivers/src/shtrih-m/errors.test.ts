import { expect, test } from 'vitest';
import { describeShtrihError, shtrihErrors } from './errors.js';

test('236 codes, each in both languages', () => {
  expect(shtrihErrors().length).toBe(236);
  for (const row of shtrihErrors()) {
    expect(row.code).toBeGreaterThanOrEqual(0);
    expect(row.text).not.toBe('');
    expect(row.textRu).toMatch(/[а-яА-Я]/);
  }
});

test.each([
  [0x16, 'drive', 'FN'],
  [0x16, 'memory', 'FM'],
  [0xa0, 'drive', 'FN'],
  [0xa0, 'memory', 'EJ'],
  [0x4e, 'drive', 'KKT'],
  [0x30, 'drive', 'KKT'],
  [0x0b, 'drive', 'FM'],
] as const)('%i on a register with a %s speaks of %s', (code, generation, scope) => {
  expect(describeShtrihError(code, generation).scope).toBe(scope);
});

test('a code that nobody knows is told as a number', () => {
  expect(describeShtrihError(0xf7)).toMatchObject({ text: 'unknown result F7h' });
});
