import {
  type FetchLike,
  isElcertError,
  manualClock,
  outcomeOf,
  randomUuid,
  seededRandom,
} from '@elcert/core';
import type { AtolRegister } from '@elcert/device-drivers/atol';
import type { Receipt } from '@elcert/fiscal-doc';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { FaultRule } from '../../src/kernel/index.js';
import { type AtolBench, atolBench, atolCashier, markedCode } from '../atol-day.js';

// Whatever happens on the way, an operation is done once. In each story the archive is counted.

const running: AtolBench[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

async function day(options: Parameters<typeof atolBench>[0] = {}): Promise<AtolBench> {
  const one = await atolBench(options);
  running.push(one);
  return one;
}

const sale: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [{ name: 'Трость', price: 150_000, quantity: '1', vat: '22', method: 'full', subject: 'goods' }],
  payments: { cash: 150_000 },
  cashier: atolCashier,
};
const movement = { direction: 'in', amount: 10_000 } as const;

const at = (operation: string, rule: Pick<FaultRule, 'do' | 'code' | 'keepBytes'>, nth = 1): FaultRule => ({
  at: 'atol-web',
  when: { operation, nth },
  ...rule,
});

/**
 * What a careful till does: saves evidence, calls, and after `unknown` looks up until it is told. A new process each time, so that
 * nothing but what was saved helps.
 */
async function carefully(
  { register, another }: AtolBench,
  call: (register: AtolRegister, operationKey: string) => Promise<unknown>,
  lookup: (
    register: AtolRegister,
    operationKey: string,
  ) => Promise<{ readonly state: string; readonly reason?: string }>,
): Promise<'done' | 'given up'> {
  const operationKey = randomUuid();
  let current = register;
  for (let turn = 0; turn < 4; turn += 1) {
    try {
      await call(current, operationKey);
      return 'done';
    } catch (error) {
      if (!isElcertError(error)) throw error;
      if (outcomeOf(error) !== 'unknown') continue;
      current = await another();
      const told = await lookup(current, operationKey);
      if (told.state === 'done') return 'done';
      if (told.state === 'unknown') return 'given up';
    }
  }
  return 'given up';
}

/** The accidents of one exchange, each after the task was carried out unless it says otherwise. */
const accidents: readonly (readonly [string, readonly FaultRule[]])[] = [
  ['the answer to the POST is lost', [at('sell', { do: 'disconnect' }), at('cashIn', { do: 'disconnect' })]],
  [
    'the request is lost',
    [at('sell', { do: 'refuse', code: 'http-502' }), at('cashIn', { do: 'refuse', code: 'http-502' })],
  ],
  [
    'error 2 after the effect',
    [at('sell', { do: 'corrupt', code: 2 }), at('cashIn', { do: 'corrupt', code: 2 })],
  ],
  [
    'error 44 after the effect',
    [at('sell', { do: 'corrupt', code: 44 }), at('cashIn', { do: 'corrupt', code: 44 })],
  ],
  [
    'error 241 before the effect',
    [at('sell', { do: 'refuse', code: 241 }), at('cashIn', { do: 'refuse', code: 241 })],
  ],
  [
    'an error of a user’s script after the effect',
    [at('sell', { do: 'corrupt', code: 1234 }), at('cashIn', { do: 'corrupt', code: 1234 })],
  ],
  ['the request arrives twice', [at('sell', { do: 'duplicate' }), at('cashIn', { do: 'duplicate' })]],
];

describe.each(accidents)('%s', (_, faults) => {
  test('a receipt is registered once', async () => {
    const bench = await day();
    const evidence = { afterDocumentNumber: bench.kkt.fn.documents().length, receipt: sale };
    bench.kkt.faults.add(...faults);
    expect(
      await carefully(
        bench,
        (register, operationKey) => register.registerReceipt(sale, { operationKey }),
        (register, operationKey) => register.lookup(operationKey, evidence),
      ),
    ).toBe('done');
    expect(bench.receipts()).toBe(1);
    expect(bench.kkt.faults.strikes).toBe(1);
  });

  test('cash is moved once', async () => {
    const bench = await day();
    bench.kkt.faults.add(...faults);
    expect(
      await carefully(
        bench,
        (register, operationKey) => register.moveCash(movement, { operationKey }),
        (register, operationKey) => register.lookupCash(operationKey, { movement, drawerBefore: 0 }),
      ),
    ).toBe('done');
    expect(bench.kkt.drawer()).toBe(10_000);
    expect(bench.kkt.faults.strikes).toBe(1);
  });
});

