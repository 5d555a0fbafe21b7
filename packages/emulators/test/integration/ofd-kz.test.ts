import { connect as connectSocket } from 'node:net';
import { fromHex, manualClock, toHex } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import {
  type DecodedKzFrame,
  encodeKzFrame,
  exchangeKz,
  type KzFrame,
  type KzTicket,
  kzDateTime,
  kzMoney,
} from '@elcert/ofd-transport/kz';
import { afterEach, describe, expect, it } from 'vitest';
import { createLedger, type FaultRule, tcpAddressOf } from '../../src/kernel/index.js';
import { type OfdKzHandle, type OfdKzOptions, startOfdKz } from '../../src/ofd-kz/index.js';

const running: OfdKzHandle[] = [];

afterEach(async () => {
  for (const ofd of running.splice(0)) await ofd.stop();
});

const bin = '200140000014';
const device = {
  id: 100500,
  serialNumber: 'TEST0000000000001',
  registrationNumber: '010101012345',
  taxpayer: { bin, title: 'ТОО Тест', address: 'Астана' },
};

async function operator(faults: readonly FaultRule[] = [], more: Partial<OfdKzOptions> = {}) {
  const clock = manualClock('2026-03-02T07:34:56Z');
  const ofd = await startOfdKz({ clock, seed: 1, ledger: createLedger(), faults, ...more });
  running.push(ofd);
  const { host, port } = tcpAddressOf(ofd);
  let token = ofd.register(device);
  const endpoint = { connect: () => openTcp({ host, port }), clock };
  const frame = (message: object, header: Partial<KzFrame['header']> = {}): Uint8Array =>
    encodeKzFrame({
      kind: 'request',
      header: { version: 203, id: device.id, token, reqnum: 1, ...header },
      message: message as KzFrame['message'],
    });
  const send = async (request: Uint8Array) => {
    const reply = await exchangeKz({ ...endpoint, request });
    token = reply.header.token;
    return reply;
  };
  return { ofd, clock, endpoint, frame, send, host, port, token: () => token };
}

function sale(total = 75_000, more: Partial<KzTicket> = {}): { command: string; ticket: KzTicket } {
  return {
    command: 'COMMAND_TICKET',
    ticket: {
      operation: 'OPERATION_SELL',
      dateTime: kzDateTime('2026-03-02T12:34:56'),
      operator: { code: 1 },
      items: [
        {
          type: 'ITEM_TYPE_COMMODITY',
          commodity: {
            name: 'Нан',
            sectionCode: '1',
            quantity: '1000',
            price: kzMoney(total),
            sum: kzMoney(total),
            measureUnitCode: '796',
          },
        },
      ],
      payments: [{ type: 'PAYMENT_CASH', sum: kzMoney(total) }],
      amounts: { total: kzMoney(total), taken: kzMoney(total), change: kzMoney(0) },
      ...more,
    },
  };
}

const codeOf = ({ message }: DecodedKzFrame) =>
  (message as { readonly result?: { readonly resultCode?: number } }).result?.resultCode;
const closing = {
  command: 'COMMAND_CLOSE_SHIFT',
  closeShift: { closeTime: kzDateTime('2026-03-02T20:00:00') },
};
const placement = (operation: string, tiyn: number) => ({
  command: 'COMMAND_MONEY_PLACEMENT',
  moneyPlacement: {
    datetime: kzDateTime('2026-03-02T12:00:00'),
    operation: `MONEY_PLACEMENT_${operation}`,
    sum: kzMoney(tiyn),
  },
});

