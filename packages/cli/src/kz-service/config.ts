import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { serviceError } from './errors.js';

const name = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'letters, digits, points, hyphens and underscores, at most 64')
  .describe('stands in the paths of the service');
const port = z.int().min(1).max(65_535);
const host = z.string().min(1).max(255);

const operator = z.strictObject({
  code: z.int().min(0).max(2_147_483_647),
  name: z.string().min(1).max(256),
  pin: z
    .string()
    .min(4, 'a PIN has at least four characters')
    .max(64)
    .refine((pin) => new Set(pin).size > 1, 'a PIN of one character repeated is guessed first'),
  role: z.enum(['cashier', 'administrator']).default('cashier'),
});

const device = z.strictObject({
  name,
  id: z.int().min(1).max(4_294_967_295),
  token: z.int().min(0).max(4_294_967_295).default(0),
  version: z.enum(['2.0.3', '2.0.2']).default('2.0.3'),
  state: z.string().min(1).max(4096),
  timeZone: z.string().min(1).max(64).default('Asia/Almaty'),
  ofd: z.strictObject({
    title: z.string().min(1).max(256),
    site: z.string().min(1).max(256),
    host,
    port,
    socks5: z
      .strictObject({
        host,
        port,
        user: z.string().min(1).max(255).optional(),
        password: z.string().min(1).max(255).optional(),
      })
      .optional(),
  }),
  vat: z.strictObject({ series: z.string().min(1).max(32), number: z.string().min(1).max(32) }).optional(),
  seller: z
    .strictObject({
      title: z.string().min(1).max(256).optional(),
      address: z.string().min(1).max(512).optional(),
      addressKk: z.string().min(1).max(512).optional(),
    })
    .optional(),
  section: z.string().min(1).max(32).optional(),
  kilogram: z.enum(['166', '116']).optional(),
  taxRounding: z.enum(['line', 'ticket']).optional(),
  taxPlace: z.enum(['items', 'ticket']).optional(),
  zeroRate: z.enum(['entry', 'omit']).optional(),
  language: z.enum(['kk-ru', 'kk', 'ru']).optional(),
});

const config = z.strictObject({
  listen: z
    .strictObject({ host: host.default('127.0.0.1'), port: z.int().min(0).max(65_535).default(8080) })
    .prefault({}),
  hosts: z.array(host).max(100).default([]),
  operators: z.array(operator).min(1).max(1000),
  devices: z.array(device).min(1).max(100),
});

/** What `elcert kz serve` is told; see the README of the command line. */
export type KzServiceConfig = z.infer<typeof config>;

/** One device of it. */
export type KzServiceDeviceConfig = KzServiceConfig['devices'][number];

function pathOf(parts: readonly PropertyKey[]): string {
  return parts
    .map((part) => (typeof part === 'number' ? `[${part}]` : `/${String(part)}`))
    .join('')
    .replace(/^\//, '');
}

/** The message of an issue never quotes the value: it may be a PIN or a token. */
function refuse(path: string, message: string): never {
  throw serviceError(
    'BAD_CONFIG',
    `${path === '' ? 'the configuration' : path}: ${message}`,
    'Ошибка в файле настроек.',
    {
      path: path === '' ? 'config' : path,
    },
  );
}

/**
 * Reads a configuration. Paths of state files are taken from the folder of the configuration.
 *
 * @param file - where it stands
 * @throws ElcertError `BAD_CONFIG` with the `path` of the member
 */
export function parseServiceConfig(value: unknown, file: string): KzServiceConfig {
  const parsed = config.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const extra = issue?.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue?.path;
    return refuse(pathOf(extra ?? []), issue?.message ?? 'wrong');
  }
  const { operators, devices } = parsed.data;
  const placed = devices.map((one) => ({ ...one, state: resolve(dirname(resolve(file)), one.state) }));
  const once = (what: readonly (string | number)[], path: (index: number) => string) => {
    for (const [index, one] of what.entries())
      if (what.indexOf(one) !== index) refuse(path(index), 'stands here for the second time');
  };
  once(
    operators.map(({ pin }) => pin),
    (index) => `operators[${index}]/pin`,
  );
  once(
    operators.map(({ code }) => code),
    (index) => `operators[${index}]/code`,
  );
  once(
    placed.map((one) => one.name),
    (index) => `devices[${index}]/name`,
  );
  once(
    placed.map(({ id, ofd }) => `${id} ${ofd.host} ${ofd.port}`),
    (index) => `devices[${index}]/id`,
  );
  once(
    placed.map(({ state }) => state),
    (index) => `devices[${index}]/state`,
  );
  for (const [index, { timeZone }] of placed.entries()) {
    try {
      new Intl.DateTimeFormat('en', { timeZone });
    } catch {
      refuse(`devices[${index}]/timeZone`, 'no such time zone');
    }
  }
  return { ...parsed.data, devices: placed };
}
