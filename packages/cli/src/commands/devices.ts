import { type ByteChannel, isElcertError } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { explainLan4Gate } from '@elcert/device-drivers/lan4gate';
import { explainShtrihM, probeShtrihM } from '@elcert/device-drivers/shtrih-m';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Address, parseAddress, readBytes } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import type { Io } from '../io.js';
import { badInput, errorJson, exitCode, printJson } from '../outcome.js';
import { textTable } from '../table.js';

interface DecodeOptions {
  readonly family: Family;
  readonly hex?: string;
  readonly side?: 'host' | 'register';
  readonly framing?: 'sized' | 'bare';
  readonly json?: boolean;
}

interface Explained {
  readonly ok: boolean;
  /** One line of English. */
  readonly title: string;
  readonly lines: readonly string[];
  readonly value: unknown;
}

const families = {
  'shtrih-m': explainRegister,
  lan4gate: explainTerminal,
} as const;

type Family = keyof typeof families;

/** Bit rates that registers leave the factory with, the likeliest first. */
const baudRates = [115_200, 4800, 57_600, 9600] as const;

/** `elcert devices decode|scan` */
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
        .choices(Object.keys(families))
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
    .description('find connected registers and say which driver speaks to them')
    .option('--tcp <host:port>', 'ask there too; may be repeated', address, [])
    .option('--no-serial', 'leave serial ports alone')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action(
        (options: { readonly tcp: readonly Address[]; readonly serial: boolean; readonly json?: boolean }) =>
          scan(context.io, options),
      ),
    );
}

async function decode(io: Io, file: string | undefined, options: DecodeOptions): Promise<number> {
  const bytes = await readBytes(io, file, options.hex, 1 << 24);
  const found = families[options.family](bytes, options);
  if (found.length === 0) throw badInput('NO_FRAMES', 'no bytes to explain', { position: 0 });
  const ok = found.every((one) => one.ok);
  if (options.json === true) {
    printJson(io, { ok, family: options.family, found: found.map((one) => one.value) });
  } else
    for (const { title, lines } of found)
      io.out([title, ...lines.map((line) => `    ${line}`), ''].join('\n'));
  return ok ? exitCode.done : exitCode.refused;
}

function explainRegister(bytes: Uint8Array, { side }: DecodeOptions): Explained[] {
  return explainShtrihM(bytes, side).map((one): Explained => {
    const head = { value: one, lines: [] };
    if (one.kind === 'command' || one.kind === 'answer') {
      const number = one.number === undefined ? '' : ` #${one.number}`;
      const verdict =
        one.kind === 'command'
          ? ''
          : one.error === 0
            ? ', done'
            : `, error ${hexByte(one.error)}: ${one.errorText}`;
      const lines = Object.entries(one.fields).map(([name, value]) => `${name}: ${fieldText(value)}`);
      return {
        ...head,
        ok: true,
        title: `${one.kind} ${one.code}h${number} ${one.name} (${one.nameRu})${verdict}`,
        lines,
      };
    }
    if (one.kind === 'control') return { ...head, ok: true, title: `${one.name}: ${one.text}` };
    if (one.kind === 'empty') return { ...head, ok: true, title: `empty packet #${one.number}: ${one.text}` };
    return { ...head, ok: false, title: `${one.kind}: ${one.text}` };
  });
}

function explainTerminal(bytes: Uint8Array, { framing }: DecodeOptions): Explained[] {
  return explainLan4Gate(bytes, framing === undefined ? {} : { framing }).map(
    ({ kind, position, title, members, error }) => ({
      ok: kind === 'message',
      title,
      lines: members.map(
        ({ name, value, meaning }) =>
          `${name}: ${fieldText(value)}${meaning === undefined ? '' : ` (${meaning})`}`,
      ),
      value: { kind, position, title, members, ...(error === undefined ? {} : { error: errorJson(error) }) },
    }),
  );
}

function hexByte(value: number): string {
  return `${value.toString(16).toUpperCase().padStart(2, '0')}h`;
}

function fieldText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function address(text: string, before: readonly Address[]): Address[] {
  const one = parseAddress(text);
  if (one === undefined) throw new InvalidArgumentError('HOST:PORT is wanted.');
  return [...before, one];
}

interface Place {
  readonly at: string;
  readonly connect: () => Promise<ByteChannel>;
}

async function scan(
  io: Io,
  options: { readonly tcp: readonly Address[]; readonly serial: boolean; readonly json?: boolean },
): Promise<number> {
  const places: Place[] = options.tcp.map((one) => ({
    at: `${one.host}:${one.port}`,
    connect: () => openTcp({ ...one, connectTimeoutMs: 2000 }),
  }));
  const serial = options.serial ? await serialPlaces() : { places: [], note: undefined };
  const results = [];
  for (const place of [...places, ...serial.places]) {
    if (io.interactive) io.err(`asking ${place.at} …\r`);
    results.push({ at: place.at, ...(await ask(place)) });
  }
  const found = results.filter((one) => one.driver !== undefined);
  if (options.json === true) {
    printJson(io, {
      ok: found.length > 0,
      places: results,
      ...(serial.note === undefined ? {} : { note: serial.note }),
    });
  } else {
    if (serial.note !== undefined) io.err(`${serial.note}\n`);
    const rows = results.map((one) => [
      one.at,
      one.driver ?? '–',
      one.model ?? one.problem ?? 'nobody we know answers',
    ]);
    io.out(
      rows.length === 0
        ? 'no ports to ask; --tcp HOST:PORT names one\n'
        : textTable(['where', 'driver', 'what'], rows),
    );
  }
  return found.length > 0 ? exitCode.done : exitCode.refused;
}

interface Answer {
  readonly driver?: Family;
  readonly layer?: string;
  readonly model?: string;
  readonly problem?: string;
}

async function ask({ connect }: Place): Promise<Answer> {
  try {
    const register = await probeShtrihM({ connect });
    if (register === undefined) return {};
    return { driver: 'shtrih-m', layer: register.layer, model: register.model };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return { problem: error.message };
  }
}

async function serialPlaces(): Promise<{ places: Place[]; note: string | undefined }> {
  const { listSerialPorts, openSerial } = await import('@elcert/device-drivers/serial');
  try {
    const ports = await listSerialPorts();
    const places = ports.flatMap(({ path }) =>
      baudRates.map((baudRate) => ({
        at: `${path} at ${baudRate}`,
        connect: () => openSerial({ path, baudRate }),
      })),
    );
    return { places, note: undefined };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return { places: [], note: error.message };
  }
}
