import { Hono } from 'hono';
import { serveHttp } from '../kernel/http-server.js';
import type { EmulatorHandle } from '../kernel/index.js';
import { createAcquirer } from './acquirer.js';
import { formatClearingFile } from './clearing.js';
import type { AcquirerHost, AcquirerOptions } from './types.js';

/** A running acquirer: {@link AcquirerHost} with an HTTP end that only reads. */
export interface Acquirer extends AcquirerHost, EmulatorHandle {
  readonly url: string;
}

/**
 * Starts the acquirer with its HTTP end, so that other processes can look into it: `GET /` (who it is), `GET /operations`,
 * `GET /clearing` (what waits), `GET /clearing/files` and `GET /clearing/files/1` (files of closed days, one as text), `GET /balances`. Card numbers are masked; nothing can be changed over HTTP.
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
  app.get('/clearing/files', (c) =>
    c.json({
      files: host.clearingFiles().map(({ entries, ...file }) => ({ ...file, entries: entries.length })),
    }),
  );
  app.get('/clearing/files/:number', (c) => {
    const file = host.clearingFiles().find(({ number }) => String(number) === c.req.param('number'));
    return file === undefined ? c.notFound() : c.text(formatClearingFile(file));
  });
  app.get('/balances', (c) => c.json({ balances: host.balances() }));
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
