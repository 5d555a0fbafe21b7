import { manualClock, randomUuid, systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { openShtrihM } from '@elcert/device-drivers/shtrih-m';
import type { Receipt } from '@elcert/fiscal-doc';
import { type AgentEvent, startExchangeAgent } from '@elcert/ofd-transport/ru';
import { afterEach, expect, it } from 'vitest';
import { createLedger, defaultScenario, tcpAddressOf } from '../../src/kernel/index.js';
import { startOfdRu } from '../../src/ofd-ru/index.js';
import { startShtrihM } from '../../src/shtrih-m/index.js';

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const receipt: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [
    {
      name: 'Бинт',
      price: 12_345,
      quantity: '1',
      unit: 'piece',
      vat: 'none',
      method: 'full',
      subject: 'goods',
    },
  ],
  payments: { electronic: 12_345 },
};

it('a month without the operator, a sale a day, behind a register with its real driver', async () => {
  const hour = 3_600_000;
  const day = 24 * hour;
  // Days pass on this clock; the register's wire keeps the machine's own.
  const clock = manualClock();
  const start = clock.now();
  const ledger = createLedger();
  const kkt = await startShtrihM({ clock, seed: 1, ledger, scenario: defaultScenario({ clock, seed: 1 }) });
  ends.push(() => kkt.stop());
  const { fn } = kkt;
  const ofd = await startOfdRu({ clock, seed: 1, ledger });
  ends.push(() => ofd.stop());
  const { host, port } = tcpAddressOf(ofd);
  const register = await openShtrihM({
    connect: () => openTcp({ host: kkt.host, port: kkt.port }),
    layer: 'protocol2',
    clock: systemClock(),
  });
  ends.push(() => register.close());

  let online = false;
  const levels: string[] = [];
  let wake: (() => void) | undefined;
  const events: AgentEvent[] = [];
  const agent = startExchangeAgent(register.fnMessages, {
    connect: async () => {
      if (!online) throw new Error('no route to the operator');
      return openTcp({ host, port });
    },
    clock,
    timeZone: 'Europe/Moscow',
    timing: { maxRetryMs: 12 * hour },
    onEvent: (event) => {
      if (event.type === 'backlog') levels.push(`${event.level} on day ${(clock.now() - start) / day}`);
      if (event.type === 'failed' || event.type === 'empty') {
        events.push(event);
        wake?.();
      }
    },
  });
  ends.push(() => agent.stop());
  const turn = async (): Promise<AgentEvent> => {
    for (;;) {
      const event = events.shift();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  const cashier = { name: 'Иванова А. А.' };
  const key = () => ({ operationKey: randomUuid() });
  let blockedOn: number | undefined;
  let sold = 0;
  let today = 0;
  const sell = async () => {
    try {
      await register.openShift(cashier, key());
      await register.registerReceipt(receipt, key());
      sold += 1;
      await register.closeShift(cashier, key());
    } catch (error) {
      expect(error).toMatchObject({ outcome: 'refused' });
      expect(fn.status().shiftOpen).toBe(false);
      blockedOn ??= today;
    }
  };

  await sell();
  while (today < 31) {
    const failed = await turn();
    expect(failed).toMatchObject({ type: 'failed', error: { code: 'NOT_CONNECTED', outcome: 'not-sent' } });
    await clock.waitForTimers(1);
    await clock.advance(failed.type === 'failed' ? failed.retryInMs : 0);
    while (today < Math.floor((clock.now() - start) / day)) {
      today += 1;
      await sell();
    }
  }
  expect(levels).toEqual(['late on day 2', 'overdue on day 5', 'critical on day 25', 'blocked on day 30']);
  expect(blockedOn).toBe(30);
  expect(sold).toBe(30);
  expect(ofd.documents()).toHaveLength(0);

  online = true;
  agent.wake();
  // An attempt that was under way when the operator came back may still fail.
  while ((await turn()).type === 'failed') agent.wake();
  expect(fn.status().unsentDocuments).toBe(0);
  expect(ofd.documents().map(({ fiscalDocumentNumber }) => fiscalDocumentNumber)).toEqual(
    fn.documents().map(({ fiscalDocumentNumber }) => fiscalDocumentNumber),
  );
  expect(ofd.documents()).toHaveLength(91);
  expect(ofd.totals().get(1)).toMatchObject({ count: 30, total: 30 * 12_345 });
  expect(ofd.documents().every(({ copies }) => copies === 1)).toBe(true);
  expect(levels.at(-1)).toMatch(/^fine /);
  await sell();
  expect(sold).toBe(31);
});
