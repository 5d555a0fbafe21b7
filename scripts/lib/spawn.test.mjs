// @ts-check
import { spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { root } from './root.mjs';

const spawnModule = pathToFileURL(path.join(root, 'scripts/lib/spawn.mjs')).href;

/**
 * A program that runs `childSource` through `run` and ends like it.
 *
 * @param {string} childSource
 */
const runnerSource = (childSource) => `
  import { endLike, run } from ${JSON.stringify(spawnModule)};
  endLike(await run(process.execPath, ['-e', ${JSON.stringify(childSource)}]));`;

/** @param {string} childSource */
function parent(childSource) {
  return spawn(process.execPath, ['--input-type=module', '-e', runnerSource(childSource)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function ended(child) {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
}

describe('run and endLike', () => {
  it.each([0, 1, 3])('hands on exit code %i', async (code) => {
    expect(await ended(parent(`process.exitCode = ${code}`))).toEqual({ code, signal: null });
  });

  it('hands stdin down and stdout up', async () => {
    const child = parent('process.stdin.pipe(process.stdout)');
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.stdin.end('привет');
    await ended(child);
    expect(text).toBe('привет');
  });

  it.skipIf(process.platform === 'win32').each(/** @type {const} */ (['SIGINT', 'SIGTERM']))(
    'passes %s on, waits for the child to finish with it, and ends with its code [posix]',
    async (signal) => {
      const child = parent(`
        process.on('${signal}', () => setImmediate(() => process.exit(7)));
        setInterval(() => {}, 1000);
        process.stdout.write('ready');`);
      child.stdout.once('data', () => child.kill(signal));
      expect(await ended(child)).toEqual({ code: 7, signal: null });
    },
  );

  it.skipIf(process.platform === 'win32')('ends by the signal that ended the child [posix]', async () => {
    expect(await ended(parent("process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);"))).toEqual(
      {
        code: null,
        signal: 'SIGTERM',
      },
    );
  });

  it.skipIf(process.platform === 'win32')("stops the child when npm's shell is gone [posix]", async () => {
    const child = `
      process.on('SIGTERM', () => process.stdout.write(' stopped', () => process.exit(0)));
      setInterval(() => {}, 1000);
      process.stdout.write('ready');`;
    const runner = JSON.stringify(['--input-type=module', '-e', runnerSource(child)]);
    const shell = spawn(
      process.execPath,
      ['-e', `require('node:child_process').spawn(process.execPath, ${runner}, { stdio: 'inherit' });`],
      { env: { ...process.env, npm_lifecycle_event: 'elcert' }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    shell.stdout.on('data', (chunk) => {
      text += chunk;
      if (text === 'ready') shell.kill('SIGKILL');
    });
    // The pipe closes when the last of the three has ended.
    await ended(shell);
    expect(text).toBe('ready stopped');
  });
});
