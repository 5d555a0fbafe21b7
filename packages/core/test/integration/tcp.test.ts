import { createServer, connect as netConnect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ByteChannel,
  crc16CcittFalse,
  equalBytes,
  randomBytes,
  seededRandom,
  toHex,
} from '../../src/index.js';
import { listenTcp, openTcp, type TcpListener } from '../../src/node/index.js';

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUps.splice(0).reverse()) await clean();
});

/** A connected pair over a real socket. */
async function pair(): Promise<{ till: ByteChannel; device: ByteChannel; listener: TcpListener }> {
  const accepted: ByteChannel[] = [];
  let arrived: (() => void) | undefined;
  const first = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const listener = await listenTcp((channel) => {
    accepted.push(channel);
    arrived?.();
  });
  cleanUps.push(() => listener.close());
  const till = await openTcp({ host: '127.0.0.1', port: listener.port });
  cleanUps.push(() => till.close());
  await first;
  return { till, device: accepted[0] as ByteChannel, listener };
}

/** A listening socket of Node's own, for peers that behave badly. */
async function rawServer(onSocket: (socket: Socket) => void, allowHalfOpen = false): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as { port: number }).port;
}

async function readAll(channel: ByteChannel): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of channel) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

async function freePort(): Promise<number> {
  const listener = await listenTcp(() => {});
  await listener.close();
  return listener.port;
}

