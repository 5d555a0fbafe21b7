// @ts-check
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './root.mjs';

/**
 * The script behind a tool's command, to be run by `process.execPath`: the shims in `node_modules/.bin` differ by
 * platform, and those of Windows want a shell.
 *
 * @param {string} packageName a devDependency of the root
 * @param {string} [command] the name of the command where it is not that of the package
 */
export function toolScript(packageName, command = packageName) {
  const folder = path.join(root, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const script = typeof bin === 'string' ? bin : bin?.[command];
  if (script === undefined) throw new Error(`${packageName} has no command ${command}`);
  return path.join(folder, script);
}
