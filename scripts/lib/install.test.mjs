// @ts-check
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasPinnedPnpm, installStamp } from './install.mjs';
import { root } from './root.mjs';

/** @type {string} */
let folder;

/** @param {string} file @param {string} text */
function write(file, text) {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'elcert stamp '));
  write('pnpm-workspace.yaml', 'packages:\n  - packages/*\n');
  write('pnpm-lock.yaml', 'lock');
  write('package.json', '{}');
  write('packages/a/package.json', '{}');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('installStamp', () => {
  it('stays while nothing changes', () => {
    const before = installStamp(folder);
    write('packages/a/src/index.ts', 'export {};');
    expect(installStamp(folder)).toBe(before);
  });

  it.each([
    ['the lockfile', 'pnpm-lock.yaml', 'other'],
    ['a manifest', 'packages/a/package.json', '{ "dependencies": {} }'],
    ['the settings', '.npmrc', 'engine-strict=true'],
    ['a new package', 'packages/b/package.json', '{}'],
  ])('changes with %s', (_, file, text) => {
    const before = installStamp(folder);
    write(file, text);
    expect(installStamp(folder)).not.toBe(before);
  });

  it('changes with the version of Node', () => {
    expect(installStamp(folder, 'v20')).not.toBe(installStamp(folder, 'v22'));
  });
});

describe('hasPinnedPnpm', () => {
  beforeEach(() => {
    write('package.json', JSON.stringify({ dependencies: { pnpm: '10.0.0' } }));
    write('node_modules/pnpm/bin/pnpm.cjs', '');
  });

  /** @param {string} version */
  const hidden = (version) =>
    write(
      'node_modules/.package-lock.json',
      JSON.stringify({ packages: { 'node_modules/pnpm': { version } } }),
    );

  it('wants the pinned version', () => {
    hidden('10.0.0');
    expect(hasPinnedPnpm(folder)).toBe(true);
    hidden('9.9.9');
    expect(hasPinnedPnpm(folder)).toBe(false);
  });

  it('does not trust an install that was cut short', () => {
    expect(hasPinnedPnpm(folder)).toBe(false);
  });

  it('is the version that packageManager names', () => {
    const wanted = JSON.parse(readFileSync(path.join(root, 'tools/pnpm/package.json'), 'utf8')).dependencies
      .pnpm;
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    expect(manifest.packageManager).toBe(`pnpm@${wanted}`);
  });
});
