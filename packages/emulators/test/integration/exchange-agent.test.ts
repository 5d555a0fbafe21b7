import {
  type ByteChannel,
  type FnMessageSource,
  type ManualClock,
  manualClock,
  memoryChannelPair,
} from '@elcert/core';
import { listenTcp, openTcp } from '@elcert/core/node';
import {
  type AgentEvent,
  type AgentOptions,
  type ExchangeAgent,
  startExchangeAgent,
} from '@elcert/ofd-transport/ru';
import { afterEach, describe, expect, it } from 'vitest';
import { type EmulatedFn, fnMessageSource } from '../../src/fn/index.js';
import { createLedger, type FaultRule, tcpAddressOf } from '../../src/kernel/index.js';
import { type OfdRuHandle, startOfdRu } from '../../src/ofd-ru/index.js';
import { closeShift, openShift, sell, testFn } from '../fiscal.js';

const ends: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end.stop();
});

interface Setup {
  readonly clock: ManualClock;
  readonly fn: EmulatedFn;
  readonly ofd: OfdRuHandle;
  readonly agent: ExchangeAgent;
  readonly events: AgentEvent[];
  /** The first event of a type, past or to come, after the last one asked for. */
  readonly next: <T extends AgentEvent['type']>(type: T) => Promise<Extract<AgentEvent, { type: T }>>;
}

