import { isElcertError, manualClock, outcomeOf, systemClock } from '@elcert/core';
import {
  defaultLinkTimings,
  numberedPacket,
  openShtrihM,
  type ShtrihLayer,
  type ShtrihMRegister,
  standardFrame,
} from '@elcert/device-drivers/shtrih-m';
import { afterEach, describe, expect, test } from 'vitest';
import { createLedger, defaultScenario } from '../../src/kernel/index.js';
import { type ShtrihMEmulator, startShtrihM } from '../../src/shtrih-m/index.js';
import { key, sale } from '../shtrih-m-day.js';
import { type Line, openLine } from '../shtrih-m-line.js';

// What a line may bring besides what was sent over it. In each story the drive is counted.

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

interface Till {
  readonly kkt: ShtrihMEmulator;
  readonly line: Line;
  readonly register: ShtrihMRegister;
  receipts(): number;
}

async function till(layer: ShtrihLayer, clock = systemClock()): Promise<Till> {
  const scenario = defaultScenario({ clock, seed: 7 });
  const kkt = await startShtrihM({ clock, seed: 7, ledger: createLedger(), scenario });
  const line = openLine(() => kkt.connect());
  const register = await openShtrihM({ connect: line.connect, layer, clock });
  await register.openShift(undefined, key());
  open.push({
    async close() {
      await register.close();
      await kkt.stop();
    },
  });
  return {
    kkt,
    line,
    register,
    receipts: () => kkt.fn.documents().filter(({ documentCode }) => documentCode === 3).length,
  };
}

describe.each(['standard', 'protocol2'] as const)('%s layer', (layer) => {
  test('junk before, between and after everything that is heard', async () => {
    const { line, register, receipts } = await till(layer);
    let heard = 0;
    line.noise = (bytes) => {
      heard += 1;
      return [Uint8Array.of(0x00, 0xff, 0x7e), bytes, Uint8Array.of(0xff, 0xff)];
    };
    await register.registerReceipt(sale, key());
    await register.registerReceipt(sale, key());
    expect(heard).toBeGreaterThan(20);
    expect(receipts()).toBe(2);
  });

  test('every answer comes byte by byte', async () => {
    const { line, register, receipts } = await till(layer);
    line.noise = (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte));
    await register.registerReceipt(sale, key());
    expect(receipts()).toBe(1);
  });

  test('the answer of another command comes before ours', async () => {
    const { line, register, kkt, receipts } = await till(layer);
    const other = Uint8Array.of(0x88, 0x00, 0x1e);
    let injected = 0;
    line.noise = (bytes) => {
      // Only before whole answers: a control byte is not one.
      if (bytes.length < 5) return [bytes];
      injected += 1;
      // A number that was answered long ago, as a second copy has it.
      const stray = layer === 'standard' ? standardFrame(other) : numberedPacket(before, other);
      before = (before + 1) & 0xffff;
      return [stray, bytes];
    };
    let before = 0;
    // The number of the last answer.
    for (const entry of kkt.records.entries) if (entry.direction === 'out') before += 1;
    before += 1;
    await register.registerReceipt(sale, key());
    expect(injected).toBeGreaterThan(8);
    expect(receipts()).toBe(1);
  });

  test('a damaged copy comes before each answer', async () => {
    const { line, register, receipts } = await till(layer);
    line.noise = (bytes) => {
      if (bytes.length < 5) return [bytes];
      const damaged = bytes.slice();
      damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 0x55;
      return [damaged, bytes];
    };
    await register.registerReceipt(sale, key());
    expect(receipts()).toBe(1);
  });

  test('the register is switched off after the closing and before its answer: found in the drive', async () => {
    const { register, kkt, receipts } = await till(layer);
    kkt.faults.add({ at: 'shtrih-m', do: 'disconnect', when: { operation: 'FF45' }, times: 1 });
    const unsubscribe = kkt.records.subscribe((entry) => {
      if (entry.operation === 'FF45' && entry.direction === 'out') kkt.restart();
    });
    expect(await register.registerReceipt(sale, key())).toMatchObject({ fiscalDocumentNumber: 3 });
    unsubscribe();
    expect(kkt.faults.strikes).toBe(1);
    expect(receipts()).toBe(1);
    await register.registerReceipt(sale, key());
    expect(receipts()).toBe(2);
  });

  test('the line goes dead in the closing, silently: unknown within its time, then found', async () => {
    const clock = manualClock();
    const { line, register, kkt, receipts } = await till(layer, clock);
    const { lastFiscalDocumentNumber: afterDocumentNumber } = await register.status();
    const operation = key();
    let dead = true;
    const stop = kkt.records.subscribe((entry) => {
      if (entry.operation === 'FF45' && dead) line.die();
    });
    const began = clock.now();
    let error: unknown;
    let over = false;
    const going = register.registerReceipt(sale, operation).catch((caught: unknown) => {
      error = caught;
      over = true;
    });
    await kkt.records.waitFor((entry) => entry.operation === 'FF45');
    while (!over) {
      await clock.waitForTimers();
      await clock.advance(500);
    }
    await going;
    expect(outcomeOf(error)).toBe('unknown');
    // The answer's own half minute, and a few seconds of asking on the old line and on new ones.
    expect(clock.now() - began).toBeLessThan(30_000 + 6 * defaultLinkTimings.retries * 500);
    dead = false;
    line.revive();
    stop();
    expect(receipts()).toBe(1);
    expect(
      await register.lookup(operation.operationKey, { afterDocumentNumber, receipt: sale }),
    ).toMatchObject({ state: 'done', result: { fiscalDocumentNumber: 3 } });
    await register.registerReceipt(sale, operation);
    expect(receipts()).toBe(1);
  });

  test('the lid is opened and the paper runs out in the middle: refused or done, never twice', async () => {
    for (const fault of ['cover-open', 'paper-out'] as const) {
      for (const operation of ['8D', 'FF46', 'FF0C', 'FF45']) {
        const { register, kkt, receipts } = await till(layer);
        kkt.faults.add({ at: 'shtrih-m', do: fault, when: { operation }, times: 1 });
        const contact = { ...sale, buyerContact: 'buyer@example.com' };
        const same = key();
        const result = await register.registerReceipt(contact, same).catch((caught: unknown) => caught);
        expect(kkt.faults.strikes, `${fault} ${operation}`).toBe(1);
        expect(isElcertError(result) && result.outcome, `${fault} ${operation}`).toBe('refused');
        expect(receipts()).toBe(0);
        kkt.setPaper('ok');
        kkt.openCover(false);
        await register.registerReceipt(contact, same);
        expect(receipts()).toBe(1);
      }
    }
  });
});

