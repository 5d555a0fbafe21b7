import { ElcertError } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { type JobAction, type JobInput, type JobState, jobStep, newJob } from './machine.js';

const fine = { printer: 0x12, offline: 0x12, error: 0x12, paper: 0x12 };
const noPaper = { printer: 0x1a, offline: 0x32, error: 0x12, paper: 0x7e };
const line = (answers = 0, paused = false, asked = 0) => ({ answers, asked, paused });

/** Plays inputs one after the other and gives the actions. */
function play(state: JobState, inputs: readonly JobInput[]): JobAction[] {
  const actions: JobAction[] = [];
  let now = state;
  for (const input of inputs) {
    const step = jobStep(now, input, { pollMs: 1000, patienceMs: 3000 });
    now = step.state;
    actions.push(step.action);
  }
  return actions;
}

const types = (actions: readonly JobAction[]) => actions.map(({ type }) => type);

describe('a print job', () => {
  it('follows a printer that answers in order', () => {
    const actions = play(newJob(3, { ordered: undefined, told: false }, line()), [
      { type: 'start', line: line() },
      { type: 'status', reading: fine, line: line() },
      { type: 'heard', line: line(1) },
      { type: 'written', line: line(1) },
      { type: 'written', line: line(1) },
      { type: 'heard', line: line(2) },
      { type: 'written', line: line(3) },
      { type: 'heard', line: line(4) },
      { type: 'status', reading: fine, line: line(4) },
    ]);
    expect(types(actions)).toEqual([
      'ask-status',
      'ask-order',
      'write',
      'write',
      'wait',
      'write',
      'wait',
      'ask-status',
      'done',
    ]);
    expect(actions[2]).toEqual({ type: 'write', segment: 0, mark: true });
  });

  it('asks no order of one that has not answered once', () => {
    const actions = play(newJob(1, { ordered: undefined, told: false }, line()), [
      { type: 'start', line: line() },
      { type: 'status', reading: fine, line: line() },
      { type: 'quiet', line: line() },
      { type: 'written', line: line() },
      { type: 'quiet', line: line() },
      { type: 'status', reading: fine, line: line() },
    ]);
    expect(types(actions)).toEqual(['ask-status', 'ask-order', 'write', 'wait', 'ask-status', 'done']);
    expect(actions[2]).toMatchObject({ mark: false });
  });

  it('prints blindly on a mute one', () => {
    const actions = play(newJob(1, { ordered: undefined, told: false }, line()), [
      { type: 'start', line: line() },
      { type: 'status', reading: undefined, line: line() },
      { type: 'written', line: line() },
    ]);
    expect(types(actions)).toEqual(['ask-status', 'write', 'done']);
  });

  it('waits while it is told to stop sending', () => {
    const actions = play(newJob(2, { ordered: false, told: false }, line()), [
      { type: 'status', reading: fine, line: line() },
      { type: 'written', line: line(0, true) },
      { type: 'quiet', line: line(0, true) },
      { type: 'status', reading: fine, line: line(0, true) },
      { type: 'heard', line: line() },
    ]);
    expect(types(actions)).toEqual(['write', 'wait', 'ask-status', 'wait', 'write']);
  });

  it('has printed nothing when the state forbids it before', () => {
    const [action] = play(newJob(1, { ordered: undefined, told: false }, line()), [
      { type: 'status', reading: noPaper, line: line() },
    ]);
    expect(action).toMatchObject({
      type: 'fail',
      error: { code: 'PAPER_OUT', outcome: 'not-sent', userMessage: 'В принтере закончилась бумага.' },
    });
  });

  const begun: JobInput[] = [
    { type: 'status', reading: fine, line: line() },
    { type: 'written', line: line() },
    { type: 'written', line: line() },
  ];
  const known = newJob(3, { ordered: true, told: false }, line());

  it('does not know what is on paper when it runs out meanwhile', () => {
    const actions = play(known, [
      ...begun,
      { type: 'quiet', line: line() },
      { type: 'status', reading: noPaper, line: line() },
    ]);
    expect(types(actions)).toEqual(['write', 'write', 'wait', 'ask-status', 'fail']);
    expect(actions.at(-1)).toMatchObject({ error: { code: 'PAPER_OUT', outcome: 'unknown' } });
  });

  it('gives up when nothing goes on', () => {
    const stuck: JobInput[] = [
      { type: 'quiet', line: line() },
      { type: 'status', reading: fine, line: line() },
    ];
    const actions = play(known, [...begun, ...stuck, ...stuck, ...stuck]);
    expect(actions.at(-1)).toMatchObject({
      type: 'fail',
      error: { code: 'NO_PROGRESS', outcome: 'unknown' },
    });
    expect(types(actions).filter((type) => type === 'fail')).toHaveLength(1);
  });

  it('is patient as long as something goes on', () => {
    const slow = (answers: number): JobInput[] => [
      { type: 'quiet', line: line(answers) },
      { type: 'status', reading: fine, line: line(answers) },
      { type: 'quiet', line: line(answers) },
      { type: 'status', reading: fine, line: line(answers) },
    ];
    const actions = play(newJob(3, { ordered: true, told: false }, line()), [
      ...begun,
      ...slow(0),
      { type: 'heard', line: line(1) },
      { type: 'written', line: line(1) },
      ...slow(1),
      { type: 'heard', line: line(3) },
      { type: 'status', reading: fine, line: line(3) },
    ]);
    expect(actions.at(-1)).toEqual({ type: 'done' });
  });

  const lost = (outcome: 'not-sent' | 'unknown'): JobInput => ({
    type: 'lost',
    error: new ElcertError({ code: 'CHANNEL_CLOSED', message: 'gone', outcome }),
    line: line(),
  });

  it.each([
    ['before anything', [], lost('unknown'), 'not-sent'],
    ['in the first piece, of which nothing left', begun.slice(0, 1), lost('not-sent'), 'not-sent'],
    ['in the first piece', begun.slice(0, 1), lost('unknown'), 'unknown'],
    ['after the first piece', begun.slice(0, 2), lost('not-sent'), 'unknown'],
    ['aborted before', [], { type: 'aborted', reason: undefined, line: line() }, 'not-sent'],
    ['aborted meanwhile', begun, { type: 'aborted', reason: undefined, line: line() }, 'unknown'],
  ] as const)('%s: %s', (_title, before, input, outcome) => {
    expect(play(known, [...before, input]).at(-1)).toMatchObject({ type: 'fail', error: { outcome } });
  });

  it('waits for the answers that it is owed from a job before', () => {
    const owed = line(2, false, 4);
    const actions = play(newJob(1, { ordered: true, told: true }, owed), [
      { type: 'status', reading: fine, line: owed },
      { type: 'heard', line: line(3, false, 5) },
      { type: 'heard', line: line(4, false, 5) },
      { type: 'heard', line: line(5, false, 5) },
      { type: 'written', line: line(5, false, 6) },
      { type: 'heard', line: line(6, false, 6) },
      { type: 'status', reading: fine, line: line(6, false, 6) },
    ]);
    expect(types(actions)).toEqual(['ask-order', 'wait', 'wait', 'write', 'wait', 'ask-status', 'done']);
  });

  it('gives owed answers up in the end: power may have taken them', () => {
    const owed = line(2, false, 5);
    const quiet: JobInput = { type: 'quiet', line: owed };
    const actions = play(newJob(1, { ordered: true, told: true }, line(2, false, 4)), [
      { type: 'status', reading: fine, line: line(2, false, 4) },
      quiet,
      quiet,
      quiet,
      { type: 'written', line: line(2, false, 6) },
      { type: 'heard', line: line(3, false, 6) },
    ]);
    expect(types(actions)).toEqual(['ask-order', 'wait', 'wait', 'write', 'wait', 'ask-status']);
  });

  it('does not print blindly on one that has told its state before', () => {
    const [action] = play(newJob(1, { ordered: true, told: true }, line()), [
      { type: 'status', reading: undefined, line: line() },
    ]);
    expect(action).toMatchObject({ type: 'fail', error: { code: 'NO_PROGRESS', outcome: 'not-sent' } });
  });

  it('does not know either when the state is silent after it was told before', () => {
    const actions = play(newJob(1, { ordered: false, told: false }, line()), [
      { type: 'status', reading: fine, line: line() },
      { type: 'written', line: line() },
      { type: 'quiet', line: line() },
      { type: 'status', reading: undefined, line: line() },
    ]);
    expect(actions.at(-1)).toMatchObject({
      type: 'fail',
      error: { code: 'NO_PROGRESS', outcome: 'unknown' },
    });
  });
});