describe('an operator of Kazakhstan', () => {
  it('takes a shift of tickets, with a new token for each, and reports it', async () => {
    const { ofd, frame, send, token } = await operator();
    expect((await send(frame({ command: 'COMMAND_INFO' }))).message).toMatchObject({
      report: { report: 'REPORT_Z', zxReport: { shiftNumber: 0 } },
      service: { regInfo: { org: { inn: bin } } },
    });
    const before = token();
    const reply = await send(frame(sale(75_050), { reqnum: 2 }));
    expect(codeOf(reply)).toBe(0);
    expect(token()).not.toBe(before);
    const { ticket } = reply.message as unknown as { ticket: { ticketNumber: string; qrCode: string } };
    expect(Buffer.from(ticket.qrCode, 'base64').toString()).toBe(
      `http://consumer.oofd.kz?i=${ticket.ticketNumber}&f=010101012345&s=750.50&t=20260302T123456`,
    );
    expect(codeOf(await send(frame(placement('WITHDRAWAL', 50), { reqnum: 3 })))).toBe(0);
    expect((await send(frame({ command: 'COMMAND_INFO' }, { reqnum: 4 }))).message).toMatchObject({
      report: { report: 'REPORT_X', zxReport: { shiftNumber: 1, cashSum: { bills: '750', coins: 0 } } },
    });
    const closed = await send(frame(closing, { reqnum: 5 }));
    expect(closed.message).toMatchObject({
      report: {
        report: 'REPORT_Z',
        zxReport: {
          shiftNumber: 1,
          operations: [{ operation: 'OPERATION_SELL', count: 1, sum: { bills: '750', coins: 50 } }],
          revenue: { sum: { bills: '750', coins: 50 }, isNegative: false },
        },
      },
    });
    expect(ofd.device(device.id)).toMatchObject({ counters: { shiftNumber: 1, cash: 75_000 }, repeats: 0 });
  });

  it('gives the stored answer to a repeat and counts it once', async () => {
    const { ofd, frame, send } = await operator([
      { at: 'ofd-kz', when: { operation: 'TICKET', nth: 1 }, do: 'disconnect' },
    ]);
    const request = frame(sale());
    await expect(send(request)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED', outcome: 'unknown' });
    const first = await send(request);
    expect(await send(request)).toEqual(first);
    expect(ofd.device(device.id)).toMatchObject({ repeats: 2, tickets: [{ total: 75_000 }] });
  });

  it('answers by the table of tokens and request numbers', async () => {
    const { frame, send, token } = await operator();
    const old = token();
    await send(frame(sale(), { reqnum: 7 }));
    const issued = token();
    expect(codeOf(await send(frame(closing, { reqnum: 7, token: old })))).toBe(9);
    expect(codeOf(await send(frame(sale(), { reqnum: 7, token: (issued ^ 1) >>> 0 })))).toBe(2);
    expect(codeOf(await send(frame(sale(), { reqnum: 8, token: issued })))).toBe(0);
    const fresh = await operator();
    await fresh.send(fresh.frame(sale(), { reqnum: 7 }));
    expect(codeOf(await fresh.send(fresh.frame(sale(), { reqnum: 7 })))).toBe(8);
    expect(codeOf(await fresh.send(fresh.frame(sale(), { reqnum: 8, token: 0 })))).toBe(2);
    expect(codeOf(await fresh.send(fresh.frame(sale(), { reqnum: 8, id: 1 })))).toBe(1);
  });

  it.each<[string, object, number]>([
    ['no items', sale(100, { items: [] }), 13],
    [
      'payments that do not add up',
      sale(100, { payments: [{ type: 'PAYMENT_CARD', sum: kzMoney(99) }] }),
      13,
    ],
    [
      'a total that is not that of the lines',
      sale(100, { amounts: { total: kzMoney(99) }, payments: [] }),
      13,
    ],
    ['cash without change', sale(100, { amounts: { total: kzMoney(100) } }), 13],
    ['a purchase for more cash than there is', sale(100, { operation: 'OPERATION_BUY' }), 14],
    ['a return of nothing', sale(100, { operation: 'OPERATION_SELL_RETURN' }), 15],
    ['a buyer who is the seller', sale(100, { extensionOptions: { customerIinOrBin: bin } }), 17],
    ['a withdrawal of what is not there', placement('WITHDRAWAL', 1), 14],
    ['a closing without a shift', closing, 13],
    ['a command without its message', { command: 'COMMAND_TICKET' }, 3],
    ['a cancellation', { command: 'COMMAND_CANCEL_TICKET' }, 5],
  ])('refuses %s and changes nothing', async (_name, message, code) => {
    const { ofd, frame, send, token } = await operator();
    const before = { token: token(), counters: ofd.device(device.id).counters };
    expect(codeOf(await send(frame(message)))).toBe(code);
    expect(ofd.device(device.id)).toMatchObject(before);
  });

  it('wants the shift closed after a day, but not of what comes late', async () => {
    const { clock, frame, send } = await operator();
    await send(frame(sale()));
    await clock.advance(24 * 3600_000);
    expect(codeOf(await send(frame(sale(), { reqnum: 2 })))).toBe(11);
    const late = sale(100, { offlineTicketNumber: 5 });
    expect(codeOf(await send(frame(late, { reqnum: 2 })))).toBe(13);
    const period = {
      beginTime: kzDateTime('2026-03-02T12:34:00'),
      endTime: kzDateTime('2026-03-03T12:34:56'),
    };
    const service = { offlinePeriod: period };
    expect(codeOf(await send(frame({ ...late, service }, { reqnum: 2 })))).toBe(0);
    expect(codeOf(await send(frame(closing, { reqnum: 3 })))).toBe(0);
    expect(codeOf(await send(frame(sale(), { reqnum: 4 })))).toBe(0);
  });

  it('blocks, unblocks, deregisters, and gives a new token in the cabinet', async () => {
    const { ofd, frame, send } = await operator();
    ofd.block(device.id);
    expect((await send(frame(sale()))).message).toMatchObject({
      result: { resultCode: 15 },
      service: { ticketAds: [{ info: { type: 'TICKET_AD_INFO' } }] },
    });
    ofd.unblock(device.id);
    expect(codeOf(await send(frame({ command: 'COMMAND_SYSTEM' })))).toBe(0);
    const token = ofd.resetToken(device.id);
    expect(codeOf(await send(frame(sale())))).toBe(2);
    expect(codeOf(await send(frame(sale(), { token })))).toBe(0);
    ofd.deregister(device.id);
    expect(codeOf(await send(frame({ command: 'COMMAND_SYSTEM' })))).toBe(15);
  });

  it('looks a barcode up in the catalogue', async () => {
    const product = { barcode: '4870249811936', ntin: '0200091530572', title: 'Хлеб', titleKk: 'Нан' };
    const { frame, send } = await operator([], { catalogue: [product], strictCatalogue: true });
    const ask = (barcode: string) =>
      send(frame({ command: 'COMMAND_NOMENCLATURE', nomenclature: { barcode } }));
    expect((await ask(product.barcode)).message).toMatchObject({
      nomenclature: { elements: [{ titleKk: 'Нан', item: { ntin: '0200091530572' } }] },
    });
    expect((await ask('1')).message).toMatchObject({
      nomenclature: { result: 'RESULT_TYPE_ELEMENT_NOT_FOUND_BY_BARCODE' },
    });
    const unknown = sale();
    const [item] = unknown.ticket.items ?? [];
    const ticket = {
      ...unknown.ticket,
      items: [{ ...item, commodity: { ...item?.commodity, barcode: '1' } }],
    };
    expect(codeOf(await send(frame({ ...unknown, ticket })))).toBe(18);
  });

  it.each<[FaultRule['do'], string, number]>([
    ['drop', 'NO_REPLY', 0],
    ['silent-after-effect', 'NO_REPLY', 1],
    ['cut', 'CONNECTION_CLOSED', 1],
  ])('spoils an answer by %s', async (fault, code, tickets) => {
    const { ofd, clock, frame, send } = await operator([
      { at: 'ofd-kz', do: fault, when: { operation: 'TICKET' } },
    ]);
    const sending = expect(send(frame(sale()))).rejects.toMatchObject({ code, outcome: 'unknown' });
    await ofd.records.waitFor(({ direction }) => direction !== 'in');
    // A closed connection is news by itself; the clock must not outrun it.
    if (code === 'NO_REPLY') await clock.advance(8000);
    await sending;
    expect(ofd.device(device.id).tickets).toHaveLength(tickets);
  });

  it('refuses with a code of the rule, and is not there when told so', async () => {
    const { ofd, frame, send } = await operator([
      { at: 'ofd-kz', do: 'refuse', code: 254, when: { operation: 'TICKET', nth: 1 } },
    ]);
    expect(codeOf(await send(frame(sale())))).toBe(254);
    expect(ofd.device(device.id).tickets).toHaveLength(0);
    ofd.faults.add({ at: 'ofd-kz', do: 'disconnect', when: { operation: 'connect' }, times: 1 });
    await expect(send(frame(sale()))).rejects.toMatchObject({ outcome: 'unknown' });
    expect(codeOf(await send(frame(sale())))).toBe(0);
  });

  it('says protocol error to a message that is none, and nothing to another version', async () => {
    const { host, port } = await operator();
    const raw = (hex: string) =>
      new Promise<string>((resolve) => {
        const parts: Uint8Array[] = [];
        const socket = connectSocket(port, host, () => socket.end(fromHex(hex)));
        socket.on('data', (part) => parts.push(part));
        socket.on('close', () => resolve(toHex(Buffer.concat(parts))));
      });
    expect(await raw('a281cb0013000000948801007856341201001a')).toBe(
      'a281cb0018000000948801007856341201 00087f12020803'.replace(' ', ''),
    );
    expect(await raw('a281640012000000948801007856341201 00'.replace(' ', ''))).toBe('');
  });
});

describe('the life of a register in the cabinet', () => {
  const taxpayer = { bin, title: 'ТОО Тест', address: 'Астана' };

  it('goes from a factory number to a token, and sells with it', async () => {
    const { ofd, clock, endpoint } = await operator();
    const serialNumber = 'EKC1000123456789';
    expect(ofd.cabinet.apply({ serialNumber, taxpayer })).toEqual({
      serialNumber,
      model: 'E-KACCA',
      state: 'draft',
    });
    expect(() => ofd.cabinet.apply({ serialNumber, taxpayer })).toThrow('is there already');
    ofd.cabinet.sign(serialNumber);
    expect(() => ofd.cabinet.sign(serialNumber)).toThrow('signed already');
    await clock.advance(15 * 60_000 - 1);
    expect(ofd.cabinet.application(serialNumber).state).toBe('signed');
    await clock.advance(1);
    const done = ofd.cabinet.application(serialNumber);
    expect(done).toMatchObject({
      state: 'registered',
      registrationNumber: expect.stringMatching(/^\d{12}$/),
    });
    expect(ofd.cabinet.application(serialNumber)).toEqual(done);
    const { id = 0, token = 0 } = done;
    const header = { version: 203, id, token, reqnum: 1 } as const;
    const request = encodeKzFrame({
      kind: 'request',
      header,
      message: sale() as unknown as KzFrame['message'],
    });
    expect(codeOf(await exchangeKz({ ...endpoint, request }))).toBe(0);
    expect(ofd.device(id).tickets).toHaveLength(1);
  });

  it('refuses what the State Register does not have, and what cannot be', async () => {
    const { ofd, clock } = await operator([], { decisionMs: 0 });
    ofd.cabinet.apply({ serialNumber: 'HOMEMADE1', model: 'Elcert', taxpayer });
    ofd.cabinet.sign('HOMEMADE1');
    await clock.advance(0);
    expect(ofd.cabinet.application('HOMEMADE1')).toMatchObject({
      state: 'refused',
      reason: 'Модели нет в Государственном реестре.',
    });
    expect(() => ofd.cabinet.apply({ serialNumber: 'x', taxpayer })).toThrow('not a factory number');
    expect(() =>
      ofd.cabinet.apply({ serialNumber: 'EKC1000123456780', taxpayer: { ...taxpayer, bin: '1' } }),
    ).toThrow('not an IIN or BIN');
    expect(() => ofd.cabinet.apply({ serialNumber: device.serialNumber, taxpayer })).toThrow('there already');
    expect(() => ofd.cabinet.application('NOTHERE1')).toThrow('no application');
  });
});

describe('the site of the operator', () => {
  const json = async (url: string, method = 'GET', body?: object) => {
    const response = await fetch(url, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('shows the receipt behind a QR to whoever has all four of its facts', async () => {
    const { ofd, frame, send } = await operator([], { site: true });
    const reply = await send(frame(sale(75_050)));
    const { ticket } = reply.message as unknown as { ticket: { ticketNumber: string; qrCode: string } };
    const link = Buffer.from(ticket.qrCode, 'base64').toString();
    expect(link.startsWith(`${ofd.siteUrl}/?i=${ticket.ticketNumber}&f=`)).toBe(true);
    const page = await fetch(link);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Нан');
    const query = new URL(link).search;
    expect(await json(`${ofd.siteUrl}/api/tickets/get-by-url${query}`)).toMatchObject({
      status: 200,
      body: {
        ok: true,
        ticket: { ticketNumber: ticket.ticketNumber, total: '750.50', items: [{ name: 'Нан' }] },
      },
    });
    // Older receipts write one decimal.
    expect(
      (await json(`${ofd.siteUrl}/api/tickets/get-by-url${query.replace('750.50', '750.5')}`)).status,
    ).toBe(200);
    for (const wrong of [query.replace('750.50', '750.51'), query.replace('T12', 'T13'), '?i=1', ''])
      expect((await json(`${ofd.siteUrl}/api/tickets/get-by-url${wrong}`)).status).toBe(404);
    expect((await fetch(`${ofd.siteUrl}/?i=1`)).status).toBe(404);
  });

  it('leads the cabinet and the faults for whoever is in another process', async () => {
    const { ofd, clock, frame, send } = await operator([], { site: true });
    const { siteUrl } = ofd;
    const application = { serialNumber: 'EKC1000123456789', taxpayer: device.taxpayer };
    expect((await json(`${siteUrl}/cabinet/applications`, 'POST', application)).body).toMatchObject({
      state: 'draft',
    });
    await json(`${siteUrl}/cabinet/applications/EKC1000123456789/sign`, 'POST');
    await clock.advance(15 * 60_000);
    expect((await json(`${siteUrl}/cabinet/applications/EKC1000123456789`)).body).toMatchObject({
      state: 'registered',
    });
    expect((await json(`${siteUrl}/cabinet/applications`, 'POST', {})).status).toBe(400);
    expect((await json(`${siteUrl}/cabinet/devices/1`)).status).toBe(400);
    await json(`${siteUrl}/cabinet/devices/${device.id}/block`, 'POST');
    expect((await json(`${siteUrl}/cabinet/devices/${device.id}`)).body).toMatchObject({ state: 'blocked' });
    await json(`${siteUrl}/cabinet/devices/${device.id}/unblock`, 'POST');
    const { token } = (await json(`${siteUrl}/cabinet/devices/${device.id}/reset-token`, 'POST')).body;
    expect(token).toBe(ofd.device(device.id).token);
    expect((await json(`${siteUrl}/cabinet/devices/${device.id}/sell`, 'POST')).status).toBe(400);
    await json(`${siteUrl}/control/faults`, 'POST', {
      rules: [{ do: 'refuse', code: 13, when: { operation: 'TICKET' } }],
    });
    expect(codeOf(await send(frame(sale(), { token: Number(token) })))).toBe(13);
    await json(`${siteUrl}/control/faults`, 'DELETE');
    await json(`${siteUrl}/control/reachable`, 'POST', { reachable: false });
    await expect(send(frame(sale(), { token: Number(token) }))).rejects.toMatchObject({
      outcome: 'not-sent',
    });
    await json(`${siteUrl}/control/reachable`, 'POST', { reachable: true });
    expect(codeOf(await send(frame(sale(), { token: Number(token) })))).toBe(0);
  });
});

describe('what an operator says of documents made without it', () => {
  const made = (at: string, offlineTicketNumber: number, more: Partial<KzTicket> = {}) => ({
    ...sale(100, { dateTime: kzDateTime(at), offlineTicketNumber, ...more }),
    service: {
      offlinePeriod: {
        beginTime: kzDateTime('2026-03-02T12:00:00'),
        endTime: kzDateTime('2026-03-06T12:00:00'),
      },
    },
  });

  it.each<[string, object, object, number]>([
    ['in order', made('2026-03-02T12:10:00', 1), made('2026-03-02T12:20:00', 2), 0],
    ['out of order', made('2026-03-02T12:10:00', 1), made('2026-03-02T12:09:00', 2), 13],
    ['a number twice in a day', made('2026-03-02T12:10:00', 1), made('2026-03-02T12:20:00', 1), 13],
    ['a number of the day before', made('2026-03-02T12:10:00', 1), made('2026-03-03T12:09:00', 1), 0],
    ['before the period', made('2026-03-02T12:10:00', 1), made('2026-03-01T12:20:00', 2), 13],
    ['after the period', made('2026-03-02T12:10:00', 1), made('2026-03-07T12:20:00', 2), 13],
    ['after 72 hours', made('2026-03-02T12:10:00', 1), made('2026-03-05T12:00:01', 2), 13],
    [
      'an older document number',
      made('2026-03-02T12:10:00', 1, { printedDocumentNumber: '7', frShiftNumber: 1 }),
      made('2026-03-02T12:20:00', 2, { printedDocumentNumber: '7', frShiftNumber: 1 }),
      13,
    ],
  ])('%s', async (_name, first, second, code) => {
    const { ofd, frame, send } = await operator();
    expect(codeOf(await send(frame(first)))).toBe(0);
    expect(codeOf(await send(frame(second, { reqnum: 2 })))).toBe(code);
    expect(ofd.device(device.id)).toMatchObject({ offlineDocuments: code === 0 ? 2 : 1 });
  });

  it('notes a report that is not what it has counted', async () => {
    const { ofd, frame, send } = await operator();
    await send(frame(sale()));
    const zReport = {
      dateTime: kzDateTime('2026-03-02T20:00:00'),
      shiftNumber: 1,
      cashSum: kzMoney(1),
      revenue: { sum: kzMoney(75_000), isNegative: false },
    };
    const close = { ...closing, closeShift: { ...closing.closeShift, frShiftNumber: 2, zReport } };
    expect(codeOf(await send(frame(close, { reqnum: 2 })))).toBe(0);
    expect(ofd.device(device.id).findings).toMatchObject([
      { kind: 'report', text: expect.stringMatching(/differs in cashSum, .*operations/) },
      { kind: 'shift', text: 'shift 2, 1 here' },
    ]);
  });
});
