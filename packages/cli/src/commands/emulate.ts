import { randomUuid } from '@elcert/core';
import {
  type EmulatorName,
  emulatorNames,
  type FaultRule,
  type SerialEmulatorName,
  serialEmulatorNames,
} from '@elcert/emulators/kernel';
import type { WorldOptions } from '@elcert/emulators/world';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Address, parseAddress } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { readJson } from '../input.js';
import type { Io } from '../io.js';
import { badInput, exitCode, printJson } from '../outcome.js';
import { type ReadyEntry, readyEntries, writeReadyFile } from '../ready-file.js';
import { textTable } from '../table.js';

interface EmulateOptions {
  readonly only?: readonly EmulatorName[];
  readonly readyFile?: string;
  readonly seed?: string;
  readonly host: string;
  readonly port: Partial<Record<EmulatorName, number>>;
  readonly connect?: { readonly host: string; readonly port: number };
  readonly faults?: string;
  readonly printer?: string;
  readonly pty?: boolean | string;
  readonly serialPort: Partial<Record<SerialEmulatorName, string>>;
  readonly json?: boolean;
}

function emulatorName(text: string): EmulatorName {
  const name = emulatorNames.find((known) => known === text);
  if (name === undefined) throw new InvalidArgumentError(`there is ${emulatorNames.join(', ')}.`);
  return name;
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return port;
}

function collectNames(text: string, before: readonly EmulatorName[] = []): EmulatorName[] {
  return [...new Set([...before, ...text.split(',').map((name) => emulatorName(name.trim()))])];
}

function collectPort(text: string, before: Partial<Record<EmulatorName, number>>) {
  const [name = '', port = ''] = text.split('=');
  return { ...before, [emulatorName(name)]: portNumber(port) };
}

function serialName(text: string): SerialEmulatorName | undefined {
  return serialEmulatorNames.find((known) => known === text);
}

function collectSerialPort(text: string, before: Partial<Record<SerialEmulatorName, string>>) {
  const [, name = 'shtrih-m', port = text] = /^([a-z-]+)=(.+)$/.exec(text) ?? [];
  const device = serialName(name);
  if (device === undefined) throw new InvalidArgumentError(`there is ${serialEmulatorNames.join(', ')}.`);
  return { ...before, [device]: port };
}

/** Which device gets which serial line. */
function serialLines({ only, pty, serialPort }: EmulateOptions): WorldOptions['serial'] & object {
  const devices = serialEmulatorNames.filter((name) => only === undefined || only.includes(name));
  const [first, second] = devices;
  const missing = Object.keys(serialPort).find((name) => !devices.some((device) => device === name));
  if (missing !== undefined)
    throw badInput('USAGE', `--serial-port is for ${missing}, which --only leaves out`);
  if (pty !== undefined && first === undefined)
    throw badInput('USAGE', `--pty is for ${serialEmulatorNames.join(', ')}: --only leaves them out`);
  if (typeof pty === 'string' && second !== undefined)
    throw badInput('USAGE', `one path serves one device: --only says which of ${devices.join(', ')}`);
  return Object.fromEntries(
    devices.map((name) => [
      name,
      {
        ...(pty === undefined ? {} : { pty }),
        ...(serialPort[name] === undefined ? {} : { serialPath: serialPort[name] }),
      },
    ]),
  );
}

function hostAndPort(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new InvalidArgumentError('HOST:PORT is wanted.');
  return address;
}

/** `elcert emulate` */
export function addEmulateCommand(program: Command, context: CommandContext): void {
  program
    .command('emulate')
    .description(
      'start the other ends of a sale: FES, acquirer, terminal, registers with FN, receipt printer, OFD',
    )
    .option('--only <names...>', `start these alone: ${emulatorNames.join(', ')}`, collectNames)
    .option('--ready-file <file>', 'write addresses and keys there, as JSON, once everything listens')
    .option('--seed <text>', 'play the same world again (keys, numbers, chances of faults)')
    .option('--host <address>', 'listen elsewhere than on loopback', '127.0.0.1')
    .option('--port <name=port>', 'a fixed port for one emulator; may be repeated', collectPort, {})
    .addOption(
      new Option(
        '--connect <host:port>',
        'the LAN-4Gate terminal calls the till there instead of listening',
      ).argParser(hostAndPort),
    )
    .option(
      '--pty [path]',
      `${serialEmulatorNames.join(', ')} stand on a pseudo-terminal too, one of them linked at the path (POSIX, needs socat)`,
    )
    .option(
      '--printer <model>',
      'model of the receipt printer: a profile of elcert devices print-test --list',
    )
    .option(
      '--serial-port <name>',
      'a device serves this serial port too, e.g. one end of a virtual COM pair: NAME=PORT, PORT alone for shtrih-m',
      collectSerialPort,
      {},
    )
    .option(
      '--faults <file>',
      'JSON array of fault rules: [{ "at": "fes", "when": { "nth": 1 }, "do": "drop" }]',
    )
    .option('--json', 'one JSON object on stdout')
    .action(context.action((options: EmulateOptions) => emulate(context, options)));
}

