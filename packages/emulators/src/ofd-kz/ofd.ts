import {
  type ByteChannel,
  channelReader,
  isElcertError,
  localDateTime,
  type Random,
  randomInt,
  seededRandom,
  sleep,
} from '@elcert/core';
import { listenTcp } from '@elcert/core/node';
import {
  type DecodedKzFrame,
  decodeKzFrame,
  encodeKzFrame,
  fitKzMessage,
  type KzFrame,
  type KzTicket,
  kzFramer,
  kzHeaderBytes,
  kzReport,
  localOfKz,
  missingKzField,
} from '@elcert/ofd-transport/kz';
import { serveHttp } from '../kernel/http-server.js';
import {
  admitting,
  createRecorder,
  deliver,
  type EmulatorContext,
  type EmulatorHandle,
  faultPlan,
} from '../kernel/index.js';
import { type Asked, book, compareReport } from './booking.js';
import { createCabinet, type OfdKzCabinet } from './cabinet.js';
import {
  type DeviceLedger,
  freshLedger,
  type OfdKzDevice,
  type OfdKzDeviceOptions,
  viewOf,
} from './device.js';
import { createSite } from './site.js';

/** A good of the National Catalogue. */
export interface OfdKzProduct {
  readonly barcode: string;
  readonly ntin: string;
  readonly title: string;
  readonly titleKk: string;
  readonly isMarked?: boolean;
  readonly isSocial?: boolean;
}

/** Somebody who may sign in by AUTH. */
export interface OfdKzOperator {
  readonly login: string;
  readonly password: string;
  readonly code: number;
  readonly name: string;
  /** `USER_ROLE_PAYMASTER` unless told. */
  readonly roles?: readonly string[];
}

/** A text for receipts, handed out until the device has this version. */
export interface OfdKzAd {
  /** `TICKET_AD_OFD`, `_ORG`, `_POS`, `_KKM` or `_INFO`. */
  readonly type: string;
  readonly version: string;
  readonly text: string;
}

/** A register that a world has from its start. */
export const sampleOfdKzDevice: OfdKzDeviceOptions = {
  id: 100500,
  serialNumber: 'TEST0000000000001',
  registrationNumber: '010101012345',
  taxpayer: {
    bin: '200140000014',
    title: 'ТОО «Тест»',
    address: 'Астана, ул. Тестовая, 1',
    addressKk: 'Астана, Тест көшесі, 1',
  },
};

/** Goods that a world's operator finds by their barcodes. */
export const sampleOfdKzProducts: readonly OfdKzProduct[] = [
  { barcode: '4870249811936', ntin: '0200091530572', title: 'Хлеб', titleKk: 'Нан' },
  {
    barcode: '4870001234567',
    ntin: '0200091530589',
    title: 'Молоко 1 л',
    titleKk: 'Сүт 1 л',
    isMarked: true,
    isSocial: true,
  },
];

/** A running operator. */
export interface OfdKzHandle extends EmulatorHandle {
  /** The way of a register from its factory number to its token. */
  readonly cabinet: OfdKzCabinet;
  /** Address of the site for buyers and owners, with `site`. */
  readonly siteUrl: string | undefined;
  /** Puts a register into the cabinet at once. @returns the token to enter into it */
  register(device: OfdKzDeviceOptions): number;
  /** @throws RangeError when there is no such register */
  device(id: number): OfdKzDevice;
  /** All registers, in the order they were put there. */
  devices(): readonly OfdKzDevice[];
  block(id: number): void;
  unblock(id: number): void;
  deregister(id: number): void;
  /** What a person does in the cabinet after code 2. @returns the new token */
  resetToken(id: number): number;
  /** Stops listening, or listens again on the same port. */
  setReachable(reachable: boolean): Promise<void>;
}

