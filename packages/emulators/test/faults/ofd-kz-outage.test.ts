import { type ByteChannel, localDateTime } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { type KzSessionOptions, memoryKzStore } from '@elcert/ofd-transport/kz';
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/kernel/index.js';
import { kzCashier, kzDevice, kzKey, kzSale, kzWorld } from '../kz-world.js';

const worlds: Awaited<ReturnType<typeof kzWorld>>[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

/** A world with a cable that can be pulled out. */
async function world(...given: Parameters<typeof kzWorld>) {
  const made = await kzWorld(...given);
  worlds.push(made);
  let plugged = true;
  let attempts = 0;
  const connect: KzSessionOptions['connect'] = async ({ signal }): Promise<ByteChannel> => {
    attempts += 1;
    if (!plugged) throw new Error('no route to the operator');
    return openTcp({ host: made.host, port: made.port, signal });
  };
  return {
    ...made,
    open: (store = memoryKzStore(), more: Partial<KzSessionOptions> = {}) =>
      made.open(store, { connect, ...more }),
    plug(isIn: boolean) {
      plugged = isIn;
    },
    attempts: () => attempts,
  };
}

const hour = 3600_000;
const id = kzDevice.id;

describe('a device without its operator', () => {
  it('goes on with autonomous numbers, and delivers in order when it is back', async () => {
    const { clock, device, events, open, plug } = await world();
    const session = await open();
    await session.ticket(kzSale(100), kzKey('a'));
    plug(false);
    const second = await session.ticket(kzSale(200), kzKey('b'));
    expect(second).toMatchObject({
      delivered: false,
      documentNumber: 2,
      offlineTicketNumber: Date.parse('2026-03-02T12:34:56Z') / 1000,
    });
    expect(second.ticketNumber).toBeUndefined();
    const third = await session.ticket(kzSale(300), kzKey('c'));
    expect(third.offlineTicketNumber).toBe((second.offlineTicketNumber ?? 0) + 1);
    await clock.advance(3 * hour);
    await session.placeMoney('withdrawal', 50, kzKey('d'));
    await session.closeShift(kzCashier, kzKey('e'));
    await session.ticket(kzSale(400), kzKey('f'));
    expect(session.status()).toMatchObject({
      mode: 'offline',
      waiting: 5,
      offline: { since: '2026-03-02T12:34:56', until: '2026-03-05T12:34:56', remainingMs: 69 * hour },
    });
    expect(session.lookup('b')).toEqual({ state: 'done', result: second });
    expect(await session.ticket(kzSale(200), kzKey('b'))).toEqual(second);

    plug(true);
    expect(await session.recover()).toMatchObject({ mode: 'online', waiting: 0 });
    expect(device()).toMatchObject({ documents: 6, offlineDocuments: 5, findings: [], repeats: 0 });
    expect(device().tickets.map(({ total }) => total)).toEqual([100, 200, 300, 400]);
    expect(device().counters).toEqual(session.state.counters);
    expect(session.lookup('b')).toMatchObject({
      state: 'done',
      result: { ...second, delivered: true, ticketNumber: device().tickets[1]?.ticketNumber },
    });
    expect(session.state.offlinePeriod).toEqual({ begin: '2026-03-02T12:34:56', end: '2026-03-02T15:34:56' });
    expect(events.map(({ type }) => type)).toEqual([
      'synchronised',
      'offline',
      ...Array.from({ length: 180 }, () => 'failed').slice(
        0,
        events.filter(({ type }) => type === 'failed').length,
      ),
      'delivered',
      'delivered',
      'delivered',
      'delivered',
      'delivered',
      'online',
      'synchronised',
    ]);
    expect(await session.ticket(kzSale(500), kzKey('g'))).toMatchObject({ delivered: true });
  });

  it('tries again every minute, and not more often', async () => {
    const { clock, attempts, device, open, plug } = await world();
    const session = await open();
    plug(false);
    await session.ticket(kzSale(100), kzKey('a'));
    const before = attempts();
    for (let count = 0; count < 5; count += 1) await session.ticket(kzSale(100), kzKey(`b${count}`));
    expect(attempts()).toBe(before);
    for (let minute = 0; minute < 10; minute += 1) await clock.advance(60_000);
    expect(attempts()).toBe(before + 10);
    plug(true);
    for (let turn = 0; device().documents < 6; turn += 1) {
      expect(turn).toBeLessThan(100);
      await clock.advance(turn === 0 ? 60_000 : 0);
    }
    await session.recover();
    expect(session.status()).toMatchObject({ mode: 'online', waiting: 0 });
  });

  it('72 hours: warns, stops, delivers everything in order, goes on', async () => {
    const { clock, device, events, open, plug } = await world();
    const start = clock.now();
    const session = await open(undefined, { reconnectMs: 600_000 });
    plug(false);
    const levels: string[] = [];
    let sold = 0;
    let refused = 0;
    for (let hours = 0; hours < 75; hours += 1) {
      for (let sale = 0; sale < 3; sale += 1) {
        const selling = session.ticket(kzSale(100 + sold), kzKey(`${hours}/${sale}`));
        await selling.then(
          () => {
            sold += 1;
          },
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'OFFLINE_TOO_LONG', outcome: 'not-sent' });
            refused += 1;
          },
        );
      }
      const seen = events.length;
      for (let part = 0; part < 6; part += 1) await clock.advance(600_000);
      for (const event of events.slice(seen)) {
        if (event.type === 'offline-warning') levels.push(`${event.hoursLeft} h left by hour ${hours + 1}`);
        if (event.type === 'offline-stopped') levels.push(`stopped by hour ${hours + 1}`);
      }
    }
    expect(sold).toBe(72 * 3);
    expect(refused).toBe(9);
    expect(levels).toEqual([
      '48 h left by hour 24',
      '24 h left by hour 48',
      '12 h left by hour 60',
      '6 h left by hour 66',
      '3 h left by hour 69',
      '1 h left by hour 71',
      'stopped by hour 72',
    ]);
    expect(session.status()).toMatchObject({ mode: 'stopped', offline: { remainingMs: 0 } });
    await expect(session.closeShift(kzCashier, kzKey('z'))).rejects.toMatchObject({
      code: 'OFFLINE_TOO_LONG',
    });
    expect(device().documents).toBe(0);

    plug(true);
    expect(await session.recover()).toMatchObject({ mode: 'online', waiting: 0 });
    // Shifts of a day were closed on the way, each by the next ticket.
    expect(device()).toMatchObject({ documents: sold + 2, findings: [] });
    expect(device().tickets.map(({ total }) => total)).toEqual(
      Array.from({ length: sold }, (_, index) => 100 + index),
    );
    expect(device().counters).toEqual(session.state.counters);
    expect(localDateTime(clock.now(), 'Asia/Almaty')).toBe(localDateTime(start + 75 * hour, 'Asia/Almaty'));
    // The shift of the third day is over too by now.
    expect(await session.ticket(kzSale(1), kzKey('next'))).toMatchObject({ delivered: true, shiftNumber: 4 });
  }, 60_000);

  it('sends the document without an answer first, under its own number', async () => {
    const lost: FaultRule = { at: 'ofd-kz', do: 'disconnect', when: { operation: 'TICKET' }, times: 3 };
    const { device, ofd, open } = await world({ faults: [lost] });
    const session = await open();
    // Counted by the operator, but no answer comes in three tries: the buyer gets an autonomous receipt.
    expect(await session.ticket(kzSale(100), kzKey('a'))).toMatchObject({ delivered: false });
    expect(device()).toMatchObject({ documents: 1, repeats: 2 });
    await session.ticket(kzSale(200), kzKey('b'));
    await session.recover();
    expect(device()).toMatchObject({ documents: 2, repeats: 3, findings: [] });
    expect(session.lookup('a')).toMatchObject({
      state: 'done',
      result: { delivered: true, ticketNumber: device().tickets[0]?.ticketNumber },
    });
    expect(device().counters).toEqual(session.state.counters);
    expect(ofd.faults.strikes).toBe(3);
  });

  it('treats "temporarily unavailable" as no answer', async () => {
    const refuse: FaultRule = {
      at: 'ofd-kz',
      do: 'refuse',
      code: 254,
      when: { operation: 'TICKET' },
      times: 3,
    };
    const { device, open } = await world({ faults: [refuse] });
    const session = await open();
    expect(await session.ticket(kzSale(100), kzKey('a'))).toMatchObject({ delivered: false });
    expect(await session.recover()).toMatchObject({ mode: 'online' });
    expect(device()).toMatchObject({ documents: 1, findings: [] });
  });

  it('stops at a document that the operator refuses, until a person takes it out', async () => {
    const { device, ofd, open, plug } = await world();
    const session = await open();
    plug(false);
    await session.ticket(kzSale(100), kzKey('a'));
    await session.ticket(kzSale(200), kzKey('b'));
    await session.ticket(kzSale(300), kzKey('c'));
    plug(true);
    ofd.faults.add({ at: 'ofd-kz', do: 'refuse', code: 13, when: { operation: 'TICKET', nth: 2 } });
    expect(await session.recover()).toMatchObject({
      mode: 'blocked',
      waiting: 2,
      blocked: { reaction: 'remove', resultCode: 13 },
    });
    await expect(session.ticket(kzSale(400), kzKey('d'))).rejects.toMatchObject({ code: 'BLOCKED' });
    await expect(session.removeRefused('c')).rejects.toMatchObject({ code: 'NOTHING_TO_DO' });
    expect(await session.removeRefused('b')).toMatchObject({ removed: true, delivered: false });
    expect(await session.recover()).toMatchObject({ mode: 'online', waiting: 0 });
    expect(device().tickets.map(({ total }) => total)).toEqual([100, 300]);
    // INFO has brought the operator's counters, which know nothing of the second one.
    expect(session.state.counters).toEqual(device().counters);
    expect(session.lookup('b')).toMatchObject({ state: 'done', result: { removed: true } });
  });

  it('keeps the queue through a block, and delivers it when the operator ends the block', async () => {
    const { clock, device, ofd, open, plug } = await world();
    const session = await open();
    plug(false);
    await session.ticket(kzSale(100), kzKey('a'));
    await session.ticket(kzSale(200), kzKey('b'));
    plug(true);
    ofd.block(id);
    expect(await session.recover()).toMatchObject({
      mode: 'blocked',
      waiting: 2,
      blocked: { reaction: 'blocked' },
    });
    await clock.advance(60_000);
    ofd.unblock(id);
    expect(await session.recover()).toMatchObject({ mode: 'online', waiting: 0 });
    expect(device()).toMatchObject({ documents: 2, findings: [] });
  });

  it('waits for a new token with what surely is not there, and sends it with that', async () => {
    const { device, ofd, open, plug } = await world();
    const session = await open();
    plug(false);
    await session.ticket(kzSale(100), kzKey('a'));
    plug(true);
    const token = ofd.resetToken(id);
    expect(await session.recover()).toMatchObject({ blocked: { reaction: 'enter-token' } });
    await session.enterToken(token);
    expect(await session.recover()).toMatchObject({ mode: 'online', waiting: 0 });
    expect(device()).toMatchObject({ documents: 1 });
  });

  it.each([true, false])(
    'asks a person when the token was changed over a document in doubt (there: %s)',
    async (there) => {
      const lost: FaultRule = {
        at: 'ofd-kz',
        do: there ? 'disconnect' : 'drop',
        when: { operation: 'TICKET' },
        times: 3,
      };
      const { device, ofd, open, run } = await world({ faults: [lost] });
      const session = await open();
      expect(await run(session.ticket(kzSale(100), kzKey('a')))).toMatchObject({ delivered: false });
      // Dropped requests take their time; what stays of the tries is struck out.
      ofd.faults.clear();
      const token = ofd.resetToken(id);
      expect(await session.recover()).toMatchObject({ blocked: { reaction: 'enter-token' }, waiting: 1 });
      await session.enterToken(token);
      expect(session.status()).toMatchObject({ blocked: { reaction: 'decide' } });
      await expect(session.ticket(kzSale(200), kzKey('b'))).rejects.toMatchObject({ code: 'BLOCKED' });
      await expect(session.decide('b', true)).rejects.toMatchObject({ code: 'NOTHING_TO_DO' });
      await session.decide('a', there);
      expect(await session.recover()).toMatchObject({ mode: 'online', waiting: 0 });
      await session.ticket(kzSale(200), kzKey('b'));
      expect(device().tickets.map(({ total }) => total)).toEqual([100, 200]);
      expect(session.state.counters).toEqual(device().counters);
    },
  );

  it('does not lose a sale that its caller gives up', async () => {
    const hold: FaultRule = {
      at: 'ofd-kz',
      do: 'silent-after-effect',
      when: { operation: 'TICKET' },
      times: 1,
    };
    const { device, ofd, open } = await world({ faults: [hold] });
    const session = await open();
    const caller = new AbortController();
    const selling = session.ticket(kzSale(100), { ...kzKey('a'), signal: caller.signal });
    selling.catch(() => {});
    await ofd.records.waitFor(({ direction, operation }) => direction === 'out' && operation === 'TICKET');
    caller.abort();
    await expect(selling).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(session.lookup('a')).toEqual({ state: 'unknown' });
    await session.ticket(kzSale(200), kzKey('b'));
    expect(session.lookup('a')).toMatchObject({ state: 'done', result: { delivered: true } });
    expect(device().tickets.map(({ total }) => total)).toEqual([100, 200]);
  });

  it('tells a caller who gives up between two tries that nobody knows', async () => {
    const lost: FaultRule = { at: 'ofd-kz', do: 'disconnect', when: { operation: 'TICKET' }, times: 1 };
    const { device, open, host, port } = await world({ faults: [lost] });
    const caller = new AbortController();
    let tries = 0;
    const session = await open(undefined, {
      connect: async ({ signal }) => {
        tries += 1;
        // INFO, the ticket, and its repeat.
        if (tries === 3) caller.abort();
        return openTcp({ host, port, signal });
      },
    });
    await expect(session.ticket(kzSale(100), { ...kzKey('a'), signal: caller.signal })).rejects.toMatchObject(
      { code: 'ABORTED', outcome: 'unknown' },
    );
    expect(session.lookup('a')).toEqual({ state: 'unknown' });
    expect(await session.ticket(kzSale(100), kzKey('a'))).toMatchObject({ delivered: true });
    expect(device()).toMatchObject({ documents: 1, repeats: 1 });
  });

  it('keeps the order of times when the clock is set right by a little, and stops when by much', async () => {
    const { clock, device, open, plug } = await world();
    let behind = 0;
    const session = await open(undefined, { clock: { ...clock, now: () => clock.now() - behind } });
    await clock.advance(hour);
    plug(false);
    const first = await session.ticket(kzSale(100), kzKey('a'));
    behind = 60_000;
    expect(await session.ticket(kzSale(200), kzKey('b'))).toMatchObject({ at: first.at });
    behind = 600_000;
    await expect(session.ticket(kzSale(300), kzKey('c'))).rejects.toMatchObject({ code: 'CLOCK_BEHIND' });
    plug(true);
    expect(await session.recover()).toMatchObject({ mode: 'online' });
    expect(device()).toMatchObject({ documents: 2, findings: [] });
  });

  it('is held, and then lost', async () => {
    const hold: FaultRule = {
      at: 'ofd-kz',
      do: 'disconnect',
      delayMs: 5000,
      when: { operation: 'TICKET' },
      times: 1,
    };
    const { device, open, run } = await world({ faults: [hold] });
    const session = await open();
    expect(await run(session.ticket(kzSale(100), kzKey('a')))).toMatchObject({ delivered: true });
    expect(device()).toMatchObject({ documents: 1, repeats: 1 });
  });

  it('survives a restart in the middle of everything', async () => {
    const { device, open, plug } = await world();
    const store = memoryKzStore();
    const first = await open(store);
    await first.ticket(kzSale(100), kzKey('a'));
    plug(false);
    await first.ticket(kzSale(200), kzKey('b'));
    await first.close();
    const second = await open(store);
    expect(second.status()).toMatchObject({ mode: 'offline', waiting: 1 });
    await second.ticket(kzSale(300), kzKey('c'));
    await second.close();
    plug(true);
    const third = await open(store);
    expect(third.status()).toMatchObject({ mode: 'online', waiting: 0 });
    expect(device()).toMatchObject({ documents: 3, findings: [] });
    expect(third.state.counters).toEqual(device().counters);
  });
});
