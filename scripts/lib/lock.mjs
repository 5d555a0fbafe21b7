// @ts-check
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A lock that was not touched for so long has lost its owner, whatever its process id says. */
const abandonedAfter = 120_000;

/**
 * Does `work` while no other process of this checkout does: others wait. A lock left by a dead process is taken over.
 *
 * @template T
 * @param {string} file the lock file
 * @param {() => Promise<T>} work
 * @param {{ pollMs?: number, onWait?: () => void }} [options]
 * @returns {Promise<T>}
 */
export async function withLock(file, work, { pollMs = 200, onWait } = {}) {
  mkdirSync(path.dirname(file), { recursive: true });
  let waiting = false;
  while (!tryCreate(file)) {
    if (isStale(file)) {
      removeStale(file);
      continue;
    }
    if (!waiting) onWait?.();
    waiting = true;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  const heartbeat = setInterval(() => touch(file), 10_000);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function tryCreate(file) {
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, host: os.hostname() }), { flag: 'wx' });
    return true;
  } catch (error) {
    // Windows answers EPERM or EBUSY while the previous owner's deletion is still under way.
    if (['EEXIST', 'EPERM', 'EBUSY'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** @param {string} file */
function isStale(file) {
  try {
    const age = Date.now() - statSync(file).mtimeMs;
    if (age > abandonedAfter) return true;
    const owner = JSON.parse(readFileSync(file, 'utf8'));
    return owner.host === os.hostname() && !isAlive(owner.pid);
  } catch {
    // Gone, or its owner is about to write it: neither is stale.
    return false;
  }
}

/**
 * Two waiters may see the same dead lock; the slower of them must not delete the lock that the faster has just made.
 * So deleting has a short lock of its own, and looks again under it.
 *
 * @param {string} file
 */
function removeStale(file) {
  const guard = `${file}.takeover`;
  if (!tryCreate(guard)) {
    if (ageOf(guard) > abandonedAfter) rmSync(guard, { force: true });
    return;
  }
  try {
    if (isStale(file)) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/** @param {string} file */
function ageOf(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

/** @param {string} file */
function touch(file) {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // A heartbeat that is missed once does no harm.
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code ?? '';
}
