// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { pnpmScript } from '../scripts/lib/install.mjs';
import { twoAtATime } from '../scripts/lib/parallel.mjs';
import { ExpectedError, root } from '../scripts/lib/root.mjs';
import { capture } from '../scripts/lib/spawn-captured.mjs';
import { toolScript } from '../scripts/lib/tools.mjs';
import { publishedPackages } from '../scripts/lib/workspace.mjs';

/** @typedef {import('../scripts/lib/workspace.mjs').WorkspacePackage & { tarball: string }} PackedPackage */

const folder = path.join(root, '.cache', 'packed');

/**
 * Packs every published package as a release would.
 *
 * @param {import('../scripts/check/check.mjs').StageContext} context
 * @returns {Promise<PackedPackage[]>}
 */
async function packAll({ node }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const failed = await twoAtATime(publishedPackages(root), async ({ dir }) => {
    await node([pnpmScript, 'pack', '--pack-destination', folder], { cwd: dir });
  });
  if (failed.length > 0) throw new ExpectedError(failed.map(({ item }) => item.folder).join(', '));
  return packedPackages();
}

/** The packages with the tarballs of the last packing. @returns {PackedPackage[]} */
export function packedPackages() {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return publishedPackages(root).map((entry) => {
    const { name, version } = entry.manifest;
    const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
    if (!files.includes(file)) throw new ExpectedError(`${name} ${version} is not packed`);
    return { ...entry, tarball: path.join(folder, file) };
  });
}

/**
 * Packs, then asks publint and "are the types wrong" about each tarball; each answer counts as one check.
 *
 * @param {import('../scripts/check/check.mjs').StageContext} context
 * @returns {Promise<import('../scripts/check/plan.mjs').Outcome>}
 */
export async function checkTarballs(context) {
  let passed = 0;
  let failed = 0;
  for (const { tarball, manifest } of await packAll(context)) {
    const { buffer, byteOffset, byteLength } = readFileSync(tarball);
    const { messages, pkg } = await publint({
      pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
      strict: true,
    });
    const grave = messages.filter(({ type }) => type !== 'suggestion');
    for (const message of grave) {
      context.log(
        `publint ${manifest.name}: ${formatMessage(message, pkg, { color: false }) ?? message.code}`,
      );
    }
    if (grave.length === 0) passed += 1;
    else failed += 1;

    // A package that is only a command has no types to be wrong.
    if (manifest.exports === undefined) continue;
    const attw = [
      toolScript('@arethetypeswrong/cli', 'attw'),
      ...[tarball, '--profile=esm-only', '--no-definitely-typed'],
      ...['--format=ascii', '--no-color', '--no-emoji'],
    ];
    const { code, output } = await capture(process.execPath, attw);
    if (code === 0) passed += 1;
    else {
      context.log(`attw ${manifest.name}:\n${output}`);
      failed += 1;
    }
  }
  return { passed, failed, note: `${passed} of ${passed + failed} answers` };
}
