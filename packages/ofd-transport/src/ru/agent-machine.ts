import { type ElcertError, isElcertError } from '@elcert/core';
import { OfdError } from './errors.js';

const hour = 3_600_000;
const day = 24 * hour;

/**
 * How urgent the oldest undelivered document is, by its age: `late` from 2 days on (the register prints the sign of tag 1053),
 * `overdue` from 5, `critical` from 25, `blocked` from 30 (the drive refuses to sign, code 15h).
 */
export type BacklogLevel = 'fine' | 'late' | 'overdue' | 'critical' | 'blocked';

/** Ages at which a level begins, milliseconds. */
export const backlogLevels: readonly { readonly level: BacklogLevel; readonly fromMs: number }[] = [
  { level: 'fine', fromMs: 0 },
  { level: 'late', fromMs: 2 * day },
  { level: 'overdue', fromMs: 5 * day },
  { level: 'critical', fromMs: 25 * day },
  { level: 'blocked', fromMs: 30 * day },
];

/** The level of an age. */
export function backlogLevel(ageMs: number): BacklogLevel {
  let level: BacklogLevel = 'fine';
  for (const one of backlogLevels) if (ageMs >= one.fromMs) level = one.level;
  return level;
}

/** How long the agent waits for what, milliseconds. */
export interface AgentTiming {
  /** Between two looks at an empty queue; 60,000 unless told. */
  readonly pollMs: number;
  /** After the first failure; 500 unless told. Doubled with every further one. */
  readonly firstRetryMs: number;
  /** Most between two attempts; 600,000 unless told. */
  readonly maxRetryMs: number;
}

/** The agent's usual timing. */
export const defaultAgentTiming: AgentTiming = { pollMs: 60_000, firstRetryMs: 500, maxRetryMs: 600_000 };

/** What the agent remembers between two attempts. Nothing of it has to survive a restart: the queue is in the drive. */
export interface AgentState {
  /** Failures since the last success. */
  readonly failures: number;
  readonly level: BacklogLevel;
}

/** The first state. */
export const agentStart: AgentState = { failures: 0, level: 'fine' };

/** What can happen to the agent. */
export type AgentInput =
  /** A document was confirmed and the confirmation loaded. */
  | { readonly type: 'delivered' }
  /** No document waits. */
  | { readonly type: 'empty' }
  | { readonly type: 'failed'; readonly error: unknown }
  /** What is known of the oldest document that waits. */
  | { readonly type: 'aged'; readonly ageMs: number };

/** What the agent does next. */
export interface AgentStep {
  readonly state: AgentState;
  /** Until the next attempt. */
  readonly delayMs: number;
  /** The level has changed to this one. */
  readonly levelChanged: BacklogLevel | undefined;
}

/** The pause after a number of failures in a row. */
export function retryDelay(failures: number, timing: AgentTiming): number {
  return Math.min(timing.maxRetryMs, timing.firstRetryMs * 2 ** Math.min(failures - 1, 40));
}

/**
 * The agent's decisions, pure: after a success go on at once, with an empty queue look again after a while, after a failure wait
 * longer each time. Nothing ever moves on to the next document but its delivery.
 */
export function stepAgent(
  state: AgentState,
  input: AgentInput,
  timing: AgentTiming = defaultAgentTiming,
): AgentStep {
  switch (input.type) {
    case 'delivered':
      return { state: { ...state, failures: 0 }, delayMs: 0, levelChanged: undefined };
    case 'empty':
      return {
        state: agentStart,
        delayMs: timing.pollMs,
        levelChanged: state.level === 'fine' ? undefined : 'fine',
      };
    case 'failed': {
      const failures = state.failures + 1;
      return {
        state: { ...state, failures },
        // Only a person can help with a refusal: asking again soon is of no use.
        delayMs: isElcertError(input.error, 'OPERATOR_REFUSED')
          ? timing.maxRetryMs
          : retryDelay(failures, timing),
        levelChanged: undefined,
      };
    }
    case 'aged': {
      const level = backlogLevel(input.ageMs);
      return {
        state: { ...state, level },
        delayMs: 0,
        levelChanged: level === state.level ? undefined : level,
      };
    }
  }
}

/** Milliseconds until a document of this age reaches the next level; nothing from `blocked` on. */
export function untilNextLevel(ageMs: number): number | undefined {
  for (const { fromMs } of backlogLevels) if (ageMs < fromMs) return fromMs - ageMs;
  return undefined;
}

/** Any error as one of ours, so that a listener need not guess. */
export function asElcertError(error: unknown): ElcertError {
  if (isElcertError(error)) return error;
  return new OfdError({
    code: 'SOURCE_FAILED',
    message: error instanceof Error ? error.message : 'the source of documents failed',
    userMessage: 'Касса не отдаёт документы для ОФД',
    outcome: 'unknown',
    cause: error,
  });
}
