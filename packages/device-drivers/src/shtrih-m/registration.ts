import { byteReader, isElcertError } from '@elcert/core';
import {
  encodeTags,
  type RegistrationMode,
  type RegistrationRequest,
  type RegistrationSummary,
  type TaxationType,
  tagList,
  taxationTypes,
} from '@elcert/fiscal-doc';
import type { ResponseOf } from './codec.js';
import type { ReceiptStep } from './receipt-commands.js';
import { RegisterError } from './register-error.js';

/** Bits of the work mode, as FF06 takes them and FF09 tells them. */
const modeBits: Readonly<Record<RegistrationMode, number>> = {
  encryption: 0x01,
  offline: 0x02,
  automatic: 0x04,
  services: 0x08,
  strictForms: 0x10,
  internet: 0x20,
};

/** Longest TLV of one command. */
const maxTlv = 250;

/**
 * A registration as commands: FF05, a FF0C for each requisite, FF06 or (for a change) FF34.
 *
 * @throws RegisterError `REGISTRATION_INVALID` (`not-sent`) with a path such as `registration/inn`
 */
export function planRegistration(request: RegistrationRequest): {
  readonly form: 1 | 11;
  readonly body: readonly ReceiptStep[];
  readonly finish: ReceiptStep;
} {
  const refuse = (message: string, name: string, cause?: unknown) =>
    new RegisterError({
      code: 'REGISTRATION_INVALID',
      message,
      path: `registration/${name}`,
      outcome: 'not-sent',
      cause,
    });
  const { kind, inn, kktRegistrationNumber, modes = [] } = request;
  if (!/^(\d{10}|\d{12})$/.test(inn)) throw refuse('an INN has 10 or 12 digits', 'inn');
  if (!/^\d{16}$/.test(kktRegistrationNumber)) throw refuse('16 digits', 'kktRegistrationNumber');
  if (request.taxation.length === 0) throw refuse('at least one tax system', 'taxation');
  const unknownTaxation = request.taxation.find((name) => !Object.hasOwn(taxationTypes, name));
  if (unknownTaxation !== undefined) throw refuse(`no tax system ${unknownTaxation}`, 'taxation');
  const unknownMode = modes.find((name) => !Object.hasOwn(modeBits, name));
  if (unknownMode !== undefined) throw refuse(`no mode ${unknownMode}`, 'modes');
  if (kind === 'first' && request.reason !== undefined) throw refuse('a first one has no reason', 'reason');
  let requisites: readonly Uint8Array[];
  try {
    const place = { document: kind === 'first' ? 1 : 11, ffdVersion: '1.2' } as const;
    requisites = tagList(request.requisites ?? {}, place).map((entry) => encodeTags([entry], place));
  } catch (error) {
    if (!isElcertError(error)) throw error;
    throw refuse(error.message, 'requisites', error);
  }
  const long = requisites.find((tlv) => tlv.length > maxTlv);
  if (long !== undefined)
    throw refuse(`tag ${byteReader(long).u16le()}: more than ${maxTlv} bytes`, 'requisites');
  const fields = {
    inn,
    registrationNumber: kktRegistrationNumber,
    taxation: request.taxation.reduce((bits, name) => bits | taxationTypes[name].code, 0),
    workMode: modes.reduce((bits, name) => bits | modeBits[name], 0),
  };
  return {
    form: kind === 'first' ? 1 : 11,
    body: [
      { code: 'FF05', fields: { type: { first: 0, driveReplaced: 1, changed: 2 }[kind] } },
      ...requisites.map((tlv): ReceiptStep => ({ code: 'FF0C', fields: { tlv } })),
    ],
    finish:
      kind === 'first'
        ? { code: 'FF06', fields }
        : {
            code: 'FF34',
            fields: { ...fields, reason: request.reason ?? (kind === 'driveReplaced' ? 1 : 4) },
          },
  };
}

/** Names of the bits that are set; bits without a name are left out. */
function namesOf<Name extends string>(
  bits: number,
  bitOf: (name: Name) => number,
  table: Readonly<Record<Name, unknown>>,
): Name[] {
  return (Object.keys(table) as Name[]).filter((name) => (bits & bitOf(name)) !== 0);
}

/**
 * Reads an answer to FF09 or FF4C. Texts disagree on what stands in the middle; number and sign stand last in all of them.
 *
 * @throws RegisterError `BAD_ANSWER`
 */
export function readRegistration({
  dateTime,
  inn,
  registrationNumber,
  taxation,
  workMode,
  tail,
}: ResponseOf<'FF09'>): RegistrationSummary {
  if (tail.length < 8) {
    throw new RegisterError({
      code: 'BAD_ANSWER',
      message: `a registration ends in ${tail.length} bytes, not in a number and a sign`,
      outcome: 'refused',
    });
  }
  const reader = byteReader(tail.subarray(-8));
  return {
    dateTime,
    inn: inn.trim(),
    kktRegistrationNumber: registrationNumber.trim(),
    taxation: namesOf(taxation, (name: TaxationType) => taxationTypes[name].code, taxationTypes),
    modes: namesOf(workMode, (name: RegistrationMode) => modeBits[name], modeBits),
    fiscalDocumentNumber: reader.u32le(),
    fiscalSign: String(reader.u32le()).padStart(10, '0'),
  };
}
