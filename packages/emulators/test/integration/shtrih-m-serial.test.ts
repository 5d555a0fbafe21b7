import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock, systemClock, writeWithin } from '@elcert/core';
import { listSerialPorts, openSerial } from '@elcert/device-drivers/serial';
import { openShtrihM } from '@elcert/device-drivers/shtrih-m';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { EmulatedFn } from '../../src/fn/index.js';
import { createLedger, defaultScenario, openPty } from '../../src/kernel/index.js';
import { startShtrihM } from '../../src/shtrih-m/index.js';
import { key, sale } from '../shtrih-m-day.js';

// Pseudo-terminals exist on POSIX only and need socat. CI must have it; elsewhere the tests say why they do not run.
const socat = process.platform !== 'win32' && spawnSync('socat', ['-V']).status === 0;
const mustRun = process.env.CI !== undefined && process.platform !== 'win32';

beforeAll(() => {
  if (!socat && !mustRun) process.stderr.write('SKIPPED: serial tests need socat (apt-get install socat)\n');
});

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe.skipIf(!socat && !mustRun)('over a pseudo-terminal with the real serialport', () => {
  const clock = systemClock();

  test.each(['standard', 'protocol2', 'auto'] as const)('%s: open, sell, close', async (layer) => {
    const kkt = await startShtrihM({
      clock,
      seed: 3,
      ledger: createLedger(),
      scenario: defaultScenario({ clock, seed: 3 }),
      pty: true,
    });
    closers.push(() => kkt.stop());
    const path = kkt.addresses.flatMap((address) => ('path' in address ? [address.path] : []))[0] ?? '';
    const register = await openShtrihM({ connect: () => openSerial({ path }), layer });
    closers.push(() => register.close());
    expect(register.layer).toBe(layer === 'auto' ? 'standard' : layer);
    await register.openShift(undefined, key());
    const result = await register.registerReceipt(sale, key());
    expect(result.fiscalSign).toBe(String(kkt.fn.document(3)?.fiscalSign).padStart(10, '0'));
    await register.closeShift(undefined, key());
    expect(kkt.fn.status()).toMatchObject({ shiftOpen: false, lastFiscalDocumentNumber: 4 });
  });

  test('bytes arrive whole, both ways', async () => {
    const pair = await openPty();
    closers.push(() => pair.close());
    const [host, device] = [await openSerial({ path: pair.host }), await openSerial({ path: pair.device })];
    closers.push(
      () => host.close(),
      () => device.close(),
    );
    const sent = Uint8Array.from({ length: 1024 }, (_, index) => index & 0xff);
    await host.write(sent);
    const got: number[] = [];
    for await (const chunk of device) {
      got.push(...chunk);
      if (got.length >= sent.length) break;
    }
    expect(Uint8Array.from(got)).toEqual(sent);
  });

  test('bytes that are not taken: an abort ends the write, and the port can be closed', async () => {
    const pair = await openPty();
    closers.push(() => pair.close());
    // Nobody reads the other end, so its buffers fill.
    const host = await openSerial({ path: pair.host });
    const aborted = new AbortController();
    const writing = host.write(new Uint8Array(1 << 20), { signal: aborted.signal });
    const waited = expect(writing).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    aborted.abort();
    await waited;
    await host.close();

    const again = await openSerial({ path: pair.host });
    const clock = manualClock();
    const stuck = writeWithin(again, new Uint8Array(1 << 20), { clock, timeoutMs: 1000 });
    const ended = expect(stuck).rejects.toMatchObject({ code: 'WRITE_TIMEOUT', outcome: 'unknown' });
    await clock.advance(1000);
    await ended;
    await expect(again.write(Uint8Array.of(5))).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
    await again.close();
  });

  test('the cable is pulled: the channel ends with CHANNEL_FAILED, and writing says so too', async () => {
    const pair = await openPty();
    const host = await openSerial({ path: pair.host });
    closers.push(() => host.close());
    const reading = (async () => {
      for await (const _ of host);
    })();
    const ended = expect(reading).rejects.toMatchObject({ code: 'CHANNEL_FAILED', outcome: 'unknown' });
    await pair.close();
    await ended;
    await expect(host.write(Uint8Array.of(5))).rejects.toMatchObject({ code: 'CHANNEL_FAILED' });
  });

  test.each(['standard', 'protocol2'] as const)(
    'unplugged between two sales and plugged in again (%s): the same driver sells on',
    async (layer) => {
      const folder = await mkdtemp(join(tmpdir(), 'elcert-replug-'));
      closers.push(() => rm(folder, { recursive: true, force: true }));
      const path = join(folder, 'kkt');
      const plug = (fn?: EmulatedFn) =>
        startShtrihM({
          clock,
          seed: 3,
          ledger: createLedger(),
          scenario: defaultScenario({ clock, seed: 3 }),
          pty: path,
          ...(fn === undefined ? {} : { fn }),
        });
      const first = await plug();
      const register = await openShtrihM({ connect: () => openSerial({ path }), layer });
      closers.push(() => register.close());
      await register.openShift(undefined, key());
      await register.registerReceipt(sale, key());
      await first.stop();
      // Nothing can have been sold without a cable.
      await expect(register.registerReceipt(sale, key())).rejects.toMatchObject({ outcome: 'not-sent' });
      const second = await plug(first.fn);
      closers.push(() => second.stop());
      expect(await register.registerReceipt(sale, key())).toMatchObject({ fiscalDocumentNumber: 4 });
      expect(second.fn.documents()).toHaveLength(4);
    },
  );

  test('a port that is not there', async () => {
    await expect(openSerial({ path: '/dev/elcert-none' })).rejects.toMatchObject({
      code: 'SERIAL_OPEN_FAILED',
      outcome: 'not-sent',
      userMessage: 'Порт /dev/elcert-none недоступен.',
    });
  });

  test('a closed channel', async () => {
    const pair = await openPty();
    closers.push(() => pair.close());
    const host = await openSerial({ path: pair.host });
    await host.close();
    await host.close();
    await expect(host.write(Uint8Array.of(5))).rejects.toMatchObject({
      code: 'CHANNEL_CLOSED',
      outcome: 'not-sent',
    });
  });

  test('ports are listed', async () => {
    expect(Array.isArray(await listSerialPorts())).toBe(true);
  });
});
