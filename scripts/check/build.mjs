// @ts-check
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { twoAtATime } from '../lib/parallel.mjs';
import { ExpectedError } from '../lib/root.mjs';
import { toolScript } from '../lib/tools.mjs';

/**
 * Builds packages: they need nothing of each other's output.
 *
 * @param {readonly import('../lib/workspace.mjs').WorkspacePackage[]} packages
 * @param {import('./check.mjs').StageContext} context
 * @returns {Promise<string>} what to say about it
 */
export async function buildPackages(packages, { node }) {
  const failed = await twoAtATime(packages, async ({ dir, manifest }) => {
    await node([toolScript('tsup')], { cwd: dir });
    requireShebangs(dir, manifest);
  });
  if (failed.length > 0) {
    throw new ExpectedError(failed.map(({ item, error }) => `${item.folder}: ${error}`).join('; '));
  }
  return `${packages.length} packages`;
}

/**
 * A command without its first line would be handed to the shell on POSIX.
 *
 * @param {string} dir
 * @param {import('../lib/workspace.mjs').Manifest} manifest
 */
function requireShebangs(dir, manifest) {
  for (const script of Object.values(manifest.bin ?? {})) {
    const text = readFileSync(path.join(dir, script), 'utf8');
    if (!text.startsWith('#!/usr/bin/env node\n'))
      throw new ExpectedError(`${script} has no #!/usr/bin/env node`);
  }
}
