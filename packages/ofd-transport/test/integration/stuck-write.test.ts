import {
  type ByteChannel,
  type FnMessage,
  type FnMessageSource,
  manualClock,
  memoryChannelPair,
} from '@elcert/core';
import { describe, expect, it } from 'vitest';
import {
  encodeContainer,
  type OfdError,
  pingOfd,
  sendFnMessage,
  startExchangeAgent,
} from '../../src/ru/index.js';

// An operator that takes the connection and not a byte: no write settles, not even when the channel is closed.

const fiscalDriveNumber = '9999078900001234';
const message: FnMessage = {
  fiscalDriveNumber,
  container: encodeContainer({
    lengthForm: 'total',
    messageType: 0xa5,
    documentCode: 2,
    version: 1,
    serviceData1: Uint8Array.of(0x10, 0x09),
    fiscalDriveNumber,
    fiscalDocumentNumber: 1,
    serviceData2: new Uint8Array(12),
    data: Uint8Array.of(2, 0, 0, 0),
  }),
};

function stuckOperator() {
  const [till] = memoryChannelPair();
  let reached = () => {};
  const writing = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let writes = 0;
  let closed = false;
  const channel: ByteChannel = {
    label: 'stuck',
    write() {
      writes += 1;
      reached();
      return new Promise(() => {});
    },
    async close() {
      closed = true;
    },
    [Symbol.asyncIterator]: () => till[Symbol.asyncIterator](),
  };
  const clock = manualClock();
  return { clock, writing, connect: async () => channel, writes: () => writes, closed: () => closed };
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => error as OfdError,
  );

describe('a connection that takes no bytes', () => {
  it('ends a document in time: it may have been taken', async () => {
    const { clock, connect, writing, writes, closed } = stuckOperator();
    const failing = failureOf(sendFnMessage({ connect, clock, message, timeoutMs: 1000 }));
    await writing;
    await clock.advance(1000);
    expect(await failing).toMatchObject({
      code: 'SEND_FAILED',
      outcome: 'unknown',
      cause: { code: 'WRITE_TIMEOUT' },
    });
    expect([writes(), closed(), clock.pendingTimers]).toEqual([1, true, 0]);
  });

  it('ends a document when the caller aborts: it may have been taken', async () => {
    const { clock, connect, writing, closed } = stuckOperator();
    const controller = new AbortController();
    const failing = failureOf(sendFnMessage({ connect, clock, message, signal: controller.signal }));
    await writing;
    controller.abort('closing time');
    expect(await failing).toMatchObject({ code: 'ABORTED', outcome: 'unknown', cause: 'closing time' });
    expect([closed(), clock.pendingTimers]).toEqual([true, 0]);
  });

  it('a ping says that it is silent, or was aborted', async () => {
    const one = stuckOperator();
    const pinging = pingOfd({ connect: one.connect, clock: one.clock, fiscalDriveNumber, timeoutMs: 1000 });
    await one.writing;
    await one.clock.advance(1000);
    expect(await pinging).toEqual({ answer: 'silent', elapsedMs: 1000, reply: undefined });
    expect(one.closed()).toBe(true);

    const other = stuckOperator();
    const controller = new AbortController();
    const failing = failureOf(
      pingOfd({
        connect: other.connect,
        clock: other.clock,
        fiscalDriveNumber,
        signal: controller.signal,
      }),
    );
    await other.writing;
    controller.abort();
    expect(await failing).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(other.closed()).toBe(true);
  });

  it('an agent is stopped all the same, and the document stays', async () => {
    const { clock, connect, writing, closed } = stuckOperator();
    const confirmed: FnMessage[] = [];
    const source: FnMessageSource = {
      next: async () => message,
      confirm: async (one) => void confirmed.push(one),
    };
    const agent = startExchangeAgent(source, { connect, clock, timeZone: 'Europe/Moscow' });
    await writing;
    await agent.stop();
    expect(agent.status()).toMatchObject({ running: false, delivered: 0 });
    expect([closed(), confirmed, clock.pendingTimers]).toEqual([true, [], 0]);
  });

  it('an agent left alone asks again with the same document', async () => {
    const { clock, connect, writing, writes } = stuckOperator();
    const failures: string[] = [];
    const agent = startExchangeAgent(
      { next: async () => message, confirm: async () => {} },
      {
        connect,
        clock,
        timeoutMs: 1000,
        timeZone: 'Europe/Moscow',
        onEvent: (event) => event.type === 'failed' && failures.push(event.error.code),
      },
    );
    await writing;
    await clock.advance(1000);
    expect([failures, writes()]).toEqual([['SEND_FAILED'], 1]);
    await clock.advance(500);
    expect(writes()).toBe(2);
    await agent.stop();
  });
});
