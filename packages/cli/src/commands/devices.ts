import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Address, parseAddress, readBytes } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { type ExplainHints, explainers, type Family } from '../devices/explain.js';
import { type ScanOptions, scan } from '../devices/scan.js';
import type { Io } from '../io.js';
import { badInput, exitCode, printJson } from '../outcome.js';
import { addDevicePrintCommands } from './devices-print.js';

interface DecodeOptions extends ExplainHints {
  readonly family: Family;
  readonly hex?: string;
  readonly json?: boolean;
}

/** `elcert devices decode|scan|status|print-test` */
export function addDeviceCommands(program: Command, context: CommandContext): void {
  const devices = program
    .command('devices')
    .description('registers and terminals: what is connected, what their bytes say');

  devices
    .command('decode')
    .description('explain frames of a device, one direction; card data and passwords are masked')
    .argument('[file]', 'file with the bytes, - for standard input')
    .addOption(
      new Option('--family <name>', 'whose frames they are')
        .choices(Object.keys(explainers))
        .makeOptionMandatory(),
    )
    .option('--hex <text>', 'the bytes themselves, as hex, instead of a file')
    .addOption(
      new Option('--side <name>', 'shtrih-m: who sent them, where that cannot be seen').choices([
        'host',
        'register',
      ]),
    )
    .addOption(
      new Option('--framing <name>', 'lan4gate: with the size prefix or without').choices(['sized', 'bare']),
    )
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action((file: string | undefined, options: DecodeOptions) => decode(context.io, file, options)),
    );

  devices
    .command('scan')
    .description(
      'find what is connected and say which driver speaks to it; nothing is changed, nothing is printed',
    )
    .option('--tcp <host:port>', 'ask there too; may be repeated', address, [])
    .option('--port <path>', 'ask this serial port too, e.g. a pseudo-terminal; may be repeated', path, [])
    .option('--no-serial', 'leave the serial ports alone that the system lists')
    .option('--json', 'one JSON object on stdout')
    .action(context.action((options: ScanOptions) => scan(context.io, options)));
  addDevicePrintCommands(devices, context);
}

async function decode(io: Io, file: string | undefined, options: DecodeOptions): Promise<number> {
  const bytes = await readBytes(io, file, options.hex, 1 << 24);
  const found = explainers[options.family](bytes, options);
  if (found.length === 0) throw badInput('NO_FRAMES', 'no bytes to explain', { position: 0 });
  const ok = found.every((one) => one.ok);
  if (options.json === true) {
    printJson(io, { ok, family: options.family, found: found.map((one) => one.value) });
  } else
    for (const { title, lines } of found)
      io.out([title, ...lines.map((line) => `    ${line}`), ''].join('\n'));
  return ok ? exitCode.done : exitCode.refused;
}

function address(text: string, before: readonly Address[]): Address[] {
  const one = parseAddress(text);
  if (one === undefined) throw new InvalidArgumentError('HOST:PORT is wanted.');
  return [...before, one];
}

function path(text: string, before: readonly string[]): string[] {
  return [...before, text];
}
