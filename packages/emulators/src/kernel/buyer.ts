import type { Clock } from '@elcert/core';
import type { EmulatedCard } from './scenario.js';

/** What the buyer does at an emulated terminal. */
export interface BuyerBehaviour {
  /** `cancel`: the red key in place of a card. */
  readonly tap: 'tap' | 'cancel';
  /** A plastic card is asked for its PIN when money moves; `wait` keeps the terminal waiting until its `enterPin` is called. */
  readonly pin: 'right' | 'wrong' | 'cancel' | 'wait';
}

/** The card held to a terminal, and the number it shows: its own, or that of a token on a phone. */
export interface PresentedCard {
  readonly card: EmulatedCard;
  readonly pan: string;
}

/** Finds what was presented, by a card's id, by its number or by a token's. */
export function presentedCard(
  cards: readonly EmulatedCard[],
  presented: string | undefined,
): PresentedCard | undefined {
  for (const card of cards) {
    if (presented === card.id) return { card, pan: card.pan };
    for (const pan of [card.pan, ...card.tokens]) if (presented === pan) return { card, pan };
  }
  return undefined;
}

/** An operation that waits for a person. Whoever changes something calls `wake`. */
export interface BuyerWait {
  aborted: boolean;
  wake: () => void;
}

/** Waits until something is there. `false`: aborted by the till, out of time, or the terminal was stopped. */
export async function waitForBuyer(
  mine: BuyerWait,
  there: () => boolean,
  limits: { readonly clock: Clock; readonly timeoutMs: number; readonly stopped: () => boolean },
): Promise<boolean> {
  let late = false;
  const cancel = limits.clock.setTimer(limits.timeoutMs, () => {
    late = true;
    mine.wake();
  });
  try {
    while (!there()) {
      if (mine.aborted || late || limits.stopped()) return false;
      await new Promise<void>((resolve) => {
        mine.wake = resolve;
      });
    }
    return !mine.aborted;
  } finally {
    cancel();
  }
}
