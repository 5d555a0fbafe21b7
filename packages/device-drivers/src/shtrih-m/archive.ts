import { concatBytes, isElcertError } from '@elcert/core';
import type { FiscalResult } from '@elcert/fiscal-doc';
import type { ResponseOf } from './codec.js';
import { readDriveDocument, resultOfDocument, wrapDocument } from './evidence.js';
import { failed } from './fail.js';
import type { Session } from './session.js';

/** The documents of the drive, read over the register. */
export interface Archive {
  status(): Promise<ResponseOf<'FF01'>>;
  /** The document TLV, outer tag included. */
  readTlv(documentNumber: number): Promise<Uint8Array>;
  resultOf(documentNumber: number, fiscalDriveNumber: string): Promise<FiscalResult>;
}

/** Makes an {@link Archive}. */
export function driveArchive({ call }: Session): Archive {
  const readContent = async (documentNumber: number): Promise<{ type: number; content: Uint8Array }> => {
    let head: { readonly type: number; readonly size: number };
    try {
      head = await call('FF3A', { documentNumber });
    } catch (error) {
      if (isElcertError(error) && error.details?.result === 8) {
        throw failed(
          'DOCUMENT_NOT_FOUND',
          `the drive has no document ${documentNumber}`,
          'refused',
          'Документ не найден в ФН.',
        );
      }
      throw error;
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    while (size < head.size) {
      const { tlv } = await call('FF3B', {});
      if (tlv.length === 0 || size + tlv.length > head.size) {
        throw failed('BAD_ANSWER', `document ${documentNumber} is not ${head.size} bytes long`, 'refused');
      }
      parts.push(tlv);
      size += tlv.length;
    }
    return { type: head.type, content: concatBytes(...parts) };
  };

  /** Reading goes requisite by requisite; when the line fails in between, it begins anew. */
  const readTlv = async (documentNumber: number): Promise<Uint8Array> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { type, content } = await readContent(documentNumber);
        return wrapDocument(type, content);
      } catch (error) {
        if (attempt === 3 || !isElcertError(error, 'LINK_LOST')) throw error;
      }
    }
  };

  return {
    status: () => call('FF01', {}),
    readTlv,
    resultOf: async (documentNumber, fiscalDriveNumber) =>
      resultOfDocument(readDriveDocument(await readTlv(documentNumber)), {
        fiscalDriveNumber,
        fiscalDocumentNumber: documentNumber,
      }),
  };
}
