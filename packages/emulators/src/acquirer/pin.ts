import type { EmulatedCard } from '../kernel/index.js';
import type { MoneyRequest } from './money.js';
import type { PinRules } from './types.js';

/** Counts wrong PINs, card by card. */
export interface PinCounter {
  /** Why a request is refused on account of its holder: 55 wrong, 70 a PIN is needed, 75 the card's PIN is blocked. */
  check(card: EmulatedCard, request: MoneyRequest): '55' | '70' | '75' | undefined;
  left(cardId: string): number;
  reset(cardId: string): void;
}

/** Makes a {@link PinCounter}. Refunds need no PIN, and a phone has checked its holder itself. */
export function pinCounter(rules: Partial<PinRules> = {}): PinCounter {
  const { tries = 3, noPinLimit = 300_000 } = rules;
  const wrong = new Map<string, number>();
  const left = (cardId: string) => Math.max(0, tries - (wrong.get(cardId) ?? 0));
  return {
    left,
    reset: (cardId) => void wrong.delete(cardId),
    check({ id }, { kind, holder, own, certificate }) {
      switch (holder) {
        case 'pin':
          if (left(id) === 0) return '75';
          wrong.delete(id);
          return undefined;
        case 'wrong-pin':
          if (left(id) === 0) return '75';
          wrong.set(id, (wrong.get(id) ?? 0) + 1);
          return left(id) === 0 ? '75' : '55';
        case 'none':
          return kind === 'payment' && (certificate > 0 || own > noPinLimit) ? '70' : undefined;
        default:
          return undefined;
      }
    },
  };
}
