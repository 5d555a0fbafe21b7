// @ts-check
import { ensureInstalled, ensurePnpm, pnpmScript } from './install.mjs';
import { ExpectedError, say } from './root.mjs';
import { sourceArguments, sourceEnvironment } from './source.mjs';
import { endLike, run } from './spawn.mjs';

const usage = `usage: node scripts/run.mjs COMMAND
  elcert ARGS…     the command line from the sources (npm run elcert -- ARGS…)
  check [STAGE…]   what CI runs (npm test); --list names the stages
  bench [NAME…]    benchmarks (npm run bench)
  sizes            measure all export paths anew, after a build, and write .size-limit.json
  install          pinned pnpm and frozen dependencies, if something is missing
  pnpm ARGS…       the pinned pnpm
`;

/** Commands of pnpm that need what is installed. Others, `install` and `add` among them, bring it themselves. */
const needInstalled = new Set(['exec', 'run', 'test']);

/**
 * `npm run` moves to the root, but a relative path means the folder in which it was typed.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export function callerFolder(env) {
  return env.npm_lifecycle_event !== undefined && env.INIT_CWD ? env.INIT_CWD : process.cwd();
}

/** @param {readonly string[]} argv */
export async function main(argv) {
  const [command, ...args] = argv;
  switch (command) {
    case 'elcert':
      await ensureInstalled();
      return endLike(
        await run(process.execPath, [...sourceArguments('packages/cli/src/bin.ts'), ...args], {
          cwd: callerFolder(process.env),
          env: sourceEnvironment(),
        }),
      );
    case 'bench': {
      await ensureInstalled();
      const { bench } = await import('./bench.mjs');
      return bench(args);
    }
    case 'check': {
      const { check } = await import('../check/check.mjs');
      process.exitCode = await check(args);
      return;
    }
    case 'sizes': {
      await ensureInstalled();
      const { updateSizes } = await import('../check/sizes.mjs');
      return updateSizes();
    }
    case 'install':
      if (!(await ensureInstalled())) say('dependencies are up to date');
      return;
    case 'pnpm':
      if (needInstalled.has(args[0] ?? '')) await ensureInstalled();
      else await ensurePnpm();
      return endLike(await run(process.execPath, [pnpmScript, ...args]));
    default:
      process.exitCode = 2;
      throw new ExpectedError(
        `${command === undefined ? 'no command' : `unknown command ${command}`}\n${usage}`,
      );
  }
}
