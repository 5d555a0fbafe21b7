import {
  type FetchLike,
  type FetchResponse,
  type ManualClock,
  manualClock,
  seededRandom,
} from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { createFesClient, type FesClientConfig } from '../client.js';
import { computeMac } from '../mac.js';
import { assumedV1, defineProfile } from '../profile.js';
import type { FesAttemptEvent } from './transport.js';

// What the network does is played by a `fetch` of ours; whole exchanges over sockets stand beside the emulator.

const keys = {
  apiKey: '11111111-1111-4111-8111-111111111111',
  macKey: '22222222-2222-4222-8222-222222222222',
};

interface Sent {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: AbortSignal | undefined;
}

type Step = (sent: Sent) => FetchResponse | Promise<FetchResponse>;

function answer(status: number, body: string, headers: Record<string, string> = {}): Step {
  return () => new Response(status === 204 ? null : body, { status, headers });
}
const ok = answer(200, '{"result":{"code":0,"description":"ok"}}');
const silence: Step = () => new Promise(() => {});
const broken =
  (code: string): Step =>
  () =>
    Promise.reject(
      Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(), { code }) }),
    );

function play(steps: readonly Step[], config: Partial<FesClientConfig> = {}) {
  const sent: Sent[] = [];
  const fetch: FetchLike = async (url, { headers, body, signal }) => {
    const one = { url, headers, body: new TextDecoder().decode(body), signal };
    const step = steps[sent.length];
    sent.push(one);
    if (step === undefined) throw new Error('nobody expected another request');
    return step(one);
  };
  const clock = manualClock();
  const client = createFesClient({
    baseUrl: 'http://fes.test/base/',
    profile: assumedV1,
    cashboxId: '0000000000000000027',
    credentials: keys,
    fetch,
    clock,
    random: seededRandom(1),
    ...config,
  });
  return { client, clock, sent };
}

/** Lets time go on until the call settles. */
async function settle<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let done = false;
  const settled = promise.finally(() => {
    done = true;
  });
  settled.catch(() => undefined);
  for (let step = 0; step < 500 && !done; step += 1) await clock.advance(100);
  return settled;
}

const failure = async (steps: readonly Step[], config: Partial<FesClientConfig> = {}) => {
  const { client, clock, sent } = play(steps, config);
  const error = await settle(clock, client.echo()).catch((one: unknown) => one);
  return { error, sent };
};

describe('one request', () => {
  it('is signed over the bytes that go out', async () => {
    const { client, sent } = play([ok]);
    await client.echo({ message: 'привет' });
    const [one] = sent;
    expect(one?.url).toBe('http://fes.test/base/v1/echo');
    expect(JSON.parse(one?.body ?? '')).toEqual({
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      cashboxId: '0000000000000000027',
      message: 'привет',
    });
    expect(one?.headers).toEqual({
      accept: 'application/json',
      'content-type': 'application/json; charset=utf-8',
      'X-API-KEY': keys.apiKey,
      'X-MAC': computeMac(assumedV1.mac, keys.macKey, {
        verb: 'POST',
        path: '/base/v1/echo',
        body: new TextEncoder().encode(one?.body),
      }),
    });
  });

  it('travels as its profile says: ids in headers, members in the query', async () => {
    const profile = defineProfile(assumedV1, {
      name: 'other',
      headers: { requestId: 'X-Request-Id', cashboxId: 'X-Cashbox' },
      operations: { echo: { verb: 'GET', path: '/ping' } },
      mac: { data: ({ verb, path }) => new TextEncoder().encode(`${verb} ${path}`) },
    });
    const { client, sent } = play([ok], { profile });
    await client.echo({ message: 'a b' }, { requestId: '0b5c3f0e-6d0a-4f6e-9a55-2f4a2d1f9c11' });
    expect(sent[0]).toMatchObject({ url: 'http://fes.test/base/ping?message=a+b', body: '' });
    expect(sent[0]?.headers).toEqual({
      accept: 'application/json',
      'X-API-KEY': keys.apiKey,
      'X-MAC': computeMac(profile.mac, keys.macKey, {
        verb: 'GET',
        path: '/base/ping?message=a+b',
        body: new Uint8Array(0),
      }),
      'X-Request-Id': '0b5c3f0e-6d0a-4f6e-9a55-2f4a2d1f9c11',
      'X-Cashbox': '0000000000000000027',
    });
  });
});

