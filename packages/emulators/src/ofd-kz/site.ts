import { ElcertError, isElcertError, type Kopecks } from '@elcert/core';
import { type KzTicket, localOfKz, tiynOf } from '@elcert/ofd-transport/kz';
import { Hono } from 'hono';
import type { FaultPlan, FaultRule } from '../kernel/index.js';
import type { OfdKzApplicationInput, OfdKzCabinet } from './cabinet.js';
import type { OfdKzDevice, OfdKzTicket } from './device.js';

/** What the pages show and the cabinet's steps work on. */
export interface SiteWorld {
  readonly cabinet: OfdKzCabinet;
  readonly faults: FaultPlan;
  /** @throws RangeError */
  device(id: number): OfdKzDevice;
  find(
    registrationNumber: string,
    sign: string,
  ): { readonly device: OfdKzDevice; readonly entry: OfdKzTicket } | undefined;
  act(id: number, action: 'block' | 'unblock' | 'deregister' | 'reset-token'): number | undefined;
  setReachable(reachable: boolean): Promise<void>;
}

const actions = ['block', 'unblock', 'deregister', 'reset-token'] as const;

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function sumText(tiyn: Kopecks): string {
  return `${Math.floor(tiyn / 100)}.${String(tiyn % 100).padStart(2, '0')}`;
}

/** `20260302T123456` */
function timeText({ dateTime }: KzTicket): string {
  return localOfKz(dateTime).replaceAll(/[-:]/g, '');
}

/** The receipt in the JSON that the page's script asks for. Its form is *ours*. */
function receiptJson(device: OfdKzDevice, { ticket, ticketNumber, total, shiftNumber }: OfdKzTicket) {
  return {
    ticketNumber,
    offlineTicketNumber: ticket.offlineTicketNumber,
    registrationNumber: device.registrationNumber,
    serialNumber: device.serialNumber,
    taxpayer: device.taxpayer,
    operation: ticket.operation,
    dateTime: localOfKz(ticket.dateTime),
    shiftNumber,
    total: sumText(total),
    items: (ticket.items ?? []).flatMap(({ commodity }) =>
      commodity === undefined
        ? []
        : [
            {
              name: commodity.name ?? '',
              ntin: commodity.ntin,
              quantity: Number(commodity.quantity) / 1000,
              price: sumText(tiynOf(commodity.price)),
              sum: sumText(tiynOf(commodity.sum)),
            },
          ],
    ),
    payments: (ticket.payments ?? []).map(({ type, sum }) => ({ type, sum: sumText(tiynOf(sum)) })),
  };
}

/** The operator's site for buyers and owners: the page behind a QR, its JSON, and the steps of the cabinet. */
export function createSite(world: SiteWorld): Hono {
  const app = new Hono();
  const look = (query: Readonly<Record<string, string>>) => {
    const { i = '', f = '', s = '', t = '' } = query;
    const found = world.find(f, i);
    if (found === undefined) return undefined;
    const { ticket, total } = found.entry;
    // Older receipts write one decimal.
    const sum = Math.round(Number(s.replace(',', '.')) * 100);
    return sum === total && t.replaceAll(/[-:]/g, '') === timeText(ticket)
      ? receiptJson(found.device, found.entry)
      : undefined;
  };
  app.onError((error, c) => {
    if (!isElcertError(error) && !(error instanceof RangeError) && !(error instanceof SyntaxError))
      throw error;
    const json = isElcertError(error) ? error.toJSON() : { code: 'BAD_REQUEST', message: error.message };
    return c.json({ ok: false, error: json }, 400);
  });
  app.get('/', (c) => {
    const receipt = look(c.req.query());
    if (receipt === undefined)
      return c.html('<!doctype html><title>Чек не найден</title><p>Чек не найден', 404);
    const { taxpayer, ticketNumber, registrationNumber, dateTime, items, total } = receipt;
    const rows = items
      .map(({ name, quantity, price, sum }) =>
        [name, quantity, price, sum].map((cell) => `<td>${escaped(String(cell))}`).join(''),
      )
      .join('<tr>');
    return c.html(
      `<!doctype html><title>Чек ${escaped(ticketNumber)}</title><h1>${escaped(taxpayer.title)}</h1>` +
        `<p>БСН/БИН ${escaped(taxpayer.bin)}, МТН/РНМ ${escaped(registrationNumber)}, ${escaped(dateTime)}` +
        `<table><tr>${rows}</table><p>Барлығы/Итого ${escaped(total)}<p>ФБ/ФП ${escaped(ticketNumber)}`,
    );
  });
  app.get('/api/tickets/get-by-url', (c) => {
    const receipt = look(c.req.query());
    return receipt === undefined
      ? c.json({ ok: false, error: { code: 'NOT_FOUND', message: 'no such receipt' } }, 404)
      : c.json({ ok: true, ticket: receipt });
  });
  app.post('/cabinet/applications', async (c) => {
    const input = (await c.req.json()) as Partial<OfdKzApplicationInput> | null;
    const { serialNumber, taxpayer } = input ?? {};
    if (typeof serialNumber !== 'string' || typeof taxpayer?.bin !== 'string')
      throw new ElcertError({ code: 'BAD_CABINET', message: 'serialNumber and taxpayer wanted' });
    return c.json(world.cabinet.apply(input as OfdKzApplicationInput));
  });
  app.post('/cabinet/applications/:serial/sign', (c) => c.json(world.cabinet.sign(c.req.param('serial'))));
  app.get('/cabinet/applications/:serial', (c) => c.json(world.cabinet.application(c.req.param('serial'))));
  app.get('/cabinet/devices/:id', (c) => {
    const { tickets, ...device } = world.device(Number(c.req.param('id')));
    return c.json({ ...device, tickets: tickets.length });
  });
  app.post('/cabinet/devices/:id/:action', (c) => {
    const action = actions.find((one) => one === c.req.param('action'));
    if (action === undefined)
      throw new ElcertError({ code: 'BAD_CABINET', message: `one of ${actions.join(', ')} wanted` });
    const token = world.act(Number(c.req.param('id')), action);
    return c.json({ ok: true, ...(token === undefined ? {} : { token }) });
  });
  app.post('/control/faults', async (c) => {
    const { rules } = (await c.req.json()) as { readonly rules?: readonly FaultRule[] };
    if (!Array.isArray(rules))
      throw new ElcertError({ code: 'BAD_CABINET', message: 'rules: a list wanted' });
    world.faults.add(...rules.map((rule: FaultRule) => ({ ...rule, at: 'ofd-kz' })));
    return c.json({ ok: true });
  });
  app.delete('/control/faults', (c) => {
    world.faults.clear();
    return c.json({ ok: true });
  });
  app.post('/control/reachable', async (c) => {
    const { reachable } = (await c.req.json()) as { readonly reachable?: unknown };
    if (typeof reachable !== 'boolean')
      throw new ElcertError({ code: 'BAD_CABINET', message: 'reachable: true or false wanted' });
    await world.setReachable(reachable);
    return c.json({ ok: true });
  });
  return app;
}
