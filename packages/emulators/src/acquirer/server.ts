import type { AddressInfo } from 'node:net';
import { ElcertError } from '@elcert/core';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
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
  const hostname = options.host ?? '127.0.0.1';
  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const one = serve({ fetch: app.fetch, hostname, port: options.port ?? 0 }, () => resolve(one));
    one.once('error', (cause: unknown) =>
      reject(
        new ElcertError({
          code: 'LISTEN_FAILED',
          message: `cannot listen on ${hostname}:${options.port ?? 0}`,
          outcome: 'not-sent',
          cause,
        }),
      ),
    );
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
  return {
    ...host,
    name: 'acquirer',
    url,
    addresses: [{ url }],
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}
