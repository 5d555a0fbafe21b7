import { spawnSync } from 'node:child_process';
import { lstat, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elcert, type Running, startElcert } from '../support/elcert.js';

// Pseudo-terminals exist on POSIX only and need socat. CI must have it; elsewhere the test says why it does not run.
const noSocat =
  process.platform === 'win32' || (process.env.CI === undefined && spawnSync('socat', ['-V']).status !== 0);
if (noSocat)
  process.stderr.write(
    'SKIPPED: the pseudo-terminal of elcert emulate needs socat (apt-get install socat)\n',
  );

let folder: string;
const started: Running[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elcert-'));
});

afterEach(async () => {
  for (const { child, finished } of started.splice(0)) {
    child.kill('SIGKILL');
    await finished;
  }
  await rm(folder, { recursive: true, force: true });
});

/** Starts emulators with `--json` and resolves once they have said that they listen. */
async function emulate(...args: string[]) {
  const running = startElcert(['emulate', '--json', ...args]);
  started.push(running);
  const first = await new Promise<string>((resolve, reject) => {
    let text = '';
    running.child.stdout?.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text);
    });
    void running.finished.then(({ stderr }) => reject(new Error(stderr)));
  });
  return { running, said: JSON.parse(first) as { ok: boolean; emulators: Record<string, ReadyEntry> } };
}

interface ReadyEntry {
  readonly host: string;
  readonly port: number;
  readonly url?: string;
  readonly apiKey?: string;
  readonly macKey?: string;
  readonly cashboxId?: string;
}

function answersOn({ host, port }: ReadyEntry): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

describe('elcert emulate', () => {
  it('starts every end, writes the ready file, and stops cleanly on a signal', async () => {
    const file = join(folder, 'ready.json');
    const { running, said } = await emulate('--ready-file', file);
    const ready = JSON.parse(await readFile(file, 'utf8')) as Record<string, ReadyEntry>;
    expect(ready).toEqual(said.emulators);
    expect(Object.keys(ready).sort()).toEqual([
      'acquirer',
      'atol-web',
      'dualconnector',
      'escpos',
      'fes',
      'inpas',
      'lan4gate',
      'ofd-kz',
      'ofd-ru',
      'shtrih-m',
    ]);
    for (const [name, entry] of Object.entries(ready)) {
      expect(entry.host, name).toBe('127.0.0.1');
      expect(await answersOn(entry), name).toBe(true);
    }
    expect(ready.fes?.url).toBe(`http://127.0.0.1:${ready.fes?.port}`);
    expect(ready.fes?.apiKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(ready.fes?.macKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(ready.fes?.cashboxId).toMatch(/^\d{19}$/);
    if (process.platform === 'win32') return; // Windows ends a process without a signal it could answer.
    running.child.kill('SIGTERM');
    const { code, stderr } = await running.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect(readFile(file)).rejects.toThrow(/ENOENT/);
    for (const entry of Object.values(ready)) expect(await answersOn(entry)).toBe(false);
  });

  it('starts the named ends alone', async () => {
    const { said } = await emulate('--only', 'fes', 'ofd-ru');
    expect(Object.keys(said.emulators).sort()).toEqual(['fes', 'ofd-ru']);
  });

  it('starts a terminal without the others', async () => {
    const { said } = await emulate('--only', 'lan4gate');
    expect(Object.keys(said.emulators)).toEqual(['lan4gate']);
  });

  it('starts an ATOL register that stands registered, its shift closed', async () => {
    const { said } = await emulate('--only', 'atol-web');
    const entry = said.emulators['atol-web'];
    expect(entry?.url).toBe(`http://127.0.0.1:${entry?.port}`);
    const { openAtolWeb } = await import('@elcert/device-drivers/atol');
    const register = await openAtolWeb({ baseUrl: entry?.url ?? '' });
    expect(await register.status()).toMatchObject({ shift: 'closed', lastFiscalDocumentNumber: 1 });
  });

  it('makes the same keys from the same seed', async () => {
    const one = await emulate('--only', 'fes', '--seed', 'monday');
    const two = await emulate('--only', 'fes', '--seed', 'monday');
    const three = await emulate('--only', 'fes', '--seed', 'tuesday');
    expect(two.said.emulators.fes?.apiKey).toBe(one.said.emulators.fes?.apiKey);
    expect(three.said.emulators.fes?.apiKey).not.toBe(one.said.emulators.fes?.apiKey);
  });

  it.skipIf(noSocat)('stands a register on a pseudo-terminal too', async () => {
    const path = join(folder, 'register');
    const { running, said } = await emulate('--only', 'shtrih-m', '--pty', path);
    const entry = said.emulators['shtrih-m'];
    expect(entry).toMatchObject({ host: '127.0.0.1', path });
    const { openShtrihM } = await import('@elcert/device-drivers/shtrih-m');
    const { openSerial } = await import('@elcert/device-drivers/serial');
    const register = await openShtrihM({ connect: () => openSerial({ path, baudRate: 115_200 }) });
    expect(await register.status()).toMatchObject({ shift: 'closed', lastFiscalDocumentNumber: 1 });
    await register.close();
    running.child.kill('SIGTERM');
    expect((await running.finished).code).toBe(0);
    await expect(lstat(path)).rejects.toThrow(/ENOENT/);
  });

  it('refuses names and rules it does not know', async () => {
    const name = await elcert(['emulate', '--only', 'fax', '--json']);
    expect(name.code).toBe(2);
    expect(JSON.parse(name.stdout)).toMatchObject({ ok: false, error: { code: 'USAGE' } });
    const rules = join(folder, 'rules.json');
    await writeFile(rules, JSON.stringify([{ at: 'fes', do: 'explode' }]));
    const rule = await elcert(['emulate', '--faults', rules, '--json']);
    expect(rule.code).toBe(2);
    expect(JSON.parse(rule.stdout)).toMatchObject({
      ok: false,
      error: { code: 'BAD_FAULT_RULE', path: '0/do' },
    });
  });

  it('says which port is taken', async () => {
    const { said } = await emulate('--only', 'fes');
    const second = await elcert([
      'emulate',
      '--only',
      'fes',
      '--port',
      `fes=${said.emulators.fes?.port}`,
      '--json',
    ]);
    expect(second.code).toBe(4);
    expect(JSON.parse(second.stdout)).toMatchObject({
      ok: false,
      error: { code: 'LISTEN_FAILED', outcome: 'not-sent' },
    });
  });
});
