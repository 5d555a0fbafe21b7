// A till's process that does nothing but deliver: the real register driver, the real agent, real sockets. It is killed from inside at
// the point that KILL names (`after-write:2` – at the second time), or from outside by whoever started it; it ends by itself when
// nothing waits any more.
import { type ByteChannel, type FnMessageSource, systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { openShtrihM } from '@elcert/device-drivers/shtrih-m';
import { startExchangeAgent } from '@elcert/ofd-transport/ru';
import { openFolderOutbox } from '@elcert/ofd-transport/ru/node';

const { REGISTER_PORT, OUTBOX, OFD_PORT, KILL = '' } = process.env;
const [point, count] = KILL.split(':');
const seen = new Map<string, number>();

function pass(name: string): void {
  const times = (seen.get(name) ?? 0) + 1;
  seen.set(name, times);
  if (name === point && times === Number(count)) process.kill(process.pid, 'SIGKILL');
}

function watchedSource(source: FnMessageSource): FnMessageSource {
  return {
    async next(options) {
      pass('before-next');
      const message = await source.next(options);
      pass('after-next');
      return message;
    },
    async confirm(message, reply, options) {
      pass('before-confirm');
      await source.confirm(message, reply, options);
      pass('after-confirm');
    },
  };
}

function watchedChannel(channel: ByteChannel): ByteChannel {
  return {
    label: channel.label,
    async write(bytes, options) {
      pass('before-write');
      await channel.write(bytes, options);
      pass('after-write');
    },
    async close() {
      pass('before-close');
      await channel.close();
    },
    [Symbol.asyncIterator]: () => channel[Symbol.asyncIterator](),
  };
}

async function source(): Promise<{ readonly source: FnMessageSource; close(): Promise<void> }> {
  if (OUTBOX !== undefined) return { source: await openFolderOutbox(OUTBOX), close: async () => {} };
  const register = await openShtrihM({
    connect: () => openTcp({ host: '127.0.0.1', port: Number(REGISTER_PORT) }),
    layer: 'standard',
  });
  return { source: register.fnMessages, close: () => register.close() };
}

const opened = await source();
const agent = startExchangeAgent(watchedSource(opened.source), {
  connect: async () => {
    pass('before-connect');
    const channel = await openTcp({ host: '127.0.0.1', port: Number(OFD_PORT) });
    pass('after-connect');
    return watchedChannel(channel);
  },
  clock: systemClock(),
  timeZone: 'Europe/Moscow',
  timing: { firstRetryMs: 1, maxRetryMs: 20 },
  onEvent: ({ type }) => {
    pass(`event-${type}`);
    if (type === 'empty')
      void agent
        .stop()
        .then(() => opened.close())
        .then(() => process.exit(0));
  },
});
