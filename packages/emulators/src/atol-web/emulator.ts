import { once, setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type FetchLike, type Kopecks, type Random, seededRandom, sleep } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import {
  type AtolVersion,
  atolPaths,
  decodeAtolRequest,
  encodeAtolAnswers,
  isAtolCodecError,
  maxAtolBody,
} from '@elcert/device-drivers/atol';
import { type ExchangeAgent, startExchangeAgent } from '@elcert/ofd-transport/ru';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import {
  createEmulatedFn,
  type EmulatedFn,
  type FnRegistration,
  fnMessageSource,
  registrationNumber,
} from '../fn/index.js';
import { serveHttp } from '../kernel/http-server.js';
import {
  createRecorder,
  type EmulatorContext,
  type EmulatorHandle,
  type FaultRule,
  faultPlan,
  type Scenario,
} from '../kernel/index.js';
import type { AtolQuirks, MarkingService } from './context.js';
import { createAtolDevice } from './device.js';
import { createAtolQueue, type Forced } from './queue.js';
import { AtolRefusal } from './refusal.js';

/** What {@link startAtolWeb} is started with. */
export interface AtolWebEmulatorOptions extends EmulatorContext {
  readonly scenario: Scenario;
  /** Operator of fiscal data that the register delivers to by itself; without it documents stay in the drive. */
  readonly ofd?: { readonly host: string; readonly port: number } | undefined;
  /** A drive of one's own; unless given, one stands registered for the scenario's merchant, in its fiscal phase. */
  readonly fn?: EmulatedFn | undefined;
  /** Interfaces that are answered; both unless told. */
  readonly versions?: readonly AtolVersion[] | undefined;
  /** Asks for this sign-in. */
  readonly credentials?: { readonly login: string; readonly password: string } | undefined;
  /** Answers with the whole queue whatever uuid was asked for, as some versions of the server do. */
  readonly answersWholeQueue?: boolean | undefined;
  /** Other ways in which versions differ. */
  readonly quirks?: AtolQuirks | undefined;
  /** Stands for the marking service; everything is well unless told. */
  readonly markingService?: MarkingService | undefined;
  /** How long the marking service takes, milliseconds of the clock; 0 unless told. */
  readonly markingDelayMs?: number | undefined;
}

/** A running web server with its register. */
export interface AtolWebEmulator extends EmulatorHandle {
  /** Base address for the driver: `http://127.0.0.1:40123`. */
  readonly url: string;
  /** The same server in memory, without a socket; works on after {@link AtolWebEmulator.stop}, and its faults too. */
  readonly fetch: FetchLike;
  /** The drive that is in it now. */
  readonly fn: EmulatedFn;
  /** Everything printed so far, a string a line. */
  paper(): readonly string[];
  /** Takes the paper out, or puts some in. */
  setPaper(state: 'ok' | 'out'): void;
  /** The tape ends after so many lines more: the document is in the drive, its answer says `notPrinted`. */
  endPaperAfter(lines: number): void;
  openCover(open: boolean): void;
  /** Switches the register off, or on; the web server goes on, and its tasks end with error 2. */
  setPower(on: boolean): void;
  /** Takes the drive out and puts another in: the one given, or a fresh one that waits for its registration. */
  changeDrive(fn?: EmulatedFn): EmulatedFn;
  /** Cash in the drawer, kopecks. */
  drawer(): Kopecks;
  /** Whether the drawer stands open; a person pushes it in. */
  readonly drawerOpen: boolean;
  closeDrawer(): void;
  /** Others' tasks keep the register: what comes in waits until it is let go. */
  holdQueue(held: boolean): void;
  /** Breaks every connection; `forget` loses the queue's history too. The drive keeps what it has. */
  restart(options?: { readonly forget?: boolean }): void;
}

const name = 'atol-web';
const kktSerialNumber = '00106900000001';

/** What faults do to a connection. */
type Wire = Pick<ServerResponse, 'closed' | 'destroy' | 'writeHead' | 'flushHeaders' | 'write'>;

interface Bindings {
  readonly incoming: IncomingMessage | undefined;
  readonly outgoing: Wire;
}

