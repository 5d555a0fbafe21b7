// @ts-check

/**
 * @typedef {{ status: string, fullName: string }} AssertionResult
 * @typedef {{ name: string, status: string, message?: string, assertionResults: AssertionResult[] }} FileResult
 * @typedef {{ testResults: FileResult[] }} VitestReport the part of vitest's JSON report that is read
 */

/** What a test's title says when it needs a POSIX system (a pseudo-terminal, a signal), and may be skipped on Windows. */
export const posixMark = '[posix]';

/**
 * Counts a report of vitest test by test.
 *
 * A file that could not be loaded counts as one failure, as does a run that failed with no failed test (an error
 * nobody awaited). A skipped test is named; where `allowSkips` is false it is a failure, because a check that does not
 * run in CI does not run anywhere.
 *
 * @param {VitestReport} report
 * @param {{ exitCode: number, allowSkips: boolean, platform?: string }} run
 * @returns {import('./plan.mjs').Outcome & { refused: string[] }} with the skipped tests that may not be
 */
export function countVitest(report, { exitCode, allowSkips, platform = process.platform }) {
  let passed = 0;
  let failed = 0;
  /** @type {string[]} */
  const refused = [];
  /** @type {string[]} */
  const skipped = [];
  for (const file of report.testResults) {
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'))
      failed += 1;
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') passed += 1;
      else if (status === 'failed') failed += 1;
      else if (allowSkips || (platform === 'win32' && fullName.includes(posixMark))) skipped.push(fullName);
      else refused.push(fullName);
    }
  }
  if (exitCode !== 0 && failed === 0) failed = 1;
  failed += refused.length;
  const files = report.testResults.length;
  const note = files === 0 ? 'no tests' : `${passed + failed + skipped.length} tests in ${files} files`;
  return { passed, failed, note, skipped, refused };
}
