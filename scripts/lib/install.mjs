// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageManagerEnvironment } from './environment.mjs';
import { withLock } from './lock.mjs';
import { npmCommand } from './npm.mjs';
import { ExpectedError, root, say } from './root.mjs';
import { run } from './spawn.mjs';
import { workspaceFolders } from './workspace.mjs';

// The stamp lives in node_modules so that deleting node_modules deletes it; the lock must outlive that.
const stampFile = path.join(root, 'node_modules', '.cache', 'elcert', 'install-stamp');
const lockFile = path.join(root, '.cache', 'install.lock');
const pnpmFolder = path.join(root, 'tools', 'pnpm');

/** The script that starts the pinned pnpm. */
export const pnpmScript = path.join(pnpmFolder, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');

/**
 * What an install depends on, as one hash.
 *
 * @param {string} folder the root of a workspace
 * @param {string} node the version of Node: native modules are chosen by it
 */
export function installStamp(folder, node = `${process.version} ${process.platform} ${process.arch}`) {
  const hash = createHash('sha256').update(node);
  const manifests = workspaceFolders(folder).map((name) => `${name}/package.json`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', 'package.json', ...manifests]) {
    const full = path.join(folder, file);
    hash.update(`\0${file}\0`).update(existsSync(full) ? readFileSync(full) : '');
  }
  return hash.digest('hex');
}

function isInstalled() {
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== installStamp(root)) return false;
  // A package folder that was cleaned by hand has lost its links.
  return workspaceFolders(root).every((folder) => {
    const manifest = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
    const needs = { ...manifest.dependencies, ...manifest.devDependencies };
    return Object.keys(needs).length === 0 || existsSync(path.join(root, folder, 'node_modules'));
  });
}

/**
 * Whether `folder` holds a complete install of the pnpm that its package.json pins. npm writes the hidden lockfile
 * last, so an interrupted install has none.
 *
 * @param {string} folder
 */
export function hasPinnedPnpm(folder) {
  const hidden = path.join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden) || !existsSync(path.join(folder, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs')))
    return false;
  const wanted = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).dependencies.pnpm;
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages?.['node_modules/pnpm']?.version;
  return wanted === installed;
}

/** Installs the pinned pnpm with npm, unless it is there. */
async function bringPnpm() {
  if (hasPinnedPnpm(pnpmFolder)) return;
  const npm = npmCommand();
  if (npm === undefined)
    throw new ExpectedError('npm was not found; it comes with Node (https://nodejs.org)');
  say('fetching the pinned pnpm');
  const { code } = await run(
    npm.command,
    [...npm.args, 'ci', '--prefix', pnpmFolder, '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: pnpmFolder, env: packageManagerEnvironment(process.env), stdio: ['ignore', 2, 2] },
  );
  if (code !== 0) throw new ExpectedError('pnpm could not be fetched; npm says why above');
}

/** @param {() => Promise<void>} work */
function alone(work) {
  return withLock(lockFile, work, { onWait: () => say('another process is installing, waiting for it') });
}

/** Brings the pinned pnpm. */
export async function ensurePnpm() {
  if (!hasPinnedPnpm(pnpmFolder)) await alone(bringPnpm);
}

/**
 * Brings pnpm and the dependencies exactly as the lockfile has them. Does nothing when they are there.
 *
 * @returns {Promise<boolean>} whether something had to be installed
 */
export async function ensureInstalled() {
  if (isInstalled()) return false;
  let installed = false;
  await alone(async () => {
    await bringPnpm();
    // Whoever held the lock before us has probably done it.
    if (isInstalled()) return;
    say('installing dependencies');
    const before = installStamp(root);
    const { code } = await run(
      process.execPath,
      [
        pnpmScript,
        'install',
        '--frozen-lockfile',
        '--reporter=append-only',
        '--config.confirm-modules-purge=false',
      ],
      { cwd: root, env: packageManagerEnvironment(process.env), stdio: ['ignore', 2, 2] },
    );
    if (code !== 0) {
      throw new ExpectedError(
        'dependencies could not be installed; pnpm says why above. ' +
          'After a change of package.json run: node scripts/run.mjs pnpm install --no-frozen-lockfile',
      );
    }
    mkdirSync(path.dirname(stampFile), { recursive: true });
    writeFileSync(stampFile, before);
    installed = true;
  });
  return installed;
}
