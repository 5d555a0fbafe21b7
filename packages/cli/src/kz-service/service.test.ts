import { ElcertError, manualClock } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { serviceApp } from './app.js';
import { errorAnswer } from './errors.js';
import { openApiDocument } from './openapi.js';
import { operations } from './operations.js';
import { pinDesk, triesOf } from './pins.js';
import { namedSchemas } from './schemas.js';

const operators = [
  { code: 7, name: 'Әсел', role: 'cashier', pin: '4821' },
  { code: 1, name: 'Иван', role: 'administrator', pin: '90-31' },
] as const;

describe('a desk for PINs', () => {
  it('knows whose PIN it is, however it is written', () => {
    const desk = pinDesk(operators, manualClock(0));
    for (const header of ['4821', 'Bearer 4821', 'bearer  4821 '])
      expect(desk.operatorOf(header, 'a')).toEqual({ code: 7, name: 'Әсел', role: 'cashier' });
    for (const header of [undefined, '', 'Bearer ', '482', '48211', 'Bearer 90-3'])
      expect(() => desk.operatorOf(header, 'a')).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }));
  });

  it('lets an address wait after five wrong ones, longer each time, and forgets at a right one', async () => {
    const clock = manualClock(0);
    const desk = pinDesk(operators, clock);
    const wrong = () => desk.operatorOf('0', 'a');
    for (let tries = 0; tries < 5; tries += 1)
      expect(wrong).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }));
    const locked = (seconds: number) =>
      expect(() => desk.operatorOf('4821', 'a')).toThrow(
        expect.objectContaining({ code: 'TOO_MANY_TRIES', details: { retryAfterSeconds: seconds } }),
      );
    locked(30);
    expect(desk.operatorOf('4821', 'b').code).toBe(7);
    await clock.advance(29_999);
    locked(1);
    await clock.advance(1);
    expect(wrong).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }));
    locked(60);
    await clock.advance(60_000);
    expect(desk.operatorOf('4821', 'a').code).toBe(7);
    expect(wrong).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }));
    expect(desk.operatorOf('4821', 'a').code).toBe(7);
  });

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.9.8.7', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ])('counts the tries of %s as those of %s', (address, from) => {
    expect(triesOf(address)).toBe(from);
  });

  it('never makes an address wait longer than a quarter of an hour', async () => {
    const clock = manualClock(0);
    const desk = pinDesk(operators, clock);
    for (let tries = 0; tries < 30; tries += 1) {
      expect(() => desk.operatorOf('0', 'a')).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }));
      await clock.advance(15 * 60_000);
    }
    expect(desk.operatorOf('4821', 'a').code).toBe(7);
  });
});

describe('openapi.json', () => {
  const document = openApiDocument('1.2.3');
  const text = JSON.stringify(document);

  it('has every operation once, with a schema for what goes in and out', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual(
      ['get /v1/ping', ...operations.map(({ method, path }) => `${method} ${path}`)].sort(),
    );
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    expect(Object.keys(document.components.schemas).sort()).toEqual(Object.keys(namedSchemas).sort());
  });

  it('refers to nothing that is not there', () => {
    const names = new Set(Object.keys(document.components.schemas));
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(names.has(name)).toBe(true);
    expect(text).not.toContain('$id');
    expect(text.match(/"\$ref":"(?!#\/components)/)).toBeNull();
  });

  it('wants a key of every document', () => {
    for (const operation of operations) {
      const described = document.paths[operation.path]?.[operation.method] as {
        readonly parameters: readonly { readonly name: string; readonly required: boolean }[];
      };
      const key = described.parameters.find(({ name }) => name === 'Idempotency-Key');
      expect(key?.required).toBe(operation.makesDocument);
    }
  });

  it('describes what the schemas check', () => {
    const { ReceiptRequest } = document.components.schemas as Record<string, { required?: string[] }>;
    expect(ReceiptRequest?.required?.sort()).toEqual(['lines', 'payments', 'settlementType']);
    expect(z.toJSONSchema(namedSchemas.CashRequest).required).toEqual(['direction', 'amount']);
  });
});

describe('the service without devices', () => {
  const app = serviceApp({
    devices: [],
    operators,
    version: '1.2.3',
    clock: manualClock(0),
    hosts: ['127.0.0.1', '[::1]'],
    addressOf: () => 'a',
  });
  const ask = async (url: string, init?: RequestInit) => app.fetch(new Request(url, init));

  it('is asked for by its own name alone', async () => {
    expect((await ask('http://127.0.0.1:8080/v1/ping')).status).toBe(200);
    expect((await ask('http://[::1]:8080/v1/ping')).status).toBe(200);
    // A page of another name that has been led here.
    expect((await ask('http://evil.example:8080/v1/ping')).status).toBe(403);
  });

  it('shows itself to a browser and lets no other page read it', async () => {
    const page = await ask('http://127.0.0.1/');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('/v1/devices/{device}/receipts');
    const preflight = await ask('http://127.0.0.1/v1/devices', {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('takes no more requests while it stops, and waits for nobody who sends slowly', async () => {
    void ask('http://127.0.0.1/v1/devices/kassa-1/cash', {
      method: 'POST',
      headers: { authorization: 'Bearer 4821' },
      body: new ReadableStream(),
      duplex: 'half',
    } as RequestInit);
    await app.drain();
    expect((await ask('http://127.0.0.1/v1/ping')).status).toBe(503);
  });
});

describe('an error of the device', () => {
  it.each([
    ['receipt/lines[0]/vat', 'lines[0]/vat'],
    ['details/lines[2]/markingCodes[1]', 'lines[2]/markingCodes[1]'],
    ['details/parent/dateTime', 'parent/dateTime'],
    ['receipt/buyer/inn', 'buyerNumber'],
    ['movement/amount', 'amount'],
    ['cash', 'cash'],
  ])('at %s is told at %s of the body', (path, told) => {
    const error = new ElcertError({
      code: 'BAD_VALUE',
      message: `${path}: wrong`,
      path,
      outcome: 'not-sent',
    });
    expect(errorAnswer(error, true)).toMatchObject({
      status: 400,
      body: { error: { path: told, message: `${told}: wrong`, outcome: 'not-sent' } },
    });
  });
});

describe('an error nobody has foreseen', () => {
  it('leaves a document in doubt, and tells nothing of itself', () => {
    const { status, body } = errorAnswer(new Error('secret'), true);
    expect([status, body.error.outcome]).toEqual([500, 'unknown']);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(errorAnswer(new Error('secret'), false).body.error).not.toHaveProperty('outcome');
  });
});
