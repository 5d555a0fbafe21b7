import { type Clock, isElcertError, type Logger } from '@elcert/core';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { errorAnswer, serviceError } from './errors.js';
import { openApiDocument } from './openapi.js';
import { type Operation, operations, type ServiceDevice, schemaOf } from './operations.js';
import { servicePage } from './page.js';
import { type PinDesk, pinDesk, type ServiceOperator } from './pins.js';

/** What {@link serviceApp} is told. */
export interface ServiceAppOptions {
  readonly devices: readonly ServiceDevice[];
  readonly operators: readonly (ServiceOperator & { readonly pin: string })[];
  readonly version: string;
  readonly clock: Clock;
  /** Names under which the service may be asked for; any when absent. Keeps pages of other names away from a local service. */
  readonly hosts?: readonly string[] | undefined;
  /** Address of who asks. */
  readonly addressOf: (context: Context) => string;
  readonly logger?: Logger | undefined;
}

/** The service, without a socket. */
export interface ServiceApp {
  readonly fetch: Hono['fetch'];
  /** Requests that are being worked on. */
  readonly running: number;
  /** Takes no more requests; resolves when the running ones have their answers, which still have to be written. */
  drain(): Promise<void>;
}

const longestBody = 1 << 20;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The routes of the operations, with PINs, keys and errors. */
export function serviceApp(options: ServiceAppOptions): ServiceApp {
  const { devices, version, clock, hosts, logger } = options;
  const pins: PinDesk = pinDesk(options.operators, clock);
  const description = openApiDocument(version);
  const page = servicePage(version);
  const app = new Hono();
  let running = 0;
  let isStopping = false;
  const waiters: (() => void)[] = [];

  const answer = (c: Context, error: unknown, makesDocument = false): Response => {
    const { status, body } = errorAnswer(error, makesDocument);
    // What nobody has foreseen is for the log of the machine, not for who asks.
    if (!isElcertError(error)) logger?.error({ error: String(error) }, 'unforeseen error');
    const { retryAfterSeconds } = (isElcertError(error) ? (error.details ?? {}) : {}) as {
      readonly retryAfterSeconds?: number;
    };
    if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds));
    if (status === 401) c.header('WWW-Authenticate', 'Bearer realm="elcert kz"');
    return c.json(body, status as 400);
  };

  app.use(async (c, next) => {
    c.header('Cache-Control', 'no-store');
    c.header('X-Content-Type-Options', 'nosniff');
    const name = hostOf(c.req.header('host') ?? new URL(c.req.url).host);
    if (hosts !== undefined && !hosts.includes(name))
      return answer(
        c,
        serviceError('FORBIDDEN', `the service is not asked for as ${name}`, 'Доступ запрещён.'),
      );
    if (isStopping) return answer(c, stopping());
    await next();
    // The answer of a request that was begun before the stop is the last one on its connection.
    if (isStopping) c.header('Connection', 'close');
    return undefined;
  });
  app.use(
    bodyLimit({
      maxSize: longestBody,
      onError: (c) =>
        answer(
          c,
          serviceError('TOO_LONG', `a body of more than ${longestBody} bytes`, 'Запрос слишком длинный.', {
            outcome: 'not-sent',
          }),
        ),
    }),
  );
  app.get('/', (c) => c.html(page));
  app.get('/openapi.json', (c) => c.json(description));
  app.get('/v1/ping', (c) => c.json({ ok: true, version }));
  for (const operation of operations)
    app.on(operation.method.toUpperCase(), operation.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (c) => {
      try {
        return c.json(await perform(operation, c));
      } catch (error) {
        return answer(c, error, operation.makesDocument);
      }
    });
  app.notFound((c) => answer(c, serviceError('NO_SUCH_PATH', 'no such path', 'Нет такого адреса.')));
  app.onError((error, c) => answer(c, error));

  const perform = async (operation: Operation, c: Context): Promise<object> => {
    const operator = pins.operatorOf(c.req.header('authorization'), options.addressOf(c));
    if (operation.role === 'administrator' && operator.role !== 'administrator')
      throw serviceError('FORBIDDEN', 'for administrators', 'Нужны права администратора.');
    const parameters = c.req.param() as Readonly<Record<string, string>>;
    const wanted = parameters.device;
    const device = wanted === undefined ? devices[0] : devices.find(({ name }) => name === wanted);
    if (device === undefined)
      throw serviceError('NO_SUCH_DEVICE', `no device ${JSON.stringify(wanted)}`, 'Нет такой кассы.', {
        outcome: 'not-sent',
      });
    const text = operation.body === undefined ? '' : await c.req.text();
    const body = operation.body === undefined ? {} : bodyOf(operation, text);
    const call = {
      devices,
      device,
      operator,
      body,
      parameters,
      query: c.req.query(),
    };
    // What a key stands for is the device's to know: it outlives this process.
    const operationKey = operation.makesDocument === true ? keyOf(c.req.header('idempotency-key')) : '';
    // Who sends a body slowly keeps nobody waiting: it was not begun yet.
    if (isStopping) throw stopping();
    running += 1;
    try {
      return await operation.run({ ...call, operationKey });
    } finally {
      running -= 1;
      if (running === 0) for (const wake of waiters.splice(0)) wake();
    }
  };

  return {
    fetch: app.fetch,
    get running() {
      return running;
    },
    drain() {
      isStopping = true;
      if (running === 0) return Promise.resolve();
      return new Promise((resolve) => {
        waiters.push(resolve);
      });
    },
  };
}

function stopping() {
  return serviceError('STOPPING', 'the service is being stopped', 'Служба останавливается.', {
    outcome: 'not-sent',
  });
}

/** `127.0.0.1:8080` and `[::1]:8080` without the port. */
function hostOf(header: string): string {
  return header.replace(/:\d+$/, '').toLowerCase();
}

function keyOf(header: string | undefined): string {
  if (header === undefined || !uuid.test(header))
    throw serviceError(
      'KEY_MISSING',
      'Idempotency-Key: a UUID wanted, kept by the caller before the call',
      'Не указан ключ операции.',
      { path: 'Idempotency-Key', outcome: 'not-sent' },
    );
  return header.toLowerCase();
}

function bodyOf(operation: Operation, text: string): unknown {
  const refuse = (message: string, path?: string): never => {
    throw serviceError('BAD_REQUEST', message, 'Запрос заполнен неверно.', {
      path,
      outcome: 'not-sent',
    });
  };
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return refuse('the body is not JSON');
  }
  const parsed = schemaOf(operation.body as NonNullable<Operation['body']>).safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? [])
    .map((part) => (typeof part === 'number' ? `[${part}]` : `/${String(part)}`))
    .join('')
    .replace(/^\//, '');
  return refuse(`${path === '' ? 'body' : path}: ${issue?.message ?? 'wrong'}`, path === '' ? 'body' : path);
}