test('an answer that is cut at any of its bytes', async () => {
  const bench = await day();
  let expected = 0;
  for (const [operation, longest] of [
    ['sell', 60],
    ['result', 500],
  ] as const)
    for (let keepBytes = 0; keepBytes < longest; keepBytes += operation === 'sell' ? 6 : 40) {
      bench.kkt.faults.clear();
      bench.kkt.faults.add({
        at: 'atol-web',
        when: { operation, ...(operation === 'result' ? { match: { type: 'sell' } } : {}), nth: 1 },
        do: 'cut',
        keepBytes,
      });
      await bench.register.registerReceipt(sale, { operationKey: randomUuid() });
      expected += 1;
      expect(bench.receipts()).toBe(expected);
    }
});

describe('a restart of the server in the middle', () => {
  const restartOnSell = (bench: AtolBench, forget: boolean) => {
    const stop = bench.kkt.records.subscribe(({ operation, direction }) => {
      if (operation !== 'sell' || direction !== 'out') return;
      stop();
      bench.kkt.restart({ forget });
    });
  };

  test('the queue is kept: asked for, found, done', async () => {
    const bench = await day();
    restartOnSell(bench, false);
    expect(await bench.register.registerReceipt(sale, { operationKey: randomUuid() })).toMatchObject({
      fiscalDocumentNumber: 3,
    });
    expect(bench.receipts()).toBe(1);
  });

  test('the queue is lost after the effect, and so was the answer: the drive tells', async () => {
    const bench = await day();
    restartOnSell(bench, true);
    const operationKey = randomUuid();
    expect(await bench.register.registerReceipt(sale, { operationKey })).toMatchObject({
      fiscalDocumentNumber: 3,
    });
    expect(bench.receipts()).toBe(1);
    // A server that has forgotten the uuid would take it again: only evidence from before the call may be asked.
    expect(
      await (await bench.another()).lookup(operationKey, { afterDocumentNumber: 2, receipt: sale }),
    ).toMatchObject({ state: 'done', result: { fiscalDocumentNumber: 3 } });
  });

  test('the queue is lost before the effect: nothing was sent, and the key does it', async () => {
    const bench = await day();
    const stop = bench.kkt.records.subscribe(({ operation, direction }) => {
      if (operation !== 'sell') return;
      if (direction === 'in') bench.kkt.holdQueue(true);
      if (direction !== 'out') return;
      stop();
      bench.kkt.restart({ forget: true });
      bench.kkt.holdQueue(false);
    });
    const operationKey = randomUuid();
    await expect(bench.register.registerReceipt(sale, { operationKey })).rejects.toMatchObject({
      code: 'LINK_LOST',
      outcome: 'not-sent',
    });
    expect(bench.receipts()).toBe(0);
    await bench.register.registerReceipt(sale, { operationKey });
    expect(bench.receipts()).toBe(1);
  });
});

describe('the register is off', () => {
  test('before: nothing was done, and the key does it once it is on', async () => {
    const { kkt, register, receipts } = await day();
    kkt.setPower(false);
    const operationKey = randomUuid();
    await expect(register.registerReceipt(sale, { operationKey })).rejects.toMatchObject({
      code: 'LINK_LOST',
      outcome: 'refused',
      details: { result: 2 },
    });
    await expect(register.status()).rejects.toMatchObject({ code: 'LINK_LOST' });
    kkt.setPower(true);
    await register.registerReceipt(sale, { operationKey });
    expect(receipts()).toBe(1);
  });

  test('after the effect and before the answer: unknown, then found', async () => {
    const { kkt, register, receipts, another } = await day();
    kkt.faults.add(at('sell', { do: 'corrupt', code: 2 }));
    kkt.records.subscribe(({ operation, facts }) => {
      if (operation === 'task' && facts?.type === 'sell') kkt.setPower(false);
    });
    const operationKey = randomUuid();
    await expect(register.registerReceipt(sale, { operationKey })).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      outcome: 'unknown',
    });
    kkt.setPower(true);
    expect(
      await (await another()).lookup(operationKey, { afterDocumentNumber: 2, receipt: sale }),
    ).toMatchObject({
      state: 'done',
      result: { fiscalDocumentNumber: 3 },
    });
    expect(await register.registerReceipt(sale, { operationKey })).toMatchObject({ fiscalDocumentNumber: 3 });
    expect(receipts()).toBe(1);
  });

  test('cover open and paper out in the middle: the document stands, error or not', async () => {
    const { kkt, register, receipts } = await day();
    kkt.endPaperAfter(2);
    kkt.faults.add(at('sell', { do: 'corrupt', code: 44 }));
    expect(await register.registerReceipt(sale, { operationKey: randomUuid() })).toMatchObject({
      fiscalDocumentNumber: 3,
    });
    expect((await register.printer.status()).paper).toBe('out');
    kkt.setPaper('ok');
    await register.task('continuePrint', {});
    kkt.openCover(true);
    await expect(register.registerReceipt(sale, { operationKey: randomUuid() })).rejects.toMatchObject({
      code: 'COVER_OPEN',
      outcome: 'refused',
    });
    expect(receipts()).toBe(1);
  });
});

