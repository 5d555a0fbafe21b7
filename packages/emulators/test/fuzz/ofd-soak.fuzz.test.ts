import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ByteChannel, type FnMessageSource, systemClock } from '@elcert/core';
import { listenTcp, openTcp } from '@elcert/core/node';
import {
  type Container,
  decodeContainer,
  deliverAll,
  encodeContainer,
  encodeSession,
  exchangeRequest,
  sessionFramer,
  splitContainerData,
} from '@elcert/ofd-transport/ru';
import { expect, it } from 'vitest';
import { replyContainer } from '../../src/ofd-ru/reply.js';
import { openShift, sell, testFn } from '../fiscal.js';

const documents = 100_000;
const sample = 5000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** A receipt under other numbers: the drive of this test has no memory that could grow. */
function numbered(template: Container, position: number, fiscalDocumentNumber: number): Uint8Array {
  const data = template.data.slice();
  new DataView(data.buffer).setUint32(position, fiscalDocumentNumber, true);
  return encodeContainer({ ...template, fiscalDocumentNumber, data });
}

it(`${documents} documents over loopback: memory stays flat, and a document costs little more than its connection`, async () => {
  const clock = systemClock();
  const fn = testFn(clock);
  openShift(fn);
  const { fiscalDocumentNumber: first } = sell(fn);
  const template = decodeContainer(fn.container(first)?.bytes ?? new Uint8Array());
  // Tag 1040 (10h 04h), four bytes long, stands right behind tag 1041.
  const position = 4 + 20 + 4;
  expect([...template.data.subarray(position - 4, position + 4)]).toEqual([0x10, 4, 4, 0, first, 0, 0, 0]);

  // An operator that confirms and forgets.
  const operator = await listenTcp((channel) => {
    void (async () => {
      const framer = sessionFramer();
      for await (const chunk of channel) {
        for (const message of framer.push(chunk).messages) {
          const container = decodeContainer(message.body);
          const { document, messageSign } = splitContainerData(container.data, container.documentCode);
          const body = replyContainer(container, {
            ofdInn: '7700000016',
            dateTime: '2026-01-12T12:00:00',
            responseCode: 0,
            operatorMessage: 0,
            alwaysTellCode: false,
            confirmed: { document, messageSign: messageSign ?? new Uint8Array(8) },
          });
          await channel.write(encodeSession({ ...message, replyWanted: false, body }));
        }
      }
      await channel.close();
    })();
  });
  let next = 1;
  let confirmed = 0;
  let last = Number.POSITIVE_INFINITY;
  const source: FnMessageSource = {
    async next() {
      return next > last
        ? undefined
        : { fiscalDriveNumber: fn.fiscalDriveNumber, container: numbered(template, position, next) };
    },
    async confirm(_message, reply) {
      if (decodeContainer(reply).fiscalDocumentNumber !== next)
        throw new Error(`a reply out of order at ${next}`);
      next += 1;
      confirmed += 1;
    },
  };
  const options = { connect: () => openTcp({ host: operator.host, port: operator.port }), clock };
  const deliver = async (count: number) => {
    last = next + count - 1;
    const start = performance.now();
    const report = await deliverAll(source, options);
    if (report.stoppedBy !== undefined) throw report.stoppedBy;
    return (count / (performance.now() - start)) * 1000;
  };

  // The same bytes over bare sockets: a connection, a write, a read, a close.
  const container = numbered(template, position, 1);
  const request = exchangeRequest({ fiscalDriveNumber: fn.fiscalDriveNumber, container }).bytes;
  const answer = new Uint8Array(30 + 32 + 4 + 8 + 108);
  const take = async (channel: ByteChannel, length: number) => {
    let read = 0;
    for await (const chunk of channel) {
      read += chunk.length;
      if (read >= length) return;
    }
  };
  const bare = await listenTcp((channel) => {
    void take(channel, request.length)
      .then(() => channel.write(answer))
      .then(() => take(channel, Number.POSITIVE_INFINITY))
      .then(() => channel.close());
  });
  const exchangeBare = async () => {
    const start = performance.now();
    for (let count = 0; count < sample; count += 1) {
      const channel = await openTcp({ host: bare.host, port: bare.port });
      await channel.write(request);
      await take(channel, answer.length);
      await channel.close();
    }
    return (sample / (performance.now() - start)) * 1000;
  };

  await deliver(sample);
  const bareBefore = await exchangeBare();
  const before = heap();
  const rate = await deliver(documents - sample);
  const grown = heap() - before;
  expect(confirmed).toBe(documents);

  // Before and after, because the machine may have other things to do.
  const bareRate = (bareBefore + (await exchangeBare())) / 2;
  await bare.close();
  await operator.close();

  process.stdout.write(
    `${Math.round(rate)} documents/s, bare ${Math.round(bareRate)}/s, ratio ${(rate / bareRate).toFixed(2)}; heap ${(before / 1e6).toFixed(1)} MB, grown by ${(grown / 1e6).toFixed(2)} MB\n`,
  );
  expect(grown).toBeLessThan(5e6);
  expect(rate / bareRate).toBeGreaterThan(0.1);
});
