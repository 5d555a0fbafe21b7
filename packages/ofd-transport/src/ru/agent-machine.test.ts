import { describe, expect, it } from 'vitest';
import {
  type AgentState,
  agentStart,
  backlogLevel,
  defaultAgentTiming,
  stepAgent,
  untilNextLevel,
} from './agent-machine.js';
import { OfdError } from './errors.js';

const day = 24 * 3600 * 1000;
const lost = new OfdError({ code: 'NOT_CONNECTED', message: 'x', outcome: 'not-sent' });
const refused = new OfdError({ code: 'OPERATOR_REFUSED', message: 'x', outcome: 'refused' });

describe('the agent', () => {
  it('waits twice as long after each failure, up to a limit, and begins anew after a success', () => {
    let state: AgentState = agentStart;
    const delays: number[] = [];
    for (let count = 0; count < 13; count += 1) {
      const step = stepAgent(state, { type: 'failed', error: lost });
      state = step.state;
      delays.push(step.delayMs);
    }
    expect(delays.slice(0, 5)).toEqual([500, 1000, 2000, 4000, 8000]);
    expect(delays.slice(-2)).toEqual([600_000, 600_000]);
    const delivered = stepAgent(state, { type: 'delivered' });
    expect(delivered).toMatchObject({ delayMs: 0, state: { failures: 0 } });
    expect(stepAgent(delivered.state, { type: 'failed', error: lost }).delayMs).toBe(500);
  });

  it('never waits less than nothing or more than the limit, however often it fails', () => {
    for (const failures of [0, 41, 1e6, Number.MAX_SAFE_INTEGER - 1])
      expect(
        stepAgent({ failures, level: 'fine' }, { type: 'failed', error: lost }).delayMs,
      ).toBeLessThanOrEqual(600_000);
  });

  it('asks rarely when only a person can help', () => {
    expect(stepAgent(agentStart, { type: 'failed', error: refused }).delayMs).toBe(
      defaultAgentTiming.maxRetryMs,
    );
  });

  it('looks at an empty queue once a minute', () => {
    expect(stepAgent({ failures: 3, level: 'late' }, { type: 'empty' })).toEqual({
      state: agentStart,
      delayMs: 60_000,
      levelChanged: 'fine',
    });
  });

  it.each([
    [0, 'fine'],
    [2 * day - 1, 'fine'],
    [2 * day, 'late'],
    [5 * day, 'overdue'],
    [25 * day - 1, 'overdue'],
    [25 * day, 'critical'],
    [30 * day, 'blocked'],
    [400 * day, 'blocked'],
  ] as const)('an age of %i ms is %s', (ageMs, level) => {
    expect(backlogLevel(ageMs)).toBe(level);
    expect(stepAgent({ failures: 0, level: 'fine' }, { type: 'aged', ageMs }).levelChanged).toBe(
      level === 'fine' ? undefined : level,
    );
    expect(stepAgent({ failures: 0, level }, { type: 'aged', ageMs }).levelChanged).toBeUndefined();
  });

  it('knows when the next level comes', () => {
    expect(untilNextLevel(0)).toBe(2 * day);
    expect(untilNextLevel(2 * day)).toBe(3 * day);
    expect(untilNextLevel(30 * day)).toBeUndefined();
  });
});
