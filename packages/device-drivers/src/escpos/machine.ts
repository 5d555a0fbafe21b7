import { type ElcertError, isElcertError } from '@elcert/core';
import { type EscPosReading, type EscPosTrouble, stateOfReading, troubleTexts } from './codec.js';
import { type EscPosErrorCode, escPosError, unknownPaper } from './errors.js';

// The conversation of one print job as a pure function. Three kinds of printers are spoken to alike: those that answer in the
// order of their buffer (`GS r`), by which paper is known to follow the bytes; those that only tell their state (`DLE EOT`); and
// those that say nothing.

/** What the job waits for, and what it has done. */
export interface JobState {
  readonly phase: 'before' | 'learning' | 'sending' | 'settling' | 'after' | 'ended';
  readonly segments: number;
  /** The first segment was on its way. */
  readonly begun: boolean;
  /** Segments handed over. */
  readonly sent: number;
  /** It has told its state on this connection before: silence is no silent model then. */
  readonly toldBefore: boolean;
  /** Whether the printer tells its state; decided by the first question. */
  readonly tells: boolean;
  /** Whether it answers in the order of its buffer; `undefined` until it was asked once. */
  readonly ordered: boolean | undefined;
  /** In-order answers that had come before the job began. */
  readonly answersBefore: number;
  /** In-order answers of this job that were heard when it last got on. */
  readonly heard: number;
  /** One that does not answer in order has been given time to print what it has taken. */
  readonly settled: boolean;
  /** Milliseconds without any progress. */
  readonly stalled: number;
}

/** What is known of the line at the moment of an input. */
export interface LineFacts {
  /** In-order answers that have come since the connection was made. */
  readonly answers: number;
  /** In-order questions that have gone out since then. What is owed to a job before must not be taken for this one's. */
  readonly asked: number;
  /** The printer has sent XOFF. */
  readonly paused: boolean;
}

/** What may happen to a job. */
export type JobInput = { readonly line: LineFacts } & (
  | { readonly type: 'start' }
  /** The answers to `DLE EOT` 1–4; nothing when the printer is mute. */
  | { readonly type: 'status'; readonly reading: EscPosReading | undefined }
  | { readonly type: 'written' }
  /** An answer in order, or XON, has come. */
  | { readonly type: 'heard' }
  | { readonly type: 'quiet' }
  | { readonly type: 'lost'; readonly error: ElcertError }
  | { readonly type: 'aborted'; readonly reason: unknown }
);

/** What the driver does next. */
export type JobAction =
  | { readonly type: 'ask-status' }
  /** Ask for one answer in order, with nothing to print before it. */
  | { readonly type: 'ask-order' }
  /** Write a segment; with `mark`, an in-order question after it. */
  | { readonly type: 'write'; readonly segment: number; readonly mark: boolean }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'done' }
  | { readonly type: 'fail'; readonly error: ElcertError };

/** How long a job waits. Milliseconds. */
export interface JobTimings {
  /** For an answer in order before the state is asked; and for one that gives none to print what it has taken. */
  readonly pollMs: number;
  /** Without any progress before it is given up. */
  readonly patienceMs: number;
}

/** The timings unless told otherwise. */
export const defaultJobTimings: JobTimings = { pollMs: 1000, patienceMs: 30_000 };

/** Segments that may wait in the printer without an answer: one is printed while the other travels. */
const ahead = 2;

/** What is known of a printer from jobs before on the same connection. */
export interface KnownPrinter {
  readonly ordered: boolean | undefined;
  /** It has told its state. */
  readonly told: boolean;
}

/** A job of so many segments. */
export function newJob(segments: number, known: KnownPrinter, line: LineFacts): JobState {
  return {
    phase: 'before',
    segments,
    begun: false,
    sent: 0,
    toldBefore: known.told,
    tells: false,
    ordered: known.ordered,
    answersBefore: Math.max(line.answers, line.asked),
    heard: 0,
    settled: false,
    stalled: 0,
  };
}

const codes: Readonly<Record<EscPosTrouble, EscPosErrorCode>> = {
  'paper-out': 'PAPER_OUT',
  'cover-open': 'COVER_OPEN',
  cutter: 'CUTTER_ERROR',
  error: 'PRINTER_ERROR',
  offline: 'PRINTER_OFFLINE',
};

/** One step: what happened, and what is done next. */
export function jobStep(
  state: JobState,
  input: JobInput,
  timings: JobTimings = defaultJobTimings,
): { readonly state: JobState; readonly action: JobAction } {
  if (state.phase === 'ended') return { state, action: { type: 'done' } };
  switch (input.type) {
    case 'start':
      return { state, action: { type: 'ask-status' } };
    case 'lost':
      return fail(state, 'LINK_LOST', 'the connection broke', { cause: input.error });
    case 'aborted':
      return fail(state, 'ABORTED', 'aborted by the caller', { cause: input.reason });
    case 'status':
      return onStatus(state, input, timings);
    case 'written':
      return goOn({ ...state, sent: state.sent + 1, stalled: 0 }, input.line, timings);
    case 'heard':
      return state.phase === 'learning'
        ? onLearnt(state, input.line, timings)
        : goOn(state, input.line, timings);
    case 'quiet':
      if (state.phase === 'learning') return onUnlearnt(state, input.line, timings);
      return { state: { ...state, stalled: state.stalled + timings.pollMs }, action: { type: 'ask-status' } };
  }
}

