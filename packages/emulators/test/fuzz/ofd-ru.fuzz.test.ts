import { manualClock, randomBytes, randomInt, seededRandom } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import {
  decodeContainer,
  deliverAll,
  encodeContainer,
  encodeSession,
  exchangeRequest,
} from '@elcert/ofd-transport/ru';
import { expect, it } from 'vitest';
import { fnMessageSource } from '../../src/fn/index.js';
import { createLedger, tcpAddressOf } from '../../src/kernel/index.js';
import { startOfdRu } from '../../src/ofd-ru/index.js';
import { closeShift, openShift, sell, testFn } from '../fiscal.js';

it('an operator that is sent 5,000 broken messages still takes the whole ones of another drive', async () => {
  const clock = manualClock();
  const ofd = await startOfdRu({ clock, seed: 1, ledger: createLedger() });
  const { host, port } = tcpAddressOf(ofd);
  const connect = () => openTcp({ host, port });
  const fn = testFn(clock);
  openShift(fn);
  sell(fn);
  closeShift(fn);
  const random = seededRandom('broken messages');
  const spoil = (bytes: Uint8Array) => {
    const copy = bytes.slice();
    for (let count = 1 + randomInt(random, 3); count > 0; count -= 1)
      copy[randomInt(random, copy.length)] = randomInt(random, 256);
    return copy;
  };
  const { fiscalDriveNumber } = fn;
  const session = (body: Uint8Array) =>
    encodeSession({
      sVersion: '81A2',
      aVersion: '0120',
      fiscalDriveNumber,
      crcMode: 'none',
      hasContainer: true,
      replyWanted: true,
      priority: 0,
      body,
    });
  for (let round = 0; round < 5000; round += 1) {
    const bytes = fn.container(1 + randomInt(random, 4))?.bytes ?? new Uint8Array();
    const container = decodeContainer(bytes);
    const kinds = [
      () => randomBytes(random, 1 + randomInt(random, 200)),
      () => spoil(exchangeRequest({ fiscalDriveNumber, container: bytes }).bytes),
      // With a right check sum, so that the document's own decoder meets the garbage.
      () => session(encodeContainer({ ...container, data: spoil(container.data) })),
      () =>
        session(
          encodeContainer({
            ...container,
            data: container.data.subarray(0, 1 + randomInt(random, container.data.length - 1)),
          }),
        ),
      () => session(encodeContainer({ ...container, data: randomBytes(random, 1 + randomInt(random, 100)) })),
    ] as const;
    const make = kinds[randomInt(random, kinds.length)] as () => Uint8Array;
    const channel = await connect();
    await channel.write(make());
    await channel.close();
  }
  const other = testFn(clock, 2);
  openShift(other);
  sell(other);
  closeShift(other);
  expect(await deliverAll(fnMessageSource(other), { connect, clock })).toEqual({
    delivered: 4,
    stoppedBy: undefined,
  });
  expect(ofd.rejections.length).toBeGreaterThan(500);
  await ofd.stop();
}, 120_000);
