import { toHex } from '@elcert/core';
import {
  decodeDocument,
  decodeTags,
  documentFromJson,
  documentToJson,
  encodeDocument,
  type FiscalDocument,
  fiscalQrOf,
  formatFiscalQr,
  type InspectedTag,
  inspectTlv,
  type JsonValue,
  parseExactJson,
  parseFiscalQr,
  receiptOfDocument,
  tagsToJson,
} from '@elcert/fiscal-doc';
import { type Issue, validateDocument } from '@elcert/fiscal-doc/rules';
import type { FiscalBytesKind } from '@elcert/ofd-transport/ru';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readBytes } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { type FiscalLayers, fiscalKinds, openFiscalBytes } from '../fiscal-bytes.js';
import type { CheckedFile } from '../fiscal-check.js';
import { readInput, writeOutput } from '../input.js';
import { badInput, exitCode, printJson } from '../outcome.js';
import { textTable } from '../table.js';

interface RenderOptions extends FdOptions {
  readonly columns: number;
  readonly format: 'text' | 'html' | 'svg' | 'png';
  readonly out?: string;
}

interface FdOptions {
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
  addDocumentCommands(fd, context);
  addCheckCommand(fd, context);
}

/** Commands that take one document, whatever envelope it comes in. */
function addDocumentCommands(fd: Command, context: CommandContext): void {
  bytesCommand(fd, 'validate', 'check a document by the rules of its version; exit code 1 when it has errors')
    .option('--field', 'as real documents are: faults of composition are warnings')
    .action(
      context.action(async (file: string | undefined, options: FdOptions & { readonly field?: boolean }) => {
        const document = documentOf(await input(context, file, options), options);
        const issues = validateDocument(document, {
          strictness: options.field === true ? 'field' : 'strict',
        });
        const errors = issues.filter((issue) => issue.severity === 'error').length;
        if (options.json === true)
          printJson(context.io, { ok: errors === 0, document: document.name, errors, issues });
        else context.io.out(issueText(document.name, issues));
        return errors === 0 ? exitCode.done : exitCode.refused;
      }),
    );

  bytesCommand(
    fd,
    'render',
    'a document as it is printed, in Russian: receipts, reports of shifts, registrations',
  )
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

  fd.command('qr')
    .description('read the QR of a receipt, or make it from a document')
    .argument('[file]', 'file with a document, - for standard input')
    .option('--hex <text>', 'the document itself, as hex, instead of a file')
    .option('--text <payload>', 'read this payload: t=…&s=…&fn=…&i=…&fp=…&n=…')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action(async (file: string | undefined, options: FdOptions & { readonly text?: string }) => {
        const fields =
          options.text === undefined
            ? fiscalQrOf(receiptOfDocument(documentOf(await input(context, file, options), options)).facts)
            : parseFiscalQr(options.text);
        const payload = formatFiscalQr(fields);
        if (options.json === true) {
          printJson(context.io, { ok: true, payload, ...fields });
          return exitCode.done;
        }
        const { renderQrText } = await import('@elcert/fiscal-doc/qr');
        context.io.out(`${renderQrText(payload)}\n\n${payload}\n`);
        return exitCode.done;
      }),
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

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
}

function documentOf(bytes: Uint8Array, { kind }: FdOptions): FiscalDocument {
  const { tlv, kind: found } = openFiscalBytes(bytes, kind);
  if (tlv?.is !== 'document')
    throw badInput('NOT_A_DOCUMENT', `a document is wanted, this is: ${found}`, { position: 0 });
  return decodeDocument(tlv.bytes);
}

async function render(
  document: FiscalDocument,
  { format, columns }: RenderOptions,
): Promise<string | Uint8Array> {
  const drawn = await import('@elcert/fiscal-doc/render');
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
