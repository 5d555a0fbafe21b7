import { type ManualClock, manualClock } from '@elcert/core';

/** A manual clock that goes to its next timer by itself once nothing else is happening. */
export interface HurryingClock extends ManualClock {
  stop(): void;
}

/**
 * Timeouts over real sockets without waiting for them: after some quiet turns of the event loop the clock jumps on. A jump
 * that comes too early is an accident of the wire like any other, so a test on this clock may only assert what holds under
 * every accident.
 */
export function hurryingClock(quietMs = 25, stepMs = 250): HurryingClock {
  const clock = manualClock(Date.now());
  let advancing = false;
  const timer = setInterval(() => {
    if (advancing || clock.pendingTimers === 0) return;
    advancing = true;
    void clock.advance(stepMs).finally(() => {
      advancing = false;
    });
  }, quietMs);
  return Object.assign(Object.create(clock, Object.getOwnPropertyDescriptors(clock)) as ManualClock, {
    stop: () => clearInterval(timer),
  });
}
