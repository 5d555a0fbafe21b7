// @ts-check
import { describe, expect, it } from 'vitest';
import { npmCommand } from './npm.mjs';

/**
 * @param {readonly string[]} files
 * @param {Record<string, string>} [links]
 */
function machine(files, links = {}) {
  return {
    exists: (/** @type {string} */ file) => files.includes(file) || file in links,
    realpath: (/** @type {string} */ file) => links[file] ?? file,
  };
}

describe('npmCommand', () => {
  it('takes the npm that runs us', () => {
    const cli = '/opt/npm/bin/npm-cli.js';
    const found = npmCommand({
      env: { npm_execpath: cli },
      platform: 'linux',
      execPath: '/bin/node',
      ...machine([cli]),
    });
    expect(found).toEqual({ command: '/bin/node', args: [cli] });
  });

  it('is not misled by pnpm, which names itself there', () => {
    const pnpm = '/x/pnpm.cjs';
    const cli = '/usr/lib/node_modules/npm/bin/npm-cli.js';
    const on = {
      env: { npm_execpath: pnpm },
      platform: 'linux',
      execPath: '/usr/bin/node',
      ...machine([pnpm, cli]),
    };
    expect(npmCommand(on)?.args).toEqual([cli]);
  });

  it('finds npm beside node.exe', () => {
    const cli = 'C:\\Program Files\\nodejs\\node_modules\\npm\\bin\\npm-cli.js';
    const execPath = 'C:\\Program Files\\nodejs\\node.exe';
    expect(npmCommand({ env: {}, platform: 'win32', execPath, ...machine([cli]) })).toEqual({
      command: execPath,
      args: [cli],
    });
  });

  it('finds npm on the Path of Windows', () => {
    const cli = 'D:\\tools\\node_modules\\npm\\bin\\npm-cli.js';
    const on = {
      env: { Path: 'C:\\x;D:\\tools' },
      platform: 'win32',
      execPath: 'C:\\n\\node.exe',
      ...machine([cli]),
    };
    expect(npmCommand(on)?.args).toEqual([cli]);
  });

  it('follows the link of a distribution', () => {
    const cli = '/usr/share/nodejs/npm/bin/npm-cli.js';
    const on = {
      env: { PATH: '/a:/usr/bin' },
      platform: 'linux',
      execPath: '/usr/local/bin/node',
      ...machine([cli], { '/usr/bin/npm': cli }),
    };
    expect(npmCommand(on)?.args).toEqual([cli]);
  });

  it('says so where there is none', () => {
    expect(
      npmCommand({ env: { PATH: '/a' }, platform: 'linux', execPath: '/bin/node', ...machine([]) }),
    ).toBeUndefined();
  });

  it('finds one on this machine', () => {
    expect(npmCommand()).toBeDefined();
  });
});
