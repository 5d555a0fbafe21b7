import { byteReader, isElcertError, type LocalDateTime } from '@elcert/core';
import { encodeTags, type TagFields, type TaxationType, tagList, taxationTypes } from '@elcert/fiscal-doc';
import type { ResponseOf } from './codec.js';
import type { ReceiptStep } from './receipt-commands.js';
import { RegisterError } from './register-error.js';

/** What a register is registered with. */
export interface RegistrationRequest {
  /** `first` makes form 1; `driveReplaced` and `changed` make form 11. */
  readonly kind: 'first' | 'driveReplaced' | 'changed';
  readonly inn: string;
  /** Sixteen digits given by the tax service (tag 1037). */
  readonly kktRegistrationNumber: string;
  readonly taxation: readonly TaxationType[];
  /** Bits of the work mode: 1 encryption, 2 offline, 4 automat, 8 services, 10h БСО, 20h internet only; 0 unless told. */
  readonly workMode?: number | undefined;
  /** Reason of a change (tag 1101): 1 the drive, 2 the operator, 3 data of the user, 4 settings; 4 for `changed` unless told. */
  readonly reason?: 1 | 2 | 3 | 4 | undefined;
  /** Further requisites of the report by their names: `user`, `retailPlaceAddress`, `ofdInn`, `usageConditionSigns` … */
  readonly requisites?: TagFields | undefined;
}

/** What a registration report says. */
export interface RegistrationSummary {
  readonly dateTime: LocalDateTime;
  readonly inn: string;
  readonly kktRegistrationNumber: string;
  /** Bits of tag 1062. */
  readonly taxation: number;
  readonly workMode: number;
  readonly fiscalDocumentNumber: number;
  /** Ten digits. */
  readonly fiscalSign: string;
}

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
  const { kind, inn, kktRegistrationNumber, workMode = 0 } = request;
  if (!/^(\d{10}|\d{12})$/.test(inn)) throw refuse('an INN has 10 or 12 digits', 'inn');
  if (!/^\d{16}$/.test(kktRegistrationNumber)) throw refuse('16 digits', 'kktRegistrationNumber');
  if (request.taxation.length === 0) throw refuse('at least one tax system', 'taxation');
  if (!Number.isInteger(workMode) || workMode < 0 || workMode > 255) throw refuse('one byte', 'workMode');
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
    workMode,
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
}: Omit<ResponseOf<'FF4C'>, never>): RegistrationSummary {
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
    taxation,
    workMode,
    fiscalDocumentNumber: reader.u32le(),
    fiscalSign: String(reader.u32le()).padStart(10, '0'),
  };
}
