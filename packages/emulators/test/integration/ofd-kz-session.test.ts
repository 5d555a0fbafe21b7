import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ManualClock, manualClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import {
  type KzDeviceState,
  type KzStore,
  type KzTicketInput,
  kzMoney,
  memoryKzStore,
  openKzSession,
} from '@elcert/ofd-transport/kz';
import { fileKzStore } from '@elcert/ofd-transport/kz/node';
import { afterEach, describe, expect, it } from 'vitest';
import { createLedger, type FaultRule, tcpAddressOf } from '../../src/kernel/index.js';
import { type OfdKzHandle, startOfdKz } from '../../src/ofd-kz/index.js';

const running: OfdKzHandle[] = [];

afterEach(async () => {
  for (const ofd of running.splice(0)) await ofd.stop();
});

const id = 100500;
const cashier = { code: 1, name: 'Кассир' };

async function world(faults: readonly FaultRule[] = [], version: 202 | 203 = 203) {
  const clock: ManualClock = manualClock('2026-03-02T07:34:56Z');
  const ofd = await startOfdKz({ clock, seed: 1, ledger: createLedger(), faults });
  running.push(ofd);
  const { host, port } = tcpAddressOf(ofd);
  const token = ofd.register({
    id,
    serialNumber: 'TEST0000000000001',
    registrationNumber: '010101012345',
    taxpayer: { bin: '200140000014', title: 'ТОО Тест', address: 'Астана' },
  });
  const open = (store: KzStore) =>
    openKzSession({ store, id, token, version, clock, connect: () => openTcp({ host, port }) });
  return { ofd, clock, open, device: () => ofd.device(id) };
}

function sale(tiyn: number): KzTicketInput {
  return {
    operation: 'OPERATION_SELL',
    operator: cashier,
    items: [
      {
        type: 'ITEM_TYPE_COMMODITY',
        commodity: {
          name: 'Нан',
          sectionCode: '1',
          quantity: '1000',
          price: kzMoney(tiyn),
          sum: kzMoney(tiyn),
          measureUnitCode: '796',
          ntin: '0200091530572',
        },
      },
    ],
    payments: [{ type: 'PAYMENT_CASH', sum: kzMoney(tiyn) }],
    amounts: { total: kzMoney(tiyn), taken: kzMoney(tiyn), change: kzMoney(0) },
  };
}

const key = (operationKey: string) => ({ operationKey });

