import { concatBytes, type LocalDateTime } from '@elcert/core';
import { documentFromTags, encodeDocument, type TagEntry } from '@elcert/fiscal-doc';
import { type Container, containerFromOfd, encodeContainer } from '@elcert/ofd-transport/ru';
import { placeholderOperatorSign, placeholderReplySign } from '../fn/signs.js';

/** What the operator says of one document. */
export interface OfdAnswer {
  readonly ofdInn: string;
  readonly dateTime: LocalDateTime;
  /** Tag 1022: 0, 11 or 14. */
  readonly responseCode: number;
  /** Tag 1206; 0 is left out. */
  readonly operatorMessage: number;
  /** FFD 1.05 carries the code in tag 1068 even when it is 0. */
  readonly alwaysTellCode: boolean;
  /** What is confirmed; without it the reply has no ФПО, as a refusal. */
  readonly confirmed: { readonly document: Uint8Array; readonly messageSign: Uint8Array } | undefined;
}

/** Ways in which a reply can be well-formed and wrong, as the `code` of a `corrupt` rule. */
export type WrongReply = 'wrong-fn' | 'wrong-fd' | 'wrong-crc' | 'wrong-sign';

/**
 * The container of a confirmation. Direction byte and service data of real replies are not known: the request's service data is
 * echoed. All signs are placeholders that carry their mark.
 */
export function replyContainer(request: Container, answer: OfdAnswer, wrong?: string): Uint8Array {
  const fiscalDriveNumber =
    wrong === 'wrong-fn'
      ? `${request.fiscalDriveNumber.slice(0, 15)}${request.fiscalDriveNumber.endsWith('9') ? '8' : '9'}`
      : request.fiscalDriveNumber;
  const fiscalDocumentNumber =
    wrong === 'wrong-fd' ? (request.fiscalDocumentNumber % 0xff_ffff) + 1 : request.fiscalDocumentNumber;
  const tags: TagEntry[] = [
    { tag: 1017, value: answer.ofdInn },
    { tag: 1041, value: fiscalDriveNumber },
    { tag: 1040, value: fiscalDocumentNumber },
    { tag: 1012, value: answer.dateTime },
  ];
  if (answer.responseCode !== 0 || answer.alwaysTellCode)
    tags.push({ tag: 1068, value: [{ tag: 1022, value: answer.responseCode }] });
  if (answer.operatorMessage !== 0) tags.push({ tag: 1206, value: answer.operatorMessage });
  if (answer.confirmed !== undefined) {
    const sign = placeholderOperatorSign(answer.confirmed.document, answer.confirmed.messageSign);
    if (wrong === 'wrong-sign') sign[15] = (sign[15] as number) ^ 0xff;
    tags.push({ tag: 1078, value: sign });
  }
  const document = encodeDocument(documentFromTags(7, tags));
  const bytes = encodeContainer({
    lengthForm: 'total',
    messageType: containerFromOfd,
    documentCode: 7,
    version: 1,
    serviceData1: request.serviceData1,
    fiscalDriveNumber,
    fiscalDocumentNumber,
    serviceData2: request.serviceData2,
    data: concatBytes(document, placeholderReplySign(document)),
  });
  if (wrong === 'wrong-crc') bytes[2] = (bytes[2] as number) ^ 0xff;
  return bytes;
}
