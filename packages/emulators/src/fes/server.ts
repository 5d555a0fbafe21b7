import { once, setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Random, seededRandom, sleep } from '@elcert/core';
import type { FesWireProfile } from '@elcert/fes-client';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { serveHttp } from '../kernel/http-server.js';
import {
  createRecorder,
  type EmulatorContext,
  type EmulatorHandle,
  faultPlan,
  type Scenario,
} from '../kernel/index.js';
import { createControls } from './control.js';
import { createFesResponder, type FesHttpAnswer } from './responder.js';
import { createFesState, type FesRules, type FesState } from './state.js';

/** How {@link startFes} is told what world it belongs to. */
export interface FesEmulatorOptions extends EmulatorContext {
  /** `defaultScenario` of the seed unless told. */
  readonly scenario?: Scenario;
  readonly rules?: Partial<FesRules>;
  /** Both assumed profiles unless told. */
  readonly profiles?: readonly FesWireProfile[];
  /** Books that exist already, e.g. shared with another end; then `scenario` and `rules` are theirs. */
  readonly state?: FesState;
}

/** A running FES. */
export interface FesEmulator extends EmulatorHandle, FesState {
  /** Base address for a client: `http://127.0.0.1:40123`. */
  readonly url: string;
}

/** Longest body that is read. */
const maxBody = 256 * 1024;

interface Bindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Puts an answer on the wire the way a fault asks, and returns what hono is to do with the rest. */
async function deliver(
  answer: FesHttpAnswer,
  { outgoing }: Bindings,
  state: FesState,
  random: Random,
  stopped: AbortSignal,
): Promise<Response> {
  const { fault, status, contentType } = answer;
  const whole = (body: Uint8Array) =>
    new Response(body.slice(), { status, headers: { 'content-type': contentType, ...answer.headers } });
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
      const kept = Math.min(fault.keepBytes ?? answer.body.length >> 1, answer.body.length - 1);
      outgoing.writeHead(status, { 'content-type': contentType, 'content-length': answer.body.length });
      // Only when the half has gone out is the connection broken, so that the reader sees it.
      await new Promise<void>((resolve) => {
        if (kept <= 0) outgoing.flushHeaders();
        outgoing.write(answer.body.subarray(0, Math.max(0, kept)), () => resolve());
      });
      outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    case 'delay':
      try {
        await sleep(state.clock, fault.delayMs ?? 1000, stopped);
      } catch {
        outgoing.destroy();
        return RESPONSE_ALREADY_SENT;
      }
      return whole(answer.body);
    case 'corrupt': {
      const spoiled = answer.body.slice();
      const at = random.uint32() % Math.max(1, spoiled.length);
      spoiled[at] = (spoiled[at] ?? 0) ^ 0x55;
      return whole(spoiled);
    }
    default:
      return whole(answer.body);
  }
}

/**
 * Starts FES over HTTP, on loopback and a free port unless told otherwise.
 *
 * Both assumed profiles are answered. Faults (`at: 'fes'`, `operation` is an operation of FES, facts to match are
 * `cashboxId` and `requestId`):
 *
 * | action | what the till sees |
 * |---|---|
 * | `drop`, `silent-after-effect` | no answer, the connection stays; the second was carried out |
 * | `disconnect`, `cut` | carried out; the connection breaks before the answer, or within it |
 * | `delay` | carried out; the answer comes after `delayMs` |
 * | `corrupt` | carried out; one byte is wrong – or, with `code` `html`, `empty` or `http-5xx`, that instead of the answer |
 * | `refuse` | not carried out; `code` is a result code, or `html`, `empty`, `http-429`, `http-503` … (`delayMs` becomes `Retry-After`) |
 * | `wrong-mac` | not carried out; HTTP 403 |
 *
 * The other actions make no sense over HTTP and do nothing.
 *
 * Beside FES, the same port takes control of the emulator, without keys and therefore from this machine only: `POST
 * /_control/<name of a handle>` with its arguments as a JSON object (`{"state":"active"}`), `addFaults` with `rules`,
 * `clearFaults`; `GET /_control/baskets`, `receipts`, `certificates`, `programmes`,
 * `records`, `faults`.
 *
 * @throws ElcertError `LISTEN_FAILED` (`not-sent`)
 * @example
 * ```ts
 * const clock = systemClock();
 * const fes = await startFes({ clock, seed: 1, ledger: createLedger() });
 * const { merchant, cashbox } = fes.scenario;
 * const client = createFesClient({
 *   baseUrl: fes.url,
 *   profile: assumedV1,
 *   cashboxId: cashbox.id,
 *   credentials: { apiKey: merchant.apiKey, macKey: cashbox.macKey },
 * });
 * await client.echo();
 * await fes.stop();
 * ```
 */
