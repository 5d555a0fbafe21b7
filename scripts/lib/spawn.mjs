// @ts-check
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Ending */

/** @type {NodeJS.Signals[]} */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program to its end. Signals that come meanwhile are passed on to it, and we stay until it has
 * finished with them.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<Ending>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', windowsHide: true, ...options });
    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => {
      if (!sentByTerminal(signal)) child.kill(signal);
    };
    for (const signal of forwarded) process.on(signal, forward);
    const watch = setInterval(() => {
      if (!startedByNpm || !parentIsGone()) return;
      clearInterval(watch);
      child.kill('SIGTERM');
    }, 200);
    const done = () => {
      clearInterval(watch);
      for (const signal of forwarded) process.off(signal, forward);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('close', (code, signal) => {
      done();
      resolve({ code, signal });
    });
  });
}

// npm passes a signal on to the shell between it and us, and that shell dies of it without a word. So when we were
// started by `npm run`, losing the parent is the signal.
const startedByNpm = process.env.npm_lifecycle_event !== undefined;
const parent = process.ppid;

function parentIsGone() {
  if (process.platform !== 'win32') return process.ppid !== parent;
  try {
    process.kill(parent, 0);
    return false;
  } catch {
    return true;
  }
}

/**
 * A terminal sends Ctrl-C to every process of its foreground group, the child included. Passing it on as well would
 * make it two, and the second is commonly taken as "stop at once". Windows knows no other SIGINT.
 *
 * @param {NodeJS.Signals} signal
 */
function sentByTerminal(signal) {
  if (signal === 'SIGTERM') return false;
  return (
    process.platform === 'win32' ||
    Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY)
  );
}

/**
 * Ends this process as the child ended, so that whoever waits for us sees the same.
 *
 * @param {Ending} ending
 */
export function endLike({ code, signal }) {
  if (signal !== null && process.platform !== 'win32') {
    process.kill(process.pid, signal);
    // A signal that this process survives (ignored by its parent, say) still has to become a failure.
    process.exitCode = 128 + constants.signals[signal];
    return;
  }
  process.exitCode = code ?? 1;
}
