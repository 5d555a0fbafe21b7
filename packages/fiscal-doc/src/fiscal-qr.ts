import {
  formatRubles,
  type Kopecks,
  kopecks,
  type LocalDateTime,
  localToUnixSeconds,
  parseRubles,
} from '@elcert/core';
import { fiscalDocError } from './errors.js';
import type { SettlementType } from './receipt.js';
import { nameOfCode, settlementTypes } from './tags/codes.js';

/** What the QR of a receipt says. */
export interface FiscalQr {
  /** With or without seconds. */
  readonly dateTime: LocalDateTime;
  /** Kopecks. */
  readonly totalSum: Kopecks;
  /** 16 digits. */
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: number;
  /** Decimal text of the 32-bit sign. */
  readonly fiscalSign: string;
  readonly settlementType: SettlementType;
}

function bad(message: string, position: number): never {
  throw fiscalDocError({
    code: 'BAD_QR',
    message,
    position,
    userMessage: 'Это не QR-код кассового чека.',
  });
}

/**
 * The text of a receipt's QR: `t=20261122T1405&s=5266.29&fn=9999078900001234&i=12&fp=3153580303&n=1`. Seconds are written when
 * `dateTime` has them.
 *
 * @throws ElcertError `BAD_LOCAL_TIME`, `BAD_KOPECKS`
 */
export function formatFiscalQr(qr: FiscalQr): string {
  localToUnixSeconds(qr.dateTime);
  const time = qr.dateTime.replaceAll(/[-:]/g, '');
  const sum = formatRubles(kopecks(qr.totalSum, { path: 'totalSum' }));
  const sign = qr.fiscalSign.replace(/^0+(?=\d)/, '');
  return `t=${time}&s=${sum}&fn=${qr.fiscalDriveNumber}&i=${qr.fiscalDocumentNumber}&fp=${sign}&n=${settlementTypes[qr.settlementType].code}`;
}

const names = ['t', 's', 'fn', 'i', 'fp', 'n'] as const;

type Name = (typeof names)[number];

/**
 * Reads the text of a receipt's QR in every spelling seen: members in any order, `T` or `t`, with and without seconds, a sum
 * with two, one or no digits after the point, signs with or without leading zeros (the result has ten digits).
 *
 * @throws ElcertError `BAD_QR` with the position of the member that is wrong
 */
export function parseFiscalQr(text: string): FiscalQr {
  const members = new Map<Name, { readonly value: string; readonly position: number }>();
  let position = 0;
  // Scanners end what they read with a line break.
  for (const part of text.trimEnd().split('&')) {
    const cut = part.indexOf('=');
    const name = part.slice(0, Math.max(cut, 0)).toLowerCase() as Name;
    if (!names.includes(name)) bad(`no member of a fiscal QR at ${position}`, position);
    if (members.has(name)) bad(`${name} stands twice`, position);
    members.set(name, { value: part.slice(cut + 1), position: position + cut + 1 });
    position += part.length + 1;
  }
  const member = (name: Name, form: RegExp): RegExpExecArray => {
    const one = members.get(name);
    if (one === undefined) return bad(`${name} is missing`, text.length);
    return form.exec(one.value) ?? bad(`${name} has another form`, one.position);
  };
  const [, year, month, day, hour, minute, second] = member(
    't',
    /^(\d{4})(\d{2})(\d{2})[Tt](\d{2})(\d{2})(\d{2})?$/,
  );
  const dateTime = `${year}-${month}-${day}T${hour}:${minute}${second === undefined ? '' : `:${second}`}`;
  try {
    localToUnixSeconds(dateTime);
  } catch {
    bad('t is no date and time', members.get('t')?.position ?? 0);
  }
  const totalSum = parseRubles(member('s', /^\d{1,13}(\.\d{1,2})?$/)[0]);
  const documentNumber = Number(member('i', /^\d{1,10}$/)[0]);
  const fiscalSign = member('fp', /^\d{1,10}$/)[0].padStart(10, '0');
  if (documentNumber > 0xffff_ffff) bad('i does not fit 32 bits', members.get('i')?.position ?? 0);
  if (Number(fiscalSign) > 0xffff_ffff) bad('fp does not fit 32 bits', members.get('fp')?.position ?? 0);
  const settlementType = nameOfCode(settlementTypes, Number(member('n', /^[1-4]$/)[0]));
  return {
    dateTime,
    totalSum,
    fiscalDriveNumber: member('fn', /^\d{16}$/)[0],
    fiscalDocumentNumber: documentNumber,
    fiscalSign,
    settlementType: settlementType ?? bad('n is no settlement type', members.get('n')?.position ?? 0),
  };
}
