// @ts-check

/** The oldest Node whose `require()` takes ES modules without a flag. The same floor stands in `engines`. */
export const minimumNode = '20.19.0';

/**
 * Says what is wrong with a version of Node, or nothing.
 *
 * @param {string} version as in `process.versions.node`
 * @param {string} [minimum]
 * @returns {string | undefined}
 */
export function nodeVersionProblem(version, minimum = minimumNode) {
  const have = version.split('.').map(Number);
  const need = minimum.split('.').map(Number);
  for (let i = 0; i < need.length; i += 1) {
    const a = have[i] || 0;
    const b = need[i] || 0;
    if (a > b) return undefined;
    if (a < b) return `Node ${minimum} or newer is needed, this is Node ${version} (https://nodejs.org)`;
  }
  return undefined;
}
