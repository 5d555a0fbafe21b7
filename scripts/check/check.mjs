// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ExpectedError, root } from '../lib/root.mjs';
import { capture } from '../lib/spawn-captured.mjs';
import { closingLine, planStages, sumUp } from './plan.mjs';
import { stages } from './stages.mjs';

/**
 * @typedef {import('./plan.mjs').Outcome} Outcome
 * @typedef {{ ci: boolean, log(text: string): void, run(command: string, args: readonly string[], options?: RunOptions): Promise<string>,
 *   node(args: readonly string[], options?: RunOptions): Promise<string> }} StageContext
 * @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number }} RunOptions
 */

const logs = path.join(root, '.cache', 'check');

/**
 * Runs the stages named, or all, and ends with the closing line on stdout.
 *
 * @param {readonly string[]} args names of stages, or `--list`
 * @returns {Promise<number>} the exit code
 */
export async function check(args) {
  if (args.includes('--list')) {
    for (const stage of stages) process.stdout.write(`${stage.name.padEnd(14)}${stage.title}\n`);
    return 0;
  }
  const plan = planStages(stages, args);
  if ('unknown' in plan) {
    throw new ExpectedError(`unknown stage ${plan.unknown}; npm test -- --list names them`);
  }
  const ci = isCi(process.env);
  const started = Date.now();
  mkdirSync(logs, { recursive: true });
  /** @type {Map<string, Outcome>} */
  const outcomes = new Map();
  for (const stage of plan.stages) {
    const missing = (stage.needs ?? []).find((name) => (outcomes.get(name)?.failed ?? 0) > 0);
    const stageStarted = Date.now();
    /** @type {string[]} */
    const log = [];
    const outcome =
      missing === undefined
        ? await runStage(stage, ci, log)
        : { passed: 0, failed: 1, note: `not run: ${missing} failed` };
    outcomes.set(stage.name, outcome);
    report(stage.name, outcome, Date.now() - stageStarted, log.join(''));
  }
  const sum = sumUp([...outcomes.values()]);
  for (const [name, outcome] of outcomes) {
    for (const test of outcome.skipped ?? []) process.stdout.write(`SKIPPED  ${name}: ${test}\n`);
  }
  for (const [name, outcome] of outcomes) {
    if (outcome.failed > 0)
      process.stdout.write(`FAILED   ${name}: ${outcome.failed} (.cache/check/${name}.log)\n`);
  }
  process.stdout.write(`${plan.stages.length} stages in ${seconds(Date.now() - started)}\n`);
  process.stdout.write(`${closingLine(sum)}\n`);
  return sum.failed === 0 ? 0 : 1;
}

/** @param {NodeJS.ProcessEnv} env */
function isCi(env) {
  return env.CI !== undefined && !['', '0', 'false'].includes(env.CI);
}

/**
 * @param {import('./plan.mjs').Stage} stage
 * @param {boolean} ci
 * @param {string[]} log
 * @returns {Promise<Outcome>}
 */
async function runStage(stage, ci, log) {
  /** @type {StageContext['run']} */
  const run = async (command, args, options = {}) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...options.env };
    const { code, signal, stdout, output } = await capture(command, args, { cwd: root, ...options, env });
    log.push(stripVTControlCharacters(output));
    if (signal !== null) throw new StageFailure(`${name(command, args)} was ended by ${signal}`);
    if (code !== 0) throw new StageFailure(`${name(command, args)} exited with ${code}`);
    return stdout;
  };
  try {
    return await stage.run({
      ci,
      run,
      node: (args, options) => run(process.execPath, args, options),
      log: (text) => log.push(`${text}\n`),
    });
  } catch (error) {
    log.push(
      error instanceof StageFailure || /** @type {any} */ (error)?.expected
        ? `${message(error)}\n`
        : `${stack(error)}\n`,
    );
    return { passed: 0, failed: 1, note: message(error).split('\n')[0] ?? '' };
  }
}

/** A program of a stage has failed; its output says why. */
class StageFailure extends Error {}

/** @param {string} command @param {readonly string[]} args */
function name(command, args) {
  const script = command === process.execPath ? args.find((arg) => !arg.startsWith('-')) : command;
  return path.basename(script ?? command);
}

/** @param {unknown} error */
const message = (error) => (error instanceof Error ? error.message : String(error));
/** @param {unknown} error */
const stack = (error) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/**
 * One line a stage; of a failed one, the end of its output too.
 *
 * @param {string} stageName
 * @param {Outcome} outcome
 * @param {number} ms
 * @param {string} log
 */
function report(stageName, outcome, ms, log) {
  writeFileSync(path.join(logs, `${stageName}.log`), log);
  const verdict = outcome.failed > 0 ? 'FAIL' : 'ok';
  const text = outcome.note ?? '';
  const note = text.length > 160 ? `  ${text.slice(0, 160)} …` : `  ${text}`;
  process.stdout.write(
    `${verdict.padEnd(5)}${stageName.padEnd(14)}${`${seconds(ms).padStart(8)}${note}`.trimEnd()}\n`,
  );
  if (outcome.failed > 0 && log.trim() !== '') {
    const lines = log.trimEnd().split('\n');
    const shown = lines.slice(-200);
    if (shown.length < lines.length)
      process.stdout.write(`      … ${lines.length - shown.length} lines before\n`);
    process.stdout.write(`${shown.map((line) => `      ${line}`).join('\n')}\n`);
  }
}

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
