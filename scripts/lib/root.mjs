// @ts-check
import { fileURLToPath } from 'node:url';

/** The folder of the repository, as a path of this platform. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** Says something to the person at the keyboard; never on stdout. @param {string} text */
export function say(text) {
  process.stderr.write(`elcert: ${text}\n`);
}

/** An error that is told by its message alone: the stack would only hide what to do next. */
export class ExpectedError extends Error {
  expected = true;
}
