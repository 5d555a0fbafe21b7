import {
  type ByteChannel,
  channelReader,
  isElcertError,
  type Kopecks,
  type LocalDateTime,
  localDateTime,
  localToUnixSeconds,
  type Random,
  randomInt,
  seededRandom,
} from '@elcert/core';
import { listenTcp } from '@elcert/core/node';
import {
  closeKzShift,
  countKzPlacement,
  countKzTicket,
  type DecodedKzFrame,
  decodeKzFrame,
  encodeKzFrame,
  fitKzMessage,
  type KzCounters,
  type KzFrame,
  type KzMoneyPlacement,
  type KzTicket,
  kzFramer,
  kzHeaderBytes,
  kzReport,
  missingKzField,
  noKzCounters,
  tiynOf,
} from '@elcert/ofd-transport/kz';
import {
  createRecorder,
  deliver,
  type EmulatorContext,
  type EmulatorHandle,
  faultPlan,
} from '../kernel/index.js';
import { checkTicket, type TicketRefusal } from './check.js';

/** A register as it stands in the operator's cabinet. */
export interface OfdKzDeviceOptions {
  /** Number of the device at the operator. */
  readonly id: number;
  /** Factory number (ЗНМ). */
  readonly serialNumber: string;
  /** Registration number (РНМ), twelve digits. */
  readonly registrationNumber: string;
  readonly taxpayer: { readonly bin: string; readonly title: string; readonly address: string };
}

/** A ticket that the operator has taken. */
export interface OfdKzTicket {
  /** The fiscal sign. */
  readonly ticketNumber: string;
  readonly shiftNumber: number;
  readonly total: Kopecks;
  readonly ticket: KzTicket;
  readonly receivedAt: LocalDateTime;
}

/** A register of the operator. */
export interface OfdKzDevice extends OfdKzDeviceOptions {
  readonly state: 'active' | 'blocked' | 'deregistered';
  /** The token that the operator waits for. */
  readonly token: number;
  readonly counters: KzCounters;
  readonly tickets: readonly OfdKzTicket[];
  /** How many answers were given a second time. */
  readonly repeats: number;
}

/** A good of the National Catalogue. */
export interface OfdKzProduct {
  readonly barcode: string;
  readonly ntin: string;
  readonly title: string;
  readonly titleKk: string;
}

/** A running operator. */
export interface OfdKzHandle extends EmulatorHandle {
  /** Puts a register into the cabinet. @returns the token to enter into it */
  register(device: OfdKzDeviceOptions): number;
  /** @throws RangeError when there is no such register */
  device(id: number): OfdKzDevice;
  block(id: number): void;
  unblock(id: number): void;
  deregister(id: number): void;
  /** What a person does in the cabinet after code 2. @returns the new token */
  resetToken(id: number): number;
}

/** What {@link startOfdKz} is told. */
export interface OfdKzOptions extends EmulatorContext {
  /** `ofd-kz` unless told. */
  readonly name?: string;
  /** Where the operator's wall clock hangs; `Asia/Almaty` unless told. */
  readonly timeZone?: string;
  /** Registers that are there from the start. */
  readonly devices?: readonly OfdKzDeviceOptions[];
  /** With it, a line's barcode must be in the catalogue (code 18 of 2.0.3). */
  readonly catalogue?: readonly OfdKzProduct[];
  /** Where a buyer checks a ticket; `http://consumer.oofd.kz` unless told. */
  readonly checkUrl?: string;
}

interface State {
  readonly options: OfdKzDeviceOptions;
  state: OfdKzDevice['state'];
  token: number;
  last:
    | {
        readonly token: number;
        readonly reqnum: number;
        readonly command: string;
        readonly answer: Uint8Array;
      }
    | undefined;
  counters: KzCounters;
  lastZ: KzFrame['message'] | undefined;
  repeats: number;
  nextTicket: number;
  readonly tickets: OfdKzTicket[];
}

type Message = KzFrame['message'];

const documents = new Set(['TICKET', 'CLOSE_SHIFT', 'MONEY_PLACEMENT']);
const daySeconds = 24 * 3600;

/** The members of a request that are looked at here. */
interface Asked {
  readonly ticket?: KzTicket;
  readonly moneyPlacement?: KzMoneyPlacement;
  readonly closeShift?: {
    readonly isOffline?: boolean;
    readonly withdrawMoney?: boolean;
    readonly zReport?: Message;
  };
  readonly report?: { readonly report: string };
  readonly nomenclature?: { readonly barcode?: string };
}

