import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUuid, systemClock } from '@elcert/core';
import { createLedger, tcpAddressOf } from '@elcert/emulators/kernel';
import { type OfdKzHandle, startOfdKz } from '@elcert/emulators/ofd-kz';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elcert, type Running, startElcert } from '../support/elcert.js';

const devices = [100_500, 100_501].map((id) => ({
  id,
  serialNumber: `TEST${id}`,
  registrationNumber: `010101${id}`,
  taxpayer: { bin: '200140000014', title: 'ТОО «Тест»', address: 'г. Астана, ул. Тестовая, 1' },
}));
const [first] = devices as [(typeof devices)[number]];

let folder: string;
let ofd: OfdKzHandle;
let config: string;
let service: { readonly url: string; readonly running: Running } | undefined;

const settings = () => {
  const { host, port } = tcpAddressOf(ofd);
  return {
    operators: [
      { code: 7, name: 'Әсел', pin: '4821' },
      { code: 1, name: 'Иван', pin: '90-31', role: 'administrator' },
    ],
    devices: devices.map(({ id }, index) => ({
      name: `kassa-${index + 1}`,
      id,
      token: ofd.device(id).token,
      state: `state/${id}.log`,
      ofd: { title: 'АО «Казахтелеком»', site: 'consumer.oofd.kz', host, port },
      vat: { series: '62001', number: '0012345' },
    })),
  };
};

/** Starts the service as a process; resolves once it listens. */
async function start(): Promise<void> {
  const running = startElcert(['kz', 'serve', '--config', config, '--port', '0', '--json']);
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    running.child.stdout?.on('data', (more: string) => {
      text += more;
      if (text.includes('\n')) resolve(text);
    });
    running.finished.then(({ stdout, stderr }) => reject(new Error(`${stdout}${stderr}`)), reject);
  });
  const { url } = JSON.parse(line) as { readonly url: string };
  service = { url, running };
}

async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (service === undefined) return null;
  const { running } = service;
  service = undefined;
  running.child.kill(signal);
  return (await running.finished).code;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly error?: Record<string, unknown> };
}

