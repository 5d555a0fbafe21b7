/** What the buyer does at an emulated terminal. */
export interface BuyerBehaviour {
  /** `cancel`: the red key in place of a card. */
  readonly tap: 'tap' | 'cancel';
  /** A plastic card is asked for its PIN when money moves; `wait` keeps the terminal waiting until its `enterPin` is called. */
  readonly pin: 'right' | 'wrong' | 'cancel' | 'wait';
}
