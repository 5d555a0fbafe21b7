import { ElcertError, formatRubles, randomUuid, systemRandom } from '@elcert/core';
import type { BasketSplit } from '@elcert/fes-client';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../command-context.js';
import type { CartItem } from '../demo/cart.js';
import type { DemoRun, DemoSale } from '../demo/demo.js';
import { disagreements, moneyTable } from '../demo/money-table.js';
import { demoFaults, demoProblems } from '../demo/problems.js';
import type { SaleReport } from '../demo/sale.js';
import type { WireEvent, WireListener } from '../demo/wire.js';
import { writeOutput } from '../input.js';
import type { Io } from '../io.js';
import { errorJson, exitCode, exitCodeOf, printError, printJson } from '../outcome.js';
import { textTable } from '../table.js';

interface DemoOptions {
  readonly fault?: string;
  readonly problem?: string;
  readonly columns: number;
  readonly seed?: string;
  readonly trace?: string;
  readonly json?: boolean;
}

function paperWidth(text: string): number {
  const columns = Number(text);
  if (columns !== 32 && columns !== 42 && columns !== 48)
    throw new InvalidArgumentError('paper has 32, 42 or 48 columns.');
  return columns;
}

function list(entries: Readonly<Record<string, { readonly what: string }>>): string {
  return Object.entries(entries)
    .map(([name, { what }]) => `  ${name.padEnd(17)} ${what}`)
    .join('\n');
}

/** `elcert demo` */
export function addDemoCommand(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description(
      'play a whole certificate sale against emulators on real sockets, and count the money at every end',
    )
    .addOption(new Option('--fault <wire>', 'lose an answer on one wire').choices(Object.keys(demoFaults)))
    .addOption(
      new Option('--problem <name>', 'begin with something that is not right').choices(
        Object.keys(demoProblems),
      ),
    )
    .option('--columns <number>', 'width of the printed receipt: 32, 42 or 48', paperWidth, 48)
    .option('--seed <text>', 'play the same world again')
    .option(
      '--trace <file>',
      "write down the register's and the terminal's wires, masked, for `elcert trace`",
    )
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', `\nFaults:\n${list(demoFaults)}\n\nProblems:\n${list(demoProblems)}`)
    .action(context.action((options: DemoOptions) => demo(context, options)));
}

async function demo({ io }: CommandContext, options: DemoOptions): Promise<number> {
  const { fault, problem, columns, json = false, seed = randomUuid(systemRandom()).slice(0, 8) } = options;
  const wire: WireEvent[] = [];
  const { report, show } = json
    ? { report: silent, show: (event: WireEvent) => void wire.push(event) }
    : toPeople(io);
  // Loaded only here: a command that starts nothing starts at once.
  const { playDemo } = await import('../demo/demo.js');
  const trace: string[] = [];
  // A file that cannot be written is told before the sale, not after it.
  if (options.trace !== undefined) await writeOutput(options.trace, new Uint8Array(0));
  const run = await playDemo({
    seed,
    columns,
    show,
    report,
    ...(options.trace === undefined ? {} : { trace: (line: string) => void trace.push(`${line}\n`) }),
    ...(fault === undefined ? {} : { fault }),
    ...(problem === undefined ? {} : { problem }),
    said: (text) => {
      if (!json) io.out(`${text}\n`);
    },
    failed: (error) => {
      if (json) return;
      io.out('\n');
      printError(io, error, false);
      io.out('\n');
    },
  });
  if (options.trace !== undefined) {
    await writeOutput(options.trace, new TextEncoder().encode(trace.join('')));
    if (!json) io.out(`\nThe wires are in ${options.trace}: elcert trace ${options.trace}\n`);
  }
  const last = run.sales.at(-1);
  const problems = last === undefined ? [] : disagreements(last.holdings);
  if (last !== undefined && !json) io.out(closing(last, problems));
  if (json) printJson(io, toJson(run, wire, problems));
  if (problems.length > 0) return exitCode.refused;
  return run.error === undefined ? exitCode.done : exitCodeOf(run.error);
}

const silent: SaleReport = { step: () => {}, note: () => {}, cashier: () => {}, split: () => {} };

/** Tells people of the sale and shows them the wires; repeated commands of the register are counted, not repeated. */
function toPeople(io: Io): { readonly report: SaleReport; readonly show: WireListener } {
  let number = 0;
  let repeated = 0;
  const recent = new Map<string, string>();
  const settle = () => {
    if (repeated > 0) io.out(`    register   … and ${repeated} more of these\n`);
    repeated = 0;
  };
  const line = (text: string) => {
    settle();
    io.out(text);
  };
  return {
    show({ wire, direction, text }) {
      const [label = '', ...rest] = text.split(' | ');
      const known = rest.length > 0 && recent.get(direction) === label;
      if (rest.length > 0) recent.set(direction, label);
      if (known) repeated += direction === '→' ? 1 : 0;
      else line(`    ${wire.padEnd(8)} ${direction} ${text}\n`);
    },
    report: {
      step(_step, title) {
        number += 1;
        line(`\n${number}. ${title}\n`);
      },
      note: (text) => line(`    · ${text}\n`),
      cashier: (text) => line(`    · on the cashier's screen: «${text}»\n`),
      split: (split, items) => line(splitTable(split, items)),
    },
  };
}

function splitTable(split: BasketSplit, items: readonly CartItem[]): string {
  const covered = items.filter((item) => item.tru !== undefined);
  const rows = split.lines.map((line, index) => [
    covered[index]?.name ?? line.truCode,
    `${line.count} x ${formatRubles(line.price)}`,
    formatRubles(line.certificateAmount),
    formatRubles(line.ownAmount),
  ]);
  const ordinary = items
    .filter((item) => item.tru === undefined)
    .map(({ name, count, price }) => [
      name,
      `${count} x ${formatRubles(price)}`,
      'not for FES',
      formatRubles(price * count),
    ]);
  const table = textTable(['goods', 'price', 'certificate', 'own'], [...rows, ...ordinary], {
    right: [1, 2, 3],
  });
  return table.replace(/^(?=.)/gm, '    ');
}

function closing(sale: DemoSale, problems: readonly string[]): string {
  const verdict =
    problems.length === 0
      ? 'All ends agree to the kopeck.'
      : `THE ENDS DO NOT AGREE:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
  return `\n${sale.printed}\n\nWho holds what, each asked for itself (rubles)\n\n${moneyTable(sale.holdings)}\n${verdict}\n`;
}

function toJson(run: DemoRun, wire: readonly object[], problems: readonly string[]): Record<string, unknown> {
  const last = run.sales.at(-1);
  const error =
    run.error ??
    (problems.length === 0
      ? undefined
      : new ElcertError({ code: 'ENDS_DISAGREE', message: problems.join('; '), outcome: 'refused' }));
  return {
    ok: error === undefined,
    ...(error === undefined ? {} : { error: errorJson(error) }),
    seed: run.seed,
    ...(last === undefined
      ? {}
      : {
          sale: {
            basketId: last.sale.basketId,
            certificateAmount: last.sale.certificateAmount,
            ownAmount: last.sale.ownAmount,
            total: last.sale.total,
            fiscal: last.sale.fiscal,
            delivered: last.sale.delivered,
          },
          balanced: problems.length === 0,
          holdings: last.holdings,
          receipt: last.printed.split('\n'),
        }),
    wire,
  };
}
