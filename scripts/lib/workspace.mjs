// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {{ name: string, version: string, private?: boolean, type?: string, bin?: Record<string, string>,
 *   exports?: Record<string, unknown>, publishConfig?: { exports?: Record<string, unknown> },
 *   dependencies?: Record<string, string>, devDependencies?: Record<string, string>,
 *   peerDependencies?: Record<string, string>,
 *   peerDependenciesMeta?: Record<string, { optional?: boolean }>, [more: string]: unknown }} Manifest
 * @typedef {{ dir: string, folder: string, manifest: Manifest }} WorkspacePackage
 */

/**
 * The folders that `pnpm-workspace.yaml` names. It reads the two forms that this workspace uses, `name` and `name/*`,
 * because it runs before anything is installed, a YAML parser included.
 *
 * @param {string} root
 * @returns {string[]} relative, with forward slashes, sorted
 */
export function workspaceFolders(root) {
  const lines = readFileSync(path.join(root, 'pnpm-workspace.yaml'), 'utf8').split(/\r?\n/);
  const start = lines.indexOf('packages:');
  if (start === -1) throw new Error('pnpm-workspace.yaml names no packages');
  /** @type {string[]} */
  const folders = [];
  for (const line of lines.slice(start + 1)) {
    const item = /^\s+-\s+['"]?([^'"#\s]+)['"]?\s*$/.exec(line);
    if (!item?.[1]) break;
    const pattern = item[1];
    if (pattern.endsWith('/*')) {
      const parent = pattern.slice(0, -2);
      for (const name of existsSync(path.join(root, parent)) ? readdirSync(path.join(root, parent)) : []) {
        folders.push(`${parent}/${name}`);
      }
    } else {
      folders.push(pattern);
    }
  }
  return folders.filter((folder) => existsSync(path.join(root, folder, 'package.json'))).sort();
}

/**
 * @param {string} root
 * @returns {WorkspacePackage[]}
 */
export function workspacePackages(root) {
  return workspaceFolders(root).map((folder) => {
    const dir = path.join(root, folder);
    return { dir, folder, manifest: JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8')) };
  });
}

/**
 * The packages that go to the registry.
 *
 * @param {string} root
 */
export function publishedPackages(root) {
  return workspacePackages(root).filter(({ manifest }) => manifest.private !== true);
}