describe('openTcp', () => {
  it('says not-sent when nobody listens', async () => {
    const port = await freePort();
    await expect(openTcp({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      outcome: 'not-sent',
      message: `no connection to 127.0.0.1:${port}`,
      userMessage: 'Нет связи с устройством',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it.each([-1, 65536, Number.NaN])('says so for the port %s too', async (port) => {
    await expect(openTcp({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      outcome: 'not-sent',
    });
  });

  it('is ended by its signal, before and meanwhile', async () => {
    const before = openTcp({ host: '127.0.0.1', port: 1, signal: AbortSignal.abort(new Error('no')) });
    await expect(before).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    const port = await rawServer(() => {});
    const controller = new AbortController();
    const meanwhile = openTcp({ host: '127.0.0.1', port, signal: controller.signal });
    controller.abort();
    await expect(meanwhile).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
  });
});

describe('a TCP channel', () => {
  it('carries bytes both ways and ends both loops when one side closes', async () => {
    const { till, device, listener } = await pair();
    expect(till.label).toBe(`tcp 127.0.0.1:${listener.port}`);
    await till.write(Uint8Array.of(5));
    for await (const chunk of device) {
      expect(toHex(chunk)).toBe('05');
      break;
    }
    await device.write(Uint8Array.of(6));
    await device.close();
    expect(toHex(await readAll(till))).toBe('06');
    await till.close();
    await till.close();
    expect(await readAll(device)).toHaveLength(0);
  });

  it('brings everything that was written before a close', async () => {
    const { till, device } = await pair();
    const bytes = randomBytes(seededRandom('close'), 300_000);
    const received = readAll(device);
    for (let at = 0; at < bytes.length; at += 10_000) void till.write(bytes.subarray(at, at + 10_000));
    await till.close();
    expect(equalBytes(await received, bytes)).toBe(true);
  });

  it('carries much more than its buffers hold while the reader takes its time', async () => {
    const { till, device } = await pair();
    const bytes = randomBytes(seededRandom('big'), 1 << 18);
    const times = 64;
    const writing = (async () => {
      for (let index = 0; index < times; index += 1) await till.write(bytes);
      await till.close();
    })();
    let crc = 0xffff;
    let length = 0;
    for await (const chunk of device) {
      crc = crc16CcittFalse(chunk, crc);
      length += chunk.length;
      if (length % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    let expected = 0xffff;
    for (let index = 0; index < times; index += 1) expected = crc16CcittFalse(bytes, expected);
    expect([length, crc]).toEqual([times * bytes.length, expected]);
  });

  it('is held back by a peer that does not read; a signal ends the waiting', async () => {
    const { till, listener } = await pair();
    const controller = new AbortController();
    const block = new Uint8Array(1 << 20);
    let taken = 0;
    const writing = (async () => {
      for (;;) {
        await till.write(block, { signal: controller.signal });
        taken += 1;
        if (taken > 64) throw new Error('nothing holds it back');
      }
    })();
    const stopped = expect(writing).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    // The kernel's buffers fill within a few turns of the loop; then the count stands still.
    for (let still = 0, before = -1; still < 50; still = taken === before ? still + 1 : 0) {
      before = taken;
      await new Promise((resolve) => setImmediate(resolve));
    }
    controller.abort();
    await stopped;
    await listener.close();
  });

  it('closes within a short while though the peer takes nothing', { timeout: 10_000 }, async () => {
    const port = await rawServer((socket) => socket.pause());
    const till = await openTcp({ host: '127.0.0.1', port });
    const lost = Promise.allSettled(Array.from({ length: 16 }, () => till.write(new Uint8Array(1 << 20))));
    await till.close();
    const failed = (await lost).filter((one) => one.status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    for (const one of failed)
      expect(one.reason).toMatchObject({ code: 'CHANNEL_FAILED', outcome: 'unknown' });
  });

  it('refuses to write once it is closed, by us or by the peer', async () => {
    const ours = await pair();
    await ours.till.close();
    await expect(ours.till.write(Uint8Array.of(1))).rejects.toMatchObject({
      code: 'CHANNEL_CLOSED',
      outcome: 'not-sent',
    });
    const theirs = await pair();
    await theirs.device.close();
    await readAll(theirs.till);
    await expect(theirs.till.write(Uint8Array.of(1))).rejects.toMatchObject({
      code: 'CHANNEL_CLOSED',
      outcome: 'not-sent',
    });
  });

  it('reads to the end what a peer sent before it ended its half', async () => {
    const bytes = randomBytes(seededRandom('half'), 500_000);
    const ended = new Promise<void>((resolve) => {
      void rawServer((socket) => {
        socket.resume();
        socket.end(bytes);
        socket.on('end', resolve);
      }, true).then(async (port) => {
        const till = await openTcp({ host: '127.0.0.1', port });
        expect(equalBytes(await readAll(till), bytes)).toBe(true);
        await expect(till.write(Uint8Array.of(1))).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
      });
    });
    // Our half is ended in answer to theirs, with no close() of ours.
    await ended;
  });

  it('tells a reader that the connection broke', async () => {
    const port = await rawServer((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    const till = await openTcp({ host: '127.0.0.1', port });
    await till.write(Uint8Array.of(1));
    cleanUps.push(() => till.close());
    await expect(readAll(till)).rejects.toMatchObject({ code: 'CHANNEL_FAILED', outcome: 'unknown' });
  });
});

describe('listenTcp', () => {
  it('breaks open connections when it is closed, and lets the port go', async () => {
    const { till, listener } = await pair();
    await listener.close();
    await listener.close();
    expect(await readAll(till).catch(() => new Uint8Array())).toHaveLength(0);
    await expect(openTcp({ host: '127.0.0.1', port: listener.port })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
    });
    const again = await listenTcp(() => {}, { port: listener.port });
    await again.close();
  });

  it('says why it cannot listen', async () => {
    const first = await listenTcp(() => {});
    cleanUps.push(() => first.close());
    await expect(listenTcp(() => {}, { port: first.port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      outcome: 'not-sent',
      cause: { code: 'EADDRINUSE' },
    });
    await expect(listenTcp(() => {}, { port: 70_000 })).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });

  it('outlives a client that resets', async () => {
    const gone: Promise<unknown>[] = [];
    const listener = await listenTcp((channel) =>
      gone.push(readAll(channel).catch((error: unknown) => error)),
    );
    cleanUps.push(() => listener.close());
    const rude = netConnect({ host: '127.0.0.1', port: listener.port });
    rude.on('error', () => {});
    await new Promise<void>((resolve) => rude.once('connect', () => resolve()));
    rude.resetAndDestroy();
    const polite = await openTcp({ host: '127.0.0.1', port: listener.port });
    await polite.write(Uint8Array.of(1));
    await polite.close();
    while (gone.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(await gone[1]).toEqual(Uint8Array.of(1));
  });
});
