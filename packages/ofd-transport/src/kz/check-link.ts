import {
  formatRubles,
  type Kopecks,
  kopecks,
  type LocalDateTime,
  localToUnixSeconds,
  parseRubles,
} from '@elcert/core';
import { KzError } from './errors.js';
import { newestKzRegistrationNumber } from './taxpayer-number.js';

/** Operators (and one bank) whose check links are known. */
export type KzCheckSite = 'kazakhtelecom' | 'transtelecom' | 'jusan' | 'beeline' | 'wofd' | 'kaspi';

interface Site {
  readonly site: KzCheckSite;
  /** What a link of ours begins with, up to the question mark. */
  readonly base: string;
  /** Name in the links of the aggregator 4ek.kz, where it is known. */
  readonly alias?: string;
  /** Hosts, and the beginning of the path where it matters. */
  readonly hosts: readonly string[];
}

const sites: readonly Site[] = [
  {
    site: 'kazakhtelecom',
    base: 'http://consumer.oofd.kz',
    alias: 'oofd',
    hosts: ['consumer.oofd.kz', 'dev.consumer.oofd.kz', 'consumer.test-oofd.kz'],
  },
  { site: 'transtelecom', base: 'http://ofd1.kz/t/', alias: 'transtelecom', hosts: ['ofd1.kz'] },
  { site: 'jusan', base: 'https://consumer.kofd.kz', hosts: ['consumer.kofd.kz', 'cabinet.kofd.kz'] },
  { site: 'beeline', base: 'https://ofd.beeline.kz/t/', hosts: ['ofd.beeline.kz'] },
  { site: 'wofd', base: 'https://consumer.wofd.kz', hosts: ['consumer.wofd.kz', 'cabinet.wofd.kz'] },
  { site: 'kaspi', base: 'https://receipt.kaspi.kz/web', hosts: ['receipt.kaspi.kz'] },
];

/** What the link of a printed QR says. */
export interface KzCheckLink {
  /** Whose page it leads to, when the host is known. */
  readonly site?: KzCheckSite;
  /** Fiscal sign, or the number of a ticket made without connection (`i`). Text: 9 to 13 digits are seen, and fewer. */
  readonly ticketNumber?: string;
  /** Registration number of the register, the newest one (`f`). */
  readonly registrationNumber?: string;
  /** Tiyn (`s`). */
  readonly total?: Kopecks;
  /** With seconds (`t`). */
  readonly dateTime?: LocalDateTime;
  /** The link is of the shape that CashCore writes without connection (`/?&i=`); others do not tell. */
  readonly offline?: true;
  /** Identity of a receipt of Kaspi: `extTranId` and `sale_date`, as written. */
  readonly kaspi?: { readonly transaction: string; readonly soldAt?: string };
  /** The operator's own page, for a link of the aggregator 4ek.kz. */
  readonly canonical?: string;
}

/** Longest link that is looked at. */
const maxLength = 2000;

function bad(message: string, path?: string): never {
  throw new KzError({
    code: 'BAD_VALUE',
    message,
    userMessage: 'Это не ссылка на чек.',
    ...(path === undefined ? {} : { path }),
  });
}

