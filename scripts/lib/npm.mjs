// @ts-check
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

/**
 * How to start npm with no shell in between: shells differ in quoting, and Node refuses to spawn `npm.cmd` without one.
 *
 * @param {{ env?: NodeJS.ProcessEnv, platform?: string, execPath?: string, exists?: (file: string) => boolean,
 *   realpath?: (file: string) => string }} [on] the machine; the real one unless told
 * @returns {{ command: string, args: string[] } | undefined} undefined where there is no npm
 */
export function npmCommand({
  env = process.env,
  platform = process.platform,
  execPath = process.execPath,
  exists = existsSync,
  realpath = realpathSync,
} = {}) {
  const p = platform === 'win32' ? path.win32 : path.posix;
  const isNpmCli = (/** @type {string} */ file) => p.basename(file) === 'npm-cli.js' && exists(file);
  // pnpm and yarn set npm_execpath too, to themselves.
  const candidates = env.npm_execpath ? [env.npm_execpath] : [];
  const home = p.dirname(execPath);
  const inside = ['node_modules', 'npm', 'bin', 'npm-cli.js'];
  candidates.push(p.join(home, ...inside), p.join(home, '..', 'lib', ...inside));
  for (const folder of (env.PATH ?? env.Path ?? '').split(p.delimiter).filter(Boolean)) {
    candidates.push(p.join(folder, ...inside));
    const link = p.join(folder, 'npm');
    if (platform !== 'win32' && exists(link)) candidates.push(realpath(link));
  }
  const cli = candidates.find(isNpmCli);
  return cli === undefined ? undefined : { command: execPath, args: [cli] };
}