test('standard: ENQ while the register is busy is answered by ACK, and the answer is waited for', async () => {
  const clock = manualClock();
  const { line, register, kkt, receipts } = await till('standard', clock);
  // Its ACK to the frame is lost and its answer takes three seconds: the driver asks meanwhile, and hears "busy".
  let busy = false;
  const unsubscribe = kkt.records.subscribe((entry) => {
    if (entry.operation === 'FF45' && entry.direction === 'in') busy = true;
  });
  kkt.faults.add(
    { at: 'shtrih-m', do: 'drop', when: { operation: 'ACK', match: { command: 'FF45' } }, times: 1 },
    { at: 'shtrih-m', do: 'delay', delayMs: 3_000, when: { operation: 'FF45' }, times: 1 },
  );
  const result = register.registerReceipt(sale, key());
  await kkt.records.waitFor((entry) => entry.operation === 'FF45');
  await clock.waitForTimers(2);
  await clock.advance(3_000);
  await clock.advance(500);
  expect((await result).fiscalDocumentNumber).toBe(3);
  expect(busy).toBe(true);
  expect(receipts()).toBe(1);
  unsubscribe();
  void line;
});

test('standard: a NAK storm while an answer is awaited does not send the command again', async () => {
  const { line, register, kkt, receipts } = await till('standard');
  line.noise = (bytes) =>
    bytes[0] === 0x06 ? [bytes.subarray(0, 1), new Uint8Array(50).fill(0x15), bytes.subarray(1)] : [bytes];
  await register.registerReceipt(sale, key());
  await register.moveCash({ direction: 'in', amount: 100 }, key());
  expect(kkt.records.entries.filter((e) => e.operation === 'FF46' && e.direction === 'in')).toHaveLength(2);
  expect(receipts()).toBe(1);
  expect(kkt.state().drawer).toBe(100);
});

test.each(['standard', 'protocol2'] as const)(
  '%s: an answer that comes after its time belongs to nobody',
  async (layer) => {
    const clock = manualClock();
    const { register, kkt, receipts } = await till(layer, clock);
    kkt.faults.add({ at: 'shtrih-m', do: 'delay', delayMs: 60_000, when: { operation: 'FF45' }, times: 1 });
    let result: unknown;
    const going = register.registerReceipt(sale, key()).then(
      (done) => {
        result = done;
      },
      (error: unknown) => {
        result = error;
      },
    );
    await kkt.records.waitFor((entry) => entry.operation === 'FF45');
    while (result === undefined) {
      await clock.waitForTimers();
      await clock.advance(500);
    }
    await going;
    expect(receipts()).toBe(1);
    expect(result).toMatchObject({ fiscalDocumentNumber: 3 });
    await register.registerReceipt({ ...sale, payments: { cash: 249_999 } }, key());
    expect(receipts()).toBe(2);
  },
);

describe('a NAK that is not to the frame', () => {
  test.each([
    ['one byte of noise goes before each frame, and is refused', [0x00]],
    ['three of them', [0x00, 0x7e, 0x00]],
  ])('%s: cash is moved once, a receipt is made once', async (_, noise) => {
    const clock = systemClock();
    const scenario = defaultScenario({ clock, seed: 7 });
    const kkt = await startShtrihM({ clock, seed: 7, ledger: createLedger(), scenario });
    let noisy = 0;
    const register = await openShtrihM({
      layer: 'standard',
      connect: async () => {
        const channel = kkt.connect();
        return {
          ...channel,
          [Symbol.asyncIterator]: () => channel[Symbol.asyncIterator](),
          async write(bytes) {
            if (bytes[0] === 0x02) {
              noisy += 1;
              await channel.write(Uint8Array.from(noise));
            }
            await channel.write(bytes);
          },
        };
      },
    });
    open.push({
      async close() {
        await register.close();
        await kkt.stop();
      },
    });
    await register.openShift(undefined, key());
    await register.moveCash({ direction: 'in', amount: 5_000 }, key());
    expect(kkt.state().drawer).toBe(5_000);
    await register.registerReceipt(sale, key());
    const closings = kkt.fn.documents().filter(({ documentCode }) => documentCode === 3);
    expect(closings.map(({ totalSum }) => totalSum)).toEqual([249_999]);
    expect(noisy).toBeGreaterThan(10);
  });
});