describe('the session of a device', () => {
  it.each([203, 202] as const)('sells, places money and closes a shift by %i', async (version) => {
    const { device, open } = await world([], version);
    const store = memoryKzStore();
    const session = await open(store);
    const sold = await session.ticket(sale(75_000), key('a'));
    expect(sold).toMatchObject({
      operationKey: 'a',
      shiftNumber: 1,
      ticketNumber: device().tickets[0]?.ticketNumber,
      qrCode: expect.stringContaining('s=750.00&t=20260302T123456'),
    });
    await session.placeMoney('deposit', 1_000, key('b'));
    await session.placeMoney('withdrawal', 500, key('c'));
    expect(session.xReport()).toMatchObject({ shiftNumber: 1, cashSum: { bills: '755', coins: 0 } });
    expect(session.state.counters).toEqual(device().counters);
    await session.closeShift(cashier, key('d'));
    await session.ticket(sale(100), key('e'));
    expect(session.state.counters).toEqual(device().counters);
    expect(session.state).toMatchObject({ token: device().token, reqnum: 5, counters: { shiftNumber: 2 } });
    expect(store.state).toEqual(session.state);
  });

  it('gives the same result for the same key, also after a restart', async () => {
    const { device, open } = await world();
    const store = memoryKzStore();
    const first = await (await open(store)).ticket(sale(100), key('a'));
    const again = await open(store);
    expect(await again.ticket(sale(100), key('a'))).toEqual(first);
    expect(again.lookup('a')).toEqual({ state: 'done', result: first });
    expect(again.lookup('b')).toEqual({ state: 'not-done' });
    expect(device().tickets).toHaveLength(1);
  });

  it('repeats the same bytes at once where the connection breaks', async () => {
    const { device, open } = await world([
      { at: 'ofd-kz', do: 'disconnect', when: { operation: 'TICKET' }, times: 2 },
    ]);
    const session = await open(memoryKzStore());
    await session.ticket(sale(100), key('a'));
    expect(device()).toMatchObject({ repeats: 2, tickets: [{}] });
  });

  it('lets nothing pass a document without an answer, and settles it first', async () => {
    const { device, open } = await world([
      { at: 'ofd-kz', do: 'cut', when: { operation: 'TICKET' }, times: 6 },
    ]);
    const session = await open(memoryKzStore());
    await expect(session.ticket(sale(100), key('a'))).rejects.toMatchObject({ outcome: 'unknown' });
    expect(session.lookup('a')).toEqual({ state: 'unknown' });
    await expect(session.ticket(sale(200), key('b'))).rejects.toMatchObject({
      code: 'PENDING',
      outcome: 'not-sent',
    });
    await session.ticket(sale(200), key('b'));
    expect(device().tickets.map(({ total }) => total)).toEqual([100, 200]);
    expect(session.lookup('a')).toMatchObject({ state: 'done' });
    expect(session.state.counters).toEqual(device().counters);
  });

  it('takes a document back that nobody has seen', async () => {
    const { ofd, open } = await world();
    const session = await open(memoryKzStore());
    await ofd.stop();
    await expect(session.ticket(sale(100), key('a'))).rejects.toMatchObject({
      code: 'NOT_CONNECTED',
      outcome: 'not-sent',
    });
    expect(session.state).toMatchObject({ reqnum: 0, counters: { cash: 0 } });
    expect(session.lookup('a')).toEqual({ state: 'not-done' });
  });

  it('reacts to result codes', async () => {
    const { ofd, device, open } = await world();
    const session = await open(memoryKzStore());
    await expect(session.ticket({ ...sale(100), items: [] }, key('a'))).rejects.toMatchObject({
      code: 'REFUSED',
      outcome: 'refused',
      details: { resultCode: 13 },
    });
    await session.ticket(sale(100), key('b'));
    ofd.block(id);
    await expect(session.ticket(sale(100), key('c'))).rejects.toMatchObject({ details: { resultCode: 15 } });
    await expect(session.ticket(sale(100), key('c'))).rejects.toMatchObject({
      code: 'BLOCKED',
      outcome: 'not-sent',
    });
    ofd.unblock(id);
    await session.ticket(sale(100), key('c'));
    const token = ofd.resetToken(id);
    await expect(session.ticket(sale(100), key('d'))).rejects.toMatchObject({
      outcome: 'refused',
      details: { resultCode: 2 },
    });
    await expect(session.ticket(sale(100), key('d'))).rejects.toMatchObject({ code: 'BLOCKED' });
    await session.enterToken(token);
    await session.ticket(sale(100), key('d'));
    ofd.faults.add({ at: 'ofd-kz', do: 'refuse', code: 3, when: { operation: 'TICKET', nth: 1 } });
    await expect(session.ticket(sale(100), key('e'))).rejects.toMatchObject({ details: { resultCode: 3 } });
    await expect(session.ticket(sale(100), key('e'))).rejects.toMatchObject({ code: 'BLOCKED' });
    await session.resume();
    await session.ticket(sale(100), key('e'));
    expect(device().tickets).toHaveLength(4);
  });

  it('keeps a doubtful document through a reset of the token, for a person to decide', async () => {
    const { ofd, device, open } = await world([
      { at: 'ofd-kz', do: 'disconnect', when: { operation: 'TICKET' }, times: 3 },
    ]);
    const session = await open(memoryKzStore());
    await expect(session.ticket(sale(100), key('a'))).rejects.toMatchObject({ outcome: 'unknown' });
    const token = ofd.resetToken(id);
    await expect(session.settle()).rejects.toMatchObject({ outcome: 'unknown', details: { resultCode: 2 } });
    expect(session.lookup('a')).toEqual({ state: 'unknown' });
    await session.decidePending(true);
    await session.enterToken(token);
    await session.ticket(sale(200), key('b'));
    expect(session.state.counters).toEqual(device().counters);
    expect(device().tickets).toHaveLength(2);
  });

  it('wants the shift closed after a day, and refuses what the drawer lacks before it is sent', async () => {
    const { clock, ofd, open } = await world();
    const session = await open(memoryKzStore());
    await expect(session.closeShift(cashier, key('x'))).rejects.toMatchObject({ code: 'NO_SHIFT' });
    await session.ticket(sale(100), key('a'));
    const seen = ofd.records.entries.length;
    await expect(session.placeMoney('withdrawal', 101, key('b'))).rejects.toThrow('the drawer lacks 1 tiyn');
    await clock.advance(24 * 3600_000);
    await expect(session.ticket(sale(100), key('c'))).rejects.toMatchObject({ code: 'SHIFT_EXPIRED' });
    expect(ofd.records.entries).toHaveLength(seen);
    await session.closeShift(cashier, key('d'));
    await session.ticket(sale(100), key('c'));
  });

  it('goes on after the greatest request number with 1', async () => {
    const { open } = await world();
    const store = memoryKzStore();
    await (await open(store)).ticket(sale(100), key('a'));
    const late = memoryKzStore({ ...(store.state as KzDeviceState), reqnum: 65_534 });
    const session = await open(late);
    await session.ticket(sale(100), key('b'));
    expect(session.state.reqnum).toBe(65_535);
    await session.ticket(sale(100), key('c'));
    expect(session.state.reqnum).toBe(1);
  });

  it('counts each document once, wherever the process ends', async () => {
    for (const moment of ['before', 'after'] as const) {
      for (let fatal = 1; fatal <= 8; fatal += 1) {
        for (const fault of [undefined, 'disconnect'] as const) {
          const { ofd, device, open } = await world(
            fault === undefined ? [] : [{ at: 'ofd-kz', do: fault, when: { operation: 'TICKET', nth: 2 } }],
          );
          const kept = memoryKzStore();
          let saves = 0;
          const mortal: KzStore = {
            load: kept.load,
            async save(state) {
              saves += 1;
              if (saves > fatal) throw new Error('dead');
              if (saves === fatal && moment === 'before') throw new Error('dies');
              await kept.save(state);
              if (saves === fatal) throw new Error('dies');
            },
          };
          const keys = ['a', 'b', 'c', 'd'];
          let session = await open(mortal);
          for (const one of keys) {
            try {
              await session.ticket(sale(100), key(one));
            } catch {
              session = await open(kept);
              await session.ticket(sale(100), key(one));
            }
          }
          expect(device().tickets).toHaveLength(keys.length);
          expect(session.state.counters).toEqual(device().counters);
          expect(session.state.token).toBe(device().token);
          await ofd.stop();
        }
      }
    }
  }, 60_000);

  it('calls a document doubtful whose answer could not be kept', async () => {
    const { device, open } = await world();
    const kept = memoryKzStore();
    let full = false;
    const session = await open({
      load: kept.load,
      async save(state) {
        if (full && state.pending === undefined) throw new Error('the disk is full');
        await kept.save(state);
      },
    });
    full = true;
    await expect(session.ticket(sale(100), key('a'))).rejects.toMatchObject({
      code: 'BAD_STORE',
      outcome: 'unknown',
    });
    full = false;
    expect(session.lookup('a')).toEqual({ state: 'unknown' });
    expect(await session.settle()).toMatchObject({ operationKey: 'a' });
    expect(device()).toMatchObject({ repeats: 1, tickets: [{}] });
  });
});

describe('a file as a store', () => {
  it('keeps the state through restarts, and refuses what is not its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'elcert-kz-'));
    try {
      const path = join(folder, 'made', 'kz.json');
      const { device, open } = await world();
      await (await open(fileKzStore(path))).ticket(sale(100), key('a'));
      // What a crash left beside.
      await writeFile(`${path}.tmp`, '{"format":');
      const session = await open(fileKzStore(path));
      await session.ticket(sale(100), key('b'));
      expect(session.state.counters).toEqual(device().counters);
      expect(await readdir(join(folder, 'made'))).toEqual(['kz.json']);
      if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
      await writeFile(path, '{"format":');
      await expect(open(fileKzStore(path))).rejects.toMatchObject({ code: 'BAD_STORE', outcome: 'not-sent' });
      await writeFile(path, '{"format":1,"id":7}');
      await expect(open(fileKzStore(path))).rejects.toMatchObject({ code: 'BAD_STORE' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
