import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KzDeviceState, type KzStore, kzDevices, memoryKzStore } from '@elcert/ofd-transport/kz';
import { fileKzStore } from '@elcert/ofd-transport/kz/node';
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/kernel/index.js';
import { kzCashier, kzDevice, kzKey, kzSale, kzWorld } from '../kz-world.js';

const worlds: Awaited<ReturnType<typeof kzWorld>>[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

async function world(...given: Parameters<typeof kzWorld>) {
  const made = await kzWorld(...given);
  worlds.push(made);
  return made;
}

const lost = (rule: Partial<FaultRule> = {}): FaultRule => ({
  at: 'ofd-kz',
  do: 'disconnect',
  when: { operation: 'TICKET' },
  ...rule,
});

describe('the session of a device', () => {
  it.each([203, 202] as const)('sells, places money and closes a shift by %i', async (version) => {
    const { device, open } = await world();
    const store = memoryKzStore();
    const session = await open(store, { version });
    const sold = await session.ticket(kzSale(75_000), kzKey('a'));
    expect(sold).toMatchObject({
      operationKey: 'a',
      shiftNumber: 1,
      documentNumber: 1,
      total: 75_000,
      delivered: true,
      ticketNumber: device().tickets[0]?.ticketNumber,
      qrCode: expect.stringContaining('s=750.00&t=20260302T123456'),
    });
    await session.placeMoney('deposit', 1_000, kzKey('b'));
    await session.placeMoney('withdrawal', 500, { ...kzKey('c'), operator: kzCashier });
    expect(session.xReport()).toMatchObject({ shiftNumber: 1, cashSum: { bills: '755', coins: 0 } });
    expect(session.state.counters).toEqual(device().counters);
    expect(await session.sendXReport(kzKey('x'))).toMatchObject({ report: { shiftNumber: 1 } });
    const closed = await session.closeShift(kzCashier, kzKey('d'));
    expect(closed.report).toMatchObject({ shiftNumber: 1, closeShiftTime: expect.anything() });
    await session.ticket(kzSale(100), kzKey('e'));
    expect(session.state.counters).toEqual(device().counters);
    expect(session.state).toMatchObject({ token: device().token, counters: { shiftNumber: 2 } });
    expect(session.status()).toMatchObject({
      mode: 'online',
      shift: 'open',
      waiting: 0,
      lastDocumentNumber: 6,
    });
    expect(device()).toMatchObject({ findings: [], documents: 5, offlineDocuments: 0 });
    expect(store.state).toEqual(session.state);
  });

  it('takes all cash out with the shift when it is told to', async () => {
    const { device, open } = await world();
    const session = await open(memoryKzStore());
    await session.ticket(kzSale(500), kzKey('a'));
    await session.closeShift(kzCashier, { ...kzKey('b'), withdrawMoney: true });
    expect(session.state.counters).toMatchObject({ cash: 0, withdrawals: { total: 1 } });
    expect(session.state.counters).toEqual(device().counters);
    expect(device().findings).toEqual([]);
  });

  it('begins with the counters, the registration and the texts of the operator', async () => {
    const ads = [{ type: 'TICKET_AD_OFD', version: '7', text: `Чек \${ticket_number}` }];
    const { device, open, ofd, events } = await world({ ads });
    const first = await open(memoryKzStore());
    await first.ticket(kzSale(700), kzKey('a'));
    // Another machine takes the device over, with an empty store and the token of the cabinet.
    const second = await open(memoryKzStore(), { token: device().token });
    expect(second.state).toMatchObject({
      counters: first.state.counters,
      documentNumber: 1,
      synchronised: true,
      registration: { kkm: { fnsKkmId: kzDevice.registrationNumber } },
      ads: [{ type: 'TICKET_AD_OFD', version: '7' }],
    });
    await second.ticket(kzSale(300), kzKey('b'));
    expect(second.state.counters).toEqual(device().counters);
    expect(ofd.device(kzDevice.id)).toMatchObject({ documents: 2, findings: [] });
    expect(events.filter(({ type }) => type === 'synchronised')).toEqual([
      { type: 'synchronised', corrected: false },
      { type: 'synchronised', corrected: false },
    ]);
    await second.closeShift(kzCashier, kzKey('c'));
    const third = await open(memoryKzStore(), { token: device().token });
    expect(third.state.counters).toEqual(device().counters);
  });

  it('makes nothing before a new device has reached its operator, nor with a clock behind it', async () => {
    const { clock, ofd, open } = await world();
    await ofd.setReachable(false);
    const session = await open(memoryKzStore());
    await expect(session.ticket(kzSale(100), kzKey('a'))).rejects.toMatchObject({
      code: 'NOT_SYNCHRONISED',
      outcome: 'not-sent',
    });
    await ofd.setReachable(true);
    await session.ticket(kzSale(100), kzKey('a'));
    const late = await open(memoryKzStore(), {
      token: ofd.device(kzDevice.id).token,
      clock: { ...clock, now: () => clock.now() - 3600_000 },
    });
    await expect(late.ticket(kzSale(100), kzKey('b'))).rejects.toMatchObject({ code: 'CLOCK_BEHIND' });
  });

  it('gives the same result for the same key, also after a restart', async () => {
    const { device, open } = await world();
    const store = memoryKzStore();
    const first = await (await open(store)).ticket(kzSale(100), kzKey('a'));
    const again = await open(store);
    expect(await again.ticket(kzSale(100), kzKey('a'))).toEqual(first);
    expect(again.lookup('a')).toEqual({ state: 'done', result: first });
    expect(again.lookup('b')).toEqual({ state: 'not-done' });
    expect(device().tickets).toHaveLength(1);
  });

  it('cannot tell old keys from unknown ones, unless the caller says what came before', async () => {
    const { open } = await world();
    const store = memoryKzStore();
    const session = await open(store);
    const one = await session.ticket(kzSale(100), kzKey('a'));
    const done = Array.from({ length: 1000 }, (_, index) => ({
      ...one,
      operationKey: `k${index}`,
      documentNumber: index + 500,
    }));
    const full = await open(memoryKzStore({ ...(store.state as KzDeviceState), done }));
    expect(full.lookup('b')).toEqual({ state: 'unknown' });
    expect(full.lookup('b', { afterDocumentNumber: 600 })).toEqual({ state: 'not-done' });
    expect(full.lookup('b', { afterDocumentNumber: 400 })).toEqual({ state: 'unknown' });
  });

  it('repeats the same bytes at once where the connection breaks', async () => {
    const { device, open } = await world({ faults: [lost({ times: 2 })] });
    const session = await open(memoryKzStore());
    await session.ticket(kzSale(100), kzKey('a'));
    expect(device()).toMatchObject({ repeats: 2, tickets: [{}] });
  });

  it('repeats through answers that are cut, doubled, late or never come', async () => {
    const { device, open, ofd, run } = await world();
    const session = await open(memoryKzStore());
    const faults: FaultRule['do'][] = ['cut', 'duplicate', 'delay', 'silent-after-effect', 'reorder'];
    for (const fault of faults) {
      ofd.faults.clear();
      ofd.faults.add(lost({ do: fault, times: 1 }));
      expect(await run(session.ticket(kzSale(100), kzKey(fault)))).toMatchObject({ delivered: true });
    }
    expect(ofd.faults.strikes).toBe(faults.length);
    expect(device().documents).toBe(faults.length);
    expect(session.state.counters).toEqual(device().counters);
  });

  it('reacts to result codes', async () => {
    const { ofd, device, open } = await world();
    const { id } = kzDevice;
    const session = await open(memoryKzStore());
    await expect(session.ticket({ ...kzSale(100), items: [] }, kzKey('a'))).rejects.toMatchObject({
      code: 'REFUSED',
      outcome: 'refused',
      details: { resultCode: 13 },
    });
    expect(session.lookup('a')).toEqual({ state: 'not-done' });
    await session.ticket(kzSale(100), kzKey('b'));
    ofd.block(id);
    await expect(session.ticket(kzSale(100), kzKey('c'))).rejects.toMatchObject({
      details: { resultCode: 15 },
    });
    expect(session.status()).toMatchObject({ mode: 'blocked', blocked: { text: 'Касса заблокирована' } });
    await expect(session.ticket(kzSale(100), kzKey('c'))).rejects.toMatchObject({
      code: 'BLOCKED',
      outcome: 'not-sent',
    });
    ofd.unblock(id);
    await session.ticket(kzSale(100), kzKey('c'));
    const token = ofd.resetToken(id);
    await expect(session.ticket(kzSale(100), kzKey('d'))).rejects.toMatchObject({
      outcome: 'refused',
      details: { resultCode: 2 },
    });
    await expect(session.ticket(kzSale(100), kzKey('d'))).rejects.toMatchObject({ code: 'BLOCKED' });
    await session.enterToken(token);
    await session.ticket(kzSale(100), kzKey('d'));
    ofd.faults.add({ at: 'ofd-kz', do: 'refuse', code: 3, when: { operation: 'TICKET', nth: 1 } });
    await expect(session.ticket(kzSale(100), kzKey('e'))).rejects.toMatchObject({
      details: { resultCode: 3 },
    });
    await expect(session.ticket(kzSale(100), kzKey('e'))).rejects.toMatchObject({ code: 'BLOCKED' });
    await session.resume();
    await session.ticket(kzSale(100), kzKey('e'));
    expect(device().tickets).toHaveLength(4);
  });

  it('asks with SYSTEM by itself until the operator unblocks it', async () => {
    const { ofd, clock, open, events } = await world();
    const session = await open(memoryKzStore());
    ofd.block(kzDevice.id);
    expect(await session.poll()).toBe(false);
    ofd.unblock(kzDevice.id);
    const asked = ofd.records.waitFor(
      ({ operation, direction, facts }) =>
        operation === 'INFO' && direction === 'out' && facts.resultCode === 0,
    );
    await clock.advance(60_000);
    await asked;
    await session.recover();
    expect(session.status().mode).toBe('online');
    expect(events.map(({ type }) => type)).toContain('unblocked');
  });

  it('closes a shift of a day before the next document, or wants it closed', async () => {
    const { clock, ofd, device, open } = await world();
    const session = await open(memoryKzStore());
    await expect(session.closeShift(kzCashier, kzKey('x'))).rejects.toMatchObject({ code: 'NO_SHIFT' });
    await session.ticket(kzSale(100), kzKey('a'));
    const seen = ofd.records.entries.length;
    await expect(session.placeMoney('withdrawal', 101, kzKey('b'))).rejects.toThrow(
      'the drawer lacks 1 tiyn',
    );
    await clock.advance(24 * 3600_000);
    expect(session.status().shift).toBe('expired');
    const strict = await open(memoryKzStore(session.state), { autoCloseShift: false });
    await expect(strict.ticket(kzSale(100), kzKey('c'))).rejects.toMatchObject({ code: 'SHIFT_EXPIRED' });
    expect(ofd.records.entries.length - seen).toBe(2);
    expect(await session.ticket(kzSale(100), kzKey('c'))).toMatchObject({
      shiftNumber: 2,
      documentNumber: 3,
    });
    expect(device()).toMatchObject({ documents: 3, findings: [], counters: session.state.counters });
  });

  it('closes the shift when the operator counts its day to an end first', async () => {
    const { ofd, device, open } = await world();
    const session = await open(memoryKzStore());
    await session.ticket(kzSale(100), kzKey('a'));
    ofd.faults.add({ at: 'ofd-kz', do: 'refuse', code: 11, when: { operation: 'TICKET', nth: 1 } });
    expect(await session.ticket(kzSale(100), kzKey('b'))).toMatchObject({ shiftNumber: 2 });
    expect(device()).toMatchObject({ documents: 3, findings: [] });
  });

  it('goes on after the greatest request number with 1', async () => {
    const { open } = await world();
    const store = memoryKzStore();
    await (await open(store)).ticket(kzSale(100), kzKey('a'));
    const late = memoryKzStore({ ...(store.state as KzDeviceState), reqnum: 65_533 });
    const session = await open(late);
    await session.ticket(kzSale(100), kzKey('b'));
    expect(session.state.reqnum).toBe(65_535);
    await session.ticket(kzSale(100), kzKey('c'));
    expect(session.state.reqnum).toBe(1);
  });

  it('asks for articles by their barcode, and who has signed in', async () => {
    const product = { barcode: '4870249811936', ntin: '0200091530572', title: 'Хлеб', titleKk: 'Нан' };
    const operators = [{ login: 'k', password: 'p', code: 5, name: 'Айгуль' }];
    const { open } = await world({ catalogue: [product], operators });
    const session = await open(memoryKzStore());
    expect(await session.product(product.barcode)).toEqual({ ...product, isMarked: false, isSocial: false });
    expect(await session.product('1')).toBeUndefined();
    expect(await session.authenticate('k', 'p')).toEqual({
      operatorCode: 5,
      operatorName: 'Айгуль',
      roles: ['USER_ROLE_PAYMASTER'],
    });
    await expect(session.authenticate('k', 'x')).rejects.toMatchObject({
      outcome: 'refused',
      userMessage: 'Неверное имя или пароль.',
    });
    const old = await open(memoryKzStore(session.state), { version: 202 });
    await expect(old.product('1')).rejects.toMatchObject({ code: 'BAD_VALUE' });
  });

  it('counts each document once, wherever the process ends', async () => {
    for (const moment of ['before', 'after'] as const) {
      for (let fatal = 1; fatal <= 10; fatal += 1) {
        for (const fault of [undefined, 'disconnect'] as const) {
          const { device, open, stop } = await kzWorld({
            faults: fault === undefined ? [] : [lost({ do: fault, when: { operation: 'TICKET', nth: 2 } })],
          });
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
          let session = await open(mortal).catch(() => open(kept));
          for (const one of keys) {
            try {
              await session.ticket(kzSale(100), kzKey(one));
            } catch {
              session = await open(kept);
              await session.ticket(kzSale(100), kzKey(one));
            }
          }
          expect(device()).toMatchObject({ documents: keys.length, findings: [] });
          expect(session.state.counters).toEqual(device().counters);
          expect(session.state.token).toBe(device().token);
          await stop();
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
    await expect(session.ticket(kzSale(100), kzKey('a'))).rejects.toMatchObject({
      code: 'BAD_STORE',
      outcome: 'unknown',
    });
    full = false;
    expect(session.lookup('a')).toEqual({ state: 'unknown' });
    expect(await session.recover()).toMatchObject({ mode: 'online', waiting: 0 });
    expect(session.lookup('a')).toMatchObject({ state: 'done' });
    expect(device()).toMatchObject({ repeats: 1, tickets: [{}] });
  });

  it('is not changed by a listener that throws, and refuses work once it is closed', async () => {
    const { device, open } = await world();
    const session = await open(memoryKzStore(), {
      onEvent: () => {
        throw new Error('listener');
      },
    });
    await session.ticket(kzSale(100), kzKey('a'));
    await session.close();
    await expect(session.ticket(kzSale(100), kzKey('b'))).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    // The store may be another process's by now.
    await expect(session.enterToken(7)).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    expect(device().tickets).toHaveLength(1);
  });

  it.each([
    [{ transactionMs: 4999 }, 'transactionMs'],
    [{ reconnectMs: 59_999 }, 'reconnectMs'],
    [{ offlineLimitMs: 72 * 3600_000 + 1 }, 'offlineLimitMs'],
  ])('refuses times that the protocol does not allow: %o', async (more, path) => {
    const { open } = await world();
    await expect(open(memoryKzStore(), more)).rejects.toMatchObject({ code: 'BAD_VALUE', path });
  });
});

describe('devices of one process', () => {
  it('work side by side, each once', async () => {
    const { ofd, clock, open, host, port } = await world();
    const other = { ...kzDevice, id: 7, serialNumber: 'TEST0000000000007' };
    const token = ofd.register(other);
    const devices = kzDevices();
    const { connect, token: first } = await (async () => {
      const { openTcp } = await import('@elcert/core/node');
      return { connect: () => openTcp({ host, port }), token: ofd.device(kzDevice.id).token };
    })();
    const common = { clock, connect };
    const [a, b] = await Promise.all([
      devices.open({ ...common, id: kzDevice.id, token: first, store: memoryKzStore() }),
      devices.open({ ...common, id: other.id, token, store: memoryKzStore() }),
    ]);
    await expect(
      devices.open({ ...common, id: other.id, token, store: memoryKzStore() }),
    ).rejects.toMatchObject({ code: 'DEVICE_OPEN', outcome: 'not-sent' });
    await Promise.all([a.ticket(kzSale(100), kzKey('a')), b.ticket(kzSale(200), kzKey('a'))]);
    expect(devices.get(other.id)).toBe(b);
    expect(devices.ids()).toEqual([7, kzDevice.id]);
    expect(ofd.device(7).tickets).toMatchObject([{ total: 200 }]);
    await devices.close();
    expect(devices.ids()).toEqual([]);
    expect(open).toBeDefined();
  });
});

describe('a file as a store', () => {
  it('keeps the state through restarts, and refuses what is not its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'elcert-kz-'));
    try {
      const path = join(folder, 'made', 'kz.log');
      const { device, open } = await world();
      const reopen = () => open(fileKzStore(path));
      let session = await reopen();
      await session.ticket(kzSale(100), kzKey('a'));
      await expect(reopen()).rejects.toMatchObject({ code: 'STORE_LOCKED', outcome: 'not-sent' });
      await session.close();
      // What a crash left beside, and a record that it cut off.
      await writeFile(`${path}.tmp`, '{"format":');
      const whole = await readFile(path);
      await writeFile(path, Buffer.concat([whole, Buffer.from('0123456789abcdef {"set":{"tok')]));
      session = await reopen();
      await session.ticket(kzSale(100), kzKey('b'));
      expect(session.state.counters).toEqual(device().counters);
      expect(await readdir(join(folder, 'made'))).toContain('kz.log');
      if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
      await session.close();
      // One byte in the middle.
      const damaged = Buffer.from(await readFile(path));
      damaged[200] = (damaged[200] ?? 0) ^ 1;
      await writeFile(path, damaged);
      await expect(reopen()).rejects.toMatchObject({
        code: 'BAD_STORE',
        outcome: 'not-sent',
        message: expect.stringMatching(/damaged at byte 0/),
      });
      expect(await readFile(path)).toEqual(damaged);
      await writeFile(path, '{"format":1,"id":7}');
      await expect(reopen()).rejects.toMatchObject({ code: 'BAD_STORE' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
