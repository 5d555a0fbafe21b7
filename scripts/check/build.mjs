// @ts-check
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ExpectedError } from '../lib/root.mjs';
import { toolScript } from '../lib/tools.mjs';

/**
 * Builds packages, two at a time: they need nothing of each other's output, and a build is a good half of one core.
 *
 * @param {readonly import('../lib/workspace.mjs').WorkspacePackage[]} packages
 * @param {import('./check.mjs').StageContext} context
 * @returns {Promise<string>} what to say about it
 */
export async function buildPackages(packages, { node }) {
  const waiting = [...packages];
  /** @type {string[]} */
  const failed = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { dir, folder, manifest } = next;
      try {
        await node([toolScript('tsup')], { cwd: dir });
        requireShebangs(dir, manifest);
      } catch (error) {
        failed.push(`${folder}: ${error instanceof Error ? error.message : error}`);
      }
    }
  };
  await Promise.all([worker(), worker()]);
  if (failed.length > 0) throw new ExpectedError(failed.join('; '));
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
