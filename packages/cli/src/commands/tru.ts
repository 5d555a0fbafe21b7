import {
  enrichTruCode,
  formatTruCode,
  isTestTruCode,
  missingTruParts,
  parseTruCode,
  type TruCode,
  type TruCodeForm,
} from '@elcert/tru-code';
import { type Command, Option } from 'commander';
import type { CommandContext } from '../command-context.js';
import { exitCode, printJson } from '../outcome.js';
import { addTruListCommands } from './tru-lists.js';

interface JsonOption {
  readonly json?: boolean;
}

interface EnrichOptions extends JsonOption {
  readonly manufacturer?: string;
  readonly model?: string;
  readonly country?: string;
  readonly overwrite?: boolean;
}

function describe(code: TruCode): Record<string, unknown> {
  return { ...code, missing: missingTruParts(code), test: isTestTruCode(code) };
}

function print(context: CommandContext, code: TruCode, json: boolean | undefined): number {
  if (json === true) printJson(context.io, { ok: true, ...describe(code) });
  else {
    const known = (digits: string) => (/^0+$/.test(digits) ? `${digits} (unknown)` : digits);
    context.io.out(
      [
        `full          ${code.full}`,
        `base          ${code.base}`,
        `manufacturer  ${known(code.manufacturer)}`,
        `model         ${known(code.model)}`,
        `country       ${known(code.country)}`,
        ...(isTestTruCode(code) ? ['this is the code for connection tests: no goods carry it'] : []),
        '',
      ].join('\n'),
    );
  }
  return exitCode.done;
}

/** `elcert tru …` */
export function addTruCommands(program: Command, context: CommandContext): void {
  const tru = program.command('tru').description('TRU codes of goods paid by electronic certificates');
  const codeHelp = 'code of 19 or 30 characters, or as KTSR prints it (329921120.060010102.0008.0001.643)';

  tru
    .command('parse')
    .description('take a code apart, or say what is wrong with it and where')
    .argument('<code>', codeHelp)
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action((text: string, options: JsonOption) => print(context, parseTruCode(text), options.json)),
    );

  tru
    .command('format')
    .description('write a code in another form')
    .argument('<code>', codeHelp)
    .addOption(
      new Option('--form <form>', 'full: 30 characters, base: 19, ktsr: with dots between the parts')
        .choices(['full', 'base', 'ktsr'])
        .default('full'),
    )
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action((text: string, options: JsonOption & { readonly form: TruCodeForm }) => {
        const formatted = formatTruCode(parseTruCode(text), options.form);
        if (options.json === true) printJson(context.io, { ok: true, form: options.form, text: formatted });
        else context.io.out(`${formatted}\n`);
        return exitCode.done;
      }),
    );

  tru
    .command('enrich')
    .description('add manufacturer, model and country to a code')
    .argument('<code>', codeHelp)
    .option('--manufacturer <digits>', 'four digits')
    .option('--model <digits>', 'four digits')
    .option('--country <digits>', 'three digits of OKSM, 643 is Russia')
    .option('--overwrite', 'replace parts that the code holds already')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action((text: string, options: EnrichOptions) => {
        const { manufacturer, model, country, overwrite } = options;
        return print(
          context,
          enrichTruCode(parseTruCode(text), { manufacturer, model, country, overwrite }),
          options.json,
        );
      }),
    );

  addTruListCommands(tru, context);
}