test('another drive: nothing is concluded from it', async () => {
  const { kkt, register, another } = await day();
  const { fiscalDriveNumber, lastFiscalDocumentNumber } = await register.status();
  kkt.faults.add(at('sell', { do: 'disconnect' }), {
    at: 'atol-web',
    when: { operation: 'result', match: { type: 'sell' } },
    do: 'refuse',
    code: 'http-503',
  });
  const stop = kkt.records.subscribe(({ operation, direction }) => {
    if (operation !== 'sell' || direction !== 'out') return;
    stop();
    kkt.changeDrive();
    // The queue forgets: nobody but the drive that was taken out could tell.
    kkt.restart({ forget: true });
    kkt.faults.clear();
  });
  const operationKey = randomUuid();
  await expect(register.registerReceipt(sale, { operationKey })).rejects.toMatchObject({
    outcome: 'unknown',
  });
  expect(
    await (await another()).lookup(operationKey, {
      afterDocumentNumber: lastFiscalDocumentNumber,
      fiscalDriveNumber,
      receipt: sale,
    }),
  ).toMatchObject({ state: 'unknown', reason: 'another drive is in the register' });
});

test('an attempt of another process that ended in doubt is never begun anew without its evidence', async () => {
  const { kkt, register, another, receipts } = await day();
  const operationKey = randomUuid();
  // The first process dies in doubt: the document is written, and the queue keeps error 177 for it.
  kkt.faults.add(at('sell', { do: 'corrupt', code: 177 }));
  const dies = { ...sale, cashier: atolCashier };
  const seen: string[] = [];
  const lost: FetchLike = async (url, init) => {
    const answer = await fetch(url, init as RequestInit);
    if (init.method === 'POST' && new TextDecoder().decode(init.body).includes('"sell"')) seen.push(url);
    if (seen.length > 0 && init.method === 'GET') throw new Error('killed');
    return answer;
  };
  const first = await another({
    fetch: lost,
    timings: { pollMs: 5, settleMs: 5, settleTimes: 3, taskTimeoutMs: 50, httpTimeoutMs: 5000 },
  });
  await expect(first.registerReceipt(dies, { operationKey })).rejects.toMatchObject({ outcome: 'unknown' });
  expect(receipts()).toBe(1);
  const second = await another();
  for (let turn = 0; turn < 3; turn += 1)
    await expect(second.registerReceipt(sale, { operationKey })).rejects.toMatchObject({
      outcome: 'unknown',
    });
  expect(receipts()).toBe(1);
  const told = await second.lookup(operationKey, { afterDocumentNumber: 2, receipt: sale });
  expect(told).toMatchObject({ state: 'done', result: { fiscalDocumentNumber: 3 } });
  expect(await second.registerReceipt(sale, { operationKey })).toMatchObject({ fiscalDocumentNumber: 3 });
  expect(await register.status()).toMatchObject({ lastFiscalDocumentNumber: 3 });
});

test('two equal receipts in a row are two, and the second one’s doubt does not find the first', async () => {
  const { kkt, register, receipts, another } = await day();
  const firstKey = randomUuid();
  const evidence = { afterDocumentNumber: 2, receipt: sale };
  await register.registerReceipt(sale, { operationKey: firstKey });
  const secondKey = randomUuid();
  kkt.faults.add(at('sell', { do: 'refuse', code: 2 }));
  await expect(register.registerReceipt(sale, { operationKey: secondKey })).rejects.toMatchObject({
    outcome: 'refused',
  });
  expect(await register.lookup(secondKey, evidence)).toEqual({ state: 'not-done' });
  await register.registerReceipt(sale, { operationKey: secondKey });
  expect(receipts()).toBe(2);
  // A process that knows neither key finds two that fit, and does not choose.
  expect(await (await another()).lookup(randomUuid(), evidence)).toMatchObject({ state: 'unknown' });
});

