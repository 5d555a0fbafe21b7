import { redact } from '@elcert/core';

/** One thing that an emulator saw or did. Card data and keys are masked before it is kept. */
export interface RecordEntry {
  readonly at: number;
  readonly emulator: string;
  readonly direction: 'in' | 'out' | 'note';
  readonly operation: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What an emulator has seen, to be asserted and shown. */
export interface Recorder {
  readonly entries: readonly RecordEntry[];
  add(entry: Omit<RecordEntry, 'emulator'>): void;
  /** The first entry, past or to come, that satisfies the test. */
  waitFor(test: (entry: RecordEntry) => boolean): Promise<RecordEntry>;
  subscribe(listener: (entry: RecordEntry) => void): () => void;
}

/** Makes the recorder of one emulator. The oldest entries go when there are more than `limit`. */
export function createRecorder(emulator: string, limit = 10_000): Recorder {
  const entries: RecordEntry[] = [];
  const listeners = new Set<(entry: RecordEntry) => void>();
  const subscribe = (listener: (entry: RecordEntry) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    entries,
    subscribe,
    add(entry) {
      const kept: RecordEntry = { ...entry, emulator, facts: redact(entry.facts) };
      entries.push(kept);
      if (entries.length > limit) entries.shift();
      for (const listener of [...listeners]) listener(kept);
    },
    waitFor(test) {
      const found = entries.find(test);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => {
        const stop = subscribe((entry) => {
          if (!test(entry)) return;
          stop();
          resolve(entry);
        });
      });
    },
  };
}
