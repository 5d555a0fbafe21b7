import { isElcertError, type LocalDateTime, localToUnixSeconds } from '@elcert/core';
import {
  closeKzShift,
  countKzPlacement,
  countKzTicket,
  type KzCounters,
  type KzDateTime,
  type KzFrame,
  type KzMoneyPlacement,
  type KzTicket,
  type KzVersion,
  kzDateTime,
  kzMoney,
  kzReport,
  localOfKz,
  tiynOf,
} from '@elcert/ofd-transport/kz';
import { checkTicket, type TicketRefusal, type TicketWorld } from './check.js';
import type { DeviceLedger } from './device.js';
import { differingMembers } from './report-comparison.js';

type Message = KzFrame['message'];

/** The members of a request that are looked at here. */
export interface Asked {
  readonly ticket?: KzTicket;
  readonly moneyPlacement?: KzMoneyPlacement;
  readonly closeShift?: {
    readonly closeTime: KzDateTime;
    readonly isOffline?: boolean;
    readonly frShiftNumber?: number;
    readonly withdrawMoney?: boolean;
    readonly printedDocumentNumber?: string;
    readonly zReport?: Message;
  };
  readonly report?: { readonly report: string; readonly zxReport?: Message };
  readonly nomenclature?: { readonly barcode?: string };
  readonly auth?: { readonly login: string; readonly password: string };
  readonly service?: {
    readonly offlinePeriod?: { readonly beginTime: KzDateTime; readonly endTime: KzDateTime };
    readonly ticketAdInfos?: readonly { readonly type: string; readonly version: string }[];
  };
}

/** What the operator knows besides the device. */
export interface BookingWorld extends Pick<TicketWorld, 'catalogue'> {
  readonly version: KzVersion;
  /** Wall time of the operator. */
  readonly now: LocalDateTime;
  readonly keepTickets: number;
  /** The address that a buyer's QR leads to. */
  readonly link: (facts: { readonly ticketNumber: string; readonly ticket: KzTicket }) => string;
  /** By how much the next fiscal sign is greater. */
  readonly nextStep: () => number;
}

const daySeconds = 24 * 3600;
const offlineLimitSeconds = 72 * 3600;

/** What all documents have in common. */
interface Facts {
  readonly at: LocalDateTime;
  readonly number: number | undefined;
  readonly shift: number | undefined;
  readonly isOffline: boolean;
  readonly offlineTicketNumber: number | undefined;
}

function factsOf({ ticket, moneyPlacement, closeShift }: Asked): Facts | undefined {
  const one = ticket ?? moneyPlacement ?? closeShift;
  if (one === undefined) return undefined;
  const time = ticket?.dateTime ?? moneyPlacement?.datetime ?? closeShift?.closeTime;
  const offlineTicketNumber = ticket?.offlineTicketNumber;
  return {
    at: localOfKz(time as KzDateTime),
    number: one.printedDocumentNumber === undefined ? undefined : Number(one.printedDocumentNumber),
    shift: one.frShiftNumber,
    isOffline:
      offlineTicketNumber !== undefined ||
      moneyPlacement?.isOffline === true ||
      closeShift?.isOffline === true,
    offlineTicketNumber,
  };
}

/** Rules for what was made without the operator: the period, the 72 hours, the number that is unique in its day. */
function offlineRefusal(device: DeviceLedger, facts: Facts, asked: Asked): string | undefined {
  const period = asked.service?.offlinePeriod;
  if (period === undefined) return 'a document made offline without its period';
  const [begin, end] = [localOfKz(period.beginTime), localOfKz(period.endTime)];
  if (begin.startsWith('1970')) return 'a document made offline by a device that never was';
  const [from, to, made] = [begin, end, facts.at].map((time) => localToUnixSeconds(time)) as [
    number,
    number,
    number,
  ];
  if (made < from || made > to) return `a document of ${facts.at} outside ${begin} to ${end}`;
  if (made - from > offlineLimitSeconds) return 'a document made after 72 hours without an operator';
  const { offlineTicketNumber } = facts;
  const sameDay = device.offlineDay === facts.at.slice(0, 10);
  if (offlineTicketNumber !== undefined && sameDay && device.offlineNumbers.has(offlineTicketNumber))
    return `the autonomous number ${offlineTicketNumber} was used that day`;
  return undefined;
}

/** What was made offline comes in the order of its making; numbers grow within a shift. */
function orderRefusal(device: DeviceLedger, { at, number, shift, isOffline }: Facts): string | undefined {
  const { lastAt, lastNumber, lastShift } = device;
  if (isOffline && lastAt !== undefined && localToUnixSeconds(at) < localToUnixSeconds(lastAt))
    return `a document of ${at} after one of ${lastAt}`;
  if (number !== undefined && number <= lastNumber && (shift === undefined || shift <= lastShift))
    return `document number ${number} after ${lastNumber}`;
  return undefined;
}

