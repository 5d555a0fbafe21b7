import { Command, CommanderError } from 'commander';
import type { CommandContext } from './command-context.js';
import { addDemoCommand } from './commands/demo.js';
import { addDeviceCommands } from './commands/devices.js';
import { addEmulateCommand } from './commands/emulate.js';
import { addFdCommands } from './commands/fd.js';
import { addFesCommands } from './commands/fes.js';
import { addKzCommands } from './commands/kz.js';
import { addOfdCommands } from './commands/ofd.js';
import { addTraceCommand } from './commands/trace.js';
import { addTruCommands } from './commands/tru.js';
import type { Io } from './io.js';
import { badInput, exitCode, exitCodeOf, printError } from './outcome.js';
import { version } from './version.js';

/**
 * Runs one command line.
 *
 * @param args - without the program's own name
 * @returns the exit code: 0 done, 1 refused or a check failed, 2 bad input or usage, 3 outcome unknown, 4 not sent
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const json = args.includes('--json');
  let code: number = exitCode.done;
  const context: CommandContext = {
    io,
    action:
      (body) =>
      async (...args) => {
        try {
          code = await body(...args);
        } catch (error) {
          code = exitCodeOf(error);
          printError(io, error, json);
        }
      },
  };
  const program = new Command('elcert')
    .description(
      'Electronic certificates at a till: play a sale, run the emulators, look into codes and fiscal documents.',
    )
    .version(version())
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 refused or a check failed, 2 bad input or usage, 3 outcome unknown, 4 not sent.',
    );
  addDemoCommand(program, context);
  addEmulateCommand(program, context);
  addTruCommands(program, context);
  addFdCommands(program, context);
  addFesCommands(program, context);
  addDeviceCommands(program, context);
  addTraceCommand(program, context);
  addOfdCommands(program, context);
  addKzCommands(program, context);
  settle(program, io, json);
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCode.done;
    if (json) printError(io, badInput('USAGE', error.message.replace(/^error: /, '')), true);
    return exitCode.badInput;
  }
  return code;
}

// commander prints and exits by itself unless every command of the tree is told not to.
function settle(command: Command, io: Io, json: boolean): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.out(text),
    writeErr: (text) => (json ? undefined : io.err(text)),
  });
  for (const child of command.commands) settle(child, io, json);
}
