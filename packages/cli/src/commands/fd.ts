import { formatRubles, toHex } from '@elcert/core';
import {
  checkLink,
  type DocumentCode,
  decodeDocument,
  decodeTags,
  documentCodes,
  documentFromJson,
  documentFromTags,
  documentToJson,
  encodeDocument,
  type FiscalDocument,
  fiscalQrOf,
  formatFiscalQr,
  type InspectedTag,
  inspectTlv,
  isDocumentCode,
  type JsonValue,
  maxTlvLength,
  parseCheckLink,
  parseExactJson,
  receiptOfDocument,
  tagsToJson,
} from '@elcert/fiscal-doc';
import { type Issue, validateDocument } from '@elcert/fiscal-doc/rules';
import type { FiscalBytesKind } from '@elcert/ofd-transport/ru';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readBytes } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { type FiscalLayers, fiscalKinds, inspectFiscalBytes, openFiscalBytes } from '../fiscal-bytes.js';
import type { CheckedFile } from '../fiscal-check.js';
import { readInput, writeOutput } from '../input.js';
import { badInput, errorJson, exitCode, printJson } from '../outcome.js';
import { textTable } from '../table.js';

interface ValidateCommandOptions extends FdOptions {
  readonly field?: boolean;
  readonly strictness?: 'strict' | 'flc' | 'field';
  readonly originalDate?: string;
}

interface RenderOptions extends FdOptions {
  readonly list?: boolean;
  readonly columns: number;
  readonly format: 'text' | 'html' | 'svg' | 'png';
  readonly out?: string;
}

interface FdOptions {
  readonly form?: DocumentCode;
  readonly hex?: string;
  readonly kind?: FiscalBytesKind;
  readonly json?: boolean;
}

/** `elcert fd …` */
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
      const { kind, tlv, fault } = inspectFiscalBytes(bytes, options.kind);
      const tags = (tlv === undefined ? [] : inspectTlv(tlv.bytes)).map((row) => ({
        ...row,
        offset: row.offset + (tlv?.offset ?? 0),
      }));
      const ok = fault === undefined && tags.every((row) => row.fault === undefined);
      const envelope = fault === undefined ? {} : { fault: errorJson(fault) };
      if (options.json === true) printJson(context.io, { ok, kind, length: bytes.length, ...envelope, tags });
      else {
        const broken = fault === undefined ? '' : `! ${fault.code}: ${fault.message}\n`;
        context.io.out(`${kind}, ${bytes.length} bytes\n${broken}\n${dump(tags)}`);
      }
      return ok ? exitCode.done : exitCode.refused;
    }),
  );
  addDocumentCommands(fd, context);
  addCheckCommand(fd, context);
  addArchiveCommand(fd, context);
}

/** Commands that take one document, whatever envelope it comes in. */
function addDocumentCommands(fd: Command, context: CommandContext): void {
  documentCommand(
    fd,
    'validate',
    'check a document by the rules of its version; exit code 1 when it has errors',
  )
    .addOption(
      new Option(
        '--strictness <name>',
        'strict: before it is sent; flc: what a format-logic control refuses; field: as real documents are',
      ).choices(['strict', 'flc', 'field']),
    )
    .option('--field', 'the same as --strictness field')
    .option(
      '--original-date <day>',
      'day of the settlement that a return undoes: rates of VAT are judged by it',
      isoDay,
    )
    .action(
      context.action(async (file: string | undefined, options: ValidateCommandOptions) => {
        const document = documentOf(await input(context, file, options), options);
        const issues = validateDocument(document, {
          strictness: options.strictness ?? (options.field === true ? 'field' : 'strict'),
          originalDate: options.originalDate,
        });
        const errors = issues.filter((issue) => issue.severity === 'error').length;
        if (options.json === true)
          printJson(context.io, { ok: errors === 0, document: document.name, errors, issues });
        else context.io.out(issueText(document.name, issues));
        return errors === 0 ? exitCode.done : exitCode.refused;
      }),
    );

  documentCommand(
    fd,
    'render',
    'a document as it is printed, in Russian: receipts, reports of shifts, registrations',
  )
    .option('--list', 'as text: each requisite by its official name instead of the paper')
    .option('--columns <number>', 'width of the paper: 24 to 120', wholeNumber, 48)
    .addOption(
      new Option('--format <name>', 'how it is drawn')
        .choices(['text', 'html', 'svg', 'png'])
        .default('text'),
    )
    .option('--out <file>', 'where it goes; printed unless told; a PNG needs it')
    .action(
      context.action(async (file: string | undefined, options: RenderOptions) => {
        const { out, format } = options;
        if (format === 'png' && out === undefined)
          throw badInput('USAGE', 'a PNG goes to a file: --out <file> is wanted', { path: '--out' });
        const drawn = await render(documentOf(await input(context, file, options), options), options);
        if (out !== undefined)
          await writeOutput(out, typeof drawn === 'string' ? new TextEncoder().encode(`${drawn}\n`) : drawn);
        if (options.json === true) {
          const where = out === undefined ? { text: String(drawn).split('\n') } : { out };
          printJson(context.io, { ok: true, format, ...where });
        } else context.io.out(out === undefined ? `${String(drawn)}\n` : `written to ${out}\n`);
        return exitCode.done;
      }),
    );

  documentCommand(fd, 'qr', 'read the QR of a receipt, or make it from a document')
    .option('--text <payload>', 'read this payload, or a link with it: t=…&s=…&fn=…&i=…&fp=…&n=…')
    .option('--page <url>', 'make a link to this page of an operator, with the receipt in it')
    .action(
      context.action(
        async (
          file: string | undefined,
          options: FdOptions & { readonly text?: string; readonly page?: string },
        ) => {
          const fields =
            options.text === undefined
              ? fiscalQrOf(receiptOfDocument(documentOf(await input(context, file, options), options)).facts)
              : parseCheckLink(options.text);
          const payload = formatFiscalQr(fields);
          const link = options.page === undefined ? undefined : checkLink(fields, options.page);
          if (options.json === true) {
            printJson(context.io, { ok: true, payload, ...(link === undefined ? {} : { link }), ...fields });
            return exitCode.done;
          }
          const { renderQrText } = await import('@elcert/fiscal-doc/qr');
          context.io.out(`${renderQrText(payload)}\n\n${payload}\n${link === undefined ? '' : `${link}\n`}`);
          return exitCode.done;
        },
      ),
    );

  fd.command('encode')
    .description("make a document TLV out of the tax service's JSON, or of what decode printed")
    .argument('<file>', 'JSON file, - for standard input')
    .option('--out <file>', 'where the bytes go; without it they are printed as hex')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action(async (file: string, options: { readonly out?: string; readonly json?: boolean }) => {
        const text = new TextDecoder().decode(await readInput(file, context.io, 1 << 22));
        const { document, ignored } = documentFromJson(documentJson(parseExactJson(text)));
        const bytes = encodeDocument(document);
        if (options.out !== undefined) await writeOutput(options.out, bytes);
        if (options.json === true) {
          const hex = options.out === undefined ? { hex: toHex(bytes) } : { out: options.out };
          printJson(context.io, { ok: true, document: document.name, length: bytes.length, ignored, ...hex });
        } else if (options.out === undefined) context.io.out(`${toHex(bytes)}\n`);
        else context.io.out(`${document.name}, ${bytes.length} bytes → ${options.out}\n`);
        return exitCode.done;
      }),
    );
}

