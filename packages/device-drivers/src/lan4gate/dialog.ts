import type { TerminalDialog, TerminalDialogAnswer } from '../terminal.js';
import type { Lan4GateInterface } from './codec.js';
import { lan4GateError } from './errors.js';

// The vendor's library names the four kinds and the members, and says that all but the kind are text. How an answer is
// written into `Result`, and how a menu is written into `Value`, it does not say: both are ours.

const lengthOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : undefined;

/** A question of the terminal in neutral form; `undefined` for a kind that nobody knows. */
export function readDialog(question: Lan4GateInterface): TerminalDialog | undefined {
  const title = question.title ?? '';
  const text = question.infoText ?? question.value;
  switch (question.dialog) {
    case 1:
      return { kind: 'yes-no', title, text };
    case 2:
      return { kind: 'amount', title, text };
    case 3:
      return {
        kind: 'text',
        title,
        text,
        minLength: lengthOf(question.minLen) ?? 0,
        maxLength: lengthOf(question.maxLen),
      };
    case 4:
      return {
        kind: 'menu',
        title,
        text: question.infoText,
        options: (question.value ?? '').split(/\r?\n|;/).filter((option) => option !== ''),
      };
    default:
      return undefined;
  }
}

/**
 * The `Result` for an answer: `1` or `0`, a sum in kopecks, the text, or the number of the menu's option from 1. `undefined`
 * (stop the operation) stays so.
 *
 * @throws ElcertError `BAD_FIELD` for an answer of another kind or length than was asked
 */
export function encodeDialogAnswer(dialog: TerminalDialog, answer: TerminalDialogAnswer): string | undefined {
  if (answer === undefined) return undefined;
  const bad = (message: string) => lan4GateError({ code: 'BAD_FIELD', message, path: 'dialog' });
  switch (dialog.kind) {
    case 'yes-no':
      if (typeof answer !== 'boolean') throw bad('yes or no was asked');
      return answer ? '1' : '0';
    case 'amount':
      if (typeof answer !== 'number' || !Number.isSafeInteger(answer) || answer < 0)
        throw bad('a sum in kopecks was asked');
      return String(answer);
    case 'text':
      if (typeof answer !== 'string') throw bad('a text was asked');
      if (answer.length < dialog.minLength || answer.length > (dialog.maxLength ?? 8192))
        throw bad(`a text of ${dialog.minLength} to ${dialog.maxLength ?? 8192} characters was asked`);
      return answer;
    case 'menu':
      if (typeof answer !== 'number' || !Number.isInteger(answer) || dialog.options[answer] === undefined)
        throw bad(`an option from 0 to ${dialog.options.length - 1} was asked`);
      return String(answer + 1);
  }
}
