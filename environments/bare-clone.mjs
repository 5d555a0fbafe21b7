// @ts-check
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { npmCommand } from '../scripts/lib/npm.mjs';
import { ExpectedError, root } from '../scripts/lib/root.mjs';

/** Nothing in the tooling may trip over a path like this. */
const awkwardName = 'Касса № 1 (копия) & co';

/**
 * Takes the files that a clone of this state would have, puts them into an empty folder with an awkward name, and does
 * there what the first screen of the README promises, on a PATH with nothing of ours.
 *
 * @param {import('../scripts/check/check.mjs').StageContext} context
 * @returns {Promise<import('../scripts/check/plan.mjs').Outcome>}
 */
export async function checkBareClone(context) {
  if (!context.ci && !existsSync(path.join(root, '.git'))) {
    return {
      passed: 0,
      failed: 0,
      note: 'no git checkout',
      skipped: ['a bare clone (this is no git checkout)'],
    };
  }
  const npm = npmCommand();
  if (npm === undefined) throw new ExpectedError('npm was not found');
  const parent = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'elcert clone ')));
  const clone = path.join(parent, awkwardName);
  try {
    for (const file of versionedFiles()) {
      mkdirSync(path.dirname(path.join(clone, file)), { recursive: true });
      cpSync(path.join(root, file), path.join(clone, file));
    }
    const env = bareEnvironment(process.env);
    /** @param {readonly string[]} args */
    const npmRun = (...args) => context.node([...npm.args, 'run', '-s', ...args], { cwd: clone, env });

    const first = JSON.parse(await npmRun('elcert', '--', 'tru', 'parse', '329921120.060010102', '--json'));
    if (first.ok !== true) throw new ExpectedError('the first command in a bare clone does not answer');

    const started = Date.now();
    const install = await context.node(['scripts/run.mjs', 'install'], { cwd: clone, env });
    if (install !== '') throw new ExpectedError('run.mjs speaks on stdout, which belongs to what it runs');
    if (Date.now() - started > 5000)
      throw new ExpectedError('an install with nothing to do takes more than 5 s');

    await npmRun('demo');
    return { passed: 3, failed: 0, note: 'first run, second run, demo' };
  } finally {
    rmSync(parent, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Versioned files and those about to be, as they are in the working tree. */
function versionedFiles() {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return [...new Set(list.split('\0'))].filter((file) => file !== '' && existsSync(path.join(root, file)));
}

/**
 * An environment with Node and the system, and no trace of the `npm run` or the workspace that we are in.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function bareEnvironment(env) {
  const entries = Object.entries(env).filter(
    ([name]) => !/^(npm_|pnpm_|INIT_CWD$|NODE_OPTIONS$)/i.test(name),
  );
  return Object.fromEntries(
    entries.map(([name, value]) =>
      /^path$/i.test(name)
        ? [
            name,
            (value ?? '')
              .split(path.delimiter)
              .filter((folder) => !folder.includes('node_modules'))
              .join(path.delimiter),
          ]
        : [name, value],
    ),
  );
}
