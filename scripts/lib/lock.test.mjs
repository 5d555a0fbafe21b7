// @ts-check
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './lock.mjs';

/** @type {string} */
let folder;
/** @type {string} */
let file;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'elcert lock '));
  file = path.join(folder, 'deeper', 'install.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process id that has been used and is free. */
function deadPid() {
  return Number(execFileSync(process.execPath, ['-p', 'process.pid']).toString());
}

/** @param {object} owner */
async function leave(owner) {
  await withLock(file, async () => {});
  writeFileSync(file, JSON.stringify(owner));
}

describe('withLock', () => {
  it('lets one in at a time and hands on what the work returns', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      return inside;
    };
    const results = await Promise.all([1, 2, 3, 4].map(() => withLock(file, work, { pollMs: 1 })));
    expect(most).toBe(1);
    expect(results).toEqual([0, 0, 0, 0]);
    expect(existsSync(file)).toBe(false);
  });

  it('lets go when the work fails', async () => {
    await expect(withLock(file, async () => Promise.reject(new Error('no network')))).rejects.toThrow(
      'no network',
    );
    expect(await withLock(file, async () => 'next')).toBe('next');
  });

  it('takes over from a process that died', async () => {
    await leave({ pid: deadPid(), host: os.hostname() });
    expect(await withLock(file, async () => 'mine')).toBe('mine');
  });

  it('takes over once, though many see the same dead owner', async () => {
    await leave({ pid: deadPid(), host: os.hostname() });
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all([1, 2, 3, 4, 5].map(() => withLock(file, work, { pollMs: 1 })));
    expect(most).toBe(1);
  });

  it('takes over from another machine only after long silence', async () => {
    await leave({ pid: 1, host: 'another-host' });
    let waited = false;
    const turn = withLock(file, async () => waited, {
      pollMs: 1,
      onWait: () => {
        waited = true;
        const longAgo = new Date(Date.now() - 10 * 60_000);
        utimesSync(file, longAgo, longAgo);
      },
    });
    expect(await turn).toBe(true);
  });
});
