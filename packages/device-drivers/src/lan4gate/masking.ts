import { clearCardNumbers, peopleText } from '../people-text.js';
import type { Lan4GateValues } from './table.js';

/** Makes a text of the terminal fit for a screen, a slip or a log. */
export type Lan4GateMask = (text: string) => string;

// Hashes are hex, written either way.
const eitherCase = (text: string): string[] => [text, text.toLowerCase(), text.toUpperCase()];

/**
 * A {@link Lan4GateMask} for one exchange: without card numbers, and without the card data that its own messages name.
 * What the terminal writes for people (response texts, notifications, questions, slips) is its maker's business: it may
 * hold anything.
 *
 * @param messages - members of the request, and of the response when there is one
 */
export function lan4GateMask(...messages: readonly Lan4GateValues[]): Lan4GateMask {
  const secrets = messages.flatMap(({ CardPAN, CardPANHash, HashCardTrack2 }) => [
    // A masked number may stand on a slip.
    ...clearCardNumbers([CardPAN]),
    ...[CardPANHash, HashCardTrack2].flatMap((hash) => (hash === undefined ? [] : eitherCase(hash))),
  ]);
  return (text) => peopleText(text, secrets);
}