async function readFaultRules(file: string, io: Io): Promise<FaultRule[]> {
  const { parseFaultRules } = await import('../fault-rules.js');
  return parseFaultRules(await readJson(file, io));
}

async function emulate({ io }: CommandContext, options: EmulateOptions): Promise<number> {
  const faults = options.faults === undefined ? [] : await readFaultRules(options.faults, io);
  if (options.connect !== undefined && options.only !== undefined && !options.only.includes('lan4gate')) {
    throw badInput('USAGE', '--connect is for lan4gate, which --only leaves out');
  }
  const stopRequested = io.stopRequested();
  // Loaded only here: a command that starts nothing starts at once.
  const { startEmulators } = await import('@elcert/emulators/world');
  const running = await startEmulators({
    seed: options.seed ?? randomUuid(),
    host: options.host,
    ports: options.port,
    faults,
    ...(options.only === undefined ? {} : { only: options.only }),
    serial: serialLines(options),
    ...(options.printer === undefined ? {} : { escposProfile: options.printer }),
    ...(options.connect === undefined ? {} : { lan4gateConnectTo: options.connect }),
  });
  try {
    const entries = readyEntries(running, options.connect);
    const readyFile =
      options.readyFile === undefined ? undefined : await writeReadyFile(options.readyFile, entries);
    try {
      if (options.json === true) printJson(io, { ok: true, emulators: entries });
      else io.out(portTable(entries));
      await stopRequested;
    } finally {
      await readyFile?.remove();
    }
  } finally {
    await running.stop();
  }
  if (options.json !== true) io.out('stopped\n');
  return exitCode.done;
}

const descriptions: Readonly<Record<EmulatorName, string>> = {
  fes: "NSPK's front office of electronic certificates (HTTP, assumed profiles)",
  acquirer: 'bank and issuer behind the terminal (HTTP, read-only)',
  lan4gate: 'payment terminal, LAN-4Gate',
  inpas: 'payment terminal, INPAS SmartSale SA',
  dualconnector: 'payment terminal behind INPAS DualConnector (HTTP, XML)',
  'shtrih-m': 'fiscal register with a drive inside, Shtrih-M, both link layers',
  'ofd-ru': 'operator of fiscal data, KKT-OFD sessions',
  'ofd-kz': 'operator of Kazakhstan, one register in its cabinet; site for buyers (HTTP)',
  'atol-web': "fiscal register with a drive inside, ATOL's web server (JSON tasks, v1 and v2)",
  escpos: 'receipt printer, ESC/POS, model TM-T20III unless --printer names another',
};

function portTable(entries: Record<string, ReadyEntry>): string {
  const rows = Object.entries(entries).map(([name, { url, calls, host, port, path }]) => [
    name,
    [
      ...(calls === undefined && (url === undefined || Number(new URL(url).port) !== port)
        ? [`${host}:${port}`]
        : []),
      ...(calls === undefined ? [] : [`calls ${calls}`]),
      ...(url === undefined ? [] : [url]),
      ...(path === undefined ? [] : [path]),
    ].join(', '),
    descriptions[name as EmulatorName],
  ]);
  const { fes } = entries;
  const keys =
    fes === undefined
      ? ''
      : `\nKeys of this run: apiKey ${fes.apiKey}, cashboxId ${fes.cashboxId}, macKey ${fes.macKey}\n`;
  return `${textTable(['emulator', 'address', 'what it is'], rows)}${keys}\nCtrl+C stops them.\n`;
}
