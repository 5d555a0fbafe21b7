import { stat } from 'node:fs/promises';
import { type Logger, systemClock } from '@elcert/core';
import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../command-context.js';
import { readJson } from '../input.js';
import type { Io } from '../io.js';
import { exitCode, printJson } from '../outcome.js';
import { writeReadyFile } from '../ready-file.js';
import { version } from '../version.js';

interface ServeOptions {
  readonly config: string;
  readonly port?: number;
  readonly readyFile?: string;
  readonly json?: boolean;
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return port;
}

const help = `
The configuration, with what most devices need:

  {
    "listen": { "host": "127.0.0.1", "port": 8080 },
    "operators": [
      { "code": 1, "name": "Әсел", "pin": "4821" },
      { "code": 2, "name": "Иван", "pin": "90-31", "role": "administrator" }
    ],
    "devices": [
      {
        "name": "kassa-1", "id": 100500, "token": 305419896, "state": "state/kassa-1.log",
        "ofd": { "title": "АО «Казахтелеком»", "site": "consumer.oofd.kz", "host": "192.0.2.7", "port": 7777 },
        "vat": { "series": "62001", "number": "0012345" }
      }
    ]
  }

A seller who pays no VAT leaves "vat" out. Requests carry "Authorization: Bearer PIN", documents an
"Idempotency-Key" too: a UUID that the till keeps before the call.
To try it without an operator: elcert emulate --only ofd-kz --ready-file ready.json
`;

/** `elcert kz serve` */
export function addKzServeCommand(kz: Command, context: CommandContext): void {
  kz.command('serve')
    .description('offer devices to tills in any language: HTTP on this machine, described by /openapi.json')
    .requiredOption('--config <file>', 'JSON: operators with their PINs, and devices')
    .option('--port <number>', 'another port than the configuration says; 0 for any', portNumber)
    .option('--ready-file <file>', 'write the address there, as JSON, once it listens')
    .option('--json', 'one JSON object on stdout once it listens')
    .addHelpText('after', help)
    .action(context.action((options: ServeOptions) => serve(context, options)));
}

/** Events of the devices, a line each, on stderr. */
function lines(io: Io): Logger {
  const write = (level: string) => (facts: Readonly<Record<string, unknown>>, message: string) =>
    io.err(`${level} ${message} ${JSON.stringify(facts)}\n`);
  return { debug: () => {}, info: write('info'), warn: write('warn'), error: write('error') };
}

async function serve({ io }: CommandContext, options: ServeOptions): Promise<number> {
  const stopRequested = io.stopRequested();
  // Loaded only here: other commands need no server.
  const { parseServiceConfig } = await import('../kz-service/config.js');
  const { startKzService } = await import('../kz-service/serve.js');
  const config = parseServiceConfig(await readJson(options.config, io), options.config);
  const facts = options.config === '-' ? undefined : await stat(options.config);
  if (process.platform !== 'win32' && ((facts?.mode ?? 0) & 0o077) !== 0)
    io.err(`warn others may read ${options.config}, which holds PINs and tokens: chmod 600\n`);
  const service = await startKzService({
    config:
      options.port === undefined ? config : { ...config, listen: { ...config.listen, port: options.port } },
    version: version(),
    clock: systemClock(),
    logger: lines(io),
  });
  try {
    const { url, host, port, devices } = service;
    const readyFile =
      options.readyFile === undefined
        ? undefined
        : await writeReadyFile(options.readyFile, { 'kz-serve': { url, host, port } });
    try {
      if (options.json === true) printJson(io, { ok: true, url, devices });
      else io.out(`${url}  ${devices.join(', ')}\nCtrl+C stops it.\n`);
      await stopRequested;
    } finally {
      await readyFile?.remove();
    }
  } finally {
    await service.stop();
  }
  return exitCode.done;
}
