import type { FetchLike } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { probeAtol } from './probe.js';

/** A server that answers by method and path; a uuid in a path is `*`. */
function server(answers: Readonly<Record<string, readonly [status: number, body: unknown]>>): {
  readonly fetch: FetchLike;
  readonly asked: string[];
} {
  const asked: string[] = [];
  return {
    asked,
    async fetch(url, { method, body }) {
      const path = new URL(url).pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '*');
      const said =
        body === undefined
          ? ''
          : ` ${JSON.stringify((JSON.parse(new TextDecoder().decode(body)) as { request: unknown }).request)}`;
      asked.push(`${method} ${path}${said}`);
      const [status, answer] = answers[`${method} ${path}`] ?? [404, '<html></html>'];
      const bytes = new TextEncoder().encode(typeof answer === 'string' ? answer : JSON.stringify(answer));
      return { status, headers: { get: () => null }, arrayBuffer: async () => bytes.buffer };
    },
  };
}

const deviceInfo = { model: 69, modelName: 'АТОЛ 30Ф', serial: '00106900000001', ffdVersion: '1.2' };
const ready = { results: [{ status: 'ready', errorCode: 0, errorDescription: '', result: { deviceInfo } }] };
const found = { model: 'АТОЛ 30Ф', serialNumber: '00106900000001', ffdVersion: '1.2', needsSignIn: false };

describe('a probe for the web server', () => {
  it('asks the second interface for its device and puts no task', async () => {
    const { fetch, asked } = server({ 'GET /api/v2/deviceInfo': [200, { deviceInfo }] });
    expect(await probeAtol({ host: 'till', fetch })).toEqual({
      baseUrl: 'http://till:16732',
      version: 'v2',
      ...found,
    });
    expect(asked).toEqual(['GET /api/v2/deviceInfo']);
  });

  it('gives a task that reads to a server of the first interface, and to no other', async () => {
    const first = server({
      'GET /requests/*': [200, ready],
      'POST /requests': [201, {}],
    });
    expect(await probeAtol({ url: 'http://till:16732/', fetch: first.fetch })).toEqual({
      baseUrl: 'http://till:16732',
      version: 'v1',
      ...found,
    });
    expect(first.asked).toEqual([
      'GET /api/v2/deviceInfo',
      'GET /requests/*',
      'POST /requests [{"type":"getDeviceInfo"}]',
      'GET /requests/*',
    ]);
    for (const answers of [
      {},
      { 'GET /requests/*': [200, '<html></html>'] },
      { 'GET /requests/*': [500, {}] },
    ] as const) {
      const other = server(answers);
      expect(await probeAtol({ host: 'till', port: 80, fetch: other.fetch })).toBeUndefined();
      expect(other.asked.some((one) => one.startsWith('POST'))).toBe(false);
    }
  });

  it('finds a server that wants a sign-in, or whose register is off', async () => {
    const locked = server({ 'GET /api/v2/deviceInfo': [401, ''] });
    expect(await probeAtol({ host: '::1', fetch: locked.fetch })).toEqual({
      baseUrl: 'http://[::1]:16732',
      version: 'v2',
      needsSignIn: true,
    });
    const off = server({ 'GET /api/v2/deviceInfo': [500, { error: { code: 2 } }] });
    expect(await probeAtol({ host: 'till', fetch: off.fetch })).toMatchObject({
      version: 'v2',
      needsSignIn: false,
    });
    const error = { results: [{ status: 'error', errorCode: 2, errorDescription: '', result: null }] };
    const firstOff = server({ 'GET /requests/*': [200, error], 'POST /requests': [201, {}] });
    expect(await probeAtol({ host: 'till', fetch: firstOff.fetch })).toEqual({
      baseUrl: 'http://till:16732',
      version: 'v1',
      needsSignIn: false,
    });
  });

  it('finds nobody where nobody is', async () => {
    const fetch: FetchLike = async () => {
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    };
    expect(await probeAtol({ host: 'till', fetch })).toBeUndefined();
  });
});
