/** The tape and its sensor. What is printed while there is no paper waits and comes out when printing goes on. */
export interface Paper {
  /** Everything printed so far, a string a line. */
  readonly lines: readonly string[];
  /** 0 paper is there, 1 it is out, 2 it ran out while printing, 3 it was put in again and `B0h` is awaited. */
  readonly submode: 0 | 1 | 2 | 3;
  readonly coverOpen: boolean;
  print(lines: readonly string[]): void;
  setPaper(state: 'ok' | 'out'): void;
  /** The tape ends after so many lines more. */
  endAfter(lines: number): void;
  setCover(open: boolean): void;
  /** Goes on printing (B0h). */
  resume(): void;
}

/** Makes an empty tape of a width. */
export function createPaper(columns: number): Paper {
  const lines: string[] = [];
  let waiting: string[] = [];
  let left = Number.POSITIVE_INFINITY;
  let submode: 0 | 1 | 2 | 3 = 0;
  let coverOpen = false;
  const out = (text: string) => {
    if (left > 0 && submode === 0) {
      lines.push(text);
      left -= 1;
    } else {
      if (submode === 0) submode = 2;
      waiting.push(text);
    }
  };
  return {
    lines,
    get submode() {
      return coverOpen && submode === 0 ? 1 : submode;
    },
    get coverOpen() {
      return coverOpen;
    },
    print(more) {
      for (const text of more) {
        if (text.length === 0) out('');
        for (let at = 0; at < text.length; at += columns) out(text.slice(at, at + columns));
      }
    },
    setPaper(state) {
      if (state === 'out') {
        left = 0;
        if (submode === 0) submode = 1;
        return;
      }
      left = Number.POSITIVE_INFINITY;
      submode = waiting.length > 0 ? 3 : 0;
    },
    endAfter(count) {
      left = count;
    },
    setCover(open) {
      coverOpen = open;
    },
    resume() {
      if (submode !== 3) return;
      submode = 0;
      const rest = waiting;
      waiting = [];
      for (const text of rest) out(text);
    },
  };
}
