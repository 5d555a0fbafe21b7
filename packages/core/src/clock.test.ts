import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { manualClock, sleep, systemClock } from './index.js';

describe('manualClock', () => {
  it('calls back in order of time, then of asking', async () => {
    const clock = manualClock(0);
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name}@${clock.now()}`);
    clock.setTimer(20, note('late'));
    clock.setTimer(10, note('first'));
    clock.setTimer(10, note('second'));
    clock.setTimer(-5, note('at once'));
    await clock.advance(15);
    expect(seen).toEqual(['at once@0', 'first@10', 'second@10']);
    expect(clock.now()).toBe(15);
    await clock.advance(5);
    expect(seen.at(-1)).toBe('late@20');
    expect(clock.pendingTimers).toBe(0);
  });

  it('calls timers that timers set, as long as they are due', async () => {
    const clock = manualClock(0);
    const seen: number[] = [];
    const again = () => {
      seen.push(clock.now());
      clock.setTimer(10, again);
    };
    clock.setTimer(10, again);
    await clock.advance(35);
    expect(seen).toEqual([10, 20, 30]);
  });

  it('forgets a cancelled timer, also one that another timer cancels', async () => {
    const clock = manualClock(0);
    const called: string[] = [];
    const cancel = clock.setTimer(10, () => called.push('cancelled'));
    cancel();
    cancel();
    const other = clock.setTimer(10, () => called.push('too late'));
    clock.setTimer(5, other);
    await clock.advance(20);
    expect(called).toEqual([]);
  });

  it('lets what a callback started go on before the next timer', async () => {
    const clock = manualClock(0);
    const seen: string[] = [];
    clock.setTimer(1, () => void Promise.resolve().then(() => seen.push('consequence')));
    clock.setTimer(2, () => seen.push('next'));
    await clock.advance(2);
    expect(seen).toEqual(['consequence', 'next']);
  });

  it('tells when somebody waits', async () => {
    const clock = manualClock(0);
    await clock.waitForTimers(0);
    let ready = false;
    const two = clock.waitForTimers(2).then(() => {
      ready = true;
    });
    clock.setTimer(1, () => {});
    await Promise.resolve();
    expect(ready).toBe(false);
    clock.setTimer(1, () => {});
    await two;
    await clock.waitForTimers();
    expect(clock.pendingTimers).toBe(2);
  });

  it('starts where it is told', () => {
    expect(manualClock('2026-11-22T09:00:00Z').now()).toBe(Date.UTC(2026, 10, 22, 9));
  });
});

describe('sleep', () => {
  it('wakes on the clock', async () => {
    const clock = manualClock(0);
    const woken = sleep(clock, 100);
    await clock.advance(100);
    await woken;
  });

  it('is ended by its signal and leaves no timer behind', async () => {
    const clock = manualClock(0);
    const controller = new AbortController();
    const ended = sleep(clock, 100, controller.signal);
    controller.abort(new Error('enough'));
    await expect(ended).rejects.toThrow('enough');
    expect(clock.pendingTimers).toBe(0);
    await expect(sleep(clock, 1, controller.signal)).rejects.toThrow('enough');
  });
});

describe('systemClock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('takes delays that the platform cannot', async () => {
    // 30 days: what the platform's setTimeout would turn into a millisecond.
    const month = 30 * 24 * 3600 * 1000;
    const called = vi.fn();
    const cancelled = vi.fn();
    const clock = systemClock();
    const start = clock.now();
    clock.setTimer(month, called);
    const cancel = clock.setTimer(month, cancelled);
    await vi.advanceTimersByTimeAsync(month - 1);
    expect(called).not.toHaveBeenCalled();
    cancel();
    await vi.advanceTimersByTimeAsync(1);
    expect(called).toHaveBeenCalledTimes(1);
    expect(clock.now() - start).toBe(month);
    await vi.advanceTimersByTimeAsync(month);
    expect(cancelled).not.toHaveBeenCalled();
  });
});
