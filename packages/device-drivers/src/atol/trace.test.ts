import { fromHex, toHex } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AtolTraceEntry, explainAtol, maskAtolBody, replayAtol } from './trace.js';

const uuid = '00000000-0000-4000-8000-000000000001';
const post: AtolTraceEntry = {
  at: 1,
  direction: 'out',
  method: 'POST',
  path: '/requests',
  body: { uuid, request: [{ type: 'cashIn', cashSum: 1 }] },
};
const taken: AtolTraceEntry = {
  at: 2,
  direction: 'in',
  method: 'POST',
  path: '/requests',
  httpStatus: 201,
  body: { uuid },
};
const get: AtolTraceEntry = { at: 3, direction: 'out', method: 'GET', path: `/requests/${uuid}` };
const told: AtolTraceEntry = {
  ...get,
  direction: 'in',
  httpStatus: 200,
  body: { results: [{ status: 'error', errorCode: 73, errorDescription: 'Смена закрыта', result: null }] },
};

describe('what is masked', () => {
  it('is what a buyer told of himself, and the cashier’s own number', () => {
    const task = {
      type: 'sell',
      operator: { name: 'Иванова А. А.', vatin: '770000000004' },
      clientInfo: { emailOrPhone: 'buyer@example.com', name: 'Петров', identityDocumentData: '4500 123456' },
      items: [{ type: 'position', name: 'Трость' }],
    };
    expect(maskAtolBody({ uuid, request: [task] })).toEqual({
      uuid,
      request: [
        {
          type: 'sell',
          operator: { name: 'Иванова А. А.', vatin: '***' },
          clientInfo: { emailOrPhone: '***', name: '***', identityDocumentData: '***' },
          items: [{ type: 'position', name: 'Трость' }],
        },
      ],
    });
    expect(maskAtolBody({ documentTLV: { 1008: 'buyer@example.com', 1040: '7' } })).toEqual({
      documentTLV: { 1008: '***', 1040: '7' },
    });
  });

  it('in the bytes of a document too, which stays one that can be read', () => {
    // python3: struct.pack('<HH', 1008, 3) + b'a@b' + struct.pack('<HHI', 1040, 4, 7), and around it struct.pack('<HH', 3, 15)
    const inner = 'f0030300614062' + '1004040007000000';
    const text = (hex: string) => btoa(String.fromCharCode(...fromHex(hex)));
    const shown = (hex: string) => {
      const { rawData } = maskAtolBody({ rawData: text(hex) }) as { rawData: string };
      return toHex(Uint8Array.from(atob(rawData), (one) => one.charCodeAt(0)));
    };
    expect(shown(inner)).toBe('f00303002a2a2a1004040007000000');
    expect(shown(`03000f00${inner}`)).toBe('03000f00f00303002a2a2a1004040007000000');
    expect(maskAtolBody({ rawData: 'no base64!' })).toEqual({ rawData: '***' });
    expect(maskAtolBody({ rawData: btoa('\u0001\u0002\u0003') })).toEqual({ rawData: '***' });
  });

  it('never breaks on what a server may say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        maskAtolBody(value);
        for (const direction of ['in', 'out'] as const)
          for (const one of explainAtol({
            direction,
            method: 'GET',
            path: '/requests',
            httpStatus: 200,
            body: value,
          }))
            expect(one.title).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });
});

describe('an explained trace', () => {
  it('tells each task and each result', () => {
    expect(explainAtol(post).map(({ title }) => title)).toEqual([
      `POST /requests ${uuid}: 1 task`,
      'task cashIn (внести наличные), money',
    ]);
    expect(explainAtol(post)[1]?.lines).toEqual(['cashSum: 1']);
    expect(explainAtol(told).map(({ ok, title }) => [ok, title])).toEqual([
      [true, `GET /requests/${uuid}: HTTP 200`],
      [false, 'error, error 73: the shift is closed (Смена закрыта: откройте смену)'],
    ]);
    expect(
      explainAtol({ ...told, body: undefined, httpStatus: undefined, failure: 'lost' })[0],
    ).toMatchObject({
      ok: false,
      title: `GET /requests/${uuid}: no answer came`,
    });
    expect(explainAtol({ ...post, body: { uuid, request: { type: 'dance' } } })[1]).toMatchObject({
      ok: false,
      title: 'task dance of no known type',
    });
  });
});

describe('a trace that is played back', () => {
  const ask = (fetch: ReturnType<typeof replayAtol>['fetch'], method: string, path: string, body?: unknown) =>
    fetch(`http://till${path}`, {
      method,
      headers: {},
      ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
    });
  const other = '11111111-1111-4111-8111-111111111111';

  it('answers as then, with the uuids of now', async () => {
    const replay = replayAtol([post, taken, get, told]);
    const first = await ask(replay.fetch, 'POST', '/requests', {
      request: [{ cashSum: 1, type: 'cashIn' }],
      uuid: other,
    });
    expect(first.status).toBe(201);
    expect(JSON.parse(new TextDecoder().decode(await first.arrayBuffer()))).toEqual({ uuid: other });
    expect(replay.finished).toBe(false);
    const second = await ask(replay.fetch, 'GET', `/requests/${other}`);
    expect(new TextDecoder().decode(await second.arrayBuffer())).toContain('"errorCode":73');
    expect(replay.finished).toBe(true);
    expect(replay.mismatch).toBeUndefined();
    await expect(ask(replay.fetch, 'GET', `/requests/${other}`)).rejects.toMatchObject({
      code: 'REPLAY_MISMATCH',
      position: 4,
    });
  });

  it('says where the driver leaves it', async () => {
    for (const [method, path, body] of [
      ['GET', '/requests', undefined],
      ['POST', '/api/v2/requests', post.body],
      ['POST', '/requests', { uuid, request: [{ type: 'cashIn', cashSum: 2 }] }],
    ] as const) {
      const replay = replayAtol([post, taken, get, told]);
      await expect(ask(replay.fetch, method, path, body)).rejects.toMatchObject({
        code: 'REPLAY_MISMATCH',
        outcome: 'not-sent',
        position: 0,
      });
      expect(replay.mismatch?.position).toBe(0);
    }
    const replay = replayAtol([post, taken, get, told]);
    await ask(replay.fetch, 'POST', '/requests', post.body);
    await expect(ask(replay.fetch, 'GET', `/requests/${other}`)).rejects.toMatchObject({ position: 2 });
  });

  it('plays failures as failures', async () => {
    const replay = replayAtol([get, { ...get, direction: 'in', failure: 'not-connected' }]);
    await expect(ask(replay.fetch, 'GET', `/requests/${uuid}`)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});
