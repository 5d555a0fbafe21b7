import { concatBytes, equalBytes, isElcertError } from '@elcert/core';
import {
  type Container,
  containerToOfd,
  decodeContainer,
  encodeContainer,
  encodeDocumentServiceData,
  splitContainerData,
} from '@elcert/ofd-transport/ru';
import { mandatoryTags } from './composition.js';
import { placeholderOperatorSign, placeholderReplySign } from './signs.js';
import { type FnTlv, readNumber, readTlv, tlvText } from './tlv.js';
import type { FnContainer } from './types.js';

/** What of a kept document goes to the operator. */
export interface Deliverable {
  readonly documentCode: number;
  readonly fiscalDocumentNumber: number;
  readonly bytes: Uint8Array;
  readonly messageSign: Uint8Array;
  readonly shiftOpenDocumentNumber: number;
}

/** Packs a document for the operator. */
export function packDocument(fiscalDriveNumber: string, document: Deliverable): FnContainer {
  return {
    fiscalDriveNumber,
    fiscalDocumentNumber: document.fiscalDocumentNumber,
    bytes: encodeContainer({
      lengthForm: 'total',
      messageType: containerToOfd,
      documentCode: document.documentCode,
      version: 1,
      serviceData1: Uint8Array.of(0x10, 0x09),
      fiscalDriveNumber,
      fiscalDocumentNumber: document.fiscalDocumentNumber,
      serviceData2: encodeDocumentServiceData({
        nonce: document.messageSign.subarray(3, 8),
        shiftOpenDocumentNumber: document.shiftOpenDocumentNumber,
        format: 4,
        documentLength: document.bytes.length,
      }),
      data: concatBytes(document.bytes, document.messageSign, Uint8Array.of(0, 0)),
    }),
  };
}

/** How a reply was judged. */
export type Reply =
  | { readonly accepted: true; readonly confirmation: Uint8Array; readonly operatorMessage: number }
  | { readonly accepted: false; readonly fiscalDocumentNumber: number | undefined; readonly reason: string };

/**
 * Judges an operator's reply to the document that waits first.
 *
 * @param document - nothing when none waits
 */
export function judgeReply(
  fiscalDriveNumber: string,
  document: Deliverable | undefined,
  bytes: Uint8Array,
): Reply {
  let container: Container;
  try {
    container = decodeContainer(bytes);
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return { accepted: false, fiscalDocumentNumber: undefined, reason: error.message };
  }
  const { fiscalDocumentNumber } = container;
  const refused = (reason: string): Reply => ({ accepted: false, fiscalDocumentNumber, reason });
  if (document === undefined) return refused('no document waits for a reply');
  if (container.documentCode !== 7) return refused(`form ${container.documentCode} is no confirmation`);
  if (container.fiscalDriveNumber !== fiscalDriveNumber) return refused('a reply to another drive');
  if (fiscalDocumentNumber !== document.fiscalDocumentNumber)
    return refused(`a reply about document ${fiscalDocumentNumber}, ${document.fiscalDocumentNumber} waits`);
  let tags: FnTlv[];
  let data: ReturnType<typeof splitContainerData>;
  let number: number;
  let operatorMessage: number;
  const value = (tag: number) => tags.find((entry) => entry.tag === tag)?.value;
  try {
    data = splitContainerData(container.data, 7);
    tags = readTlv(data.document.subarray(4));
    number = readNumber(value(1040) ?? new Uint8Array(0));
    operatorMessage = readNumber(value(1206) ?? new Uint8Array(0));
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return refused(error.message);
  }
  for (const tag of mandatoryTags.get(7) ?? [])
    if (value(tag) === undefined) return refused(`the confirmation lacks tag ${tag}`);
  if (!equalBytes(value(1041) as Uint8Array, tlvText(1041, fiscalDriveNumber, 16).value))
    return refused('tag 1041 names another drive');
  if (number !== fiscalDocumentNumber) return refused('tag 1040 names another document');
  if (!equalBytes(value(1078) as Uint8Array, placeholderOperatorSign(document.bytes, document.messageSign)))
    return refused('wrong operator sign (tag 1078)');
  if (data.messageSign === undefined || !equalBytes(data.messageSign, placeholderReplySign(data.document)))
    return refused('wrong message sign of the reply');
  return { accepted: true, confirmation: data.document, operatorMessage };
}