/** A connection of an exchange in memory: whatever is done to it, it is broken afterwards. */
function brokenWire(): Wire {
  const wire: Pick<Wire, 'closed' | 'flushHeaders'> & Record<'destroy' | 'writeHead' | 'write', unknown> = {
    closed: true,
    flushHeaders() {},
    destroy() {},
    writeHead() {},
    write: (_bytes: unknown, written: () => void) => written(),
  };
  return wire as unknown as Wire;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function registrationOf(scenario: Scenario): FnRegistration {
  return {
    kktRegistrationNumber: registrationNumber(2, scenario.merchant.inn, kktSerialNumber),
    kktSerialNumber,
    inn: scenario.merchant.inn,
    userName: scenario.merchant.name,
    address: scenario.merchant.address,
    place: scenario.merchant.place,
    // Every tax system but the abolished one, so that a test may sell under any.
    taxation: 1 | 2 | 4 | 16 | 32,
    ofd: { inn: '7700000016', name: 'Учебный ОФД' },
    cashier: 'СИСТ. АДМИН.',
    senderEmail: 'shop@example.com',
    kktVersion: '5.10.0',
    // Trade in marked products.
    usageConditions: 0x100,
  };
}

function httpCode(rule: FaultRule | undefined): number | undefined {
  const match = /^http-(\d{3})$/.exec(String(rule?.code ?? ''));
  return match === null ? undefined : Number(match[1]);
}

/**
 * Starts ATOL's web server with a register and a drive behind it, on loopback and a free port unless told otherwise. Both interfaces
 * are answered: `/requests` and `/api/v2/requests`. The register delivers its documents itself, to `ofd`.
 *
 * Faults (`at: 'atol-web'`): the operation of a POST is the type of its first task, that of a question `result`, of a removal
 * `delete`; facts to match are `uuid` and, for a question, `type`.
 *
 * | action | what the host sees |
 * |---|---|
 * | `drop` | nothing is queued, no answer |
 * | `silent-after-effect`, `disconnect`, `cut`, `delay`, `corrupt` | carried out; the answer fails in that way (`corrupt` with `code` `http-5xx`: that instead) |
 * | `corrupt` with a number as `code`, on a POST | carried out, and the tasks end with that error all the same |
 * | `duplicate` | the request arrives twice: the second copy is refused with 409, and that is answered |
 * | `refuse` | not carried out: `code` is a number of the driver's list, or `http-4xx`, `http-5xx` |
 * | `wrong-mac` | not carried out; HTTP 401 |
 * | `paper-out`, `cover-open` | the device's own state; the task meets it |
 *
 * The other actions make no sense over HTTP and do nothing. It is a test emulator, not a cash register: its fiscal signs are
 * placeholders and every document says so on paper.
 *
 * @throws ElcertError `LISTEN_FAILED` (`not-sent`)
 * @example
 * ```ts
 * const atol = await startAtolWeb({ clock, seed: 1, ledger, scenario });
 * const register = await openAtolWeb({ baseUrl: atol.url });
 * ```
 */
export async function startAtolWeb(options: AtolWebEmulatorOptions): Promise<AtolWebEmulator> {
  const { clock, seed, scenario, host = '127.0.0.1', port = 0, versions = ['v1', 'v2'] } = options;
  const records = createRecorder(name);
  const faults = faultPlan(name, options.faults, seededRandom(`${name} faults ${seed}`));
  const random: Random = seededRandom(`${name} corruption ${seed}`);
  const first =
    options.fn ??
    createEmulatedFn({
      clock,
      // Two registers of one world have two drives.
      seed: `${name} ${seed}`,
      timeZone: scenario.timeZone,
      registration: registrationOf(scenario),
    });
  let agent: ExchangeAgent | undefined;
  /** Agents of drives that were taken out, on their way to an end. */
  let leaving: Promise<void> = Promise.resolve();
  const release = () => {
    const ended = agent?.stop();
    agent = undefined;
    if (ended !== undefined) leaving = leaving.then(() => ended);
  };
  const device = createAtolDevice({
    fn: first,
    kktSerialNumber: first.registration?.kktSerialNumber ?? kktSerialNumber,
    clock,
    timeZone: scenario.timeZone,
    quirks: options.quirks,
    markingService: options.markingService,
    markingDelayMs: options.markingDelayMs,
  });
  const { state } = device;

  const deliver = () => {
    const { ofd } = options;
    const { fn } = state;
    if (ofd === undefined || !state.powered || fn.status().unsentDocuments === 0) return;
    // Begun with the first document of this run: a register that is not used bothers no operator.
    agent ??= startExchangeAgent(fnMessageSource(fn), {
      connect: ({ signal }) => openTcp({ ...ofd, ...(signal === undefined ? {} : { signal }) }),
      clock,
      timeZone: scenario.timeZone,
      onEvent: (event) => {
        const { type } = event;
        if (type === 'failed')
          state.exchange = {
            // What a person reads on the exchange report: nobody could be reached, or the operator said no.
            code: event.error.outcome === 'refused' ? 411 : 402,
            description: event.error.message,
            documentNumber: fn.status().firstUnsentNumber ?? 0,
          };
        if (type === 'delivered') {
          state.exchange = undefined;
          state.lastExchangeAt = device.context.zoned(device.context.now());
        }
        records.add({ at: clock.now(), direction: 'note', operation: 'ofd', facts: { type } });
      },
    });
    agent.wake();
  };

  const queue = createAtolQueue(
    (task) => {
      const before = state.fn.status().lastFiscalDocumentNumber;
      try {
        return device.execute(task);
      } finally {
        if (state.fn.status().lastFiscalDocumentNumber > before) deliver();
      }
    },
    (task, uuid, { status, errorCode }) =>
      records.add({
        at: clock.now(),
        direction: 'note',
        operation: 'task',
        facts: {
          type: String(task.type),
          uuid,
          status,
          errorCode,
          fiscalDocumentNumber: state.fn.status().lastFiscalDocumentNumber,
        },
      }),
  );

  const stopped = new AbortController();
  // One listener for each answer that is being delayed.
  setMaxListeners(0, stopped.signal);

  /** Sends an answer, spoiled as its fault asks. */
  const send = async (
    operation: string,
    { status, body }: Answer,
    fault: FaultRule | undefined,
    { outgoing }: Bindings,
  ): Promise<Response> => {
    records.add({ at: clock.now(), direction: 'out', operation, facts: { status } });
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const whole = (content: Uint8Array<ArrayBuffer>, code = status) =>
      new Response(content, { status: code, headers });
    switch (fault?.do) {
      case 'drop':
      case 'silent-after-effect':
        // The connection stays until the other side closes it, or the emulator's end does.
        if (!outgoing.closed) await once(outgoing as ServerResponse, 'close');
        return RESPONSE_ALREADY_SENT;
      case 'disconnect':
        outgoing.destroy();
        return RESPONSE_ALREADY_SENT;
      case 'cut': {
        const kept = Math.min(fault.keepBytes ?? bytes.length >> 1, bytes.length - 1);
        outgoing.writeHead(status, { ...headers, 'content-length': bytes.length });
        await new Promise<void>((resolve) => {
          if (kept <= 0) outgoing.flushHeaders();
          outgoing.write(bytes.subarray(0, Math.max(0, kept)), () => resolve());
        });
        outgoing.destroy();
        return RESPONSE_ALREADY_SENT;
      }
      case 'delay':
        try {
          await sleep(clock, fault.delayMs ?? 1000, stopped.signal);
        } catch {
          outgoing.destroy();
          return RESPONSE_ALREADY_SENT;
        }
        return whole(bytes);
      case 'corrupt': {
        const code = httpCode(fault);
        if (code !== undefined) return whole(new TextEncoder().encode('<html></html>'), code);
        const spoiled = bytes.slice();
        const at = random.uint32() % Math.max(1, spoiled.length);
        spoiled[at] = (spoiled[at] ?? 0) ^ 0x55;
        return whole(spoiled);
      }
      default:
        return whole(bytes);
    }
  };

  const app = new Hono<{ Bindings: Bindings }>();
  app.use(
    bodyLimit({ maxSize: maxAtolBody, onError: (context) => context.json({ error: 'too long' }, 413) }),
  );
  const { credentials } = options;
  const wanted =
    credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${credentials.login}:${credentials.password}`).toString('base64')}`;
  app.use(async (context, next) => {
    if (wanted !== undefined && context.req.header('authorization') !== wanted)
      return context.json({ error: 'unauthorized' }, 401);
    return next();
  });

  /** Faults that stand in for the answer. @returns nothing when the request goes on */
  const instead = (fault: FaultRule | undefined): Answer | undefined => {
    if (fault?.do === 'wrong-mac') return { status: 401, body: { error: 'unauthorized' } };
    const code = fault?.do === 'refuse' ? httpCode(fault) : undefined;
    return code === undefined ? undefined : { status: code, body: { error: 'refused' } };
  };

  for (const version of versions) {
    const root = atolPaths[version];

    app.post(root, async (context) => {
      let request: ReturnType<typeof decodeAtolRequest>;
      try {
        request = decodeAtolRequest(new Uint8Array(await context.req.arrayBuffer()));
      } catch (error) {
        if (!isAtolCodecError(error)) throw error;
        return send('POST', { status: 400, body: { error: error.message } }, undefined, context.env);
      }
      const { uuid, tasks } = request;
      const operation = String(tasks[0]?.type ?? '');
      const fault = faults.strike(operation, { uuid });
      records.add({
        at: clock.now(),
        direction: 'in',
        operation,
        facts: { uuid, version, tasks: tasks.map(({ type }) => String(type)) },
      });
      if (fault?.do === 'drop') return send(operation, { status: 201, body: {} }, fault, context.env);
      const other = instead(fault);
      if (other !== undefined) return send(operation, other, undefined, context.env);
      if (fault?.do === 'paper-out') device.paper.setPaper('out');
      if (fault?.do === 'cover-open') device.paper.setCover(true);
      const forced: Forced | undefined =
        fault?.do === 'refuse'
          ? { code: Number(fault.code ?? 15), carriedOut: false }
          : fault?.do === 'corrupt' && typeof fault.code === 'number'
            ? { code: fault.code, carriedOut: true }
            : undefined;
      let fresh = queue.put(uuid, tasks, forced);
      if (fault?.do === 'duplicate') fresh = queue.put(uuid, tasks);
      const answer: Answer = fresh
        ? { status: 201, body: { uuid } }
        : { status: 409, body: { error: { code: 409, description: 'uuid is known' } } };
      // The error is in the queue: the answer itself arrives.
      return send(operation, answer, forced?.carriedOut === true ? undefined : fault, context.env);
    });

    app.get(`${root}/:uuid`, async (context) => {
      const uuid = context.req.param('uuid');
      const request = queue.requests.get(uuid);
      const fault = faults.strike('result', { uuid, type: String(request?.tasks[0]?.type ?? '') });
      records.add({ at: clock.now(), direction: 'in', operation: 'result', facts: { uuid, version } });
      const other = instead(fault);
      if (other !== undefined) return send('result', other, undefined, context.env);
      let answer: Answer;
      if (options.answersWholeQueue === true) {
        const body = [...queue.requests.values()].map((one) => ({
          uuid: one.uuid,
          ...encodeAtolAnswers(version, one.answers),
        }));
        answer = { status: 200, body };
      } else if (request === undefined) answer = { status: 404, body: { error: 'not found' } };
      else answer = { status: 200, body: encodeAtolAnswers(version, request.answers) };
      return send('result', answer, fault, context.env);
    });

    if (version !== 'v2') continue;
    app.delete(`${root}/:uuid`, async (context) => {
      const uuid = context.req.param('uuid');
      const fault = faults.strike('delete', { uuid });
      records.add({ at: clock.now(), direction: 'in', operation: 'delete', facts: { uuid, version } });
      const other = instead(fault);
      if (other !== undefined) return send('delete', other, undefined, context.env);
      const removed = fault?.do === 'drop' ? 'removed' : queue.remove(uuid);
      const status = removed === 'removed' ? 200 : removed === 'unknown' ? 404 : 409;
      return send('delete', { status, body: {} }, fault, context.env);
    });
    app.get('/api/v2/deviceInfo', (context) => {
      try {
        return context.json(device.execute({ type: 'getDeviceInfo' }));
      } catch (error) {
        if (!(error instanceof AtolRefusal)) throw error;
        return context.json({ error: { code: error.code, description: error.message } }, 500);
      }
    });
  }

  const inMemory: FetchLike = async (target, { method, headers, body }) => {
    const request = new Request(target, { method, headers, ...(body === undefined ? {} : { body }) });
    const answer = await app.fetch(request, { incoming: undefined, outgoing: brokenWire() });
    // What answers by breaking the connection.
    if (answer === RESPONSE_ALREADY_SENT) throw Object.assign(new Error('broken'), { code: 'ECONNRESET' });
    return answer;
  };
  const server = await serveHttp(app.fetch, { host, port });
  const { url } = server;
  return {
    name,
    url,
    fetch: inMemory,
    addresses: [{ url }],
    records,
    faults,
    get fn() {
      return state.fn;
    },
    paper: () => device.paper.lines,
    setPaper: (state) => device.paper.setPaper(state),
    endPaperAfter: (lines) => device.paper.endAfter(lines),
    openCover: (open) => device.paper.setCover(open),
    setPower(on) {
      state.powered = on;
      if (on) deliver();
      else release();
    },
    changeDrive(
      next = createEmulatedFn({
        clock,
        seed: `${name} ${seed} after ${state.fn.fiscalDriveNumber}`,
        timeZone: scenario.timeZone,
      }),
    ) {
      release();
      state.fn = next;
      state.registration ??= next.registration;
      return next;
    },
    drawer: () => state.drawer,
    get drawerOpen() {
      return state.drawerOpen;
    },
    closeDrawer() {
      state.drawerOpen = false;
    },
    holdQueue: (held) => queue.hold(held),
    restart({ forget = false } = {}) {
      server.breakConnections();
      if (forget) queue.forget();
    },
    async stop() {
      stopped.abort();
      release();
      await leaving;
      await server.close();
    },
  };
}
