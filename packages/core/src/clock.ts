/** Time as a parameter: everything that waits takes one, so that a test decides when a timeout happens. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Calls back once, after `delayMs`; the returned function cancels it. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

// A longer delay makes the platform's timer go off at once: 2³¹−1 ms is less than 25 days, and an operator has 30.
const longestDelay = 0x7fff_ffff;

/** The machine's own clock. A delay may be longer than the platform's timers allow; an infinite one never calls back. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    setTimer(delayMs, callback) {
      let handle: ReturnType<typeof setTimeout>;
      const arm = (rest: number) => {
        handle =
          rest > longestDelay
            ? setTimeout(() => arm(rest - longestDelay), longestDelay)
            : setTimeout(callback, rest);
      };
      arm(delayMs);
      return () => clearTimeout(handle);
    },
  };
}

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Timers that wait to be called. */
  readonly pendingTimers: number;
  /** Goes on by `ms`, calling due timers in order of their time and letting the event loop turn after each. */
  advance(ms: number): Promise<void>;
  /** Resolves as soon as at least `count` timers wait, e.g. when a driver has begun to wait for an answer. */
  waitForTimers(count?: number): Promise<void>;
}

/**
 * Makes a {@link ManualClock}.
 *
 * @param start - milliseconds since 1970, or an ISO text with a zone
 * @example
 * ```ts
 * const clock = manualClock('2026-11-22T09:00:00Z');
 * clock.setTimer(1000, () => console.log('a second has gone by'));
 * await clock.advance(1000);
 * ```
 */
export function manualClock(start: number | string = '2026-01-12T09:00:00Z'): ManualClock {
  let now = typeof start === 'number' ? start : Date.parse(start);
  let order = 0;
  const timers = new Set<{ readonly at: number; readonly order: number; readonly callback: () => void }>();
  const waiters = new Set<{ readonly count: number; readonly resolve: () => void }>();
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  return {
    now: () => now,
    get pendingTimers() {
      return timers.size;
    },
    setTimer(delayMs, callback) {
      order += 1;
      const timer = { at: now + Math.max(0, delayMs), order, callback };
      timers.add(timer);
      for (const waiter of waiters) {
        if (timers.size >= waiter.count) {
          waiters.delete(waiter);
          waiter.resolve();
        }
      }
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const end = now + ms;
      await turn();
      for (;;) {
        let due: { readonly at: number; readonly order: number; readonly callback: () => void } | undefined;
        for (const timer of timers) {
          if (timer.at > end) continue;
          if (due === undefined || timer.at < due.at || (timer.at === due.at && timer.order < due.order))
            due = timer;
        }
        if (due === undefined) break;
        timers.delete(due);
        now = Math.max(now, due.at);
        due.callback();
        await turn();
      }
      now = Math.max(now, end);
    },
    waitForTimers(count = 1) {
      if (timers.size >= count) return Promise.resolve();
      return new Promise((resolve) => waiters.add({ count, resolve }));
    },
  };
}

/**
 * Waits on a clock.
 *
 * @throws the signal's reason when it is aborted first
 */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.setTimer(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
