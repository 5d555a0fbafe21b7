// @ts-check
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { minimumNode, nodeVersionProblem } from './node-version.mjs';
import { root } from './root.mjs';

describe('nodeVersionProblem', () => {
  it.each(['20.19.0', '20.19.4', '20.20.0', '22.0.0', '24.1.0-nightly'])('accepts %s', (version) => {
    expect(nodeVersionProblem(version, '20.19.0')).toBeUndefined();
  });

  it.each(['20.18.9', '19.99.0', '4.0.0', '20'])('refuses %s and says what is needed', (version) => {
    expect(nodeVersionProblem(version, '20.19.0')).toBe(
      `Node 20.19.0 or newer is needed, this is Node ${version} (https://nodejs.org)`,
    );
  });

  it('has the same floor as engines', () => {
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    expect(`${manifest.engines.node}.0`).toBe(`>=${minimumNode}`);
  });
});