/** An answer to the question that carried nothing belongs to no segment; those owed to a job before come first. */
function onLearnt(state: JobState, line: LineFacts, timings: JobTimings) {
  if (line.answers < line.asked)
    return { state: { ...state, stalled: 0 }, action: { type: 'wait', ms: timings.pollMs } as const };
  return goOn(
    {
      ...state,
      ordered: true,
      phase: 'sending',
      stalled: 0,
      answersBefore: Math.max(line.answers, line.asked),
    },
    line,
    timings,
  );
}

function onUnlearnt(before: JobState, line: LineFacts, timings: JobTimings) {
  const state = { ...before, stalled: before.stalled + timings.pollMs };
  if (state.ordered === true && state.stalled < timings.patienceMs)
    return { state, action: { type: 'wait', ms: timings.pollMs } as const };
  // One that answered so before has lost what it owed, with its power; another never answers in order.
  return goOn(
    { ...state, ordered: state.ordered === true, phase: 'sending', stalled: 0, answersBefore: line.answers },
    line,
    timings,
  );
}

function onStatus(
  state: JobState,
  { reading, line }: { readonly reading: EscPosReading | undefined; readonly line: LineFacts },
  timings: JobTimings,
): { readonly state: JobState; readonly action: JobAction } {
  const { trouble } = reading === undefined ? { trouble: undefined } : stateOfReading(reading);
  if (trouble !== undefined)
    return fail(state, codes[trouble], `the printer reports ${trouble}`, {
      userMessage: troubleTexts[trouble],
    });
  switch (state.phase) {
    case 'before': {
      const told = { ...state, tells: reading !== undefined };
      if (reading === undefined) {
        if (state.toldBefore) return fail(state, 'NO_PROGRESS', 'the printer has fallen silent');
        return goOn({ ...told, ordered: false, phase: 'sending' }, line, timings);
      }
      return told.ordered === undefined || (told.ordered && line.answers < line.asked)
        ? { state: { ...told, phase: 'learning' }, action: { type: 'ask-order' } }
        : goOn({ ...told, phase: 'sending' }, line, timings);
    }
    case 'after':
      // It told its state before and is silent now: who knows.
      if (reading === undefined) return fail(state, 'NO_PROGRESS', 'the printer told nothing after printing');
      return { state: { ...state, phase: 'ended' }, action: { type: 'done' } };
    default:
      if (state.stalled >= timings.patienceMs)
        return fail(state, 'NO_PROGRESS', `no progress in ${state.stalled} ms`);
      return goOn(state, line, timings);
  }
}

function goOn(
  before: JobState,
  line: LineFacts,
  timings: JobTimings,
): { readonly state: JobState; readonly action: JobAction } {
  const heard = Math.min(before.sent, line.answers - before.answersBefore);
  const state = heard > before.heard ? { ...before, heard, stalled: 0 } : before;
  const wait = { type: 'wait', ms: timings.pollMs } as const;
  if (line.paused) return { state, action: wait };
  const outstanding = state.ordered === true ? state.sent - heard : 0;
  if (state.sent < state.segments) {
    if (outstanding >= ahead) return { state, action: wait };
    return {
      state: { ...state, begun: true },
      action: { type: 'write', segment: state.sent, mark: state.ordered === true },
    };
  }
  if (outstanding > 0) return { state: { ...state, phase: 'settling' }, action: wait };
  // Its state right after the last byte would tell of what was printed long before.
  if (state.tells && state.ordered !== true && !state.settled)
    return { state: { ...state, settled: true, phase: 'after' }, action: wait };
  if (state.tells) return { state: { ...state, phase: 'after' }, action: { type: 'ask-status' } };
  return { state: { ...state, phase: 'ended' }, action: { type: 'done' } };
}

/** Before the first segment went out nothing can be on paper; after it something may. */
function fail(
  state: JobState,
  code: EscPosErrorCode,
  message: string,
  { userMessage, cause }: { readonly userMessage?: string; readonly cause?: unknown } = {},
): { readonly state: JobState; readonly action: JobAction } {
  const clean = !state.begun || (state.sent === 0 && isElcertError(cause) && cause.outcome === 'not-sent');
  const words = userMessage ?? (code === 'ABORTED' ? 'Печать прервана.' : 'Принтер не отвечает.');
  return {
    state: { ...state, phase: 'ended' },
    action: {
      type: 'fail',
      error: escPosError({
        code,
        message: clean ? message : `${message}, after ${state.sent} of ${state.segments} parts`,
        userMessage: clean ? words : `${words} ${unknownPaper}`,
        outcome: clean ? 'not-sent' : 'unknown',
        cause,
      }),
    },
  };
}