test('a document with the same sums and other lines is no proof of either', async () => {
  const { kkt, register, receipts, another } = await day();
  const operationKey = randomUuid();
  await register.registerReceipt(sale, { operationKey });
  const [line] = sale.lines as readonly [Receipt['lines'][0]];
  const halves: Receipt = { ...sale, lines: [{ ...line, price: 75_000, quantity: '2' }] };
  // A register may have written the lines in another way than it was told: nobody begins anew on that ground.
  kkt.restart({ forget: true });
  const stranger = await another();
  expect(await stranger.lookup(randomUuid(), { afterDocumentNumber: 2, receipt: halves })).toMatchObject({
    state: 'unknown',
  });
  expect(
    await stranger.lookup(randomUuid(), {
      afterDocumentNumber: 2,
      receipt: { ...halves, payments: { prepaid: 150_000 } },
    }),
  ).toEqual({ state: 'not-done' });
  const reused = randomUuid();
  await register.registerReceipt(sale, { operationKey: reused });
  const later = await another();
  await expect(later.registerReceipt(halves, { operationKey: reused })).rejects.toMatchObject({
    outcome: 'unknown',
  });
  await expect(
    later.registerReceipt({ ...halves, payments: { prepaid: 150_000 } }, { operationKey: reused }),
  ).rejects.toMatchObject({ code: 'OPERATION_KEY_REUSED' });
  // A shift report under the key of a receipt is another thing, too.
  await expect((await another()).closeShift(atolCashier, { operationKey: reused })).rejects.toMatchObject({
    code: 'OPERATION_KEY_REUSED',
  });
  expect(receipts()).toBe(2);
});

test('a mark that nobody decided on ends with the receipt, and so does one of a register that was off', async () => {
  const { kkt, register } = await day();
  const item = { code: markedCode(1), plannedStatus: 'pieceSold' } as const;
  await register.marking.check(item);
  await register.registerReceipt(sale, { operationKey: randomUuid() });
  expect(await register.marking.check(item)).toMatchObject({ result: 15 });
  kkt.fn.marking.clear();
  expect(await register.marking.check(item)).toMatchObject({ result: 15 });
  const again = randomUuid();
  const done = await register.registerReceipt(sale, { operationKey: again });
  await register.marking.check(item);
  // The result of before ends no session of now.
  expect(await register.registerReceipt(sale, { operationKey: again })).toEqual(done);
  expect(await register.marking.accept()).toBe(15);
});

test('a shift that has expired, and a shift report whose answer was lost', async () => {
  const clock = manualClock();
  const { kkt, register } = await day({ clock });
  await clock.advance(25 * 3_600_000);
  await expect(register.registerReceipt(sale, { operationKey: randomUuid() })).rejects.toMatchObject({
    code: 'SHIFT_EXPIRED',
    outcome: 'refused',
  });
  kkt.faults.add(at('closeShift', { do: 'disconnect' }));
  expect(await register.closeShift(atolCashier, { operationKey: randomUuid() })).toMatchObject({
    documentCode: 5,
  });
  expect(kkt.fn.documents()).toHaveLength(3);
});

test('random accidents never make a second document', async () => {
  const random = seededRandom('accidents of ATOL');
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          operation: fc.constantFrom('sell', 'result', 'getFnInfo', 'getFnDocument', 'getDeviceInfo'),
          do: fc.constantFrom('disconnect' as const, 'refuse' as const, 'cut' as const, 'duplicate' as const),
          code: fc.constantFrom(2, 44, 177, 1500, 'http-503'),
          nth: fc.integer({ min: 1, max: 4 }),
        }),
        { maxLength: 5 },
      ),
      async (rules) => {
        const bench = await day();
        const evidence = { afterDocumentNumber: 2, receipt: sale };
        bench.kkt.faults.add(
          ...rules.map(({ operation, nth, ...rule }) => ({
            at: 'atol-web',
            when: { operation, nth },
            ...rule,
          })),
        );
        let verdict = 'given up';
        try {
          verdict = await carefully(
            bench,
            (register, operationKey) => register.registerReceipt(sale, { operationKey }),
            (register, operationKey) => register.lookup(operationKey, evidence),
          );
        } catch (error) {
          // A new process may fail to open while the accidents last.
          if (!isElcertError(error)) throw error;
        }
        expect(bench.receipts()).toBeLessThanOrEqual(1);
        if (verdict === 'done') expect(bench.receipts()).toBe(1);
      },
    ),
    { numRuns: 25, seed: random.uint32() },
  );
}, 30_000);

test('a version that does not tell the sum: a restarted till gets its receipt back by its key', async () => {
  const { register, another, receipts } = await day();
  const operationKey = randomUuid();
  const first = await register.registerReceipt(sale, { operationKey });
  const withoutTotal: FetchLike = async (input, init) => {
    const response = await fetch(input, init);
    const text = (await response.text()).replace(/,"total":[0-9.]+/, '');
    return new Response(text, { status: response.status, headers: response.headers });
  };
  const restarted = await another({ fetch: withoutTotal });
  const again = await restarted.registerReceipt(sale, { operationKey });
  expect(again.totalSum).toBeUndefined();
  expect(again.fiscalDocumentNumber).toBe(first.fiscalDocumentNumber);
  await expect(
    restarted.registerReceipt({ ...sale, payments: { electronic: 150_000 } }, { operationKey: randomUuid() }),
  ).resolves.toMatchObject({ fiscalDocumentNumber: first.fiscalDocumentNumber + 1 });
  expect(receipts()).toBe(2);
});
