import { type ElcertError, isElcertError, type LocalDateTime } from '@elcert/core';
import { bytesOf, decodeDocument, listOf, numberOf, textOf } from '@elcert/fiscal-doc';
import { OfdError } from './errors.js';

/** Bits of tag 1206 in an operator's confirmation. None of them means that the document was not taken. */
export const operatorMessageBits = {
  /** The document broke a rule of format or logic. */
  formatError: 0x02,
  /** Something waits in the register's cabinet at the operator or the tax service. */
  seeCabinet: 0x04,
  ffdUpdateNeeded: 0x08,
  inspectionPlanned: 0x10,
  tuneCommunication: 0x40,
  /** The operator's permission was annulled. */
  operatorAnnulled: 0x80,
} as const;

/** Values of tag 1022. */
export const ofdResponseCodes = {
  accepted: 0,
  /** The document could not be read. */
  notRecognised: 11,
  /** It broke a rule of format or logic. */
  formatCheckFailed: 14,
} as const;

/** The operator's confirmation (form 7), decoded. */
export interface OfdConfirmation {
  /** Tag 1017. */
  readonly ofdInn: string;
  /** Tag 1041. */
  readonly fiscalDriveNumber: string;
  /** Tag 1040. */
  readonly fiscalDocumentNumber: number;
  /** Tag 1012. */
  readonly dateTime: LocalDateTime;
  /** Tag 1022 (in FFD 1.05 inside 1068), see {@link ofdResponseCodes}; 0 when absent. */
  readonly responseCode: number;
  /** Tag 1206, see {@link operatorMessageBits}; 0 when absent. */
  readonly operatorMessage: number;
  /** Tag 1078: the sign that only the drive can check. Absent in replies of mock operators. */
  readonly operatorSign: Uint8Array | undefined;
}

/**
 * Reads a confirmation.
 *
 * @param bytes - document TLV of form 7, outer tag included
 * @throws OfdError `BAD_REPLY` (`unknown`) with the path of what is missing or broken
 */
export function readConfirmation(bytes: Uint8Array): OfdConfirmation {
  try {
    const { code, tags } = decodeDocument(bytes);
    if (code !== 7) throw badReply(`form ${code} instead of a confirmation (form 7)`);
    const need = <T>(value: T | undefined, tag: number): T => {
      if (value === undefined) throw badReply(`the confirmation lacks tag ${tag}`, { path: `${tag}` });
      return value;
    };
    return {
      ofdInn: need(textOf(tags, 1017), 1017),
      fiscalDriveNumber: need(textOf(tags, 1041), 1041),
      fiscalDocumentNumber: need(numberOf(tags, 1040), 1040),
      dateTime: need(textOf(tags, 1012), 1012),
      responseCode: numberOf(tags, 1022) ?? numberOf(listOf(tags, 1068) ?? [], 1022) ?? 0,
      operatorMessage: numberOf(tags, 1206) ?? 0,
      operatorSign: bytesOf(tags, 1078),
    };
  } catch (error) {
    if (error instanceof OfdError || !isElcertError(error)) throw error;
    throw badReply('the confirmation cannot be read', error);
  }
}

/** @internal */
export function badReply(
  what: string,
  cause?: Partial<Pick<ElcertError, 'message' | 'path' | 'position'>>,
): OfdError {
  return new OfdError({
    code: 'BAD_REPLY',
    message: cause?.message === undefined ? what : `${what}: ${cause.message}`,
    userMessage: 'ОФД ответил непонятно, документ будет передан ещё раз',
    outcome: 'unknown',
    path: cause?.path,
    position: cause?.position,
    cause: cause instanceof Error ? cause : undefined,
  });
}
