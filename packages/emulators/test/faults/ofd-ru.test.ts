import { type ByteChannel, type ManualClock, manualClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { deliverAll, deliverNext, OfdError } from '@elcert/ofd-transport/ru';
import { afterEach, describe, expect, it } from 'vitest';
import { type EmulatedFn, fnMessageSource } from '../../src/fn/index.js';
import { createLedger, type FaultRule, tcpAddressOf } from '../../src/kernel/index.js';
import { type OfdRuHandle, startOfdRu } from '../../src/ofd-ru/index.js';
import { openShift, sell, testFn } from '../fiscal.js';

// Each story: one exchange goes wrong, what the caller is told, what the operator and the drive hold, and that the next attempt
// ends with the document counted once and its reply loaded once.

const running: OfdRuHandle[] = [];

afterEach(async () => {
  for (const ofd of running.splice(0)) await ofd.stop();
});

interface Story {
  readonly ofd: OfdRuHandle;
  readonly fn: EmulatedFn;
  readonly clock: ManualClock;
  readonly deliver: () => ReturnType<typeof deliverNext>;
  readonly all: () => ReturnType<typeof deliverAll>;
}

async function story(fault: Omit<FaultRule, 'at'>): Promise<Story> {
  const clock = manualClock();
  const ofd = await startOfdRu({
    clock,
    seed: 1,
    ledger: createLedger(),
    faults: [{ at: 'ofd-ru', ...fault }],
  });
  running.push(ofd);
  const { host, port } = tcpAddressOf(ofd);
  const fn = testFn(clock);
  openShift(fn);
  sell(fn);
  const options = { connect: () => openTcp({ host, port }), clock, timeoutMs: 1000 };
  const source = fnMessageSource(fn);
  return {
    ofd,
    fn,
    clock,
    deliver: () => deliverNext(source, options),
    all: () => deliverAll(source, options),
  };
}

async function failureOf(promise: Promise<unknown>): Promise<OfdError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OfdError)) throw new Error(`an OfdError was expected, not ${String(error)}`);
  return error;
}

async function recovers({ ofd, fn, all }: Story) {
  const before = fn
    .documents()
    .filter(({ fiscalDocumentNumber }) => fn.confirmed(fiscalDocumentNumber)).length;
  expect(await all()).toEqual({ delivered: 3 - before, stoppedBy: undefined });
  expect(fn.status().unsentDocuments).toBe(0);
  expect(ofd.documents().map(({ fiscalDocumentNumber }) => fiscalDocumentNumber)).toEqual([1, 2, 3]);
  expect(ofd.totals().get(1)?.count).toBe(1);
  expect(
    fn.replies.filter(({ accepted }) => accepted).map(({ fiscalDocumentNumber }) => fiscalDocumentNumber),
  ).toEqual([1, 2, 3]);
}

describe('the reply is lost', () => {
  it.each([
    ['the operator closes after taking the document', { do: 'disconnect' }, 'CONNECTION_CLOSED'],
    ['half a reply', { do: 'cut' }, 'CONNECTION_CLOSED'],
    ['the operator closes after the header of its reply', { do: 'cut', keepBytes: 30 }, 'CONNECTION_CLOSED'],
  ] as const)('%s', async (_name, fault, code) => {
    const one = await story({ ...fault, when: { nth: 1 } });
    const error = await failureOf(one.deliver());
    expect(error).toMatchObject({ code, outcome: 'unknown' });
    expect(one.ofd.documents()).toHaveLength(1);
    expect(one.fn.replies).toEqual([]);
    await recovers(one);
    expect(one.ofd.documents()[0]?.copies).toBe(2);
  });

  it('the operator takes the document and says nothing', async () => {
    const one = await story({ do: 'silent-after-effect', when: { nth: 1 } });
    const failing = failureOf(one.deliver());
    await one.ofd.records.waitFor(({ direction }) => direction === 'out');
    await one.clock.waitForTimers(1);
    await one.clock.advance(1000);
    expect(await failing).toMatchObject({ code: 'NO_REPLY', outcome: 'unknown' });
    await recovers(one);
    expect(one.ofd.documents()[0]?.copies).toBe(2);
  });

  it('the reply comes after the sender has given up', async () => {
    const one = await story({ do: 'delay', delayMs: 5000, when: { nth: 1 } });
    const failing = failureOf(one.deliver());
    await one.clock.waitForTimers(2);
    await one.clock.advance(1000);
    expect(await failing).toMatchObject({ code: 'NO_REPLY', outcome: 'unknown' });
    await one.clock.advance(4000);
    await recovers(one);
    expect(one.ofd.documents()[0]?.copies).toBe(2);
  });

  it('a slow reply in time is a reply', async () => {
    const one = await story({ do: 'delay', delayMs: 900, when: { nth: 1 } });
    const delivering = one.deliver();
    await one.clock.waitForTimers(2);
    await one.clock.advance(900);
    expect((await delivering)?.fiscalDocumentNumber).toBe(1);
    await recovers(one);
  });
});

