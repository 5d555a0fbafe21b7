import { toHex } from '@elcert/core';
import { decodeKzFrame, encodeKzFrame, type KzFrame, type KzKind } from '@elcert/ofd-transport/kz';
import { type Command, Option } from 'commander';
import { readBytes } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { readJson, writeOutput } from '../input.js';
import { badInput, exitCode, printJson } from '../outcome.js';
import { addKzServeCommand } from './kz-serve.js';
import { addKzTools } from './kz-tools.js';

interface DecodeOptions {
  readonly hex?: string;
  readonly kind?: KzKind;
  readonly json?: boolean;
}

interface EncodeOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** `elcert kz decode|encode|qr|iin|render|serve` */
export function addKzCommands(program: Command, context: CommandContext): void {
  const kz = program
    .command('kz')
    .description('registers of Kazakhstan: messages, papers, links, a cash core for tills in any language');
  addKzServeCommand(kz, context);
  addKzTools(kz, context);

  kz.command('decode')
    .description('read one message: header, protobuf, fields that its version does not know')
    .argument('[file]', 'file with the message, - for standard input')
    .option('--hex <text>', 'the message itself, as hex, instead of a file')
    .addOption(
      new Option('--kind <kind>', 'which way it goes; recognised unless told').choices([
        'request',
        'response',
      ] satisfies KzKind[]),
    )
    .option('--json', 'one JSON object on stdout, which `kz encode` takes')
    .action(
      context.action(async (file: string | undefined, options: DecodeOptions) => {
        const bytes = await readBytes(context.io, file, options.hex, 16 << 20);
        const frame = decodeKzFrame(bytes, { kind: options.kind });
        if (options.json === true) printJson(context.io, { ok: true, ...frame });
        else {
          const { header, unknown } = frame;
          const lines = [
            `${frame.kind}, protocol ${[...String(header.version)].join('.')}, ${header.size} bytes`,
            `device ${header.id}, token ${header.token}, request ${header.reqnum}`,
            JSON.stringify(frame.message, null, 2),
            ...unknown.map((one) => `unknown field ${one.number} in /${one.path}: ${one.hex}`),
          ];
          context.io.out(`${lines.join('\n')}\n`);
        }
        return exitCode.done;
      }),
    );

  kz.command('encode')
    .description('make the bytes of a message that `kz decode --json` printed')
    .argument('<file>', 'JSON file, - for standard input')
    .option('--out <file>', 'where the bytes go; without it they are printed as hex')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action(async (file: string, options: EncodeOptions) => {
        const bytes = encodeKzFrame(frameOf(await readJson(file, context.io, 16 << 20)));
        if (options.out !== undefined) await writeOutput(options.out, bytes);
        if (options.json === true) {
          printJson(context.io, {
            ok: true,
            length: bytes.length,
            ...(options.out === undefined ? { hex: toHex(bytes) } : { out: options.out }),
          });
        } else if (options.out === undefined) context.io.out(`${toHex(bytes)}\n`);
        return exitCode.done;
      }),
    );
}

function frameOf(value: unknown): KzFrame {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badInput('BAD_VALUE', 'an object as `kz decode --json` prints it is wanted');
  for (const name of ['header', 'message']) {
    const member = (value as Record<string, unknown>)[name];
    if (typeof member !== 'object' || member === null)
      throw badInput('BAD_VALUE', `${name}: an object wanted`, { path: name });
  }
  // Its members are checked where they are written.
  return value as KzFrame;
}
