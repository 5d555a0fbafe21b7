import { spawnSync } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { systemClock } from '@elcert/core';
import { startAtolWeb } from '@elcert/emulators/atol-web';
import { type EscPosEmulator, type EscPosEmulatorOptions, startEscPos } from '@elcert/emulators/escpos';
import { createLedger, defaultScenario, type EmulatorHandle } from '@elcert/emulators/kernel';
import { startShtrihM } from '@elcert/emulators/shtrih-m';
import { afterEach, describe, expect, it } from 'vitest';
import { elcert } from '../support/elcert.js';

// Pseudo-terminals exist on POSIX only and need socat. CI must have it.
const noSocat =
  process.platform === 'win32' || (process.env.CI === undefined && spawnSync('socat', ['-V']).status !== 0);

const clock = systemClock();
const context = { clock, seed: 1, ledger: createLedger(), scenario: defaultScenario({ clock, seed: 1 }) };
const started: EmulatorHandle[] = [];

afterEach(async () => {
  for (const handle of started.splice(0)) await handle.stop();
});

async function printer(options: Partial<EscPosEmulatorOptions> = {}): Promise<EscPosEmulator> {
  const handle = await startEscPos({ ...context, ...options });
  started.push(handle);
  return handle;
}

const devices = async (...args: string[]) => {
  const { code, stdout, stderr } = await elcert(['devices', ...args, '--json']);
  return { code, said: JSON.parse(stdout) as Record<string, unknown>, stderr };
};

const pathOf = ({ addresses }: EmulatorHandle) =>
  addresses.flatMap((address) => ('path' in address ? [address.path] : []))[0] ?? '';

describe('elcert devices print-test', () => {
  it('prints what shows whether a model is set up as it should be', async () => {
    const device = await printer({ profile: 'POS-5890' });
    const tcp = `${device.host}:${device.port}`;
    const { code, said } = await devices(
      'print-test',
      '--driver',
      'escpos',
      '--tcp',
      tcp,
      '--profile',
      'pos-5890',
      '--drawer',
    );
    expect(code).toBe(0);
    expect(said).toMatchObject({ ok: true, capabilities: { columns: 32, cutter: false } });
    const paper = device.paper();
    expect(paper).toContain('АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ'.slice(0, 32));
    expect(paper).toContain('12345678901234567890123456789012');
    expect(paper).toContain('ИТОГ                    =1500.00');
    expect(device.drawerPulses).toBe(1);
  });

  it.skipIf(noSocat)('and status drive a printer and a register over pseudo-terminals [posix]', async () => {
    const device = await printer({ pty: true });
    const register = await startShtrihM({ ...context, pty: true });
    started.push(register);
    for (const [driver, handle] of [
      ['escpos', device],
      ['shtrih-m', register],
    ] as const) {
      const place = ['--driver', driver, '--port', pathOf(handle)];
      expect(await devices('status', ...place)).toMatchObject({ code: 0, said: { ok: true, driver } });
      expect(await devices('print-test', ...place)).toMatchObject({ code: 0, said: { ok: true, driver } });
      expect(handle.paper().some((line) => line.includes('НЕ ЧЕК'))).toBe(true);
    }
  });

  it('prints through the web server of an ATOL register', async () => {
    const register = await startAtolWeb(context);
    started.push(register);
    const url = register.addresses.flatMap((address) => ('url' in address ? [address.url] : []))[0] ?? '';
    expect(await devices('print-test', '--driver', 'atol', '--url', url)).toMatchObject({
      code: 0,
      said: { ok: true },
    });
    expect(await devices('status', '--driver', 'atol', '--url', url)).toMatchObject({
      code: 0,
      said: { ok: true, status: { shift: 'closed', paper: 'ok' } },
    });
  });

  it('says that nothing was printed without paper', async () => {
    const device = await printer();
    device.setPaper('out');
    const place = ['--driver', 'escpos', '--tcp', `${device.host}:${device.port}`];
    expect(await devices('print-test', ...place)).toMatchObject({
      code: 4,
      said: { ok: false, error: { code: 'PAPER_OUT', outcome: 'not-sent' } },
    });
    expect(await devices('status', ...place)).toMatchObject({
      code: 1,
      said: { ok: false, problems: ['В принтере закончилась бумага.'] },
    });
    expect(device.items()).toEqual([]);
  });
});

describe('elcert devices status', () => {
  it('does not call a printer in order that says nothing', async () => {
    const mute = createServer((socket) => void socket.resume().on('error', () => {}));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const place = ['--driver', 'escpos', '--tcp', `127.0.0.1:${(mute.address() as AddressInfo).port}`];
    const [json, text] = await Promise.all([
      devices('status', ...place),
      elcert(['devices', 'status', ...place]),
    ]);
    expect(json).toMatchObject({ code: 0, said: { ok: true, mute: true, printer: { paper: 'unknown' } } });
    expect(text.stdout).toContain('tells nothing');
    expect(text.stdout).not.toContain('in order');
    await new Promise((resolve) => mute.close(resolve));
  });

  it('says how it wants to be asked', async () => {
    const [bare, nowhere, nobody, list] = await Promise.all([
      devices('status'),
      devices('status', '--driver', 'escpos'),
      devices('status', '--driver', 'escpos', '--tcp', '127.0.0.1:1'),
      devices('print-test', '--list'),
    ]);
    expect(bare).toMatchObject({ code: 2, said: { error: { code: 'USAGE' } } });
    expect(nowhere).toMatchObject({ code: 2, said: { error: { code: 'USAGE' } } });
    expect(nobody).toMatchObject({ code: 4, said: { error: { code: 'CONNECT_FAILED' } } });
    expect((list.said.profiles as readonly unknown[]).length).toBeGreaterThan(40);
  });
});

describe('elcert devices decode --family escpos', () => {
  it('reads Cyrillic and names commands', async () => {
    const { code, said } = await devices(
      'decode',
      '--family',
      'escpos',
      '--hex',
      '1b40 1b7411 8aa0e1e1a0 0a',
    );
    expect(code).toBe(0);
    expect(said.found).toMatchObject([
      { title: expect.stringContaining('ESC @') },
      { title: 'ESC t 11h code page: ibm866' },
      { title: 'text «Касса»' },
      { title: expect.stringContaining('LF') },
    ]);
  });
});
