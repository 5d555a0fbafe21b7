import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElcertError } from '@elcert/core';

/** Two pseudo-terminals joined by `socat`. */
export interface PtyPair {
  /** The end that a till opens. */
  readonly host: string;
  /** The end that the emulator serves. */
  readonly device: string;
  close(): Promise<void>;
}

function ptyError(message: string, cause?: unknown): ElcertError<'PTY_FAILED'> {
  return new ElcertError({ code: 'PTY_FAILED', message, outcome: 'not-sent', cause });
}

/**
 * Makes a pair of pseudo-terminals. POSIX only; on Windows use TCP, or a virtual pair of COM ports and `serialPath`.
 *
 * @param link - path of the host's end; a name in a new temporary folder unless told
 * @throws ElcertError `PTY_FAILED` (`not-sent`) when there is no `socat`, or it makes no pair within five seconds
 */
export async function openPty(link?: string): Promise<PtyPair> {
  const folder = await mkdtemp(join(tmpdir(), 'elcert-pty-'));
  const host = link ?? join(folder, 'host');
  const device = join(folder, 'device');
  const child: ChildProcess = spawn(
    'socat',
    [`pty,raw,echo=0,link=${device}`, `pty,raw,echo=0,link=${host}`],
    {
      stdio: 'ignore',
    },
  );
  let ended: Error | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      ended = error;
      resolve();
    });
    child.once('exit', (code) => {
      ended ??= new Error(`socat ended with ${code}`);
      resolve();
    });
  });
  const close = async () => {
    if (ended === undefined) child.kill();
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  for (let turn = 0; turn < 250; turn += 1) {
    if (ended !== undefined) break;
    try {
      await Promise.all([access(host), access(device)]);
      return { host, device, close };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const cause = ended;
  await close();
  throw ptyError('no pair of pseudo-terminals: is socat installed?', cause);
}
