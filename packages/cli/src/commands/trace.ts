import { isElcertError } from '@elcert/core';
import { parseTrace, type TraceRecord } from '@elcert/device-drivers';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { type Explained, type Family, isFamily } from '../devices/explain.js';
import { explainRecords } from '../devices/explain-trace.js';
import { readInput } from '../input.js';
import type { Io } from '../io.js';
import { badInput, exitCode, printJson } from '../outcome.js';

interface TraceOptions {
  readonly family?: string;
  readonly brief?: boolean;
  readonly json?: boolean;
}

/** Longest trace that is read, bytes. */
const maxTrace = 256 << 20;

/** `elcert trace` */
export function addTraceCommand(program: Command, context: CommandContext): void {
  program
    .command('trace')
    .description('explain what a driver wrote down of its wire, command by command')
    .argument('<file>', 'the trace, one JSON object a line; - for standard input')
    .option('--family <name>', 'this family alone, when several devices share the file')
    .option('--brief', 'one line for each thing said: no fields, no bytes of the link')
    .option('--json', 'one JSON object on stdout')
    .action(context.action((file: string, options: TraceOptions) => trace(context.io, file, options)));
}

async function trace(io: Io, file: string, options: TraceOptions): Promise<number> {
  const bytes = await readInput(file, io, maxTrace);
  const { records, torn } = parsed(bytes);
  const wanted = records.filter(({ family }) => options.family === undefined || family === options.family);
  const [first] = wanted;
  if (first === undefined) {
    const there = [...new Set(records.map(({ family }) => family))].join(', ');
    throw badInput(
      'EMPTY_TRACE',
      there === '' ? `${file} has no entries` : `${file} has no ${options.family}, only ${there}`,
    );
  }
  const stranger = wanted.find(({ family }) => !isFamily(family));
  if (stranger !== undefined) throw badInput('UNKNOWN_FAMILY', `nobody here speaks ${stranger.family}`);
  const said = explainRecords(wanted as readonly (TraceRecord & { readonly family: Family })[]);
  const ok = said.every(({ found }) => found.every((one) => one.ok));
  if (options.json === true) {
    printJson(io, {
      ok,
      torn,
      said: said.map(({ found, ...one }) => ({ ...one, found: found.map(({ value }) => value) })),
    });
    return ok ? exitCode.done : exitCode.refused;
  }
  io.out(`${new Date(first.entry.at).toISOString()}, ${wanted.length} entries\n`);
  for (const { at, family, direction, found } of said) {
    const time = `+${((at - first.entry.at) / 1000).toFixed(3)}`.padStart(9);
    const arrow = direction === 'out' ? '→' : '←';
    for (const one of found) {
      if (options.brief === true && one.minor === true) continue;
      io.out(lineOf(one, `${time} ${family} ${arrow} `, options.brief === true));
    }
  }
  if (torn) io.err('The last line is cut short and left out.\n');
  return ok ? exitCode.done : exitCode.refused;
}

function lineOf({ title, lines, ok }: Explained, head: string, brief: boolean): string {
  const fields = brief ? [] : lines.map((line) => `${' '.repeat(14)}${line}`);
  return [`${head}${ok ? '' : '⚠ '}${title}`, ...fields, ''].join('\n');
}

function parsed(bytes: Uint8Array) {
  try {
    return parseTrace(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!isElcertError(error)) throw error;
    throw badInput('BAD_TRACE', error.message, {
      ...(error.position === undefined ? {} : { position: error.position }),
    });
  }
}
