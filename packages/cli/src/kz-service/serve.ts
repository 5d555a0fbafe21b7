import type { IncomingMessage } from 'node:http';
import { type Clock, type Logger, redactText } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { type KzEvent, type KzRegister, openKzRegister } from '@elcert/ofd-transport/kz';
import { fileKzStore, openTcpBySocks } from '@elcert/ofd-transport/kz/node';
import { createAdaptorServer } from '@hono/node-server';
import { serviceApp } from './app.js';
import type { KzServiceConfig, KzServiceDeviceConfig } from './config.js';
import { serviceError } from './errors.js';
import type { ServiceDevice } from './operations.js';

/** What {@link startKzService} is told. */
export interface KzServiceOptions {
  readonly config: KzServiceConfig;
  readonly version: string;
  readonly clock: Clock;
  readonly logger?: Logger | undefined;
}

/** A running service. */
export interface KzService {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly devices: readonly string[];
  /** Answers what is being worked on, then gives the devices back. */
  stop(): Promise<void>;
}

/** How long a document that is being worked on may take while the service stops; a transaction takes less. */
const drainMs = 30_000;

/** How long the last answers may take to be read. */
const flushMs = 2000;

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Starts the service: opens every device, then listens.
 *
 * @throws ElcertError of a device that cannot be opened, with `path` naming it; `LISTEN_FAILED`
 */
export async function startKzService(options: KzServiceOptions): Promise<KzService> {
  const { config, clock, version, logger } = options;
  const opened = await Promise.allSettled(
    config.devices.map(async (device): Promise<ServiceDevice> => {
      const register = await openDevice(device, clock, logger);
      return { name: device.name, register };
    }),
  );
  const devices = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async () => {
    await Promise.all(devices.map(({ register }) => register.close()));
  };
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  const { host, port } = config.listen;
  const app = serviceApp({
    devices,
    operators: config.operators,
    version,
    clock,
    logger,
    // Behind another address than loopback the names are not known here.
    hosts:
      loopbackNames.includes(host) || host === '::1'
        ? [...loopbackNames, ...config.hosts.map((one) => one.toLowerCase())]
        : config.hosts.length === 0
          ? undefined
          : config.hosts.map((one) => one.toLowerCase()),
    addressOf: (context) =>
      (context.env as { readonly incoming?: IncomingMessage }).incoming?.socket.remoteAddress ?? '',
  });
  const server = createAdaptorServer({ fetch: app.fetch, hostname: host });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (cause) {
    await close();
    throw serviceError(
      'LISTEN_FAILED',
      `cannot listen on ${host}:${port}`,
      'Порт службы занят или недоступен.',
      {
        outcome: 'not-sent',
        cause,
      },
    );
  }
  const address = server.address();
  const bound =
    typeof address === 'object' && address !== null ? address : { address: host, port, family: 'IPv4' };
  let stopping: Promise<void> | undefined;
  const within = async (ms: number, work: Promise<void>) => {
    let cancel: (() => void) | undefined;
    await Promise.race([
      work,
      new Promise<void>((resolve) => {
        cancel = clock.setTimer(ms, resolve);
      }),
    ]);
    cancel?.();
  };
  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await within(drainMs, app.drain());
    // The last answers are on their way to the sockets; who does not read them is cut off.
    await within(flushMs, closed);
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
    await close();
  };
  return {
    url: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    host: bound.address,
    port: bound.port,
    devices: devices.map(({ name }) => name),
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

function openDevice(
  device: KzServiceDeviceConfig,
  clock: Clock,
  logger: Logger | undefined,
): Promise<KzRegister> {
  const { name, id, token, version, state, timeZone, ofd, vat, seller, language } = device;
  const { section, kilogram, taxRounding, taxPlace, zeroRate } = device;
  return openKzRegister({
    ofd: { title: ofd.title, site: ofd.site },
    vat,
    seller,
    language,
    rules: { section, kilogram, taxRounding, taxPlace, zeroRate },
    session: {
      store: fileKzStore(state),
      id,
      token,
      version: version === '2.0.2' ? 202 : 203,
      timeZone,
      clock,
      connect: ({ signal }) =>
        ofd.socks5 === undefined
          ? openTcp({ host: ofd.host, port: ofd.port, signal })
          : openTcpBySocks({ host: ofd.host, port: ofd.port, proxy: ofd.socks5, signal }),
      onEvent: (event) => tell(logger, name, event),
    },
  });
}

/** What a person at the machine wants to know. */
function tell(logger: Logger | undefined, device: string, event: KzEvent): void {
  const [level, facts, message] = wordsOf(event);
  logger?.[level]({ device, ...facts }, message);
}

function wordsOf(
  event: KzEvent,
): readonly [level: 'info' | 'warn' | 'error', facts: Readonly<Record<string, unknown>>, message: string] {
  switch (event.type) {
    case 'offline':
      return ['warn', { since: event.since }, 'works without its operator'];
    case 'offline-warning':
      return ['warn', { hoursLeft: event.hoursLeft, until: event.until }, 'stops soon'];
    case 'offline-stopped':
      return ['error', { until: event.until }, 'has stopped: too long without its operator'];
    case 'blocked': {
      const { reaction, resultCode, text } = event.block;
      return ['error', { reaction, resultCode, text: redactText(text) }, 'blocked'];
    }
    case 'failed':
      return ['warn', { code: event.error.code }, 'the operator was not reached'];
    default:
      return ['info', {}, event.type];
  }
}
