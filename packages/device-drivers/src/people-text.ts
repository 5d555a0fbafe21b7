import { redactText } from '@elcert/core';

// SHA-256 in hex: a hash of a card number is as good as the number, and nothing else that a terminal writes looks like it.
const hash = /(?<![0-9A-Za-z])[0-9A-Fa-f]{64}(?![0-9A-Za-z])/g;

/**
 * What a terminal writes for people – texts, questions, slips – without card numbers and their hashes.
 *
 * @param secrets - more that must not be shown: card numbers that the message itself names
 */
export function peopleText(text: string, secrets: readonly string[] = []): string {
  return redactText(text, secrets).replace(hash, '***');
}

/** The card numbers among some values: those that are not masked already. */
export function clearCardNumbers(values: readonly (string | undefined)[]): readonly string[] {
  return values.flatMap((value) => {
    const number = value?.trim();
    return number !== undefined && /^\d{12,19}$/.test(number) ? [number] : [];
  });
}
