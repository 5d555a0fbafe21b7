import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { seededRandom, sleep } from '@elcert/core';
import {
  decodeDualConnectorRequest,
  encodeDualConnectorAnswer,
  type InpasFields,
  inpasField,
  inpasNumber,
  inpasOperations,
  redactInpas,
} from '@elcert/device-drivers/inpas';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { serveHttp } from '../kernel/http-server.js';
import { createRecorder, type EmulatorHandle, type FaultRule, faultPlan } from '../kernel/index.js';
import { createInpasPad, type InpasPadOptions } from './pad.js';
import type { InpasTerminalControls } from './sa.js';

/** A running DualConnector with a terminal behind it. */
export interface DualConnectorEmulator extends EmulatorHandle, InpasTerminalControls {
  readonly url: string;
}

const name = 'dualconnector';

/**
 * Starts INPAS's DualConnector service with a terminal behind it: `POST /` with `<request>`, answers in windows-1251. Operations of
 * {@link FaultRule}s are operation codes (`1`, `29`, `121`); `nak` is an error of the service (`<errorcode>`), before any effect.
 *
 * @throws ElcertError `LISTEN_FAILED` (`not-sent`)
 */
export async function startDualConnector(options: InpasPadOptions): Promise<DualConnectorEmulator> {
  const { clock, acquirer } = options;
  const random = seededRandom(`${name} faults ${options.seed}`);
  const records = createRecorder(name);
  const faults = faultPlan(name, options.faults, random);
  const pad = createInpasPad(name, options);
  const giveUp = new AbortController();
  const stopped = new Promise<void>((resolve) =>
    giveUp.signal.addEventListener('abort', () => resolve(), { once: true }),
  );

  const body = (bytes: Uint8Array<ArrayBuffer>) =>
    new Response(bytes, { headers: { 'content-type': 'text/xml; charset=windows-1251' } });
  const failed = (code: string, text: string) =>
    body(encodeDualConnectorAnswer({ type: 'error', code, text }));
  const shown = (fields: InpasFields) => Object.fromEntries(redactInpas(fields));
  /** Breaks the connection, after a part of the answer if there is one. */
  const hangUp = async (outgoing: ServerResponse, kept?: Uint8Array): Promise<Response> => {
    if (kept !== undefined) {
      outgoing.writeHead(200, { 'content-type': 'text/xml', 'content-length': kept.length + 1 });
      // Only when it has gone out is the connection broken, so that the reader sees it.
      await new Promise<void>((resolve) => outgoing.write(kept, () => resolve()));
    }
    outgoing.destroy();
    return RESPONSE_ALREADY_SENT;
  };

  const answer = async (
    fields: InpasFields,
    fault: FaultRule | undefined,
    outgoing: ServerResponse,
  ): Promise<Response> => {
    const operation = inpasField(fields, 'operationCode') ?? '?';
    if (inpasNumber(fields, 'operationCode') === inpasOperations.interrupt.code) {
      pad.interrupt();
      return body(encodeDualConnectorAnswer({ type: 'fields', fields }));
    }
    if (fault?.do === 'nak') return failed('4', 'REQUEST_ERROR');
    if (fault?.do === 'drop') return hangUp(outgoing);
    const reply = await pad.perform(
      fields,
      { wait: async () => {}, authorize: async (request) => acquirer.authorize(request) },
      fault,
    );
    records.add({
      at: clock.now(),
      direction: 'out',
      operation,
      facts: { ...shown(reply), ...(fault === undefined ? {} : { fault: fault.do }) },
    });
    const bytes = encodeDualConnectorAnswer({ type: 'fields', fields: reply });
    switch (fault?.do) {
      case 'silent-after-effect':
        // Until the till gives up, or the emulator is stopped.
        if (!outgoing.closed) await Promise.race([once(outgoing, 'close'), stopped]);
        return hangUp(outgoing);
      case 'disconnect':
        return hangUp(outgoing);
      case 'cut':
        return hangUp(outgoing, bytes.subarray(0, fault.keepBytes ?? bytes.length >> 1));
      case 'delay':
        await sleep(clock, fault.delayMs ?? 1000, giveUp.signal).catch(() => {});
        return body(bytes);
      case 'corrupt': {
        const spoiled = bytes.slice();
        spoiled[spoiled.indexOf(0x3c, 60)] = 0x3e;
        return body(spoiled);
      }
      default:
        return body(bytes);
    }
  };

  const app = new Hono<{ Bindings: { readonly outgoing: ServerResponse } }>();
  app.post('/', async (c) => {
    let fields: InpasFields;
    try {
      ({ fields } = decodeDualConnectorRequest(new Uint8Array(await c.req.arrayBuffer())));
    } catch {
      return failed('4', 'REQUEST_ERROR');
    }
    const operation = inpasField(fields, 'operationCode') ?? '?';
    records.add({ at: clock.now(), direction: 'in', operation, facts: shown(fields) });
    return answer(fields, faults.strike(operation, Object.fromEntries(fields)), c.env.outgoing);
  });
  const server = await serveHttp(app.fetch, { host: options.host ?? '127.0.0.1', port: options.port ?? 0 });
  const url = `${server.url}/`;
  return {
    name,
    url,
    addresses: [{ url }],
    records,
    faults,
    terminalId: pad.terminalId,
    presentCard: pad.presentCard,
    behave: pad.behave,
    enterPin: pad.enterPin,
    operations: pad.operations,
    async stop() {
      pad.stop();
      giveUp.abort();
      await server.close();
    },
  };
}