describe('an answer that is none', () => {
  it.each<[string, Step, string]>([
    ['HTML', answer(200, '<!DOCTYPE html><html></html>'), 'FES_NO_ANSWER'],
    ['nothing', answer(200, ''), 'FES_NO_ANSWER'],
    ['204', answer(204, ''), 'FES_NO_ANSWER'],
    ['half of the JSON', answer(200, '{"result":{"code":0,'), 'FES_NO_ANSWER'],
    ['JSON of someone else', answer(200, '{"status":"ok"}'), 'FES_NO_ANSWER'],
    ['a list', answer(200, '[]'), 'FES_NO_ANSWER'],
    ['a code that is none', answer(200, '{"result":{"code":"ok"}}'), 'FES_NO_ANSWER'],
    ['a redirect', answer(302, '', { location: 'http://elsewhere.test/' }), 'FES_NO_ANSWER'],
    ['500', answer(500, '{"result":{"code":1}}'), 'FES_SERVER_ERROR'],
    ['a broken connection', broken('ECONNRESET'), 'FES_DISCONNECTED'],
    ['an error of no known kind', () => Promise.reject(new Error('?')), 'FES_DISCONNECTED'],
    ['silence', silence, 'FES_TIMEOUT'],
  ])('%s: tried three times with the same bytes, then unknown', async (_what, step, code) => {
    const { error, sent } = await failure([step, step, step]);
    expect(error).toMatchObject({ code, outcome: 'unknown', details: { attempts: 3, operation: 'echo' } });
    expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
    expect(sent).toHaveLength(3);
  });

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])(
    '%s means that nothing was sent',
    async (code) => {
      const { error, sent } = await failure([broken(code), broken(code), broken(code)]);
      expect(error).toMatchObject({ code: 'FES_UNREACHABLE', outcome: 'not-sent' });
      expect(sent).toHaveLength(3);
    },
  );

  it.each(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'a server certificate that is not accepted (%s) is not tried again',
    async (code) => {
      const { error, sent } = await failure([broken(code)]);
      expect(error).toMatchObject({
        code: 'FES_UNREACHABLE',
        outcome: 'not-sent',
        userMessage: expect.stringContaining('Минцифры'),
      });
      expect(sent).toHaveLength(1);
    },
  );

  it('a port that fetch refuses is not asked: nothing was sent, and trying again would not help', async () => {
    // The platform's own fetch, because the words are its own: 6000 is on the "bad ports" of the Fetch standard.
    const events: FesAttemptEvent[] = [];
    const client = createFesClient({
      baseUrl: 'http://127.0.0.1:6000',
      profile: assumedV1,
      cashboxId: '0000000000000000027',
      credentials: keys,
      onAttempt: (event) => events.push(event),
    });
    await expect(client.echo()).rejects.toMatchObject({
      code: 'FES_UNREACHABLE',
      outcome: 'not-sent',
      userMessage: expect.stringContaining('Порт'),
    });
    expect(events).toMatchObject([{ attempt: 1, outcome: 'not-sent' }]);
  });

  it('too long: neither held nor tried again', async () => {
    const { error, sent } = await failure([answer(200, 'x'.repeat(5000))], { maxAnswerBytes: 1024 });
    expect(error).toMatchObject({ code: 'FES_ANSWER_TOO_LONG', outcome: 'unknown' });
    expect(sent).toHaveLength(1);
  });

  it('stays unknown when a later attempt does not get through', async () => {
    const { error } = await failure([broken('ECONNRESET'), broken('ECONNREFUSED'), broken('ECONNREFUSED')]);
    expect(error).toMatchObject({ code: 'FES_UNREACHABLE', outcome: 'unknown' });
    const forbidden = await failure([silence, answer(403, '')]);
    expect(forbidden.error).toMatchObject({ code: 'FES_FORBIDDEN', outcome: 'unknown' });
  });

  it('is settled by what FES answers to the same request later', async () => {
    const refused = await failure([silence, answer(200, '{"result":{"code":9002,"description":"no"}}')]);
    expect(refused.error).toMatchObject({ code: 'FES_REFUSED', outcome: 'refused' });
    const { client, clock } = play([broken('ECONNRESET'), ok]);
    expect(await settle(clock, client.echo())).toMatchObject({ description: 'ok' });
  });
});

describe('a refusal', () => {
  it('by FES carries its code, its description and what it means', async () => {
    const { error, sent } = await failure([answer(200, '{"result":{"code":"9002","description":"desk"}}')]);
    expect(error).toMatchObject({
      name: 'FesError',
      code: 'FES_REFUSED',
      outcome: 'refused',
      message: 'echo: refused with code 9002: desk',
      userMessage: expect.stringContaining('Активна'),
      details: { resultCode: 9002, description: 'desk', reason: 'desk-not-active', httpStatus: 200 },
    });
    expect(sent).toHaveLength(1);
  });

  it('with a code of no known meaning shows FES’s own words', async () => {
    const { error } = await failure([answer(200, '{"result":{"code":1234567890,"description":"Иное"}}')]);
    expect(error).toMatchObject({ userMessage: 'Отказ ФЭС НСПК, код 1234567890: Иное' });
  });

  it.each([
    [400, 'FES_HTTP_REFUSED'],
    [401, 'FES_UNAUTHORIZED'],
    [403, 'FES_FORBIDDEN'],
    [404, 'FES_HTTP_REFUSED'],
  ])('by HTTP %i is not tried again', async (status, code) => {
    const { error, sent } = await failure([answer(status, '<html>')]);
    expect(error).toMatchObject({ code, outcome: 'refused', details: { httpStatus: status } });
    expect(sent).toHaveLength(1);
  });

  it('shows no card number that a description holds', async () => {
    const { error } = await failure([
      answer(200, '{"result":{"code":5,"description":"card 2200999912345672"}}'),
    ]);
    expect(JSON.stringify(error)).not.toContain('2200999912345672');
  });
});

