import type { Kopecks } from '@elcert/core';
import { type KzTicket, type KzVersion, tiynOf } from '@elcert/ofd-transport/kz';

/** What the operator compares a ticket with. */
export interface TicketWorld {
  readonly version: KzVersion;
  /** IIN or BIN of the seller. */
  readonly taxpayer: string;
  /** Barcodes of the National Catalogue; absent when it is not asked. */
  readonly catalogue: ReadonlyMap<string, unknown> | undefined;
}

/** Why a ticket is not taken: a result code and words. */
export interface TicketRefusal {
  readonly code: number;
  readonly text: string;
}

const modifierKinds = ['markup', 'discount'] as const;

/** The total that lines and modifiers give. */
function expectedTotal({ items = [], amounts }: KzTicket): Kopecks {
  let total = 0;
  for (const item of items) {
    if (item.commodity !== undefined) total += tiynOf(item.commodity.sum);
    if (item.stornoCommodity !== undefined) total -= tiynOf(item.stornoCommodity.sum);
    if (item.markup !== undefined) total += tiynOf(item.markup.sum);
    if (item.stornoMarkup !== undefined) total -= tiynOf(item.stornoMarkup.sum);
    if (item.discount !== undefined) total -= tiynOf(item.discount.sum);
    if (item.stornoDiscount !== undefined) total += tiynOf(item.stornoDiscount.sum);
  }
  if (amounts.markup !== undefined) total += tiynOf(amounts.markup.sum);
  if (amounts.discount !== undefined) total -= tiynOf(amounts.discount.sum);
  return total;
}

/** Checks a ticket by the rules of the protocol; the drawer is not looked at. */
export function checkTicket(ticket: KzTicket, world: TicketWorld): TicketRefusal | undefined {
  const { items = [], payments = [], taxes = [], amounts, operation } = ticket;
  const wrong = (text: string, code = 13): TicketRefusal => ({ code, text });
  if (items.length === 0) return wrong('a ticket without items');
  if (new Set(payments.map(({ type }) => type)).size < payments.length)
    return wrong('two payments of one type');
  if (taxes.length > 0 && items.some((item) => (item.commodity?.taxes ?? []).length > 0))
    return wrong('taxes on items and on the ticket');
  if (new Set(taxes.map(({ percent }) => percent)).size < taxes.length) return wrong('two taxes of one rate');
  if (modifierKinds.every((kind) => amounts[kind] !== undefined)) return wrong('a markup and a discount');
  const total = tiynOf(amounts.total);
  if (total !== expectedTotal(ticket))
    return wrong(`total ${total}, the lines give ${expectedTotal(ticket)}`);
  const paid = payments.reduce((sum, one) => sum + tiynOf(one.sum), 0);
  if (payments.length > 0 && paid !== total) return wrong(`payments of ${paid} for ${total}`);
  const cash = payments.find(({ type }) => type === 'PAYMENT_CASH');
  if (cash !== undefined) {
    if (amounts.taken === undefined || amounts.change === undefined)
      return wrong('cash without taken and change');
    if (tiynOf(cash.sum) !== tiynOf(amounts.taken) - tiynOf(amounts.change))
      return wrong('cash is not taken minus change');
  }
  if (ticket.extensionOptions?.customerIinOrBin === world.taxpayer)
    return wrong('the buyer is the seller', 17);
  if (world.version !== 202 && operation.endsWith('_RETURN') && ticket.parentTicket === undefined)
    return wrong('a return without the ticket it returns', 15);
  if (world.version === 203 && world.catalogue !== undefined)
    for (const { commodity } of items)
      if (commodity?.barcode !== undefined && !world.catalogue.has(commodity.barcode))
        return wrong('not in the National Catalogue', 18);
  return undefined;
}
