import { once, setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Kopecks, type Random, seededRandom, sleep } from '@elcert/core';
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
import { createAtolDevice } from './device.js';
import { createAtolQueue } from './queue.js';

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
}

/** A running web server with its register. */
export interface AtolWebEmulator extends EmulatorHandle {
  /** Base address for the driver: `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly fn: EmulatedFn;
  /** Everything printed so far, a string a line. */
  paper(): readonly string[];
  /** Takes the paper out, or puts some in. */
  setPaper(state: 'ok' | 'out'): void;
  /** The tape ends after so many lines more: the document is in the drive, its answer says `notPrinted`. */
  endPaperAfter(lines: number): void;
  openCover(open: boolean): void;
  /** Cash in the drawer, kopecks. */
  drawer(): Kopecks;
  /** Others' tasks keep the register: what comes in waits until it is let go. */
  holdQueue(held: boolean): void;
  /** Breaks every connection; `forget` loses the queue's history too. The drive keeps what it has. */
  restart(options?: { readonly forget?: boolean }): void;
}

const name = 'atol-web';

interface Bindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function registrationOf(scenario: Scenario): FnRegistration {
  const kktSerialNumber = '00106900000001';
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
    usageConditions: 0,
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
  const fn =
    options.fn ??
    createEmulatedFn({
      clock,
      // Two registers of one world have two drives.
      seed: `${name} ${seed}`,
      timeZone: scenario.timeZone,
      registration: registrationOf(scenario),
    });
  const device = createAtolDevice({ fn, clock, timeZone: scenario.timeZone });

  let agent: ExchangeAgent | undefined;
  const deliver = () => {
    const { ofd } = options;
    if (ofd === undefined) return;
    // Begun with the first document of this run: a register that is not used bothers no operator.
    agent ??= startExchangeAgent(fnMessageSource(fn), {
      connect: ({ signal }) => openTcp({ ...ofd, ...(signal === undefined ? {} : { signal }) }),
      clock,
      timeZone: scenario.timeZone,
      onEvent: ({ type }) =>
        records.add({ at: clock.now(), direction: 'note', operation: 'ofd', facts: { type } }),
    });
    agent.wake();
  };

  const queue = createAtolQueue(
    (task) => {
      const before = fn.status().lastFiscalDocumentNumber;
      try {
        return device.execute(task);
      } finally {
        if (fn.status().lastFiscalDocumentNumber > before) deliver();
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
          fiscalDocumentNumber: fn.status().lastFiscalDocumentNumber,
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
        if (!outgoing.closed) await once(outgoing, 'close');
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
      const forced = fault?.do === 'refuse' ? Number(fault.code ?? 15) : undefined;
      let fresh = queue.put(uuid, tasks, forced);
      if (fault?.do === 'duplicate') fresh = queue.put(uuid, tasks);
      const answer: Answer = fresh
        ? { status: 201, body: { uuid } }
        : { status: 409, body: { error: { code: 409, description: 'uuid is known' } } };
      return send(operation, answer, fault, context.env);
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
    app.get('/api/v2/deviceInfo', (context) => context.json(device.execute({ type: 'getDeviceInfo' })));
  }

  const server = await serveHttp(app.fetch, { host, port });
  const { url } = server;
  return {
    name,
    url,
    addresses: [{ url }],
    records,
    faults,
    fn,
    paper: () => device.paper.lines,
    setPaper: (state) => device.paper.setPaper(state),
    endPaperAfter: (lines) => device.paper.endAfter(lines),
    openCover: (open) => device.paper.setCover(open),
    drawer: () => device.drawer,
    holdQueue: (held) => queue.hold(held),
    restart({ forget = false } = {}) {
      server.breakConnections();
      if (forget) queue.forget();
    },
    async stop() {
      stopped.abort();
      await agent?.stop();
      await server.close();
    },
  };
}
