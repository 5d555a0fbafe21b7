import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ByteChannel } from '@elcert/core';
import { listenTcp } from '@elcert/core/node';
import { openTcpBySocks } from '@elcert/ofd-transport/kz/node';
import { afterEach, describe, expect, it } from 'vitest';

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A proxy by RFC 1928 and 1929 that knows CONNECT by IPv4 and by name, and one user. */
async function proxy(user: { readonly name: string; readonly password: string } | undefined) {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let step: 'method' | 'user' | 'request' | 'through' = 'method';
    socket.on('data', (bytes: Buffer) => {
      if (step === 'method') {
        step = user === undefined ? 'request' : 'user';
        const wanted = user === undefined ? 0 : 2;
        const offered = bytes.subarray(2).includes(wanted);
        socket.write(Buffer.from([5, offered ? wanted : 0xff]));
      } else if (step === 'user') {
        const length = bytes[1] ?? 0;
        const name = bytes.subarray(2, 2 + length).toString();
        const password = bytes.subarray(3 + length).toString();
        const isRight = name === user?.name && password === user.password;
        step = 'request';
        socket.write(Buffer.from([1, isRight ? 0 : 1]));
        if (!isRight) socket.end();
      } else if (step === 'request') {
        step = 'through';
        const isName = bytes[3] === 3;
        const length = bytes[4] ?? 0;
        const host = isName ? bytes.subarray(5, 5 + length).toString() : [...bytes.subarray(4, 8)].join('.');
        const port = bytes.readUInt16BE(bytes.length - 2);
        asked.push(`${isName ? 'name' : 'address'} ${host}`);
        const out = connect({ host, port }, () => {
          socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
          socket.pipe(out).pipe(socket);
        });
        sockets.add(out);
        out.on('error', () => socket.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { readonly port: number };
  return { host: '127.0.0.1', port, asked };
}

async function echo() {
  const listener = await listenTcp((channel) => {
    void (async () => {
      for await (const chunk of channel) await channel.write(chunk);
      await channel.close();
    })().catch(() => {});
  });
  ends.push(() => listener.close());
  return listener;
}

async function answer(channel: ByteChannel): Promise<number[]> {
  for await (const chunk of channel) return [...chunk];
  return [];
}

describe('through a SOCKS5 proxy', () => {
  it.each([undefined, { name: 'till', password: 'secret' }])('bytes go there and back: %o', async (user) => {
    const { host, port, asked } = await proxy(user);
    const server = await echo();
    const channel = await openTcpBySocks({
      host: 'localhost',
      port: server.port,
      proxy: { host, port, user: user?.name, password: user?.password },
    });
    await channel.write(Uint8Array.of(1, 2, 3));
    expect(await answer(channel)).toEqual([1, 2, 3]);
    // The name is the proxy's to resolve.
    expect(asked).toEqual(['name localhost']);
    await channel.close();
  });

  it('says not-sent for a wrong password, without telling it, and for an operator who is not there', async () => {
    const guarded = await proxy({ name: 'till', password: 'secret' });
    const server = await echo();
    const wrong = await openTcpBySocks({
      host: server.host,
      port: server.port,
      proxy: { ...guarded, user: 'till', password: 'hunter2' },
    }).catch((error: unknown) => error);
    expect(wrong).toMatchObject({ code: 'NOT_CONNECTED', outcome: 'not-sent' });
    expect(JSON.stringify(wrong)).not.toContain('hunter2');
    await server.close();
    const open = await proxy(undefined);
    await expect(openTcpBySocks({ host: server.host, port: server.port, proxy: open })).rejects.toMatchObject(
      { code: 'NOT_CONNECTED' },
    );
    await expect(
      openTcpBySocks({ host: 'localhost', port: 1, proxy: { host: '127.0.0.1', port: server.port } }),
    ).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  });
});
