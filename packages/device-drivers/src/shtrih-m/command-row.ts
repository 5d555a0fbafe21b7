import type { Layout } from './layout.js';

/**
 * What doing a command twice would mean: `read` and `setting` may be repeated after a lost answer, `act` may not – it
 * prints, adds a line or writes a document.
 */
export type CommandEffect = 'read' | 'setting' | 'act';

/** One row of the command table. */
export interface CommandRow {
  readonly name: string;
  readonly nameRu: string;
  readonly effect: CommandEffect;
  readonly request: Layout;
  /** What follows the error byte when it is 0. */
  readonly response: Layout;
  /** How long the answer may take, milliseconds. */
  readonly timeoutMs: number;
  /** Written in the public protocol text, or only seen in public drivers. */
  readonly evidence: 'documented' | 'implemented';
}

interface RowExtras {
  readonly timeoutMs?: number;
  readonly evidence?: CommandRow['evidence'];
}

/** Makes a row; keeps the literal types of its fields. */
export function command<const Q extends Layout, const A extends Layout>(
  name: string,
  nameRu: string,
  effect: CommandEffect,
  request: Q,
  response: A,
  extras: RowExtras = {},
) {
  return {
    name,
    nameRu,
    effect,
    request,
    response,
    timeoutMs: extras.timeoutMs ?? 10_000,
    evidence: extras.evidence ?? 'documented',
  } as const satisfies CommandRow;
}