function addCheckCommand(fd: Command, context: CommandContext): void {
  fd.command('check')
    .description(
      'decode and encode every raw file of a folder again; exit code 1 unless all are byte-identical and agree with their JSON',
    )
    .argument('<folder>', 'raw files *.bin; the JSON beside NAME.raw.bin is NAME.json')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action(async (folder: string, options: { readonly json?: boolean }) => {
        const { checkFolder } = await import('../fiscal-check.js');
        const files = [];
        for await (const one of checkFolder(folder, context.io)) {
          files.push(one);
          if (options.json !== true) context.io.out(checkedText(one));
        }
        const failed = files.filter((one) => !one.ok).length;
        if (options.json === true)
          printJson(context.io, { ok: failed === 0, checked: files.length, failed, files });
        else context.io.out(`\n${files.length} files, ${failed} failed\n`);
        return failed === 0 ? exitCode.done : exitCode.refused;
      }),
    );
}

function addArchiveCommand(fd: Command, context: CommandContext): void {
  fd.command('archive')
    .description(
      'go through the archive export of a drive, of any length; exit code 1 when a part cannot be read',
    )
    .argument('<file>', 'the export, - for standard input')
    .option('--list', 'a line for each document')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action(async (file: string, options: { readonly list?: boolean; readonly json?: boolean }) => {
        const { summariseArchive } = await import('../fiscal-archive.js');
        const { io } = context;
        let told = 0;
        const { faults, faultCount, ...summary } = await summariseArchive(
          file,
          io,
          ({ offset, document, fiscalDocumentNumber = '?', dateTime = '', totalSum }) => {
            if (options.list !== true || options.json === true) return;
            const sum = totalSum === undefined ? '' : formatRubles(totalSum);
            io.out(`${offset}\t${document}\t${fiscalDocumentNumber}\t${dateTime}\t${sum}\n`);
          },
          ({ bytes, documents }) => {
            if (!io.interactive || bytes - told < 8 << 20) return;
            told = bytes;
            io.err(`${documents} documents, ${(bytes / (1 << 20)).toFixed(0)} MB\n`);
          },
        );
        if (options.json === true) printJson(io, { ok: faultCount === 0, ...summary, faultCount, faults });
        else {
          io.out(`${memberLines(summary).join('\n')}\nfaults: ${faultCount}\n`);
          for (const one of faults)
            io.out(`  ${one.offset}: ${one.tag === undefined ? '' : `tag ${one.tag}: `}${one.message}\n`);
        }
        return faultCount === 0 ? exitCode.done : exitCode.refused;
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

function input({ io }: CommandContext, file: string | undefined, { hex }: FdOptions): Promise<Uint8Array> {
  return readBytes(io, file, hex, 1 << 20);
}

function decode({ tlv, ...outer }: FiscalLayers): Record<string, unknown> {
  if (tlv === undefined) return outer;
  if (tlv.is === 'tags') return { ...outer, fields: tagsToJson(decodeTags(tlv.bytes)) };
  const document = decodeDocument(tlv.bytes);
  const { code, name, ffdVersion = null } = document;
  return { ...outer, document: { code, name, ffdVersion, fields: documentToJson(document) } };
}

/** Text for a terminal: control characters, which a document may hold, would command it. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\u00b7');
}

function memberLines(value: object, indent = ''): string[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]): string[] => {
    if (member instanceof Uint8Array) return [`${indent}${name}: ${toHex(member)}`];
    if (Array.isArray(member)) {
      return member.flatMap((item: unknown, index) =>
        typeof item === 'object' && item !== null
          ? [`${indent}${name}[${index}]`, ...memberLines(item, `${indent}  `)]
          : [`${indent}${name}[${index}]: ${printable(String(item))}`],
      );
    }
    if (typeof member === 'object' && member !== null)
      return [`${indent}${name}`, ...memberLines(member, `${indent}  `)];
    return [`${indent}${name}: ${printable(String(member))}`];
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
        ? shorten(value instanceof Uint8Array ? '' : printable(String(value ?? '')), 60)
        : `! ${fault}`,
      shorten(raw, 49),
    ]),
  );
}

function formCode(text: string): DocumentCode {
  const code = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (!isDocumentCode(code)) throw new InvalidArgumentError(`one of ${documentCodes.join(', ')} is wanted.`);
  return code;
}

function isoDay(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new InvalidArgumentError('a date like 2025-12-30 is wanted.');
  return text;
}

/** A command whose bytes must be a document, or a list of tags that `--form` makes one. */
function documentCommand(parent: Command, name: string, description: string): Command {
  return bytesCommand(parent, name, description).option(
    '--form <code>',
    'form of a bare list of tags: 3 receipt, 31 correction, 5 shift closing …',
    formCode,
  );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
}

function documentOf(bytes: Uint8Array, { kind, form }: FdOptions): FiscalDocument {
  const { tlv, kind: found } = openFiscalBytes(bytes, kind);
  if (tlv !== undefined && tlv.bytes.length > 4 + maxTlvLength)
    throw badInput('TLV_TOO_LONG', `${tlv.bytes.length} bytes of tags are more than a document holds`, {
      position: 0,
    });
  if (tlv?.is === 'tags' && form !== undefined)
    return documentFromTags(form, decodeTags(tlv.bytes, { document: form }));
  if (tlv?.is === 'tags')
    throw badInput(
      'NOT_A_DOCUMENT',
      'a list of tags without a form code; --form <code> says which form it is',
      {
        path: '--form',
      },
    );
  if (tlv?.is !== 'document')
    throw badInput('NOT_A_DOCUMENT', `a document is wanted, this is: ${found}`, { position: 0 });
  return decodeDocument(tlv.bytes);
}

async function render(
  document: FiscalDocument,
  { format, columns, list }: RenderOptions,
): Promise<string | Uint8Array> {
  const drawn = await import('@elcert/fiscal-doc/render');
  if (list === true) return drawn.renderRowsText(drawn.requisiteRows(document), { columns });
  switch (format) {
    case 'html':
      return drawn.renderDocumentHtml(document);
    case 'svg':
      return drawn.renderDocumentSvg(document, { columns });
    case 'png':
      return drawn.renderDocumentPng(document, { columns });
    case 'text': {
      const { renderQrText } = await import('@elcert/fiscal-doc/qr');
      return drawn.renderDocumentText(document, { columns, drawQr: (payload) => renderQrText(payload) });
    }
  }
}

/** The fields of a document, also out of the object that `decode --json` prints. */
function documentJson(json: JsonValue): JsonValue {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  const { document } = json as { readonly document?: JsonValue };
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return json;
  return (document as { readonly fields?: JsonValue }).fields ?? json;
}

function issueText(name: string, issues: readonly Issue[]): string {
  if (issues.length === 0) return `${name}: nothing to object to\n`;
  const rows = issues.map(({ severity, path, message_ru, clause }) => [severity, path, message_ru, clause]);
  return textTable(['severity', 'where', 'what', 'clause'], rows);
}

function checkedText({
  file,
  ok,
  kind,
  document,
  error,
  identical,
  differences = [],
  shifted = [],
}: CheckedFile): string {
  const lines = [`${ok ? 'ok    ' : 'FAILED'}  ${file}  ${[kind, document].filter(Boolean).join(', ')}`];
  if (error !== undefined) lines.push(`        ${String(error.code)}: ${String(error.message)}`);
  if (identical === false) lines.push('        encoding it again gives other bytes');
  for (const one of differences) {
    lines.push(
      `        ${one.path}: ${JSON.stringify(one.document)} in the document, ${JSON.stringify(one.json)} in the JSON`,
    );
  }
  for (const one of shifted) lines.push(`        ${one.path}: ${one.hours} h away in the JSON, a time zone`);
  return `${lines.join('\n')}\n`;
}
