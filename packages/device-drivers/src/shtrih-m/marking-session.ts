import type { MarkingSession, Receipt } from '@elcert/fiscal-doc';
import { failed, harmless } from './fail.js';
import { markingRequest, readMarkingCheck } from './marking.js';
import { RegisterError } from './register-error.js';
import type { Session } from './session.js';

/** Results that are remembered until the receipt. */
const resultsKept = 256;

/** Checks of marked products (FF61, FF69), and what they found for the next receipt. */
export function markingSession({ call, exclusive }: Session): {
  readonly marking: MarkingSession;
  /** A receipt that says another result than the register found would be another document than was asked for. */
  readonly checkMarking: (receipt: Receipt) => void;
} {
  /** The code that was checked last, and the results of those that were accepted since the last receipt. */
  let checkedCode: string | undefined;
  const accepted = new Map<string, number>();

  const decide = (decision: 0 | 1 | 2) =>
    harmless('marking decision', async () => (await call('FF69', { decision })).result);

  return {
    marking: {
      check: (item, { signal } = {}) =>
        exclusive(signal, () =>
          harmless('marking check', async () => {
            const request = markingRequest(item);
            checkedCode = undefined;
            const check = readMarkingCheck(await call('FF61', request));
            checkedCode = item.code;
            return check;
          }),
        ),
      accept: ({ signal } = {}) =>
        exclusive(signal, async () => {
          const code = checkedCode;
          if (code === undefined) {
            // Whatever the register holds then is not the product that the caller means.
            throw failed(
              'MARKING_NOT_CHECKED',
              'no code was checked',
              'not-sent',
              'Проверьте код маркировки.',
            );
          }
          checkedCode = undefined;
          const result = await decide(1);
          if (accepted.size >= resultsKept) accepted.delete(accepted.keys().next().value as string);
          accepted.set(code, result);
          return result;
        }),
      reject: ({ signal } = {}) =>
        exclusive(signal, async () => {
          if (checkedCode === undefined) return;
          checkedCode = undefined;
          await decide(0);
        }),
      clear: ({ signal } = {}) =>
        exclusive(signal, async () => {
          checkedCode = undefined;
          accepted.clear();
          await decide(2);
        }),
    },
    checkMarking(receipt) {
      for (const [index, { markingCode, markingCheck }] of receipt.lines.entries()) {
        const found = markingCode === undefined ? undefined : accepted.get(markingCode);
        if (found !== undefined && found !== markingCheck) {
          throw new RegisterError({
            code: 'RECEIPT_NOT_SUPPORTED',
            message: `the check of this product ended in ${found}, not in ${markingCheck}`,
            path: `receipt/lines[${index}]/markingCheck`,
            outcome: 'not-sent',
          });
        }
      }
    },
  };
}
