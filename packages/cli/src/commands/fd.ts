import { fromHex, toHex } from '@elcert/core';
import {
  decodeDocument,
  decodeTags,
  documentToJson,
  type InspectedTag,
  inspectTlv,
  tagsToJson,
} from '@elcert/fiscal-doc';
import type { FiscalBytesKind } from '@elcert/ofd-transport/ru';
import { type Command, Option } from 'commander';
import { type FiscalLayers, fiscalKinds, openFiscalBytes } from '../fiscal-bytes.js';
import { readInput } from '../input.js';
import { badInput, exitCode, printJson } from '../outcome.js';
import type { CommandContext } from '../run.js';
import { textTable } from '../table.js';

interface FdOptions {
  readonly hex?: string;
  readonly kind?: FiscalBytesKind;
  readonly json?: boolean;
}

/** `elcert fd decode|inspect` */
export function addFdCommands(program: Command, context: CommandContext): void {
  const fd = program
    .command('fd')
    .description('fiscal documents: sessions, containers, documents, lists of tags');
  addDecodeCommand(fd, context);

  bytesCommand(
    fd,
    'inspect',
    'an annotated dump: offset, tag, name, value and bytes, as far as they make sense',
  ).action(
    context.action(async (file: string | undefined, options: FdOptions) => {
      const bytes = await input(context, file, options);
      const { kind, tlv } = openFiscalBytes(bytes, options.kind);
      const tags = (tlv === undefined ? [] : inspectTlv(tlv.bytes)).map((row) => ({
        ...row,
        offset: row.offset + (tlv?.offset ?? 0),
      }));
      const faults = tags.filter((row) => row.fault !== undefined).length;
      if (options.json === true)
        printJson(context.io, { ok: faults === 0, kind, length: bytes.length, tags });
      else context.io.out(`${kind}, ${bytes.length} bytes\n\n${dump(tags)}`);
      return faults === 0 ? exitCode.done : exitCode.refused;
    }),
  );
}

/** `decode`, which stands under `fd` and under `ofd`: one recogniser for all. */
export function addDecodeCommand(parent: Command, context: CommandContext): void {
  bytesCommand(parent, 'decode', 'recognise the bytes and show every layer and tag').action(
    context.action(async (file: string | undefined, options: FdOptions) => {
      const decoded = decode(openFiscalBytes(await input(context, file, options), options.kind));
      if (options.json === true) printJson(context.io, { ok: true, ...decoded });
      else context.io.out(`${memberLines(decoded).join('\n')}\n`);
      return exitCode.done;
    }),
  );
}

function bytesCommand(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .argument('[file]', 'file with the bytes, - for standard input')
    .option('--hex <text>', 'the bytes themselves, as hex, instead of a file')
    .addOption(
      new Option('--kind <kind>', 'what the bytes are, if they are not to be recognised').choices(
        fiscalKinds,
      ),
    )
    .option('--json', 'one JSON object on stdout');
}

async function input(
  { io }: CommandContext,
  file: string | undefined,
  options: FdOptions,
): Promise<Uint8Array> {
  if ((file === undefined) === (options.hex === undefined))
    throw badInput('USAGE', 'either a file or --hex is wanted');
  return options.hex === undefined ? readInput(file as string, io, 1 << 20) : fromHex(options.hex);
}

function decode({ tlv, ...outer }: FiscalLayers): Record<string, unknown> {
  if (tlv === undefined) return outer;
  if (tlv.is === 'tags') return { ...outer, fields: tagsToJson(decodeTags(tlv.bytes)) };
  const document = decodeDocument(tlv.bytes);
  const { code, name, ffdVersion = null } = document;
  return { ...outer, document: { code, name, ffdVersion, fields: documentToJson(document) } };
}

function memberLines(value: object, indent = ''): string[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]): string[] => {
    if (member instanceof Uint8Array) return [`${indent}${name}: ${toHex(member)}`];
    if (Array.isArray(member)) {
      return member.flatMap((item: unknown, index) =>
        typeof item === 'object' && item !== null
          ? [`${indent}${name}[${index}]`, ...memberLines(item, `${indent}  `)]
          : [`${indent}${name}[${index}]: ${String(item)}`],
      );
    }
    if (typeof member === 'object' && member !== null)
      return [`${indent}${name}`, ...memberLines(member, `${indent}  `)];
    return [`${indent}${name}: ${String(member)}`];
  });
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function dump(rows: readonly InspectedTag[]): string {
  return textTable(
    ['offset', 'tag', 'name', 'value', 'bytes'],
    rows.map(({ offset, depth, tag, title, name, value, raw, fault }) => [
      offset.toString(16).padStart(4, '0'),
      `${'  '.repeat(depth)}${tag}`,
      shorten(title || name || '?', 48),
      fault === undefined
        ? shorten(value instanceof Uint8Array ? '' : String(value ?? ''), 60)
        : `! ${fault}`,
      shorten(raw, 49),
    ]),
  );
}