/**
 * Starts an operator of Kazakhstan on TCP, for devices of 2.0.2 and 2.0.3.
 *
 * Each device has a ledger: the issued token, the last accepted request with its answer, drawer and shift. A document is counted when
 * its token is the issued one and its request number a new one; the same token and number again get the stored answer, whatever happened
 * since. Service commands look at the token alone, REPORT at nothing. A refused document leaves the ledger as it was.
 *
 * *Ours*, since nobody documents it: an error answer carries the request's token; a repeat wins over every other check; a request of
 * an unknown version or application code is not answered; CLOSE_SHIFT answers with its report.
 *
 * Operations, for faults: the command without `COMMAND_` (`TICKET`, `INFO` …), or `connect`, where any rule closes the connection at once;
 * facts `id`, `reqnum`. `drop` counts nothing, `silent-after-effect` and `disconnect` count and do not answer, `delay` holds the answer
 * back, `refuse` takes a `code` (255 unless told).
 */
export async function startOfdKz(options: OfdKzOptions): Promise<OfdKzHandle> {
  const { clock, seed, name = 'ofd-kz', timeZone = 'Asia/Almaty' } = options;
  const { checkUrl = 'http://consumer.oofd.kz' } = options;
  const random = seededRandom(`${name} ${seed}`);
  const records = createRecorder(name);
  const faults = faultPlan(name, options.faults ?? [], random);
  const devices = new Map<number, State>();
  const catalogue =
    options.catalogue === undefined
      ? undefined
      : new Map(options.catalogue.map((product) => [product.barcode, product]));
  const wallClock = () => localDateTime(clock.now(), timeZone);
  const note = (direction: 'in' | 'out' | 'note', operation: string, facts: Record<string, unknown>) =>
    records.add({ at: clock.now(), direction, operation, facts });

  const register = (device: OfdKzDeviceOptions): number => {
    if (devices.has(device.id)) throw new RangeError(`device ${device.id} is registered already`);
    const token = freshToken(random, 0);
    devices.set(device.id, {
      options: device,
      state: 'active',
      token,
      last: undefined,
      counters: noKzCounters,
      lastZ: undefined,
      repeats: 0,
      nextTicket: 1_000_000_000 + randomInt(random, 1_000_000_000),
      tickets: [],
    });
    return token;
  };
  for (const device of options.devices ?? []) register(device);
  const stateOf = (id: number): State => {
    const state = devices.get(id);
    if (state === undefined) throw new RangeError(`no device ${id}`);
    return state;
  };

  const service = ({ options: device }: State): Message => ({
    regInfo: {
      kkm: {
        fnsKkmId: device.registrationNumber,
        serialNumber: device.serialNumber,
        kkmId: String(device.id),
      },
      org: {
        title: device.taxpayer.title,
        address: device.taxpayer.address,
        inn: device.taxpayer.bin,
      },
    },
  });

  /** The report of the open shift, or that of the last closed one. */
  const report = (device: State): Message =>
    device.counters.openedAt !== undefined
      ? { report: 'REPORT_X', zxReport: kzReport(device.counters, wallClock()) }
      : { report: 'REPORT_Z', zxReport: device.lastZ ?? kzReport(device.counters, wallClock()) };

  /** Does a document, or says why not. Nothing changes when it is refused. */
  const book = (
    device: State,
    command: string,
    request: DecodedKzFrame,
  ): { readonly refusal: TicketRefusal } | { readonly members: Message } => {
    const asked = request.message as unknown as Asked;
    const now = wallClock();
    const refusal = (code: number, text: string) => ({ refusal: { code, text } });
    const { openedAt } = device.counters;
    const offline =
      asked.ticket?.offlineTicketNumber !== undefined || asked.moneyPlacement?.isOffline === true;
    if (
      command !== 'CLOSE_SHIFT' &&
      !offline &&
      openedAt !== undefined &&
      localToUnixSeconds(now) - localToUnixSeconds(openedAt) >= daySeconds
    )
      return refusal(11, 'the shift is open for 24 hours');
    try {
      if (asked.ticket !== undefined && command === 'TICKET') {
        const { ticket } = asked;
        const wrong = checkTicket(ticket, {
          version: request.header.version,
          taxpayer: device.options.taxpayer.bin,
          catalogue,
        });
        if (wrong !== undefined) return { refusal: wrong };
        const counters = counted(() => countKzTicket(device.counters, ticket, now));
        if (counters === undefined) return refusal(14, 'not enough cash');
        device.counters = counters;
        const ticketNumber = String(device.nextTicket);
        device.nextTicket += 1 + randomInt(random, 1000);
        const total = tiynOf(ticket.amounts.total);
        device.tickets.push({
          ticketNumber,
          shiftNumber: counters.shiftNumber,
          total,
          ticket,
          receivedAt: now,
        });
        const { bills, coins } = ticket.amounts.total;
        const sum = `${bills}.${String(coins).padStart(2, '0')}`;
        const time = qrTime(ticket.dateTime);
        const url = `${checkUrl}?i=${ticketNumber}&f=${device.options.registrationNumber}&s=${sum}&t=${time}`;
        return { members: { ticket: { ticketNumber, qrCode: Buffer.from(url).toString('base64') } } };
      }
      if (asked.moneyPlacement !== undefined && command === 'MONEY_PLACEMENT') {
        const { moneyPlacement } = asked;
        const counters = counted(() => countKzPlacement(device.counters, moneyPlacement, now));
        if (counters === undefined) return refusal(14, 'not enough cash');
        device.counters = counters;
        return { members: {} };
      }
      if (asked.closeShift !== undefined && command === 'CLOSE_SHIFT') {
        if (openedAt === undefined) return refusal(13, 'no shift is open');
        if (asked.closeShift.withdrawMoney === true && device.counters.cash > 0) {
          const { cash } = device.counters;
          device.counters = countKzPlacement(
            device.counters,
            {
              datetime: { date: { year: 1970, month: 1, day: 1 }, time: { hour: 0, minute: 0 } },
              operation: 'MONEY_PLACEMENT_WITHDRAWAL',
              sum: { bills: String(Math.floor(cash / 100)), coins: cash % 100 },
            },
            now,
          );
        }
        device.lastZ = kzReport(device.counters, now, now);
        device.counters = closeKzShift(device.counters);
        return { members: { report: { report: 'REPORT_Z', zxReport: device.lastZ } } };
      }
    } catch (error) {
      if (!isElcertError(error)) throw error;
      return refusal(13, error.message);
    }
    return refusal(3, 'the command and its message do not agree');
  };

  /** The answer to a request, and the fault that spoils it; nothing for a request that is lost. */
  const answer = (request: DecodedKzFrame): Uint8Array => {
    const { header, message } = request;
    const command = String(message.command ?? 'COMMAND_RESERVED');
    const operation = command.replace('COMMAND_', '');
    const reply = (code: number, text: string, members: Message = {}, token = header.token) =>
      encodeKzFrame({
        kind: 'response',
        header: { ...header, token },
        message: fitKzMessage(header.version, 'response', {
          command,
          result: { resultCode: code, resultText: text },
          ...members,
        }),
      });
    const device = devices.get(header.id);
    if (device === undefined) return reply(1, 'unknown device');
    const missing = missingKzField(header.version, 'request', message);
    if (missing !== undefined) return reply(3, `${missing} is missing`);
    const { last } = device;
    const isDocument = documents.has(operation);
    if (isDocument && last?.token === header.token && last.reqnum === header.reqnum) {
      if (last.command !== operation) return reply(9, 'another command under this number');
      device.repeats += 1;
      return last.answer;
    }
    if (device.state === 'deregistered') return reply(15, 'deregistered');
    if (operation === 'REPORT') return reply(0, 'OK', { report: report(device) });
    if (device.token !== header.token) return reply(2, 'Invalid token');
    if (device.state === 'blocked')
      return reply(15, 'blocked', {
        service: {
          ticketAds: [{ info: { type: 'TICKET_AD_INFO', version: '1' }, text: 'Касса заблокирована' }],
        },
      });
    switch (operation) {
      case 'SYSTEM':
        return reply(0, 'OK', { service: service(device) });
      case 'INFO':
        return reply(0, 'OK', { report: report(device), service: service(device) });
      case 'AUTH':
        return reply(0, 'OK', {
          auth: { result: 'RESULT_TYPE_OK', operatorCode: 1, operatorName: 'Кассир' },
        });
      case 'NOMENCLATURE':
        return reply(0, 'OK', { nomenclature: nomenclature(message as unknown as Asked) });
    }
    if (!isDocument) return reply(5, 'unsupported command');
    if (last?.reqnum === header.reqnum) return reply(8, 'the request number was used');
    const done = book(device, operation, request);
    if ('refusal' in done) return reply(done.refusal.code, done.refusal.text);
    const token = freshToken(random, device.token);
    const bytes = reply(0, 'OK', { ...done.members, service: service(device) }, token);
    device.token = token;
    device.last = { token: header.token, reqnum: header.reqnum, command: operation, answer: bytes };
    return bytes;
  };

  const nomenclature = ({ nomenclature: asked }: Asked): Message => {
    if (asked?.barcode === undefined) return { version: 1, result: 'RESULT_TYPE_VERSION_IS_ACTUAL' };
    const product = catalogue?.get(asked.barcode);
    if (product === undefined) return { version: 1, result: 'RESULT_TYPE_ELEMENT_NOT_FOUND_BY_BARCODE' };
    const { barcode, ntin, title, titleKk } = product;
    return {
      version: 1,
      result: 'RESULT_TYPE_OK',
      elements: [{ type: 'ITEM', title, titleKk, id: '1', item: { barcode, ntin } }],
    };
  };

  const serve = async (channel: ByteChannel) => {
    const framer = kzFramer();
    const reader = channelReader(channel, clock);
    try {
      if (faults.strike('connect') !== undefined) return;
      for (;;) {
        const read = await reader.read();
        if (read.type !== 'chunk') {
          if (framer.pending > 0) note('note', 'cut', { bytes: framer.pending });
          return;
        }
        const { frames, error } = framer.push(read.bytes);
        for (const bytes of frames) await take(channel, bytes);
        if (error !== undefined) {
          note('note', 'not answered', { reason: error.message, position: error.position });
          return;
        }
      }
    } catch (error) {
      // The other side went away while it was being answered.
      if (!isElcertError(error)) throw error;
      note('note', 'lost', { code: error.code });
    } finally {
      await channel.close();
    }
  };

  const take = async (channel: ByteChannel, bytes: Uint8Array) => {
    let request: DecodedKzFrame;
    try {
      request = decodeKzFrame(bytes, { kind: 'request' });
    } catch (error) {
      if (!isElcertError(error)) throw error;
      note('note', 'unreadable', { reason: error.message });
      // The header is good, the framer has read it: it is sent back before "protocol error" (command 127, result 3).
      const refusal = Uint8Array.of(0x08, 0x7f, 0x12, 0x02, 0x08, 0x03);
      const size = kzHeaderBytes + refusal.length;
      const head = bytes.slice(0, kzHeaderBytes);
      new DataView(head.buffer).setUint32(4, size, true);
      await channel.write(new Uint8Array([...head, ...refusal]));
      return;
    }
    const { id, reqnum } = request.header;
    const operation = String(request.message.command ?? 'none').replace('COMMAND_', '');
    const facts = { id, reqnum };
    note('in', operation, { ...facts, version: request.header.version });
    const fault = faults.strike(operation, facts);
    if (fault?.do === 'drop') {
      note('note', operation, { ...facts, fault: 'drop' });
      return;
    }
    const reply =
      fault?.do === 'refuse'
        ? encodeKzFrame({
            kind: 'response',
            header: request.header,
            message: {
              command: request.message.command ?? 'COMMAND_RESERVED',
              result: { resultCode: Number(fault.code ?? 255), resultText: 'refused by a fault rule' },
            },
          })
        : answer(request);
    const { result } = decodeKzFrame(reply, { kind: 'response' }).message as unknown as {
      readonly result: { readonly resultCode: number };
    };
    note('out', operation, {
      ...facts,
      resultCode: result.resultCode,
      ...(fault === undefined ? {} : { fault: fault.do }),
    });
    await deliver(channel, reply, fault, { clock, random });
  };

  const listener = await listenTcp((channel) => void serve(channel), {
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: options.port }),
  });

  return {
    name,
    addresses: [{ host: listener.host, port: listener.port }],
    records,
    faults,
    register,
    device(id) {
      const { options: device, ...own } = stateOf(id);
      return { ...device, ...own };
    },
    block(id) {
      stateOf(id).state = 'blocked';
    },
    unblock(id) {
      stateOf(id).state = 'active';
    },
    deregister(id) {
      stateOf(id).state = 'deregistered';
    },
    resetToken(id) {
      const device = stateOf(id);
      device.token = freshToken(random, device.token);
      device.last = undefined;
      return device.token;
    },
    stop: () => listener.close(),
  };
}

function freshToken(random: Random, before: number): number {
  for (;;) {
    const token = random.uint32();
    if (token !== 0 && token !== before) return token;
  }
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

function qrTime({ date, time }: KzTicket['dateTime']): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.year}${two(date.month)}${two(date.day)}T${two(time.hour)}${two(time.minute)}${two(time.second ?? 0)}`;
}
