import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Random, randomInt, systemClock, toHex } from '@elcert/core';
import { openFolderOutbox } from '@elcert/ofd-transport/ru/node';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { createLedger, defaultScenario, tcpAddressOf } from '../../src/kernel/index.js';
import { startOfdRu } from '../../src/ofd-ru/index.js';
import { startShtrihM } from '../../src/shtrih-m/index.js';
import { closeShift, openShift, sell, testFn } from '../fiscal.js';

/** Where the process can kill itself. */
export const insidePoints = [
  'before-next',
  'after-next',
  'before-connect',
  'after-connect',
  'before-write',
  'after-write',
  'before-close',
  'before-confirm',
  'after-confirm',
  'event-delivered',
] as const;

/** Where it is killed from outside: as the n-th command reaches the register, or the n-th document the operator. */
export const outsidePoints = ['register', 'operator', 'operator-answered'] as const;

/** One kill: where, and at which time of passing there. */
export interface Kill {
  readonly point: (typeof insidePoints)[number] | (typeof outsidePoints)[number];
  readonly count: number;
}

/** A kill drawn from a seed. */
export function randomKill(random: Random): Kill {
  const points = [...insidePoints, ...outsidePoints];
  const point = points[randomInt(random, points.length)] as Kill['point'];
  return { point, count: 1 + randomInt(random, point === 'register' ? 40 : 4) };
}

/** The till's process as one file that plain Node starts. */
export async function bundleTill(): Promise<{ readonly file: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'elcert-till-'));
  const file = join(folder, 'till.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./agent-process.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@elcert/source'],
    external: ['serialport'],
    logLevel: 'error',
  });
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
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
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal, errors }));
    started(() => child.kill('SIGKILL'));
  });
}

/** What is left when a till has been killed some times and was then let be. */
export interface TillReport {
  /** How many of the kills struck. */
  readonly struck: number;
  /** Documents that came to the operator more than once. */
  readonly resent: number;
}

/**
 * A shift of six documents, a process that is killed at each of the given points in turn, and a last one that is let be. Then the
 * operator holds the drive's archive, byte by byte and once each, and the drive was given one reply a document.
 *
 * @param source - where the process finds the documents: behind a Shtrih-M register, or in a folder
 */
export async function playTill(
  file: string,
  {
    seed,
    kills,
    source,
  }: { readonly seed: number; readonly kills: readonly Kill[]; readonly source: 'register' | 'folder' },
): Promise<TillReport> {
  const clock = systemClock();
  const ledger = createLedger();
  const fn = testFn(clock, seed);
  openShift(fn);
  for (let count = 0; count < 3; count += 1) sell(fn);
  closeShift(fn);
  const ofd = await startOfdRu({ clock, seed, ledger });
  const env: Record<string, string> = { OFD_PORT: String(tcpAddressOf(ofd).port) };
  const stop: (() => Promise<unknown>)[] = [() => ofd.stop()];
  try {
    const register =
      source === 'register'
        ? await startShtrihM({ clock, seed, ledger, scenario: defaultScenario({ clock, seed }), fn })
        : undefined;
    let outbox: Awaited<ReturnType<typeof openFolderOutbox>> | undefined;
    if (register !== undefined) {
      stop.unshift(() => register.stop());
      env.REGISTER_PORT = String(register.port);
    } else {
      const folder = await mkdtemp(join(tmpdir(), 'elcert-outbox-'));
      stop.push(() => rm(folder, { recursive: true, force: true }));
      env.OUTBOX = folder;
      outbox = await openFolderOutbox(folder);
      for (const { fiscalDocumentNumber } of fn.documents()) {
        const container = fn.container(fiscalDocumentNumber)?.bytes ?? new Uint8Array();
        await outbox.put({ fiscalDriveNumber: fn.fiscalDriveNumber, container });
      }
    }

    let struck = 0;
    for (const kill of [...kills, undefined]) {
      const watch: (() => void)[] = [];
      const inside = kill !== undefined && (insidePoints as readonly string[]).includes(kill.point);
      const ended = await run(
        file,
        inside ? { ...env, KILL: `${kill.point}:${kill.count}` } : env,
        (strike) => {
          if (kill === undefined || inside) return;
          const records = kill.point === 'register' ? register?.records : ofd.records;
          const direction = kill.point === 'operator-answered' ? 'out' : 'in';
          let count = 0;
          const unwatch = records?.subscribe((entry) => {
            if (entry.direction !== direction) return;
            count += 1;
            if (count === kill.count) strike();
          });
          if (unwatch !== undefined) watch.push(unwatch);
        },
      );
      for (const end of watch) end();
      if (ended.signal === 'SIGKILL') struck += 1;
      else expect(ended, `seed ${seed}`).toMatchObject({ code: 0, errors: '' });
    }

    const name = `seed ${seed}, ${JSON.stringify(kills)}`;
    if (outbox !== undefined) {
      for (const { fiscalDocumentNumber } of fn.documents()) {
        const reply = await outbox.reply(fn.fiscalDriveNumber, fiscalDocumentNumber);
        expect(reply, name).toBeDefined();
        fn.loadReply(reply ?? new Uint8Array());
      }
      expect(await outbox.next(), name).toBeUndefined();
    }
    expect(
      ofd.documents().map(({ bytes }) => toHex(bytes)),
      name,
    ).toEqual(fn.documents().map(({ bytes }) => toHex(bytes)));
    expect(ofd.rejections, name).toEqual([]);
    expect(ofd.totals().get(1), name).toMatchObject({ count: 3, total: 450_000 });
    expect(fn.status().unsentDocuments, name).toBe(0);
    expect(fn.replies, name).toEqual(
      fn.documents().map(({ fiscalDocumentNumber }) => ({ fiscalDocumentNumber, accepted: true })),
    );
    return { struck, resent: ofd.documents().filter(({ copies }) => copies > 1).length };
  } finally {
    for (const one of stop) await one();
  }
}
