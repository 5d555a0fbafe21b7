// @ts-check
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root } from '../lib/root.mjs';
import { publishedPackages } from '../lib/workspace.mjs';
import { sourceEntries } from './entries.mjs';

/**
 * The reference of all packages in `docs/api`. Entry points are what `exports` names, so that there is no second list.
 *
 * @param {import('./check.mjs').StageContext} context
 * @returns {Promise<import('./plan.mjs').Outcome>}
 */
export async function buildDocs({ node, log }) {
  const typedoc = path.join(root, 'node_modules', 'typedoc', 'bin', 'typedoc');
  const parts = path.join(root, '.cache', 'docs');
  rmSync(parts, { recursive: true, force: true });
  mkdirSync(parts, { recursive: true });
  /** @type {string[]} */
  const files = [];
  /** @type {string[]} */
  const failed = [];
  for (const { dir, folder, manifest } of publishedPackages(root)) {
    const entries = sourceEntries(manifest);
    if (entries.length === 0) continue;
    const file = path.join(parts, `${path.basename(folder)}.json`);
    const argv = [
      ...[
        '--options',
        path.join(root, 'typedoc.package.json'),
        '--tsconfig',
        path.join(root, 'tsconfig.json'),
      ],
      ...['--readme', path.join(dir, 'README.md'), '--name', manifest.name, '--json', file],
      ...entries.flatMap(({ source }) => ['--entryPoints', path.join(dir, source)]),
    ];
    try {
      await node([typedoc, ...argv], { cwd: dir });
      files.push(file);
    } catch (error) {
      log(`${folder}: ${error instanceof Error ? error.message : error}`);
      failed.push(folder);
    }
  }
  if (failed.length > 0) return { passed: 0, failed: 1, note: failed.join(', ') };
  const merged = files.flatMap((file) => ['--entryPoints', file]);
  await node([typedoc, '--options', path.join(root, 'typedoc.json'), ...merged]);
  return { passed: 1, failed: 0, note: `docs/api: ${files.length} packages` };
}
