// @ts-check
import { describe, expect, it } from 'vitest';
import { countVitest } from './vitest-report.mjs';

/**
 * @param {string} status
 * @param {...[status: string, fullName: string]} results
 */
const file = (status, ...results) => ({
  name: 'some.test.ts',
  status,
  assertionResults: results.map(([status, fullName]) => ({ status, fullName })),
});

describe('countVitest', () => {
  it('counts test by test', () => {
    const report = {
      testResults: [file('passed', ['passed', 'a'], ['passed', 'b']), file('failed', ['failed', 'c'])],
    };
    expect(countVitest(report, { exitCode: 1, allowSkips: false })).toMatchObject({ passed: 2, failed: 1 });
  });

  it('counts a file that could not be loaded', () => {
    const report = { testResults: [file('failed')] };
    expect(countVitest(report, { exitCode: 1, allowSkips: false })).toMatchObject({ passed: 0, failed: 1 });
  });

  it('counts a run that failed with no failed test', () => {
    const report = { testResults: [file('passed', ['passed', 'a'])] };
    expect(countVitest(report, { exitCode: 1, allowSkips: false })).toMatchObject({ passed: 1, failed: 1 });
  });

  it('names what was skipped, and refuses it in CI', () => {
    const report = {
      testResults: [file('passed', ['skipped', 'needs socat'], ['todo', 'later'], ['pending', 'x'])],
    };
    expect(countVitest(report, { exitCode: 0, allowSkips: true })).toMatchObject({
      failed: 0,
      skipped: ['needs socat', 'later', 'x'],
    });
    expect(countVitest(report, { exitCode: 0, allowSkips: false })).toMatchObject({
      passed: 0,
      failed: 3,
      refused: ['needs socat', 'later', 'x'],
    });
  });

  it('lets Windows skip what only POSIX has', () => {
    const report = { testResults: [file('passed', ['skipped', 'opens a pseudo-terminal [posix]'])] };
    const run = { exitCode: 0, allowSkips: false };
    expect(countVitest(report, { ...run, platform: 'win32' })).toMatchObject({ failed: 0 });
    expect(countVitest(report, { ...run, platform: 'linux' })).toMatchObject({ failed: 1 });
  });
});