async function call(
  method: 'GET' | 'POST',
  path: string,
  options: { readonly body?: unknown; readonly key?: string; readonly pin?: string } = {},
): Promise<Answer> {
  const { body, key, pin = '4821' } = options;
  const answer = await fetch(`${service?.url}${path}`, {
    method,
    headers: {
      ...(pin === '' ? {} : { authorization: `Bearer ${pin}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

const device = '/v1/devices/kassa-1';
const sale = {
  settlementType: 'sale',
  lines: [
    { name: 'Нан', price: 50_000, quantity: '2', vat: '16', ntin: '0200000000001' },
    { name: 'Дәрі', price: 16_000, quantity: '1', vat: '5' },
  ],
  payments: { cash: 66_000, electronic: 50_000 },
  cashGiven: 70_000,
  mobile: 20_000,
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elcert-kz-serve-'));
  ofd = await startOfdKz({ clock: systemClock(), seed: 'serve', ledger: createLedger(), devices });
  config = join(folder, 'kz.json');
  await writeFile(config, JSON.stringify(settings()), { mode: 0o600 });
});

afterEach(async () => {
  await stop('SIGKILL');
  await ofd.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('elcert kz serve', () => {
  it('lives a day of a shop: a restart in between, an outage, books that agree', async () => {
    await start();
    const saleKey = randomUuid();
    const sold = await call('POST', `${device}/receipts`, {
      key: saleKey,
      body: { ...sale, paper: { format: 'text', columns: 42 } },
    });
    expect(sold).toMatchObject({
      status: 200,
      body: {
        documentCode: 3,
        documentNumber: 1,
        registrationNumber: first.registrationNumber,
        total: 116_000,
        delivered: true,
        settlementType: 'sale',
        paper: { format: 'text' },
      },
    });
    const [ticket] = ofd.device(first.id).tickets;
    expect(sold.body.fiscalSign).toBe(ticket?.ticketNumber);
    expect(ticket?.ticket).toMatchObject({ operator: { code: 7, name: 'Әсел' } });
    expect((sold.body.paper as { content: string }).content).toContain('Нан');

    expect(await stop()).toBe(0);
    await start();
    // What a till that heard no answer does: the same key, and no second ticket.
    const again = await call('POST', `${device}/receipts`, { key: saleKey, body: sale });
    expect(again.body).toMatchObject({ documentNumber: 1, fiscalSign: sold.body.fiscalSign });
    const found = await call('GET', `${device}/documents/${saleKey}?after=0`);
    expect(found.body).toMatchObject({
      state: 'done',
      result: { fiscalSign: sold.body.fiscalSign, parent: sold.body.parent },
    });
    expect((await call('GET', `${device}/documents/${randomUuid()}?after=0`)).body).toEqual({
      state: 'not-done',
    });

    const back = await call('POST', `${device}/receipts`, {
      key: randomUuid(),
      body: {
        settlementType: 'saleReturn',
        lines: [{ name: 'Нан', price: 50_000, quantity: '1', vat: '16' }],
        payments: { cash: 50_000 },
        parent: sold.body.parent,
      },
    });
    expect(back.body).toMatchObject({ documentNumber: 2, settlementType: 'saleReturn' });
    const cashKey = randomUuid();
    const placed = await call('POST', `${device}/cash`, {
      key: cashKey,
      body: { direction: 'in', amount: 100_000 },
    });
    expect(placed.body).toEqual({ cashInDrawer: 116_000 });
    expect((await call('GET', `${device}/documents/${cashKey}`)).body).toMatchObject({
      state: 'done',
      cash: { direction: 'in', amount: 100_000, documentNumber: 3, delivered: true },
    });

    await ofd.setReachable(false);
    const offlineKey = randomUuid();
    const offline = await call('POST', `${device}/receipts`, { key: offlineKey, body: sale });
    expect(offline.body).toMatchObject({ delivered: false, fiscalSign: offline.body.offlineSign });
    expect((await call('GET', device)).body).toMatchObject({
      mode: 'offline',
      waiting: 1,
      first: { operationKey: offlineKey, documentNumber: 4 },
    });
    // Killed while documents wait.
    await stop('SIGKILL');
    await start();
    expect((await call('GET', device)).body).toMatchObject({ mode: 'offline', waiting: 1 });
    await ofd.setReachable(true);
    expect((await call('POST', `${device}/recover`, { body: {} })).body).toMatchObject({
      mode: 'online',
      waiting: 0,
    });
    const late = await call('GET', `${device}/documents/${offlineKey}`);
    expect(late.body).toMatchObject({
      state: 'done',
      result: { delivered: true, fiscalSign: ofd.device(first.id).tickets[2]?.ticketNumber },
    });

    const x = await call('POST', `${device}/x-report`, { body: { paper: { format: 'png' } } });
    expect((x.body.paper as { content: string }).content).toMatch(/^iVBORw0KGgo/);
    const totals = await call('GET', `${device}/totals`);
    expect(totals.body).toMatchObject({
      shiftNumber: 1,
      cashInDrawer: 182_000,
      receipts: { sale: { count: 2, sum: 232_000 }, saleReturn: { count: 1, sum: 50_000 } },
      cashIn: { count: 1, sum: 100_000 },
    });
    const { counters, findings, documents } = ofd.device(first.id);
    expect([counters.cash, counters.operations.OPERATION_SELL.tickets, documents]).toEqual([
      182_000,
      { count: 2, sum: 232_000 },
      4,
    ]);
    const closeKey = randomUuid();
    const closed = await call('POST', `${device}/shift/close`, {
      key: closeKey,
      body: { paper: { format: 'text', language: 'ru' } },
    });
    expect(closed.body).toMatchObject({ documentCode: 5, shiftNumber: 1, delivered: true });
    expect((closed.body.paper as { content: string }).content).toContain('Z-ОТЧЕТ');
    expect((await call('GET', `${device}/documents/${closeKey}`)).body).toMatchObject({
      state: 'done',
      result: { documentCode: 5, report: closed.body.report },
    });
    expect(findings).toEqual([]);
    expect(ofd.device(first.id).findings).toEqual([]);
    expect((await call('GET', '/v1/devices')).body).toMatchObject({
      devices: [
        { name: 'kassa-1', shift: 'closed', lastDocumentNumber: 5 },
        { name: 'kassa-2', shift: 'closed', lastDocumentNumber: 0 },
      ],
    });
    expect(await stop()).toBe(0);
  });

  it('makes one ticket of one key, however often and at once it is asked for', async () => {
    await start();
    const key = randomUuid();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call('POST', `${device}/receipts`, { key, body: sale })),
    );
    expect(new Set(answers.map(({ body }) => body.fiscalSign)).size).toBe(1);
    const other = await call('POST', `${device}/receipts`, { key, body: { ...sale, cashGiven: 66_000 } });
    expect(other).toMatchObject({ status: 422, body: { error: { code: 'KEY_REUSED', outcome: 'refused' } } });
    const elsewhere = await call('POST', `${device}/cash`, { key, body: { direction: 'in', amount: 1 } });
    expect(elsewhere.status).toBe(422);
    expect(ofd.device(first.id).tickets).toHaveLength(1);
    // A refused request has made nothing: its key is free for the corrected one.
    const fresh = randomUuid();
    const wrong = await call('POST', `${device}/receipts`, {
      key: fresh,
      body: { ...sale, lines: sale.lines.map((line) => ({ ...line, vat: '12' })) },
    });
    expect(wrong).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'BAD_VALUE',
          path: 'lines[0]/vat',
          outcome: 'not-sent',
          userMessage: expect.stringContaining('НДС'),
          userMessageKk: 'Құжаттағы мән дұрыс емес.',
        },
      },
    });
    expect((await call('POST', `${device}/receipts`, { key: fresh, body: sale })).status).toBe(200);
    expect(ofd.device(first.id).tickets).toHaveLength(2);
  });

  it('knows what a key stands for after a kill: neither a return of the same sum, nor the other way, nor another article', async () => {
    await start();
    const [saleKey, cashKey] = [randomUuid(), randomUuid()];
    const sold = await call('POST', `${device}/receipts`, { key: saleKey, body: sale });
    await call('POST', `${device}/cash`, { key: cashKey, body: { direction: 'in', amount: 5_000 } });
    await stop('SIGKILL');
    await start();
    const { cashGiven: _given, ...back } = sale;
    const others: readonly (readonly [string, string, object])[] = [
      ['receipts', saleKey, { ...back, settlementType: 'saleReturn', parent: sold.body.parent }],
      ['receipts', saleKey, { ...sale, lines: [{ ...sale.lines[0], name: 'Сүт' }, sale.lines[1]] }],
      ['cash', cashKey, { direction: 'out', amount: 5_000 }],
    ];
    for (const [path, key, body] of others)
      expect(await call('POST', `${device}/${path}`, { key, body })).toMatchObject({
        status: 422,
        body: { error: { code: 'KEY_REUSED', outcome: 'refused' } },
      });
    // The same request from another cashier, with its members in another order and its paper, is the same one.
    const again = await call('POST', `${device}/receipts`, {
      key: saleKey,
      pin: '90-31',
      body: { paper: { format: 'rows' }, ...Object.fromEntries(Object.entries(sale).reverse()) },
    });
    expect(again).toMatchObject({ status: 200, body: { documentNumber: 1 } });
    expect(
      (await call('POST', `${device}/cash`, { key: cashKey, body: { direction: 'in', amount: 5_000 } }))
        .status,
    ).toBe(200);
    expect(ofd.device(first.id).documents).toBe(2);
  });

  it('says what is wrong with a request, and lets nobody guess a PIN', async () => {
    await start();
    const key = randomUuid();
    const refusals: readonly (readonly [number, string, Promise<Answer>])[] = [
      [400, 'KEY_MISSING', call('POST', `${device}/receipts`, { body: sale })],
      [400, 'KEY_MISSING', call('POST', `${device}/receipts`, { body: sale, key: 'x' })],
      [400, 'BAD_REQUEST', call('POST', `${device}/receipts`, { body: '{', key })],
      [400, 'BAD_REQUEST', call('POST', `${device}/receipts`, { body: { ...sale, extra: 1 }, key })],
      [404, 'NO_SUCH_DEVICE', call('GET', '/v1/devices/kassa-9')],
      [404, 'NO_SUCH_PATH', call('GET', '/v2/devices')],
      [403, 'FORBIDDEN', call('POST', `${device}/token`, { body: { token: 1 } })],
      [409, 'NO_SHIFT', call('POST', `${device}/shift/close`, { key, body: {} })],
      [413, 'TOO_LONG', call('POST', `${device}/receipts`, { key, body: `"${'x'.repeat(1 << 20)}"` })],
      [401, 'UNAUTHORIZED', call('GET', '/v1/devices', { pin: '' })],
    ];
    for (const [status, code, answer] of refusals) {
      const { status: got, body } = await answer;
      expect([got, body.error?.code]).toEqual([status, code]);
      expect(body.error?.userMessage).toMatch(/\.$/);
      expect(body.error?.userMessageKk).toMatch(/\.$/);
    }
    const path = await call('POST', `${device}/receipts`, {
      key,
      body: { ...sale, lines: [{ ...sale.lines[0], quantity: '1,5' }] },
    });
    expect(path.body.error?.path).toBe('lines[0]/quantity');
    const description = (await call('GET', '/openapi.json', { pin: '' })).body;
    expect(description).toMatchObject({ openapi: '3.1.0' });
    expect(Object.keys(description.paths as object)).toContain('/v1/devices/{device}/receipts');
    for (let tries = 0; tries < 5; tries += 1)
      expect((await call('GET', '/v1/devices', { pin: `000${tries}` })).status).toBe(401);
    // Even the right one has to wait now.
    expect(await call('GET', '/v1/devices')).toMatchObject({
      status: 429,
      body: { error: { code: 'TOO_MANY_TRIES', details: { retryAfterSeconds: expect.any(Number) } } },
    });
    expect(ofd.device(first.id).tickets).toHaveLength(0);
  });

  it('answers what it works on before it stops, and survives a kill in the middle of a ticket', async () => {
    await start();
    const heard = () =>
      ofd.records.waitFor(({ operation, direction }) => operation === 'TICKET' && direction === 'in');
    ofd.faults.add({ at: 'ofd-kz', when: { operation: 'TICKET' }, do: 'delay', delayMs: 300, times: 1 });
    const slow = call('POST', `${device}/receipts`, { key: randomUuid(), body: sale });
    await heard();
    expect(await stop()).toBe(0);
    expect(await slow).toMatchObject({ status: 200, body: { documentNumber: 1, delivered: true } });

    await start();
    ofd.faults.add({ at: 'ofd-kz', when: { operation: 'TICKET' }, do: 'silent-after-effect', times: 1 });
    const key = randomUuid();
    const counted = ofd.device(first.id).documents;
    const lost = call('POST', `${device}/receipts`, { key, body: sale }).catch(() => 'no answer');
    await ofd.records.waitFor(() => ofd.device(first.id).documents > counted);
    await stop('SIGKILL');
    expect(await lost).toBe('no answer');
    await start();
    const again = await call('POST', `${device}/receipts`, { key, body: sale });
    expect(again).toMatchObject({ status: 200, body: { documentNumber: 2, delivered: true } });
    expect(ofd.device(first.id).tickets.map(({ ticketNumber }) => ticketNumber)[1]).toBe(
      again.body.fiscalSign,
    );
    expect(ofd.device(first.id).tickets).toHaveLength(2);
    expect(ofd.faults.strikes).toBe(2);
  });

  it('names the member of its configuration that is wrong', async () => {
    await writeFile(
      config,
      JSON.stringify({ ...settings(), operators: [{ code: 1, name: 'x', pin: '0000' }] }),
    );
    const { code, stdout } = await elcert(['kz', 'serve', '--config', config, '--json']);
    expect([code, JSON.parse(stdout).error.path]).toEqual([2, 'operators[0]/pin']);
    expect(stdout).not.toContain('0000');
  });
});