export async function startFes(options: FesEmulatorOptions): Promise<FesEmulator> {
  const { clock, seed, host = '127.0.0.1', port = 0 } = options;
  const records = createRecorder('fes');
  const faults = faultPlan('fes', options.faults ?? [], seededRandom(`fes faults ${seed}`));
  const random = seededRandom(`fes corruption ${seed}`);
  const state = options.state ?? createFesState(options);
  const respond = createFesResponder({
    state,
    faults,
    records,
    ...(options.profiles === undefined ? {} : { profiles: options.profiles }),
  });
  state.onMovement((operation, { basketId, operationId, certificate, own }, answer) => {
    records.add({
      at: clock.now(),
      direction: 'note',
      operation,
      facts: { basketId, operationId, certificate, own, answer },
    });
  });

  const stopped = new AbortController();
  // One listener for each answer that is being delayed.
  setMaxListeners(0, stopped.signal);
  const app = new Hono<{ Bindings: Bindings }>();
  app.use(
    bodyLimit({
      maxSize: maxBody,
      onError: (context) =>
        context.json({ result: { code: 9018, description: 'the body is too long' } }, 413),
    }),
  );
  const controls = createControls(state, faults);
  app.use('/_control/*', async ({ env, json }, next) => {
    const from = env.incoming.socket.remoteAddress ?? '';
    if (!/^(?:::ffff:)?127\.|^::1$/.test(from))
      return json({ error: 'control is for this machine only' }, 403);
    return next();
  });
  app.get('/_control/:view', ({ req, json }) => {
    const views: Readonly<Record<string, () => unknown>> = {
      baskets: state.baskets,
      receipts: state.receipts,
      certificates: state.certificates,
      programmes: state.programmes,
      records: () => records.entries,
      faults: () => faults.rules,
    };
    const name = req.param('view');
    const view = Object.hasOwn(views, name) ? views[name] : undefined;
    return view === undefined ? json({ error: `no view ${name}` }, 404) : json(view());
  });
  app.post('/_control/:command', async ({ req, json }) => {
    const name = req.param('command');
    const command = Object.hasOwn(controls, name) ? controls[name] : undefined;
    if (command === undefined) return json({ error: `no command ${name}` }, 404);
    try {
      const body = await req.text();
      const args: unknown = body === '' ? {} : JSON.parse(body);
      if (typeof args !== 'object' || args === null || Array.isArray(args))
        return json({ error: 'arguments are a JSON object' }, 400);
      return json({ ok: true, ...(command(args as Record<string, unknown>) ?? {}) });
    } catch (error) {
      return json({ error: error instanceof Error ? error.message : String(error) }, 400);
    }
  });
  app.all('*', async (context) => {
    const { req, env } = context;
    const url = new URL(req.url);
    const answer = respond({
      verb: req.method,
      path: url.pathname,
      query: url.search,
      header: (name) => req.header(name),
      body: new Uint8Array(await req.arrayBuffer()),
    });
    return deliver(answer, env, state, random, stopped.signal);
  });

  const server = await serveHttp(app.fetch, { host, port });
  const { url } = server;
  return {
    ...state,
    name: 'fes',
    url,
    addresses: [{ url }],
    records,
    faults,
    async stop() {
      stopped.abort();
      await server.close();
    },
  };
}