/** What {@link startOfdKz} is told. */
export interface OfdKzOptions extends EmulatorContext {
  /** `ofd-kz` unless told. */
  readonly name?: string;
  /** Where the operator's wall clock hangs; `Asia/Almaty` unless told. */
  readonly timeZone?: string;
  /** Registers that are there from the start. */
  readonly devices?: readonly OfdKzDeviceOptions[];
  /** What NOMENCLATURE finds by a barcode. */
  readonly catalogue?: readonly OfdKzProduct[];
  /** Whether a line's barcode must be in the catalogue (code 18 of 2.0.3); not unless told. */
  readonly strictCatalogue?: boolean;
  /** Who may sign in by AUTH; everybody unless told. */
  readonly operators?: readonly OfdKzOperator[];
  readonly ads?: readonly OfdKzAd[];
  /** Serves the page behind a QR, its JSON and the cabinet over HTTP on loopback; not unless told. */
  readonly site?: boolean;
  /** Where a buyer checks a ticket; the site where there is one, `http://consumer.oofd.kz` otherwise. */
  readonly checkUrl?: string;
  /** Models that the tax office registers; `E-KACCA` alone unless told. */
  readonly models?: readonly string[];
  /** Milliseconds from a signed application to the tax office's decision; 15 minutes unless told. */
  readonly decisionMs?: number;
  /** How many tickets of a device are kept, the newest; 100000 unless told. */
  readonly keepTickets?: number;
}

type Message = KzFrame['message'];

const documents = new Set(['TICKET', 'CLOSE_SHIFT', 'MONEY_PLACEMENT']);

/**
 * Starts an operator of Kazakhstan on TCP, for devices of 2.0.2 and 2.0.3.
 *
 * Each device has a ledger: the issued token, the last accepted request with its answer, drawer and shift. A document is counted when
 * its token is the issued one and its request number a new one; the same token and number again get the stored answer, whatever happened
 * since. Service commands look at the token alone, REPORT at nothing. A refused document leaves the ledger as it was. What was made
 * without the operator must lie within its period and within 72 hours, in order, with an autonomous number that its day has not seen; Z
 * and X reports are held against what was counted, and differences noted in `findings`.
 *
 * *Ours*, since nobody documents it: an error answer carries the request's token; a repeat wins over every other check; a request of
 * an unknown version or application code is not answered; CLOSE_SHIFT answers with its report; offline rules are refused with code 13;
 * paths and JSON of the site, except for `/api/tickets/get-by-url` with `t`, `i`, `f`, `s`.
 *
 * Operations, for faults: the command without `COMMAND_` (`TICKET`, `INFO` …), or `connect`, where any rule closes the connection at once;
 * facts `id`, `reqnum`. `drop` counts nothing, `silent-after-effect` and `disconnect` count and do not answer, `delay` holds the answer
 * back, `refuse` takes a `code` (255 unless told). With `delayMs` every fault holds first: `disconnect` with it is "held, then lost".
 */
