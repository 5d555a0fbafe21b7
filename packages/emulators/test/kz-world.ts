import { type ManualClock, manualClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import {
  type KzEvent,
  type KzSession,
  type KzSessionOptions,
  type KzStore,
  type KzTicketInput,
  kzMoney,
  openKzSession,
} from '@elcert/ofd-transport/kz';
import { createLedger, type FaultRule, tcpAddressOf } from '../src/kernel/index.js';
import { type OfdKzDeviceOptions, type OfdKzOptions, startOfdKz } from '../src/ofd-kz/index.js';

export const kzDevice: OfdKzDeviceOptions = {
  id: 100500,
  serialNumber: 'TEST0000000000001',
  registrationNumber: '010101012345',
  taxpayer: { bin: '200140000014', title: 'ТОО Тест', address: 'Астана' },
};

export const kzCashier = { code: 1, name: 'Кассир' };

/** An operator with one device on a manual clock, and sessions of that device. */
export async function kzWorld(
  options: Partial<OfdKzOptions> & { readonly faults?: readonly FaultRule[] } = {},
) {
  const clock: ManualClock = manualClock('2026-03-02T07:34:56Z');
  const ofd = await startOfdKz({ clock, seed: 1, ledger: createLedger(), ...options });
  const { host, port } = tcpAddressOf(ofd);
  const token = ofd.register(kzDevice);
  const sessions: KzSession[] = [];
  const events: KzEvent[] = [];
  const open = async (store: KzStore, more: Partial<KzSessionOptions> = {}) => {
    const session = await openKzSession({
      store,
      id: kzDevice.id,
      token,
      clock,
      connect: ({ signal }) => openTcp({ host, port, signal }),
      onEvent: (event) => events.push(event),
      ...more,
    });
    sessions.push(session);
    return session;
  };
  return {
    ofd,
    clock,
    host,
    port,
    token,
    events,
    open,
    device: () => ofd.device(kzDevice.id),
    /** Lets the clock run until the work is done: what waits for an answer gets its timeouts. */
    async run<T>(work: Promise<T>, stepMs = 1000): Promise<T> {
      let isDone = false;
      const settled = work.finally(() => {
        isDone = true;
      });
      settled.catch(() => {});
      while (!isDone) await clock.advance(stepMs);
      return settled;
    },
    async stop() {
      await ofd.stop();
      for (const session of sessions) await session.close();
    },
  };
}

export function kzSale(tiyn: number, more: Partial<KzTicketInput> = {}): KzTicketInput {
  return {
    operation: 'OPERATION_SELL',
    operator: kzCashier,
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
    ...more,
  };
}

export const kzKey = (operationKey: string) => ({ operationKey });
