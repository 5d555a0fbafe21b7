import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fromHex, systemClock, toHex } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import {
  encodeKzFrame,
  type KzSession,
  type KzStore,
  type KzTicketInput,
  kzHeaderBytes,
  kzMoney,
  memoryKzStore,
  openKzSession,
} from '@elcert/ofd-transport/kz';
import { fileKzStore } from '@elcert/ofd-transport/kz/node';
import type { Comparison } from './harness.js';

// An operator that answers at once and checks nothing, in a thread of its own: what is left of the difference is the device.

const payload = (message: object) =>
  toHex(
    encodeKzFrame({
      kind: 'response',
      header: { version: 203, id: 1, token: 1, reqnum: 1 },
      message: message as Parameters<typeof encodeKzFrame>[0]['message'],
    }).subarray(kzHeaderBytes),
  );
const link = 'http://consumer.oofd.kz?i=3937088095&f=010101012345&s=750.00&t=20260302T123456';
const ticketAnswer = payload({
  command: 'COMMAND_TICKET',
  result: { resultCode: 0, resultText: 'OK' },
  ticket: { ticketNumber: '3937088095', qrCode: Buffer.from(link).toString('base64') },
});
const infoAnswer = payload({ command: 'COMMAND_INFO', result: { resultCode: 0 } });

const operator = new Worker(
  `const { createServer } = require('node:net');
   const { parentPort, workerData } = require('node:worker_threads');
   const server = createServer((socket) => {
     let got = Buffer.alloc(0);
     socket.setNoDelay(true);
     socket.on('error', () => {});
     socket.on('data', (bytes) => {
       got = got.length === 0 ? bytes : Buffer.concat([got, bytes]);
       if (got.length < 18 || got.length < got.readUInt32LE(4)) return;
       const answer = Buffer.from(got[19] === 5 ? workerData.info : workerData.ticket, 'hex');
       const header = Buffer.from(got.subarray(0, 18));
       header.writeUInt32LE(18 + answer.length, 4);
       socket.write(Buffer.concat([header, answer]));
     });
   });
   server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
  { eval: true, workerData: { info: infoAnswer, ticket: ticketAnswer } },
);
operator.unref();
const [port] = (await once(operator, 'message')) as [number];
const connect = () => openTcp({ host: '127.0.0.1', port });

const price = kzMoney(75_000);
const ticket: KzTicketInput = {
  operation: 'OPERATION_SELL',
  operator: { code: 1, name: 'Кассир' },
  items: Array.from({ length: 3 }, (_, index) => ({
    type: 'ITEM_TYPE_COMMODITY',
    commodity: {
      name: `Нан ${index}`,
      sectionCode: '1',
      quantity: '1000',
      price,
      sum: price,
      measureUnitCode: '796',
    },
  })),
  payments: [{ type: 'PAYMENT_CARD', sum: kzMoney(225_000) }],
  amounts: { total: kzMoney(225_000) },
};

let request = new Uint8Array();

/** A device that does nothing but sell; it closes its shift never, because a run is short. */
async function till(store: KzStore): Promise<() => Promise<unknown>> {
  const watched: KzStore = {
    load: () => store.load(),
    async save(state) {
      if (request.length === 0 && state.pending !== undefined)
        request = fromHex(state.pending.request).slice();
      await store.save(state);
    },
  };
  const session: KzSession = await openKzSession({
    store: watched,
    id: 100500,
    token: 305419896,
    clock: systemClock(),
    connect,
  });
  let count = 0;
  return () => {
    count += 1;
    return session.ticket(ticket, { operationKey: `t${count}` });
  };
}

const folder = mkdtempSync(join(tmpdir(), 'elcert-kz-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const inMemory = await till(memoryKzStore());
const inFile = await till(fileKzStore(join(folder, 'kz.log')));
await inMemory();

/** The same bytes over a bare connection. */
async function bare(): Promise<void> {
  const channel = await connect();
  await channel.write(request);
  let size = Number.POSITIVE_INFINITY;
  let got = 0;
  for await (const chunk of channel) {
    if (got === 0) size = new DataView(chunk.buffer, chunk.byteOffset).getUint32(4, true);
    got += chunk.length;
    if (got >= size) break;
  }
  await channel.close();
}

const peer = 'bare TCP, same bytes';

export const comparisons: readonly Comparison[] = [
  {
    name: 'a ticket of three lines at its operator, kept in memory',
    ours: 'session.ticket',
    peer,
    run: inMemory,
    runPeer: bare,
  },
  {
    name: 'the same, kept in a file and brought to the disk twice',
    ours: 'session.ticket',
    peer,
    run: inFile,
    runPeer: bare,
  },
];
