// @ts-check

/**
 * @typedef {{ passed: number, failed: number, note?: string, skipped?: string[] }} Outcome
 * @typedef {{ name: string, title: string, needs?: readonly string[], after?: readonly string[],
 *   run(context: import('./check.mjs').StageContext): Promise<Outcome> }} Stage
 */

/**
 * The stages to run for the names given, in their own order, each preceded by what it needs (`needs`: it is left out when that
 * failed; `after`: it uses what that leaves behind, whatever its verdict). No names mean all.
 *
 * @param {readonly Stage[]} stages
 * @param {readonly string[]} names
 * @returns {{ stages: Stage[] } | { unknown: string }}
 */
export function planStages(stages, names) {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  /** @type {Set<string>} */
  const wanted = new Set();
  const queue = names.length === 0 ? [...byName.keys()] : [...names];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const stage = byName.get(name);
    if (stage === undefined) return { unknown: name };
    wanted.add(name);
    const before = [...(stage.needs ?? []), ...(stage.after ?? [])];
    queue.push(...before.filter((need) => !wanted.has(need)));
  }
  return { stages: stages.filter((stage) => wanted.has(stage.name)) };
}

/**
 * @param {readonly Outcome[]} outcomes
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
export function sumUp(outcomes) {
  return outcomes.reduce(
    (sum, { passed, failed, skipped = [] }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped.length,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/**
 * The line that ends the run. What reads it looks for exactly this form.
 *
 * @param {{ passed: number, failed: number, skipped: number }} sum
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
