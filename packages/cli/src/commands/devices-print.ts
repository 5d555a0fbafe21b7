import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Address, parseAddress } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { printDrivers, statusDrivers } from '../devices/device.js';
import { listProfiles, type PrintTestOptions, printTest } from '../devices/print-test.js';
import { deviceStatus, type StatusOptions } from '../devices/status.js';
import { badInput } from '../outcome.js';

function address(text: string): Address {
  const one = parseAddress(text);
  if (one === undefined) throw new InvalidArgumentError('HOST:PORT is wanted.');
  return one;
}

function baudRate(text: string): number {
  const rate = /^\d{3,7}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(rate)) throw new InvalidArgumentError('a bit rate is wanted, e.g. 115200.');
  return rate;
}

function withPlace(command: Command, drivers: readonly string[]): Command {
  return command
    .addOption(new Option('--driver <name>', 'who speaks to it').choices(drivers))
    .option('--tcp <host:port>', 'it is in the network', address)
    .option('--port <path>', 'it is on a serial port')
    .option('--baud <rate>', 'bit rate of the serial port', baudRate, 115_200)
    .option('--file <path>', 'escpos: it is a device file, e.g. /dev/usb/lp0')
    .option('--url <url>', 'atol: address of its web server')
    .option('--profile <model>', 'escpos: the model; print-test --list names them');
}

/** `elcert devices status|print-test` */
export function addDevicePrintCommands(devices: Command, context: CommandContext): void {
  withPlace(devices.command('status'), statusDrivers)
    .description('ask a register, printer or terminal for its state; nothing is changed, nothing is printed')
    .option('--json', 'one JSON object on stdout')
    .action(context.action((options: Partial<StatusOptions>) => deviceStatus(context.io, driven(options))));
  withPlace(devices.command('print-test'), printDrivers)
    .description('print a slip that shows whether letters, width, codes and cutter are right')
    .option('--list', 'list the models of receipt printers instead')
    .option('--drawer', 'open the cash drawer too')
    .option('--no-cut', 'leave the paper uncut')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action((options: Partial<PrintTestOptions> & { readonly list?: boolean }) =>
        options.list === true
          ? listProfiles(context.io, options.json)
          : printTest(context.io, driven(options)),
      ),
    );
}

function driven<Options extends Partial<StatusOptions>>(options: Options): Options & StatusOptions {
  const { driver, baud = 115_200 } = options;
  if (driver === undefined) throw badInput('USAGE', '--driver says who speaks to it');
  return { ...options, driver, baud };
}
