const secretNames =
  /^(x-)?(api-?_?key|mac-?_?key|mac|pan|card-?_?pan|pan-?_?hash|card-?pan-?hash|card-?number-?hash|par|payment-?account-?reference|track2?|card-?data(-?enc)?|hash-?card-?track2|cvv|cvc|pin|password|token|authorization|secret)$/i;

const digitRun = /(?<!\d)\d{13,19}(?!\d)/g;

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** What stands where a secret stood. */
export const redactedMark = '***';

/**
 * A copy of a text without card numbers (13 to 19 digits, first digit 2 to 6, right check digit; the last four stay)
 * and without the given secrets.
 */
export function redactText(text: string, secrets: Iterable<string> = []): string {
  let out = text;
  for (const secret of secrets) if (secret.length > 0) out = out.replaceAll(secret, redactedMark);
  return out.replace(digitRun, (digits) =>
    /^[2-6]/.test(digits) && passesLuhn(digits)
      ? `${'*'.repeat(digits.length - 4)}${digits.slice(-4)}`
      : digits,
  );
}

/**
 * A copy of a JSON-like value that may be logged: members named like a key, a MAC or card data are masked whole,
 * texts pass {@link redactText}.
 *
 * @param secrets - values to mask wherever they stand, e.g. the keys of this run
 * @example
 * ```ts
 * redact({ macKey: '27ff3684-…', cashboxId: '0000000000000000027' }); // { macKey: '***', cashboxId: '0000000000000000027' }
 * ```
 */
export function redact<T>(value: T, secrets: Iterable<string> = []): T {
  const list = [...secrets];
  const walk = (one: unknown, depth: number): unknown => {
    if (typeof one === 'string') return redactText(one, list);
    if (typeof one !== 'object' || one === null || one instanceof Uint8Array) return one;
    if (depth > 32) return '[deep]';
    if (Array.isArray(one)) return one.map((item) => walk(item, depth + 1));
    return Object.fromEntries(
      Object.entries(one).map(([name, member]) => [
        name,
        secretNames.test(name) && member !== undefined && member !== null
          ? redactedMark
          : walk(member, depth + 1),
      ]),
    );
  };
  return walk(value, 0) as T;
}