/** Compares a report with what was counted here; what differs is a finding, no refusal. */
export function compareReport(
  device: DeviceLedger,
  told: Message | undefined,
  own: Message,
  now: LocalDateTime,
): void {
  if (told === undefined) return;
  const differing = differingMembers(told, own);
  if (differing.length > 0)
    device.findings.push({ at: now, kind: 'report', text: `differs in ${differing.join(', ')}` });
}

/** Does a document, or says why not. Nothing changes when it is refused. */
export function book(
  device: DeviceLedger,
  command: string,
  asked: Asked,
  world: BookingWorld,
): { readonly refusal: TicketRefusal } | { readonly members: Message } {
  const refusal = (code: number, text: string) => ({ refusal: { code, text } });
  const { openedAt } = device.counters;
  try {
    const facts = factsOf(asked);
    if (facts === undefined) return refusal(3, 'the command and its message do not agree');
    const { at, isOffline } = facts;
    if (
      command !== 'CLOSE_SHIFT' &&
      !isOffline &&
      openedAt !== undefined &&
      localToUnixSeconds(world.now) - localToUnixSeconds(openedAt) >= daySeconds
    )
      return refusal(11, 'the shift is open for 24 hours');
    const wrong =
      orderRefusal(device, facts) ?? (isOffline ? offlineRefusal(device, facts, asked) : undefined);
    if (wrong !== undefined) return refusal(13, wrong);
    const booked = bookOne(device, command, asked, facts, world);
    if ('refusal' in booked) return booked;
    const { shiftNumber } = device.counters;
    if (facts.shift !== undefined && facts.shift !== shiftNumber)
      device.findings.push({
        at: world.now,
        kind: 'shift',
        text: `shift ${facts.shift}, ${shiftNumber} here`,
      });
    device.documents += 1;
    device.lastAt = at;
    device.lastShift = shiftNumber;
    device.lastNumber = facts.number ?? device.lastNumber;
    if (isOffline) device.offlineDocuments += 1;
    if (facts.offlineTicketNumber !== undefined) {
      if (device.offlineDay !== at.slice(0, 10)) device.offlineNumbers = new Set();
      device.offlineDay = at.slice(0, 10);
      device.offlineNumbers.add(facts.offlineTicketNumber);
    }
    return booked;
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return refusal(13, error.message);
  }
}

function bookOne(
  device: DeviceLedger,
  command: string,
  { ticket, moneyPlacement, closeShift }: Asked,
  { at }: Facts,
  world: BookingWorld,
): { readonly refusal: TicketRefusal } | { readonly members: Message } {
  const { now, version, catalogue } = world;
  const refusal = (code: number, text: string) => ({ refusal: { code, text } });
  if (ticket !== undefined && command === 'TICKET') {
    const wrong = checkTicket(ticket, { version, taxpayer: device.options.taxpayer.bin, catalogue });
    if (wrong !== undefined) return { refusal: wrong };
    const counters = counted(() => countKzTicket(device.counters, ticket, at));
    if (counters === undefined) return refusal(14, 'not enough cash');
    device.counters = counters;
    const ticketNumber = String(device.nextTicket);
    device.nextTicket += world.nextStep();
    device.tickets.push({
      ticketNumber,
      shiftNumber: counters.shiftNumber,
      total: tiynOf(ticket.amounts.total),
      ticket,
      receivedAt: now,
    });
    if (device.tickets.length > world.keepTickets) device.tickets.shift();
    const qrCode = Buffer.from(world.link({ ticketNumber, ticket })).toString('base64');
    return { members: { ticket: { ticketNumber, qrCode } } };
  }
  if (moneyPlacement !== undefined && command === 'MONEY_PLACEMENT') {
    const counters = counted(() => countKzPlacement(device.counters, moneyPlacement, at));
    if (counters === undefined) return refusal(14, 'not enough cash');
    device.counters = counters;
    return { members: {} };
  }
  if (closeShift !== undefined && command === 'CLOSE_SHIFT') {
    if (device.counters.openedAt === undefined) return refusal(13, 'no shift is open');
    if (closeShift.withdrawMoney === true && device.counters.cash > 0)
      device.counters = countKzPlacement(
        device.counters,
        {
          datetime: kzDateTime(at),
          operation: 'MONEY_PLACEMENT_WITHDRAWAL',
          sum: kzMoney(device.counters.cash),
        },
        at,
      );
    device.lastZ = kzReport(device.counters, at, at);
    compareReport(device, closeShift.zReport, device.lastZ, now);
    device.counters = closeKzShift(device.counters);
    return { members: { report: { report: 'REPORT_Z', zxReport: device.lastZ } } };
  }
  return refusal(3, 'the command and its message do not agree');
}

/** New counters, or nothing when the drawer does not hold what goes out. */
function counted(count: () => KzCounters): KzCounters | undefined {
  try {
    return count();
  } catch (error) {
    if (isElcertError(error) && error.path === 'cash') return undefined;
    throw error;
  }
}
