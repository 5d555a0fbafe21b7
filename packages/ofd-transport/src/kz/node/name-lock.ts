import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KzError } from '../errors.js';

// A name that the system itself gives to one process at a time and takes back when that one ends, however it ends: a local socket. A
// file with a process number would outlive kill -9 and a loss of power, and keep the till closed the next morning.

function addressOf(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 32);
  if (process.platform === 'win32') return `\\\\.\\pipe\\elcert-kz-${hash}`;
  // Linux knows names that are no files.
  if (process.platform === 'linux') return `\0elcert-kz-${hash}`;
  return join(tmpdir(), `elcert-kz-${hash}.sock`);
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      server.on('error', () => {});
      // It keeps no process alive.
      server.unref();
      resolve(server);
    });
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Holds a name on this machine until it is released or the process ends.
 *
 * @throws KzError `STORE_LOCKED` (`not-sent`) while another process, or this one, holds it
 */
export async function holdName(name: string): Promise<{ release(): Promise<void> }> {
  const address = addressOf(name);
  let server: Server;
  try {
    server = await listen(address);
  } catch (error) {
    const isLeftBehind =
      process.platform !== 'win32' && process.platform !== 'linux' && !(await answers(address));
    if (!isLeftBehind) throw locked(name, error);
    // A process that was killed leaves the file of its socket.
    await rm(address, { force: true });
    server = await listen(address).catch((cause: unknown) => {
      throw locked(name, cause);
    });
  }
  return {
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function locked(name: string, cause: unknown): KzError {
  return new KzError({
    code: 'STORE_LOCKED',
    message: `${name} is in use`,
    userMessage: 'Касса уже открыта другой программой.',
    outcome: 'not-sent',
    cause,
  });
}
