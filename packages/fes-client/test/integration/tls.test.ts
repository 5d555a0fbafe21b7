import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { FetchLike } from '@elcert/core';
import { assumedV1, createFesClient, type FesClientConfig } from '@elcert/fes-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// A server whose certificate chains to a private root, as FES's chains to the national one.

const file = (name: string) => fileURLToPath(new URL(`tls/${name}`, import.meta.url));
const read = (name: string) => readFileSync(file(name));

let asked = 0;
const server = createServer({ cert: read('leaf.pem'), key: read('leaf.key') }, (incoming, outgoing) => {
  asked += 1;
  incoming.resume().on('end', () => outgoing.end('{"result":{"code":0,"description":"tls"}}'));
});
let baseUrl = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const client = (change: Partial<FesClientConfig> = {}) =>
  createFesClient({
    baseUrl,
    profile: assumedV1,
    cashboxId: '0000000000000000027',
    credentials: { apiKey: 'a', macKey: 'b' },
    ...change,
  });

/** A `fetch` with a root of one's own, out of nothing but `node:https`. */
const fetchWithRoot =
  (ca: Uint8Array): FetchLike =>
  (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        url,
        { method, headers, ca: Buffer.from(ca), ...(signal === undefined ? {} : { signal }) },
        (incoming) => {
          const chunks: Uint8Array[] = [];
          incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve(
              new Response(Buffer.concat(chunks), {
                status: incoming.statusCode ?? 0,
                headers: { 'content-type': incoming.headers['content-type'] ?? '' },
              }),
            ),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });

describe('a server certificate of a private root', () => {
  it('is refused without the root: nothing is sent, and the cashier learns which certificate is missing', async () => {
    const before = asked;
    await expect(client().echo()).rejects.toMatchObject({
      code: 'FES_UNREACHABLE',
      outcome: 'not-sent',
      details: { attempts: 1 },
      userMessage: expect.stringContaining('Минцифры'),
    });
    const other = fetchWithRoot(new TextEncoder().encode(''));
    await expect(client({ fetch: other }).echo()).rejects.toMatchObject({ code: 'FES_UNREACHABLE' });
    expect(asked).toBe(before);
  });

  it('is accepted with the root given to the fetch', async () => {
    expect(await client({ fetch: fetchWithRoot(read('ca.pem')) }).echo()).toMatchObject({
      description: 'tls',
    });
  });

  it('is accepted with the root given to an Agent of undici, the one that Node carries', async () => {
    // Node does not export its Agent; the dispatcher that its fetch uses is one, and lends its class.
    await fetch('data:,');
    const shared = (globalThis as Record<symbol, unknown>)[Symbol.for('undici.globalDispatcher.1')];
    const Agent = (shared as { constructor: new (options: object) => { close(): Promise<void> } })
      .constructor;
    const withAgent =
      (dispatcher: object): FetchLike =>
      (url, init) =>
        fetch(url, { ...init, dispatcher } as RequestInit);
    const trusting = new Agent({ connect: { ca: read('ca.pem') } });
    const plain = new Agent({});
    expect(await client({ fetch: withAgent(trusting) }).echo()).toMatchObject({ description: 'tls' });
    const before = asked;
    await expect(client({ fetch: withAgent(plain) }).echo()).rejects.toMatchObject({
      code: 'FES_UNREACHABLE',
      outcome: 'not-sent',
    });
    expect(asked).toBe(before);
    await Promise.all([trusting.close(), plain.close()]);
  });

  it('is accepted by the platform’s fetch with NODE_EXTRA_CA_CERTS', async () => {
    const script = `fetch(${JSON.stringify(`${baseUrl}/`)}).then((r) => r.text()).then((t) => process.stdout.write(t), (e) => process.stdout.write(String(e.cause?.code)))`;
    const run = (env: Record<string, string>) =>
      new Promise<string>((resolve, reject) => {
        const child = spawn(process.execPath, ['-e', script], { env: { ...process.env, ...env } });
        let out = '';
        child.stdout.on('data', (chunk) => {
          out += chunk;
        });
        child.on('error', reject);
        child.on('close', () => resolve(out));
      });
    expect(await run({ NODE_EXTRA_CA_CERTS: file('ca.pem') })).toContain('"description":"tls"');
    expect(await run({ NODE_EXTRA_CA_CERTS: '' })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  }, 20_000);
});
