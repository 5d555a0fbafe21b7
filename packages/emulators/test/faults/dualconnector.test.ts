import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDualConnector } from '@elcert/device-drivers/inpas';
import { afterEach, describe, expect, it } from 'vitest';
import type { DualConnectorEmulator } from '../../src/inpas/index.js';
import type { FaultRule } from '../../src/kernel/index.js';
import { dualConnectorWorld, type InpasWorld, paidOnce, untouched } from '../inpas-world.js';

// What goes wrong between a till and DualConnector. In every story the ledger is asked whether the buyer was charged twice.

let world: InpasWorld<DualConnectorEmulator>;
afterEach(() => world.stop());

const pay = '121';
const rule = (fault: Omit<FaultRule, 'at' | 'when'>): FaultRule => ({
  at: 'dualconnector',
  when: { operation: pay, nth: 1 },
  ...fault,
});
const unknown = { outcome: 'unknown', userMessage: expect.stringContaining('Не повторяйте') };

const requests = () =>
  world.emulator.records.entries.filter((one) => one.direction === 'in' && one.operation === pay);

describe('no answer, or none that can be used', () => {
  it.each([
    ['cut connection after the approval', { do: 'disconnect' }, 'ANSWER_LOST', paidOnce],
    ['half an answer', { do: 'cut' }, 'ANSWER_LOST', paidOnce],
    ['XML that is none', { do: 'corrupt' }, 'ANSWER_UNREADABLE', paidOnce],
    ['connection cut before the effect', { do: 'drop' }, 'ANSWER_LOST', untouched],
    ['an error of the service', { do: 'nak' }, 'UNCERTAIN', untouched],
  ] as const)('%s is unknown, and the key sends nothing more', async (_name, fault, code, books) => {
    world = await dualConnectorWorld({ faults: [rule(fault)] });
    await expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject({ code, ...unknown });
    expect(world.emulator.faults.strikes).toBe(1);
    expect(world.books()).toEqual(books);
    expect(await world.terminal.lookup('key-1')).toMatchObject({ state: 'unknown' });
    await expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject({ code });
    expect(requests()).toHaveLength(1);
    expect(world.books()).toEqual(books);
  });

  it.each(['silent-after-effect', 'delay'] as const)('%s: the till gives up in time', async (fault) => {
    world = await dualConnectorWorld({ faults: [rule({ do: fault, delayMs: 500_000 })] });
    const failed = expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject({
      code: 'ANSWER_LOST',
      ...unknown,
    });
    await world.emulator.records.waitFor(
      ({ direction, operation }) => direction === 'out' && operation === pay,
    );
    await world.clock.advance(125_000);
    await failed;
    expect(world.books()).toEqual(paidOnce);
    await expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject(unknown);
    expect(requests()).toHaveLength(1);
  });
});

it('a refusal is a result', async () => {
  world = await dualConnectorWorld({ faults: [rule({ do: 'refuse', code: '05' })] });
  expect(await world.terminal.payCertificate(world.payment)).toMatchObject({
    own: 'refused',
    certificate: 'not-attempted',
    responseCode: '05',
  });
  expect(world.books()).toEqual(untouched);
});

it('nobody listens: nothing was sent', async () => {
  world = await dualConnectorWorld();
  await world.emulator.stop();
  await expect(world.terminal.payCertificate(world.payment)).rejects.toMatchObject({
    code: 'NOT_TAKEN',
    outcome: 'not-sent',
    userMessage: 'Терминал не отвечает, операция не начата.',
  });
  expect(await world.terminal.lookup('key-1')).toEqual({ state: 'not-done' });
});

it('a service that sends elsewhere: the request is not posted there, and it may have been heard', async () => {
  world = await dualConnectorWorld();
  const heard: string[] = [];
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const gone = (closed.address() as AddressInfo).port;
  await new Promise((resolve) => closed.close(resolve));
  const server = createServer((request, response) => {
    heard.push(request.method ?? '');
    request.resume();
    request.on('end', () => {
      const location = request.url === '/gone' ? `http://127.0.0.1:${gone}/` : world.emulator.url;
      response.writeHead(307, { location }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const path of ['/gone', '/there']) {
    const terminal = openDualConnector({
      url: `${url}${path}`,
      clock: world.clock,
      // Node’s own fetch stumbles over bytes that it would have to post twice; others do not.
      fetch: (target, { body, ...init }) =>
        fetch(target, body === undefined ? init : { ...init, body: new TextDecoder().decode(body) }),
    });
    await expect(terminal.payCertificate(world.payment)).rejects.toMatchObject(unknown);
    await terminal.close();
  }
  expect(heard).toEqual(['POST', 'POST']);
  expect(world.books()).toEqual(untouched);
  await new Promise((resolve) => server.close(resolve));
});

describe('a service that is none', () => {
  const answers = (body: string, status = 200) =>
    openDualConnector({
      clock: world.clock,
      fetch: async () => ({
        status,
        headers: { get: () => null },
        arrayBuffer: async () => new TextEncoder().encode(body).buffer as ArrayBuffer,
      }),
    });
  const approved =
    '<response><field id="0">100</field><field id="25">1</field><field id="39">1</field></response>';

  it.each([
    ['a web page', '<html></html>', 200],
    ['an approval with another HTTP status', approved, 502],
    [
      'the answer to another operation',
      approved.replace('>1<', '>29<').replace('id="25">1<', 'id="25">29<'),
      200,
    ],
  ])('%s leaves the money unknown', async (_name, body, status) => {
    world = await dualConnectorWorld();
    await expect(answers(body, status).pay({ operationKey: 'a', amount: 100 })).rejects.toMatchObject({
      code: 'ANSWER_UNREADABLE',
      ...unknown,
    });
  });

  it('the trace holds no card data, also when its listener throws', async () => {
    world = await dualConnectorWorld();
    const trace: unknown[] = [];
    const terminal = openDualConnector({
      url: world.emulator.url,
      clock: world.clock,
      trace: (entry) => {
        trace.push(entry);
        throw new Error('disk full');
      },
    });
    const { panHash } = await terminal.readCard();
    expect((await terminal.payCertificate(world.payment)).own).toBe('done');
    const text = JSON.stringify(trace);
    expect(trace).toHaveLength(4);
    expect(text).not.toContain(panHash);
    expect(text).not.toContain(world.scenario.cards[0]?.pan);
    expect(text).not.toContain(world.scenario.cards[0]?.par);
    await terminal.close();
  });
});
