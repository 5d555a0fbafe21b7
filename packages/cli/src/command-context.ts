import type { Io } from './io.js';

/** What every command gets: the world outside, and a way to say its exit code. */
export interface CommandContext {
  readonly io: Io;
  /** Runs an action; what it throws is printed, its exit code kept. */
  readonly action: <Arguments extends readonly unknown[]>(
    body: (...args: Arguments) => Promise<number> | number,
  ) => (...args: Arguments) => Promise<void>;
}
