import type { FnDocument } from '../fn/index.js';

/** What the answer to a fiscal command says of its document. */
export function registered(document: FnDocument) {
  return {
    documentNumber: document.fiscalDocumentNumber,
    fiscalSign: document.fiscalSign,
    dateTime: document.dateTime,
  };
}
