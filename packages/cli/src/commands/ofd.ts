import { systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { type OfdOperator, ofdOperator, ofdOperators, pingOfd } from '@elcert/ofd-transport/ru';
import { type Command, InvalidArgumentError } from 'commander';
import { type Address, parseAddress } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { badInput, exitCode, printJson } from '../outcome.js';
import { textTable } from '../table.js';
import { addDecodeCommand } from './fd.js';

interface PingOptions {
  readonly timeout: number;
  readonly fn?: string;
  readonly json?: boolean;
}

function milliseconds(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError('a whole number of milliseconds is wanted.');
  return value;
}

/** `elcert ofd decode|ping|operators` */
export function addOfdCommands(program: Command, context: CommandContext): void {
  const ofd = program.command('ofd').description('operators of fiscal data (OFD) and what goes to them');
  addDecodeCommand(ofd, context);

  ofd
    .command('ping')
    .description('ask an operator whether it is there: a session header without a document')
    .argument('<operator>', 'HOST:PORT, or the taxpayer number (INN) of an operator')
    .option('--timeout <ms>', 'how long to wait for an answer', milliseconds, 5000)
    .option('--fn <number>', 'number of a fiscal drive to show; nines unless told')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action(async (operator: string, options: PingOptions) => {
        const address = addressOf(operator);
        const { answer, elapsedMs } = await pingOfd({
          connect: ({ signal }) =>
            openTcp({
              ...address,
              connectTimeoutMs: options.timeout,
              ...(signal === undefined ? {} : { signal }),
            }),
          clock: systemClock(),
          timeoutMs: options.timeout,
          ...(options.fn === undefined ? {} : { fiscalDriveNumber: options.fn }),
        });
        if (options.json === true) printJson(context.io, { ok: true, ...address, answer, elapsedMs });
        else context.io.out(`${address.host}:${address.port} ${answers[answer]} (${elapsedMs} ms)\n`);
        return exitCode.done;
      }),
    );

  ofd
    .command('operators')
    .description('the operators and their addresses')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action((options: { readonly json?: boolean }) => {
        if (options.json === true) printJson(context.io, { ok: true, operators: ofdOperators });
        else context.io.out(textTable(['INN', 'operator', 'address'], ofdOperators.map(operatorRow)));
        return exitCode.done;
      }),
    );
}

const answers = {
  reply: 'answers with a session of its own',
  closed: 'takes the connection and closes it',
  silent: 'takes the connection and says nothing',
} as const;

function operatorRow({ inn, name, host, port, closedOn }: OfdOperator): string[] {
  const address = host === undefined ? '–' : `${host}:${port}`;
  return [inn, name, closedOn === undefined ? address : `closed on ${closedOn}`];
}

function addressOf(operator: string): Address {
  if (/^\d{10}$/.test(operator)) {
    const known = ofdOperator(operator);
    if (known?.host === undefined || known.port === undefined) {
      throw badInput(
        'UNKNOWN_OPERATOR',
        `no address is known for operator ${operator}: elcert ofd operators lists them`,
      );
    }
    return { host: known.host, port: known.port };
  }
  const address = parseAddress(operator);
  if (address === undefined) throw badInput('USAGE', 'HOST:PORT or an INN of ten digits is wanted');
  return address;
}
