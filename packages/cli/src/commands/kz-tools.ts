import { type Row, renderRowsHtml, renderRowsSvg, renderRowsText } from '@elcert/fiscal-doc/render';
import {
  decodeKzFrame,
  formatKzCheckLink,
  type KzLanguage,
  type KzSeller,
  type KzTicket,
  kzControlDigit,
  kzReportRows,
  kzTicketRows,
  localOfKz,
  missingKzField,
  parseKzCheckLink,
  parseKzTaxpayerNumber,
  tiynOf,
} from '@elcert/ofd-transport/kz';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readBytes } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { badInput, exitCode, printJson } from '../outcome.js';

interface FormatOptions {
  readonly site: string;
  readonly ticket: string;
  readonly register: string;
  readonly total: number;
  readonly time: string;
  readonly offline?: boolean;
  readonly json?: boolean;
}

const siteNames = ['kazakhtelecom', 'transtelecom', 'jusan', 'beeline', 'wofd'] as const;

function tiyn(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('whole tiyn are wanted.');
  return Number(text);
}

/** `elcert kz qr`, `kz iin` and `kz render` */
export function addKzTools(kz: Command, context: CommandContext): void {
  const qr = kz.command('qr').description('links of printed QRs');

  qr.command('parse')
    .description('what the link of a receipt says, whichever operator printed it')
    .argument('<link>', 'the link, or its query')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action((link: string, options: { readonly json?: boolean }) => {
        const read = parseKzCheckLink(link);
        if (options.json === true) printJson(context.io, { ok: true, ...read });
        else
          for (const [name, value] of Object.entries(read))
            context.io.out(`${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}\n`);
        return exitCode.done;
      }),
    );

  qr.command('format')
    .description('the link of a receipt as operators print it')
    .requiredOption('--site <name>', `${siteNames.join(', ')}, or the address before the question mark`)
    .requiredOption('--ticket <number>', 'fiscal sign')
    .requiredOption('--register <number>', 'registration number (РНМ)')
    .addOption(new Option('--total <tiyn>', 'sum of the receipt').argParser(tiyn).makeOptionMandatory())
    .requiredOption('--time <time>', 'local time, 2026-03-02T12:34:56')
    .option('--offline', 'in the shape of a receipt without connection')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action((options: FormatOptions) => {
        const { site, ticket, register, total, time, offline = false, json } = options;
        const known = siteNames.find((name) => name === site);
        const link = formatKzCheckLink({
          site: known ?? { base: site },
          ticketNumber: ticket,
          registrationNumber: register,
          total,
          dateTime: time,
          offline,
        });
        if (json === true) printJson(context.io, { ok: true, link });
        else context.io.out(`${link}\n`);
        return exitCode.done;
      }),
    );

  kz.command('iin')
    .description('check an IIN or BIN: date, kind, control digit')
    .argument('<number>', 'twelve digits; eleven to be told the twelfth')
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action((number: string, options: { readonly json?: boolean }) => {
        const facts = /^\d{11}$/.test(number)
          ? { controlDigit: kzControlDigit(number) ?? null }
          : parseKzTaxpayerNumber(number, 'number');
        if (options.json === true) printJson(context.io, { ok: true, ...facts });
        else
          for (const [name, value] of Object.entries(facts))
            context.io.out(`${name}: ${value ?? 'no such number'}\n`);
        return exitCode.done;
      }),
    );

  kz.command('render')
    .description('the paper of a message: a receipt, an X or a Z report')
    .argument('[file]', 'file with a request of a register, - for standard input')
    .option('--hex <text>', 'the message itself, as hex, instead of a file')
    .option('--sign <number>', 'fiscal sign that the operator has answered')
    .option('--ofd <title>', 'name of the operator', 'ОФД')
    .option('--site <address>', 'where receipts are checked', 'consumer.oofd.kz')
    .addOption(new Option('--format <format>').choices(['text', 'html', 'svg']).default('text'))
    .addOption(new Option('--language <language>').choices(['kk-ru', 'kk', 'ru']).default('kk-ru'))
    .option('--columns <number>', 'characters a line', tiyn, 48)
    .action(
      context.action(async (file: string | undefined, options: RenderOptions) => {
        const bytes = await readBytes(context.io, file, options.hex, 16 << 20);
        const { header, message } = decodeKzFrame(bytes, { kind: 'request' });
        const missing = missingKzField(header.version, 'request', message);
        if (missing !== undefined)
          throw badInput('MISSING_FIELD', `${missing}: the protocol requires it`, { path: missing });
        const rows = rowsOf(message, options);
        const { columns, format } = options;
        context.io.out(
          format === 'html'
            ? renderRowsHtml(rows, { title: 'Чек' })
            : format === 'svg'
              ? renderRowsSvg(rows, { columns })
              : renderRowsText(rows, { columns }),
        );
        return exitCode.done;
      }),
    );
}

interface RenderOptions {
  readonly hex?: string;
  readonly sign?: string;
  readonly ofd: string;
  readonly site: string;
  readonly format: 'text' | 'html' | 'svg';
  readonly language: KzLanguage;
  readonly columns: number;
}

/** What is drawn of a request; absent members of a foreign message are empty. */
interface Request {
  readonly ticket?: KzTicket & { readonly printedDocumentNumber?: string };
  readonly closeShift?: { readonly zReport?: object; readonly printedDocumentNumber?: string };
  readonly report?: { readonly zxReport?: object };
  readonly service?: {
    readonly regInfo?: {
      readonly kkm?: { readonly fnsKkmId?: string; readonly serialNumber?: string };
      readonly org?: {
        readonly title?: string;
        readonly address?: string;
        readonly addressKz?: string;
        readonly inn?: string;
      };
    };
  };
}

function rowsOf(message: object, options: RenderOptions): Row[] {
  const { ticket, closeShift, report, service } = message as Request;
  const { kkm, org } = service?.regInfo ?? {};
  const seller: KzSeller = {
    title: org?.title ?? '',
    address: org?.address ?? '',
    addressKk: org?.addressKz,
    taxpayerNumber: org?.inn ?? '',
    serialNumber: kkm?.serialNumber ?? '',
    registrationNumber: kkm?.fnsKkmId ?? '0',
  };
  const { language, sign, ofd, site } = options;
  const zReport = closeShift?.zReport;
  if (zReport !== undefined) {
    const documentNumber = Number(closeShift?.printedDocumentNumber ?? 0) || undefined;
    return kzReportRows({ seller, type: 'z', report: zReport, documentNumber }, { language });
  }
  if (report?.zxReport !== undefined)
    return kzReportRows({ seller, type: 'x', report: report.zxReport }, { language });
  if (ticket === undefined) throw badInput('BAD_VALUE', 'neither a ticket nor a report');
  const offlineSign = ticket.offlineTicketNumber?.toString();
  const number = sign ?? offlineSign;
  if (number === undefined) throw badInput('USAGE', 'the operator gives a ticket its sign: --sign is wanted');
  return kzTicketRows(
    {
      seller,
      ofd: { title: ofd, site },
      ticket,
      documentNumber: Number(ticket.printedDocumentNumber ?? 0),
      shiftNumber: ticket.frShiftNumber ?? 0,
      fiscalSign: sign,
      offlineSign,
      link: formatKzCheckLink({
        site: { base: /^https?:\/\//.test(site) ? site : `http://${site}` },
        ticketNumber: number,
        registrationNumber: seller.registrationNumber,
        total: tiynOf(ticket.amounts.total),
        dateTime: localOfKz(ticket.dateTime),
        offline: sign === undefined,
      }),
    },
    { language },
  );
}
