import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ByteChannel, fromHex, systemClock } from '@elcert/core';
import { listenTcp, openTcp } from '@elcert/core/node';
import { encodeKzFrame, type KzStore, memoryKzStore, openKzSession } from '@elcert/ofd-transport/kz';
import { fileKzStore } from '@elcert/ofd-transport/kz/node';
import { expect, it } from 'vitest';
import { createLedger, tcpAddressOf } from '../../src/kernel/index.js';
import { startOfdKz } from '../../src/ofd-kz/index.js';
import { kzDevice, kzKey, kzSale } from '../kz-world.js';

const tickets = 20_000;
const warmUp = 5500;
const sample = 3000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

it.each(['memory', 'file'] as const)(
  `${tickets} tickets over loopback, kept in a %s: memory stays flat`,
  async (kind) => {
    const clock = systemClock();
    const folder = await mkdtemp(join(tmpdir(), 'elcert-kz-soak-'));
    // The operator keeps the last tickets only, so that what grows is the device's.
    const ofd = await startOfdKz({ clock, seed: 1, ledger: createLedger(), keepTickets: 100 });
    const { host, port } = tcpAddressOf(ofd);
    let request = '';
    const kept: KzStore = kind === 'memory' ? memoryKzStore() : fileKzStore(join(folder, 'kz.log'));
    const store: KzStore = {
      ...kept,
      async save(state) {
        request = state.pending?.request ?? request;
        await kept.save(state);
      },
    };
    const session = await openKzSession({
      store,
      id: kzDevice.id,
      token: ofd.register(kzDevice),
      clock,
      connect: ({ signal }) => openTcp({ host, port, signal }),
    });
    let made = 0;
    const sell = async (count: number) => {
      const start = performance.now();
      for (let index = 0; index < count; index += 1) {
        made += 1;
        await session.ticket(kzSale(100 + (made % 900)), kzKey(`t${made}`));
      }
      return (count / (performance.now() - start)) * 1000;
    };

    // The same bytes over bare sockets: a connection, a write, a read, a close.
    const exchangeBare = async () => {
      const bytes = fromHex(request);
      const answer = encodeKzFrame({
        kind: 'response',
        header: { version: 203, id: 1, token: 1, reqnum: 1 },
        message: { command: 'COMMAND_TICKET', result: { resultCode: 0, resultText: 'x'.repeat(300) } },
      });
      const take = async (channel: ByteChannel, length: number) => {
        let read = 0;
        for await (const chunk of channel) {
          read += chunk.length;
          if (read >= length) return;
        }
      };
      const bare = await listenTcp((channel) => {
        void take(channel, bytes.length)
          .then(() => channel.write(answer))
          .then(() => take(channel, Number.POSITIVE_INFINITY))
          .then(() => channel.close());
      });
      const start = performance.now();
      for (let count = 0; count < sample; count += 1) {
        const channel = await openTcp({ host: bare.host, port: bare.port });
        await channel.write(bytes);
        await take(channel, answer.length);
        await channel.close();
      }
      const rate = (sample / (performance.now() - start)) * 1000;
      await bare.close();
      return rate;
    };

    await sell(warmUp);
    const bareBefore = await exchangeBare();
    const before = heap();
    const rate = await sell(tickets - warmUp);
    const grown = heap() - before;
    // Before and after, because the machine may have other things to do.
    const bareRate = (bareBefore + (await exchangeBare())) / 2;
    expect(ofd.device(kzDevice.id)).toMatchObject({ documents: tickets, repeats: 0, findings: [] });
    expect(session.state.counters).toEqual(ofd.device(kzDevice.id).counters);
    await session.close();
    await ofd.stop();
    await rm(folder, { recursive: true, force: true });

    process.stdout.write(
      `${kind}: ${Math.round(rate)} tickets/s, bare ${Math.round(bareRate)}/s, ratio ${(rate / bareRate).toFixed(2)}; heap ${(before / 1e6).toFixed(1)} MB, grown by ${(grown / 1e6).toFixed(2)} MB\n`,
    );
    expect(grown).toBeLessThan(5e6);
    expect(rate / bareRate).toBeGreaterThan(kind === 'memory' ? 0.05 : 0.005);
  },
);
