// @ts-check
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageManagerEnvironment } from '../scripts/lib/environment.mjs';
import { npmCommand } from '../scripts/lib/npm.mjs';
import { ExpectedError } from '../scripts/lib/root.mjs';

/**
 * @typedef {{ dir: string, write(file: string, text: string): void, node(...args: string[]): Promise<string>,
 *   add(packages: Record<string, string>): Promise<void>, installed(): Set<string>, remove(): void }} Consumer an empty project outside of this workspace, with packages installed
 */

/**
 * Makes a project in an empty folder and installs packed packages into it, with npm, as a user would. What the packed
 * packages need of each other comes from tarballs too; the rest comes from the registry.
 *
 * @param {import('../scripts/check/check.mjs').StageContext} context
 * @param {readonly import('./pack.mjs').PackedPackage[]} packed all packages
 * @param {readonly string[]} wanted the names the project depends on
 * @param {Record<string, string>} [others] third-party packages with exact versions
 * @returns {Promise<Consumer>}
 */
export async function makeConsumer(context, packed, wanted, others = {}) {
  const npm = npmCommand();
  if (npm === undefined) throw new ExpectedError('npm was not found');
  const dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'elcert consumer ')));
  const tarballs = Object.fromEntries(
    packed.map(({ manifest, tarball }) => [manifest.name, `file:${tarball.replaceAll('\\', '/')}`]),
  );
  /** @type {Record<string, string | undefined>} */
  const dependencies = Object.fromEntries(wanted.map((name) => [name, tarballs[name]]));
  const npmInstall = async (/** @type {Record<string, string>} */ added) => {
    Object.assign(dependencies, added);
    const manifest = { name: 'consumer', private: true, type: 'module', dependencies, overrides: tarballs };
    writeFileSync(path.join(dir, 'package.json'), JSON.stringify(manifest, undefined, 2));
    const flags = ['--no-package-lock', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    const env = packageManagerEnvironment(process.env);
    await context.node([...npm.args, 'install', ...flags], { cwd: dir, env });
  };
  await npmInstall(others);
  return {
    dir,
    write(file, text) {
      mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
      writeFileSync(path.join(dir, file), text);
    },
    node: (...args) => context.node(args, { cwd: dir, env: { NODE_OPTIONS: '' }, timeoutMs: 120_000 }),
    add: npmInstall,
    installed: () => installedPackages(path.join(dir, 'node_modules')),
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/**
 * The names of all packages below a `node_modules`, nested ones too.
 *
 * @param {string} folder
 * @returns {Set<string>}
 */
function installedPackages(folder) {
  /** @type {Set<string>} */
  const names = new Set();
  /** @param {string} modules */
  const visit = (modules) => {
    if (!existsSync(modules)) return;
    for (const entry of readdirSync(modules)) {
      if (entry.startsWith('.')) continue;
      const full = path.join(modules, entry);
      const inside = entry.startsWith('@') ? readdirSync(full).map((name) => path.join(full, name)) : [full];
      for (const dir of inside) {
        const file = path.join(dir, 'package.json');
        if (existsSync(file)) names.add(JSON.parse(readFileSync(file, 'utf8')).name);
        visit(path.join(dir, 'node_modules'));
      }
    }
  };
  visit(folder);
  return names;
}
