import { spawnSync } from 'node:child_process';
import { systemClock } from '@elcert/core';
import { tcpAddressOf } from '@elcert/emulators/kernel';
import { type RunningEmulators, startEmulators } from '@elcert/emulators/world';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { elcert } from '../support/elcert.js';

// Pseudo-terminals exist on POSIX only and need socat. CI must have it.
const noSocat =
  process.platform === 'win32' || (process.env.CI === undefined && spawnSync('socat', ['-V']).status !== 0);

let world: RunningEmulators;

beforeAll(async () => {
  const pty = { pty: !noSocat };
  world = await startEmulators({
    clock: systemClock(),
    only: ['lan4gate', 'inpas', 'shtrih-m', 'atol-web', 'escpos', 'ofd-ru'],
    serial: { 'shtrih-m': pty, inpas: pty, escpos: pty },
  });
});

afterAll(() => world.stop());

interface Place {
  readonly at: string;
  readonly driver?: string;
  readonly model?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Asks the places and tells who was found where. */
async function scan(...args: string[]) {
  const { code, stdout } = await elcert(['devices', 'scan', '--no-serial', '--json', ...args]);
  const { places } = JSON.parse(stdout) as { readonly places: readonly Place[] };
  return { code, places };
}

it('finds every family on TCP, takes no stranger for one, and moves nothing', async () => {
  const names = ['lan4gate', 'inpas', 'shtrih-m', 'atol-web', 'escpos', 'ofd-ru'];
  const addresses = names.map((name) => {
    const handle = world.handles.find((one) => one.name === name);
    if (handle === undefined) throw new Error(`${name} was not started`);
    const { url } = handle.addresses.find((one) => 'url' in one) ?? {};
    return url === undefined
      ? `${tcpAddressOf(handle).host}:${tcpAddressOf(handle).port}`
      : new URL(url).host;
  });
  const documents = world.ends['shtrih-m']?.fn.status().lastFiscalDocumentNumber;
  const { code, places } = await scan(...addresses.flatMap((address) => ['--tcp', address]));
  expect(code).toBe(0);
  expect(places.map(({ driver }) => driver)).toEqual([
    'lan4gate',
    'inpas',
    'shtrih-m',
    'atol',
    'escpos',
    undefined,
  ]);
  expect(places[4]).toMatchObject({ model: 'Epson TM-T20III', settings: { profile: 'TM-T20III' } });
  expect(world.ends['shtrih-m']?.fn.status().lastFiscalDocumentNumber).toBe(documents);
  expect(world.ends.escpos?.paper()).toEqual([]);
}, 60_000);

it.skipIf(noSocat)(
  'finds register, terminal and printer on serial lines, and says at which rate [posix]',
  async () => {
    const ports = (['shtrih-m', 'inpas', 'escpos'] as const).map(
      (name) =>
        world.ends[name]?.addresses.flatMap((address) => ('path' in address ? [address.path] : []))[0] ?? '',
    );
    const { code, places } = await scan(...ports.flatMap((port) => ['--port', port]));
    expect(code).toBe(0);
    expect(places.map(({ driver }) => driver)).toEqual(['shtrih-m', 'inpas', 'escpos']);
    for (const { settings } of places) expect(settings?.baudRate).toMatch(/^\d+$/);
  },
  60_000,
);

it('says that nothing is there, and which address is none', async () => {
  const nobody = await scan('--tcp', '127.0.0.1:1');
  expect(nobody).toMatchObject({ code: 1, places: [{ at: '127.0.0.1:1', problem: expect.any(String) }] });
  expect(await elcert(['devices', 'scan', '--tcp', 'somewhere'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('HOST:PORT'),
  });
});
