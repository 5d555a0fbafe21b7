// @ts-check
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { twoAtATime } from '../lib/parallel.mjs';
import { ExpectedError, root } from '../lib/root.mjs';
import { publishedPackages } from '../lib/workspace.mjs';
import { sourceEntries } from './entries.mjs';

/**
 * The reference of all packages in `docs/api`. Entry points are what `exports` names, so that there is no second list.
 *
 * @param {import('./check.mjs').StageContext} context
 * @returns {Promise<import('./plan.mjs').Outcome>}
 */
export async function buildDocs({ node }) {
  const typedoc = path.join(root, 'node_modules', 'typedoc', 'bin', 'typedoc');
  const parts = path.join(root, '.cache', 'docs');
  rmSync(parts, { recursive: true, force: true });
  mkdirSync(parts, { recursive: true });
  const documented = publishedPackages(root).filter(({ manifest }) => sourceEntries(manifest).length > 0);
  const outputOf = (/** @type {string} */ folder) => path.join(parts, `${path.basename(folder)}.json`);
  const failed = await twoAtATime(documented, async ({ dir, folder, manifest }) => {
    const points = sourceEntries(manifest).map(({ source }) => path.join(dir, source));
    // A program of what is documented and nothing else; the types stage has checked it.
    const tsconfig = path.join(parts, `${path.basename(folder)}.tsconfig.json`);
    writeFileSync(
      tsconfig,
      JSON.stringify({ extends: path.join(root, 'tsconfig.base.json'), files: points }),
    );
    await node([
      typedoc,
      ...['--options', path.join(root, 'typedoc.package.json'), '--tsconfig', tsconfig],
      ...['--readme', path.join(dir, 'README.md'), '--name', manifest.name, '--json', outputOf(folder)],
      ...points.flatMap((point) => ['--entryPoints', point]),
    ]);
  });
  if (failed.length > 0) {
    throw new ExpectedError(failed.map(({ item, error }) => `${item.folder}: ${error}`).join('; '));
  }
  const files = documented.map(({ folder }) => outputOf(folder));
  const merged = files.flatMap((file) => ['--entryPoints', file]);
  await node([typedoc, '--options', path.join(root, 'typedoc.json'), ...merged]);
  return { passed: 1, failed: 0, note: `docs/api: ${files.length} packages` };
}
