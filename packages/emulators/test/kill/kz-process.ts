// A till's process of Kazakhstan: the real session, the real file, real sockets. It works through a day's list of documents, asking for each
// first whether an earlier life has done it. It is killed from inside at the point that KILL names (`after-save:2` – at the second
// time), or from outside by whoever started it; it ends by itself when the list is done and, with DRAIN, nothing waits any more.
import { appendFileSync } from 'node:fs';
import fsPromises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { type ByteChannel, systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { type KzStore, openKzSession } from '@elcert/ofd-transport/kz';
import { fileKzStore } from '@elcert/ofd-transport/kz/node';
import { kzDay } from './kz-day.js';

const { STORE = '', ACKNOWLEDGED = '', OFD_PORT, TOKEN, DEVICE, DRAIN, KILL = '' } = process.env;
const [point, count] = KILL.split(':');
const seen = new Map<string, number>();

function pass(name: string): void {
  const times = (seen.get(name) ?? 0) + 1;
  seen.set(name, times);
  if (name === point && times === Number(count)) process.kill(process.pid, 'SIGKILL');
}

/** What the file store does to the disk, step by step. */
async function watchDisk(): Promise<void> {
  const probe = await fsPromises.open(`${STORE}.probe`, 'w');
  const prototype = Object.getPrototypeOf(probe) as Record<string, (...given: unknown[]) => Promise<unknown>>;
  await probe.close();
  for (const name of ['write', 'writeFile', 'datasync', 'sync'] as const) {
    const real = prototype[name] as (this: FileHandle, ...given: unknown[]) => Promise<unknown>;
    prototype[name] = async function (this: FileHandle, ...given: unknown[]) {
      pass(`before-disk-${name}`);
      const result = await real.apply(this, given);
      pass(`after-disk-${name}`);
      return result;
    };
  }
  const { rename } = fsPromises;
  fsPromises.rename = async (...given) => {
    pass('before-disk-rename');
    await rename(...given);
    pass('after-disk-rename');
  };
  syncBuiltinESMExports();
}

function watchedStore(store: KzStore): KzStore {
  return {
    ...store,
    async save(state) {
      pass('before-save');
      await store.save(state);
      pass('after-save');
    },
  };
}

function watchedChannel(channel: ByteChannel): ByteChannel {
  return {
    label: channel.label,
    async write(bytes, options) {
      pass('before-write');
      await channel.write(bytes, options);
      pass('after-write');
    },
    async close() {
      pass('before-close');
      await channel.close();
    },
    [Symbol.asyncIterator]: () => channel[Symbol.asyncIterator](),
  };
}

await watchDisk();
const session = await openKzSession({
  store: watchedStore(fileKzStore(STORE, { compactAfterBytes: 20_000 })),
  id: Number(DEVICE),
  token: Number(TOKEN),
  clock: systemClock(),
  timeoutMs: 2000,
  connect: async () => {
    pass('before-connect');
    const channel = await openTcp({ host: '127.0.0.1', port: Number(OFD_PORT) });
    pass('after-connect');
    return watchedChannel(channel);
  },
});
for (const { operationKey, run } of kzDay) {
  if (session.lookup(operationKey).state === 'done') continue;
  const result = await run(session);
  // What the till knows to be done, whatever happens from here on.
  appendFileSync(ACKNOWLEDGED, `${JSON.stringify(result)}\n`);
  pass('acknowledged');
}
if (DRAIN !== undefined)
  for (let left = 50; session.status().waiting > 0 && left > 0; left -= 1) await session.recover();
process.stdout.write(JSON.stringify({ status: session.status(), counters: session.state.counters }));
await session.close();
