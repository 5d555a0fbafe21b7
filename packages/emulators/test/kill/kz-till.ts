import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Random, randomInt, systemClock } from '@elcert/core';
import { type KzCounters, type KzDone, type KzStatus, sameKzCounters } from '@elcert/ofd-transport/kz';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { createLedger, type FaultRule, tcpAddressOf } from '../../src/kernel/index.js';
import { startOfdKz } from '../../src/ofd-kz/index.js';
import { kzDevice } from '../kz-world.js';
import { kzDay, kzDayTotals } from './kz-day.js';

/** Where the process can kill itself: before and after each thing it keeps, sends or tells. */
export const kzInsidePoints = [
  'before-save',
  'after-save',
  'before-disk-write',
  'after-disk-write',
  'before-disk-datasync',
  'after-disk-datasync',
  'before-disk-writeFile',
  'after-disk-writeFile',
  'before-disk-sync',
  'after-disk-sync',
  'before-disk-rename',
  'after-disk-rename',
  'before-connect',
  'after-connect',
  'before-write',
  'after-write',
  'before-close',
  'acknowledged',
] as const;

/** Where it is killed from outside: as the n-th request reaches the operator, or as it is answered. */
export const kzOutsidePoints = ['operator', 'operator-answered'] as const;

/** One life of the process: where it ends, and whether the operator is there. */
export interface KzLife {
  readonly point: (typeof kzInsidePoints)[number] | (typeof kzOutsidePoints)[number];
  readonly count: number;
  readonly offline?: boolean;
}

/** A life drawn from a seed. */
export function randomKzLife(random: Random): KzLife {
  const points = [...kzInsidePoints, ...kzOutsidePoints];
  const point = points[randomInt(random, points.length)] as KzLife['point'];
  const rare = point.includes('rename') || point.includes('sync') || point.includes('writeFile');
  const most = rare && !point.includes('datasync') ? 2 : 16;
  return { point, count: 1 + randomInt(random, most), offline: randomInt(random, 3) === 0 };
}

/** What goes wrong on the wire meanwhile, drawn from a seed. */
export function randomKzFaults(random: Random): FaultRule[] {
  const actions = ['disconnect', 'cut', 'duplicate', 'refuse'] as const;
  return actions.flatMap((action): FaultRule[] =>
    randomInt(random, 2) === 0
      ? []
      : [{ at: 'ofd-kz', do: action, code: 254, when: { probability: randomInt(random, 40) / 100 } }],
  );
}

/** The process as one file that plain Node starts. */
export async function bundleKzTill(): Promise<{ readonly file: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'elcert-kz-till-'));
  const file = join(folder, 'till.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./kz-process.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@elcert/source'],
    external: ['serialport'],
    logLevel: 'error',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

function run(
  file: string,
  env: Readonly<Record<string, string>>,
  started: (kill: () => void) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, output, errors }));
    started(() => child.kill('SIGKILL'));
  });
}

/** What is left when a till has been killed some times and was then let be. */
export interface KzTillReport {
  /** How many of the kills struck. */
  readonly struck: number;
  /** Answers that the operator gave a second time. */
  readonly repeats: number;
  readonly offlineDocuments: number;
}

/**
 * A day of ten documents in two shifts, a process that is killed in each of the given lives, and a last one that is let be. Then the
 * operator has each document once, with the counters that the device has, and has found nothing in its reports.
 */
export async function playKzTill(
  file: string,
  {
    seed,
    lives,
    faults = [],
  }: { readonly seed: number; readonly lives: readonly KzLife[]; readonly faults?: readonly FaultRule[] },
): Promise<KzTillReport> {
  const name = `seed ${seed}, ${JSON.stringify({ lives, faults })}`;
  const ofd = await startOfdKz({ clock: systemClock(), seed, ledger: createLedger() });
  const folder = await mkdtemp(join(tmpdir(), 'elcert-kz-day-'));
  const env = {
    STORE: join(folder, 'kz.log'),
    ACKNOWLEDGED: join(folder, 'acknowledged'),
    OFD_PORT: String(tcpAddressOf(ofd).port),
    TOKEN: String(ofd.register(kzDevice)),
    DEVICE: String(kzDevice.id),
  };
  try {
    let struck = 0;
    let last: Ended | undefined;
    for (const [index, life] of [...lives, undefined].entries()) {
      ofd.faults.clear();
      if (life !== undefined) ofd.faults.add(...faults);
      // A new device must reach its operator once.
      await ofd.setReachable(life?.offline !== true || index === 0);
      const inside = life !== undefined && (kzInsidePoints as readonly string[]).includes(life.point);
      const ends: (() => void)[] = [];
      last = await run(
        file,
        life === undefined
          ? { ...env, DRAIN: 'yes' }
          : inside
            ? { ...env, KILL: `${life.point}:${life.count}` }
            : env,
        (strike) => {
          if (life === undefined || inside) return;
          const direction = life.point === 'operator-answered' ? 'out' : 'in';
          let count = 0;
          ends.push(
            ofd.records.subscribe((entry) => {
              if (entry.direction !== direction) return;
              count += 1;
              if (count === life.count) strike();
            }),
          );
        },
      );
      for (const end of ends) end();
      if (last.signal === 'SIGKILL') struck += 1;
      else if (life === undefined) expect(last, name).toMatchObject({ code: 0, errors: '' });
      // A wire that fails at the first start of all leaves a new device without work to do: that is said, and no fault.
      else if (last.code !== 0) expect(last.errors, name).toContain('NOT_SYNCHRONISED');
    }
    const { status, counters } = JSON.parse(last?.output ?? '') as {
      readonly status: KzStatus;
      readonly counters: KzCounters;
    };
    const device = ofd.device(kzDevice.id);
    expect(status, name).toMatchObject({ mode: 'online', waiting: 0 });
    expect(
      device.tickets.map(({ total }) => total),
      name,
    ).toEqual(kzDayTotals);
    expect(device, name).toMatchObject({ documents: kzDay.length, findings: [] });
    expect(sameKzCounters(counters, device.counters), name).toBe(true);
    // What the till was told is what the operator has, in the order of the list.
    const acknowledged = (await readFile(env.ACKNOWLEDGED, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as KzDone);
    for (const { ticketNumber, total, operationKey } of acknowledged) {
      if (ticketNumber === undefined) continue;
      expect(
        device.tickets.find((one) => one.ticketNumber === ticketNumber)?.total,
        `${name}, ${operationKey}`,
      ).toBe(total);
    }
    return { struck, repeats: device.repeats, offlineDocuments: device.offlineDocuments };
  } finally {
    await ofd.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
