import { describe, expect, it } from 'vitest';
import { encodeDialogAnswer, readDialog } from './dialog.js';

const ask = (dialog: number, more = {}) => readDialog({ type: 'interface', dialog, title: 'T', ...more });

describe('the terminal’s questions', () => {
  it.each([
    [1, {}, true, '1'],
    [1, {}, false, '0'],
    [2, {}, 12_300, '12300'],
    [3, { minLen: '2', maxLen: '4' }, 'код', 'код'],
    [4, { value: 'a;b' }, 1, '2'],
    [4, { value: 'a\nb' }, undefined, undefined],
  ])('type %d with %j: %s → %s', (dialog, more, answer, result) => {
    const question = ask(dialog, more);
    if (question === undefined) throw new Error('a question was expected');
    expect(encodeDialogAnswer(question, answer)).toBe(result);
  });

  it.each([
    [1, {}, 'да'],
    [2, {}, -1],
    [2, {}, true],
    [3, { minLen: '2' }, 'x'],
    [3, { maxLen: '2' }, 'xxx'],
    [4, { value: 'a' }, 1],
    [4, { value: '' }, 0],
  ])('type %d with %j does not take %s', (dialog, more, answer) => {
    const question = ask(dialog, more);
    if (question === undefined) throw new Error('a question was expected');
    expect(() => encodeDialogAnswer(question, answer)).toThrowError(
      expect.objectContaining({ code: 'BAD_FIELD' }),
    );
  });

  it('a kind that nobody knows is no question', () => expect(ask(9)).toBeUndefined());
});
