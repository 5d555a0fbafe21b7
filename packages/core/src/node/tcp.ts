import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  type ByteChannel,
  type CoreErrorCode,
  channelClosedError,
  ElcertError,
  receiveQueue,
  throwIfAborted,
} from '../index.js';

// A peer that floods us is paused here; a frame's own limit is the framer's business.
const pauseAbove = 1 << 20;

// How long close() lets bytes that were written before go out to a peer that does not take them.
const lingerMs = 1000;

function brokenError(message: string, cause: unknown): ElcertError<CoreErrorCode> {
  return new ElcertError({
    code: 'CHANNEL_FAILED',
    message,
    userMessage: 'Связь с устройством прервалась',
    outcome: 'unknown',
    cause,
  });
}

/** A {@link ByteChannel} over a connected socket. When the peer ends its half, ours is ended too. */
export function socketChannel(socket: Socket): ByteChannel {
  const label = `tcp ${socket.remoteAddress ?? '?'}:${socket.remotePort ?? '?'}`;
  const queue = receiveQueue(() => socket.resume());
  let closing: Promise<void> | undefined;
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  socket.on('data', (chunk: Uint8Array) => {
    queue.push(new Uint8Array(chunk));
    if (queue.buffered > pauseAbove) socket.pause();
  });
  socket.on('end', () => queue.end());
  // What a connection that we are closing ourselves still reports is no news for the reader.
  socket.on('error', (cause) =>
    queue.end(closing === undefined ? brokenError(`${label} broke`, cause) : undefined),
  );
  socket.on('close', () => queue.end());
  return {
    label,
    async write(bytes, { signal } = {}) {
      throwIfAborted(signal);
      if (closing !== undefined || !socket.writable) throw channelClosedError(label);
      await new Promise<void>((resolve, reject) => {
        const onAbort = () =>
          reject(
            new ElcertError<CoreErrorCode>({
              code: 'ABORTED',
              message: `aborted while ${label} did not take the bytes`,
              outcome: 'unknown',
              cause: signal?.reason,
            }),
          );
        signal?.addEventListener('abort', onAbort, { once: true });
        socket.write(bytes, (cause) => {
          signal?.removeEventListener('abort', onAbort);
          if (cause === undefined || cause === null) resolve();
          else reject(brokenError(`${label} broke while writing`, cause));
        });
      });
    },
    close() {
      closing ??= new Promise<void>((resolve) => {
        if (socket.destroyed) {
          resolve();
          return;
        }
        const linger = setTimeout(() => socket.destroy(), lingerMs);
        socket.once('close', () => {
          clearTimeout(linger);
          resolve();
        });
        // What was written before still goes out; a peer that never closes its half is not waited for.
        socket.end(() => socket.destroy());
      });
      return closing;
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
 * @example
 * ```ts
 * const channel = await openTcp({ host: '192.168.1.50', port: 7778 });
 * ```
 */
export function openTcp(options: TcpOptions): Promise<ByteChannel> {
  const { host, port, connectTimeoutMs = 5000, signal } = options;
  const failure = (code: 'CONNECT_FAILED' | 'ABORTED', message: string, cause?: unknown) =>
    new ElcertError<CoreErrorCode>({
      code,
      message,
      userMessage: 'Нет связи с устройством',
      outcome: 'not-sent',
      cause,
    });
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(failure('ABORTED', 'aborted by the caller', signal.reason));
      return;
    }
    let socket: Socket;
    try {
      socket = connect({ host, port });
    } catch (cause) {
      // A port out of range is refused before anything is tried.
      reject(failure('CONNECT_FAILED', `no connection to ${host}:${port}`, cause));
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.removeAllListeners('error');
    };
    const fail = (error: ElcertError) => {
      done();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(failure('ABORTED', 'aborted by the caller', signal?.reason));
    const timer = setTimeout(
      () => fail(failure('CONNECT_FAILED', `no connection to ${host}:${port} in ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', (cause) =>
      fail(failure('CONNECT_FAILED', `no connection to ${host}:${port}`, cause)),
    );
    socket.once('connect', () => {
      done();
      resolve(socketChannel(socket));
    });
  });
}

/** A listening port. */
export interface TcpListener {
  readonly host: string;
  readonly port: number;
  /** Stops listening and breaks the connections that are open. May be called again. */
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
  let closed = false;
  const server: Server = createServer((socket) => {
    if (closed) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    onConnection(socketChannel(socket));
  });
  await new Promise<void>((resolve, reject) => {
    const onError = (cause: unknown) =>
      reject(
        new ElcertError<CoreErrorCode>({
          code: 'LISTEN_FAILED',
          message: `cannot listen on ${host}:${port}`,
          userMessage: `Порт ${port} занят или недоступен`,
          outcome: 'not-sent',
          cause,
        }),
      );
    // It stays: one connection that could not be accepted must not bring the process down.
    server.on('error', onError);
    try {
      server.listen(port, host, resolve);
    } catch (cause) {
      onError(cause);
    }
  });
  const address = server.address();
  return {
    host,
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      closed = true;
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await stopped;
    },
  };
}
