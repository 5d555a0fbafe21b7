import { byteReader } from '@elcert/core';
import {
  containerFromOfd,
  containerHeaderBytes,
  containerToOfd,
  hasRawHeader,
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

/** Form codes of 54-FZ documents. */
const formCodes = new Set([1, 11, 2, 21, 3, 31, 4, 41, 5, 6, 7, 81, 82, 83, 84]);

/**
 * Says what some bytes look like, by their shape alone; nothing when they look like none of the forms. A form that is
 * recognised may still be broken inside: its decoder tells where.
 */
export function recognise(bytes: Uint8Array): FiscalBytesKind | undefined {
  if (sessionSignature.every((byte, index) => bytes[index] === byte))
    return bytes.length === sessionHeaderBytes ? 'sessionHeader' : 'session';
  if (hasRawHeader(bytes)) return 'rawData';
  if (bytes.length < 4) return undefined;
  const reader = byteReader(bytes);
  const first = reader.u16le();
  const second = reader.u16le();
  if (
    bytes.length >= containerHeaderBytes &&
    (first === bytes.length || first === bytes.length - containerHeaderBytes) &&
    (bytes[4] === containerToOfd || bytes[4] === containerFromOfd) &&
    bytes[6] === 1 &&
    formCodes.has(bytes[5] as number)
  )
    return 'container';
  if (formCodes.has(first)) {
    const rest = bytes.length - 4 - second;
    if (rest === 0) return 'document';
    // A sign of 8 bytes, with or without the two zero bytes that drives add.
    if (rest === 8 || rest === 10) return 'rawData';
  }
  return isTlvList(bytes) ? 'tlv' : undefined;
}

function isTlvList(bytes: Uint8Array): boolean {
  let position = 0;
  while (position < bytes.length) {
    if (position + 4 > bytes.length) return false;
    const tag = (bytes[position] as number) | ((bytes[position + 1] as number) << 8);
    if (tag === 0) return false;
    position += 4 + ((bytes[position + 2] as number) | ((bytes[position + 3] as number) << 8));
  }
  return position === bytes.length;
}
