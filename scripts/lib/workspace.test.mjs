// @ts-check
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { root } from './root.mjs';
import { publishedPackages, workspaceFolders } from './workspace.mjs';

it('reads the folders of a workspace, starred and plain, quoted and not', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'elcert workspace '));
  try {
    writeFileSync(
      path.join(folder, 'pnpm-workspace.yaml'),
      "packages:\n  - 'packages/*'\n  - tests\n  - absent\n\ncatalog:\n  - no/*\n",
    );
    for (const name of ['packages/b', 'packages/a', 'packages/empty', 'tests']) {
      mkdirSync(path.join(folder, name), { recursive: true });
      if (name !== 'packages/empty') writeFileSync(path.join(folder, name, 'package.json'), '{}');
    }
    expect(workspaceFolders(folder)).toEqual(['packages/a', 'packages/b', 'tests']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('knows what goes to the registry', () => {
  const names = publishedPackages(root).map(({ manifest }) => manifest.name);
  expect(names).toContain('@elcert/core');
  expect(names.every((name) => /^@elcert\/[a-z-]+$/.test(name))).toBe(true);
});