async function setup({
  faults = [],
  source,
  before,
  ...options
}: Partial<AgentOptions> & {
  /** Told where the operator listens, before the agent starts. */
  readonly before?: (address: { readonly host: string; readonly port: number }) => void;
  readonly faults?: readonly FaultRule[];
  readonly source?: (fn: EmulatedFn) => FnMessageSource;
} = {}): Promise<Setup> {
  const clock = manualClock();
  const ofd = await startOfdRu({ clock, seed: 1, ledger: createLedger(), faults });
  ends.push(ofd);
  const fn = testFn(clock);
  const { host, port } = tcpAddressOf(ofd);
  before?.({ host, port });
  const events: AgentEvent[] = [];
  let read = 0;
  let wake: (() => void) | undefined;
  const agent = startExchangeAgent((source ?? fnMessageSource)(fn), {
    connect: () => openTcp({ host, port }),
    clock,
    timeZone: 'Europe/Moscow',
    ...options,
    onEvent: (event) => {
      events.push(event);
      wake?.();
    },
  });
  ends.push(agent);
  const next: Setup['next'] = async (type) => {
    for (;;) {
      for (; read < events.length; read += 1) {
        const event = events[read];
        if (event?.type === type) {
          read += 1;
          return event as never;
        }
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { clock, fn, ofd, agent, events, next };
}

describe('the exchange agent', () => {
  it('delivers what is there, then looks once a minute', async () => {
    const { clock, fn, ofd, agent, next } = await setup();
    await next('empty');
    expect(ofd.documents()).toHaveLength(1);
    openShift(fn);
    sell(fn);
    await clock.waitForTimers(1);
    await clock.advance(59_999);
    expect(ofd.documents()).toHaveLength(1);
    await clock.advance(1);
    await next('empty');
    expect(ofd.documents()).toHaveLength(3);
    expect(agent.status()).toMatchObject({
      running: true,
      delivered: 3,
      failures: 0,
      level: 'fine',
      oldestSince: undefined,
    });
  });

  it('looks at once when it is woken', async () => {
    const { fn, ofd, agent, next } = await setup();
    await next('empty');
    openShift(fn);
    agent.wake();
    await next('empty');
    expect(ofd.documents()).toHaveLength(2);
  });

  it('asks again, longer each time, and always with the same document', async () => {
    const { clock, fn, ofd, next } = await setup({
      faults: [{ at: 'ofd-ru', do: 'disconnect', times: 3 }],
    });
    openShift(fn);
    const waits: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      const failed = await next('failed');
      waits.push(failed.retryInMs);
      expect(failed.error).toMatchObject({ code: 'CONNECTION_CLOSED', outcome: 'unknown' });
      await clock.waitForTimers(1);
      await clock.advance(failed.retryInMs);
    }
    await next('empty');
    expect(waits).toEqual([500, 1000, 2000]);
    expect(ofd.documents().map(({ fiscalDocumentNumber, copies }) => [fiscalDocumentNumber, copies])).toEqual(
      [
        [1, 4],
        [2, 1],
      ],
    );
    expect(fn.replies).toHaveLength(2);
  });

  it('stays at a refused document, asks rarely, and goes on when it is taken', async () => {
    const { clock, fn, ofd, agent, next } = await setup({
      faults: [{ at: 'ofd-ru', when: { operation: 'openShift' }, do: 'refuse', code: 14, times: 2 }],
    });
    openShift(fn);
    sell(fn);
    for (let count = 0; count < 2; count += 1) {
      agent.wake();
      const failed = await next('failed');
      expect(failed).toMatchObject({ retryInMs: 600_000, error: { code: 'OPERATOR_REFUSED' } });
      expect(ofd.documents()).toHaveLength(1);
    }
    await clock.waitForTimers(1);
    await clock.advance(600_000);
    await next('empty');
    expect(ofd.documents()).toHaveLength(3);
    expect(agent.status().lastError).toBeUndefined();
  });

  it('survives a source that fails in its own ways', async () => {
    let failures = 2;
    const { clock, ofd, next } = await setup({
      source: (fn) => ({
        ...fnMessageSource(fn),
        async next() {
          if (failures > 0) {
            failures -= 1;
            throw new TypeError('the register is not plugged in');
          }
          return fnMessageSource(fn).next();
        },
      }),
    });
    for (const retryInMs of [500, 1000]) {
      expect(await next('failed')).toMatchObject({ retryInMs, error: { code: 'SOURCE_FAILED' } });
      await clock.waitForTimers(1);
      await clock.advance(retryInMs);
    }
    await next('empty');
    expect(ofd.documents()).toHaveLength(1);
  });

  it('a listener that throws changes nothing', async () => {
    const clock = manualClock();
    const ofd = await startOfdRu({ clock, seed: 1, ledger: createLedger() });
    ends.push(ofd);
    const { host, port } = tcpAddressOf(ofd);
    const fn = testFn(clock);
    const agent = startExchangeAgent(fnMessageSource(fn), {
      connect: () => openTcp({ host, port }),
      clock,
      timeZone: 'Europe/Moscow',
      onEvent: () => {
        throw new Error('a broken listener');
      },
    });
    ends.push(agent);
    await clock.waitForTimers(1);
    while (fn.status().unsentDocuments > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(ofd.documents()).toHaveLength(1);
  });

  it('the document is taken, its reply is lost, and nobody answers afterwards: counted once when the operator is back', async () => {
    let attempts = 0;
    let refused = 0;
    let open = () => openTcp({ host: '127.0.0.1', port: 1 });
    const { clock, fn, ofd, agent, next } = await setup({
      faults: [{ at: 'ofd-ru', do: 'disconnect', when: { nth: 1 } }],
      connect: async () => {
        attempts += 1;
        // The first connection and those from the fifth on reach the operator; the rest meet a closed port.
        if (attempts > 1 && attempts < 5) {
          refused += 1;
          const gone = await listenTcp(() => {});
          await gone.close();
          return openTcp({ host: '127.0.0.1', port: gone.port });
        }
        return open();
      },
      before: (address) => {
        open = () => openTcp(address);
      },
    });
    const seen: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      const failed = await next('failed');
      seen.push(`${failed.error.code} ${failed.error.outcome}`);
      expect(ofd.documents()).toHaveLength(1);
      expect(fn.status().unsentDocuments).toBe(1);
      expect(fn.replies).toEqual([]);
      await clock.waitForTimers(1);
      await clock.advance(failed.retryInMs);
    }
    await next('empty');
    expect(seen).toEqual([
      'CONNECTION_CLOSED unknown',
      'NOT_CONNECTED not-sent',
      'NOT_CONNECTED not-sent',
      'NOT_CONNECTED not-sent',
    ]);
    expect(refused).toBe(3);
    expect(ofd.documents().map(({ fiscalDocumentNumber, copies }) => [fiscalDocumentNumber, copies])).toEqual(
      [[1, 2]],
    );
    expect(fn.replies).toHaveLength(1);
    expect(agent.status()).toMatchObject({ delivered: 1, failures: 0, lastError: undefined });
  });

  it('stops while the operator takes no bytes', async () => {
    let reached = () => {};
    const writing = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const closed: string[] = [];
    const [till] = memoryChannelPair();
    const { fn, agent } = await setup({
      connect: async () => ({
        label: 'stuck',
        write() {
          reached();
          return new Promise(() => {});
        },
        close: async () => void closed.push('closed'),
        [Symbol.asyncIterator]: () => till[Symbol.asyncIterator](),
      }),
    });
    await writing;
    await agent.stop();
    expect(agent.status().running).toBe(false);
    expect(closed).not.toEqual([]);
    expect(fn.status().unsentDocuments).toBe(1);
  });

  it('stops while a connection hangs, and closes the connection that comes too late', async () => {
    const clock = manualClock();
    const fn = testFn(clock);
    let arrive: ((channel: ByteChannel) => void) | undefined;
    const connecting = new Promise<void>((resolve) => {
      const agent = startExchangeAgent(fnMessageSource(fn), {
        connect: () => {
          resolve();
          return new Promise<ByteChannel>((late) => {
            arrive = late;
          });
        },
        clock,
        timeZone: 'Europe/Moscow',
      });
      ends.push(agent);
    });
    await connecting;
    await ends.pop()?.stop();
    const [till, operator] = memoryChannelPair();
    arrive?.(till);
    const got: Uint8Array[] = [];
    for await (const chunk of operator) got.push(chunk);
    expect(got).toEqual([]);
    expect(fn.status().unsentDocuments).toBe(1);
  });

  it('stops in the middle of an exchange, and another agent goes on', async () => {
    const first = await setup({ faults: [{ at: 'ofd-ru', do: 'silent-after-effect', when: { nth: 1 } }] });
    await first.ofd.records.waitFor(({ direction }) => direction === 'out');
    await first.agent.stop();
    expect(first.agent.status().running).toBe(false);
    expect(first.fn.status().unsentDocuments).toBe(1);
    const { host, port } = tcpAddressOf(first.ofd);
    const emptied = new Promise<void>((resolve) => {
      const agent = startExchangeAgent(fnMessageSource(first.fn), {
        connect: () => openTcp({ host, port }),
        clock: first.clock,
        timeZone: 'Europe/Moscow',
        onEvent: ({ type }) => type === 'empty' && resolve(),
      });
      ends.push(agent);
    });
    await emptied;
    expect(first.ofd.documents()[0]?.copies).toBe(2);
    expect(first.fn.replies).toHaveLength(1);
  });
});

describe('a month without the operator', () => {
  it('warns at 2, 5, 25 and 30 days, the drive stops, and everything arrives when the operator is back', async () => {
    const day = 24 * 3_600_000;
    let online = false;
    const clock = manualClock();
    const ofd = await startOfdRu({ clock, seed: 1, ledger: createLedger() });
    ends.push(ofd);
    const { host, port } = tcpAddressOf(ofd);
    const fn = testFn(clock);
    const start = clock.now();
    const seen: string[] = [];
    let attempts = 0;
    let turned: (() => void) | undefined;
    const agent = startExchangeAgent(fnMessageSource(fn), {
      connect: async () => {
        attempts += 1;
        if (!online) throw new Error('no route to the operator');
        return openTcp({ host, port });
      },
      clock,
      timeZone: 'Europe/Moscow',
      timing: { maxRetryMs: 4 * 3_600_000 },
      report: async () => {
        const { unsentDocuments, firstUnsentAt, warnings } = fn.status();
        return { unsentDocuments, firstUnsentAt, fnWarnings: warnings };
      },
      onEvent: (event) => {
        if (event.type === 'backlog') seen.push(`${event.level} on day ${(clock.now() - start) / day}`);
        if (event.type === 'fn-warnings')
          seen.push(`drive ${event.bits} on day ${Math.floor((clock.now() - start) / day)}`);
        if (event.type === 'failed' || event.type === 'empty') turned?.();
      },
    });
    ends.push(agent);
    await clock.waitForTimers(1);
    let blockedOn: number | undefined;
    for (let on = 0; on < 31; on += 1) {
      try {
        openShift(fn);
        sell(fn);
        closeShift(fn);
      } catch (error) {
        expect(error).toMatchObject({ fnCode: 0x15 });
        blockedOn ??= on;
      }
      await clock.advance(day);
    }
    expect(seen).toEqual([
      'late on day 2',
      'drive 8 on day 2',
      'overdue on day 5',
      'critical on day 25',
      'blocked on day 30',
    ]);
    expect(blockedOn).toBe(30);
    expect(agent.status()).toMatchObject({
      level: 'blocked',
      oldestSince: expect.stringMatching(/^2026-01-12T12:00/),
      lastError: { code: 'NOT_CONNECTED', outcome: 'not-sent' },
    });
    expect(attempts).toBeGreaterThan(31 * 5);
    expect(ofd.documents()).toHaveLength(0);

    online = true;
    const back = new Promise<void>((resolve) => {
      turned = resolve;
    });
    agent.wake();
    await back;
    expect(fn.status().unsentDocuments).toBe(0);
    expect(ofd.documents().map(({ fiscalDocumentNumber }) => fiscalDocumentNumber)).toEqual(
      fn.documents().map(({ fiscalDocumentNumber }) => fiscalDocumentNumber),
    );
    expect(ofd.documents()).toHaveLength(91);
    expect(ofd.documents().every(({ copies }) => copies === 1)).toBe(true);
    expect(seen.slice(5)).toEqual([
      'critical on day 31',
      'overdue on day 31',
      'late on day 31',
      'drive 0 on day 31',
      'fine on day 31',
    ]);
    expect(openShift(fn).fiscalDocumentNumber).toBe(92);
  });
});