describe('the request is lost', () => {
  it('nothing was taken, nothing comes back', async () => {
    const one = await story({ do: 'drop', when: { nth: 1 } });
    const failing = failureOf(one.deliver());
    await one.ofd.records.waitFor(({ facts }) => facts.fault === 'drop');
    await one.clock.waitForTimers(1);
    await one.clock.advance(1000);
    expect(await failing).toMatchObject({ code: 'NO_REPLY', outcome: 'unknown' });
    expect(one.ofd.documents()).toHaveLength(0);
    await recovers(one);
    expect(one.ofd.documents()[0]?.copies).toBe(1);
  });
});

describe('the reply is wrong', () => {
  it.each([
    ['another drive', 'wrong-fn', 'REPLY_MISMATCH'],
    ['another document', 'wrong-fd', 'REPLY_MISMATCH'],
    ['a wrong check sum of the container', 'wrong-crc', 'BAD_REPLY'],
  ])('%s: not loaded', async (_name, code, expected) => {
    const one = await story({ do: 'corrupt', code, when: { nth: 1 } });
    expect(await failureOf(one.deliver())).toMatchObject({ code: expected, outcome: 'unknown' });
    expect(one.fn.replies).toEqual([]);
    await recovers(one);
  });

  it('a wrong operator sign: only the drive can tell, and it refuses', async () => {
    const one = await story({ do: 'corrupt', code: 'wrong-sign', when: { nth: 1 } });
    const error = await failureOf(one.deliver());
    expect(error).toMatchObject({ code: 'REPLY_NOT_LOADED', outcome: 'refused' });
    expect(error.cause).toMatchObject({ code: 'FN_REFUSED', fnCode: 0x20 });
    expect(one.fn.replies).toEqual([
      { fiscalDocumentNumber: 1, accepted: false, reason: 'wrong operator sign (tag 1078)' },
    ]);
    await recovers(one);
  });

  it('a flipped bit never confirms another document than the one that was sent', async () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const one = await story({ do: 'corrupt', times: 1 });
      // Without a check sum in the session a flipped bit of its header can be a version or a size: no reply then.
      const delivering = one.deliver().catch((error: unknown) => error);
      await one.ofd.records.waitFor(({ direction }) => direction === 'out');
      await Promise.race([delivering, one.clock.waitForTimers(1)]);
      await one.clock.advance(1000);
      await delivering;
      expect(one.fn.status().unsentDocuments).toBeGreaterThanOrEqual(2);
      await recovers(one);
    }
  });

  it('the same reply twice is one reply', async () => {
    const one = await story({ do: 'duplicate' });
    await recovers(one);
    expect(one.fn.replies).toHaveLength(3);
  });
});

describe('the operator refuses', () => {
  it.each([11, 14])('code %i: stops there, skips nothing, and goes on when it is taken', async (code) => {
    const one = await story({ do: 'refuse', code, when: { operation: 'openShift', nth: 1 } });
    const report = await one.all();
    expect(report.delivered).toBe(1);
    expect(report.stoppedBy).toMatchObject({
      code: 'OPERATOR_REFUSED',
      outcome: 'refused',
      details: { responseCode: code },
    });
    expect(one.ofd.documents()).toHaveLength(1);
    expect(one.fn.status().firstUnsentNumber).toBe(2);
    await recovers(one);
  });
});

describe('replies out of order', () => {
  it('a reply held back until the next one is late for its own connection and changes nothing', async () => {
    const one = await story({ do: 'reorder', when: { nth: 1 } });
    const failing = failureOf(one.deliver());
    await one.clock.waitForTimers(1);
    await one.ofd.records.waitFor(
      ({ direction, operation }) => direction === 'in' && operation === 'fiscalReport',
    );
    await one.clock.advance(1000);
    expect(await failing).toMatchObject({ code: 'NO_REPLY' });
    await recovers(one);
  });
});

describe('the caller gives up', () => {
  it('before sending: not sent; while waiting: unknown', async () => {
    const one = await story({ do: 'silent-after-effect', when: { nth: 1 } });
    const { host, port } = tcpAddressOf(one.ofd);
    const source = fnMessageSource(one.fn);
    let opened: ByteChannel | undefined;
    const options = {
      connect: async () => {
        opened = await openTcp({ host, port });
        return opened;
      },
      clock: one.clock,
    };
    expect(await failureOf(deliverNext(source, { ...options, signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ABORTED',
      outcome: 'not-sent',
    });
    expect(opened).toBeUndefined();
    const stop = new AbortController();
    const failing = failureOf(deliverNext(source, { ...options, signal: stop.signal }));
    await one.ofd.records.waitFor(({ direction }) => direction === 'out');
    stop.abort();
    expect(await failing).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    await recovers(one);
  });
});
