import { ElcertError } from '@elcert/core';
import { createAdaptorServer } from '@hono/node-server';

/** A listening HTTP end. */
export interface HttpServer {
  /** `http://127.0.0.1:40123` */
  readonly url: string;
  /** Cuts every connection that is open; new ones are taken. */
  breakConnections(): void;
  /** Stops listening and cuts what is open. May be called again. */
  close(): Promise<void>;
}

/**
 * Serves a hono app. Not exported by the kernel's index: an emulator without HTTP loads no HTTP server.
 *
 * @throws ElcertError `LISTEN_FAILED` (`not-sent`)
 */
export async function serveHttp(
  fetch: Parameters<typeof createAdaptorServer>[0]['fetch'],
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch, hostname: host });
  await new Promise<void>((resolve, reject) => {
    const onError = (cause: Error) =>
      reject(
        new ElcertError({
          code: 'LISTEN_FAILED',
          message: `cannot listen on ${host}:${port}`,
          outcome: 'not-sent',
          cause,
        }),
      );
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve();
    });
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the HTTP server listens on no port');
  const breakConnections = () => {
    if ('closeAllConnections' in server) server.closeAllConnections();
  };
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    breakConnections,
    async close() {
      if (!server.listening) return;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        breakConnections();
      });
    },
  };
}
