import type { Readable } from 'node:stream';

/** Everything a command may touch of the process it runs in. Tests pass their own. */
export interface Io {
  readonly stdin: Readable;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person is likely to be looking: progress and colours are for people. */
  readonly interactive: boolean;
  /** Resolves when the process is asked to stop (Ctrl+C, SIGTERM). */
  readonly stopRequested: () => Promise<void>;
}

/** The {@link Io} of this process. */
export function processIo(): Io {
  return {
    stdin: process.stdin,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stdout.isTTY === true,
    stopRequested: () =>
      new Promise((resolve) => {
        // SIGBREAK is Ctrl+Break on Windows; elsewhere it never comes.
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const)
          process.once(signal, () => resolve());
      }),
  };
}
