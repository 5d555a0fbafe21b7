import { isDocumentCode, recogniseFiscalBytes } from '@elcert/fiscal-doc';
import {
  containerFromOfd,
  containerHeaderBytes,
  containerToOfd,
  sessionHeaderBytes,
  sessionSignature,
} from './codec.js';

/**
 * Forms in which a fiscal document is met:
 * `session` (header and container), `sessionHeader` (30 bytes alone, whatever size they announce), `container`, `rawData` (of the
 * tax service's JSON: a header without length and check sum, or a document followed by its sign), `document` (one TLV
 * whose tag is a form code), `tlv` (a bare list of TLVs).
 */
export type FiscalBytesKind = 'session' | 'sessionHeader' | 'container' | 'rawData' | 'document' | 'tlv';

/**
 * Says what some bytes look like, by their shape alone; nothing when they look like none of the forms. A form that is
 * recognised may still be broken inside: its decoder tells where.
 */
export function recognise(bytes: Uint8Array): FiscalBytesKind | undefined {
  if (sessionSignature.every((byte, index) => bytes[index] === byte))
    return bytes.length === sessionHeaderBytes ? 'sessionHeader' : 'session';
  if (bytes.length >= containerHeaderBytes) {
    const length = (bytes[0] as number) | ((bytes[1] as number) << 8);
    if (
      (length === bytes.length || length === bytes.length - containerHeaderBytes) &&
      (bytes[4] === containerToOfd || bytes[4] === containerFromOfd) &&
      isDocumentCode(bytes[5] as number) &&
      bytes[6] === 1
    )
      return 'container';
  }
  const found = recogniseFiscalBytes(bytes);
  if (found === undefined) return undefined;
  if (found.kind === 'tags') return 'tlv';
  return found.kind === 'document' && found.suffix.length === 0 ? 'document' : 'rawData';
}
