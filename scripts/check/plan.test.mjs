// @ts-check
import { describe, expect, it } from 'vitest';
import { closingLine, planStages, sumUp } from './plan.mjs';
import { stages as realStages } from './stages.mjs';

const run = async () => ({ passed: 1, failed: 0 });
const stages = [
  { name: 'install', title: '', run },
  { name: 'build', title: '', needs: ['install'], run },
  { name: 'unit', title: '', needs: ['install'], run },
  { name: 'pack', title: '', needs: ['install'], after: ['build'], run },
];

/** @param {readonly string[]} names */
function planned(names) {
  const plan = planStages(stages, names);
  return 'unknown' in plan ? plan : plan.stages.map(({ name }) => name);
}

describe('planStages', () => {
  it('takes all when none is named', () => {
    expect(planned([])).toEqual(['install', 'build', 'unit', 'pack']);
  });

  it('keeps the order and brings what a stage needs', () => {
    expect(planned(['pack'])).toEqual(['install', 'build', 'pack']);
    expect(planned(['unit', 'build'])).toEqual(['install', 'build', 'unit']);
  });

  it('names what it does not know', () => {
    expect(planned(['unit', 'unti'])).toEqual({ unknown: 'unti' });
  });

  it('has real stages that need only earlier ones', () => {
    for (const [i, stage] of realStages.entries()) {
      const earlier = realStages.slice(0, i).map(({ name }) => name);
      for (const need of [...(stage.needs ?? []), ...(stage.after ?? [])]) expect(earlier).toContain(need);
    }
  });
});

describe('closingLine', () => {
  it('has the form that is looked for', () => {
    expect(closingLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
  });

  it('counts tests and stages alike', () => {
    const outcomes = [
      { passed: 1, failed: 0 },
      { passed: 40, failed: 2, skipped: ['a', 'b'] },
    ];
    expect(sumUp(outcomes)).toEqual({ passed: 41, failed: 2, skipped: 2 });
  });
});