describe('waiting', () => {
  it('backs off with jitter on the client’s clock', async () => {
    const times: number[] = [];
    const { client, clock } = play([broken('ECONNREFUSED'), broken('ECONNREFUSED'), ok], {
      onAttempt: () => times.push(clock.now()),
      retry: { baseDelayMs: 1000, maxDelayMs: 60_000 },
    });
    await settle(clock, client.echo());
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(500);
    expect(second - first).toBeLessThanOrEqual(1000);
    expect(third - second).toBeGreaterThanOrEqual(1000);
    expect(third - second).toBeLessThanOrEqual(2000);
  });

  it.each([
    ['seconds', '7'],
    ['a date', new Date(Date.parse('2026-01-12T09:00:07Z')).toUTCString()],
  ])('honours Retry-After in %s', async (_how, value) => {
    const times: number[] = [];
    const { client, clock } = play([answer(429, '', { 'retry-after': value }), ok], {
      onAttempt: () => times.push(clock.now()),
    });
    await settle(clock, client.echo());
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(6900);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeLessThanOrEqual(7100);
  });

  it('does not wait for a moment that comes too late', async () => {
    const { error, sent } = await failure([answer(429, '', { 'retry-after': '3600' })]);
    expect(error).toMatchObject({ code: 'FES_RATE_LIMITED', outcome: 'refused' });
    expect(sent).toHaveLength(1);
  });

  it('ends an attempt that hangs, though the fetch ignores its signal', async () => {
    const { client, clock } = play([silence, ok], { timeouts: { attemptMs: 2000 } });
    expect(await settle(clock, client.echo())).toMatchObject({ description: 'ok' });
  });

  it('ends a body that never ends', async () => {
    const stuck: Step = () => ({
      status: 200,
      headers: { get: () => null },
      arrayBuffer: () => new Promise(() => {}),
    });
    const { error } = await failure([stuck], { retry: { attempts: 1 } });
    expect(error).toMatchObject({ code: 'FES_TIMEOUT', outcome: 'unknown' });
  });

  it('ends the whole call after the total time', async () => {
    const { client, clock, sent } = play([silence, silence, silence], {
      timeouts: { attemptMs: 4000, totalMs: 6000 },
    });
    const startedAt = clock.now();
    await expect(settle(clock, client.echo())).rejects.toMatchObject({
      code: 'FES_TIMEOUT',
      outcome: 'unknown',
    });
    expect(clock.now() - startedAt).toBeLessThanOrEqual(6100);
    expect(sent).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the caller’s signal', () => {
  it('before the call: nothing is sent', async () => {
    const { client, sent } = play([]);
    await expect(client.echo(undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'FES_ABORTED',
      outcome: 'not-sent',
    });
    expect(sent).toHaveLength(0);
  });

  it('during the call: the request is abandoned, and may have arrived', async () => {
    const { client, sent, clock } = play([silence]);
    const abort = new AbortController();
    const call = client.echo(undefined, { signal: abort.signal });
    await clock.waitForTimers(2);
    await clock.advance(0);
    abort.abort(new Error('the buyer has left'));
    await expect(call).rejects.toMatchObject({ code: 'FES_ABORTED', outcome: 'unknown' });
    expect(sent[0]?.signal?.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('keys', () => {
  it('are asked for before each attempt, so that a new one works at once', async () => {
    let generation = 0;
    const { client, clock, sent } = play([broken('ECONNREFUSED'), ok], {
      credentials: async () => {
        generation += 1;
        return { ...keys, apiKey: `key-${generation}` };
      },
    });
    await settle(clock, client.echo());
    expect(sent.map(({ headers }) => headers['X-API-KEY'])).toEqual(['key-1', 'key-2']);
  });

  it.each([
    ['a function that fails', () => Promise.reject(new Error('vault is sealed'))],
    ['an empty key', () => ({ ...keys, apiKey: '' })],
    ['a key with a line end', () => ({ ...keys, macKey: 'a\r\nX-Evil: 1' })],
    ['no key', () => ({}) as never],
  ])('%s: nothing is sent', async (_what, credentials) => {
    const { error, sent } = await failure([], { credentials });
    expect(error).toMatchObject({ code: 'FES_CREDENTIALS', outcome: 'not-sent' });
    expect(sent).toHaveLength(0);
  });

  it('stand in no error, event or log line', async () => {
    const seen: unknown[] = [];
    const log = (facts: unknown, message: string) => void seen.push(facts, message);
    const { error } = await failure([answer(401, '{"result":{"code":9019,"description":"blocked"}}')], {
      logger: { debug: log, info: log, warn: log, error: log },
      onAttempt: (event) => void seen.push(event),
    });
    const text = JSON.stringify([seen, error, String((error as Error).stack)]);
    expect(text).toContain('FES_UNAUTHORIZED');
    expect(text).not.toContain(keys.apiKey);
    expect(text).not.toContain(keys.macKey);
  });
});

describe('signed answers', () => {
  const profile = defineProfile(assumedV1, {
    name: 'signed',
    answerMac: {
      algorithm: 'hmac-sha256',
      key: 'text',
      data: 'body',
      encoding: 'hex',
      header: 'X-Answer-MAC',
    },
  });
  const body = '{"result":{"code":0,"description":"ok"}}';
  const mac = computeMac(assumedV1.mac, keys.macKey, {
    verb: 'POST',
    path: '',
    body: new TextEncoder().encode(body),
  });

  it('are believed when the MAC is right', async () => {
    const { client } = play([answer(200, body, { 'x-answer-mac': mac })], { profile });
    expect(await client.echo()).toMatchObject({ description: 'ok' });
  });

  it.each([
    ['absent', {}],
    ['wrong', { 'x-answer-mac': mac.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }],
  ])('are not when it is %s', async (_what, headers) => {
    const { error } = await failure([answer(200, body, headers as Record<string, string>)], { profile });
    expect(error).toMatchObject({ code: 'FES_BAD_ANSWER_MAC', outcome: 'unknown' });
  });
});

describe('what others do', () => {
  const boom = () => {
    throw new Error('a listener broke');
  };

  it('a listener that throws changes nothing of what is known', async () => {
    const { client, clock, sent } = play([ok], {
      onAttempt: boom,
      logger: { debug: boom, info: boom, warn: boom, error: boom },
    });
    await settle(clock, client.echo());
    expect(sent).toHaveLength(1);
    const { error } = await failure([answer(403, '{"result":{"code":5,"description":"no"}}')], {
      onAttempt: boom,
    });
    expect(error).toMatchObject({ code: 'FES_FORBIDDEN', outcome: 'refused' });
  });

  it('a server that repeats keys, MAC and card data does not bring them into errors and logs', async () => {
    const panHash = 'ab'.repeat(32);
    const logged: unknown[] = [];
    const log = (...facts: unknown[]) => void logged.push(facts);
    const echoing: Step = ({ headers, body }) => {
      const description = `you sent ${JSON.stringify(headers)} ${body} key ${keys.macKey}`;
      return new Response(JSON.stringify({ result: { code: 77, description } }));
    };
    const { client, clock, sent } = play([echoing], {
      logger: { debug: log, info: log, warn: log, error: log },
    });
    const error = await settle(clock, client.certificates({ panHash, par: 'A'.repeat(29) })).catch(
      (one: unknown) => one,
    );
    const shown = JSON.stringify([
      error,
      (error as Error).message,
      (error as { userMessage?: string }).userMessage,
      logged,
    ]);
    expect(shown).toContain('refused with code 77');
    for (const secret of [
      keys.apiKey,
      keys.macKey,
      sent[0]?.headers['X-MAC'] ?? '',
      panHash,
      'A'.repeat(29),
    ]) {
      expect(secret).not.toBe('');
      expect(shown).not.toContain(secret);
    }
  });

  it('a repeated request does not make its basket live longer', async () => {
    const basket = {
      result: { code: 0, description: 'ok' },
      basket: {
        purchaseBasketId: '1'.repeat(24),
        totalCertAmount: 0,
        article: [{ articleNumber: 1, truCode: '329921120.06001010200080001643', price: 100 }],
      },
    };
    const { client, clock } = play([
      answer(200, JSON.stringify(basket)),
      answer(200, JSON.stringify(basket)),
    ]);
    const ask = () =>
      client.preAuthPurchase(
        {
          panHash: 'ab'.repeat(32),
          articles: [{ articleNumber: 1, truCode: '329921120.06001010200080001643', count: 1, price: 100 }],
        },
        { requestId: '33333333-3333-4333-8333-333333333333' },
      );
    const first = await settle(clock, ask());
    await clock.advance(20 * 60_000);
    const second = await settle(clock, ask());
    expect(second.expiresAt).toBe(first.expiresAt);
  });
});
