// @ts-check
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../lib/root.mjs';
import { capture } from '../lib/spawn-captured.mjs';
import { toolScript } from '../lib/tools.mjs';
import { publishedPackages } from '../lib/workspace.mjs';
import { sourceEntries } from './entries.mjs';

/** @typedef {{ name: string, path: string, limit: string, ignore?: string[] }} SizeLimit */

const limitsFile = path.join(root, '.size-limit.json');

/**
 * Every export path, minified and compressed with what it brings along, stays under its limit in `.size-limit.json`.
 *
 * @param {import('./check.mjs').StageContext} context
 * @returns {Promise<import('./plan.mjs').Outcome>}
 */
export async function checkSizes({ node, log }) {
  const limits = readLimits();
  const differences = limitDifferences(limits, exportPaths());
  for (const difference of differences) log(difference);
  await node([toolScript('size-limit')]);
  if (differences.length > 0) {
    log('node scripts/run.mjs sizes rewrites the list');
    return { passed: 0, failed: 1, note: '.size-limit.json and the exports differ' };
  }
  return { passed: 1, failed: 0, note: `${limits.length} export paths` };
}

/**
 * Writes `.size-limit.json` anew: what is measured now and a quarter of room. Limits that still have room stay.
 */
export async function updateSizes() {
  const known = new Map(readLimits().map((limit) => [limit.name, limit]));
  const entries = exportPaths().map(({ name, path, ignore }) => ({ name, path, limit: '10 MB', ignore }));
  writeLimits(entries);
  const { code, stdout, output } = await capture(process.execPath, [toolScript('size-limit'), '--json'], {
    cwd: root,
  });
  if (code !== 0) throw new Error(output);
  /** @type {{ name: string, size: number }[]} */
  const measured = JSON.parse(stdout);
  writeLimits(
    entries.map((entry) => {
      const size = measured.find(({ name }) => name === entry.name)?.size ?? 0;
      const before = known.get(entry.name)?.limit;
      const keep = before !== undefined && kilobytes(before) * 1000 >= size;
      return { ...entry, limit: keep ? before : `${Math.ceil((size * 1.25) / 1000)} kB` };
    }),
  );
  const format = [toolScript('@biomejs/biome', 'biome'), 'format', '--write', limitsFile];
  await capture(process.execPath, format, { cwd: root });
}

/** @param {string} limit */
const kilobytes = (limit) => Number(/^(\d+(?:\.\d+)?) kB$/.exec(limit)?.[1] ?? 0);

/** @returns {SizeLimit[]} */
function readLimits() {
  return existsSync(limitsFile) ? JSON.parse(readFileSync(limitsFile, 'utf8')) : [];
}

/** @param {readonly SizeLimit[]} limits */
function writeLimits(limits) {
  writeFileSync(limitsFile, `${JSON.stringify(limits, undefined, 2)}\n`);
}

/**
 * @param {string} folder
 * @param {string} specifier
 */
const isForNode = (folder, specifier) => folder === 'packages/emulators' || specifier.endsWith('/node');

/**
 * What must have a limit. Node's own modules weigh nothing; of an emulator or a driver for Node the third-party
 * packages are left out, because it is our part that is watched and nobody sends it to a browser.
 */
function exportPaths() {
  return publishedPackages(root).flatMap(({ folder, manifest }) =>
    sourceEntries(manifest).map(({ specifier, built }) => ({
      name: specifier,
      path: `${folder}/${built.slice(2)}`,
      ignore: ['node:*', ...(isForNode(folder, specifier) ? thirdParty(manifest) : [])],
    })),
  );
}

/** @param {import('../lib/workspace.mjs').Manifest} manifest */
function thirdParty(manifest) {
  return Object.keys(manifest.dependencies ?? {}).filter((name) => !name.startsWith('@elcert/'));
}

/**
 * How the list of limits and the exports of the packages differ, in words.
 *
 * @param {readonly { name: string }[]} limits
 * @param {readonly { name: string }[]} exported
 */
export function limitDifferences(limits, exported) {
  const have = new Set(limits.map(({ name }) => name));
  const want = new Set(exported.map(({ name }) => name));
  return [
    ...[...want].filter((name) => !have.has(name)).map((name) => `${name} has no limit`),
    ...[...have].filter((name) => !want.has(name)).map((name) => `${name} has a limit and is not exported`),
  ];
}
