import { type ByteChannel, throwIfAborted } from '@elcert/core';
import { socketChannel } from '@elcert/core/node';
import { KzError } from '../errors.js';

/** How an operator is reached through a SOCKS5 proxy: the "software VPN" of the field. */
export interface SocksOptions {
  readonly host: string;
  readonly port: number;
  readonly proxy: {
    readonly host: string;
    readonly port: number;
    /** With a password, when the proxy asks for them. */
    readonly user?: string | undefined;
    readonly password?: string | undefined;
  };
  /** Milliseconds of the machine's clock for proxy and operator together; 4000 unless told. */
  readonly connectTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to a TCP port through a SOCKS5 proxy. The name of the operator's host is resolved by the proxy.
 *
 * @throws KzError `NOT_CONNECTED` (`not-sent`)
 * @example
 * ```ts
 * const connect = ({ signal }) => openTcpBySocks({ host, port, proxy: { host: '10.8.0.1', port: 1080, user, password }, signal });
 * ```
 */
export async function openTcpBySocks(options: SocksOptions): Promise<ByteChannel> {
  const { host, port, proxy, connectTimeoutMs = 4000, signal } = options;
  throwIfAborted(signal);
  const { SocksClient } = await import('socks');
  try {
    const { socket } = await SocksClient.createConnection({
      command: 'connect',
      destination: { host, port },
      timeout: connectTimeoutMs,
      proxy: {
        type: 5,
        host: proxy.host,
        port: proxy.port,
        ...(proxy.user === undefined ? {} : { userId: proxy.user }),
        ...(proxy.password === undefined ? {} : { password: proxy.password }),
      },
    });
    if (signal?.aborted === true) {
      socket.destroy();
      throwIfAborted(signal);
    }
    const channel = socketChannel(socket);
    // The library hands it over paused.
    socket.resume();
    return channel;
  } catch (cause) {
    throw new KzError({
      code: 'NOT_CONNECTED',
      // The library's own message may quote the options, and they hold a password.
      message: `no connection to ${host}:${port} through ${proxy.host}:${proxy.port}`,
      userMessage: 'Нет связи с ОФД через прокси.',
      outcome: 'not-sent',
      cause: cause instanceof Error ? cause.name : undefined,
    });
  }
}