/** `20240309T123456`, also with separators, without seconds, or with a space for the T. */
function timeOf(text: string): LocalDateTime {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})[T ](\d{2}):?(\d{2})(?::?(\d{2}))?(?:\.\d+)?Z?$/i.exec(text);
  if (match === null) bad(`not a time: ${JSON.stringify(text.slice(0, 40))}`, 't');
  const [year, month, day, hour, minute, second] = match.slice(1);
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second ?? '00'}`;
  try {
    localToUnixSeconds(local);
  } catch {
    bad(`no such moment: ${local}`, 't');
  }
  return local;
}

function sumOf(text: string): Kopecks {
  try {
    return parseRubles(text.replace(',', '.'));
  } catch {
    return bad(`not a sum: ${JSON.stringify(text.slice(0, 40))}`, 's');
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return bad('a broken escape in the link');
  }
}

function parametersOf(query: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of query.replaceAll('&amp;', '&').split('&')) {
    const at = part.indexOf('=');
    if (at <= 0) continue;
    const name = decoded(part.slice(0, at)).trim().toLowerCase();
    const value = decoded(part.slice(at + 1)).trim();
    const before = found.get(name);
    // Two values of one name leave it open which is meant.
    if (before !== undefined && before !== value) bad(`two values of ${name}`, name);
    found.set(name, value);
  }
  return found;
}

/**
 * Reads the link of a printed QR: any known operator or an unknown one, with or without a scheme, with parameters in any order, a sum
 * with a point or a comma and any number of decimals up to two, or none; links of the aggregator 4ek.kz are led back to the operator.
 *
 * @param text - the link, at most 2000 characters; a bare query (`i=…&f=…`) too
 * @throws KzError `BAD_VALUE` when it names neither a ticket nor a transaction of Kaspi, or a value is not what its name says;
 * `path` is the parameter
 * @example
 * ```ts
 * parseKzCheckLink('http://consumer.oofd.kz?i=1234567890&f=010101012345&s=1600.00&t=20240309T123456').total; // 160000
 * ```
 */
export function parseKzCheckLink(text: string): KzCheckLink {
  if (text.length > maxLength) bad(`a link of ${text.length} characters`);
  const link = text.trim();
  const at = link.indexOf('?');
  const query = at >= 0 ? link.slice(at + 1) : /^[a-z]+=/i.test(link) ? link : '';
  const place = at >= 0 ? link.slice(0, at) : '';
  const host = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/)?([^/:?#]*)/i.exec(place)?.[1]?.toLowerCase() ?? '';
  const parameters = parametersOf(query.split('#')[0] ?? '');
  const through = host === '4ek.kz' ? parameters.get('o')?.toLowerCase() : undefined;
  const known = sites.find(({ hosts, alias }) =>
    through === undefined ? hosts.includes(host) : alias === through,
  );
  const transaction = parameters.get('exttranid');
  const ticketNumber = parameters.get('i');
  const common = known === undefined ? {} : { site: known.site };
  if (ticketNumber === undefined && transaction !== undefined) {
    const soldAt = parameters.get('sale_date');
    return { ...common, kaspi: { transaction, ...(soldAt === undefined ? {} : { soldAt }) } };
  }
  if (ticketNumber === undefined) bad('no ticket in the link', 'i');
  if (!/^\d{1,20}$/.test(ticketNumber)) bad('the number of a ticket is digits, at most 20', 'i');
  const [registration, sum, time] = [parameters.get('f'), parameters.get('s'), parameters.get('t')];
  return {
    ...common,
    ticketNumber,
    ...(registration === undefined
      ? {}
      : { registrationNumber: newestKzRegistrationNumber(registration, 'f') }),
    ...(sum === undefined ? {} : { total: sumOf(sum) }),
    ...(time === undefined ? {} : { dateTime: timeOf(time) }),
    ...(query.startsWith('&') ? { offline: true as const } : {}),
    ...(through === undefined || known === undefined
      ? {}
      : { canonical: canonicalOf(known.base, parameters) }),
  };
}

/** What 4ek.kz was given, as the operator's own link, each value as it was written. */
function canonicalOf(base: string, parameters: ReadonlyMap<string, string>): string {
  const query = ['t', 'i', 'f', 's'].flatMap((name) => {
    const value = parameters.get(name);
    return value === undefined ? [] : `${name}=${encodeURIComponent(value)}`;
  });
  return `${base.replace(/^http:/, 'https:')}?${query.join('&')}`;
}

/** What {@link formatKzCheckLink} writes. */
export interface KzCheckLinkParts {
  /** Whose page, or what stands before the question mark: `http://consumer.oofd.kz`. */
  readonly site: Exclude<KzCheckSite, 'kaspi'> | { readonly base: string };
  /** Fiscal sign, or the number of a ticket made without connection. */
  readonly ticketNumber: string;
  readonly registrationNumber: string;
  /** Tiyn. */
  readonly total: Kopecks;
  readonly dateTime: LocalDateTime;
  /** The shape CashCore gives the link of a ticket made without connection: `/?&i=`. */
  readonly offline?: boolean;
}

/**
 * Writes the link of a ticket as operators print it: `i`, `f`, `s` with two decimals, `t` as `YYYYMMDDTHHMMSS`.
 *
 * An operator's answer carries the link itself, which is the one to print; this one is for tickets that have no answer yet.
 *
 * @throws KzError `BAD_VALUE` for a base that is no http address or carries a query, a number that is not digits, or a moment that no calendar has
 */
export function formatKzCheckLink(parts: KzCheckLinkParts): string {
  const { site, ticketNumber } = parts;
  const base = typeof site === 'string' ? sites.find((one) => one.site === site)?.base : site.base;
  if (base === undefined || !/^https?:\/\/[^?#\s]+$/.test(base))
    bad('an http address without a query wanted', 'site');
  if (!/^\d{1,20}$/.test(ticketNumber)) bad('the number of a ticket is digits, at most 20', 'ticketNumber');
  const registration = newestKzRegistrationNumber(parts.registrationNumber, 'registrationNumber');
  const time = timeOf(parts.dateTime).replaceAll(/[-:]/g, '');
  const query = `i=${ticketNumber}&f=${registration}&s=${formatRubles(kopecks(parts.total, { path: 'total' }))}&t=${time}`;
  return parts.offline === true ? `${base.replace(/\/$/, '')}/?&${query}` : `${base}?${query}`;
}
