import { Hono } from 'hono';
import { serveHttp } from '../kernel/http-server.js';
import type { EmulatorHandle } from '../kernel/index.js';
import { type AcquirerHost, type AcquirerOptions, createAcquirer } from './acquirer.js';

/** A running acquirer: {@link AcquirerHost} with an HTTP end that only reads. */
export interface Acquirer extends AcquirerHost, EmulatorHandle {
  readonly url: string;
}

/**
 * Starts the acquirer with its HTTP end, so that other processes can look into it: `GET /` (who it is), `GET /operations`,
 * `GET /clearing`. Card numbers are masked; nothing can be changed over HTTP.
 *
 * @throws ElcertError `LISTEN_FAILED` (`not-sent`)
 */
export async function startAcquirer(options: AcquirerOptions): Promise<Acquirer> {
  const host = createAcquirer(options);
  const app = new Hono();
  app.get('/', (c) =>
    c.json({
      name: 'acquirer',
      merchant: options.scenario.merchant.id,
      operations: host.operations().length,
      waitingForClearing: host.clearing().length,
    }),
  );
  app.get('/operations', (c) => c.json({ operations: host.operations() }));
  app.get('/clearing', (c) => c.json({ clearing: host.clearing() }));
  const server = await serveHttp(app.fetch, { host: options.host ?? '127.0.0.1', port: options.port ?? 0 });
  const { url } = server;
  return {
    ...host,
    name: 'acquirer',
    url,
    addresses: [{ url }],
    stop: () => server.close(),
  };
}