export async function startOfdKz(options: OfdKzOptions): Promise<OfdKzHandle> {
  const { clock, seed, name = 'ofd-kz', timeZone = 'Asia/Almaty' } = options;
  const { keepTickets = 100_000, ads = [], operators } = options;
  const random = seededRandom(`${name} ${seed}`);
  const records = createRecorder(name);
  const faults = faultPlan(name, options.faults ?? [], random);
  const devices = new Map<number, DeviceLedger>();
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
    devices.set(device.id, freshLedger(device, token, 1_000_000_000 + randomInt(random, 1_000_000_000)));
    return token;
  };
  for (const device of options.devices ?? []) register(device);
  const ledgerOf = (id: number): DeviceLedger => {
    const ledger = devices.get(id);
    if (ledger === undefined) throw new RangeError(`no device ${id}`);
    return ledger;
  };
  const cabinet = createCabinet({
    clock,
    random,
    decisionMs: options.decisionMs ?? 15 * 60_000,
    models: options.models ?? ['E-KACCA'],
    register,
    isTaken: (serialNumber) => [...devices.values()].some((one) => one.options.serialNumber === serialNumber),
  });

  const service = (ledger: DeviceLedger, { service: asked }: Asked): Message => {
    const { options: device } = ledger;
    const news = ads.filter(
      ({ type, version }) =>
        !(asked?.ticketAdInfos ?? []).some((one) => one.type === type && one.version === version),
    );
    return {
      ...(news.length === 0
        ? {}
        : { ticketAds: news.map(({ type, version, text }) => ({ info: { type, version }, text })) }),
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
          ...(device.taxpayer.addressKk === undefined ? {} : { addressKz: device.taxpayer.addressKk }),
        },
      },
      ...(ledger.lastShift === 0
        ? {}
        : {
            lastDocumentInfo: {
              frShiftNumber: ledger.lastShift,
              printedDocumentNumber: String(ledger.lastNumber),
            },
          }),
    };
  };

  /** The report of the open shift, or that of the last closed one. */
  const report = (ledger: DeviceLedger): Message =>
    ledger.counters.openedAt !== undefined
      ? { report: 'REPORT_X', zxReport: kzReport(ledger.counters, wallClock()) }
      : { report: 'REPORT_Z', zxReport: ledger.lastZ ?? kzReport(ledger.counters, wallClock()) };

  let checkUrl = options.checkUrl ?? 'http://consumer.oofd.kz';
  const link = (ledger: DeviceLedger, ticketNumber: string, { amounts, dateTime }: KzTicket) => {
    const { bills, coins } = amounts.total;
    const sum = `${bills}.${String(coins).padStart(2, '0')}`;
    const time = localOfKz(dateTime).replaceAll(/[-:]/g, '');
    return `${checkUrl}?i=${ticketNumber}&f=${ledger.options.registrationNumber}&s=${sum}&t=${time}`;
  };

  /** The answer to a request. */
  const answer = (request: DecodedKzFrame): Uint8Array => {
    const { header, message } = request;
    const asked = message as unknown as Asked;
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
    const ledger = devices.get(header.id);
    if (ledger === undefined) return reply(1, 'unknown device');
    const missing = missingKzField(header.version, 'request', message);
    if (missing !== undefined) return reply(3, `${missing} is missing`);
    const { last } = ledger;
    const isDocument = documents.has(operation);
    if (isDocument && last?.token === header.token && last.reqnum === header.reqnum) {
      if (last.command !== operation) return reply(9, 'another command under this number');
      ledger.repeats += 1;
      return last.answer;
    }
    if (ledger.state === 'deregistered') return reply(15, 'deregistered');
    if (operation === 'REPORT') {
      const own = report(ledger);
      compareReport(ledger, asked.report?.zxReport, own.zxReport as Message, wallClock());
      return reply(0, 'OK', { report: own });
    }
    if (ledger.token !== header.token) return reply(2, 'Invalid token');
    if (ledger.state === 'blocked')
      return reply(15, 'blocked', {
        service: {
          ticketAds: [{ info: { type: 'TICKET_AD_INFO', version: '1' }, text: 'Касса заблокирована' }],
        },
      });
    switch (operation) {
      case 'SYSTEM':
        return reply(0, 'OK', { service: service(ledger, asked) });
      case 'INFO':
        return reply(0, 'OK', { report: report(ledger), service: service(ledger, asked) });
      case 'AUTH':
        return reply(0, 'OK', { auth: signedIn(asked) });
      case 'NOMENCLATURE':
        return reply(0, 'OK', { nomenclature: nomenclature(asked) });
    }
    if (!isDocument) return reply(5, 'unsupported command');
    if (last?.reqnum === header.reqnum) return reply(8, 'the request number was used');
    const done = book(ledger, operation, asked, {
      version: header.version,
      now: wallClock(),
      catalogue: options.strictCatalogue === true ? catalogue : undefined,
      keepTickets,
      link: ({ ticketNumber, ticket }) => link(ledger, ticketNumber, ticket),
      nextStep: () => 1 + randomInt(random, 1000),
    });
    if ('refusal' in done) return reply(done.refusal.code, done.refusal.text);
    const token = freshToken(random, ledger.token);
    const bytes = reply(0, 'OK', { ...done.members, service: service(ledger, asked) }, token);
    ledger.token = token;
    ledger.last = { token: header.token, reqnum: header.reqnum, command: operation, answer: bytes };
    return bytes;
  };

  const signedIn = ({ auth }: Asked): Message => {
    if (operators === undefined) return { result: 'RESULT_TYPE_OK', operatorCode: 1, operatorName: 'Кассир' };
    const known = operators.find(
      ({ login, password }) => login === auth?.login && password === auth.password,
    );
    if (known === undefined) return { result: 'RESULT_TYPE_INVALID_LOGIN_PASSWORD' };
    const { code, name: operatorName, roles = ['USER_ROLE_PAYMASTER'] } = known;
    return { result: 'RESULT_TYPE_OK', operatorCode: code, operatorName, roles: [...roles] };
  };

  const nomenclature = ({ nomenclature: asked }: Asked): Message => {
    if (asked?.barcode === undefined) return { version: 1, result: 'RESULT_TYPE_VERSION_IS_ACTUAL' };
    const product = catalogue?.get(asked.barcode);
    if (product === undefined) return { version: 1, result: 'RESULT_TYPE_ELEMENT_NOT_FOUND_BY_BARCODE' };
    const { barcode, ntin, title, titleKk, isMarked = false, isSocial = false } = product;
    return {
      version: 1,
      result: 'RESULT_TYPE_OK',
      elements: [
        {
          type: 'ITEM',
          title,
          titleKk,
          id: '1',
          item: { barcode, ntin, isMarkedeac: isMarked, isSocial },
        },
      ],
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
    if (fault?.delayMs !== undefined && fault.do !== 'delay') await sleep(clock, fault.delayMs);
    await deliver(channel, reply, fault, { clock, random });
  };

  let listener = await listenTcp(admitting(faults, serve), {
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  const { host, port } = listener;
  let isReachable = true;
  const setReachable = async (reachable: boolean) => {
    if (reachable === isReachable) return;
    isReachable = reachable;
    if (reachable) listener = await listenTcp(admitting(faults, serve), { host, port });
    else await listener.close();
  };
  const act: Parameters<typeof createSite>[0]['act'] = (id, action) => {
    const ledger = ledgerOf(id);
    if (action !== 'reset-token') {
      ledger.state = action === 'block' ? 'blocked' : action === 'unblock' ? 'active' : 'deregistered';
      return undefined;
    }
    ledger.token = freshToken(random, ledger.token);
    ledger.last = undefined;
    return ledger.token;
  };
  const find = (registrationNumber: string, sign: string) => {
    const ledger = [...devices.values()].find((one) => one.options.registrationNumber === registrationNumber);
    const entry = ledger?.tickets.find(
      ({ ticketNumber, ticket }) =>
        ticketNumber === sign || (sign !== '' && String(ticket.offlineTicketNumber) === sign),
    );
    return ledger === undefined || entry === undefined ? undefined : { device: viewOf(ledger), entry };
  };
  const site =
    options.site === true
      ? await serveHttp(
          createSite({ cabinet, faults, device: (id) => viewOf(ledgerOf(id)), find, act, setReachable })
            .fetch,
          { host, port: 0 },
        ).catch(async (error: unknown) => {
          await listener.close();
          throw error;
        })
      : undefined;
  if (site !== undefined && options.checkUrl === undefined) checkUrl = `${site.url}/`;

  return {
    name,
    addresses: [...(site === undefined ? [] : [{ url: site.url }]), { host, port }],
    records,
    faults,
    cabinet,
    siteUrl: site?.url,
    register,
    device: (id) => viewOf(ledgerOf(id)),
    devices: () => [...devices.values()].map(viewOf),
    block: (id) => void act(id, 'block'),
    unblock: (id) => void act(id, 'unblock'),
    deregister: (id) => void act(id, 'deregister'),
    resetToken: (id) => act(id, 'reset-token') as number,
    setReachable,
    async stop() {
      await listener.close();
      await site?.close();
    },
  };
}

function freshToken(random: Random, before: number): number {
  for (;;) {
    const token = random.uint32();
    if (token !== 0 && token !== before) return token;
  }
}
