import { connect, createServer, type Server, type Socket } from 'node:net';
import { type ByteChannel, channelClosedError, ElcertError, receiveQueue, throwIfAborted } from '../index.js';

// A peer that floods us is paused here; a frame's own limit is the framer's business.
const pauseAbove = 1 << 20;

/** A {@link ByteChannel} over a connected socket. */
export function socketChannel(socket: Socket): ByteChannel {
  const label = `tcp ${socket.remoteAddress ?? '?'}:${socket.remotePort ?? '?'}`;
  const queue = receiveQueue(() => socket.resume());
  let open = true;
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  socket.on('data', (chunk: Uint8Array) => {
    queue.push(new Uint8Array(chunk));
    if (queue.buffered > pauseAbove) socket.pause();
  });
  socket.on('end', () => queue.end());
  socket.on('error', (cause) => {
    open = false;
    queue.end(
      new ElcertError({ code: 'CHANNEL_FAILED', message: `${label} broke`, outcome: 'unknown', cause }),
    );
  });
  socket.on('close', () => {
    open = false;
    queue.end();
  });
  return {
    label,
    async write(bytes, options) {
      throwIfAborted(options?.signal);
      if (!open || !socket.writable) throw channelClosedError(label);
      await new Promise<void>((resolve, reject) => {
        socket.write(bytes, (cause) => {
          if (cause === undefined || cause === null) resolve();
          else
            reject(
              new ElcertError({
                code: 'CHANNEL_FAILED',
                message: `${label} broke while writing`,
                outcome: 'unknown',
                cause,
              }),
            );
        });
      });
    },
    async close() {
      if (!open) return;
      open = false;
      await new Promise<void>((resolve) => {
        socket.once('close', () => resolve());
        if (socket.destroyed) resolve();
        // What was written before still goes out; a peer that never closes its half is not waited for.
        socket.end(() => socket.destroy());
      });
    },
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  };
}

/** Where to connect, and how long to wait for it. */
export interface TcpOptions {
  readonly host: string;
  readonly port: number;
  /** Milliseconds of the machine's clock; 5000 unless told. */
  readonly connectTimeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to a TCP port.
 *
 * @throws ElcertError `CONNECT_FAILED` or `ABORTED`, both `not-sent`
 */
export function openTcp(options: TcpOptions): Promise<ByteChannel> {
  const { host, port, connectTimeoutMs = 5000, signal } = options;
  return new Promise((resolve, reject) => {
    try {
      throwIfAborted(signal);
    } catch (error) {
      reject(error);
      return;
    }
    const socket = connect({ host, port });
    const done = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.removeAllListeners('error');
      settle();
    };
    const fail = (code: 'CONNECT_FAILED' | 'ABORTED', message: string, cause?: unknown) =>
      done(() => {
        socket.on('error', () => {});
        socket.destroy();
        reject(
          new ElcertError({
            code,
            message,
            userMessage: 'Нет связи с устройством',
            outcome: 'not-sent',
            cause,
          }),
        );
      });
    const onAbort = () => fail('ABORTED', 'aborted by the caller', signal?.reason);
    const timer = setTimeout(
      () => fail('CONNECT_FAILED', `no connection to ${host}:${port} in ${connectTimeoutMs} ms`),
      connectTimeoutMs,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', (cause) => fail('CONNECT_FAILED', `no connection to ${host}:${port}`, cause));
    socket.once('connect', () => done(() => resolve(socketChannel(socket))));
  });
}

/** A listening port. */
export interface TcpListener {
  readonly host: string;
  readonly port: number;
  /** Stops listening and breaks the connections that are open. */
  close(): Promise<void>;
}

/**
 * Listens on a TCP port and hands each connection to `onConnection`.
 *
 * @param options.host - loopback unless told otherwise
 * @param options.port - 0 (the default) lets the system choose
 * @throws ElcertError `LISTEN_FAILED` (`not-sent`)
 */
export async function listenTcp(
  onConnection: (channel: ByteChannel) => void,
  options: { readonly host?: string; readonly port?: number } = {},
): Promise<TcpListener> {
  const { host = '127.0.0.1', port = 0 } = options;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    onConnection(socketChannel(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new ElcertError({
          code: 'LISTEN_FAILED',
          message: `cannot listen on ${host}:${port}`,
          outcome: 'not-sent',
          cause,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    host,
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
