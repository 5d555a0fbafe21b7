import { type ByteChannel, receiveQueue } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { expect, test } from 'vitest';
import { bench, key, sale } from '../shtrih-m-day.js';

/** A channel as RNDIS shows it: FFh comes after every ACK of the host and before every NAK of the register. */
function noisy(channel: ByteChannel): ByteChannel {
  const queue = receiveQueue();
  void (async () => {
    for await (const chunk of channel) {
      if (chunk[0] === 0x15) queue.push(Uint8Array.of(0xff));
      queue.push(chunk);
    }
    queue.end();
  })();
  return {
    label: channel.label,
    close: () => channel.close(),
    async write(bytes, options) {
      await channel.write(bytes, options);
      if (bytes.length === 1 && bytes[0] === 0x06) queue.push(Uint8Array.of(0xff));
    },
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  };
}

test('FFh around control bytes is skipped', async () => {
  const first = await bench();
  const { host, port } = first.kkt;
  const one = await bench({
    shift: false,
    emulator: { fn: first.kkt.fn },
    driver: { connect: async () => noisy(await openTcp({ host, port })) },
  });
  const result = await one.register.registerReceipt(sale, key());
  expect(result.fiscalDocumentNumber).toBe(3);
  expect(first.receipts()).toBe(1);
  await one.close();
  await first.close();
});
